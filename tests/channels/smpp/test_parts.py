"""Segments: their headers and their joining."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masstransit.channels.smpp.parts import Full, Headed, Joined, Joiner, Part, read_sar, read_udh, udh
from masstransit.channels.smpp.pdu import Tag


@given(st.integers(0, 255), st.integers(2, 255), st.data())
def test_our_headers_are_read(reference: int, total: int, data: st.DataObject) -> None:
    part = Part(reference, total, data.draw(st.integers(1, total)))
    assert read_udh(udh(part) + b"text") == Headed(part, b"text")


def test_a_sixteen_bit_reference_and_other_elements_are_read() -> None:
    header = b"\x0c\x08\4\1\2\3\1\5\4\x0b\x84\x23\xf0"
    assert read_udh(header + b"text") == Headed(Part(258, 3, 1), b"text", (5,))


def test_one_segment_of_one_is_whole() -> None:
    assert read_udh(b"\5\0\3\1\1\1text") == Headed(None, b"text")


@pytest.mark.parametrize("octets", [b"", b"\5\0\3", b"\5\0\x09\1\2\3", b"\5\0\3\1\2\3x", b"\5\0\3\1\2\0x", b"\1\0x"])
def test_headers_that_make_no_sense_are_refused(octets: bytes) -> None:
    with pytest.raises(ValueError, match=r"header|segment"):
        read_udh(octets)


@given(st.binary(max_size=40))
def test_random_headers_raise_nothing_else(octets: bytes) -> None:
    try:
        read_udh(octets)
    except ValueError:
        return


def test_sar_parameters_are_read_where_all_are_there() -> None:
    sar = {Tag.SAR_MSG_REF_NUM: b"\1\0", Tag.SAR_TOTAL_SEGMENTS: b"\2", Tag.SAR_SEGMENT_SEQNUM: b"\1"}
    assert read_sar(sar) == Part(256, 2, 1)
    assert read_sar({Tag.SAR_TOTAL_SEGMENTS: b"\2"}) is None
    with pytest.raises(ValueError, match="segment"):
        read_sar(sar | {Tag.SAR_SEGMENT_SEQNUM: b"\3"})


def test_segments_are_joined_in_order_and_apart_from_others() -> None:
    joiner: Joiner[str] = Joiner(within=10, most=10)
    assert joiner.add("a", Part(1, 2, 2), b"world", "second", 0) is None
    assert joiner.add("b", Part(1, 2, 1), b"other", "other", 0) is None
    assert joiner.add("a", Part(1, 2, 1), b"hello ", "first", 1) == Joined(
        (b"hello ", b"world"), ("second", "first"), whole=True
    )
    assert len(joiner) == 1


def test_a_repeated_segment_replaces_the_first_and_both_are_answered() -> None:
    joiner: Joiner[int] = Joiner(within=10, most=10)
    joiner.add("a", Part(1, 2, 1), b"old", 1, 0)
    joiner.add("a", Part(1, 2, 1), b"new", 2, 0)
    assert joiner.add("a", Part(1, 2, 2), b"!", 3, 0) == Joined((b"new", b"!"), (1, 2, 3), whole=True)
    assert len(joiner) == 0


def test_what_waits_is_bounded_in_time_and_number() -> None:
    joiner: Joiner[int] = Joiner(within=10, most=2)
    joiner.add("a", Part(1, 3, 1), b"1", 1, 0)
    joiner.add("a", Part(1, 3, 3), b"3", 3, 5)
    with pytest.raises(Full):
        joiner.add("b", Part(1, 3, 3), b"3", 3, 5)
    assert joiner.overdue(9.9) == []
    assert joiner.overdue(10) == [Joined((b"1", b"3"), (1, 3), whole=False)]
    assert len(joiner) == 0
