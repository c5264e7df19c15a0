"""The PDUs of SMPP 3.4: octets to values and back.

`decode` takes one whole frame and gives a value or raises `PduError`, which knows in the protocol's words what is wrong
and which sequence number to answer. Sections are those of the SMPP Protocol Specification v3.4, issue 1.2.

    submit = ShortMessage(command=SUBMIT_SM, source="14155550100", destination="12125550123", short_message=b"Hello")
    decode(encode(submit, sequence=1))

Strings are octets read as Latin-1, so that reading never fails. We are lenient where the field is: a sequence number
may be any 32 bits, a password longer than eight characters, the body of a response missing; unknown optional
parameters are kept.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from struct import Struct
from typing import ClassVar

import msgspec

from masstransit.errors import BadInput

VERSION = 0x34
HEADER = Struct(">IIII")  # command_length, command_id, command_status, sequence_number (section 3.2)
_TLV = Struct(">HH")
LONGEST = 65_536  # octets of a PDU: a message_payload of 64 KiB is more than anybody's text

RESPONSE = 0x8000_0000
GENERIC_NACK = 0x8000_0000
BIND_RECEIVER = 0x01
BIND_TRANSMITTER = 0x02
QUERY_SM = 0x03
SUBMIT_SM = 0x04
DELIVER_SM = 0x05
UNBIND = 0x06
REPLACE_SM = 0x07
CANCEL_SM = 0x08
BIND_TRANSCEIVER = 0x09
OUTBIND = 0x0B
ENQUIRE_LINK = 0x15
SUBMIT_MULTI = 0x21
ALERT_NOTIFICATION = 0x102
DATA_SM = 0x103

#: Requests whose response has the same number with the highest bit set; to others nothing, or a generic_nack, is said.
ANSWERED = frozenset(
    (
        BIND_RECEIVER,
        BIND_TRANSMITTER,
        QUERY_SM,
        SUBMIT_SM,
        DELIVER_SM,
        UNBIND,
        REPLACE_SM,
        CANCEL_SM,
        BIND_TRANSCEIVER,
        ENQUIRE_LINK,
        SUBMIT_MULTI,
        DATA_SM,
    )
)


class Status(enum.IntEnum):
    """command_status (section 5.1.3)."""

    ESME_ROK = 0x00
    ESME_RINVMSGLEN = 0x01
    ESME_RINVCMDLEN = 0x02
    ESME_RINVCMDID = 0x03
    ESME_RINVBNDSTS = 0x04
    ESME_RALYBND = 0x05
    ESME_RINVPRTFLG = 0x06
    ESME_RINVREGDLVFLG = 0x07
    ESME_RSYSERR = 0x08
    ESME_RINVSRCADR = 0x0A
    ESME_RINVDSTADR = 0x0B
    ESME_RINVMSGID = 0x0C
    ESME_RBINDFAIL = 0x0D
    ESME_RINVPASWD = 0x0E
    ESME_RINVSYSID = 0x0F
    ESME_RCANCELFAIL = 0x11
    ESME_RREPLACEFAIL = 0x13
    ESME_RMSGQFUL = 0x14
    ESME_RINVSERTYP = 0x15
    ESME_RINVNUMDESTS = 0x33
    ESME_RINVDLNAME = 0x34
    ESME_RINVDESTFLAG = 0x40
    ESME_RINVSUBREP = 0x42
    ESME_RINVESMCLASS = 0x43
    ESME_RCNTSUBDL = 0x44
    ESME_RSUBMITFAIL = 0x45
    ESME_RINVSRCTON = 0x48
    ESME_RINVSRCNPI = 0x49
    ESME_RINVDSTTON = 0x50
    ESME_RINVDSTNPI = 0x51
    ESME_RINVSYSTYP = 0x53
    ESME_RINVREPFLAG = 0x54
    ESME_RINVNUMMSGS = 0x55
    ESME_RTHROTTLED = 0x58
    ESME_RINVSCHED = 0x61
    ESME_RINVEXPIRY = 0x62
    ESME_RINVDFTMSGID = 0x63
    ESME_RX_T_APPN = 0x64
    ESME_RX_P_APPN = 0x65
    ESME_RX_R_APPN = 0x66
    ESME_RQUERYFAIL = 0x67
    ESME_RINVOPTPARSTREAM = 0xC0
    ESME_ROPTPARNOTALLWD = 0xC1
    ESME_RINVPARLEN = 0xC2
    ESME_RMISSINGOPTPARAM = 0xC3
    ESME_RINVOPTPARAMVAL = 0xC4
    ESME_RDELIVERYFAILURE = 0xFE
    ESME_RUNKNOWNERR = 0xFF


def status_name(status: int) -> str:
    """ESME_... or the number, for vendors' own."""
    try:
        return Status(status).name
    except ValueError:
        return f"0x{status:08X}"


class Tag:
    """Optional parameters (section 5.3.2), and the two vendor's ones of this platform."""

    ADDITIONAL_STATUS_INFO_TEXT = 0x001D
    RECEIPTED_MESSAGE_ID = 0x001E
    USER_MESSAGE_REFERENCE = 0x0204
    SAR_MSG_REF_NUM = 0x020C
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    SC_INTERFACE_VERSION = 0x0210
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427
    PURPOSE = 0x1400  #: ASCII: marketing, transactional, otp, emergency or conversation
    END_USER = 0x1401  #: UTF-8: the customer's end user


class PduError(BadInput):
    """A PDU that can't be used: `status` says why, in the protocol's words; `command` and `sequence` whom to answer."""

    def __init__(self, status: Status, sequence: int = 0, command: int = GENERIC_NACK) -> None:
        super().__init__(f"PDU 0x{command:08X} #{sequence}: {status.name}")
        self.status = status
        self.sequence = sequence
        self.command = command


class Pdu(msgspec.Struct, frozen=True, kw_only=True):
    """A PDU without a body: unbind, enquire_link, generic_nack, cancel_sm_resp ..."""

    command: int
    sequence: int = 0
    status: int = 0

    def body(self) -> bytes:
        """What follows the header."""
        return b""


class Bind(Pdu, frozen=True, kw_only=True):
    """bind_transmitter, bind_receiver, bind_transceiver (section 4.1)."""

    system_id: str = ""
    password: str = ""
    system_type: str = ""
    interface_version: int = VERSION
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""

    def body(self) -> bytes:
        return b"%b\0%b\0%b\0%c%c%c%b\0" % (
            _octets(self.system_id),
            _octets(self.password),
            _octets(self.system_type),
            self.interface_version,
            self.addr_ton,
            self.addr_npi,
            _octets(self.address_range),
        )


class BindResp(Pdu, frozen=True, kw_only=True):
    """The answer to a bind."""

    system_id: str = ""
    tlvs: Mapping[int, bytes] = {}

    def body(self) -> bytes:
        return b"%b\0%b" % (_octets(self.system_id), _written(self.tlvs))


class Outbind(Pdu, frozen=True, kw_only=True):
    """outbind: a carrier asks to be bound to (section 4.1.7)."""

    system_id: str = ""
    password: str = ""

    def body(self) -> bytes:
        return b"%b\0%b\0" % (_octets(self.system_id), _octets(self.password))


class ShortMessage(Pdu, frozen=True, kw_only=True):
    """submit_sm and deliver_sm: the same fields (sections 4.4 and 4.6)."""

    longest: ClassVar[int] = 254

    service_type: str = ""
    source_ton: int = 0
    source_npi: int = 0
    source: str = ""
    destination_ton: int = 0
    destination_npi: int = 0
    destination: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority: int = 0
    schedule: str = ""
    validity: str = ""
    registered_delivery: int = 0
    replace_if_present: int = 0
    data_coding: int = 0
    default_message_id: int = 0
    short_message: bytes = b""
    tlvs: Mapping[int, bytes] = {}

    @property
    def payload(self) -> bytes:
        """The user data, wherever it stands (section 5.3.2.32: message_payload, and sm_length is zero)."""
        return self.short_message or self.tlvs.get(Tag.MESSAGE_PAYLOAD, b"")

    def body(self) -> bytes:
        if len(self.short_message) > self.longest:
            raise ValueError("a short_message has at most 254 octets: use message_payload")
        return b"%b\0%c%c%b\0%c%c%b\0%c%c%c%b\0%b\0%c%c%c%c%c%b%b" % (
            self.service_type.encode("latin-1"),
            self.source_ton,
            self.source_npi,
            self.source.encode("latin-1"),
            self.destination_ton,
            self.destination_npi,
            self.destination.encode("latin-1"),
            self.esm_class,
            self.protocol_id,
            self.priority,
            self.schedule.encode("latin-1"),
            self.validity.encode("latin-1"),
            self.registered_delivery,
            self.replace_if_present,
            self.data_coding,
            self.default_message_id,
            len(self.short_message),
            self.short_message,
            _written(self.tlvs) if self.tlvs else b"",
        )


class DataMessage(Pdu, frozen=True, kw_only=True):
    """data_sm (section 4.7): its text is always a message_payload."""

    service_type: str = ""
    source_ton: int = 0
    source_npi: int = 0
    source: str = ""
    destination_ton: int = 0
    destination_npi: int = 0
    destination: str = ""
    esm_class: int = 0
    registered_delivery: int = 0
    data_coding: int = 0
    tlvs: Mapping[int, bytes] = {}

    @property
    def payload(self) -> bytes:
        """The user data."""
        return self.tlvs.get(Tag.MESSAGE_PAYLOAD, b"")

    def body(self) -> bytes:
        return b"%b\0%c%c%b\0%c%c%b\0%c%c%c%b" % (
            _octets(self.service_type),
            self.source_ton,
            self.source_npi,
            _octets(self.source),
            self.destination_ton,
            self.destination_npi,
            _octets(self.destination),
            self.esm_class,
            self.registered_delivery,
            self.data_coding,
            _written(self.tlvs),
        )


class MessageResp(Pdu, frozen=True, kw_only=True):
    """submit_sm_resp, deliver_sm_resp, data_sm_resp: the name that the message got."""

    message_id: str = ""
    tlvs: Mapping[int, bytes] = {}

    def body(self) -> bytes:
        return b"%b\0%b" % (self.message_id.encode("latin-1"), _written(self.tlvs) if self.tlvs else b"")


class Query(Pdu, frozen=True, kw_only=True):
    """query_sm (section 4.8)."""

    message_id: str = ""
    source_ton: int = 0
    source_npi: int = 0
    source: str = ""

    def body(self) -> bytes:
        return b"%b\0%c%c%b\0" % (_octets(self.message_id), self.source_ton, self.source_npi, _octets(self.source))


class QueryResp(Pdu, frozen=True, kw_only=True):
    """query_sm_resp: `final_date` is "" while the message is under way."""

    message_id: str = ""
    final_date: str = ""
    message_state: int = 0
    error_code: int = 0

    def body(self) -> bytes:
        return b"%b\0%b\0%c%c" % (
            _octets(self.message_id),
            _octets(self.final_date),
            self.message_state,
            self.error_code,
        )


class Cancel(Pdu, frozen=True, kw_only=True):
    """cancel_sm (section 4.9)."""

    service_type: str = ""
    message_id: str = ""
    source_ton: int = 0
    source_npi: int = 0
    source: str = ""
    destination_ton: int = 0
    destination_npi: int = 0
    destination: str = ""

    def body(self) -> bytes:
        return b"%b\0%b\0%c%c%b\0%c%c%b\0" % (
            _octets(self.service_type),
            _octets(self.message_id),
            self.source_ton,
            self.source_npi,
            _octets(self.source),
            self.destination_ton,
            self.destination_npi,
            _octets(self.destination),
        )


class Replace(Pdu, frozen=True, kw_only=True):
    """replace_sm (section 4.10)."""

    message_id: str = ""
    source_ton: int = 0
    source_npi: int = 0
    source: str = ""
    schedule: str = ""
    validity: str = ""
    registered_delivery: int = 0
    default_message_id: int = 0
    short_message: bytes = b""

    def body(self) -> bytes:
        return b"%b\0%c%c%b\0%b\0%b\0%c%c%c%b" % (
            _octets(self.message_id),
            self.source_ton,
            self.source_npi,
            _octets(self.source),
            _octets(self.schedule),
            _octets(self.validity),
            self.registered_delivery,
            self.default_message_id,
            len(self.short_message),
            self.short_message,
        )


class AlertNotification(Pdu, frozen=True, kw_only=True):
    """alert_notification (section 4.12): a handset can be reached again. It has no response."""

    source_ton: int = 0
    source_npi: int = 0
    source: str = ""
    esme_ton: int = 0
    esme_npi: int = 0
    esme: str = ""
    tlvs: Mapping[int, bytes] = {}

    def body(self) -> bytes:
        return b"%c%c%b\0%c%c%b\0%b" % (
            self.source_ton,
            self.source_npi,
            _octets(self.source),
            self.esme_ton,
            self.esme_npi,
            _octets(self.esme),
            _written(self.tlvs),
        )


# --- writing ----------------------------------------------------------------------------------------------------------


def encode(pdu: Pdu, sequence: int | None = None) -> bytes:
    """A PDU as octets, under its own sequence number or the one given."""
    body = pdu.body()
    number = pdu.sequence if sequence is None else sequence
    return HEADER.pack(16 + len(body), pdu.command, pdu.status, number) + body


def _octets(text: str) -> bytes:
    return text.encode("latin-1", "replace")


def _written(tlvs: Mapping[int, bytes]) -> bytes:
    return b"".join(_TLV.pack(tag, len(value)) + value for tag, value in tlvs.items())


# --- reading ----------------------------------------------------------------------------------------------------------


class _Wrong(Exception):
    """What is wrong, before it is known in which PDU."""

    def __init__(self, status: Status) -> None:
        self.status = status


def decode(frame: bytes) -> Pdu:
    """Read one whole frame: its header says its length. Raises `PduError`."""
    _, command, status, sequence = HEADER.unpack_from(frame)
    reader = _READERS.get(command)
    if reader is None:
        raise PduError(Status.ESME_RINVCMDID, sequence, command)
    try:
        return reader(frame, command, status, sequence)
    except _Wrong as wrong:
        raise PduError(wrong.status, sequence, command) from None
    except IndexError:
        raise PduError(Status.ESME_RINVCMDLEN, sequence, command) from None


def _text(frame: bytes, at: int, most: int, wrong: Status) -> tuple[str, int]:
    """A C-octet string of at most `most` octets with its NUL, and where the next field begins."""
    end = frame.find(0, at)
    if end < 0:
        raise _Wrong(Status.ESME_RINVCMDLEN)
    if end - at >= most:
        raise _Wrong(wrong)
    return frame[at:end].decode("latin-1"), end + 1


def _tlvs(frame: bytes, at: int) -> dict[int, bytes]:
    """The optional parameters to the end of the frame."""
    found: dict[int, bytes] = {}
    end = len(frame)
    while at < end:
        if end - at < 4:
            raise _Wrong(Status.ESME_RINVOPTPARSTREAM)
        tag, length = _TLV.unpack_from(frame, at)
        at += 4
        if at + length > end:
            raise _Wrong(Status.ESME_RINVPARLEN)
        found[tag] = frame[at : at + length]
        at += length
    return found


def _ended(frame: bytes, at: int) -> None:
    """The PDU has no optional parameters."""
    if at < len(frame):
        raise _Wrong(Status.ESME_ROPTPARNOTALLWD)


def _plain(frame: bytes, command: int, status: int, sequence: int) -> Pdu:
    if not command & RESPONSE:
        _ended(frame, 16)
    return Pdu(command=command, status=status, sequence=sequence)


def _opaque(frame: bytes, command: int, status: int, sequence: int) -> Pdu:
    """A request that is answered without being read."""
    return Pdu(command=command, status=status, sequence=sequence)


def _bind(frame: bytes, command: int, status: int, sequence: int) -> Bind:
    system_id, at = _text(frame, 16, 65, Status.ESME_RINVSYSID)
    password, at = _text(frame, at, 65, Status.ESME_RINVPASWD)
    system_type, at = _text(frame, at, 33, Status.ESME_RINVSYSTYP)
    address_range, end = _text(frame, at + 3, 65, Status.ESME_RBINDFAIL)
    _ended(frame, end)
    return Bind(
        command=command,
        status=status,
        sequence=sequence,
        system_id=system_id,
        password=password,
        system_type=system_type,
        interface_version=frame[at],
        addr_ton=frame[at + 1],
        addr_npi=frame[at + 2],
        address_range=address_range,
    )


def _bind_resp(frame: bytes, command: int, status: int, sequence: int) -> BindResp:
    if len(frame) == 16:
        return BindResp(command=command, status=status, sequence=sequence)
    system_id, at = _text(frame, 16, 65, Status.ESME_RINVSYSID)
    return BindResp(command=command, status=status, sequence=sequence, system_id=system_id, tlvs=_tlvs(frame, at))


def _outbind(frame: bytes, command: int, status: int, sequence: int) -> Outbind:
    system_id, at = _text(frame, 16, 65, Status.ESME_RINVSYSID)
    password, at = _text(frame, at, 65, Status.ESME_RINVPASWD)
    _ended(frame, at)
    return Outbind(command=command, status=status, sequence=sequence, system_id=system_id, password=password)


def _short_message(frame: bytes, command: int, status: int, sequence: int) -> ShortMessage:
    service_type, at = _text(frame, 16, 6, Status.ESME_RINVSERTYP)
    source, to = _text(frame, at + 2, 21, Status.ESME_RINVSRCADR)
    destination, rest = _text(frame, to + 2, 21, Status.ESME_RINVDSTADR)
    schedule, when = _text(frame, rest + 3, 17, Status.ESME_RINVSCHED)
    validity, last = _text(frame, when, 17, Status.ESME_RINVEXPIRY)
    start = last + 5
    length = frame[last + 4]
    end = start + length
    if length > 254 or end > len(frame):
        raise _Wrong(Status.ESME_RINVMSGLEN)
    return ShortMessage(
        command=command,
        status=status,
        sequence=sequence,
        service_type=service_type,
        source_ton=frame[at],
        source_npi=frame[at + 1],
        source=source,
        destination_ton=frame[to],
        destination_npi=frame[to + 1],
        destination=destination,
        esm_class=frame[rest],
        protocol_id=frame[rest + 1],
        priority=frame[rest + 2],
        schedule=schedule,
        validity=validity,
        registered_delivery=frame[last],
        replace_if_present=frame[last + 1],
        data_coding=frame[last + 2],
        default_message_id=frame[last + 3],
        short_message=frame[start:end],
        tlvs=_tlvs(frame, end) if end < len(frame) else {},
    )


def _data_message(frame: bytes, command: int, status: int, sequence: int) -> DataMessage:
    service_type, at = _text(frame, 16, 6, Status.ESME_RINVSERTYP)
    source, to = _text(frame, at + 2, 65, Status.ESME_RINVSRCADR)
    destination, rest = _text(frame, to + 2, 65, Status.ESME_RINVDSTADR)
    return DataMessage(
        command=command,
        status=status,
        sequence=sequence,
        service_type=service_type,
        source_ton=frame[at],
        source_npi=frame[at + 1],
        source=source,
        destination_ton=frame[to],
        destination_npi=frame[to + 1],
        destination=destination,
        esm_class=frame[rest],
        registered_delivery=frame[rest + 1],
        data_coding=frame[rest + 2],
        tlvs=_tlvs(frame, rest + 3),
    )


def _message_resp(frame: bytes, command: int, status: int, sequence: int) -> MessageResp:
    if len(frame) == 16:
        return MessageResp(command=command, status=status, sequence=sequence)
    message_id, at = _text(frame, 16, 66, Status.ESME_RINVMSGID)
    tlvs = _tlvs(frame, at) if at < len(frame) else {}
    return MessageResp(command=command, status=status, sequence=sequence, message_id=message_id, tlvs=tlvs)


def _query(frame: bytes, command: int, status: int, sequence: int) -> Query:
    message_id, at = _text(frame, 16, 65, Status.ESME_RINVMSGID)
    source, end = _text(frame, at + 2, 21, Status.ESME_RINVSRCADR)
    _ended(frame, end)
    return Query(
        command=command,
        status=status,
        sequence=sequence,
        message_id=message_id,
        source_ton=frame[at],
        source_npi=frame[at + 1],
        source=source,
    )


def _query_resp(frame: bytes, command: int, status: int, sequence: int) -> QueryResp:
    if len(frame) == 16:
        return QueryResp(command=command, status=status, sequence=sequence)
    message_id, at = _text(frame, 16, 65, Status.ESME_RINVMSGID)
    final_date, at = _text(frame, at, 17, Status.ESME_RINVCMDLEN)
    return QueryResp(
        command=command,
        status=status,
        sequence=sequence,
        message_id=message_id,
        final_date=final_date,
        message_state=frame[at],
        error_code=frame[at + 1],
    )


def _cancel(frame: bytes, command: int, status: int, sequence: int) -> Cancel:
    service_type, at = _text(frame, 16, 6, Status.ESME_RINVSERTYP)
    message_id, at = _text(frame, at, 65, Status.ESME_RINVMSGID)
    source, to = _text(frame, at + 2, 21, Status.ESME_RINVSRCADR)
    destination, end = _text(frame, to + 2, 21, Status.ESME_RINVDSTADR)
    _ended(frame, end)
    return Cancel(
        command=command,
        status=status,
        sequence=sequence,
        service_type=service_type,
        message_id=message_id,
        source_ton=frame[at],
        source_npi=frame[at + 1],
        source=source,
        destination_ton=frame[to],
        destination_npi=frame[to + 1],
        destination=destination,
    )


def _replace(frame: bytes, command: int, status: int, sequence: int) -> Replace:
    message_id, at = _text(frame, 16, 65, Status.ESME_RINVMSGID)
    source, rest = _text(frame, at + 2, 21, Status.ESME_RINVSRCADR)
    schedule, when = _text(frame, rest, 17, Status.ESME_RINVSCHED)
    validity, last = _text(frame, when, 17, Status.ESME_RINVEXPIRY)
    start = last + 3
    end = start + frame[last + 2]
    if end != len(frame):
        raise _Wrong(Status.ESME_RINVMSGLEN)
    return Replace(
        command=command,
        status=status,
        sequence=sequence,
        message_id=message_id,
        source_ton=frame[at],
        source_npi=frame[at + 1],
        source=source,
        schedule=schedule,
        validity=validity,
        registered_delivery=frame[last],
        default_message_id=frame[last + 1],
        short_message=frame[start:end],
    )


def _alert(frame: bytes, command: int, status: int, sequence: int) -> AlertNotification:
    source, to = _text(frame, 18, 65, Status.ESME_RINVSRCADR)
    esme, end = _text(frame, to + 2, 65, Status.ESME_RINVDSTADR)
    return AlertNotification(
        command=command,
        status=status,
        sequence=sequence,
        source_ton=frame[16],
        source_npi=frame[17],
        source=source,
        esme_ton=frame[to],
        esme_npi=frame[to + 1],
        esme=esme,
        tlvs=_tlvs(frame, end),
    )


_READERS: dict[int, Callable[[bytes, int, int, int], Pdu]] = {
    GENERIC_NACK: _plain,
    BIND_RECEIVER: _bind,
    BIND_TRANSMITTER: _bind,
    BIND_TRANSCEIVER: _bind,
    BIND_RECEIVER | RESPONSE: _bind_resp,
    BIND_TRANSMITTER | RESPONSE: _bind_resp,
    BIND_TRANSCEIVER | RESPONSE: _bind_resp,
    OUTBIND: _outbind,
    UNBIND: _plain,
    UNBIND | RESPONSE: _plain,
    SUBMIT_SM: _short_message,
    SUBMIT_SM | RESPONSE: _message_resp,
    SUBMIT_MULTI: _opaque,
    SUBMIT_MULTI | RESPONSE: _opaque,
    DELIVER_SM: _short_message,
    DELIVER_SM | RESPONSE: _message_resp,
    DATA_SM: _data_message,
    DATA_SM | RESPONSE: _message_resp,
    QUERY_SM: _query,
    QUERY_SM | RESPONSE: _query_resp,
    CANCEL_SM: _cancel,
    CANCEL_SM | RESPONSE: _plain,
    REPLACE_SM: _replace,
    REPLACE_SM | RESPONSE: _plain,
    ENQUIRE_LINK: _plain,
    ENQUIRE_LINK | RESPONSE: _plain,
    ALERT_NOTIFICATION: _alert,
}
