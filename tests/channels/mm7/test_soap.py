"""MM7 as bytes: what we write we read again; what carriers write is read by its elements; what is broken is said so."""

from __future__ import annotations

import pytest

from masstransit.channels.mm7 import soap
from masstransit.channels.mm7.soap import Part
from masstransit.errors import BadInput
from tests.channels.mm7.centre import delivered, request

PICTURE = bytes(range(256)) * 4 + b"\r\n--in\r\n"


def test_what_is_written_is_read_again() -> None:
    parts = (Part(content_type="text/plain", data="Grüße & <b>".encode()), Part(content_type="image/png", data=PICTURE))
    wrapped = soap.envelope("SubmitReq", "t<1>", soap.element("VASPID", "a&b"))
    said = soap.read(*soap.with_content(wrapped, parts))
    assert (said.kind, said.transaction, said.fields["VASPID"]) == ("SubmitReq", "t<1>", "a&b")
    assert [(part.content_type, part.data) for part in said.parts] == [(part.content_type, part.data) for part in parts]
    assert soap.words(said.parts[0]) == "Grüße & <b>"


def test_another_release_is_read_by_its_elements() -> None:
    said = soap.read(*delivered("+12125550123", "12345", "t1", ("image/gif", b"GIF89a"), ("text/plain", b"Hi\r\n")))
    assert (said.kind, said.transaction) == ("DeliverReq", "t1")
    assert (said.fields["Sender"], said.fields["Recipients"], said.fields["Subject"]) == (
        "+12125550123",
        "12345",
        "For you",
    )
    assert [part.content_type for part in said.parts] == ["image/gif", "text/plain"]
    assert soap.words(said.parts[1]) == "Hi"


def test_a_status_is_read_and_nonsense_is_none() -> None:
    told = "<Status><StatusCode>{}</StatusCode></Status>"
    assert soap.read("text/xml", request("SubmitRsp", "t", told.format("1000")).encode()).status == 1000
    for odd in ("x", "", "9" * 30, "²"):
        assert soap.read("text/xml", request("SubmitRsp", "t", told.format(odd)).encode()).status == 0


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/xml", b""),
        ("text/xml", b"<a"),
        ("text/xml", b"<a/>"),
        ("text/xml", b"\xff\xfe\x00"),
        ("text/xml", b'<?xml version="1.0" encoding="nonsense"?><a/>'),
        ("text/xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        ("text/xml", b'<e:Envelope xmlns:e="x"><e:Body></e:Body></e:Envelope>'),
        ("multipart/related; boundary=b", b"nothing"),
        ("multipart/related; boundary=b", b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 60 + b"--b--"),
        ("multipart/related", b"--b\r\n\r\n--b--"),
    ],
)
def test_what_is_broken_is_said_to_be(kind: str, body: bytes) -> None:
    with pytest.raises(BadInput):
        soap.read(kind, body)
