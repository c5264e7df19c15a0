"""Our words in SMPP's, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masstransit.channels.smpp import dialect
from masstransit.channels.smpp.pdu import Status, Tag
from masstransit.errors import BadAddress
from masstransit.model.address import parse
from masstransit.model.alphabet import Alphabet
from masstransit.model.communication import Purpose
from tests.makers import NOON


@pytest.mark.parametrize(
    ("ton", "text", "address"),
    [
        (1, "14155550100", "+14155550100"),
        (1, "+14155550100", "+14155550100"),
        (2, "14155550100", "+14155550100"),
        (0, "12345", "12345"),
        (5, "ACME", "ACME"),
    ],
)
def test_addresses_are_read_by_their_shape(ton: int, text: str, address: str) -> None:
    assert dialect.read_address(ton, text).text == address


@pytest.mark.parametrize(("ton", "text"), [(1, "12345"), (1, "ACME"), (0, ""), (5, "A name that is too long")])
def test_what_is_no_address_is_refused(ton: int, text: str) -> None:
    with pytest.raises(BadAddress):
        dialect.read_address(ton, text)


@pytest.mark.parametrize(
    ("text", "found"), [("+14155550100", (1, 1, "14155550100")), ("12345", (3, 0, "12345")), ("ACME", (5, 0, "ACME"))]
)
def test_addresses_are_written_with_their_type_of_number(text: str, found: tuple[int, int, str]) -> None:
    assert dialect.ton_npi(parse(text)) == found


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("260603170000000+", NOON),
        ("260603190000008+", NOON),
        ("260603120000020-", NOON),
        ("000001020304000R", NOON + timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("010100000000000R", NOON + timedelta(days=395)),
        ("", None),
    ],
)
def test_times_are_read(text: str, at: datetime | None) -> None:
    assert dialect.read_time(text, NOON) == at


@pytest.mark.parametrize("text", ["x", "260603170000000", "261303170000000+", "260603170000049+", "２60603170000000+"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|month"):
        dialect.read_time(text, NOON)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)))
def test_times_survive_the_round_trip(naive: datetime) -> None:
    at = naive.replace(microsecond=0, tzinfo=UTC)
    assert dialect.read_time(dialect.write_time(at), NOON) == at


def test_data_codings_name_alphabets() -> None:
    assert dialect.alphabet_of(0) is Alphabet.GSM7
    assert dialect.alphabet_of(0, Alphabet.LATIN1) is Alphabet.LATIN1
    assert dialect.alphabet_of(0xF4) is None
    assert dialect.alphabet_of(0x18) is Alphabet.UCS2
    for coding in (5, 0x0A, 0x1C, 0xC0):
        with pytest.raises(ValueError, match="not carried"):
            dialect.alphabet_of(coding)


def test_purposes_are_read() -> None:
    assert dialect.read_purpose(b"Marketing\0") is Purpose.MARKETING
    assert dialect.read_purpose(b"") is None
    with pytest.raises(ValueError, match="fun"):
        dialect.read_purpose(b"fun")


def test_a_reason_is_bounded_and_ascii() -> None:
    answer = dialect.refusal(Status.ESME_RSUBMITFAIL, "é" * 400)
    assert answer.tlvs == {Tag.ADDITIONAL_STATUS_INFO_TEXT: b"?" * 255 + b"\0"}


def test_carriers_refusals_are_permanent_or_not() -> None:
    assert dialect.refused(Status.ESME_RTHROTTLED).permanent is False
    for ours in (Status.ESME_RINVDSTTON, Status.ESME_RINVDSTNPI):  # how we write a number says nothing of the handset
        assert dialect.refused(ours).code == 30008
    refused = dialect.refused(Status.ESME_RINVDSTADR)
    assert (refused.reason, refused.permanent, refused.code) == ("the carrier answered ESME_RINVDSTADR", True, 30005)
