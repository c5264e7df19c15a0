"""Calls led by documents, on the loopback carrier's phones: the real gate door, records, notices and lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from masstransit.carriage.exchange import Exchange
from masstransit.carriage.recording import Recordings
from masstransit.carriage.registration import Registrations
from masstransit.carriage.signers import Signers
from masstransit.carriage.voice.asking import Asking, Given, Source
from masstransit.carriage.voice.conferences import Conferences
from masstransit.carriage.voice.joining import Parts
from masstransit.carriage.voice.legs import Legs
from masstransit.carriage.voice.live import LiveCalls, Wish
from masstransit.carriage.voice.rooms import Rooms
from masstransit.carriage.voice.scheduling import Scheduling
from masstransit.carriage.webcalls import WebCalls
from masstransit.channels.loopback import Phones
from masstransit.channels.loopback.calls import Handsets, PhoneCall
from masstransit.facts.calls.recording_law import Places, Whereabouts
from masstransit.facts.consent import Roots
from masstransit.gate import Gate
from masstransit.model.decision import Decision, Verdict
from masstransit.policy.clause_13_recording_without_consent import RecordingWithoutConsent
from masstransit.storage import accounts
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import alerts, calls, notices, scheduled_calls
from tests.carriage.house import House
from tests.carriage.voice.sounding import Sounding
from tests.makers import NOON, a_call

T = TypeVar("T")
ANN, BEN, CAT = "+12125550123", "+13055550124", "+13235550125"


class VoiceHouse(House):
    """The house with phones that can be called. With a folder for `sounds` they talk, and can be recorded."""

    def __init__(self, database: Database, keys: Keys, sounds: Path | None = None) -> None:
        super().__init__(database, keys)
        self.handsets = Handsets(Phones([ANN, BEN, CAT]), self.clock)
        self.sounding = Sounding(self.handsets, sounds) if sounds else None
        dialler = self.sounding or self.handsets
        legs = Legs(
            offers=self.calls, dialler=dialler, notices=self.notices, database=database, clock=self.clock,
            process="p1",
        )  # fmt: skip
        self.web = WebCalls(allow_private=True, timeout=2.0)
        asking = Asking(
            database=database,
            signers=Signers(database, keys, self.clock),
            clock=self.clock,
            calls=self.web,
            sounds=self.web,
            allow_private=True,
        )
        judged = Exchange(
            gate=Gate((RecordingWithoutConsent(),), {Whereabouts: Places(database, keys, Roots())}, self.clock),
            database=database,
            ledger=self.ledger,
            keys=keys,
            clock=self.clock,
            registrations=Registrations(database, self.clock, Roots()),
            notices=self.notices,
        )
        self.recordings = Recordings(
            exchange=judged, database=database, ledger=self.ledger, keys=keys, clock=self.clock
        )
        self.parts = Parts(
            legs=legs,
            asking=asking,
            rooms=Rooms(),
            conferences=Conferences(
                recordings=self.recordings, notices=self.notices, database=database, clock=self.clock, process="p1"
            ),
            clock=self.clock,
            recordings=self.recordings,
            base_url="https://api.example.com",
            allow_private=True,
        )
        self.live = LiveCalls(self.parts)
        self.scheduling = self.scheduler()
        self.account = self.token = ""
        self._made = 0

    def scheduler(self, process: str = "p1") -> Scheduling:
        """What makes calls that are due, as in a process that has just begun."""
        return Scheduling(
            offers=self.calls,
            voice=self.live,
            legs=self.parts.legs,
            database=self.database,
            clock=self.clock,
            process=process,
        )

    async def open(self) -> None:
        def make(connection: Any) -> tuple[str, str]:
            row = accounts.create(connection, self.keys, friendly_name="T", now=NOON)
            return row.account, self.keys.unseal(row.token_sealed).decode()

        self.account, self.token = await self.database.write(make)

    async def close(self) -> None:
        await self.live.close()
        await self.web.close()

    async def begin(self, source: Source | str, to: str = ANN, **wish: Any) -> str:
        """A call of the customer's is made; its SID."""
        self._made += 1
        sid = f"CA{self._made:032x}"
        await self.decide(sid, source, to, **wish)
        return sid

    async def decide(self, sid: str, source: Source | str, to: str, **wish: Any) -> Decision:
        call = a_call(id=sid, account=self.account, recipient=to, channel="rest", at=self.clock.now())
        led = Given(f"<Response>{source}</Response>") if isinstance(source, str) else source
        return await self.live.call(call, Wish(source=led, **wish))

    async def schedule(self, after: timedelta, to: str = ANN, **wish: Any) -> str:
        """A call of the customer's is to be made later; its SID."""
        self._made += 1
        sid, now = f"CA{self._made:032x}", self.clock.now()
        call = a_call(id=sid, account=self.account, recipient=to, channel="rest", at=now, send_at=now + after)
        decision = await self.scheduling.schedule(call, Wish(source=Given("<Response><Pause/></Response>"), **wish))
        assert decision.verdict <= Verdict.FLAG
        return sid

    async def scheduled(self) -> dict[str, str]:
        """SID -> status of those that were to be made later, and were not made."""
        rows = await self.database.read(lambda c: c.execute(select(scheduled_calls)).all())
        return {row.sid: row.status for row in rows}

    async def rings(self, number: str = ANN) -> PhoneCall:
        return await until(lambda: next((c for c in self.handsets.calls(number) if c.shown.state == "ringing"), None))

    async def takes(self, number: str = ANN) -> PhoneCall:
        """The phone rings, and its person answers."""
        call = await self.rings(number)
        call.take()
        return call

    async def over(self, sid: str) -> Any:
        """The call as it is on record once it is over."""
        async with asyncio.timeout(10):
            await self.live.ended(self.account, sid)
        return await self.row(sid)

    async def row(self, sid: str) -> Any:
        return next(row for row in await self.rows() if row.sid == sid)

    async def rows(self) -> list[Any]:
        return list(await self.database.read(lambda c: c.execute(select(calls).order_by(calls.c.sid)).all()))

    async def legs(self, parent: str) -> list[Any]:
        await self.parts.legs.drained()
        return [row for row in await self.rows() if row.parent == parent]

    async def alerts(self) -> list[tuple[int, str]]:
        rows = await self.database.read(lambda c: c.execute(select(alerts).order_by(alerts.c.at)).all())
        return [(row.error_code, row.text) for row in rows]

    async def events(self, sid: str) -> list[dict[str, str]]:
        """The events of a call that wait to be told, in order."""
        rows = await self.database.read(lambda c: c.execute(select(notices).where(notices.c.about == sid)).all())
        return sorted((row.body["params"] for row in rows), key=lambda told: int(told["SequenceNumber"]))


async def until(look: Callable[[], T | None], within: float = 5.0) -> T:
    """What `look` finds, as soon as it finds something."""
    async with asyncio.timeout(within):
        while not (found := look()):
            await asyncio.sleep(0.005)
    return found
