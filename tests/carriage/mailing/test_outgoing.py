"""What goes out: signed over what all of its readers get alike, with a trace of its own for each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from masstransit.carriage.mailing.outbox import Handed, Recipient
from masstransit.clock import HandClock
from masstransit.model.address import email_address
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.channels.smtp.posting import Posting
from tests.makers import NOON

READERS = ("bob@reader.test", "cat@reader.test")
HEAD = "From: Ada <ada@northwind.example>\r\nTo: all@reader.test\r\nSubject: Your table\r\nX-Purpose: transactional\r\n"
OWN = "Date: Thu, 26 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@northwind.example>\r\n"


@pytest.fixture
async def post(sqlite_database: Database, keys: Keys, tmp_path: Path) -> AsyncIterator[Posting]:
    house = await Posting(sqlite_database, keys, tmp_path, HandClock(NOON)).opened()
    yield house
    await house.close()


async def sources(post: Posting, letter: str) -> list[tuple[bytes, bytes]]:
    """Of a letter as it goes to each of its readers: its first signature, and its Received."""
    offered = await post.parts.mail_out.outbox.take(
        Handed(
            account=post.sid, principal=post.sid, channel="smtp", source=letter.encode(), return_path="a@x.test",
            recipients=tuple(Recipient(address=email_address(each)) for each in READERS),
        )
    )  # fmt: skip
    made = [(await post.parts.mail_out.dispatch.outgoing(each.communication)).source for each in offered]
    return [_parts(each) for each in made]


def _parts(source: bytes) -> tuple[bytes, bytes]:
    received, mark, rest = source.partition(b"DKIM-Signature:")
    assert received.startswith(b"Received: by ")
    return mark + rest, received


async def test_what_goes_to_several_alike_is_signed_once(post: Posting) -> None:
    (first, trace), (second, other) = await sources(post, f"{HEAD}{OWN}\r\nIt is ready.\r\n")
    assert (first == second, trace == other) == (True, False)
    assert isinstance(post.clock, HandClock)
    await post.clock.move(timedelta(minutes=2))
    (later, _), _ = await sources(post, f"{HEAD}{OWN}\r\nIt is ready.\r\n")
    assert later != first  # it tells its own time


async def test_a_letter_without_a_name_gets_one_for_each_and_is_signed_for_each(post: Posting) -> None:
    (first, _), (second, _) = await sources(post, f"{HEAD}\r\nIt is ready.\r\n")
    assert first != second
