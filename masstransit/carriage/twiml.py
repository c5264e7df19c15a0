"""TwiML for messages: what a customer's webhook answers to a person's message.

    <Response>
      <Message to="+1..." from="+1..." action="/done" statusCallback="/status"><Body>Thanks</Body></Message>
      <Redirect method="POST">https://example.com/next</Redirect>
    </Response>

A text answer that is no XML is a reply as it stands, as SDK users know it. An empty answer says nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias
from xml.etree import ElementTree

import msgspec

LARGEST = 65_536  # bytes (error 11750)
_XML_TYPES = frozenset({"text/xml", "application/xml", "text/html", ""})
_DECLARES = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)  # a document type can define entities without end


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One `<Message>`; None: as the message that is answered has it, the other way round."""

    text: str
    to: str | None = None
    sender: str | None = None
    status_callback: str | None = None
    media: tuple[str, ...] = ()


class Redirect(msgspec.Struct, frozen=True):
    """Ask this URL instead; it can be relative."""

    url: str
    method: str


Verb: TypeAlias = Reply | Redirect


class Complaint(NamedTuple):
    """What is wrong with a document: the SDKs' code and a sentence."""

    code: int
    sentence: str


class Document(msgspec.Struct, frozen=True):
    """The verbs in order, and what was passed over or wrong."""

    verbs: tuple[Verb, ...]
    complaints: tuple[Complaint, ...] = ()


def read(body: bytes, content_type: str) -> Document:
    """Read an answer. It never fails: what can't be read is a complaint."""
    root = response(body, content_type)
    if root is None:
        return Document(())
    if isinstance(root, str):
        return Document((Reply(text=root),))
    return Document((), (root,)) if isinstance(root, Complaint) else _verbs(root)


def response(body: bytes, content_type: str) -> ElementTree.Element | Complaint | str | None:
    """The `<Response>` of an answer to any webhook; its text where it is plain text; None where it says nothing."""
    kind = content_type.partition(";")[0].strip().lower()
    if len(body) > LARGEST:
        return Complaint(11750, f"The answer is larger than {LARGEST} bytes")
    if not body.strip():
        return None
    if kind == "text/plain":
        return body.decode("utf-8", "replace").strip()
    if kind not in _XML_TYPES and not kind.endswith("+xml"):
        return Complaint(12300, f"'{kind[:60]}' is not a content type of TwiML; send text/xml")
    if _DECLARES.search(body):
        return Complaint(12100, "A document type is not allowed in TwiML")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - bounded above, and document types are refused
    except (ElementTree.ParseError, ValueError, LookupError) as wrong:
        return Complaint(12100, f"The document is not well-formed XML: {wrong}")
    if root.tag != "Response":
        return Complaint(12100, f"The root element is <{root.tag[:40]}>, not <Response>")
    return root


def _verbs(root: ElementTree.Element) -> Document:
    verbs: list[Verb] = []
    complaints: list[Complaint] = []
    for element in root:
        if element.tag in {"Message", "Sms"}:
            verbs.append(_reply(element, complaints))
        elif element.tag == "Redirect":
            url = (element.text or "").strip()
            verbs.append(Redirect(url, "GET" if element.get("method", "POST").upper() == "GET" else "POST"))
            break  # nothing behind a redirect is reached
        else:
            complaints.append(
                Complaint(12200, f"<{str(element.tag)[:40]}> is not a verb for messages; it was passed over")
            )
    return Document(tuple(verbs), tuple(complaints))


def _reply(element: ElementTree.Element, complaints: list[Complaint]) -> Reply:
    unknown = sorted(set(element.attrib) - {"to", "from", "action", "method", "statusCallback"})
    complaints += [
        Complaint(12200, f"The attribute '{n[:40]}' of <Message> is not known; it was passed over") for n in unknown
    ]
    bodies = [body.text or "" for body in element.findall("Body")]
    return Reply(
        text="".join(bodies).strip() if bodies else (element.text or "").strip(),
        to=element.get("to"),
        sender=element.get("from"),
        status_callback=element.get("statusCallback") or element.get("action"),
        media=tuple((media.text or "").strip() for media in element.findall("Media")),
    )
