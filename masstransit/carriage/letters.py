"""What a mail to a contact says: plain text, with nothing in it but what the notice itself shows at the pages.

It is a machine's own (RFC 3834: `Auto-Submitted`), so that no other machine answers it. Its `Message-ID` is made from
what it tells: one that went out twice, because the house fell between sending and noting that, is known as the same.
"""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

import msgspec

_WIDTH = 76
_HOUSE = "MassTransit"
_SUBJECTS: Mapping[str, str] = {
    "proposed": "a suspension is proposed",
    "warn": "a sender of yours is warned",
    "throttle": "a sender of yours is slowed down",
    "block": "what a sender of yours sends waits for a person",
    "suspend": "a sender of yours is suspended",
    "lifted": "a step against a sender of yours is lifted",
    "appeal-received": "your appeal is on record",
    "appeal-upheld": "your appeal is decided",
    "appeal-overturned": "your appeal is granted",
    "number-reclaimed-soon": "a number of yours is to be taken back",
    "number-reclaimed": "a number of yours was taken back",
    "number-kept": "a number stays yours",
    "material-taken-down": "material of yours is taken down",
    "material-restored": "material of yours may go out again",
}


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A mail to one contact."""

    sender: str  #: a mailbox
    address: str  #: the contact's
    name: str = ""  #: the contact's
    account: str
    events: Sequence[Mapping[str, Any]]  #: statements, as their customer is told them
    instead_of: str = ""  #: whom it did not reach, masked
    base_url: str  #: of the pages, without a slash at its end
    at: datetime


def mail(letter: Letter) -> EmailMessage:
    """The letter as a mail."""
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(display_name=_HOUSE, addr_spec=letter.sender)
    made["To"] = Address(display_name=letter.name, addr_spec=letter.address)
    made["Subject"] = f"{_HOUSE}: {_subject(letter.events)}"
    made["Date"] = format_datetime(letter.at)
    made["Message-ID"] = f"<{_name(letter)}@{letter.sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    text = "\n\n".join(_paragraphs(letter)) + "\n"
    made.set_content(text, cte="7bit" if text.isascii() else "quoted-printable")
    return made


def _subject(events: Sequence[Mapping[str, Any]]) -> str:
    if len(events) == 1:
        return _SUBJECTS[events[0]["kind"]]
    return f"{len(events)} notices, the first: {_SUBJECTS[events[0]['kind']]}"


def _name(letter: Letter) -> str:
    told = "\n".join((letter.address, letter.instead_of, *(str(event["sid"]) for event in letter.events)))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _paragraphs(letter: Letter) -> Iterator[str]:
    page = f"{letter.base_url}/account/contacts"
    yield f"Hello {letter.name}," if letter.name else "Hello,"
    if letter.instead_of:
        yield _wrapped(
            f"This did not reach {letter.instead_of}, who is a contact of the account too: mail to that address does "
            "not get there. So it goes to you. Please put the address right:"
        )
        yield page
    for event in letter.events:
        yield _wrapped(event["text"])
        yield "\n".join(_links(event, letter.base_url))
    yield _wrapped(
        f"You get this because the account {letter.account}, or its owner, names this address to be told. Who is "
        "told, and of what:"
    )
    yield page
    yield _wrapped("A program wrote this, and nobody reads what is answered to it.")


def _links(event: Mapping[str, Any], base: str) -> Iterator[str]:
    yield f"With its reasons: {base}/account/notices/{event['sid']}"
    if event["scope"] == "number" and event["kind"] == "number-reclaimed-soon":
        yield f"To say why it is to stay: {base}/account/numbers"
    if event["appeal_until"] and event["step_sid"]:
        yield f"To appeal, by {event['appeal_until'][:10]}: {base}/account/appeals/new?about={event['step_sid']}"


def _wrapped(text: str) -> str:
    """Lines of a width that every program shows; a link stays whole."""
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
