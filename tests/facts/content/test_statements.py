"""Accusations of named people, and offers that turn a protected group away."""

from __future__ import annotations

import pytest

from masstransit.facts.content.statements import accused, excludes


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mr Baxter of class 4b is a paedophile, keep your children away", "mr baxter"),
        ("Everyone should know that Laura Finch stole money from the club", "laura finch"),
        ("Coach Miller molests his players", "coach miller"),
        ("Dr Osei of Lakeside Hospital, paid by all of us, sells fentanyl to patients", "dr osei"),
        ("LAURA FINCH IS A THIEF AND A CON ARTIST", "laura finch"),
        ("Parents! Tom Reed, who coaches the under-tens, groped two girls", "tom reed"),
        ("Councillor Pike took bribes for the new road", "councillor pike"),
    ],
)
def test_a_named_person_is_said_to_have_done_a_crime(text: str, name: str) -> None:
    assert accused(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "Police arrested Thomas Reed, who is accused of being a drug dealer",
        "he is such a thief, he took my fries",
        "The Crown is a crime drama",
        "Laura Finch was elected treasurer of the club",
        "How to recognise a scammer",
        "Dear Mr Smith, if you were robbed on holiday we can help",
        "Mike Trout stole second base and the show",
        "Hanna Berg was assaulted on her way home and needs witnesses",
        "Smith Jones criminal defence lawyers, call us",
        "Is it true that Tom Reed is a thief? I don't believe it",
        "Tom Reed plays a murderer in the new film",
    ],
)
def test_reports_questions_jokes_and_general_talk_accuse_nobody(text: str) -> None:
    assert accused(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "two room flat for rent, no children",
        "house to rent, muslims need not apply",
        "job offer: christians only",
        "apartment, no immigrants, no pets",
        "sunny 3br, adults only, call sam",
        "studio downtown, quiet muslim tenants preferred",
        "now hiring: native english speakers only",
        "we lend to anybody but no women, loan in an hour",
        "unit on the second floor, not suitable for wheelchairs or toddlers",
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
        "homes for people of 55+ only, no children under the 55+ rule",
        "it is illegal to advertise a flat with 'no kids'. call fair housing",
        "the landlord told me no immigrants, what can I do about the flat?",
        "adult swim: the pool of the building is closed to children after 9",
        "no one is turned away from our job fair",
        "members only sale on bed linen",
    ],
)
def test_other_offers_and_refusals(text: str) -> None:
    assert not excludes(text)
