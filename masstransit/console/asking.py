"""What a page is asked, and what it answers: plain values, so that a page is a function of them.

    async def show(house: House, asked: Asked) -> Answer

`Shown` is a template with its values, `Went` sends the browser elsewhere with a sentence, `Live` is a part of a page
that is told anew as it changes, `Told` is JSON for a script, `File` is to be saved, `Sound` to be heard.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from masstransit.carriage.overturning import Word
from masstransit.console.house import House
from masstransit.errors import BadInput
from masstransit.model.user import Right, Role
from masstransit.storage.paging import Slice

_LONGEST_FORM = 64 * 1024  # bytes
_LONGEST_NAME, _LONGEST_FIELD = 255, 4096  # characters: of a file's name, of a field beside a file
_MOST_FIELDS = 100
SHEET = 50  #: rows of a list on one page


class Form(msgspec.Struct, frozen=True):
    """Fields as a form or a query sent them."""

    fields: Mapping[str, Sequence[str]] = {}

    @classmethod
    def of(cls, encoded: bytes | str) -> Form:
        """Read `application/x-www-form-urlencoded`. Raises `BadInput`."""
        text = encoded.decode("utf-8", "replace") if isinstance(encoded, bytes) else encoded
        if len(text) > _LONGEST_FORM:
            raise BadInput(f"the form is larger than {_LONGEST_FORM // 1024} KiB")
        try:
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError as wrong:
            raise BadInput(f"the form can't be read: {wrong}") from wrong
        fields: dict[str, list[str]] = {}
        for name, value in pairs:
            fields.setdefault(name, []).append(value)
        return cls(fields)

    def get(self, name: str, default: str = "") -> str:
        """The last value of a field, without the blanks around it."""
        return self.fields[name][-1].strip() if name in self.fields else default

    def all(self, name: str) -> Sequence[str]:
        return self.fields.get(name, ())

    def need(self, name: str, called: str = "", *, longest: int = 512) -> str:
        """A field that has to be there. `called` is its label. Raises `BadInput`."""
        value, called = self.get(name), called or name
        if not value:
            raise BadInput(f"{called}: say it, please", field=name)
        if len(value) > longest:
            raise BadInput(f"{called}: at most {longest} characters", field=name)
        if "\0" in value:
            raise BadInput(f"{called}: a NUL character can't be kept", field=name)
        return value

    def one_of(self, name: str, choices: Sequence[str], called: str = "") -> str:
        """A field with one of some values. Raises `BadInput`."""
        value = self.need(name, called)
        if value not in choices:
            raise BadInput(f"{called or name}: one of {', '.join(choices)}", field=name)
        return value


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in."""

    account: str  #: "": the desk
    user: str
    login: str
    name: str
    role: Role
    csrf: str
    token_hash: str
    proven: bool  #: by a second factor
    must_change: bool = False  #: the password, before anything else

    @property
    def rights(self) -> Right:
        return self.role.rights

    def may(self, right: Right) -> bool:
        return right in self.rights


class Upload(msgspec.Struct, frozen=True):
    """A file that came with a form."""

    name: str
    content: bytes


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a page."""

    path: str
    parts: Mapping[str, str] = {}
    query: Form = Form()
    form: Form = Form()
    file: Upload | None = None  #: where the page takes one
    visitor: Visitor | None = None
    now: datetime
    source: str = ""  #: the peer's IP address
    origin: str = ""  #: as the browser sees us: https://desk.example
    cookies: Mapping[str, str] = {}
    part: str | None = None  #: which bytes of a sound, as the browser's `Range` says

    @property
    def who(self) -> Visitor:
        """Who is signed in; the door lets nobody else through to a page that asks."""
        if self.visitor is None:
            raise AssertionError("this page is open to nobody in particular")
        return self.visitor

    def word(self, because: str = "") -> Word:
        """An act of whoever is signed in, and why."""
        return Word(by=self.who.name, because=because[:512], at=self.now)

    def slice(self, *kinds: Callable[[str], Any], size: int = SHEET) -> Slice:
        """Which part of a list the query asks for: `after` or `before` with the key of a row, each piece read by its
        kind (`instant`, `str`). Raises `BadInput`."""
        backwards = bool(self.query.get("before"))
        key = self.query.get("before") or self.query.get("after")
        if not key:
            return Slice(size=size)
        pieces = key.split("~", len(kinds) - 1)
        try:
            after = tuple(kind(piece) for kind, piece in zip(kinds, pieces, strict=True))
        except ValueError as wrong:
            raise BadInput("this link to a part of the list can't be used: begin at its first page") from wrong
        return Slice(size=size, after=after, backwards=backwards)


class Shown(msgspec.Struct, frozen=True):
    """A page: a template, and what it shows."""

    template: str
    values: Mapping[str, Any] = {}
    status: int = 200


class Went(msgspec.Struct, frozen=True):
    """The browser goes elsewhere (303), and is told a sentence there."""

    to: str
    said: str = ""
    cookies: Mapping[str, str] = {}  #: "": it is taken away


class Live(msgspec.Struct, frozen=True):
    """A part of a page, told again whenever it has changed: server-sent events whose data is HTML."""

    template: str
    look: Callable[[], Awaitable[Mapping[str, Any]]]
    every: float = 3.0  #: seconds


class Told(msgspec.Struct, frozen=True):
    """JSON, for a script of ours."""

    value: Any
    cookies: Mapping[str, str] = {}
    status: int = 200


class File(msgspec.Struct, frozen=True):
    """Something to be saved."""

    name: str
    content: bytes
    media_type: str = "application/json"


class Sound(msgspec.Struct, frozen=True):
    """A sound to be heard, whole or in part."""

    size: int  #: bytes
    read: Callable[[int, int], AsyncIterator[bytes]]  #: those from the first to before the second
    media_type: str = "audio/x-wav"


Answer: TypeAlias = Shown | Went | Live | Told | File | Sound
Show: TypeAlias = Callable[[House, Asked], Awaitable[Answer]]


class Page(msgspec.Struct, frozen=True):
    """An address, who may ask for it, and what answers."""

    path: str
    right: Right | None  #: None: it is open to everybody
    show: Show
    method: str = "GET"
    unproven: bool = False  #: also to who has not shown a second factor yet
    takes: int = 0  #: bytes of a file that may come with its form; 0: it takes none


def page(path: str, right: Right | None, show: Show, *, unproven: bool = False) -> Page:
    """A page that is looked at."""
    return Page(path, right, show, "GET", unproven)


def act(path: str, right: Right | None, show: Show, *, unproven: bool = False) -> Page:
    """A form that is sent."""
    return Page(path, right, show, "POST", unproven)


def upload(path: str, right: Right | None, show: Show, *, most: int) -> Page:
    """A form that is sent with a file of so many bytes at the most."""
    return Page(path, right, show, "POST", takes=most)


def parts_of(body: bytes, content_type: str) -> tuple[Form, Upload | None]:
    """The fields and the file of a form (`multipart/form-data`, RFC 7578). Raises `BadInput`."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    read = BytesParser(policy=HTTP).parsebytes(head + body)
    if read.get_content_type() != "multipart/form-data" or not read.is_multipart():
        raise BadInput("the form can't be read: send it from its page")
    fields: dict[str, list[str]] = {}
    file = None
    for part in list(read.iter_parts())[:_MOST_FIELDS]:
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            continue
        if (called := part.get_filename()) is not None:
            file = Upload(called[:_LONGEST_NAME], content)
        else:
            fields.setdefault(name, []).append(content.decode("utf-8", "replace")[:_LONGEST_FIELD])
    return Form(fields), file


def instant(text: str) -> datetime:
    """An instant in a link. Raises `ValueError`."""
    return datetime.fromisoformat(text)
