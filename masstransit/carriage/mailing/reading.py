"""What a mail says that a customer hands in: its head, its words, its files (RFC 5322, RFC 2045).

Nothing in it is believed. The parser is the standard library's own for old mail, which takes anything; header fields
are decoded one by one, and what can't be is a fault of the letter that clause 18 hears of, never an exception.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from html.parser import HTMLParser
from typing import Any

import msgspec

from masstransit.errors import BadAddress, BadInput
from masstransit.model.address import EmailAddress, email_address
from masstransit.model.letter import Letter

#: Fields of which there is one at the most (RFC 5322 section 3.6): of two, programs show one and check the other.
_SINGLE = ("from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "list-unsubscribe")
_READ = 200_000  # characters of a mail's words that are judged
_PARTS = 200  # parts of one mail
_DEEP = 20  # parts within parts
_LINKS = 200  # of a mail's HTML
_LEADING = frozenset({"href", "action", "formaction"})
_LONGEST_FIELD = 998 * 20  # characters of a header field that are read
_LINE = re.compile(rb"\r\n|\r|\n")
_URI = re.compile(r"<([^<>]{1,2000})>")
_SPACES = re.compile(r"[ \t\r\f\v\u00a0]{2,}|[\t\r\f\v\u00a0]")  # that are not one space already
_BULK = frozenset({"bulk", "list", "junk"})


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a mail."""

    name: str
    data: bytes


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of a mail."""

    sender: EmailAddress  #: the mailbox of From
    letter: Letter
    text: str  #: subject and words, and where its HTML leads: what is judged
    files: tuple[File, ...] = ()
    pages: tuple[bytes, ...] = ()  #: its HTML, each part in UTF-8: what a mail program draws, whatever else is in it
    purpose: str = ""  #: X-Purpose
    campaign: str = ""  #: X-Campaign
    end_user: str = ""  #: X-End-User


def with_lines(source: bytes) -> bytes:
    """A letter with all of its lines ended as SMTP ends them. A lone CR or LF is read as an end by some servers and
    not by others, so that a second letter could be hidden in it (RFC 5321 section 2.3.8)."""
    return _LINE.sub(b"\r\n", source)


def read(source: bytes, return_path: str) -> Reading:
    """Read a letter. Raises `BadInput` where it has no author that one could answer to, or more parts than anybody
    sends."""
    try:
        message = message_from_bytes(source, policy=policy.compat32)
    except (MessageError, ValueError, RecursionError) as broken:
        raise BadInput("this is no mail that can be read") from broken
    name, author = _author(message)
    texts, pages, files = _contents(message)
    subject = field(message, "subject")
    return Reading(
        sender=author,
        letter=Letter(
            return_path=return_path,
            name=name,
            submitter=_mailbox(message, "sender"),
            reply_to=_mailbox(message, "reply-to"),
            subject=subject[:998],
            message_id=field(message, "message-id")[:998],
            unsubscribe=tuple(_URI.findall(field(message, "list-unsubscribe")))[:10],
            one_click=field(message, "list-unsubscribe-post").replace(" ", "").lower() == "list-unsubscribe=one-click",
            answers=bool(message.get("in-reply-to") or message.get("references")),
            bulk=field(message, "precedence").lower() in _BULK or bool(message.get("list-id")),
            faults=_faults(message),
            size=len(source),
        ),
        text="\n".join(part for part in (subject, *texts) if part)[:_READ],
        files=tuple(files),
        pages=tuple(page.encode("utf-8", "surrogatepass") for page in dict.fromkeys(pages) if page),
        purpose=field(message, "x-purpose").lower(),
        campaign=field(message, "x-campaign")[:64],
        end_user=field(message, "x-end-user")[:128],
    )


def author_of(source: bytes) -> EmailAddress:
    """The mailbox of a letter's From. Raises `BadInput`."""
    return _author(BytesHeaderParser(policy=policy.compat32).parsebytes(source))[1]


def field(message: Message, name: str) -> str:
    """A header field as people read it, on one line; "" where there is none."""
    raw = message.get(name)
    if raw is None:
        return ""
    return field_of(raw)


def _author(message: Message) -> tuple[str, EmailAddress]:
    """Display name and mailbox of From. Raises `BadInput`."""
    told = message.get_all("from") or []
    if len(told) != 1:
        words = "several From fields" if told else "no From field"
        raise BadInput(f"the mail has {words}: name its author once, such as From: Ada <ada@example.com>")
    raw = field_of(told[0])
    found = [(name, mailbox) for name, mailbox in getaddresses([raw]) if mailbox]
    if len(found) != 1:
        raise BadInput("From names one mailbox, such as From: Ada <ada@example.com>")
    try:
        return found[0][0], email_address(found[0][1])
    except BadAddress as wrong:
        raise BadInput(f"From: {wrong}") from wrong


def field_of(raw: Any) -> str:
    """The value of a field, on one line, its encoded words decoded (RFC 2047)."""
    text = str(raw)[:_LONGEST_FIELD]
    if "=?" not in text and text.isascii():  # as most: nothing to decode
        return " ".join(text.split())
    try:
        return " ".join(str(make_header(decode_header(text))).split())
    except (MessageError, LookupError, ValueError):  # words in a charset that nobody knows: as they stand
        return " ".join(text.encode("ascii", "replace").decode().split())


def _mailbox(message: Message, name: str) -> str:
    """The first mailbox of an address field; "" of none that can be read."""
    raw = message.get(name)
    if raw is None:
        return ""
    for _, mailbox in getaddresses([field_of(raw)]):
        try:
            return email_address(mailbox).text
        except BadAddress:
            continue
    return ""


def _faults(message: Message) -> tuple[str, ...]:
    """What no honest program writes: doubled fields, and an address field in which no address is."""
    doubled = [f"{name} twice" for name in _SINGLE if len(message.get_all(name) or ()) > 1]
    unread = [
        f"{name} unreadable"
        for name in ("sender", "reply-to")
        if str(message.get(name) or "").strip() and not _mailbox(message, name)
    ]
    return tuple(doubled + unread)


# --- words and files --------------------------------------------------------------------------------------------------


def _contents(message: Message) -> tuple[list[str], list[str], list[File]]:
    """Its words, part by part, with where its HTML leads; its HTML; its files. Raises `BadInput`."""
    texts: list[str] = []
    pages: list[str] = []
    files: list[File] = []
    for part in _parts(message):
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes):
            continue
        kind, named = part.get_content_type(), part.get_filename() or ""
        if kind == "text/plain" and not named:
            texts.append(_tidy(_decoded(part, data)))
        elif kind == "text/html" and not named:
            pages.append(_decoded(part, data))
            texts.append(_of_html(pages[-1]))
        else:
            files.append(File(name=str(named)[:255], data=data))
    return list(dict.fromkeys(text for text in texts if text)), pages, files


def _parts(message: Message) -> Iterator[Message]:
    """The leaves. Raises `BadInput` for more of them than anybody sends."""
    waiting, seen = [(message, 0)], 0
    while waiting:
        part, depth = waiting.pop(0)
        seen += 1
        if seen > _PARTS or depth > _DEEP:
            raise BadInput(f"a mail has {_PARTS} parts at most, {_DEEP} within one another")
        below = part.get_payload() if part.is_multipart() else None
        if isinstance(below, list):
            waiting[:0] = [(each, depth + 1) for each in below if isinstance(each, Message)]
        else:
            yield part


def _decoded(part: Message, data: bytes) -> str:
    charset = part.get_content_charset() or "utf-8"
    try:
        return data.decode(charset, "replace")
    except (LookupError, ValueError):
        return data.decode("utf-8", "replace")


def _tidy(text: str) -> str:
    return "\n".join(line for each in text.splitlines() if (line := _SPACES.sub(" ", each).strip()))


class _Shown(HTMLParser):
    """Collects what a reader sees of HTML, and where its links lead."""

    _BREAKS = frozenset({"p", "br", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "blockquote"})
    _UNSEEN = frozenset({"script", "style", "head", "title", "template"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.links: dict[str, None] = {}
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._UNSEEN:
            self._hidden += 1
        if tag in self._BREAKS:
            self.words.append("\n")
        for name, value in attrs:
            if name in _LEADING and value and len(self.links) < _LINKS:
                self.links.setdefault(html.unescape(value.strip()))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._UNSEEN and self._hidden:
            self._hidden -= 1
        if tag in self._BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def _of_html(source: str) -> str:
    """What people read of HTML, then where it leads that its words do not say."""
    words, led = _shown(source)
    return "\n".join([words, *led]).strip()


def leads(source: str) -> list[str]:
    """Where HTML leads that its words do not say."""
    return _shown(source)[1]


def _shown(source: str) -> tuple[str, list[str]]:
    shown = _Shown()
    shown.feed(source[: 4 * _READ])
    shown.close()
    words = _tidy("".join(shown.words))
    led = [link for link in shown.links if link.lower().startswith(("http:", "https:"))]
    return words, [link for link in led if link not in words]
