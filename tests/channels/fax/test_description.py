"""Session descriptions of fax packets, and who may be sent them."""

from __future__ import annotations

import pytest

from masstransit.channels.fax.description import read, write
from masstransit.channels.fax.udptl import LARGEST, Datagram
from masstransit.channels.fax.udptl import write as datagram
from masstransit.channels.fax.wire import open_wire
from masstransit.errors import BadInput

HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
IMAGE = "m=image 6002 udptl t38\r\na=T38FaxMaxDatagram:200\r\n"


def test_an_offer_of_packets_is_read() -> None:
    image = read(HEAD + IMAGE)
    assert (image.host, image.port, image.largest, image.others) == ("192.0.2.1", 6002, 200, ())
    assert read(HEAD + "m=image 6002 UDPTL T38\r\na=T38FaxMaxDatagram:9999\r\n").largest == LARGEST
    assert read(HEAD + "m=image 6002 udptl t38\r\nc=IN IP4 192.0.2.9\r\n").host == "192.0.2.9"


def test_an_answer_turns_down_every_other_stream_in_its_place() -> None:
    theirs = read(f"{HEAD}m=audio 6000 RTP/AVP 0\r\n{IMAGE}m=video 6004 RTP/AVP 96\r\n")
    streams = [line for line in write("127.0.0.1", 7000, to=theirs).splitlines() if line.startswith("m=")]
    assert streams == ["m=audio 0 RTP/AVP 0", "m=image 7000 udptl t38", "m=video 0 RTP/AVP 96"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD,
        f"{HEAD}m=audio 6000 RTP/AVP 0\r\n",
        f"{HEAD}m=image 0 udptl t38\r\n",
        f"{HEAD}m=image 99999 udptl t38\r\n",
        f"{HEAD}m=image 6002 tcp t38\r\n",
        f"{HEAD}m=image\r\n",
        "m=image 6002 udptl t38\r\n",
        f"c=IN IP4 somewhere.example\r\n{IMAGE}",
    ],
)
def test_what_offers_no_packets_that_we_speak_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read(text)


async def test_packets_are_heard_from_the_address_that_was_agreed_on_alone() -> None:
    wire = await open_wire("127.0.0.1")
    assert read(wire.offer()).port == wire.port
    one = datagram(Datagram(0, b"a"))
    wire.datagram_received(one, ("192.0.2.1", 6002))
    assert wire.take() == []  # nothing is agreed on
    wire.answer(HEAD + IMAGE)
    wire.datagram_received(one, ("192.0.2.2", 6002))
    wire.datagram_received(b"\0", ("192.0.2.1", 6002))
    wire.datagram_received(one, ("192.0.2.1", 7777))  # the first that comes settles the port
    wire.datagram_received(datagram(Datagram(1, b"b")), ("192.0.2.1", 6002))
    wire.datagram_received(datagram(Datagram(1, b"c")), ("192.0.2.1", 7777))
    assert wire.take() == [(0, b"a"), (1, b"c")]
    wire.close()


async def test_whoever_is_known_at_an_address_is_sent_nothing_elsewhere() -> None:
    wire = await open_wire("127.0.0.1")
    with pytest.raises(BadInput, match="another address"):
        wire.answer(HEAD + IMAGE, "203.0.113.9")
    assert read(wire.answer(HEAD + IMAGE, "192.0.2.1")).port == wire.port
    wire.close()
