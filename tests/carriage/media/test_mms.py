"""What media URLs lead to, fetched over a real socket; and media within what a carrier takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from masstransit.carriage.media import mms
from masstransit.carriage.media.intake import Media
from masstransit.carriage.media.mms import LARGEST, Mms, Packer, TooLarge
from masstransit.carriage.media.sharing import Shared
from masstransit.carriage.media.shelf import Shelf
from masstransit.carriage.routing import Routing
from masstransit.carriage.webcalls import WebCalls
from masstransit.clock import HandClock
from masstransit.model.address import e164
from masstransit.model.communication import Kind
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.carriage.house import Link
from tests.carriage.media import drawn
from tests.makers import ACCOUNT, NOON, RECIPIENT
from tests.stories.gallery import gallery

CARD = b"BEGIN:VCARD\r\nFN:Ana\r\nEND:VCARD\r\n"
FILES = {
    "/card.vcf": ("text/x-vcard", CARD),
    "/page.jpg": ("image/jpeg", b"<html><script>alert(1)</script></html>"),
    "/broken.jpg": ("image/jpeg", drawn.jpeg()[:900]),
    "/bomb.png": ("image/png", drawn.bomb(6400, 6400)),
    "/large.mp4": ("video/mp4", b"\0\0\0\x18ftypmp42" + bytes(LARGEST)),
    "/film.mp4": ("video/mp4", b"\0\0\0\x18ftypmp42" + bytes(3 * 1024 * 1024)),
    "/film2.mp4": ("video/mp4", b"\0\0\0\x18ftypmp42" + bytes(3 * 1024 * 1024 + 1)),
    "/empty.jpg": ("image/jpeg", b""),
}


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    with gallery(FILES) as url:
        yield url


def made(database: Database, keys: Keys, folder: Path, *, allow_private: bool = True) -> Mms:
    clock = HandClock(NOON)
    texts, pictures = Link("texts"), Link("pictures", prefixes=("+1",))
    texts.kinds = Kind.SMS
    return Mms(
        media=Media(database=database, clock=clock, shelf=Shelf(folder)),
        shared=Shared(keys, clock, "http://mt.example"),
        reach=Routing((texts, pictures)),
        calls=WebCalls(allow_private=allow_private, largest=LARGEST),
        allow_private=allow_private,
    )


@pytest.fixture
def house(sqlite_database: Database, keys: Keys, tmp_path: Path) -> Mms:
    return made(sqlite_database, keys, tmp_path)


def test_mms_reaches_whom_a_carrier_of_mms_serves(house: Mms) -> None:
    assert house.reaches(e164(RECIPIENT))
    assert not house.reaches(e164("+4915112345678"))


async def test_what_urls_lead_to_is_taken_in_in_their_order(house: Mms, web: str) -> None:
    had, lacking = await house.fetched(ACCOUNT, [f"{web}/a.jpg", f"{web}/moved/moved/card.vcf"])
    assert lacking is None
    assert [(each.name, each.content_type) for each in had] == [("a.jpg", "image/jpeg"), ("card.vcf", "text/vcard")]


@pytest.mark.parametrize(
    ("path", "code", "why"),
    [
        ("/nothing", 11200, "HTTP 404"),
        ("/moved/moved/moved/moved/a.jpg", 11200, "HTTP 302"),
        ("/moved//10.1.2.3.4.5/", 11200, "could not be fetched"),
        ("/page.jpg", 12300, "no text/html"),
        ("/broken.jpg", 12300, "can't be decoded"),
        ("/bomb.png", 12300, "6400 x 6400"),
        ("/empty.jpg", 12300, "empty"),
        ("/large.mp4", 11751, "bytes"),
    ],
)
async def test_what_can_not_be_had_is_told_with_the_sdks_codes(
    house: Mms, web: str, path: str, code: int, why: str
) -> None:
    _, lacking = await house.fetched(ACCOUNT, [f"{web}/a.jpg", web + path])
    assert lacking is not None
    assert lacking.code == code
    assert why in lacking.why


async def test_what_is_no_mms_goes_before_the_gate_all_the_same(house: Mms, web: str) -> None:
    had, lacking = await house.fetched(ACCOUNT, [f"{web}/page.jpg"])
    assert lacking is not None
    assert [each.content_type for each in had] == ["text/html"]


async def test_all_media_together_have_a_largest_size(house: Mms, web: str) -> None:
    _, lacking = await house.fetched(ACCOUNT, [f"{web}/film.mp4", f"{web}/film2.mp4"])
    assert lacking is not None
    assert lacking.code == 11751


async def test_private_addresses_are_not_asked(sqlite_database: Database, keys: Keys, tmp_path: Path, web: str) -> None:
    house = made(sqlite_database, keys, tmp_path, allow_private=False)
    for url in (f"{web}/a.jpg", "http://169.254.169.254/latest", "http://[::1]/a.jpg"):
        had, lacking = await house.fetched(ACCOUNT, [url])
        assert had == ()
        assert lacking is not None
        assert lacking.code == 11200


async def test_a_link_of_ours_is_the_file_itself_and_another_customers_is_nothing(house: Mms) -> None:
    file = await house.media.take_in(ACCOUNT, CARD)
    assert await house.fetched(ACCOUNT, [house.shared.url(ACCOUNT, file.sid)]) == ((file,), None)
    _, lacking = await house.fetched("AC" + "9" * 32, [house.shared.url(ACCOUNT, file.sid)])
    assert lacking is not None


@pytest.mark.parametrize(
    ("kind", "goes", "shown"),
    [
        ("image/gif", True, "image/gif"),
        ("video/3gpp", True, "video/3gpp"),
        ("text/vcard", True, "text/vcard"),
        ("image/svg+xml", False, "application/octet-stream"),
        ("text/html", False, "application/octet-stream"),
        ("application/x-msdownload", False, "application/octet-stream"),
        ("application/zip", False, "application/octet-stream"),
    ],
)
def test_what_a_browser_would_run_goes_nowhere(kind: str, *, goes: bool, shown: str) -> None:
    assert (mms.goes_as_mms(kind), mms.shown_as(kind)) == (goes, shown)


async def test_pictures_are_made_smaller_for_a_carrier_and_nothing_else_is(house: Mms) -> None:
    picture = await house.media.take_in(ACCOUNT, drawn.jpeg(quality=98))
    card = await house.media.take_in(ACCOUNT, CARD)
    pack = Packer(house.media).packed
    whole = await pack(ACCOUNT, (picture, card), 600_000)
    assert [len(data) for _, data, _ in whole] == [picture.size, card.size]
    (_, smaller, kind), (_, same, _) = await pack(ACCOUNT, (picture, card), 15_000)
    assert kind == "image/jpeg"
    assert same == CARD
    assert len(smaller) + len(same) <= 15_000
    for most in (len(CARD), 400):
        with pytest.raises(TooLarge, match=str(most)):
            await pack(ACCOUNT, (picture, card), most)
