"""Links are looked at again when a domain is blocked after they went out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from masstransit.carriage.second_look import look_again
from masstransit.storage import alerts, communications, known_domains
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.paging import Slice
from tests.makers import ACCOUNT, NOON, an_sms

DAY = timedelta(hours=24)
BAD = "evil-parcels.com"
TEXT = f"Your parcel waits: https://track.{BAD}/a1"

Sent = Callable[..., Awaitable[None]]


@pytest.fixture
def sent(database: Database, keys: Keys) -> Sent:
    """Puts a message on record that went out."""

    async def keep(sid: str, text: str | None = TEXT, *, at: datetime = NOON - timedelta(hours=3), **row: Any) -> None:
        kept = communications.row(
            an_sms(id=sid, text=text or "", at=at), person=keys.person("x"), segments=1, status="sent", decision="DE1"
        )
        kept |= {"sent_at": at, "body": text, **row}
        await database.write(lambda c: communications.add(c, [kept]))

    return keep


async def listed(database: Database, *, at: datetime = NOON, domain: str = BAD, blocked: bool = True) -> None:
    row = {"domain": domain, "blocked": blocked, "source": "a list", "listed_at": at}
    await database.write(lambda c: known_domains.list_domains(c, [row]))


async def told(database: Database, at: datetime = NOON) -> list[str]:
    """The messages about which somebody was told, after a look at `at`."""
    await database.write(lambda c: look_again(c, at, DAY))
    sheet = await database.read(lambda c: alerts.all_of(c, ACCOUNT, Slice(size=50)))
    return sorted(row.about for row in sheet.rows)


async def test_who_sent_people_to_what_is_blocked_by_now_is_told_once(database: Database, sent: Sent) -> None:
    await sent("SM1")
    await sent("SM2", TEXT.upper())
    await listed(database)
    assert await told(database) == ["SM1", "SM2"]
    assert await told(database, NOON + timedelta(minutes=10)) == ["SM1", "SM2"]


async def test_only_links_count_and_only_those_of_the_last_day(database: Database, sent: Sent) -> None:
    await sent("SM1", f"Beware of {BAD.replace('.', ' dot ')}")
    await sent("SM2", f"Is not-{BAD} yours?")  # another domain
    await sent("SM3", at=NOON - DAY - timedelta(minutes=1))
    await sent("SM4", at=NOON - DAY + timedelta(minutes=1))
    await sent("SM5", None)  # kept without content
    await sent("SM6", sent_at=None)  # it never went out
    await listed(database)
    assert await told(database) == ["SM4"]


async def test_what_was_blocked_long_ago_stopped_them_then(database: Database, sent: Sent) -> None:
    await sent("SM1")
    await listed(database, at=NOON - timedelta(hours=2))
    await listed(database, domain="young.com", blocked=False)
    assert await told(database) == []
