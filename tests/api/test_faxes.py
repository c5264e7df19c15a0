"""Faxes by the API: offered with their document, shown, taken back, deleted, and their pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from masstransit.errors import NotFound
from masstransit.storage import faxes
from tests.api.gated import GatedDoor
from tests.fax_documents import a_pdf, a_tiff, same
from tests.stories.test_webhooks import Listener

FAXES, NUMBER, PERSON, NOWHERE = "/fax/v1/Faxes", "+14155550100", "+12125550188", "FX" + "0" * 32


@pytest.fixture
def server() -> Iterator[Listener]:
    """Where the customer has its documents."""
    made = Listener()
    made.sounds = {
        "/letter.pdf": a_pdf("Dear Anna,\nyour results are ready. Please call us.", "The second page has more words."),
        "/scan.tif": a_tiff("a scan"),
    }
    yield made
    made.close()


@pytest.fixture
def door(gated: GatedDoor) -> GatedDoor:
    return gated


async def sent(door: GatedDoor, server: Listener, name: str = "letter.pdf", **more: str) -> Any:
    fields = {"From": NUMBER, "To": PERSON, "MediaUrl": f"{server.url}/{name}", "Purpose": "transactional"} | more
    return await door.ask("POST", FAXES, data={key: value for key, value in fields.items() if value})


async def test_a_fax_is_offered_listed_taken_back_and_deleted(door: GatedDoor, server: Listener) -> None:
    made = await sent(door, server, Quality="standard", EndUser="ana", StatusCallback="http://127.0.0.1:9/told")
    assert made.status_code == 201, made.text
    fax = made.json()
    assert (fax["status"], fax["direction"], fax["quality"], fax["num_pages"]) == ("queued", "outbound", "standard", 2)
    assert (fax["from"], fax["to"], fax["api_version"], fax["duration"]) == (NUMBER, PERSON, "v1", None)
    assert fax["url"].endswith(f"{FAXES}/{fax['sid']}")
    (listed,) = (await door.ask("GET", FAXES)).json()["faxes"]
    one = (await door.ask("GET", f"{FAXES}/{fax['sid']}")).json()
    assert listed == one == fax | {"date_updated": one["date_updated"]}
    by_account = f"/2010-04-01/Accounts/{door.sid}/Faxes"
    assert (await door.ask("GET", f"{by_account}.json")).json()["faxes"][0]["sid"] == fax["sid"]
    early = await door.ask("DELETE", f"{FAXES}/{fax['sid']}")
    assert (early.status_code, early.json()["code"]) == (400, 20009)
    back = await door.ask("POST", f"{FAXES}/{fax['sid']}", data={"Status": "canceled"})
    assert back.json()["status"] == "canceled"
    again = await door.ask("POST", f"{FAXES}/{fax['sid']}", data={"Status": "canceled"})
    assert (again.status_code, again.json()["code"]) == (400, 30409)
    assert (await door.ask("DELETE", f"{FAXES}/{fax['sid']}")).status_code == 204
    assert (await door.ask("GET", f"{FAXES}/{fax['sid']}")).status_code == 404
    assert (await door.ask("GET", FAXES)).json()["faxes"] == []


async def test_faxes_are_listed_by_who_and_when(door: GatedDoor, server: Listener) -> None:
    fax = (await sent(door, server, "scan.tif")).json()
    for query, there in (
        ({"To": PERSON}, True),
        ({"To": "+12125550199"}, False),
        ({"From": NUMBER}, True),
        ({"From": "+12125550199"}, False),
        ({"DateCreatedAfter": "2020-01-01T00:00:00Z"}, True),
        ({"DateCreatedAfter": "2999-01-01T00:00:00Z"}, False),
        ({"DateCreatedOnOrBefore": "2999-01-01T00:00:00Z"}, True),
        ({"DateCreatedOnOrBefore": "2020-01-01T00:00:00Z"}, False),
    ):
        found = (await door.ask("GET", FAXES, params=query)).json()["faxes"]
        assert [each["sid"] for each in found] == ([fax["sid"]] if there else []), query


async def test_a_fax_is_not_tried_for_longer_than_it_may_wait_and_its_pages_need_not_stay(
    door: GatedDoor, server: Listener
) -> None:
    kept = (await sent(door, server, Ttl="5")).json()
    fleeting = (await sent(door, server, "scan.tif", StoreMedia="false")).json()
    assert (await sent(door, server, Ttl="0")).json()["code"] == 20422
    for fax in (kept, fleeting):
        await door.ask("POST", f"{FAXES}/{fax['sid']}", data={"Status": "canceled"})
    assert await door.parts.faxing.faxes.sweep() == 1
    assert (await door.ask("GET", f"{FAXES}/{kept['sid']}")).json()["media_sid"] == kept["media_sid"]
    assert (await door.ask("GET", f"{FAXES}/{fleeting['sid']}")).json()["media_sid"] is None
    gone = await door.ask("GET", f"{FAXES}/{fleeting['sid']}/Media/{fleeting['media_sid']}.pdf")
    assert gone.status_code == 404


async def test_the_pages_of_a_fax_are_pdf_tiff_and_small_pictures(door: GatedDoor, server: Listener) -> None:
    fax = (await sent(door, server, "scan.tif")).json()
    where = f"{FAXES}/{fax['sid']}/Media"
    (medium,) = (await door.ask("GET", where)).json()["media"]
    assert (medium["sid"], medium["fax_sid"], medium["content_type"]) == (
        fax["media_sid"], fax["sid"], "application/pdf",
    )  # fmt: skip
    one = f"{where}/{medium['sid']}"
    assert (await door.ask("GET", one, headers={"Accept": "application/json"})).json() == medium
    pdf = await door.ask("GET", f"{one}.pdf")
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert same((await door.ask("GET", f"{one}.tif")).content, server.sounds["/scan.tif"])
    small = await door.ask("GET", f"{one}.png", params={"Page": "1"})
    assert Image.open(io.BytesIO(small.content)).format == "PNG"
    assert (await door.ask("GET", f"{one}.png", params={"Page": "2"})).status_code == 400
    early = await door.ask("DELETE", one)
    assert early.json()["code"] == 20009
    await door.ask("POST", f"{FAXES}/{fax['sid']}", data={"Status": "canceled"})
    assert (await door.ask("DELETE", one)).status_code == 204
    assert (await door.ask("GET", where)).json()["media"] == []


async def test_what_can_not_be_sent_is_told_by_its_field(door: GatedDoor, server: Listener) -> None:
    server.sounds["/page.html"] = b"<html>"
    wrong: list[tuple[dict[str, str], int]] = [
        ({"To": ""}, 21211),
        ({"To": "nobody"}, 21211),
        ({"From": "Acme"}, 21212),
        ({"MediaUrl": ""}, 21620),
        ({"MediaUrl": "ftp://example.com/a.pdf"}, 21620),
        ({"MediaUrl": f"{server.url}/page.html"}, 12300),
        ({"MediaUrl": "http://127.0.0.1:9/gone.pdf"}, 21620),
        ({"Quality": "perfect"}, 20422),
        ({"StatusCallback": "nowhere"}, 21609),
        ({"SipAuthUsername": "me"}, 20422),
    ]
    for fields, code in wrong:
        answer = await sent(door, server, **fields)
        assert (answer.status_code, answer.json()["code"]) == (400, code), fields
    assert (await door.ask("GET", FAXES)).json()["faxes"] == []


async def test_who_offers_the_same_again_gets_the_same_fax(door: GatedDoor, server: Listener) -> None:
    asked = {"From": NUMBER, "To": PERSON, "MediaUrl": f"{server.url}/scan.tif", "Purpose": "transactional"}
    one, other = [
        (await door.ask("POST", FAXES, data=asked, headers={"Idempotency-Key": "once"})).json() for _ in range(2)
    ]
    assert one["sid"] == other["sid"]
    assert len((await door.ask("GET", FAXES)).json()["faxes"]) == 1


async def test_a_fax_of_another_account_is_not_there(door: GatedDoor, server: Listener) -> None:
    fax = (await sent(door, server)).json()
    other, _ = await door.account()
    assert await door.database.read(lambda c: faxes.whole(c, other, fax["sid"])) is None
    with pytest.raises(NotFound):
        await door.parts.faxing.faxes.pages(other, fax["sid"])
    assert (await door.ask("GET", f"{FAXES}/{NOWHERE}")).status_code == 404
    found = await door.ask("GET", f"/2010-04-01/Accounts/{door.sid}/Messages.json")
    assert found.json()["messages"] == []  # a fax is no message
