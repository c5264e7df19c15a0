"""The day of the numbers: use is counted, providers' usage rules open cases, in each is done what the clause says is
due, and what was given up ages.

Each part is a transaction of its own, and a day that is done twice, by one process or by several, does nothing twice:
notices, cases and counted days are on record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeAlias

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage import inventory, statements
from masstransit.carriage.reclamation import RULE, case_of, keep
from masstransit.clock import Clock
from masstransit.ledger import Ledger
from masstransit.model.reclamation import Due, Situation
from masstransit.storage import number_holds, number_usage, numbers, reclamations
from masstransit.storage.engine import Database
from masstransit.storage.number_usage import Used

_AT_ONCE = 500  # cases, or numbers, in one transaction
_HOUSE = "the daily job"
_DAY = timedelta(days=1)
_SETTLED = timedelta(minutes=15)  # after midnight, when what was sent before it is on record


#: Does some, after the last one that was seen; gives the last one now, and how many: fewer than `_AT_ONCE` are the end.
_Some: TypeAlias = Callable[..., tuple[str, int]]


class Terms(Protocol):
    """What the clause says (`policy/number_reclamation.py`)."""

    @property
    def notice_days(self) -> tuple[int, ...]: ...

    @property
    def age_days(self) -> int: ...

    def falls_under(self, rule_days: int, *, used: date | None, since: date, today: date) -> bool: ...

    def due(self, case: Situation) -> Due: ...

    def rests_too_long(self, *, kind: str, business: bool, since: date, today: date) -> bool: ...


class Done(msgspec.Struct, kw_only=True):
    """What one day came to."""

    counted: int = 0  #: days of use
    opened: int = 0
    noticed: int = 0
    kept: int = 0  #: cases that ended because the number is used, or serves what keeps it
    waiting: int = 0  #: cases that a hold, a port, a dispute or a suspension stops
    reclaimed: int = 0
    for_sale: int = 0  #: numbers that rested long enough
    too_long: list[str] = []  #: numbers that rest longer than is allowed

    def lines(self) -> list[str]:
        """As it is told."""
        return [
            f"days of use counted: {self.counted:,}",
            f"cases: {self.opened:,} opened, {self.noticed:,} with a notice today, {self.waiting:,} wait",
            f"numbers: {self.kept:,} kept, {self.reclaimed:,} reclaimed, {self.for_sale:,} for sale again",
            *(f"rests for longer than is allowed: {number}" for number in self.too_long),
        ]


class Daily:
    """The job of one day."""

    def __init__(self, database: Database, ledger: Ledger, terms: Terms, clock: Clock) -> None:
        self._database = database
        self._ledger = ledger
        self._terms = terms
        self._clock = clock

    async def run(self, progress: Callable[[int], None] = lambda _: None) -> Done:
        """Everything that is due today. Raises `StorageUnavailable`: what was done by then is done."""
        now, done = self._clock.now(), Done()
        rules = await self._database.read(reclamations.rules)
        asked = bool(rules) or bool(await self._database.read(lambda c: reclamations.opened(c, "", 1)))
        await self._count_use(now, done, today=asked)
        for rule in rules:
            await self._all(partial(self._open_some, rule=rule, now=now, done=done), progress)
        await self._all(partial(self._step_some, now=now, done=done), progress)
        rest = max(timedelta(days=self._terms.age_days), numbers.LEAST_REST)
        done.for_sale = await self._database.write(lambda c: numbers.age(c, now, rest))
        done.too_long = await self._database.read(lambda c: self._resting_too_long(c, _day(now)))
        return done

    async def _all(self, some: _Some, progress: Callable[[int], None]) -> None:
        """Go through everything in the order of names."""
        last, seen, total = "", _AT_ONCE, 0
        while seen == _AT_ONCE:
            last, seen = await self._database.write(partial(some, after=last))
            total += seen
            progress(total)

    async def _count_use(self, now: datetime, done: Done, *, today: bool) -> None:
        """Every day that is over and not counted yet; where any number may be wanted back also `today` as far as it is,
        so that nobody loses one that is used on its last day."""
        last = await self._database.read(number_usage.counted_until)
        day = last + _DAY if last is not None else await self._database.read(number_usage.first_day)
        over = _day(now - _SETTLED)
        while day is not None and (day < over or (today and day <= _day(now))):
            rows = await self._database.survey(partial(number_usage.seen, day=day))
            await self._database.write(partial(number_usage.keep, rows=rows, day=day, over=day < over))
            done.counted += day < over
            day += _DAY

    # --- opening --------------------------------------------------------------------------------------------------

    def _open_some(
        self, connection: Connection, after: str, *, rule: Row[Any], now: datetime, done: Done
    ) -> tuple[str, int]:
        """A case for each number that a provider's rule lets it take."""
        before = now - timedelta(days=rule.days)
        found = reclamations.candidates(connection, rule.provider, before, after=after, limit=_AT_ONCE)
        used = number_usage.last_used(connection, [row.number for row in found])
        deadline = _day(now) + timedelta(days=max(self._terms.notice_days))
        said = f"{rule.provider} asks for use within {rule.days} days: {rule.said}"
        cases = [
            case_of(row, cause=RULE, said=said, opened=_day(now), deadline=deadline)
            for row in found
            if self._terms.falls_under(
                rule.days, used=_at_all(used.get(row.number)), since=_day(row.acquired_at), today=_day(now)
            )
        ]
        made = reclamations.open_cases(connection, cases)
        self._ledger.record_all(connection, [(c["account"], "reclamation", c["sid"], c) for c in made], now)
        done.opened += len(made)
        return found[-1].number if found else after, len(found)

    # --- what is due ----------------------------------------------------------------------------------------------

    def _step_some(self, connection: Connection, after: str, *, now: datetime, done: Done) -> tuple[str, int]:
        cases = reclamations.opened(connection, after, _AT_ONCE)
        which = [case.number for case in cases]
        used, held = number_usage.last_used(connection, which), number_holds.on(connection, which)
        stopped = inventory.sanctions(connection, cases, now)
        for case in cases:
            rests = _rests(case, held.get(case.number, ()), stopped.get(case.number))
            due = self._terms.due(_situation(case, used.get(case.number), _day(now), rests))
            match due.what:
                case "notice":
                    done.noticed += self._notice(connection, case, due, now)
                case "keep":
                    done.kept += keep(connection, self._ledger, case, due.because, now, by=_HOUSE)
                case "reclaim":
                    done.reclaimed += self._reclaim(connection, case, now)
                case "wait":
                    done.waiting += bool(due.because)
        return cases[-1].sid if cases else after, len(cases)

    def _notice(self, connection: Connection, case: Row[Any], due: Due, now: datetime) -> bool:
        """False: another process was quicker."""
        given = sorted({*case.notices, *due.days}, reverse=True)
        deadline = (due.deadline or date.fromisoformat(case.deadline)).isoformat()
        if not reclamations.told(connection, case, given, day=_day(now).isoformat(), deadline=deadline):
            return False
        past = [days for days in due.days if days != min(due.days)]
        late = f"; those of {', '.join(map(str, past))} days were past by then" if past else ""
        reclamations.log(connection, case.sid, "notice", f"the notice of {min(due.days)} days{late}", by=_HOUSE, at=now)
        text = (
            f"The number {case.number} is taken back on {deadline} ({case.sid}): {case.said}. To keep it, use it "
            f"for messages in or out, or say why it is to stay: POST /policy/v1/Reclamations/{case.sid} with Contest"
        )
        told = case._asdict() | {"deadline": deadline}
        statements.of_number(connection, self._ledger, told, statements.RECLAIMING, text=text, at=now)
        return True

    def _reclaim(self, connection: Connection, case: Row[Any], now: datetime) -> bool:
        """Take the number, into aging. False: its holder gave it up before, or another process was quicker."""
        before = numbers.reclaim(connection, case.number, case.account, now)
        outcome = "reclaimed" if before else "withdrawn"
        if not reclamations.change(connection, case.sid, outcome=outcome, before=before or {}, closed_at=now):
            return False
        said = case.said if before else "its holder gave it up"
        reclamations.log(connection, case.sid, "reclaim", said, by=_HOUSE, at=now)
        self._ledger.record(connection, case.account, "reclamation-ended", case.sid, {"outcome": outcome}, now)
        if before is None:
            return False
        text = (
            f"The number {case.number} was taken back ({case.sid}): {case.said}. It rests before anybody else gets it; "
            "until then it can be given back to you: tell the operator why"
        )
        statements.of_number(connection, self._ledger, case._asdict(), statements.RECLAIMED, text=text, at=now)
        return True

    def _resting_too_long(self, connection: Connection, today: date) -> list[str]:
        rests_too_long, resting = self._terms.rests_too_long, numbers.resting(connection)
        return [
            row.number
            for row in resting
            if rests_too_long(kind=row.type, business=row.business, since=_day(row.released_at), today=today)
        ]


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _at_all(used: Used | None) -> date | None:
    return used.at_all if used is not None else None


def _situation(case: Row[Any], used: Used | None, today: date, rests: str) -> Situation:
    return Situation(
        today=today,
        opened=date.fromisoformat(case.opened),
        deadline=date.fromisoformat(case.deadline),
        fixed=case.cause != RULE,
        used=_at_all(used),
        sent=used.sent if used is not None else None,
        notices=tuple(case.notices),
        told=date.fromisoformat(case.told) if case.told else None,
        rests=rests,
        kept_for=case.kept_for,
    )


def _rests(case: Row[Any], held: Sequence[Row[Any]], stopped: Row[Any] | None) -> str:
    """What stands in the way of taking a number meanwhile (rulebook R3, R4)."""
    if held:
        return "; ".join(f"{each.kind}: {each.because}" for each in held)
    if stopped is not None:
        return f"it is under {stopped.step_id}, which is no disconnection"
    if case.holder == "suspended":
        return "its holder is suspended, which is no disconnection"
    if case.contested_at is not None and case.answered_at is None:
        return "its holder contests it, and the provider has not answered"
    return ""
