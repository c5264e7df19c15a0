"""Messages that go as MMS, with the real gate behind the door, and files that a customer brings itself."""

from __future__ import annotations

from typing import Any

from masstransit import demo
from masstransit.carriage.media.intake import LARGEST
from masstransit.model.communication import Kind
from tests.api.gated import GatedDoor
from tests.carriage.media import drawn

FORM = {"From": demo.NUMBERS[0], "To": demo.PHONES[0], "Body": "Your table is ready."}
MEDIA = "/policy/v1/Media"


async def send(gated: GatedDoor, **fields: Any) -> Any:
    return await gated.ask("POST", f"{gated.messages}.json", data=FORM | fields)


async def brought(gated: GatedDoor, data: bytes = b"", name: str = "cat.jpg", kind: str = "image/jpeg") -> Any:
    data = data or drawn.jpeg()
    return await gated.ask("POST", MEDIA, params={"Name": name}, content=data, headers={"Content-Type": kind})


async def test_a_message_goes_as_mms_where_a_carrier_brings_it(gated: GatedDoor) -> None:
    url = (await brought(gated)).json()["media_url"]
    sent = (await send(gated, MediaUrl=url)).json()
    assert (sent["sid"][:2], sent["body"], sent["num_media"]) == ("MM", FORM["Body"], "1")
    long = (await send(gated, Body="a" * 500, SendAsMms="true")).json()
    assert (long["sid"][:2], long["num_segments"], long["num_media"]) == ("MM", "1", "0")
    async with gated.carrying():
        await gated.becomes(sent["sid"], "delivered")
    (shown, *_) = gated.loopback._phones.phone(demo.PHONES[0]).messages
    answer = await gated.ask("GET", shown.media[0].path, auth=None)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_where_no_carrier_brings_mms_media_go_as_links_unless_that_is_not_wanted(gated: GatedDoor) -> None:
    gated.loopback.kinds = Kind.SMS
    url = "https://example.com/cat.png"
    sent = (await send(gated, MediaUrl=url)).json()
    assert (sent["sid"][:2], sent["body"]) == ("SM", f"{FORM['Body']}\n{url}")
    refused = await send(gated, MediaUrl=url, SendAsMms="true")
    assert (refused.status_code, refused.json()["code"]) == (400, 21612)
    assert refused.json()["details"] == {"field": "SendAsMms"}


async def test_a_service_that_converts_nothing_sends_no_links(gated: GatedDoor) -> None:
    made = {"FriendlyName": "Pictures", "MmsConverter": "false"}
    service = (await gated.ask("POST", "/messaging/v1/Services", data=made)).json()
    assert service["mms_converter"] is False
    url = (await brought(gated)).json()["media_url"]
    told = {"MessagingServiceSid": service["sid"], "MediaUrl": url}
    assert (await send(gated, **told)).json()["sid"][:2] == "MM"
    gated.loopback.kinds = Kind.SMS
    refused = await send(gated, **told)
    assert (refused.status_code, refused.json()["details"]["field"]) == (400, "MediaUrl")


async def test_a_file_is_brought_as_it_is_and_shown_by_what_it_contains(gated: GatedDoor) -> None:
    made = await brought(gated, b"BEGIN:VCARD\r\nFN:Ana\r\nEND:VCARD\r\n", "a/ana.vcf")
    assert (made.status_code, made.json()["name"], made.json()["content_type"]) == (201, "ana.vcf", "text/vcard")
    shown = await gated.ask("GET", f"{MEDIA}/{made.json()['sid']}")
    assert shown.json()["sha256"] == made.json()["sha256"]
    page = (await brought(gated, b"<html><script>alert(1)</script></html>", "page.jpg")).json()
    link = page["media_url"]
    answer = await gated.ask("GET", link[link.index("/media/") :], auth=None)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")


async def test_what_is_no_file_is_refused_in_the_dialects_words(gated: GatedDoor) -> None:
    broken = await brought(gated, drawn.jpeg()[:700])
    assert (broken.status_code, broken.json()["code"], broken.json()["details"]["field"]) == (400, 12300, "body")
    large = await brought(gated, bytes(LARGEST + 1))
    assert (large.status_code, large.json()["code"]) == (413, 20413)
    nobody = await gated.ask("POST", MEDIA, content=drawn.jpeg(), auth=None)
    assert nobody.status_code == 401
    odd = await gated.ask("POST", MEDIA, params={"Kind": "x"}, content=drawn.jpeg())
    assert (odd.status_code, odd.json()["details"]["field"]) == (400, "Kind")
    assert (await gated.ask("GET", f"{MEDIA}/ME{'0' * 32}")).status_code == 404


async def test_a_link_that_somebody_made_up_leads_nowhere(gated: GatedDoor) -> None:
    path = gated.parts.mms.shared.path(gated.sid, "ME" + "0" * 32)
    for link in (path, path[:-1] + "x", "/media/a/b/c"):
        assert (await gated.ask("GET", link, auth=None)).status_code == 404
