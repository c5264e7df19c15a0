"""The MM7 trunk against a centre that shares nothing with it, and the centre's requests at our door."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette

from masstransit.carriage.channel import NotSent, Sent
from masstransit.carriage.media.intake import Media
from masstransit.carriage.media.mms import Packer
from masstransit.carriage.media.shelf import Shelf
from masstransit.carriage.webcalls import WebCalls
from masstransit.channels.mm7 import door
from masstransit.channels.mm7.trunk import Mm7Trunk, TrunkSettings
from masstransit.clock import HandClock
from masstransit.errors import StorageUnavailable, TrunkDown
from masstransit.model.communication import Kind
from masstransit.model.media import Attachment
from masstransit.storage.engine import Database
from tests.carriage.media import drawn
from tests.channels.mm7.centre import Centre, delivered, report, request
from tests.channels.smpp.test_trunk import cleared
from tests.channels.test_loopback import Heard
from tests.makers import ACCOUNT, NOON, RECIPIENT, SENDER

LOGIN = ("centre", "its secret")
CARD = b"BEGIN:VCARD\r\nFN:Ana\r\nEND:VCARD\r\n"


@pytest.fixture
def centre() -> Iterator[Centre]:
    made = Centre()
    yield made
    made.close()


class House:
    """A trunk, its door, and what came in."""

    def __init__(self, database: Database, folder: Path, centre: Centre) -> None:
        self.media = Media(database=database, clock=HandClock(NOON), shelf=Shelf(folder))
        told = TrunkSettings(
            name="mms", url=centre.url, vasp="12345", vas="67", service_code="gold", username="us", password="pw",
            delivers_as=LOGIN[0], delivers_with=LOGIN[1], largest=60_000,
        )  # fmt: skip
        self.trunk = Mm7Trunk(told, HandClock(NOON), WebCalls(allow_private=True, timeout=5), Packer(self.media))
        self.heard = Heard()
        self.trunk.connect(self.heard)

    async def sends(self, *files: Attachment, text: str = "Grüße", **more: Any) -> Any:
        done = cleared(text=text, kind=Kind.MMS, attachments=files, **more)
        answer = await self.trunk.deliver(done)
        self.trunk.settled(done)
        return answer

    async def brings(self, body: bytes, kind: str = "text/xml", auth: Any = LOGIN, name: str = "mms") -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=door.routes([self.trunk])))
        async with httpx.AsyncClient(transport=transport, base_url="http://us") as client:
            return await client.post(f"/trunks/{name}/mm7", content=body, headers={"Content-Type": kind}, auth=auth)


@pytest.fixture
async def house(sqlite_database: Database, tmp_path: Path, centre: Centre) -> House:
    return House(sqlite_database, tmp_path, centre)


async def test_a_message_is_submitted_with_its_text_and_files(house: House, centre: Centre) -> None:
    picture = await house.media.take_in(ACCOUNT, drawn.jpeg(), "cat one.jpg")
    card = await house.media.take_in(ACCOUNT, CARD, "ana.vcf")
    assert await house.sends(picture, card) == Sent(("mms-1",))
    (took,) = centre.took
    assert [took.said(name) for name in ("VASPID", "VASID", "ServiceCode", "DeliveryReport")] == [
        "12345",
        "67",
        "gold",
        "true",
    ]
    assert (SENDER in took.soap, RECIPIENT in took.soap) == (True, True)
    (text, said), (shown, data), (_, same) = took.parts
    assert (text, said.decode(), shown, same) == ("text/plain", "Grüße", "image/jpeg", CARD)
    assert len(data) + len(said) + len(same) <= 60_000
    assert Image.open(io.BytesIO(data)).format == "JPEG"
    assert took.headers["authorization"].startswith("Basic ")
    assert house.trunk.room == 10


async def test_what_the_centre_can_not_take_fails_for_good(house: House, centre: Centre) -> None:
    film = await house.media.take_in(ACCOUNT, b"\0\0\0\x18ftypmp42" + bytes(70_000))
    assert await house.sends(film) == NotSent(
        reason="the media have more than the 59993 bytes that this carrier takes", permanent=True, code=30019
    )
    gone = Attachment(sid="ME" + "0" * 32, content_type="image/png", size=1, digest="0" * 64)
    assert (await house.sends(gone)).code == 11200
    assert centre.took == []


@pytest.mark.parametrize(
    ("status", "permanent", "code"),
    [(2002, True, 30005), (2003, True, 30005), (2004, True, 30007), (3002, True, 30007), (2007, True, 30008),
     (4004, True, 30008), (3000, False, 30008), (4006, False, 30008), (4001, False, 30008)],
)  # fmt: skip
async def test_its_statuses_say_whether_to_try_again(
    house: House, centre: Centre, status: int, *, permanent: bool, code: int
) -> None:
    centre.answers.append((status, "no"))
    answer = await house.sends()
    assert (answer.permanent, answer.code, answer.reason) == (permanent, code, f"no ({status})")
    assert (house.trunk.room > 0) is permanent  # it is left alone for a while


async def test_a_fault_and_nonsense_are_tried_again_and_silence_is_sent_again(house: House, centre: Centre) -> None:
    fault = "<faultcode>s:Server</faultcode><faultstring>down</faultstring>"
    centre.raw = [(500, request("Fault", "t", fault)), (502, "<html>"), (401, ""), (200, "")]
    for _ in range(4):
        answer = await house.sends()
        assert (answer.permanent, answer.code) == (False, 30008)
    centre.close()
    with pytest.raises(TrunkDown):
        await house.sends()


async def test_a_persons_message_comes_in_with_its_pictures(house: House) -> None:
    parts = (("application/smil", b"<smil/>"), ("text/plain", "Grüße".encode()), ("image/jpeg", drawn.jpeg()))
    kind, body = delivered(RECIPIENT, SENDER, "t7", *parts)
    answer = await house.brings(body, kind)
    assert "<StatusCode>1000</StatusCode>" in answer.text
    assert "DeliverRsp" in answer.text
    assert "t7" in answer.text
    (inbound,) = house.heard.inbound
    assert (inbound.sender.text, inbound.recipient.text, inbound.carrier_id) == (RECIPIENT, SENDER, "t7")
    assert inbound.text == "For you\nGrüße"
    assert [(file.content_type, file.data) for file in inbound.files] == [("image/jpeg", drawn.jpeg())]


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [("Retrieved", "delivered", None), ("Expired", "failed", 30003), ("Rejected", "failed", 30006),
     ("Forwarded", "accepted", None), ("Deferred", "buffered", None)],
)  # fmt: skip
async def test_a_report_is_what_became_of_a_message(house: House, status: str, state: str, error: int | None) -> None:
    answer = await house.brings(report("mms-1", RECIPIENT, status))
    assert ("DeliveryReportRsp" in answer.text, "1000" in answer.text) == (True, True)
    (told,) = house.heard.reports
    assert (told.carrier_id, told.state, told.error, told.carrier_code) == ("mms-1", state, error, status)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<a", 2007),
        (request("SubmitReq", "t", "<x/>").encode(), 2000),
        (report("mms-1", RECIPIENT, "Lost"), 2007),
        (report("", RECIPIENT, "Retrieved"), 2007),
        (request("DeliverReq", "t", "<Sender><Number>?</Number></Sender>").encode(), 2002),
    ],
)
async def test_what_is_wrong_is_answered_in_mm7s_words(house: House, body: bytes, code: int) -> None:
    answer = await house.brings(body)
    assert f"<StatusCode>{code}</StatusCode>" in answer.text
    assert (house.heard.inbound, house.heard.reports) == ([], [])


async def test_only_the_centre_comes_in_and_what_can_not_be_kept_is_brought_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = report("mms-1", RECIPIENT, "Retrieved")
    for auth in (None, ("centre", "wrong"), ("us", "pw")):
        assert (await house.brings(body, auth=auth)).status_code == 401
    assert (await house.brings(body, name="other")).status_code == 404
    assert (await house.brings(bytes(12 * 1024 * 1024 + 1))).status_code == 413
    assert house.heard.reports == []

    async def full(_: object) -> None:
        raise StorageUnavailable("full")

    monkeypatch.setattr(house.heard, "report", full)
    assert "<StatusCode>3000</StatusCode>" in (await house.brings(body)).text
