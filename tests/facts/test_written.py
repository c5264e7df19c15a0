"""What is written in pictures, and where codes lead, is read like text by whoever reads texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from masstransit.carriage.media.intake import Media
from masstransit.carriage.media.shelf import Shelf
from masstransit.clock import HandClock
from masstransit.facts.content import ContentReader
from masstransit.facts.domains import DomainRecords
from masstransit.facts.links import LinkReader, links_of
from masstransit.facts.written import Written, legible
from masstransit.model.communication import Communication, Kind
from masstransit.storage import known_domains
from masstransit.storage.engine import Database
from tests.carriage.media import drawn
from tests.makers import ACCOUNT, NOON, an_sms

THREAT = "I will find you and kill you tonight"


class Lector:
    """Reads one sentence in every picture, as a reader of pictures would."""

    async def read(self, png: bytes) -> str | None:
        return THREAT


@pytest.fixture
async def message(sqlite_database: Database, tmp_path: Path) -> Communication:
    """One without a text, with a picture of words and of a code."""
    media = Media(database=sqlite_database, clock=HandClock(NOON), shelf=Shelf(tmp_path), reader=Lector())
    file = await media.take_in(ACCOUNT, drawn.jpeg(drawn.code("https://bad.example/x")))
    return an_sms(kind=Kind.MMS, text="", attachments=(file,))


async def test_words_in_a_picture_are_judged_as_words(sqlite_database: Database, message: Communication) -> None:
    (unread,) = await ContentReader().learn([message])
    assert unread.labels["threat"] < 0.5
    (said,) = await ContentReader(Written(sqlite_database)).learn([message])
    (plain,) = await ContentReader().learn([an_sms(text=f"{THREAT}\nhttps://bad.example/x")])
    assert said.labels == plain.labels
    assert said.labels["threat"] >= 0.5
    assert legible(message) == f"{THREAT}\nhttps://bad.example/x"


async def test_a_code_is_a_link_whoever_reads_first(sqlite_database: Database, message: Communication) -> None:
    assert links_of(message) == ()  # before it was fetched; that holds for nothing
    row = {"domain": "bad.example", "source": "a feed", "listed_at": NOON}
    await sqlite_database.write(lambda c: known_domains.list_domains(c, [row]))
    (found,) = await DomainRecords(sqlite_database, HandClock(NOON)).learn([message])
    assert found.blocked == ("bad.example",)
    (links,) = await LinkReader(written=Written(sqlite_database)).learn([message])
    assert [link.host for link in links.found] == ["bad.example"]


async def test_a_text_stands_before_what_is_written(sqlite_database: Database, message: Communication) -> None:
    both = an_sms(kind=Kind.MMS, text="Look", attachments=message.attachments)
    await Written(sqlite_database).note([both, an_sms()])
    assert legible(both).startswith(f"Look\n{THREAT}")
    assert legible(an_sms(text="Look")) == "Look"
