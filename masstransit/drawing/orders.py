"""What goes between the house and a process that draws. Nothing heavy is imported here: the house draws nothing."""

from __future__ import annotations

import msgspec

from masstransit.carriage.fax.pages import MOST_BYTES, MOST_PAGES, Document

NO_DOCUMENT = 12300  #: the SDKs' code: it is none that can be drawn


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """The most that one document may cost. No authority sets these figures; they are defaults."""

    largest: int = MOST_BYTES  #: bytes
    pages: int = MOST_PAGES
    seconds: float = 60.0  #: 200 pages of letters take 9, at the best quality 27, on a busy core
    memory: int = 512 << 20  #: bytes of the process's own data: the longest page that may be takes 230 MB


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A document to draw."""

    data: bytes
    quality: str
    bounds: Bounds


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: the document's pages, or why there are none, as its sender is told."""

    document: Document | None = None
    fault: str = ""
    code: int = 0  #: the SDKs' error code
