"""Faxes over a carrier's trunk, in real time, against a fax machine on real sockets: three at once.

They take as long as a fax takes. Ten pages instead of one: FAX_PAGES=10 (a minute a page by sound).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageDraw

from masstransit.carriage.fax import pages
from masstransit.channels.fax import spandsp
from masstransit.channels.fax.terminal import Job
from tests.stories.fax_machine import FaxMachine
from tests.stories.house import House, eventually
from tests.stories.sip_by_hand import Hand, Heard
from tests.stories.sipp import Carrier
from tests.stories.test_webhooks import Listener, listener

__all__ = ["listener"]

PAGES = int(os.environ.get("FAX_PAGES", "1"))
MINUTES = 1 + PAGES * 1.2
PERSON, OTHER = "+12125550188", "+13055550189"  # none of the demo's phones
HEADING = 40  # rows at the top of each page that the line takes

pytestmark = pytest.mark.skipif(bool(spandsp.amiss()), reason="libspandsp2 is not installed")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Carrier]]:
    carrier = Carrier()
    config = f"[webhooks]\nallow_private = true\n[fax]\npause = 0.2\n{carrier.trunk}"
    with House(tmp_path_factory.mktemp("fax") / "house", config=config, MASSTRANSIT_SIP="127.0.0.1:0") as house:
        yield house, carrier
    carrier.close()


def document(words: str) -> bytes:
    """A TIFF of fax pages, small enough that they go over the line in seconds; of ten, whole ones."""
    made = []
    for number in range(1, PAGES + 1):
        page = Image.new("1", (pages.WIDTH, 2200 if PAGES > 1 else 400), 1)
        draw = ImageDraw.Draw(page)
        for row in range(80, page.height - 60, 60 if PAGES > 1 else 120):
            draw.text((100, row), f"{words}, page {number}, row {row}", fill=0, font_size=40)
        made.append(page)
    return pages.tiff_of(made, 196)


def cut(tiff: bytes) -> list[bytes]:
    """The pages below their heading."""
    return [image.crop((0, HEADING, image.width, image.height)).tobytes() for image in pages.images_of(tiff)]


class Far:
    """The called side behind the carrier, for one fax."""

    def __init__(self, hand: Hand, machine: FaxMachine) -> None:
        self.hand, self.machine = hand, machine

    def answer(self, asked: Heard) -> Heard:
        self.hand.respond(asked, 180, "Ringing")
        self.hand.respond(asked, 200, "OK", body=self.machine.description())
        self.machine.call(asked.body)
        ack = self.hand.hear("ACK")
        self.machine.begin()
        return ack


def api(house: House) -> httpx.Client:
    return httpx.Client(
        base_url=f"{house.http}/fax/v1", auth=(house.demo["account_sid"], house.demo["auth_token"]), timeout=30
    )


def fetched(house: House, sid: str, status: str) -> dict[str, Any]:
    def there() -> dict[str, Any]:
        with api(house) as client:
            fax: dict[str, Any] = client.get(f"/Faxes/{sid}").json()
        return fax if fax["status"] == status else {}

    found: dict[str, Any] = eventually(there, within=5.0)
    return found


def test_faxes_go_out_by_sound_and_by_packets_and_come_in(
    served: tuple[House, Carrier], listener: Listener, tmp_path: Path
) -> None:
    house, carrier = served
    listener.sounds["/one.tif"] = document("by sound")
    with api(house) as client:
        made = client.post("/Faxes", data={
            "From": house.demo["numbers"][0], "To": PERSON, "MediaUrl": f"{listener.url}/one.tif",
            "StatusCallback": f"{listener.url}/status", "Purpose": "transactional",
        })  # fmt: skip
    assert made.status_code == 201, made.text
    hand = Hand()
    carrier.plays = hand.port
    machine = FaxMachine(Job(takes=tmp_path / "one.tif", ident=PERSON))
    far = Far(hand, machine)
    asked = hand.hear("INVITE", within=10)
    far.answer(asked)
    result = machine.done(MINUTES * 60)
    assert result.well, result
    hand.respond(hand.hear("BYE"), 200, "OK")
    assert cut((tmp_path / "one.tif").read_bytes()) == cut(listener.sounds["/one.tif"])
    fax = fetched(house, made.json()["sid"], "delivered")
    print(fax)
    hand.close()
