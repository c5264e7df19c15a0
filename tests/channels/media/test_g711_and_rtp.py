"""G.711 by its tables, packets, keys, and packets put in order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from masstransit.channels.media import events, g711, rtp, sdp
from masstransit.channels.media.g711 import Law
from masstransit.channels.media.jitter import Jitter
from masstransit.errors import BadInput
from tests.stories.talker import linear, mu_law

EVERY = bytes(range(256))


# --- g711 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("law", Law)
def test_what_was_decoded_is_encoded_to_the_same_byte(law: Law) -> None:
    samples = g711.decode(law, EVERY)
    again = g711.encode(law, samples)
    assert (g711.decode(law, again) == samples).all()
    assert sum(a != b for a, b in zip(again, EVERY, strict=True)) == (1 if law is Law.PCMU else 0)  # minus zero


def test_mu_law_is_what_its_formula_says() -> None:
    assert (g711.decode(Law.PCMU, EVERY) == linear(EVERY)).all()
    samples = np.arange(-32000, 32000, 7)
    by_formula = linear(mu_law(samples.astype(float)))
    ours = g711.decode(Law.PCMU, g711.encode(Law.PCMU, samples.astype(np.int16)))
    assert (np.abs(ours - samples) <= np.abs(by_formula - samples) + 4).all()


def test_a_law_has_the_values_of_the_recommendation() -> None:
    """ITU-T G.711 table 1a: the greatest value, the least ones, and silence (0xD5), on a scale of 16 bits."""
    told = {0xAA: 32256, 0x2A: -32256, 0xD5: 8, 0x55: -8, 0x80: 5504, 0x00: -5504}
    assert {byte: int(g711.decode(Law.PCMA, bytes([byte]))[0]) for byte in told} == told


def test_the_other_law_is_the_nearest_that_it_has() -> None:
    for own, other in ((Law.PCMU, Law.PCMA), (Law.PCMA, Law.PCMU)):
        loud = g711.decode(own, EVERY).astype(int)
        there = g711.decode(other, g711.across(EVERY, own, other)).astype(int)
        assert (np.abs(there - loud) <= 8 + np.abs(loud) / 28).all()
    assert g711.silence(Law.PCMU, 2) == b"\xff\xff"


# --- packets --------------------------------------------------------------------------------------------------------


def test_a_packet_is_read_as_it_was_written() -> None:
    packet = rtp.read(rtp.write(8, 65536 + 7, 1 << 32, 99, b"sound", marker=True))
    assert packet == rtp.Packet(kind=8, marker=True, sequence=7, timestamp=0, source=99, payload=b"sound")


def test_sources_extensions_and_padding_are_passed_over() -> None:
    plain = rtp.write(0, 1, 2, 3, b"")
    with_sources = bytes([plain[0] | 2]) + plain[1:] + b"\0" * 8 + b"x"
    with_extension = bytes([plain[0] | 16]) + plain[1:] + b"\xbe\xde\0\1" + b"\0" * 4 + b"x"
    with_padding = bytes([plain[0] | 32]) + plain[1:] + b"x\0\0\3"
    for datagram in (with_sources, with_extension, with_padding):
        packet = rtp.read(datagram)
        assert packet is not None
        assert packet.payload == b"x"


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\x80" * 11,
        b"\x00" * 40,  # STUN, or anything else
        bytes([0x80, 200]) + b"\0" * 26,  # a report of RTCP
        bytes([0x8F, 0]) + b"\0" * 10,  # fifteen sources that are not there
        bytes([0x90, 0]) + b"\0" * 10,  # an extension that is not there
        bytes([0x90, 0]) + b"\0" * 10 + b"\0\0\xff\xff",
        bytes([0xA0, 0]) + b"\0" * 10 + b"\xff",  # more padding than packet
        b"\x80" * 1501,
    ],
)
def test_what_is_no_packet_is_none(datagram: bytes) -> None:
    assert rtp.read(datagram) is None


@given(st.binary(max_size=80))
def test_nothing_that_comes_in_breaks_the_reading(datagram: bytes) -> None:
    rtp.read(datagram)
    events.Pressed().hear(1, datagram)


def test_counters_begin_again_at_zero() -> None:
    assert rtp.ahead(3, 0xFFFFFFFE) == 5
    assert rtp.ahead(0xFFFE, 2, 16) == -4


# --- keys -----------------------------------------------------------------------------------------------------------


def test_a_key_is_heard_once_however_many_packets_tell_of_it() -> None:
    heard = events.Pressed()
    told = [heard.hear(100, payload) for payload in events.payloads("7")] + [heard.over()]
    assert "".join(told) == "7"
    assert "".join(heard.hear(900, payload) for payload in events.payloads("#")) == "#"


def test_the_same_key_pressed_twice_is_two() -> None:
    heard = events.Pressed()
    keys = [heard.hear(at, payload) for at in (100, 900) for payload in events.payloads("1")]
    assert "".join(keys) == "11"


def test_a_key_whose_ends_were_all_lost_is_heard_when_something_else_comes() -> None:
    heard = events.Pressed()
    begun = list(events.payloads("5"))[:-3]
    assert "".join(heard.hear(100, payload) for payload in begun) == ""
    assert heard.hear(900, next(events.payloads("6"))) == "5"
    assert heard.over() == "6"


def test_what_is_no_key_is_none() -> None:
    heard = events.Pressed()
    assert heard.hear(1, bytes([16, 0x8A, 0, 80])) == ""  # flash
    assert heard.hear(2, b"\1") == ""


# --- order ----------------------------------------------------------------------------------------------------------


def frame(n: int) -> bytes:
    return bytes([n]) * 160


def a_packet(sequence: int, timestamp: int, payload: bytes, source: int = 1) -> rtp.Packet:
    return rtp.Packet(kind=0, marker=False, sequence=sequence, timestamp=timestamp, source=source, payload=payload)


def put(jitter: Jitter, *frames: int, source: int = 1) -> None:
    for n in frames:
        jitter.put(a_packet(n, (160 * n - 320) & 0xFFFFFFFF, frame(n), source))


def test_packets_come_out_in_order_and_what_is_lost_is_silence() -> None:
    jitter = Jitter()
    put(jitter, 2, 1, 3, 5)
    assert [jitter.take() for _ in range(5)] == [frame(1), frame(2), frame(3), None, frame(5)]
    assert jitter.lost == 1
    put(jitter, 4)  # too late
    assert jitter.take() is None


def test_it_waits_until_there_is_something_to_put_in_order() -> None:
    jitter = Jitter()
    put(jitter, 1)
    assert jitter.take() is None
    put(jitter, 2)
    assert [jitter.take(), jitter.take(), jitter.take()] == [frame(1), frame(2), None]


def test_another_source_and_another_packet_size_begin_anew() -> None:
    jitter = Jitter()
    put(jitter, 1, 2)
    jitter.take()
    put(jitter, 70, 71, source=2)
    assert jitter.take() == frame(70)
    small = Jitter()
    for n in range(6):
        small.put(a_packet(n, 80 * n, bytes([n]) * 80))
    assert [small.take() for _ in range(4)][-1] == bytes([2]) * 80 + bytes([3]) * 80


# --- descriptions ---------------------------------------------------------------------------------------------------

OFFER = (
    "v=0\r\no=x 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18 8 0 97\r\n"
    "a=rtpmap:18 G729/8000\r\na=rtpmap:97 telephone-event/8000\r\na=fmtp:97 0-15\r\n"
)


def test_an_offer_is_answered_by_its_best_law_and_its_own_number_for_keys() -> None:
    offer = sdp.read(OFFER)
    assert (offer.host, offer.port, offer.laws, offer.events) == ("192.0.2.1", 4000, (Law.PCMA, Law.PCMU), 97)
    answer = sdp.read(sdp.write(sdp.answer(offer, "127.0.0.1", 5000)))
    assert (answer.host, answer.port, answer.laws, answer.events) == ("127.0.0.1", 5000, (Law.PCMA,), 97)


def test_video_beside_the_sound_is_turned_down_in_its_place() -> None:
    """An answer has a line for each stream that was offered, or a phone can't make sense of it."""
    video = "m=video 4002 RTP/AVP 31\r\nc=IN IP4 192.0.2.9\r\na=sendonly\r\n"
    before = sdp.read(OFFER.replace("m=audio", f"{video}m=audio"))
    assert (before.host, before.port, before.way) == ("192.0.2.1", 4000, "sendrecv")
    answers = [sdp.write(sdp.answer(offer, "127.0.0.1", 5000)) for offer in (before, sdp.read(OFFER + video))]
    streams = [[line for line in answer.splitlines() if line.startswith("m=")] for answer in answers]
    assert streams[0] == ["m=video 0 RTP/AVP 31", "m=audio 5000 RTP/AVP 8 97"]
    assert streams[1] == ["m=audio 5000 RTP/AVP 8 97", "m=video 0 RTP/AVP 31"]
    assert sdp.read(answers[1]).way == "sendrecv"


@pytest.mark.parametrize(
    ("way", "counterpart"), [("sendonly", "recvonly"), ("inactive", "inactive"), ("sendrecv", "sendrecv")]
)
def test_a_hold_is_answered_by_its_counterpart(way: str, counterpart: str) -> None:
    offer = sdp.read(f"{OFFER}a={way}\r\n")
    assert offer.on_hold == (way != "sendrecv")
    assert sdp.answer(offer, "127.0.0.1", 5000).way == counterpart


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no sound"),
        (OFFER.replace("m=audio", "m=video"), "no sound"),
        (OFFER.replace("4000", "70000"), "no sound"),
        (OFFER.replace("RTP/AVP", "RTP/SAVP"), "no sound"),
        (OFFER.replace("18 8 0 97", "18"), "G.711"),
        (OFFER.replace("c=IN IP4 192.0.2.1", "c=IN IP4 example.com"), "no internet address"),
        (OFFER.replace("c=IN IP4 192.0.2.1\r\n", ""), "G.711"),
    ],
)
def test_a_description_that_we_can_not_answer_is_told_why(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        sdp.read(text)
