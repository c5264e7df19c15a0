"""What answers about a reassigned number say of the consents before them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from masstransit.model.handover import Answer, Given, changed_hands
from tests.makers import NOON

DAY = timedelta(days=1)
GIVEN = Given(purpose="marketing", given_at=NOON)


def answered(answer: str, *, about: int, asked: int) -> Answer:
    """About so many days after the consent, asked so many days after it."""
    return Answer(answer=answer, consent_date=NOON + about * DAY, asked_at=NOON + asked * DAY)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (answered("yes", about=0, asked=30), "was given before the number changed hands"),
        (answered("yes", about=10, asked=30), "was given before the number changed hands"),
        (answered("yes", about=-1, asked=30), "may be of who had the number before"),
        (answered("yes", about=-1, asked=0), "may be of who had the number before"),
    ],
)
def test_a_yes_ends_what_was_agreed_to_before(answer: Answer, said: str) -> None:
    (told,) = changed_hands([GIVEN], [answer])
    assert said in told
    assert f"about {answer.consent_date:%Y-%m-%d}" in told


@pytest.mark.parametrize(
    "answer",
    [
        answered("yes", about=-30, asked=-1),  # the new holder gave it
        answered("no", about=0, asked=30),
        answered("no-data", about=0, asked=30),
    ],
)
def test_other_answers_take_nothing_from_it(answer: Answer) -> None:
    assert list(changed_hands([GIVEN], [answer])) == []


def test_the_answer_that_is_sure_is_told_of_several() -> None:
    (told,) = changed_hands([GIVEN], [answered("yes", about=-1, asked=9), answered("yes", about=0, asked=30)])
    assert "was given before" in told


def test_a_number_that_nobody_asked_about_is_said_to_be_so() -> None:
    (told,) = changed_hands([GIVEN], [])
    assert "never asked" in told
    assert list(changed_hands([], [])) == []
