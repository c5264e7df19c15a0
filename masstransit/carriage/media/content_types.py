"""What a file is, by what it contains; and whether its sender called it something else.

A type is a family to those who name it: `.docx` is a ZIP file, `.3gp` and `.mp4` are one container, and a table of
values is plain text. Only a name from another family is a lie.
"""

from __future__ import annotations

import mimetypes
import re

import filetype

UNKNOWN = "application/octet-stream"
_TEXT = "text/plain"
_LOOKED_AT = 8192  # bytes of the beginning: `filetype` needs 8192 for documents in ZIP files, everything else less

#: What the library does not know, by the first bytes.
_STARTS = (
    (re.compile(rb"#!AMR-WB\n"), "audio/amr-wb"),
    (re.compile(rb"#!AMR\n"), "audio/amr"),
    (re.compile(rb".{4}ftyp3g2", re.DOTALL), "video/3gpp2"),
    (re.compile(rb".{4}ftyp3g", re.DOTALL), "video/3gpp"),
)
#: What is text with a meaning of its own. Browsers look for the same marks there (WHATWG MIME Sniffing 7.1).
_BLANK = r"(?:\s|\ufeff|<!--.*?-->|<\?xml.*?\?>|<!doctype\s+svg[^>]*>)*"
_MARKS = (
    (re.compile(r"\s*\ufeff?BEGIN:VCARD\b", re.I), "text/vcard"),
    (re.compile(r"\s*\ufeff?BEGIN:VCALENDAR\b", re.I), "text/calendar"),
    (re.compile(_BLANK + r"<svg\b", re.I | re.S), "image/svg+xml"),
    (re.compile(_BLANK + r"<smil\b", re.I | re.S), "application/smil"),
    (
        re.compile(
            _BLANK + r"<(?:!doctype\s+html|html|head|body|script|iframe|style|table|div|font|title|a|p|br|b|h1)[\s>/]",
            re.I | re.S,
        ),
        "text/html",
    ),
)
_FAMILIES = (
    ("image/jpeg", "image/jpg", "image/pjpeg"),
    ("video/mp4", "video/3gpp", "video/3gpp2", "video/quicktime", "video/x-m4v", "audio/mp4", "audio/3gpp",
     "audio/m4a", "audio/x-m4a", "audio/aac"),
    ("audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"),
    ("audio/mpeg", "audio/mp3", "audio/mpeg3"),
    ("audio/ogg", "video/ogg", "application/ogg", "audio/opus"),
    ("video/webm", "video/x-matroska", "audio/webm"),
    ("image/bmp", "image/x-ms-bmp"),
    ("text/vcard", "text/x-vcard", "text/directory"),
    ("application/gzip", "application/x-gzip"),
    ("application/rtf", "text/rtf"),
)  # fmt: skip
_ZIPPED = ("application/zip", "application/x-zip-compressed", "application/epub+zip", "application/java-archive",
           "application/vnd.openxmlformats", "application/vnd.oasis.opendocument", "application/vnd.android.package",
           "application/vnd.apple.pkpass", "application/vnd.google-earth.kmz")  # fmt: skip
_SAFE_NAME = re.compile(r"[^\x20-\x7e\u00a1-\uffff]")
_NAMES = mimetypes.MimeTypes()  # what Python knows itself, on every machine the same
for _ending, _type in ((".3gp", "video/3gpp"), (".amr", "audio/amr"), (".vcf", "text/vcard"), (".ics", "text/calendar"),
                       (".heic", "image/heic"), (".webp", "image/webp"), (".exe", "application/x-msdownload"),
                       (".apk", "application/vnd.android.package-archive")):  # fmt: skip
    _NAMES.add_type(_type, _ending)


def of_content(data: bytes) -> str:
    """The type of a file by its bytes."""
    start = data[:_LOOKED_AT]
    for pattern, found in _STARTS:
        if pattern.match(start):
            return found
    known = filetype.guess_mime(start)
    return str(known) if known else _of_text(data)


def claimed(name: str, header: str, content: str) -> str:
    """What its sender calls a file, by a Content-Type or else by its name's ending, where that is not what it is; ""
    where it is that, or says nothing."""
    named, _ = _NAMES.guess_type(name) if name else (None, None)
    for said in (header.partition(";")[0].strip().lower(), named or ""):
        if said and said not in (UNKNOWN, "binary/octet-stream") and not _fits(said, content):
            return said
    return ""


def plain_name(name: str) -> str:
    """A file's name without folders and unprintable characters, 255 at most."""
    return _SAFE_NAME.sub("", re.split(r"[/\\]", name)[-1]).strip()[:255]


def _of_text(data: bytes) -> str:
    if b"\0" in data[:_LOOKED_AT]:
        return UNKNOWN
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data[:_LOOKED_AT].decode("latin-1")
        if any(ord(c) < 32 and c not in "\t\n\r\f" for c in text):
            return UNKNOWN
    return next((found for mark, found in _MARKS if mark.match(text[:_LOOKED_AT])), _TEXT)


def _fits(said: str, content: str) -> bool:
    if said == content or any(said in family and content in family for family in _FAMILIES):
        return True
    if _is_zipped(content):
        return _is_zipped(said) or (content == "application/zip" and said.startswith("application/"))
    if content == _TEXT:
        return said.startswith("text/") or said.split("/", maxsplit=1)[0] == "application"
    if content == UNKNOWN:  # of what has no mark nothing can be said; pictures, sounds and films have one
        return said.split("/", maxsplit=1)[0] not in ("image", "video") and said not in (
            "application/pdf",
            "application/zip",
        )
    return said == "application/xml" and content in ("image/svg+xml", "application/smil")


def _is_zipped(said: str) -> bool:
    return said.startswith(_ZIPPED)
