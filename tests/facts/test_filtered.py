"""Texts that carriers filtered, and those that read nearly the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from masstransit.clock import HandClock
from masstransit.facts.filtered import Filtered, FilteredTexts
from masstransit.model.address import parse
from masstransit.storage import communications
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import NOON, SENDER, a_knock, an_sms

PILLS = "Lose weight fast with our new pills, order before Sunday and get two boxes for the price of one"
OTHER_WORDS = "Lose weight fast with our new pills, order before Monday and get two boxes for the price of one"
SECOND = "+14155550111"

Keep = Callable[..., Awaitable[None]]


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def texts(database: Database, clock: HandClock) -> FilteredTexts:
    return FilteredTexts(database, clock)


@pytest.fixture
def sent(database: Database, keys: Keys) -> Keep:
    """Puts a message on record that a carrier answered with an error."""

    async def keep(sid: str, text: str = PILLS, *, error: int | None = 30007, at: datetime = NOON, **row: Any) -> None:
        sms = an_sms(id=sid, text=text, at=at - timedelta(hours=1))
        kept = communications.row(sms, person=keys.person("x"), segments=1, status="undelivered", decision="DE1")
        kept |= {"error_code": error, "sent_at": at, **row}
        await database.write(lambda c: communications.add(c, [kept]))

    return keep


async def test_a_text_that_reads_nearly_as_filtered_ones_is_told(texts: FilteredTexts, sent: Keep) -> None:
    for n in range(3):
        await sent(f"SM{n}")
    same, other_words, another = await texts.learn(
        [an_sms(text=PILLS), an_sms(text=OTHER_WORDS, sender=SECOND), an_sms(text="Your table is booked for eight")]
    )
    assert same == Filtered(alike_24h=3)
    assert other_words == Filtered(alike_24h=3, elsewhere_24h=3)
    assert another == Filtered()


async def test_only_what_a_carrier_filtered_today_counts(texts: FilteredTexts, sent: Keep) -> None:
    await sent("SM1", error=30003)
    await sent("SM2", error=None)
    await sent("SM3", at=NOON - timedelta(hours=24))
    await sent("SM4", sent_at=None)  # refused here, before any carrier saw it
    await sent("SM5", body=None)  # redacted
    assert await texts.learn([an_sms(text=PILLS)]) == [Filtered()]


async def test_accounts_are_told_apart_and_knocks_have_no_text(texts: FilteredTexts, sent: Keep) -> None:
    await sent("SM1", account="AC" + "2" * 32)
    assert await texts.learn([an_sms(text=PILLS), a_knock()]) == [Filtered(), Filtered()]


async def test_texts_are_read_again_after_a_while(texts: FilteredTexts, sent: Keep, clock: HandClock) -> None:
    assert await texts.learn([an_sms(text=PILLS)]) == [Filtered()]
    await sent("SM1", sender=parse(SENDER).text)
    assert await texts.learn([an_sms(text=PILLS)]) == [Filtered()]
    clock.set(NOON + timedelta(seconds=6))
    assert await texts.learn([an_sms(text=PILLS)]) == [Filtered(alike_24h=1)]
