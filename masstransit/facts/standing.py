"""Facts about standing: the steps that stand against whoever a message comes from, and how much a throttle leaves.

A step is against a unit: a number, a campaign, an end user, an account (a subaccount is one), and reaches what is sent
by that unit alone. One against an owner's account reaches its subaccounts. Warnings stop nothing, and are not learned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.counters import Counters, Take
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.complaints import KeptAgainst, reaches
from masstransit.facts.fact import Fact
from masstransit.facts.traffic import Counting, is_new
from masstransit.model.communication import Communication, Direction, Kind, Purpose
from masstransit.model.subject import Subject
from masstransit.storage import standing

#: What a person waits for, or began: a throttle and a block leave it alone.
AWAITED = (Purpose.OTP, Purpose.EMERGENCY, Purpose.CONVERSATION)
_CALLED_FOR = (Purpose.OTP, Purpose.EMERGENCY)
_BURST_SECONDS = 10.0  # a throttle's places of so many seconds may be taken at once, as an account's rate has it


def is_awaited(offer: Communication) -> bool:
    """Whether a person waits for it, or began. That a call is for talking says neither: who answers was not asked."""
    return offer.purpose in (AWAITED if offer.kind.among(Kind.TEXT) else _CALLED_FOR)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the ladder that stands."""

    step: str  #: its name: ST...
    account: str  #: whose it is: the sender's account, or its owner
    scope: str  #: number | campaign | end_user | account
    what: str  #: throttle | block | suspend
    clause: str
    rule: str  #: that found what it is for
    reason: str
    per_minute: float | None = None  #: what it leaves as a throttle; None: what is usual
    silent: bool = False  #: its customer may not be told of it
    since: datetime
    until: datetime | None = None


class Steps(Fact, frozen=True, kw_only=True):
    """The steps that reach this subject, the oldest first."""

    of_parties = True

    standing: tuple[Step, ...] = ()

    def of(self, what: str) -> Iterator[Step]:
        """Those of one kind: throttle, block, suspend."""
        return (step for step in self.standing if step.what == what)


class Pace(Fact, frozen=True, kw_only=True):
    """Whether a throttle leaves room for this message; there is room where none reaches it."""

    throttle: Step | None = None  #: the throttle that leaves no room
    per_minute: float = 0.0  #: messages that it leaves
    retry_after: float = 0.0  #: seconds until it leaves room


_NONE, _ROOM = Steps(), Pace()


class StepBook(KeptAgainst):
    """Learns `Steps`; a new one bites within half a second."""

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Steps]:
        found = await self.of(subject.account for subject in batch)
        if not any(found.values()):
            return [_NONE] * len(batch)
        return [self._against(subject, found[subject.account]) for subject in batch]

    def _against(self, subject: Subject, rows: Sequence[Row[Any]]) -> Steps:
        owner = self._roots.of(subject.account)
        mine = tuple(_step(row) for row in rows if reaches(row, subject, owner))
        return Steps(standing=mine) if mine else _NONE

    def _rows(self, connection: Connection, of: Collection[str], now: datetime) -> Sequence[Row[Any]]:
        return standing.acting(connection, of, now)


def _step(row: Row[Any]) -> Step:
    return Step(
        step=row.step_id,
        account=row.account,
        scope=row.scope,
        what=row.step,
        clause=row.clause,
        rule=row.rule,
        reason=row.reason,
        per_minute=row.per_minute,
        silent=bool(row.silent),
        since=row.since,
        until=row.expires_at,
    )


class Paces(Counting):
    """Learns `Pace`: of a throttled unit so many messages a minute pass, as many as its step leaves and `per_minute` at
    the most. Nothing is counted where nothing is throttled, and nothing of what a person waits for."""

    def __init__(self, counters: Counters, clock: Clock, book: StepBook, *, per_minute: float) -> None:
        super().__init__(counters, clock)
        self._book = book
        self._per_minute = per_minute

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        places: dict[Step, list[int]] = defaultdict(list)
        for place, (subject, steps) in enumerate(zip(batch, await self._book.learn(batch), strict=True)):
            throttle = min(steps.of("throttle"), key=self._left, default=None)
            if throttle is not None and _is_slowed(subject):
                places[throttle].append(place)
        learned: list[Any] = [_ROOM] * len(batch)
        for throttle, slowed in places.items():
            column = await self._of_throttle(throttle, [batch[place] for place in slowed])
            for place, pace in zip(slowed, column, strict=True):
                learned[place] = pace
        return learned

    def _left(self, throttle: Step) -> float:
        return self._per_minute if throttle.per_minute is None else min(throttle.per_minute, self._per_minute)

    async def _of_throttle(self, throttle: Step, subjects: Sequence[Subject]) -> Sequence[Any]:
        left = self._left(throttle)
        rate = left / 60.0
        taking = Take(throttle.account, f"pace:{throttle.step}", rate, max(1, round(rate * _BURST_SECONDS)))
        try:
            (taken,) = await self._ask([msgspec.structs.replace(taking, want=len(subjects))])
        except CountersUnavailable as gone:
            return [Unknown(str(gone))] * len(subjects)
        for subject in subjects[: taken.allowed]:
            self._can_undo(subject.id, msgspec.structs.replace(taking, want=-1))
        late = Pace(throttle=throttle, per_minute=left, retry_after=taken.retry_after)
        return [_ROOM] * taken.allowed + [late] * (len(subjects) - taken.allowed)


def _is_slowed(subject: Subject) -> bool:
    """Whether a throttle is about it: a new message of a customer that nobody waits for."""
    if not isinstance(subject, Communication) or subject.direction is not Direction.OUTBOUND:
        return False
    return is_new(subject) and not is_awaited(subject)
