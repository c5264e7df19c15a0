"""What a person's mail says: who wrote it, its words, and the files that came with it.

From, Subject, Reply-To ...    what a mail program shows, and clauses judge
text                           the first text/plain, or the words of the HTML
words                          of those, what was written now: an answer quotes what it answers
files                          everything else
"""

from __future__ import annotations

import re
from email.message import Message

import msgspec

from masstransit.channels.smtp.parts import data_of, header, mailboxes, opened, rewritten, text_of
from masstransit.errors import BadAddress, BadInput
from masstransit.model.address import EmailAddress, email_address
from masstransit.model.letter import Letter

LONGEST_TEXT = 65_536  #: characters of a text that are read; the mail whole is longer at times
_QUOTES = re.compile(
    r"^(?:>|-{2,}\s*(?:original|forwarded) message|_{10,}|"  # what programs put before what they quote
    r"(?:on|am|le|el|em|op|il)\b.{4,200}\b(?:wrote|schrieb|a écrit|escribió|escreveu|schreef|ha scritto)\s*:?\s*$|"
    r"(?:from|von|de|da|van)\s*:\s*\S)",
    re.IGNORECASE,
)
_SIGNATURE = "--"  # RFC 3676 section 4.3: two hyphens and a space begin it
_RE = re.compile(r"^\s*(?:(?:re|aw|sv|antw|fwd?|wg)\s*:\s*)+", re.IGNORECASE)
_ASKED = frozenset({"stop", "unsubscribe", "opt out", "optout", "remove", "remove me", "cancel"})


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file that came with a mail, as it came."""

    name: str
    claimed: str  #: the type that its sender names
    data: bytes


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that came in, read."""

    sender: EmailAddress  #: of its From
    letter: Letter
    text: str
    words: str  #: of the text, or of the subject, what its writer says now
    html: str = ""
    headers: str = ""
    files: tuple[File, ...] = ()
    automatic: bool = False  #: no person wrote it: it asks for nothing (RFC 3834)


def read(mail: bytes, return_path: str) -> Arrived:
    """A mail as it came, `return_path` the envelope's sender. Raises `BadInput`."""
    whole, parts = opened(mail)
    sender, name = _from(whole)
    plain, html, files = _bodies(whole, parts)
    text = (plain if plain.strip() else rewritten(html))[:LONGEST_TEXT]
    subject = header(whole, "Subject")
    return Arrived(
        sender=sender,
        letter=Letter(
            return_path=return_path,
            name=name,
            submitter=_first(whole, "Sender"),
            reply_to=_first(whole, "Reply-To"),
            subject=subject,
            message_id=header(whole, "Message-ID"),
            bulk=bool(whole.get("List-Id")) or header(whole, "Precedence").lower() in {"bulk", "list", "junk"},
            size=len(mail),
        ),
        text=text,
        words=_words(subject, text),
        html=html[: LONGEST_TEXT * 4],
        headers=_headers(mail),
        files=files,
        automatic=is_automatic(whole),
    )


def is_automatic(whole: Message) -> bool:
    """Whether a program wrote it: an auto-reply, a report, a list."""
    said = header(whole, "Auto-Submitted").lower()
    return (
        (bool(said) and not said.startswith("no"))
        or header(whole, "Precedence").lower() in {"bulk", "junk", "auto_reply"}
        or any(whole.get(each) for each in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"))
    )


def _from(whole: Message) -> tuple[EmailAddress, str]:
    """The one mailbox that it is from. Mail programs differ in which of several they show, so several pass for none."""
    shown = [each for each in mailboxes(whole, "From") if each[1]]
    if len(whole.get_all("From", [])) != 1 or len(shown) != 1:
        raise BadInput("a mail has one From with one address (RFC 5322 section 3.6.2)")
    name, address = shown[0]
    try:
        return email_address(address), name
    except BadAddress as wrong:
        raise BadInput(f"From: {wrong}") from wrong


def _first(whole: Message, name: str) -> str:
    """The first mailbox of a header, where it is one."""
    for _, address in mailboxes(whole, name):
        try:
            return email_address(address).text
        except BadAddress:
            continue
    return ""


def _bodies(whole: Message, parts: list[Message]) -> tuple[str, str, tuple[File, ...]]:
    """The text, the HTML, and the files; what is inside of an attached mail belongs to that."""
    plain, html, files, inside = "", "", [], set[int]()
    for part in parts:
        if id(part) in inside:
            continue
        if part.get_content_type() == "message/rfc822" and part is not whole:
            inside.update(id(each) for each in part.walk())
            files.append(File(name=_name(part) or "message.eml", claimed="message/rfc822", data=_attached(part)))
        elif part.is_multipart():
            continue
        elif part.get_content_type() == "text/plain" and not _name(part) and not plain:
            plain = text_of(part).replace("\r\n", "\n")
        elif part.get_content_type() == "text/html" and not _name(part) and not html:
            html = text_of(part)
        elif data := data_of(part):
            files.append(File(name=_name(part), claimed=part.get_content_type(), data=data))
    return plain, html, tuple(files)


def _attached(part: Message) -> bytes:
    held = part.get_payload()
    return held[0].as_bytes() if isinstance(held, list) and held and isinstance(held[0], Message) else data_of(part)


def _name(part: Message) -> str:
    try:
        return " ".join((part.get_filename() or "").split())[:255]
    except (ValueError, TypeError):  # RFC 2231 by halves
        return ""


def _headers(mail: bytes) -> str:
    """The header as it came, as far as anybody reads it."""
    head = mail.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return head[:LONGEST_TEXT].decode("utf-8", "replace")


def _words(subject: str, text: str) -> str:
    """What the writer says now: the lines before a quotation or a signature, or else the subject; a subject that asks
    for an end says it alone."""
    asked = _RE.sub("", subject).strip().rstrip(".!").casefold()
    if asked in _ASKED:
        return asked
    said: list[str] = []
    for line in text.split("\n"):
        if _QUOTES.match(line.strip()) or line.rstrip() == _SIGNATURE:
            break
        said.append(line)
    return "\n".join(said).strip() or ("" if _RE.match(subject) else subject)
