"""Files that somebody listed are met by their bytes, and pictures as far as they look alike; on both engines."""

from __future__ import annotations

import io
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from masstransit.carriage.media.intake import Media
from masstransit.carriage.media.shelf import Shelf
from masstransit.clock import HandClock
from masstransit.errors import Unknown
from masstransit.facts.known_media import NEAR, Known, Lists
from masstransit.facts.media import Attachments, FileRecords
from masstransit.model.communication import Kind
from masstransit.model.media import Attachment, Look, Medium, Scan
from masstransit.storage import media_hashes
from masstransit.storage.engine import Database
from tests.carriage.media import drawn
from tests.makers import ACCOUNT, NOON, a_knock, an_sms

WORK = Known(tier="work", source="a studio")


def listed(kind: str, text: str, tier: str = "work", source: str = "a studio", **more: object) -> dict[str, object]:
    return {"kind": kind, "hash": text, "tier": tier, "source": source, "work": "", "holder": "", "listed": True,
            "listed_at": NOON} | more  # fmt: skip


class House:
    def __init__(self, database: Database, folder: Path) -> None:
        self.clock = HandClock(NOON)
        self.database = database
        self.media = Media(database=database, clock=self.clock, shelf=Shelf(folder))
        self.records = FileRecords(database, self.clock)

    async def lists(self, *rows: dict[str, object]) -> None:
        at = self.clock.now()
        await self.database.write(lambda c: media_hashes.list_hashes(c, [row | {"listed_at": at} for row in rows]))
        await self.clock.move(timedelta(seconds=10))

    async def met(self, *files: Attachment) -> tuple[tuple[Known, ...], ...]:
        (found,) = await self.records.learn([an_sms(kind=Kind.MMS, attachments=files)])
        assert isinstance(found, Attachments)
        return tuple(file.known for file in found.files)


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> House:
    return House(database, tmp_path)


async def test_a_file_is_met_by_the_bytes_that_came_and_by_those_that_are_kept(house: House) -> None:
    file = await house.media.take_in(ACCOUNT, drawn.jpeg())
    source = (await house.media.find(ACCOUNT, file.sid)).look.source
    assert source != file.digest
    assert await house.met(file) == ((),)
    for digest in (source, file.digest):
        await house.lists(listed("sha256", digest, source=digest[:8]))
        assert Known(tier="work", source=digest[:8], exact=True) in (await house.met(file))[0]
    await house.lists(listed("sha256", source, source=source[:8], listed=False))
    assert [known.source for known in (await house.met(file))[0]] == [file.digest[:8]]


async def test_a_picture_is_met_recompressed_smaller_grey_and_mirrored_and_missed_when_it_was_cropped(
    house: House,
) -> None:
    scene = drawn.scene(3)
    known = (await house.media.find(ACCOUNT, (await house.media.take_in(ACCOUNT, drawn.jpeg(scene))).sid)).look
    await house.lists(listed("pdq", known.pictures[0][0], "abuse"))
    for name, picture in {
        "as it is": scene,
        "recompressed": Image.open(io.BytesIO(drawn.jpeg(scene, quality=20))),
        "half size": scene.resize((480, 270)),
        "grey": scene.convert("L"),
        "mirrored": ImageOps.mirror(scene),
    }.items():
        ((met, *_),) = await house.met(await house.media.take_in(ACCOUNT, drawn.jpeg(picture), f"{name}.jpg"))
        assert (met.tier, met.bits <= NEAR, met.exact) == ("abuse", True, False), name
    for other in (scene.crop((48, 27, 912, 513)), drawn.scene(4)):
        assert await house.met(await house.media.take_in(ACCOUNT, drawn.jpeg(other))) == ((),)


async def test_what_was_listed_as_malware_later_is_found_to_harm(house: House) -> None:
    file = await house.media.take_in(ACCOUNT, b"%PDF-1.4 fine")
    await house.lists(listed("sha256", file.digest, "malware", "a feed"))
    (found,) = await house.records.learn([an_sms(kind=Kind.MMS, attachments=(file,))])
    assert isinstance(found, Attachments)
    assert found.files[0].scan == Scan(state="found", names=("a feed",))


async def test_what_its_sender_called_it_is_told_where_that_is_a_lie(house: House) -> None:
    files = [await house.media.take_in(ACCOUNT, b"<html><p>hi", name) for name in ("a.html", "a.jpg")]
    (found,) = await house.records.learn([an_sms(kind=Kind.MMS, attachments=tuple(files))])
    assert isinstance(found, Attachments)
    assert [(file.content_type, file.claimed) for file in found.files] == [
        ("text/html", ""),
        ("text/html", "image/jpeg"),
    ]


async def test_without_files_nothing_is_asked_and_a_file_that_is_gone_is_unknown(house: House) -> None:
    assert await house.records.learn([a_knock(), an_sms()]) == [Attachments(), Attachments()]
    gone = Attachment(sid="ME" + "0" * 32, content_type="image/png", size=1, digest="0" * 64)
    (found,) = await house.records.learn([an_sms(kind=Kind.MMS, attachments=(gone,))])
    assert isinstance(found, Unknown)


def a_picture(bits: int) -> Medium:
    """One that differs by so many bits from the hash of all zeros."""
    text = f"{(1 << bits) - 1:064x}"
    file = Attachment(sid="ME1", content_type="image/png", size=1, digest="d")
    return Medium(attachment=file, look=Look(pictures=((text,),), scan=Scan(state="clean")))


@pytest.mark.parametrize(("bits", "met"), [(0, True), (NEAR, True), (NEAR + 1, False)])
def test_two_pictures_are_one_up_to_so_many_bits(bits: int, *, met: bool) -> None:
    found = Lists([("pdq", "0" * 64, WORK)]).met_by(a_picture(bits))
    assert [known.bits for known in found] == ([bits] if met else [])


def test_the_nearest_of_a_list_comes_first_and_no_more_than_ten() -> None:
    lists = Lists([("pdq", f"{(1 << n) - 1:064x}", WORK) for n in range(20)])
    assert [known.bits for known in lists.met_by(a_picture(0))] == list(range(10))


def test_a_large_list_is_compared_within_a_few_hundredths_of_a_second() -> None:
    drawn_bits = np.random.default_rng(1).bytes(32 * 20_000)
    texts = [drawn_bits[at : at + 32].hex() for at in range(0, len(drawn_bits), 32)]
    lists = Lists([("pdq", text, WORK) for text in texts])
    begun = time.perf_counter()
    assert lists.met_by(a_picture(128)) == ()
    assert (lists.large, time.perf_counter() - begun < 0.2) == (True, True)
