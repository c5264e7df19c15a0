"""Delivery receipts, as the field writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from masstransit.channels.smpp import pdu
from masstransit.channels.smpp.pdu import Tag
from masstransit.channels.smpp.reports import (
    IdFormat,
    accepted_id,
    is_receipt,
    read_receipt,
    reported_id,
    stat,
    state_number,
    write_receipt,
)


def receipt(text: str = "", tlvs: dict[int, bytes] | None = None, esm_class: int = 4) -> pdu.ShortMessage:
    return pdu.ShortMessage(
        command=pdu.DELIVER_SM, short_message=text.encode("latin-1"), esm_class=esm_class, tlvs=tlvs or {}
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "id:0123 sub:001 dlvrd:001 submit date:2606031200 done date:2606031201 stat:DELIVRD err:000 text:Hi",
            ("0123", "delivered", None, "000"),
        ),
        ("ID:AB-12 SUB:001 DLVRD:000 STAT:UNDELIV ERR:027", ("AB-12", "failed", 30003, "027")),
        ("id: 77 stat: REJECTD err: 0A1", ("77", "failed", 30007, "0A1")),
        ("stat:EXPIRED id:9", ("9", "failed", 30003, "")),
        ("id:9 stat:undeliv err:001 text:stat:DELIVRD", ("9", "failed", 30005, "001")),
        ("id:9 submit_date:260603120000 done_date:260603120100 stat:ACCEPTD", ("9", "accepted", None, "")),
        ("id:9 stat:ENROUTE", ("9", "buffered", None, "")),
        ("id:9 stat:UNKNOWN err:", ("9", "failed", 30008, "")),
        ("id:9 stat:DELETED", ("9", "failed", 30008, "")),
        ("id:9 stat:DELIVERED", ("9", "delivered", None, "")),
    ],
)
def test_receipts_are_read_with_their_variants(text: str, found: tuple[str, str, int | None, str]) -> None:
    read = read_receipt(receipt(text))
    assert read is not None
    assert (read.id, read.state, read.error, read.carrier_code) == found


@pytest.mark.parametrize("text", ["", "hello", "id: stat:DELIVRD", "id:7 stat:DANCING", "text:id:7 stat:DELIVRD"])
def test_what_names_no_message_or_state_is_no_receipt(text: str) -> None:
    assert read_receipt(receipt(text)) is None


def test_the_optional_parameters_win() -> None:
    tlvs = {Tag.RECEIPTED_MESSAGE_ID: b"abc\0", Tag.MESSAGE_STATE: b"\5", Tag.NETWORK_ERROR_CODE: b"\3\0\1"}
    read = read_receipt(receipt("id:9 stat:DELIVRD", tlvs))
    assert read is not None
    assert (read.id, read.state, read.error, read.carrier_code) == ("abc", "failed", 30005, "001")


def test_dates_are_read() -> None:
    read = read_receipt(receipt("id:9 done date:260603120102 stat:DELIVRD"))
    assert read is not None
    assert read.done_at == datetime(2026, 6, 3, 12, 1, 2, tzinfo=UTC)
    for odd in ("99", "269931246199", "today"):
        read = read_receipt(receipt(f"id:9 done date:{odd} stat:DELIVRD"))
        assert read is not None
        assert read.done_at is None


def test_a_person_cant_type_a_receipt() -> None:
    assert not is_receipt(receipt("id:9 stat:DELIVRD", esm_class=0))
    assert is_receipt(receipt(esm_class=4))
    assert is_receipt(receipt(esm_class=0x20))
    assert is_receipt(receipt(esm_class=0, tlvs={Tag.RECEIPTED_MESSAGE_ID: b"1\0", Tag.MESSAGE_STATE: b"\2"}))


@pytest.mark.parametrize(
    ("id_format", "accepted", "reported"),
    [("as-is", "0aF", "0aF"), ("hex", "255", "ff"), ("hex", "255", "00FF"), ("decimal", "FF", "0000000255")],
)
def test_ids_in_two_bases_are_the_same(id_format: IdFormat, accepted: str, reported: str) -> None:
    assert accepted_id(accepted, id_format) == reported_id(reported, id_format)


def test_an_id_that_is_no_number_stays_as_it_is() -> None:
    assert reported_id("x-1", "hex") == "x-1"


@pytest.mark.parametrize(
    ("state", "error", "word", "number"),
    [
        ("delivered", None, "DELIVRD", 2),
        ("undelivered", 30003, "UNDELIV", 5),
        ("failed", 30007, "REJECTD", 8),
        ("failed", 30036, "EXPIRED", 3),
        ("canceled", None, "DELETED", 4),
        ("queued", None, "ENROUTE", 1),
    ],
)
def test_our_states_have_their_words(state: str, error: int | None, word: str, number: int) -> None:
    assert (stat(state, error), state_number(state, error)) == (word, number)


def test_what_we_write_we_read() -> None:
    at = datetime(2026, 6, 3, 12, tzinfo=UTC)
    read = read_receipt(receipt(write_receipt("SM1", "delivered", None, at, at).decode()))
    assert read is not None
    assert (read.id, read.state, read.done_at) == ("SM1", "delivered", at)
