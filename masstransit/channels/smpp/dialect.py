"""Our words in SMPP's, and back: addresses, times, alphabets, purposes, verdicts, carriers' refusals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from masstransit.channels.smpp.pdu import Status, Tag, status_name
from masstransit.errors import BadAddress
from masstransit.model.address import E164, Address, AlphaSender, ShortCode, parse
from masstransit.model.alphabet import Alphabet, decode
from masstransit.model.communication import Purpose
from masstransit.model.decision import Decision, Mode, Verdict

# --- addresses --------------------------------------------------------------------------------------------------------

_INTERNATIONAL = 1


def read_address(ton: int, text: str) -> Address:
    """An address of a PDU. Raises `BadAddress`.

    ESMEs fill in the type of number as they please (Kannel says "national" of whole numbers), so only "international"
    is believed; everything else is read by its shape.
    """
    if ton == _INTERNATIONAL:
        address = parse("+" + text.lstrip("+"))
        if not isinstance(address, E164):
            raise BadAddress("not an international number")
        return address
    return parse(text)


def ton_npi(address: Address) -> tuple[int, int, str]:
    """Type of number, numbering plan and digits (sections 5.2.5 and 5.2.6): international 1/1, network specific 3/0
    for a short code, alphanumeric 5/0."""
    match address:
        case E164():
            return 1, 1, address.digits
        case ShortCode():
            return 3, 0, address.text
        case AlphaSender():
            return 5, 0, address.text
        case _:
            raise BadAddress(f"a {type(address).__name__} has no place in SMPP")


# --- times (section 7.1.1) --------------------------------------------------------------------------------------------

_TIME = re.compile(r"(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d)(\d{2})([+\-R])", re.ASCII)


def read_time(text: str, now: datetime) -> datetime | None:
    """YYMMDDhhmmsstnnp, absolute (nn quarters of an hour ahead of or behind UTC) or relative (R). None for "".

    A relative month has 30 days, a relative year 365. Raises `ValueError`.
    """
    if not text:
        return None
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError("not a time of the form YYMMDDhhmmsstnnp")
    year, month, day, hour, minute, second, _, quarters = (int(group) for group in match.groups()[:8])
    sign = match[9]
    if sign == "R":
        days = year * 365 + month * 30 + day
        return now + timedelta(days=days, hours=hour, minutes=minute, seconds=second)
    if quarters > 48:
        raise ValueError("a time zone is at most 48 quarters of an hour from UTC")
    local = datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
    return local - timedelta(minutes=15 * quarters) * (1 if sign == "+" else -1)


def write_time(at: datetime) -> str:
    """An absolute time, in UTC."""
    return f"{at.astimezone(UTC):%y%m%d%H%M%S}000+"


# --- alphabets (section 5.2.19) ---------------------------------------------------------------------------------------

BINARY = 0x04
_CODINGS: Mapping[int, Alphabet | None] = {
    0x00: Alphabet.GSM7,
    0x01: Alphabet.LATIN1,  # IA5: its octets are the first half of Latin-1
    0x02: None,
    0x03: Alphabet.LATIN1,
    0x04: None,
    0x08: Alphabet.UCS2,
}
#: data_coding for each alphabet. Latin-1 is only sent where the carrier's default alphabet is Latin-1.
CODING = {Alphabet.GSM7: 0x00, Alphabet.LATIN1: 0x00, Alphabet.UCS2: 0x08}


def alphabet_of(data_coding: int, default: Alphabet = Alphabet.GSM7) -> Alphabet | None:
    """The alphabet that data_coding names; None: 8-bit data that is no text. Raises `ValueError` for one that is not
    carried. Above 0x0F the values are those of 3GPP TS 23.038 section 4, as the field uses them for message classes."""
    if data_coding == 0:
        return default
    if data_coding in _CODINGS:
        return _CODINGS[data_coding]
    if data_coding & 0xF0 == 0xF0:
        return None if data_coding & 0x04 else Alphabet.GSM7
    if data_coding & 0xF0 == 0x10 and data_coding & 0x0C != 0x0C:
        return (Alphabet.GSM7, None, Alphabet.UCS2)[data_coding >> 2 & 3]
    raise ValueError(f"data_coding 0x{data_coding:02X} is not carried")


class Content(msgspec.Struct, frozen=True):
    """What a message says: text, or 8-bit data."""

    text: str = ""
    binary: bytes | None = None


def read_content(octets: bytes, alphabet: Alphabet | None) -> Content:
    """User data, joined and without its header."""
    return Content(binary=octets) if alphabet is None else Content(text=decode(octets, alphabet))


# --- purposes ---------------------------------------------------------------------------------------------------------


def read_purpose(value: bytes) -> Purpose | None:
    """TLV 0x1400: the purpose's name in ASCII. Raises `ValueError` for another."""
    name = value.rstrip(b"\0").decode("latin-1").strip().lower()
    return Purpose(name) if name else None


# --- verdicts ---------------------------------------------------------------------------------------------------------

_LONGEST_REASON = 255  # octets, section 5.3.2.11 with its NUL: one more


class Answer(msgspec.Struct, frozen=True):
    """A verdict in the protocol's words."""

    status: Status
    tlvs: Mapping[int, bytes] = {}


_FINE = Answer(Status.ESME_ROK)


def answer(decision: Decision) -> Answer:
    """The status of a submit_sm_resp. Throttling is for a sender that is too fast, never for one recipient's hours; a
    refusal by content is told by a receipt (REJECTD), so that it can't be probed for wordings."""
    finding = decision.deciding
    if decision.verdict is Verdict.DELAY:
        overload = any(f.overload and f.mode is Mode.ENFORCED and f.verdict is Verdict.DELAY for f in decision.findings)
        return Answer(Status.ESME_RTHROTTLED) if overload else _FINE
    if decision.verdict < Verdict.REFUSE or (finding is not None and finding.by_content):
        return _FINE
    if finding is None:
        return Answer(Status.ESME_RSUBMITFAIL)
    remedy = f" {finding.remedy}" if finding.remedy else ""
    return refusal(Status.ESME_RSUBMITFAIL, f"clause {finding.clause} ({finding.rule}): {finding.reason}.{remedy}")


def refusal(status: Status, reason: str) -> Answer:
    """A status with the reason in additional_status_info_text."""
    octets = reason.encode("ascii", "replace")[:_LONGEST_REASON]
    return Answer(status, {Tag.ADDITIONAL_STATUS_INFO_TEXT: octets + b"\0"})


# --- what carriers say ------------------------------------------------------------------------------------------------

#: The carrier asks for patience: the trunk slows down.
THROTTLED = frozenset({Status.ESME_RTHROTTLED, Status.ESME_RMSGQFUL})
_TEMPORARY = THROTTLED | {
    Status.ESME_RSYSERR,
    Status.ESME_RX_T_APPN,
    Status.ESME_RINVBNDSTS,
}
_CODES: Mapping[int, int] = {
    Status.ESME_RINVDSTADR: 30005,  # unknown destination handset; its TON and NPI are how we write it: 30008
    Status.ESME_RINVSRCADR: 30024,  # the carrier does not know the sender
    Status.ESME_RINVSRCTON: 30024,
    Status.ESME_RINVSRCNPI: 30024,
    Status.ESME_RINVEXPIRY: 30036,  # validity period
}


class Refused(msgspec.Struct, frozen=True):
    """A carrier's refusal of a submit_sm."""

    reason: str
    permanent: bool
    code: int


def refused(status: int) -> Refused:
    """What a carrier's status means: whether trying again is of use, and the SDKs' error code."""
    return Refused(f"the carrier answered {status_name(status)}", status not in _TEMPORARY, _CODES.get(status, 30008))
