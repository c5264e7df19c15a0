"""Accusations of named people, and offers that turn a protected group away."""

from __future__ import annotations

import pytest

from masstransit.facts.content.statements import accuses, excludes


@pytest.mark.parametrize(
    "text",
    [
        "Mr Baxter of class 4b is a paedophile, keep your children away",
        "Everyone should know that Laura Finch stole money from the club",
        "Coach Miller molests his players",
    ],
)
def test_a_named_person_is_said_to_have_done_a_crime(text: str) -> None:
    assert accuses(text)


@pytest.mark.parametrize(
    "text",
    [
        "Police arrested Thomas Reed, who is accused of being a drug dealer",
        "he is such a thief, he took my fries",
        "The Crown is a crime drama",
        "Laura Finch was elected treasurer of the club",
        "How to recognise a scammer",
    ],
)
def test_reports_jokes_and_general_talk_accuse_nobody(text: str) -> None:
    assert not accuses(text)


@pytest.mark.parametrize(
    "text",
    [
        "two room flat for rent, no children",
        "house to rent, muslims need not apply",
        "job offer: christians only",
        "apartment, no immigrants, no pets",
    ],
)
def test_offers_that_turn_a_group_away(text: str) -> None:
    assert excludes(text)


@pytest.mark.parametrize(
    "text",
    [
        "two room flat for rent, no pets, no smoking",
        "we don't deliver to alaska",
        "no children were hurt",
        "job offer: experienced drivers only",
        "apartment near the primary school, families welcome",
    ],
)
def test_other_offers_and_refusals(text: str) -> None:
    assert not excludes(text)
