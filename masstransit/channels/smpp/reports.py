"""Delivery receipts, as the field writes them.

SMPP 3.4 leaves the text of a receipt to the carrier; most follow Appendix B:

    id:IIIIIIIIII sub:SSS dlvrd:DDD submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DDDDDDD err:E Text: . . .

with other cases, missing fields, seconds in the dates or ids in hexadecimal. Where the optional parameters
receipted_message_id and message_state are there, they win.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from masstransit.channels.smpp.pdu import DataMessage, ShortMessage, Tag

IdFormat = Literal["as-is", "hex", "decimal"]

_FIELD = re.compile(r"\b(id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat|err)\s*:\s*(\S*)", re.IGNORECASE)
_TEXT = re.compile(r"\btext\s*:", re.IGNORECASE)
_RECEIPT = 0x04  # esm_class bits 5-2: SMSC delivery receipt (section 5.2.12)
_INTERMEDIATE = 0x20
_KINDS = 0x3C

#: message_state (section 5.2.28) and the word that Appendix B has for it.
STATES = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
_NUMBERS = {word: number for number, word in STATES.items()}
_WORDS = {"DELIVERED": "DELIVRD", "UNDELIVERABLE": "UNDELIV", "ACCEPTED": "ACCEPTD", "REJECTED": "REJECTD"}

#: What a carrier's state is to carriage, and the SDKs' error code where it is a failure.
_MEANING: Mapping[str, tuple[str, int | None]] = {
    "ENROUTE": ("buffered", None),
    "DELIVRD": ("delivered", None),
    "EXPIRED": ("failed", 30003),
    "DELETED": ("failed", 30008),
    "UNDELIV": ("failed", 30003),
    "ACCEPTD": ("accepted", None),
    "UNKNOWN": ("failed", 30008),
    "REJECTD": ("failed", 30007),
    "SKIPPED": ("failed", 30008),
    "BUFFERED": ("buffered", None),
}
#: GSM MAP errors (3GPP TS 29.002 section 17.6) that carriers pass on as `err`: unknown and unidentified subscriber.
_NO_SUCH_HANDSET = frozenset({"1", "5"})


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt, read."""

    id: str
    state: str  #: as `carriage.channel.DeliveryReport.state`
    error: int | None = None
    carrier_code: str = ""
    done_at: datetime | None = None


def is_receipt(pdu: ShortMessage | DataMessage) -> bool:
    """Whether a deliver_sm or data_sm is a receipt: by its esm_class, or by both optional parameters.

    Never by its text: a person can type what looks like a receipt.
    """
    if pdu.esm_class & _KINDS in (_RECEIPT, _INTERMEDIATE):
        return True
    return Tag.RECEIPTED_MESSAGE_ID in pdu.tlvs and Tag.MESSAGE_STATE in pdu.tlvs


def read_receipt(pdu: ShortMessage | DataMessage, id_format: IdFormat = "as-is") -> Receipt | None:
    """Read a receipt. None: it names no message, or no state that is known."""
    fields = _fields(pdu.payload.decode("latin-1"))
    name = pdu.tlvs.get(Tag.RECEIPTED_MESSAGE_ID, b"").split(b"\0")[0].decode("latin-1") or fields.get("id", "")
    word = STATES.get(int.from_bytes(pdu.tlvs.get(Tag.MESSAGE_STATE, b""), "big")) or fields.get("stat", "").upper()
    meaning = _MEANING.get(_WORDS.get(word, word))
    if not name or meaning is None:
        return None
    state, error = meaning
    code = fields.get("err", "") or _network_error(pdu.tlvs)
    if error == 30003 and code.lstrip("0") in _NO_SUCH_HANDSET:
        error = 30005
    return Receipt(
        id=reported_id(name, id_format),
        state=state,
        error=error,
        carrier_code=code,
        done_at=_date(fields.get("donedate", "")),
    )


def _fields(text: str) -> dict[str, str]:
    """The fields in front of the text, which is the customer's and may contain anything."""
    cut = _TEXT.search(text)
    head = text[: cut.start()] if cut else text
    return {name.lower().replace(" ", "").replace("_", ""): value for name, value in _FIELD.findall(head)}


def _network_error(tlvs: Mapping[int, bytes]) -> str:
    """The code of network_error_code (section 5.3.2.31): one octet of network, two of code."""
    value = tlvs.get(Tag.NETWORK_ERROR_CODE, b"")
    return f"{int.from_bytes(value[1:3], 'big'):03d}" if len(value) == 3 else ""


def _date(text: str) -> datetime | None:
    """YYMMDDhhmm, or with seconds; carriers' own time zones are unknown, so it is taken as UTC."""
    layout = {10: "%y%m%d%H%M", 12: "%y%m%d%H%M%S"}.get(len(text))
    if layout is None or not text.isdigit():
        return None
    try:
        return datetime.strptime(text, layout).replace(tzinfo=UTC)
    except ValueError:
        return None


def accepted_id(message_id: str, id_format: IdFormat) -> str:
    """The id of a submit_sm_resp in the form in which it is kept: a decimal number where reports write another base.

    `id_format` says how reports write ids: "hex" (the response has them in decimal), "decimal" (the response has them
    in hexadecimal), "as-is" (the same in both).
    """
    return _decimal(message_id, {"as-is": 0, "hex": 10, "decimal": 16}[id_format])


def reported_id(message_id: str, id_format: IdFormat) -> str:
    """The id of a report in the same form."""
    return _decimal(message_id, {"as-is": 0, "hex": 16, "decimal": 10}[id_format])


def _decimal(text: str, base: int) -> str:
    if not base:
        return text
    try:
        return str(int(text, base))
    except ValueError:
        return text


# --- writing, for customers' ESMEs ------------------------------------------------------------------------------------

_STAT = {
    "delivered": "DELIVRD",
    "undelivered": "UNDELIV",
    "failed": "REJECTD",
    "canceled": "DELETED",
    "sent": "ACCEPTD",
}
_EXPIRED = frozenset({30036})  # the SDKs' code for a validity period that ran out


def stat(state: str, error: int | None) -> str:
    """Appendix B's word for one of the SDKs'; what has no end yet is under way."""
    return "EXPIRED" if error in _EXPIRED else _STAT.get(state, "ENROUTE")


def state_number(state: str, error: int | None) -> int:
    """message_state for one of the SDKs' words."""
    return _NUMBERS[stat(state, error)]


def write_receipt(sid: str, state: str, error: int | None, submitted_at: datetime, done_at: datetime) -> bytes:
    """A receipt in Appendix B's form, in UTC. `err` has three characters, the last of the SDKs' code: "000" is fine."""
    word = stat(state, error)
    return (
        f"id:{sid} sub:001 dlvrd:{'001' if word == 'DELIVRD' else '000'} "
        f"submit date:{submitted_at.astimezone(UTC):%y%m%d%H%M} done date:{done_at.astimezone(UTC):%y%m%d%H%M} "
        f"stat:{word} err:{(error or 0) % 1000:03d} text:"
    ).encode("ascii")
