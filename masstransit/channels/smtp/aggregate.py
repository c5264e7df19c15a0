"""Receivers' reports of a domain's mail (DMARC aggregate reports, RFC 9990, and RFC 7489 appendix C before it).

A mail with one file: XML, packed by gzip or zip. It may come from anybody, so what is unpacked is bounded, document
types are refused (no entity is ever expanded), and rows beyond some thousand are counted and not kept.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from masstransit.carriage.mailroom.values import Report, Tally
from masstransit.channels.smtp.parts import data_of, opened
from masstransit.errors import BadInput

LARGEST = 16 << 20  #: bytes of one report, unpacked
MOST_ROWS = 5_000  #: that are kept of one
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_PACKED = ("application/gzip", "application/x-gzip", "application/zip", "application/x-zip-compressed", "text/xml",
           "application/xml", "application/octet-stream", "application/x-zip")  # fmt: skip
_GZIP_TOO = 16 + zlib.MAX_WBITS  # as zlib is told to read gzip's header
_ENDS = 2**40  # seconds: what is later is no time


def read(mail: bytes) -> Report:
    """The report that a mail brings. Raises `BadInput`."""
    _, parts = opened(mail)
    files = [data_of(part) for part in parts if part.get_content_type() in _PACKED]
    if not any(files):
        raise BadInput("no part of it is a report: gzip, zip or XML (RFC 9990)")
    return of_file(next(each for each in files if each))


def of_file(data: bytes) -> Report:
    """The report that a file is. Raises `BadInput`."""
    root = _parsed(_unpacked(data))
    told, published = _below(root, "report_metadata"), _below(root, "policy_published")
    span = _below(told, "date_range")
    domain = _said(published, "domain").lower().rstrip(".")
    reference = _said(told, "report_id")
    if not domain or not reference:
        raise BadInput("a report names its domain (policy_published) and itself (report_id)")
    tallies, truncated = _tallies(root)
    return Report(
        organisation=_said(told, "org_name") or _said(told, "email"),
        reference=reference,
        domain=domain,
        policy=_said(published, "p").lower(),
        begins=_instant(_said(span, "begin")),
        ends=_instant(_said(span, "end")),
        tallies=tallies,
        truncated=truncated,
    )


# --- unpacking --------------------------------------------------------------------------------------------------------


def _unpacked(data: bytes) -> bytes:
    try:
        if data.startswith(_ZIP):
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                inside = [each for each in packed.infolist() if not each.is_dir()]
                if len(inside) != 1:
                    raise BadInput(f"the archive has {len(inside)} files: a report is one")
                with packed.open(inside[0]) as file:
                    return _bounded(file.read(LARGEST + 1))
        if data.startswith(_GZIP):
            return _bounded(zlib.decompressobj(_GZIP_TOO).decompress(data, LARGEST + 1))  # what follows is left
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, RuntimeError, NotImplementedError) as broken:
        raise BadInput(f"the file can't be unpacked: {type(broken).__name__}") from broken
    return _bounded(data)


def _bounded(data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise BadInput(f"the report has more than {LARGEST} bytes when it is unpacked")
    return data


class _Builder(TreeBuilder):
    """Refuses a document type before anything in it is read."""

    def doctype(self, *_: object) -> None:
        raise BadInput("a report has no document type")


def _parsed(data: bytes) -> Element:
    try:
        return _fed(data)
    except ParseError as broken:
        raise BadInput(f"the report is no XML: {broken}") from broken
    except (ValueError, LookupError, RecursionError) as odd:  # of an encoding that nobody has, or too deep
        raise BadInput(f"the report is no XML: {type(odd).__name__}") from odd


def _fed(data: bytes) -> Element:
    try:
        return _root(data)
    except ParseError:
        mended = data.decode("utf-8", "replace").encode()  # one that breaks off inside a letter is read all the same
        if mended == data:
            raise
        return _root(mended)


def _root(data: bytes) -> Element:
    reader = XMLParser(target=_Builder())  # noqa: S314 - bounded, and document types are refused
    reader.feed(data)
    root: Element = reader.close()
    for each in root.iter():  # RFC 9990 has a namespace, older ones none: the names are the same
        each.tag = each.tag.rpartition("}")[2]
    return root


# --- reading ----------------------------------------------------------------------------------------------------------


def _tallies(root: Element) -> tuple[tuple[Tally, ...], int]:
    """The rows that are kept, and how many mails the others tell of."""
    kept: list[Tally] = []
    truncated = 0
    for record in root.iter("record"):
        if len(kept) < MOST_ROWS:
            kept.append(_tally(record))
        else:
            truncated += _count(_said(_below(record, "row"), "count"))
    return tuple(kept), truncated


def _tally(record: Element) -> Tally:
    row, names, results = _below(record, "row"), _below(record, "identifiers"), _below(record, "auth_results")
    judged = _below(row, "policy_evaluated")
    return Tally(
        source=_said(row, "source_ip")[:45],
        count=_count(_said(row, "count")),
        disposition=_said(judged, "disposition").lower()[:16] or "none",
        spf=_said(judged, "spf").lower()[:16],
        dkim=_said(judged, "dkim").lower()[:16],
        header_from=_said(names, "header_from").lower()[:253],
        overridden=tuple(said for each in judged.iter("reason") if (said := _said(each, "type")[:32])),
        spf_domains=tuple(_found(results, "spf")),
        dkim_domains=tuple(_found(results, "dkim")),
    )


def _found(results: Element, name: str) -> Iterator[str]:
    for each in list(results.iter(name))[:8]:
        yield f"{_said(each, 'domain').lower()[:253]}={_said(each, 'result').lower()[:16]}"


_NOTHING = Element("nothing")


def _below(element: Element, name: str) -> Element:
    found = element.find(name)
    return _NOTHING if found is None else found


def _said(element: Element, name: str) -> str:
    return " ".join((element.findtext(name) or "").split())[:256]


def _count(said: str) -> int:
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 12 else 0


def _instant(said: str) -> datetime:
    whole = said.partition(".")[0]
    seconds = int(whole) if whole.isascii() and whole.isdigit() and len(whole) <= 12 else 0
    if not 0 < seconds < _ENDS:
        raise BadInput("a report says for which time it is (date_range)")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as odd:
        raise BadInput("a report says for which time it is (date_range)") from odd
