"""Whose consent it was: what the answers about a reassigned number say of the consents before them.

A customer asks the Reassigned Numbers Database about a number and a date, and it answers whether the number was given
up for good after that date (47 CFR 64.1200(m)). "Yes" ends what was agreed to up to that date. A consent between that
date and the day of the question may be the old holder's or the new one's: the answer does not say when it happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

CONSENT, ANSWER = "consent", "reassigned"  #: the ledger's kinds


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed of a consent's record."""

    purpose: str
    given_at: datetime


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed of an answer's."""

    answer: str  #: yes | no | no-data
    consent_date: datetime  #: that was asked about
    asked_at: datetime


def changed_hands(given: Sequence[Given], answers: Sequence[Answer]) -> Iterator[str]:
    """A sentence for each consent that was another's, or may have been; and one where nothing says so."""
    for consent in sorted(given, key=lambda each: each.given_at):
        said = [each for each in answers if each.answer == "yes" and consent.given_at <= each.asked_at]
        surely = [each for each in said if consent.given_at <= each.consent_date]
        for each in (surely or said)[:1]:
            what = "was given before the number changed hands" if surely else "may be of who had the number before"
            yield (
                f"the consent to {consent.purpose} of {_day(consent.given_at)} {what}: the Reassigned Numbers "
                f"Database, asked on {_day(each.asked_at)} about {_day(each.consent_date)}, said that the number was "
                "given up since"
            )
    if given and not answers:
        yield "the Reassigned Numbers Database was never asked about this number, as far as is on record"


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"
