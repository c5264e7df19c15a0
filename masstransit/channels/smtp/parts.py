"""A mail taken apart: its parts, and what their headers and texts say. Anybody may write one, so each step is bounded,
and nothing in it can raise anything but `BadInput`."""

from __future__ import annotations

import codecs
import email
import itertools
from collections.abc import Sequence
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses
from html.parser import HTMLParser

from masstransit.errors import BadInput

MOST_PARTS = 200
LONGEST = 998  #: characters of a header that are read (RFC 5322 section 2.1.1)
_NO_CHARSET = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape"})  # slow, or no charset of mail


def opened(mail: bytes) -> tuple[Message, list[Message]]:
    """A mail, and all its parts from the outermost in. Raises `BadInput`."""
    try:
        whole = email.message_from_bytes(mail, policy=compat32)
        parts = list(itertools.islice(whole.walk(), MOST_PARTS + 1))
    except RecursionError as deep:
        raise BadInput("its parts are nested too deep to be read") from deep
    if len(parts) > MOST_PARTS:
        raise BadInput(f"it has more than {MOST_PARTS} parts: send fewer files with it")
    return whole, parts


def header(part: Message, name: str) -> str:
    """A header in plain letters, on one line; "" where there is none."""
    return _plain(str(part.get(name, "")))


def mailboxes(part: Message, name: str) -> list[tuple[str, str]]:
    """(name, address) of all in a header, however often it stands there."""
    raw = [str(value)[: LONGEST * 8] for value in part.get_all(name, [])]
    return [(_plain(shown), address) for shown, address in getaddresses(raw)]


def text_of(part: Message) -> str:
    """The text of a part; what its charset can't say is replaced."""
    raw = data_of(part)
    named = str(part.get_content_charset() or "utf-8")
    try:
        codec = codecs.lookup(named)
        return raw.decode("utf-8" if codec.name in _NO_CHARSET else named, "replace")
    except (LookupError, ValueError, UnicodeError):
        return raw.decode("utf-8", "replace")


def data_of(part: Message) -> bytes:
    """The bytes of a part, out of their transfer encoding."""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def rewritten(html: str) -> str:
    """The words of an HTML page, a line for each of its blocks."""
    reader = _Words()
    reader.feed(html)
    lines = (" ".join(line.split()) for line in "".join(reader.said).split("\n"))
    return "\n".join(line for line in lines if line)


def _plain(raw: str) -> str:
    """A header's value, its encoded words read (RFC 2047)."""
    try:
        pieces: Sequence[tuple[bytes | str, str | None]] = decode_header(raw[: LONGEST * 4])
    except (HeaderParseError, ValueError):
        pieces = [(raw, None)]
    said = "".join(_piece(piece, charset) for piece, charset in pieces)
    return " ".join(said.split())[:LONGEST]


def _piece(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return piece.decode(charset or "ascii", "replace")
    except (LookupError, ValueError):
        return piece.decode("utf-8", "replace")


class _Words(HTMLParser):
    """Gathers what a page says."""

    _HIDDEN = frozenset({"script", "style", "head", "title"})
    _BLOCKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "table"})

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in self._HIDDEN
        if tag in self._BLOCKS:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in self._HIDDEN and self._hidden > 0
        if tag in self._BLOCKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.said.append(data)
