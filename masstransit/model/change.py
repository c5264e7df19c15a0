"""A change in a call: it is to be recorded, listened to, handed on, or joined by somebody. Asked at CHANGE.

What the clauses need to know of it is who takes part, what each of them was told to the end, and what each answered.
The same shape serves calls, video, chats that a machine takes down, and voice mail.

A lawful intercept is no change and never comes here: it is between an authority and the carrier, and nobody in the call
or among the customer's staff may learn of it (18 USC 2518(4); clause 14 works the order).
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import ClassVar

import msgspec

from masstransit.model.address import Address
from masstransit.model.communication import Direction, Kind, Moment


class Act(enum.Enum):
    """What is to begin."""

    RECORD = "record"
    LISTEN = "listen"  #: somebody hears it without being heard
    WHISPER = "whisper"  #: and speaks to one side alone
    BARGE = "barge"  #: and speaks to all
    STREAM = "stream"  #: the sound goes to a program of the customer's
    TRANSCRIBE = "transcribe"  #: what is said is written down
    CAPTION = "caption"  #: written for somebody who can't hear it, and kept by nobody
    TRANSFER = "transfer"  #: somebody else takes over, while it is captured
    JOIN = "join"  #: somebody comes in, while it is captured
    RESUME = "resume"  #: captured again after a pause


class Role(enum.Enum):
    """As what somebody takes part."""

    PERSON = "person"
    STAFF = "staff"  #: speaks for the customer, which answers for having told its own people
    BOT = "bot"  #: a notetaker, a transcriber, an assistant: it hears and keeps


class How(enum.Enum):
    """How somebody agreed."""

    KEY = "key"  #: by the key that the announcement named
    SPOKEN = "spoken"  #: by a word; the clip is kept, because who heard it may have heard wrongly
    STATED = "stated"  #: before the call, as the customer states with its proof


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What one participant was told, to the end: an announcement that was cut off is none."""

    at: datetime  #: when the last of it had been played out to them
    acts: tuple[Act, ...]  #: what it said would be done
    way_out: bool = False  #: whether it said how to go on without that
    language: str = ""  #: of the announcement, ISO 639-1
    digest: str = ""  #: SHA-256 of its sound, by which it can be shown


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one participant answered when asked."""

    at: datetime
    agreed: bool
    how: How
    acts: tuple[Act, ...]  #: to what
    proof: str = ""  #: where the clip or the paper is; a key needs none, the event itself is the proof


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a call."""

    leg: int  #: 1 is who called; by this number they are spoken of, so that no reason holds a phone number
    role: Role = Role.PERSON
    address: Address | None = None  #: None: withheld, or not a number
    country: str = ""  #: where they are, as the customer declares it: ISO 3166
    state: str = ""  #: of the United States, two letters, as declared
    language: str = ""  #: theirs, where it is known: ISO 639-1
    since: datetime  #: since when they have to be told anew: they came in, or a pause began
    told: Told | None = None
    answer: Answer | None = None
    beeps: bool = False  #: a tone sounds to them at intervals while it is recorded


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change that somebody asks for in what is under way. Times are aware UTC."""

    moment: ClassVar[Moment] = Moment.CHANGE
    exemption: ClassVar[None] = None

    id: str  #: of the recording or what else it begins: RE and 32 hex digits
    account: str
    kind: Kind
    direction: Direction = Direction.OUTBOUND
    what: Act
    carries_on: tuple[Act, ...] = ()  #: for JOIN, TRANSFER, RESUME: what is being done already and would go on
    at: datetime  #: when it is to begin
    communication: str  #: the SID of the call, room or conversation
    participants: tuple[Participant, ...]
    basis: str = (
        ""  #: of the GDPR's article 6, as the customer declares it: "consent", "contract", "legal obligation" ...
    )
    card_data: bool = False  #: a card's number or code is being told just now
    self_recorded: bool = False  #: the person speaks to a machine that said it would record: a message left
    end_user: str | None = None
    attempt: int = 0
    idempotency_key: str | None = None

    @property
    def acts(self) -> tuple[Act, ...]:
        """What would be done with what is said from then on; () if nobody but those who talk has any of it."""
        new = () if self.what in _HANDING_ON else (self.what,)
        bots = any(each.role is Role.BOT for each in self.participants)
        return tuple(dict.fromkeys((*new, *self.carries_on, *((Act.TRANSCRIBE,) if bots else ()))))


_HANDING_ON = (Act.JOIN, Act.TRANSFER, Act.RESUME)
