"""One report of abuse: a mail of which one part says what is reported, and another is the message as it came.

    multipart/report
      text/plain                  for people
      message/feedback-report     Feedback-Type, Original-Mail-From, Original-Rcpt-To, Arrival-Date ...
      message/rfc822              the message; text/rfc822-headers: its headers alone

A text that went through a carrier's gateway has numbers as mailboxes, `14155550100@gateway.example`. Which message is
meant is said by its SID, where the gateway left it in; else by the number that sent it, with the one that got it.
"""

from __future__ import annotations

import email
import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr, parsedate_to_datetime

import msgspec

from masstransit.errors import BadAddress, BadInput
from masstransit.model.address import e164, international

_MOST_PARTS = 32
_LONGEST = 998  # characters of a header (RFC 5322 section 2.1.1)
_SEARCHED = 1 << 16  # characters of the message in which its SID is looked for
_SID = re.compile(r"(?<![0-9A-Za-z])(?:SM|MM)[0-9a-f]{32}(?![0-9A-Za-z])")
_REPORTS = ("abuse", "fraud", "virus")
#: Types that are no complaint (IANA, "MARF Feedback Report Types"), and what they are instead.
_OTHERS: Mapping[str, str] = {
    "not-spam": "it says that a message is no spam (RFC 6430): nothing is taken back by that",
    "auth-failure": "it is about mail's own signatures (RFC 6591), and no complaint",
    "opt-out": "somebody wants no more of it: take it over by `masstransit import opt-outs`",
    "opt-out-list": "somebody wants no more of it: take it over by `masstransit import opt-outs`",
    "other": "it may be anything: read it, and put it on record by --reference and --message",
}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail reports. At least one of `message` and `sender` is there."""

    type: str  #: abuse | fraud | virus
    reference: str  #: the mail's own name, so that it counts once
    message: str = ""  #: SM...
    sender: str = ""  #: the number that sent it, in E.164 form
    recipient: str = ""  #: who got it
    at: datetime | None = None  #: when it came
    incidents: int = 1  #: how many like it were reported together


def read(mail: bytes, country: str) -> Report:
    """What a mail reports; numbers without their country are those of `country` (ISO 3166). Raises `BadInput`, also
    where nothing tells which message is meant."""
    report = told(mail, country)
    if not report.message and not report.sender:
        raise BadInput("neither the SID of a message is in it, nor the number that sent it (Original-Mail-From, From)")
    return report


def told(mail: bytes, country: str) -> Report:
    """What a mail reports, whatever it is about. Raises `BadInput`."""
    try:
        whole = email.message_from_bytes(mail, policy=compat32)
        parts = list(itertools.islice(whole.walk(), _MOST_PARTS + 1))
    except RecursionError as deep:
        raise BadInput("its parts are nested too deep to be read") from deep
    if len(parts) > _MOST_PARTS:
        raise BadInput(f"it has more than {_MOST_PARTS} parts: put what it says on record by hand")
    fields = next((part for part in parts if part.get("Feedback-Type")), None)
    if fields is None:
        raise BadInput("no part of it is a feedback report (RFC 5965): whoever wrote it, read it yourself")
    original = _original(parts)
    return Report(
        type=_type(fields),
        reference=_header(whole, "Message-ID").strip("<> ") or hashlib.sha256(mail).hexdigest(),
        message=_sid(fields, original),
        sender=_number(country, _header(fields, "Original-Mail-From"), _header(original, "From")),
        recipient=_number(country, *_headers(fields, "Original-Rcpt-To"), _header(original, "To")),
        at=_instant(_header(fields, "Arrival-Date"), _header(fields, "Received-Date"), _header(original, "Date")),
        incidents=_incidents(_header(fields, "Incidents")),
    )


def _type(fields: Message) -> str:
    said = _header(fields, "Feedback-Type").lower()
    if said in _REPORTS:
        return said
    why = _OTHERS.get(said, f"one of {', '.join(_REPORTS)} is a complaint")
    raise BadInput(f"its Feedback-Type is '{said[:40]}': {why}")


def _original(parts: list[Message]) -> Message:
    """The message that is reported, or its headers; an empty one where the report has neither."""
    for part in parts:
        if part.get_content_type() == "message/rfc822" and isinstance(part.get_payload(), list):
            return part.get_payload()[0]  # type: ignore[index, return-value]
        if part.get_content_type() == "text/rfc822-headers":
            return email.message_from_string(str(part.get_payload()), policy=compat32)
    return Message()


def _sid(fields: Message, original: Message) -> str:
    """The SID of the message, from where a gateway may keep it: its envelope, its headers, its text."""
    for text in _told(fields, original):
        if found := _SID.search(text):
            return found[0]
    return ""


def _told(fields: Message, original: Message) -> Iterator[str]:
    yield _header(fields, "Original-Envelope-Id")
    yield from (str(value)[:_LONGEST] for value in original.values())
    body = original.get_payload()
    if isinstance(body, str):
        yield body[:_SEARCHED]


def _number(country: str, *mailboxes: str) -> str:
    """The number of the first of these mailboxes that is one, in E.164 form; "" where none is."""
    for mailbox in mailboxes:
        local = parseaddr(mailbox)[1].partition("@")[0]
        try:
            number = e164(international(local, country))
        except BadAddress:
            continue
        if number.valid:
            return number.text
    return ""


def _instant(*told: str) -> datetime | None:
    """The first of these dates that is one."""
    for text in told:
        try:
            at = parsedate_to_datetime(text)
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None


def _incidents(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= 9 else 1


def _header(part: Message, name: str) -> str:
    return str(part.get(name, ""))[:_LONGEST].strip()


def _headers(part: Message, name: str) -> list[str]:
    return [str(value)[:_LONGEST].strip() for value in part.get_all(name, [])[:_MOST_PARTS]]
