"""MM7's messages as bytes: a SOAP envelope, and beside it the content in MIME (SOAP Messages with Attachments).

What is read is read by the names of its elements: carriers use namespaces of every release since 5, and sending them
another than their own is answered by nothing. What is written is release 6.8.0, which all of them read.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import msgspec

from masstransit.errors import BadInput

NAMESPACE = "http://www.3gpp.org/ftp/Specs/archive/23_series/23.140/schema/REL-6-MM7-1-4"
VERSION = "6.8.0"
SUCCESS = 1000  #: TS 23.140, 8.7.8.1.3.1: status codes
CLIENT_ERROR, BAD_ADDRESS, CORRUPT, SERVER_ERROR, DENIED = 2000, 2002, 2007, 3000, 4007
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_ADDRESSED = ("Sender", "Recipients", "Recipient")  # elements that hold a number, a short code or an address of mail
_MOST_PARTS = 40
_DEEPEST = 4  # multiparts within each other


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a message's content."""

    content_type: str
    data: bytes
    name: str = ""


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """One message of MM7 as it was read."""

    kind: str  #: the element in its body: SubmitRsp, DeliverReq, DeliveryReportReq ... or Fault
    transaction: str
    fields: Mapping[str, str]  #: the first text in each element, by its name
    parts: tuple[Part, ...] = ()

    @property
    def status(self) -> int:
        """The status that it tells; 0: none."""
        told = self.fields.get("StatusCode", "")
        return int(told) if told.isascii() and told.isdigit() and len(told) <= 9 else 0


def envelope(kind: str, transaction: str, body: str) -> bytes:
    """A message without content. `body` is XML already."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="{_SOAP}"><env:Header>'
        f'<mm7:TransactionID xmlns:mm7="{NAMESPACE}" env:mustUnderstand="1">{escape(transaction)}</mm7:TransactionID>'
        f'</env:Header><env:Body><{kind} xmlns="{NAMESPACE}"><MM7Version>{VERSION}</MM7Version>{body}</{kind}>'
        "</env:Body></env:Envelope>"
    ).encode()


def element(name: str, text: str) -> str:
    """An element with a text; nothing where there is no text."""
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def answer(kind: str, transaction: str, status: int, why: str) -> bytes:
    """What is answered to a request of the carrier's."""
    told = f"<Status><StatusCode>{status}</StatusCode>{element('StatusText', why)}</Status>"
    return envelope(kind, transaction, told)


def with_content(soap: bytes, parts: Sequence[Part]) -> tuple[str, bytes]:
    """(Content-Type, body) of a message with content, to which its `<Content href="cid:mms"/>` points."""
    outer, inner = (f"=_{secrets.token_hex(12)}" for _ in range(2))
    content = b"".join(_part(inner, part, f"part{place}") for place, part in enumerate(parts))
    body = (
        f'--{outer}\r\nContent-Type: text/xml; charset="utf-8"\r\nContent-ID: <soap>\r\n\r\n'.encode()
        + soap
        + f'\r\n--{outer}\r\nContent-Type: multipart/mixed; boundary="{inner}"\r\nContent-ID: <mms>\r\n\r\n'.encode()
        + content
        + f"--{inner}--\r\n--{outer}--\r\n".encode()
    )
    return f'multipart/related; boundary="{outer}"; type="text/xml"; start="<soap>"', body


def _part(boundary: str, part: Part, cid: str) -> bytes:
    plain = "".join(c for c in part.name if c.isascii() and c.isprintable() and c not in '"\\')
    located = f"Content-Location: {plain.replace(' ', '_')}\r\n" if plain else ""
    head = f"--{boundary}\r\nContent-Type: {part.content_type}\r\nContent-ID: <{cid}>\r\n{located}"
    return f"{head}Content-Transfer-Encoding: binary\r\n\r\n".encode() + part.data + b"\r\n"


def read(content_type: str, body: bytes) -> Read:
    """A message as it came. Raises `BadInput`."""
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode("latin-1", "replace")
    whole = BytesParser(policy=HTTP).parsebytes(head + body)
    leaves = list(_leaves(whole, _DEEPEST)) if whole.is_multipart() else [whole]
    if not leaves or len(leaves) > _MOST_PARTS:
        raise BadInput(f"{len(leaves)} parts: one at least, and {_MOST_PARTS} at the most")
    kind, transaction, fields = _soap(_bytes(leaves[0]))
    parts = tuple(
        Part(content_type=leaf.get_content_type(), data=_bytes(leaf), name=_name(leaf)) for leaf in leaves[1:]
    )
    return Read(kind=kind, transaction=transaction, fields=fields, parts=parts)


def words(part: Part, charset: str = "utf-8") -> str:
    """What a part of plain text says."""
    return part.data.decode(charset, "replace").replace("\r\n", "\n").strip("\n")


def _leaves(message: Message, deep: int) -> Iterator[Message]:
    for part in message.get_payload():
        if not isinstance(part, Message):
            continue
        if part.is_multipart() and deep > 0:
            yield from _leaves(part, deep - 1)
        else:
            yield part


def _bytes(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _name(part: Message) -> str:
    return str(part.get_filename() or part.get_param("name") or part.get("Content-Location") or "")


def _soap(data: bytes) -> tuple[str, str, Mapping[str, str]]:
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:  # SOAP 1.1, section 3: there is none in an envelope
        raise BadInput("a document type has no place in SOAP")
    try:
        root = ElementTree.fromstring(data.strip())  # noqa: S314 - bounded before, and document types are refused
    except (ElementTree.ParseError, ValueError, LookupError) as broken:
        raise BadInput(f"this is no XML: {broken}") from broken
    body = next((each for each in root.iter() if _local(each) == "Body"), None)
    if body is None or len(body) == 0:
        raise BadInput("there is no SOAP body")
    fields: dict[str, str] = {}
    for each in body.iter():
        if each.text and each.text.strip():
            fields.setdefault(_local(each), each.text.strip())
        if _local(each) in _ADDRESSED:
            told = (inner.text.strip() for inner in each.iter() if inner.text and inner.text.strip())
            fields[_local(each)] = next(told, "")
    transaction = next((each.text or "" for each in root.iter() if _local(each) == "TransactionID"), "")
    return _local(body[0]), transaction.strip(), fields


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
