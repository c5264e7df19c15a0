"""Datagrams, read at the edge: strictly where guessing would be wrong, and written anew in one plain form."""

from __future__ import annotations

import pytest

from masstransit.channels.sip import message
from masstransit.channels.sip.message import Header, Unreadable, Uri

HEAD = (
    "INVITE sip:+12125550123@house SIP/2.0\r\n"
    "v: SIP / 2.0 / UDP  10.0.0.1:5070 ;branch = z9hG4bK1 , SIP/2.0/UDP proxy.example;branch=z9hG4bK2\r\n"
    'f: "Ana \\" Lima" <sip:+14155550100@there>; tag = a\r\n'
    "t: sip:+12125550123@house\r\n"
    "i: call-1\r\n"
    "CSeq: 0007\r\n  INVITE\r\n"
    "m: <sip:ana@10.0.0.1:5070;transport=UDP>\r\n"
)


def read(text: str, body: bytes = b"") -> message.Message:
    found = message.read(f"{text}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    assert found is not None
    return found


def test_compact_folded_and_spaced_headers_are_written_in_one_plain_form() -> None:
    plain = read(HEAD).text().split("\r\n")
    assert plain[1:6] == [
        "via: SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1",
        "via: SIP/2.0/UDP proxy.example;branch=z9hG4bK2",
        'from: "Ana  Lima" <sip:+14155550100@there>;tag=a',
        "to: <sip:+12125550123@house>",
        "call-id: call-1",
    ]
    assert "cseq: 7 INVITE" in plain


def test_every_byte_of_a_body_goes_through_and_counts() -> None:
    body = bytes(range(256)) + "Zürich\x85".encode()
    found = read(HEAD, body)
    assert found.body == body
    assert found.text().encode("utf-8", "surrogateescape").endswith(b"\r\n\r\n" + body)
    assert f"content-length: {len(body)}" in found.text()


def test_what_follows_behind_the_body_is_nobodys() -> None:
    found = message.read(f"{HEAD}Content-Length: 3\r\n\r\n".encode() + b"v=0INVITE sip:x@y SIP/2.0\r\n\r\n")
    assert found is not None
    assert found.body == b"v=0"


def test_an_identity_by_sip_and_by_tel_is_two_values() -> None:
    told = read(f'{HEAD}P-Asserted-Identity: "Ana, here" <sip:+1415@there>, <tel:+1415>\r\n')
    assert told.values("p-asserted-identity") == ['"Ana, here" <sip:+1415@there>', "<tel:+1415>"]


def test_who_is_behind_nat_is_answered_where_it_asked_from() -> None:
    assert "branch=z9hG4bK1;rport\r\n" in read(HEAD).text(symmetric=True)
    asked = read(HEAD.replace("branch = z9hG4bK1", "branch = z9hG4bK1;rport"))
    assert asked.text(symmetric=True).count("rport") == 1


def test_a_keep_alive_is_no_message() -> None:
    assert message.read(b"\r\n\r\n") is None
    assert message.read(b"\0\0\0\0") is None


@pytest.mark.parametrize(
    ("change", "to", "status"),
    [
        ("SIP/2.0\r\nv:", "SIP/3.0\r\nv:", 505),
        ("sip:+12125550123@house SIP", "http://house SIP", 416),
        ("i: call-1\r\n", "", 400),
        ("i: call-1\r\n", "i: call-1\r\ni: call-2\r\n", 400),
        ("0007", "4294967296", 400),
        ("0007\r\n  INVITE", "7 BYE", 400),
        ("i: call-1\r\n", "i: call-1\r\nRequire: 100rel\r\n", 420),
        ("i: call-1\r\n", "i: call-1\r\nX-Odd: a\x0bVia: SIP/2.0/UDP evil\r\n", 400),
        ("i: call-1\r\n", "i: call-1\r\nMax-Forwards: 256\r\n", 400),
        ("m: <sip:ana", "m: <mailto:ana", 400),
        ("sip:+12125550123@house SIP", "sip:+12125550123@house?Route=x SIP", 400),
    ],
)
def test_what_can_not_be_served_is_said_so(change: str, to: str, status: int) -> None:
    assert change in HEAD
    with pytest.raises(Unreadable) as wrong:
        read(HEAD.replace(change, to, 1))
    assert wrong.value.status == status
    assert wrong.value.answer.startswith(f"SIP/2.0 {status} ".encode())


@pytest.mark.parametrize(("method", "status"), [("MESSAGE", 405), ("NOSUCH", 501)])
def test_methods_that_are_not_served_are_told_which_are(method: str, status: int) -> None:
    with pytest.raises(Unreadable) as wrong:
        read(HEAD.replace("INVITE", method))
    assert wrong.value.status == status
    assert b"allow: INVITE, ACK" in wrong.value.answer


def test_nothing_answers_a_response_an_ack_or_what_says_not_where_it_came_from() -> None:
    silent = (
        HEAD.replace("INVITE", "ACK").replace("0007", "x"),
        HEAD.replace("INVITE sip:+12125550123@house SIP/2.0", "SIP/2.0 200 OK").replace("0007", "x"),
        "\r\n".join(line for line in HEAD.split("\r\n") if not line.startswith("v:")),
    )
    for text in silent:
        with pytest.raises(Unreadable) as wrong:
            read(text)
        assert wrong.value.answer == b""


def test_uris_are_read_once() -> None:
    assert message.uri("sip:%2B1415;phone-context=x:pw@h.example:5070;user=phone") == Uri(
        "sip", "+1415", "h.example:5070"
    )
    assert message.uri("tel:+14155550100;ext=1") == Uri("tel", "+14155550100", "")
    assert (Uri("sip", "a", "h:5070").host_only, Uri("sip", "a", "h:5070").port) == ("h", 5070)
    assert (Uri("sip", "a", "h").host_only, Uri("sip", "a", "h").port) == ("h", 5060)
    assert message.address('"Ana" <sip:a@b>;tag=1') == ("Ana", "sip:a@b")
    assert message.address("<no uri") == ("", "")
    assert message.parameter('"x;tag=no" <sip:a@b;tag=inside>;tag=yes', "tag") == "yes"


def test_an_answer_gets_a_tag_once() -> None:
    tagged = message.answer([Header("via", "SIP/2.0/UDP a"), Header("to", "<sip:a@b>;tag=1")], 400, "Bad")
    assert tagged.count(b"tag=") == 1
