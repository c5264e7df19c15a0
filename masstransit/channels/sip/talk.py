"""What the switch and the house say to each other over the decision socket: one JSON object a line (UTF-8).

    the switch says                                     the house answers
      Here(address, live)        on every connection      -
      Invite(n, ...)             a call is offered        Carry(n, ...) | Answer(n, ...) | Take(n, call)
      Register(n, ...)           somebody registers       Answer(n, ...)
      Ended(...)                 a call is over           Kept(id), once its record is durable
      Links(up, down)            state of the trunks      -
      Progress(call, what, ...)  of a call that we lead   -
      Stands(call, ...)          of one that goes through -
      Described(call, side, ...) of a call that is carried  Accept(call, body, side), of a change
      Refer(n, call, by, to)     a side hands the other   Answer(n, ...): how it stands (100-199), then what came of it;
                                 one on                   200: let the side go that asked

    the house says, of calls that it leads itself          the switch
      Dial(call, ...)                                      calls somebody with this sound of ours
      Ring(call), Accept(call, body), HangUp(call, ...)    180; 200 with our sound; BYE, CANCEL or a refusal.
      Change(call, body)                                   offers to go on by something else: by fax packets
    HangUp also ends a call that goes through, and what is left of one that was handed on.

Calls that the house leads have one leg in the switch, and their sound is the house's. Their records are the house's
too: when the two lose each other, these calls end.

The sound of calls that it carries goes through the house where `Carry` has session descriptions: then each side speaks
with the house, and neither hears of what the other one describes. Else descriptions cross as they came.

`n` counts questions of one connection. A question that is not answered in time is answered by the switch, closed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from masstransit.channels.sip.message import Header
from masstransit.model.signalling import Step

Side: TypeAlias = Literal["near", "far"]  #: of a carried call: who calls, who is called

READ = frozenset({
    "from", "to", "call-id", "contact", "expires", "authorization", "proxy-authorization", "p-asserted-identity",
    "p-preferred-identity", "privacy", "identity", "date", "diversion", "geolocation", "geolocation-routing",
    "x-end-user", "x-purpose", "x-voice", "x-campaign",
})  #: headers that the house is shown  # fmt: skip
MARK = "x-masstransit-mark"  #: which installation a call has been through
LONGEST_LINE = 1 << 18  #: bytes: a datagram's headers, escaped, fit in


class Here(msgspec.Struct, frozen=True, kw_only=True, tag="here"):
    """The switch serves."""

    host: str
    port: int
    live: dict[str, str] = {}  #: calls that are going on, with their accounts


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the house is shown of a request. Values are as they came, unfolded."""

    n: int
    source: str  #: IP address it came from
    port: int
    link: str = ""  #: the trunk it came in by; "": from a customer, or nobody known
    uri: str  #: the Request-URI
    headers: tuple[Header, ...]  #: those that the house reads


class Invite(Request, frozen=True, kw_only=True, tag="invite"):
    """A call is offered. Offered, not yet let in: the house looks who it is."""

    body: str = ""  #: its session description
    relays: bool = False  #: whoever asks can put our sound between the two sides


class Register(Request, frozen=True, kw_only=True, tag="register"):
    """Somebody registers (RFC 3261 section 10.3)."""


class Refer(msgspec.Struct, frozen=True, kw_only=True, tag="refer"):
    """One side of a call that goes on hands the other one on: a customer's side, as the switch knows. In a call that
    the house leads the person is "far", and whoever they talk to is handed on."""

    n: int
    call: str  #: CA...
    by: Side  #: who asks
    source: str  #: IP address it came from
    to: str  #: the URI of whoever is to take its place
    replaces: str = ""  #: CA... of the call of the same account whose other side is to take its place; "": a new call
    replaces_by: Side = "near"  #: as what it takes part in that one


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag="answer"):
    """What is answered: a refusal, a challenge, that somebody is registered, or how handing on stands."""

    n: int
    status: int
    phrase: str
    headers: tuple[Header, ...] = ()


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call goes: a trunk by its name, or a registered contact."""

    link: str = ""
    host: str = ""
    port: int = 0
    user: str  #: whom it asks for there


class Carry(msgspec.Struct, frozen=True, kw_only=True, tag="carry"):
    """Let a call go on: to the first of these that takes it."""

    n: int
    call: str  #: CA...
    account: str
    inbound: bool = False
    internal: bool = False
    sender: str  #: as the record has it
    recipient: str
    shown: str  #: the caller as the far leg is told: digits with a plus, or a name
    name: str = ""  #: and what is shown with it
    purpose: str = ""
    campaign: str = ""
    end_user: str = ""
    trunk: str = ""  #: that it came in by
    targets: tuple[Target, ...]
    headers: tuple[Header, ...] = ()  #: that the far leg is given
    offer: str = ""  #: our session description for the far side; "": the sound goes by other ways, and theirs cross
    answer: str = ""  #: and for the near side: an answer, or an offer where it made none

    def begun(self, at: datetime, source: str = "") -> Ended:
        """What its record begins with: so far nobody has taken the call."""
        return Ended(
            id=self.call,
            account=self.account,
            source=source,
            inbound=self.inbound,
            internal=self.internal,
            sender=self.sender,
            recipient=self.recipient,
            purpose=self.purpose,
            campaign=self.campaign,
            end_user=self.end_user,
            trunk=self.trunk,
            offered_at=at,
            ended_at=at,
            status=503,
            released_by="house",
        )


class Take(msgspec.Struct, frozen=True, kw_only=True, tag="take"):
    """The house leads this call itself: what becomes of it is said later."""

    n: int
    call: str  #: CA...


class Dial(msgspec.Struct, frozen=True, kw_only=True, tag="dial"):
    """Call somebody for the house: the first of these that takes it."""

    call: str  #: CA...
    shown: str  #: the caller, as in `Carry`
    name: str = ""
    targets: tuple[Target, ...]
    headers: tuple[Header, ...] = ()
    body: str  #: our session description, an offer


class Ring(msgspec.Struct, frozen=True, tag="ring"):
    """Say to who calls that it rings."""

    call: str


class Accept(msgspec.Struct, frozen=True, tag="accept"):
    """Take the call, or agree to a change of it."""

    call: str
    body: str  #: our session description; "": what was asked for is nothing that we speak (488)
    side: Side | None = None  #: of a carried call: who asked for the change


class Change(msgspec.Struct, frozen=True, tag="change"):
    """Offer the other side of a call that we lead to go on by something else than sound."""

    call: str
    body: str  #: our session description, an offer


class HangUp(msgspec.Struct, frozen=True, tag="hang-up"):
    """End the call; one that is not answered is turned away with the status."""

    call: str
    status: int = 480


class Progress(msgspec.Struct, frozen=True, kw_only=True, tag="progress"):
    """How a call goes that the house leads."""

    call: str
    what: Literal["ringing", "answered", "changed", "agreed", "declined", "over"]
    link: str = ""  #: the trunk that it goes by
    #: the other side's session description: of an answer, of a change ("": it wants an offer), of what it agreed to
    body: str = ""
    host: str = ""  #: of a registered contact that was called: where it registered from
    status: int = 200  #: of one that is over
    cause: int | None = None
    by: str = ""  #: who ended it, as in `Ended`
    steps: tuple[Step, ...] = ()  #: what went over the wire so far


class Described(msgspec.Struct, frozen=True, kw_only=True, tag="described"):
    """What a side of a carried call says of its sound, where that goes through the house."""

    call: str
    side: Side
    what: Literal["early", "answered", "changed"]  #: a change waits for `Accept`
    body: str  #: its session description; of a change "": it wants an offer of ours
    host: str = ""  #: of a registered contact: where it registered from


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag="ended"):
    """A call is over: what its record is made of (`model.call.CallRecord`)."""

    id: str
    account: str  #: "": put through without the house, to an emergency service
    source: str = ""  #: the IP address it came from
    inbound: bool = False
    internal: bool = False
    sender: str
    recipient: str
    purpose: str = ""
    campaign: str = ""
    end_user: str = ""
    trunk: str = ""
    offered_at: datetime
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime
    status: int
    cause: int | None = None
    released_by: str  #: "caller", "callee", "house", "network"
    steps: tuple[Step, ...] = ()  #: what went over the wire until then

    @property
    def stands(self) -> Stands:
        """How far it has come."""
        return Stands(call=self.id, trunk=self.trunk, ringing_at=self.ringing_at, answered_at=self.answered_at)


class Stands(msgspec.Struct, frozen=True, kw_only=True, tag="stands"):
    """How far a call has come that goes through."""

    call: str
    trunk: str = ""
    ringing_at: datetime | None = None
    answered_at: datetime | None = None


class Kept(msgspec.Struct, frozen=True, tag="kept"):
    """A record is durable: the switch may forget it."""

    id: str


class Links(msgspec.Struct, frozen=True, kw_only=True, tag="links"):
    """Which trunks answer."""

    up: tuple[str, ...]
    down: tuple[str, ...]


FromSwitch: TypeAlias = Here | Invite | Register | Ended | Links | Progress | Described | Refer | Stands
FromHouse: TypeAlias = Answer | Carry | Take | Kept | Dial | Ring | Accept | Change | HangUp
Question: TypeAlias = Invite | Register

encode = msgspec.json.Encoder().encode
from_switch = msgspec.json.Decoder(FromSwitch).decode
from_house = msgspec.json.Decoder(FromHouse).decode


def line(said: FromSwitch | FromHouse) -> bytes:
    """A message as it goes over the socket."""
    return encode(said) + b"\n"
