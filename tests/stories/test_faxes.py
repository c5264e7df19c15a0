"""Faxes over a carrier's trunk, in real time, against a fax machine on real sockets: three at once.

They take as long as a fax takes. Ten pages instead of one: `make fax`, three minutes.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageDraw

from masstransit.carriage.fax import pages
from masstransit.channels.fax import spandsp
from masstransit.channels.fax.terminal import Job
from tests.fax_documents import same
from tests.stories.fax_machine import FaxMachine
from tests.stories.house import House, eventually
from tests.stories.sip_by_hand import Hand
from tests.stories.sipp import Carrier
from tests.stories.test_python_sdk import client_of
from tests.stories.test_webhooks import Listener, listener

__all__ = ["listener"]

PAGES = int(os.environ.get("FAX_PAGES", "1"))
MINUTES = 1 + PAGES * 1.2
PERSON, OTHER = "+12125550188", "+13055550189"  # none of the demo's phones
HEADING = 40  # rows at the top of each page that the line takes

pytestmark = [
    pytest.mark.skipif(bool(spandsp.amiss()), reason="libspandsp2 is not installed"),
    pytest.mark.usefixtures("in_turn"),
    pytest.mark.timeout(60 * MINUTES + 120),
]


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


class Call:
    """One call behind the carrier, with a fax machine at its end."""

    def __init__(self, machine: FaxMachine, server: str = "", host: str = "127.0.0.1") -> None:
        self.hand, self.machine = Hand(server, host=host), machine
        self._left = threading.Event()
        self._staying = threading.Thread(target=self._stay, daemon=True)

    def close(self) -> None:
        self._left.set()
        with contextlib.suppress(RuntimeError):  # it never stayed
            self._staying.join()
        self.machine.close()
        self.hand.close()

    def answer(self) -> None:
        """The house calls, and the machine takes it."""
        self.asked = self.hand.hear("INVITE", within=10)
        self.hand.respond(self.asked, 180, "Ringing")
        self.hand.respond(self.asked, 200, "OK", body=self.machine.description())
        self.machine.call(self.asked.body)
        self.ack = self.hand.hear("ACK")
        self.machine.begin()

    def offer_packets(self) -> None:
        """The machine's gateway offers T.38, as the called side does once it has heard what calls."""
        time.sleep(0.5)
        there = self.asked.value("contact").partition("<")[2].partition(">")[0]
        branches = [f"z9hG4bK{name}" for name in ("packets", "acknowledged")]
        to = f"From: {self.ack.value('to')}\r\nTo: {self.ack.value('from')}\r\nCall-ID: {self.ack.value('call-id')}"
        via = f"Via: SIP/2.0/UDP 127.0.0.1:{self.hand.port};branch="
        body = self.machine.packets()
        contact = f"Contact: <sip:hand@127.0.0.1:{self.hand.port}>\r\nContent-Type: application/sdp"
        for method, branch, more, said in (
            ("INVITE", branches[0], f"\r\n{contact}", body),
            ("ACK", branches[1], "", ""),
        ):
            lines = f"{method} {there} SIP/2.0\r\n{via}{branch}\r\n{to}\r\nCSeq: 8 {method}\r\nMax-Forwards: 70{more}"
            self.hand.say(f"{lines}\r\nContent-Length: {len(said)}\r\n\r\n{said}", self.asked.source)
            if method == "INVITE":
                self.machine.switch(self.hand.hear(200).body)

    def stay(self) -> None:
        """From now on say that the call goes on, whenever that is asked, until the house hangs up."""
        self._staying.start()

    def _stay(self) -> None:
        while not self._left.is_set():
            with contextlib.suppress(AssertionError):  # nothing came
                heard = self.hand.hear(within=0.2)
                if heard.method in {"OPTIONS", "BYE"} and not heard.status:
                    self.hand.respond(heard, 200, "OK")
                    if heard.method == "BYE":
                        return

    def ended(self) -> None:
        """The house has hung up."""
        self._staying.join(10)
        assert not self._staying.is_alive()

    def leave(self) -> None:
        """Nobody says that any more."""
        self._left.set()
        self._staying.join()


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


def pages_of(house: House, sid: str) -> bytes:
    with api(house) as client:
        media = client.get(f"/Faxes/{sid}").json()["media_sid"]
        return client.get(f"/Faxes/{sid}/Media/{media}.tif").content


def sent(house: House, listener: Listener, to: str, words: str) -> str:
    """A fax by the API; its SID."""
    listener.sounds[f"/{words}.tif"] = document(words)
    with api(house) as client:
        made = client.post("/Faxes", data={
            "From": house.demo["numbers"][0], "To": to, "MediaUrl": f"{listener.url}/{words}.tif",
            "StatusCallback": f"{listener.url}/status", "Purpose": "transactional",
        })  # fmt: skip
    assert made.status_code == 201, made.text
    return str(made.json()["sid"])


def test_faxes_go_out_by_sound_and_by_packets_and_come_in(
    served: tuple[House, Carrier], listener: Listener, tmp_path: Path
) -> None:
    house, carrier = served
    client, number = client_of(house), house.demo["numbers"][1]
    (row,) = client.incoming_phone_numbers.list(phone_number=number)
    row.update(voice_receive_mode="fax", voice_url=f"{listener.url}/came")
    by_sound = Call(FaxMachine(Job(takes=tmp_path / "sound.tif", ident=PERSON)))
    by_packets = Call(FaxMachine(Job(takes=tmp_path / "packets.tif", ident=OTHER), lose=0.02))
    (tmp_path / "incoming.tif").write_bytes(document("incoming"))
    coming = Call(FaxMachine(Job(sends=tmp_path / "incoming.tif", ident=PERSON)), house.sip, "127.0.0.9")
    with contextlib.ExitStack() as open_calls:
        for call in (by_sound, by_packets, coming):
            open_calls.callback(call.close)
        carrier.plays = by_sound.hand.port
        first = sent(house, listener, PERSON, "sound")
        by_sound.answer()
        carrier.plays = by_packets.hand.port
        second = sent(house, listener, OTHER, "packets")
        by_packets.answer()
        by_packets.offer_packets()
        near, machine = coming.hand, coming.machine
        near.say(near.request("INVITE", near.uri(number), sender=PERSON, body=machine.description()))
        answered = near.hear(200)
        near.ack(answered, number, PERSON)
        machine.call(answered.body)
        machine.begin()
        for call in (by_sound, by_packets, coming):
            call.stay()
        assert fetched(house, first, "sending")["duration"] is None
        for call in (by_packets, by_sound, coming):
            assert call.machine.done(60 * MINUTES).well, call.machine.result
        by_packets.ended()
        by_sound.ended()
        (came,) = eventually(lambda: listener.told("/came"), within=20.0)  # on a busy machine it hears the end late
        coming.leave()
        near.bye(answered, number, PERSON)
    assert (by_packets.machine.by_packets, by_packets.machine.lost > 0) == (True, True)
    for sid, name, far in ((first, "sound", PERSON), (second, "packets", OTHER)):
        fax = fetched(house, sid, "delivered")
        assert (fax["num_pages"], fax["bit_rate"], fax["remote_station_id"]) == (PAGES, 14_400, far)
        assert cut((tmp_path / f"{name}.tif").read_bytes()) == cut(listener.sounds[f"/{name}.tif"])
        assert same(pages_of(house, sid), listener.sounds[f"/{name}.tif"])
    told = eventually(lambda: [t for t in listener.told("/status") if t["FaxStatus"] == "delivered"][1:], within=5.0)
    assert told[0]["NumPages"] == str(PAGES)
    assert (came["FaxStatus"], came["From"], came["To"], came["RemoteStationId"]) == (
        "received", PERSON, number, PERSON,
    )  # fmt: skip
    assert same(pages_of(house, came["FaxSid"]), document("incoming"))
