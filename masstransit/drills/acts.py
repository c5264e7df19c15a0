"""What can happen in a drill: somebody sends, answers, complains, knocks, or time passes."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from masstransit.model.call import AnsweredBy, Party
from masstransit.model.communication import OutcomeKind, Purpose, Voice


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer offers a message."""

    id: str  #: its SID
    account: str
    sender: str
    recipient: str
    text: str
    purpose: Purpose | None = None
    campaign: str | None = None
    end_user: str | None = None
    key: str | None = None  #: the client's idempotency key
    bystander: bool = False  #: lawful traffic beside an attack
    counted: bool = True  #: False: what came before and is no part of the question, such as why somebody was stopped


class Dial(msgspec.Struct, frozen=True, kw_only=True):
    """A customer calls somebody; where the call is let out, it goes as told."""

    id: str  #: its SID
    account: str
    sender: str
    recipient: str
    rings: float = 6.0  #: seconds until it is answered, or nobody rings any more
    talks: float | None = 60.0  #: seconds from the answer to the end; None: nobody answers
    ended_by: Party = Party.CALLER
    status: int = 0  #: SIP, of a call that nobody answers; 0: 487 where the caller gave up, else 480
    trunk: str = "west"
    answered_by: AnsweredBy | None = None
    purpose: Purpose | None = None
    campaign: str | None = None
    end_user: str | None = None
    voice: Voice | None = None
    source: str = ""  #: the internet address that it comes from
    bystander: bool = False


class Knocking(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at the door: a login, a bind, an id that is asked for."""

    id: str
    account: str
    principal: str
    source: str  #: IP address
    door: str = "rest"
    wants: str = "login"
    proven: bool = False
    about: str = ""
    bystander: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A person writes to a customer's number."""

    person: str
    to: str
    text: str


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """A person reports the last message they got as spam."""

    person: str


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """A person types in the code of the last message they got, and the customer says so (Feedback)."""

    person: str


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a carrier or an authority says of an account."""

    account: str
    what: OutcomeKind
    campaign: str | None = None
    end_user: str | None = None


class Handset(msgspec.Struct, frozen=True, kw_only=True):
    """A person's phone behaves otherwise from now on."""

    person: str
    behaviour: Literal["receives", "switched-off", "unknown", "busy"]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Something comes on record: a row of a table; its `person`, where it has one, is the plain number."""

    table: str
    values: Mapping[str, Any]


class Registry(msgspec.Struct, frozen=True, kw_only=True):
    """A do-not-call list is loaded, in the place of its last one."""

    name: str
    region: str
    loaded_at: datetime
    people: tuple[str, ...]  #: their numbers


class Wait(msgspec.Struct, frozen=True):
    """Time passes."""

    seconds: float


Act: TypeAlias = Offer | Dial | Knocking | Answer | Complaint | Used | Said | Handset | Row | Registry | Wait


class Seen(msgspec.Struct, frozen=True):
    """What the sender saw of an offer or a knock."""

    verdict: str  #: ALLOW, FLAG, DELAY, HOLD, REFUSE
    code: int | None = None  #: the SDKs' error code

    @property
    def refused(self) -> bool:
        return self.verdict == "REFUSE"


#: A drill's course: acts, one by one or several at one instant, each answered by what was seen of it.
Course: TypeAlias = Generator[Act | Sequence[Act], Any, Any]
