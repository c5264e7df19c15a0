"""A letter made of its parts, for doors where nobody hands in a whole one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

import msgspec

from masstransit.errors import BadInput
from masstransit.model.address import EmailAddress
from masstransit.model.media import Attachment

_MOST_CLASSES = 200
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
#: Fields that the house writes itself, or that would say what other fields of the request say.
_NOT_YOURS = frozenset({
    "from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id", "received", "return-path",
    "dkim-signature", "authentication-results", "list-unsubscribe-post", "mime-version", "content-type",
    "content-transfer-encoding", "content-disposition", "x-purpose", "x-campaign", "x-end-user",
})  # fmt: skip


class _Fields(HeaderRegistry):
    """The classes of header fields, each made once: the standard library makes one anew for every field."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, type[BaseHeader]] = {}

    def __getitem__(self, name: str) -> type[BaseHeader]:
        folded = name.lower()
        if folded not in self._made:
            if len(self._made) >= _MOST_CLASSES:  # customers name fields of their own
                self._made.clear()
            self._made[folded] = super().__getitem__(name)
        return self._made[folded]


_AS_SMTP = SMTP.clone(header_factory=_Fields())


class Enclosed(msgspec.Struct, frozen=True, kw_only=True):
    """A file that goes with it."""

    attachment: Attachment
    data: bytes


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The parts."""

    sender: str  #: as written: with a name or bare
    recipient: EmailAddress
    subject: str
    text: str = ""
    html: str = ""
    reply_to: str = ""
    fields: Sequence[tuple[str, str]] = ()
    files: Sequence[Enclosed] = ()
    at: datetime


def compose(draft: Draft) -> bytes:
    """The letter, with lines as SMTP has them. Raises `BadInput`."""
    letter = EmailMessage(policy=_AS_SMTP)
    letter["From"] = _mailbox(draft.sender, "From")
    letter["To"] = draft.recipient.text
    letter["Subject"] = _line(draft.subject, "Subject")
    letter["Date"] = format_datetime(draft.at)
    if draft.reply_to:
        letter["Reply-To"] = _mailbox(draft.reply_to, "ReplyTo")
    for name, value in draft.fields:
        letter[name] = _line(value, "Header")
    if draft.text or not draft.html:
        letter.set_content(draft.text)
    if draft.html and draft.text:
        letter.add_alternative(draft.html, subtype="html")
    elif draft.html:
        letter.set_content(draft.html, subtype="html")
    for file in draft.files:
        main, _, sub = file.attachment.content_type.partition("/")
        letter.add_attachment(
            file.data, maintype=main, subtype=sub or "octet-stream", filename=file.attachment.name or None
        )
    return letter.as_bytes()


def read_field(told: str) -> tuple[str, str]:
    """A header field as it was given, "Name: value". Raises `BadInput`."""
    name, colon, value = told.partition(":")
    if not colon or not _FIELD.fullmatch(name.strip()):
        raise BadInput("'Header' is a field such as X-Order: 1234.", field="Header")
    if name.strip().lower() in _NOT_YOURS:
        raise BadInput(f"'Header' can't be {name.strip()}: another field says it, or we write it.", field="Header")
    return name.strip(), value.strip()


def _line(text: str, field: str) -> str:
    if "\r" in text or "\n" in text:
        raise BadInput(f"'{field}' is one line.", field=field)
    return text


def _mailbox(told: str, field: str) -> Address | str:
    """A mailbox with its name, as a header field has it. Raises `BadInput`."""
    name, mailbox = parseaddr(_line(told, field))
    try:
        return Address(display_name=name, addr_spec=mailbox)
    except (ValueError, IndexError) as wrong:
        raise BadInput(f"'{field}' is a mailbox such as Ada <ada@example.com>.", field=field) from wrong
