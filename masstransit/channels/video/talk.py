"""What the house and the forwarding unit say to each other: a line of JSON each, over the unit's standard input and
output. They are heard in the order in which they were said: who is paused before somebody is put through is paused."""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class Said(msgspec.Struct, frozen=True, tag_field="what"):
    """Something that one says to the other."""


# --- the house to the unit -----------------------------------------------------------------------------------------


class Opened(Said, frozen=True, kw_only=True):
    """The first line: what it goes by."""

    hosts: tuple[str, ...]  #: IP addresses of this machine that participants' packets come to
    shown: str = ""  #: the IP address that participants are told instead: of the NAT in front
    folder: str  #: where recordings are kept, a folder each


class Enter(Said, frozen=True, kw_only=True):
    """Somebody is in a room from now on."""

    room: str  #: RM...
    peer: str  #: PA...
    leg: int  #: by which recordings know them
    apart: tuple[str, ...] = ()  #: of those who are in it: whom they neither see nor hear, nor these them


class Offer(Said, frozen=True, kw_only=True):
    """What a participant's browser offers (RFC 8829); what each of its lines is for, by its mid."""

    peer: str
    sdp: str
    lines: dict[str, str]  #: mid -> microphone, camera or screen, which they send; seat or stage, which they get


class Hush(Said, frozen=True, kw_only=True):
    """Nothing of a source is passed on from now on; or it is again."""

    peer: str
    source: str  #: microphone, camera, screen
    muted: bool
    by: str = "house"  #: house | self: each takes back their own


class Drop(Said, frozen=True, kw_only=True):
    """Somebody is out."""

    peer: str


class Capture(Said, frozen=True, kw_only=True):
    """What is sent in a room is kept from this instant on, at first or again."""

    sid: str  #: RE...
    room: str


class Pause(Said, frozen=True, kw_only=True):
    """Nothing more is kept."""

    sid: str


class Finish(Said, frozen=True, kw_only=True):
    """A recording is over. It is answered by `Finished`."""

    sid: str
    keep: bool  #: False: nothing of it is


# --- the unit to the house -----------------------------------------------------------------------------------------


class Ready(Said, frozen=True):
    """It serves."""


class Answer(Said, frozen=True, kw_only=True):
    """The answer to an offer."""

    peer: str
    sdp: str


class Unusable(Said, frozen=True, kw_only=True):
    """An offer that can't be used, and why."""

    peer: str
    why: str


class Shown(Said, frozen=True, kw_only=True):
    """Whom each line of a participant's shows, whenever that changes; and how many lines they would need."""

    peer: str
    lines: dict[str, tuple[str, str]]  #: mid -> participant, source
    seats: int  #: pairs of sound and picture: the others in the room
    stages: int  #: screens that others share


class Lost(Said, frozen=True, kw_only=True):
    """A participant's packets come no more."""

    peer: str


class Finished(Said, frozen=True, kw_only=True):
    """What is left of a recording."""

    sid: str
    seconds: float
    digests: dict[str, str]  #: file -> SHA-256
    whole: bool = True


Told: TypeAlias = Opened | Enter | Offer | Hush | Drop | Capture | Pause | Finish
Tells: TypeAlias = Ready | Answer | Unusable | Shown | Lost | Finished

TOLD = msgspec.json.Decoder(Told)
TELLS = msgspec.json.Decoder(Tells)
LONGEST_LINE = 1 << 18  #: bytes: a description of many lines has some tens of thousands


def line(said: Said) -> bytes:
    """As it goes over the pipe."""
    return msgspec.json.encode(said) + b"\n"
