"""The budget of wrong stops: how much of what a rule holds and refuses people may find wrong.

A rule that stops lawful traffic does harm, whatever else it stops. So each is measured by what people overturned of
that which it stopped in the last days (`overturning`). Where even the least share that the counts allow for is above
the budget, the rule steps down into shadow by itself: it goes on being heard and recorded, and binds nothing until the
operator has put it back. Small counts prove little: the lower end of the Wilson interval is compared, and a rule is
left alone before enough was overturned.

A rule that carries out a law, or what somebody decided (an order, a suspension), stays in force: of it the operator is
only told. So they are of each demotion.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import sqrt
from statistics import NormalDist
from typing import TypeAlias

import msgspec
from sqlalchemy import Connection

from masstransit.carriage import revising
from masstransit.carriage.overturning import Word
from masstransit.clause import Clause, Rule
from masstransit.clock import Clock
from masstransit.errors import NotFound, StorageUnavailable
from masstransit.gate import Gate
from masstransit.ledger import Ledger
from masstransit.storage import alerts, decisions, demotions, overturns
from masstransit.storage.engine import Database
from masstransit.storage.overturns import Overturned

log = logging.getLogger("masstransit.budget")

_LOOK_EVERY = 2.0  # seconds of real time: so soon each process knows what another one's people said
_NONE = Overturned(subjects=0, accounts=0, people=0)

#: What follows for rules from a person's word against a decision, in sentences; in the transaction that keeps it.
Reckon: TypeAlias = Callable[[Connection, Ledger, datetime], Sequence[str]]


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """The figures (`[budget]` of the settings)."""

    share: float  #: of what a rule stops that people may overturn
    days: float  #: in which it is counted
    least: int  #: overturned messages before which no rule steps down
    confidence: float  #: that the true share is above the budget
    of: Mapping[str, float] = {}  #: rules with a share of their own

    def of_rule(self, rule: str) -> float:
        """The share that people may overturn of what this rule stops."""
        return self.of.get(rule, self.share)


class Reckoning(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule stopped in the budget's days, and what people overturned of it."""

    rule: str
    stopped: int
    overturned: Overturned = _NONE
    budget: float
    spent: bool = False  #: the budget is surely overdrawn

    def __str__(self) -> str:
        """The counts in a clause of a sentence."""
        o = self.overturned
        whose = "1 account" if o.accounts == 1 else f"{o.accounts} accounts"
        people = "1 person" if o.people == 1 else f"{o.people} people"
        return f"{people} overturned {o.subjects} of {self.stopped} that it stopped, of {whose}"


def least_share(overturned: int, stopped: int, confidence: float) -> float:
    """The least share that so many of so many stand for: the lower end of Wilson's interval (1927)."""
    if stopped <= 0 or overturned <= 0:
        return 0.0
    z, share = NormalDist().inv_cdf(confidence), min(overturned / stopped, 1.0)
    middle = share + z * z / (2 * stopped)
    spread = z * sqrt(share * (1 - share) / stopped + z * z / (4 * stopped * stopped))
    return (middle - spread) / (1 + z * z / stopped)


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, and how it stands with people."""

    clause: str
    rule: str
    says: str
    mode: str  #: enforced | shadow
    law: str
    stopped: int  #: messages that it held or refused in the budget's days
    overturned: int  #: of those, by people
    budget: float  #: the share that may be
    note: str  #: in a sentence, where something is to be said
    stepped_down: bool = False  #: it is in shadow because its budget was overdrawn


def watched(
    connection: Connection, clauses: Sequence[Clause], budget: Budget, stays: Mapping[str, str], now: datetime
) -> list[Watched]:
    """Every rule of the policy; `stays` says of each why it never steps down, "" where it may."""
    counts, demoted = reckoned(connection, budget, now), {row.rule: row for row in demotions.in_force(connection)}

    def seen(clause: Clause, made: Rule) -> Watched:
        count = counts.get(made.id) or Reckoning(rule=made.id, stopped=0, budget=budget.of_rule(made.id))
        down = demoted.get(made.id)
        note = demotions.told(down) if down is not None else ""
        if not note and count.spent and stays[made.id]:
            note = f"{count}, more than {count.budget:.1%}; it stays in force"
        return Watched(
            clause=clause.number,
            rule=made.id,
            says=made.says,
            mode="shadow" if down is not None else clause.mode_of(made).value,
            law=made.law,
            stopped=count.stopped,
            overturned=count.overturned.subjects,
            budget=count.budget,
            note=note,
            stepped_down=down is not None,
        )

    return [seen(clause, made) for clause in clauses for made in clause.rules()]


def reinstate(connection: Connection, ledger: Ledger, rule: str, word: Word) -> None:
    """Put a rule back that stepped down by its budget. Raises `NotFound` where it did not."""
    if not demotions.end(connection, rule, word.at, word.by[:128]):
        raise NotFound(f"rule {rule} did not step down: masstransit rules shows how it stands")
    told = {"rule": rule, "ended_at": word.at, "by": word.by, "because": word.because}
    ledger.record(connection, "", "demotion", rule, told, word.at)


def reckoned(connection: Connection, budget: Budget, now: datetime) -> dict[str, Reckoning]:
    """Every rule that stopped anything in the budget's days. What it stopped before the operator last put it back does
    not count."""
    since = now - timedelta(days=budget.days)
    again = {rule: at for rule, at in demotions.put_back(connection).items() if at > since}
    stopped, overturned = decisions.stopped(connection, since), overturns.counted(connection, since)
    for rule, at in again.items():
        stopped |= {rule: decisions.stopped(connection, at, rule).get(rule, 0)}
        overturned |= {rule: overturns.counted(connection, at, rule).get(rule, _NONE)}
    return {rule: _reckoning(rule, count, overturned.get(rule, _NONE), budget) for rule, count in stopped.items()}


def _reckoning(rule: str, stopped: int, overturned: Overturned, budget: Budget) -> Reckoning:
    share = budget.of_rule(rule)
    enough = overturned.subjects >= budget.least
    spent = enough and least_share(overturned.subjects, stopped, budget.confidence) > share
    return Reckoning(rule=rule, stopped=stopped, overturned=overturned, budget=share, spent=spent)


def reckon(
    connection: Connection, ledger: Ledger, rules: Mapping[str, str], budget: Budget, now: datetime
) -> Sequence[str]:
    """Put rules whose budget is overdrawn in shadow, and tell the operator; what was told, a sentence a rule.

    `rules` are those of the policy, each with why it can't step down: "" where it can.
    """
    told = []
    for found in reckoned(connection, budget, now).values():
        if not found.spent or found.rule not in rules:
            continue
        stays = rules[found.rule]
        tell = _insist(connection, found, stays, budget, now) if stays else _demote(connection, ledger, found, now)
        told += list(tell)
    for sentence in told:
        log.warning("%s", sentence)
    return told


def _demote(connection: Connection, ledger: Ledger, found: Reckoning, now: datetime) -> Iterator[str]:
    row = {
        "rule": found.rule,
        "since": now,
        "stopped": found.stopped,
        "overturned": found.overturned.subjects,
        "budget": found.budget,
        "ended_at": None,
        "ended_by": "",
    }
    if not demotions.add(connection, row):
        return
    ledger.record(connection, "", "demotion", found.rule, row, now)
    sentence = (
        f"rule {found.rule} is in shadow: {found}, more than {found.budget:.1%}; when it is mended, put it back with "
        f"masstransit reinstate {found.rule}"
    )
    alerts.warn_operator(connection, found.rule, sentence, now)
    yield sentence


def _insist(connection: Connection, found: Reckoning, stays: str, budget: Budget, now: datetime) -> Iterator[str]:
    if alerts.warned_operator(connection, found.rule, now - timedelta(days=budget.days)):
        return
    sentence = f"rule {found.rule} stops too much: {found}, more than {found.budget:.1%}; it stays in force ({stays})"
    alerts.warn_operator(connection, found.rule, sentence, now)
    yield sentence


class Budgets:
    """Keeps the budget in a process that serves."""

    def __init__(
        self,
        database: Database,
        gate: Gate,
        ledger: Ledger,
        clock: Clock,
        *,
        budget: Budget,
        rules: Mapping[str, str],
    ) -> None:
        self._database = database
        self._gate = gate
        self._ledger = ledger
        self._clock = clock
        self._budget = budget
        self._rules = rules
        self._in_shadow: frozenset[str] = frozenset()
        self._heard: tuple[datetime, int] | None = None  # the last overturns that were reckoned with

    def reckon(self, connection: Connection) -> Sequence[str]:
        """Once in a while: shares change also by what is not overturned, and by days that pass."""
        return reckon(connection, self._ledger, self._rules, self._budget, self._clock.now())

    async def refresh(self) -> None:
        """Reckon with what people overturned since the last look, here or elsewhere, and have the gate go by it."""
        latest = await self._database.read(overturns.latest)
        if latest != self._heard:
            await self._database.write(self.reckon)
            self._heard = latest
        stands = await self._database.read(demotions.in_force)
        in_shadow = frozenset(row.rule for row in stands)
        if in_shadow != self._in_shadow:
            self._gate.put_in_shadow(in_shadow)
            await self._database.write(lambda c: revising.note(c, self._ledger, self._gate, self._clock.now()))
            self._in_shadow = in_shadow
            log.warning("in shadow by their budget: %s", ", ".join(sorted(in_shadow)) or "none")

    async def follow(self) -> None:
        """Refresh every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            try:
                await self.refresh()
            except StorageUnavailable as lost:
                log.warning("the budget waits: %s", lost)
