"""What can happen in a drill: somebody sends, calls, records, answers, complains, knocks, or time passes."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from masstransit.model.call import AnsweredBy, Party
from masstransit.model.caller import Verification
from masstransit.model.change import Act as Doing
from masstransit.model.change import Role
from masstransit.model.communication import Purpose, Voice
from masstransit.model.mail import Authentication
from masstransit.model.outcome import OutcomeKind


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
    files: tuple[tuple[str, bytes], ...] = ()  #: (name, bytes) of what goes with it; then it is an MMS
    bystander: bool = False  #: lawful traffic beside an attack
    counted: bool = True  #: False: what came before and is no part of the question, such as why somebody was stopped


class Mailed(msgspec.Struct, frozen=True, kw_only=True):
    """A customer hands in a mail to somebody."""

    account: str
    sender: str  #: From, as it is written
    recipient: str
    subject: str
    text: str
    purpose: Purpose | None = None
    reply_to: str = ""
    fields: tuple[tuple[str, str], ...] = ()  #: other fields of its head
    bystander: bool = False


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One of a customer's people says something in a conversation, or asks somebody in."""

    id: str  #: its SID
    account: str
    author: str  #: an identity
    conversation: str
    text: str = ""
    invites: str = ""  #: whom it asks in; then it says nothing
    bystander: bool = False
    counted: bool = True


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
    diverted_by: str = ""  #: the number that sends the call on
    name: str = ""  #: that is to be shown with the number
    hidden: bool = False  #: the number is not shown to the called person
    bystander: bool = False


class Fax(msgspec.Struct, frozen=True, kw_only=True):
    """A customer faxes somebody a document."""

    id: str  #: its SID
    account: str
    sender: str
    recipient: str
    words: tuple[str, ...]  #: of each page
    picture: bool = False  #: the pages are pictures: nobody but a person can read these words
    purpose: Purpose | None = None
    end_user: str | None = None
    bystander: bool = False


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier brings a call to a customer's number."""

    id: str  #: its SID
    account: str  #: whose number it is
    caller: str
    to: str
    verification: Verification  #: what came of its Identity headers
    bystander: bool = False


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """Another server brings a mail to a customer's address."""

    sender: str
    to: str
    text: str
    name: str = ""  #: that it shows with its sender
    reply_to: str = ""
    subject: str = ""
    proof: Authentication  #: what came of SPF, DKIM, DMARC and ARC
    bystander: bool = False


class Talker(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a call."""

    number: str = ""  #: "": it is withheld
    role: Role = Role.PERSON
    presses: str | None = "1"  #: the key with which they answer an announcement; None: they say nothing
    hears: bool = True  #: an announcement to its end
    country: str = ""  #: where they are, as the customer declares it
    state: str = ""
    language: str = ""


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """People talk, a customer's staff among them; legs are counted in this order."""

    id: str  #: the call's SID
    account: str
    talkers: tuple[Talker, ...]
    languages: tuple[str, ...] = ("en", "es")  #: in which there is an announcement; for others the first is played
    message: bool = False  #: somebody leaves a message with a machine, which said that it records
    video: bool = False  #: it is a video room: who talks is known by what they say of where they are


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """A customer has a call recorded, or listened to, from now on."""

    talk: str  #: the call's SID
    what: Doing = Doing.RECORD
    announced: bool = True  #: everybody is told before, and asked
    basis: str = ""  #: of data protection
    papers: Mapping[int, str] = {}  #: leg -> where the consent is that they gave before
    bystander: bool = False


class Join(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody comes into a call that is recorded."""

    talk: str
    talker: Talker
    announced: bool = True
    bystander: bool = False


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A card is read out from now on, or no more."""

    talk: str
    read_out: bool = True


class Resume(msgspec.Struct, frozen=True, kw_only=True):
    """What was paused is to go on."""

    talk: str
    announced: bool = True
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


InCall: TypeAlias = Talk | Capture | Join | Card | Resume
Calling: TypeAlias = Dial | Fax | Incoming | InCall
Act: TypeAlias = (
    Offer
    | Line
    | Mailed
    | Posted
    | Calling
    | Knocking
    | Answer
    | Complaint
    | Used
    | Said
    | Handset
    | Row
    | Registry
    | Wait
)


class Seen(msgspec.Struct, frozen=True):
    """What the sender saw of an offer or a knock."""

    verdict: str  #: ALLOW, FLAG, DELAY, HOLD, REFUSE
    code: int | None = None  #: the SDKs' error code

    @property
    def refused(self) -> bool:
        return self.verdict == "REFUSE"


#: A drill's course: acts, one by one or several at one instant, each answered by what was seen of it.
Course: TypeAlias = Generator[Act | Sequence[Act], Any, Any]
