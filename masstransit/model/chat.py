"""What is said in a conversation, and who takes part in it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from masstransit.model.media import Attachment


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One message, where it stands in its conversation."""

    account: str
    conversation: str  #: CH...
    index: int  #: 0, 1, 2 ... without a gap
    sid: str  #: IM...
    author: str  #: an identity, a number, or a name that the customer's server gave itself
    participant: str | None = None  #: MB... of the author, where it takes part
    body: str = ""
    attributes: str = "{}"
    attachments: tuple[Attachment, ...] = ()
    at: datetime
    edited: bool = False  #: its author said it otherwise since: the body is what they said last
    removed: bool = False  #: a moderator took it away: it has no body any more
    version: int = 0  #: its conversation's, when it was edited, removed or given other attributes; 0: it never was
    withheld: tuple[str, ...] = ()  #: MB... of those who don't get it, because they blocked its author


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who takes part in a conversation."""

    sid: str  #: MB...
    identity: str | None = None  #: who comes in by a token; or else
    address: str | None = None  #: a phone, in E.164 form, that is written to ...
    proxy: str | None = None  #: ... from this number
    role: str | None = None

    @property
    def name(self) -> str:
        """By which messages name their author."""
        return self.identity or self.address or ""
