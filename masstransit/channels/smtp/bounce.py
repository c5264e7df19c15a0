"""A mail that says what became of another one: a delivery status notification (RFC 3464), or what servers write that
know of none.

    multipart/report
      text/plain                  for people
      message/delivery-status     a block on the server, then one a recipient: Action, Status, Diagnostic-Code ...
      message/rfc822              the mail that is meant; text/rfc822-headers: its headers

Whatever it says comes from anybody: which mail is meant is told by an address that only we can make, not by its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.message import Message
from typing import Literal

from masstransit.carriage.mailroom.values import Bounce
from masstransit.channels.smtp.parts import data_of, header, mailboxes, opened, text_of

_SEARCHED = 1 << 15  # characters of a text that are searched
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45])\d\d(?=[\s:-])")
_MAILBOX = re.compile(r"[<\s:]([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}[A-Za-z0-9])")
_MESSAGE_ID = re.compile(r"^\s*>?\s*Message-ID:\s*(<[^<>\s]{3,500}>)", re.IGNORECASE | re.MULTILINE)
_SERVERS = re.compile(r"mailer-daemon|postmaster|mail[ _-]?delivery|mta", re.IGNORECASE)
_ACTIONS: Mapping[str, Literal["failed", "delayed", "delivered"]] = {
    "failed": "failed", "failure": "failed", "delayed": "delayed", "delivered": "delivered", "relayed": "delivered",
    "expanded": "delivered", "deliverable": "delivered",
}  # fmt: skip
_DELAYED = re.compile(r"delayed|still being retried|will (?:keep|continue) (?:trying|to try)|warning:", re.IGNORECASE)
_RETURNED = re.compile(
    r"undeliver|returned mail|mail failed|delivery (?:status|has failed|failure)|could not (?:be|send)|failure notice|"
    r"returning to sender|delayed mail|(?:message you sent|mail) (?:was )?(?:blocked|rejected)|not delivered",
    re.IGNORECASE,
)
#: What servers say in words, where they give no status or one that says nothing (x.0.0), and the status that it is.
_WORDINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"user unknown|unknown user|no such (?:user|recipient|mailbox)|does not exist|no mailbox|"
                r"recipient (?:no longer|not found|unknown)|address (?:rejected|unknown)|invalid (?:recipient|mailbox)|"
                r"account (?:is )?(?:disabled|unavailable)|mailbox (?:not found|unavailable)",
                re.IGNORECASE), "5.1.1"),
    (re.compile(r"quota|mailbox (?:is )?full|over ?quota|insufficient (?:system )?storage", re.IGNORECASE), "4.2.2"),
    (re.compile(r"spam|policy|blocked|blacklist|content rejected|\bUBE\b|reputation", re.IGNORECASE), "5.7.1"),
    (re.compile(r"dns error|mx lookup|host (?:not found|unknown)|domain not found", re.IGNORECASE), "5.1.2"),
    (re.compile(r"timed? ?out|connection refused|did not accept our requests", re.IGNORECASE), "4.4.1"),
)  # fmt: skip


def read(mail: bytes) -> Bounce | None:
    """What became of which mail; None where it says nothing of the kind. Raises `BadInput`."""
    whole, parts = opened(mail)
    blocks = [block for part in parts for block in _blocks(part)]
    if blocks:
        return _reported(whole, parts, blocks)
    return _worded(whole, parts) if _is_from_a_server(whole) else None


def _blocks(part: Message) -> Iterator[Message]:
    """The blocks on recipients of a part that has them."""
    if part.get_content_type() != "message/delivery-status":
        return
    held = part.get_payload()
    for block in held if isinstance(held, list) else ():
        if isinstance(block, Message) and (block.get("Final-Recipient") or block.get("Action")):
            yield block


def _reported(whole: Message, parts: list[Message], blocks: list[Message]) -> Bounce:
    """The worst of what is told of its recipients."""
    order = ("failed", "delayed", "delivered")
    block = min(blocks, key=lambda each: order.index(_action(each)))
    said = header(block, "Diagnostic-Code") or _first_text(parts)
    return Bounce(
        action=_action(block),
        status=_status(header(block, "Status"), said),
        recipient=_recipient(block),
        said=_line(said),
        message_id=_message_id(whole, parts),
    )


def _action(block: Message) -> Literal["failed", "delayed", "delivered"]:
    return _ACTIONS.get(header(block, "Action").lower().split(" ")[0], "failed")


def _recipient(block: Message) -> str:
    """The original recipient where it is told: the final one may be where they forward their mail to."""
    for name in ("Original-Recipient", "Final-Recipient"):
        address = header(block, name).rpartition(";")[2].strip().strip("<>")
        if "@" in address:
            return address[:320]
    return ""


def _worded(whole: Message, parts: list[Message]) -> Bounce | None:
    """What a server says in words alone."""
    text = _first_text(parts)
    if not _RETURNED.search(f"{header(whole, 'Subject')}\n{text[:1024]}"):
        return None
    before = _MESSAGE_ID.split(text)[0]
    found = _MAILBOX.search(before)
    status = _status("", before)
    delayed = bool(_DELAYED.search(f"{header(whole, 'Subject')}\n{text[:1024]}"))
    return Bounce(
        action="delayed" if delayed and not status.startswith("5") else "failed",
        status=status,
        recipient=found[1] if found else "",
        said=_line(before),
        message_id=_message_id(whole, parts),
    )


def _is_from_a_server(whole: Message) -> bool:
    """Whether a program of a mail server wrote it, by its From; a person who writes about a bounce did not."""
    return any(_SERVERS.search(f"{name} {address}") for name, address in mailboxes(whole, "From")) and (
        header(whole, "Auto-Submitted").lower() != "auto-replied" or bool(_RETURNED.search(header(whole, "Subject")))
    )


def _status(told: str, said: str) -> str:
    """The status: as it is told, unless that says nothing, then out of the words."""
    own = _STATUS.search(told)
    if own and (own[2], own[3]) != ("0", "0"):
        return ".".join(own.groups())
    spoken = _STATUS.search(said)
    if spoken and (spoken[2], spoken[3]) != ("0", "0"):
        return ".".join(spoken.groups())
    meant = next((status for wording, status in _WORDINGS if wording.search(said)), "")
    if meant and (own is None or own[1] == meant[0]):
        return meant
    if own:
        return ".".join(own.groups())
    reply = _REPLY.search(said)
    return meant or (f"{reply[1]}.0.0" if reply else "")


def _message_id(whole: Message, parts: list[Message]) -> str:
    """Of the mail that is meant: out of what is attached of it, or quoted."""
    for part in parts:
        if part is whole or part.get_content_type() == "message/delivery-status":
            continue
        if part.get("Message-ID"):
            return header(part, "Message-ID")
        if part.get_content_type() == "text/rfc822-headers" or part.get_content_maintype() == "text":
            found = _MESSAGE_ID.search(_text(part))
            if found:
                return found[1]
    found = _MESSAGE_ID.search(_text(whole)) if not whole.is_multipart() else None
    return found[1] if found else ""


def _first_text(parts: list[Message]) -> str:
    return next((_text(part) for part in parts if part.get_content_type() == "text/plain"), "")


def _text(part: Message) -> str:
    return text_of(part)[:_SEARCHED] if data_of(part) else ""


def _line(said: str) -> str:
    return " ".join(said.split())[:256]
