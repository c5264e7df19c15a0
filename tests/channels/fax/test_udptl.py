"""Packets in datagrams: the other side's bytes are the standard's, and what is lost is mended by what follows."""

from __future__ import annotations

import random

import pytest

from masstransit.channels.fax.udptl import LARGEST, Datagram, Receiving, Sending, read, write
from masstransit.errors import BadInput


def test_a_datagram_is_written_as_the_standard_has_it() -> None:
    one = Datagram(258, b"\x06", (b"\x00\x01",))
    assert write(one) == bytes.fromhex("0102 01 06 00 01 02 0001")
    assert read(write(one)) == one


def test_long_packets_have_lengths_of_two_octets() -> None:
    for size in (127, 128, 1000):
        one = Datagram(1, bytes(size))
        assert len(write(one)) == 2 + (1 if size < 128 else 2) + size + 2
        assert read(write(one)) == one


def test_of_the_packets_before_those_go_along_that_there_is_room_for() -> None:
    one = Datagram(9, bytes(900), (bytes(400), bytes(400)))
    assert len(write(one)) <= LARGEST
    assert read(write(one)).before == (bytes(400),)


@pytest.mark.parametrize(
    "data", ["", "00", "0001", "000105", "00010106", "0001 01 06 00 02 01 00", "0001 c0", "0001 81"]
)
def test_what_ends_too_soon_is_refused_and_a_bare_packet_is_heard(data: str) -> None:
    raw = bytes.fromhex(data)
    if raw == bytes.fromhex("00010106"):
        assert read(raw) == Datagram(1, b"\x06")
        return
    with pytest.raises(BadInput):
        read(raw)


def test_nothing_that_comes_breaks_it() -> None:
    source = random.Random(1)
    for _ in range(2000):
        raw = source.randbytes(source.randrange(60))
        try:
            read(raw)
        except BadInput:
            continue


def test_parity_is_passed_over_and_its_packet_is_heard() -> None:
    assert read(bytes.fromhex("0001 01 06 80 0102 0304")) == Datagram(1, b"\x06")


def test_packets_arrive_once_and_in_order_though_two_in_a_row_are_lost() -> None:
    sending, receiving = Sending(repeats=3), Receiving()
    sent = [bytes((at,)) for at in range(200)]
    got = []
    for at, packet in enumerate(sent):
        datagram = sending.pack(packet)
        if at % 5 in {3, 4} and at < 195:
            continue
        got += receiving.unpack(datagram) + receiving.unpack(datagram)  # the network repeats it
    assert got == list(enumerate(sent))
    assert (receiving.mended, receiving.lost) == (78, 0)


def test_what_nobody_repeats_is_counted_as_lost() -> None:
    sending, receiving = Sending(repeats=0), Receiving()
    datagrams = [sending.pack(bytes((at,))) for at in range(4)]
    assert [receiving.unpack(datagrams[at]) for at in (0, 2, 1, 3)] == [
        [(0, b"\0")], [(2, b"\2")], [], [(3, b"\3")],
    ]  # fmt: skip
    assert receiving.lost == 1


def test_numbers_begin_again_at_zero() -> None:
    receiving = Receiving()
    assert receiving.unpack(write(Datagram(0xFFFF, b"a"))) == [(0xFFFF, b"a")]
    assert receiving.unpack(write(Datagram(1, b"c", (b"b",)))) == [(0, b"b"), (1, b"c")]
