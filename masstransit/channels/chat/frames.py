"""The frames of chat over WebSocket: JSON documents, one a text frame, told apart by `type`.

`docs/chat.md` has them for who writes a client; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Row

from masstransit.model.chat import Said
from masstransit.model.decision import Decision, Verdict
from masstransit.model.media import Attachment

LARGEST = 32_768  #: octets of a frame that is taken in


class _Asked(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """What every frame of a client may have: `id`, by which its answer names it."""

    id: str | int | None = None


class Resume(_Asked, frozen=True, kw_only=True, tag="resume"):
    """Follow conversations: each from the index after which nothing was heard, the others from now on."""

    after: Mapping[str, int] = {}  #: conversation -> index of the last message that is known; -1: none
    versions: Mapping[str, int] = {}  #: conversation -> version of the last change that is known


class Say(_Asked, frozen=True, kw_only=True, tag="message"):
    """Say something."""

    conversation: str
    body: str
    attributes: str = "{}"
    key: str = ""  #: the client's own name for it: what is sent again under the same is not said again


class Typing(_Asked, frozen=True, kw_only=True, tag="typing"):
    """Somebody is typing."""

    conversation: str


class Read(_Asked, frozen=True, kw_only=True, tag="read"):
    """Everything up to an index was read."""

    conversation: str
    index: int


class History(_Asked, frozen=True, kw_only=True, tag="history"):
    """What was said before an index."""

    conversation: str
    before: int | None = None  #: None: from the last message on
    limit: int = 50


class Media(_Asked, frozen=True, kw_only=True, tag="media"):
    """Look at the files of a message."""

    conversation: str
    index: int


class People(_Asked, frozen=True, kw_only=True, tag="participants"):
    """Who takes part."""

    conversation: str


class Invite(_Asked, frozen=True, kw_only=True, tag="invite"):
    """Ask somebody in; for who has a role that may."""

    conversation: str
    identity: str


class Leave(_Asked, frozen=True, kw_only=True, tag="leave"):
    """Take part no more."""

    conversation: str


class Expel(_Asked, frozen=True, kw_only=True, tag="expel"):
    """Let somebody take part no more; for who has a role that may."""

    conversation: str
    identity: str


class Edit(_Asked, frozen=True, kw_only=True, tag="edit"):
    """Say one's own message otherwise."""

    conversation: str
    index: int
    body: str
    attributes: str = ""  #: "": they stay


class Remove(_Asked, frozen=True, kw_only=True, tag="remove"):
    """Take a message away: one's own, or any with a role that may."""

    conversation: str
    index: int


class Report(_Asked, frozen=True, kw_only=True, tag="report"):
    """Complain of a message."""

    conversation: str
    index: int
    reason: str = ""


class Block(_Asked, frozen=True, kw_only=True, tag="block"):
    """Hear no more of somebody, anywhere."""

    identity: str


class Unblock(_Asked, frozen=True, kw_only=True, tag="unblock"):
    """Hear of them again."""

    identity: str


Frame: TypeAlias = (
    Resume | Say | Typing | Read | History | Media | People | Invite | Leave | Expel
    | Edit | Remove | Report | Block | Unblock
)  # fmt: skip
_DECODER: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)
_ENCODER = msgspec.json.Encoder()


def read(text: str | bytes) -> Frame:
    """A client's frame. Raises `msgspec.MsgspecError`, `RecursionError`, `UnicodeError`."""
    return _DECODER.decode(text)


def made(kind: str, **told: Any) -> str:
    """A frame of ours."""
    return _ENCODER.encode({"type": kind, **told}).decode()


def message(said: Said) -> dict[str, Any]:
    """A message as clients see it."""
    shown = {
        "index": said.index,
        "sid": said.sid,
        "author": said.author,
        "body": said.body,
        "attributes": said.attributes,
        "at": _instant(said.at),
    }
    if said.attachments:
        shown["media"] = [file(each) for each in said.attachments]
    if said.edited:
        shown["edited"] = True
    if said.removed:
        shown["removed"] = True
    return shown


def file(each: Attachment) -> dict[str, Any]:
    """A file of a message as clients see it."""
    return {"sid": each.sid, "name": each.name, "content_type": each.content_type, "size": each.size}


def messages(conversation: str, said: Sequence[Said]) -> str:
    """Messages of a conversation, in order."""
    return made("messages", conversation=conversation, messages=[message(one) for one in said])


def participant(row: Row[Any]) -> dict[str, Any]:
    """Somebody who takes part, as clients see them: of a phone no more than its last digits."""
    return {
        "sid": row.sid,
        "identity": row.identity,
        "phone": f"***{row.address[-4:]}" if row.address else None,
        "read_index": row.read_index,
    }


def refusal(decision: Decision, asked: str | int | None) -> str:
    """What a decision that does not let something go is to who said it: `held`, `scheduled`, `retry` or `error`, with
    the clause, the reason and the remedy."""
    finding = decision.deciding
    told: dict[str, Any] = {
        "id": asked,
        "clause": finding.clause if finding else "",
        "reason": finding.reason if finding else "refused",
        "remedy": finding.remedy if finding else "",
        "decision": decision.id,
    }
    if decision.verdict is Verdict.HOLD:
        return made("held", **told)
    if decision.verdict is Verdict.DELAY:
        overload = any(f.overload and f.verdict is Verdict.DELAY for f in decision.findings)
        until = decision.until
        wait = max((until - decision.at).total_seconds(), 1.0) if until else 1.0
        return made("retry", **told, after=wait) if overload else made("scheduled", **told, at=_instant(until))
    return made("error", **told, code=(finding.code if finding else None) or 30007)


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
