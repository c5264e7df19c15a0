"""Who is in a room, and the room: as the process knows them that carries it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, Protocol

import msgspec
from sqlalchemy import Row

from masstransit.carriage.recording import OnAir, Sound
from masstransit.carriage.video.unit import Unit
from masstransit.model.address import Address
from masstransit.model.change import Participant
from masstransit.model.communication import Kind

SOURCES = ("microphone", "camera", "screen")


class Wire(Protocol):
    """How somebody in a room is told something (`channels/video/socket.py`)."""

    def tell(self, what: str, **told: Any) -> None:
        """It waits for nothing."""
        ...

    def close(self) -> None:
        """That was the last that they were told."""
        ...


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """Where a room's events are told."""

    url: str
    method: str = "POST"


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who wants to come in."""

    account: str
    principal: str  #: SK...: of their access token
    identity: str
    address: Address  #: the identity, read: a number where it is one
    country: str = ""  #: where they say that they are: ISO 3166
    state: str = ""  #: of the United States
    language: str = ""  #: theirs: ISO 639-1


class Seat:
    """Somebody in a room."""

    def __init__(self, sid: str, number: int, who: Coming, wire: Wire, since: datetime) -> None:
        self.sid = sid  #: PA...
        self.number = number  #: in the room, by which clause 13 speaks of them
        self.who = who
        self.wire = wire
        self.since = since
        self.muted: dict[str, set[str]] = {name: set() for name in SOURCES}  #: by whom: "self", "house"
        self.sends: set[str] = set()  #: their sources
        self.leaving: asyncio.TimerHandle | None = None  #: the longest that somebody stays
        self.shown: asyncio.Future[bool] | None = None  #: whether what they were asked stood before them
        self.keys: asyncio.Queue[str] = asyncio.Queue()  #: what they answered

    def participant(self) -> Participant:
        """As clause 13 hears of them."""
        who = self.who
        return Participant(
            leg=self.number,
            address=who.address,
            country=who.country,
            state=who.state,
            language=who.language,
            since=self.since,
        )

    def as_others_see(self) -> dict[str, Any]:
        """What the others in the room are told of them."""
        muted = [name for name, by in self.muted.items() if by]
        return {"sid": self.sid, "identity": self.who.identity, "sources": sorted(self.sends), "muted": muted}


class Room:
    """A room that goes on here."""

    def __init__(self, row: Row[Any], unit: Unit, sound: Sound | None) -> None:
        self.unit = unit  #: what forwards it
        self.account: str = row.account
        self.sid: str = row.sid
        self.name: str = row.name
        self.most = min(row.most, unit.most)
        self.end_user: str | None = row.end_user
        self.records: bool = row.records
        self.basis: str = row.basis
        self.callback = msgspec.convert(row.callback, Callback) if row.callback else None
        self.seats: dict[str, Seat] = {}  #: by their SIDs
        self.over = False
        self.last = 0  #: number of a seat
        self.told = 0  #: how many of its events were
        self.kept: asyncio.Task[None] | None = None
        self.unused: asyncio.TimerHandle | None = None
        self.recording = ""  #: RE...: what keeps, or kept, what is sent
        self.asking: asyncio.Task[None] | None = None  #: whether it may be kept
        self.captures = False  #: it keeps what is sent, just now
        self.air = None if sound is None else self._on_air(sound)  #: None: it can't be recorded

    def _on_air(self, sound: Sound) -> OnAir:
        return OnAir(
            account=self.account,
            sid=self.sid,
            kind=Kind.VIDEO,
            end_user=self.end_user,
            participants={},
            sound=sound,
        )

    def number(self) -> int:
        """The next number of somebody in it."""
        self.last += 1
        return self.last

    def seat(self, name: str) -> Seat | None:
        """Somebody in it, by their SID or identity."""
        return self.seats.get(name) or next((s for s in self.seats.values() if s.who.identity == name), None)

    def seat_of(self, number: int) -> Seat | None:
        """Somebody in it, by their number."""
        return next((seat for seat in self.seats.values() if seat.number == number), None)
