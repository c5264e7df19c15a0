"""Trunks at fault: where most customers fail on one in the same quarter of an hour, none of them is to blame.

Customers excuse one another only with a past that speaks for them: who fails on every trunk and every day says nothing
of this one, and newcomers alone say too little, however many they are.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from masstransit.counters import Distinct
from masstransit.facts.calls.call_day import ATTEMPTS, QUARTER, CallDay, Parts, Unit, add, day_of
from masstransit.model.call import CallRecord

_DAY = 86_400.0
_MOST_KNOWN = 100_000  # customers on routes that are remembered, and calls
_FAILS, _WELL, _SOUND = "fails", "does-well", "sound"


class Route(NamedTuple):
    """A trunk in one quarter of an hour."""

    trunk: str
    quarter: int


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """When a route is at fault: most customers fail on it in the same quarter of an hour."""

    customers: int  #: so many of them at least
    calls: int  #: with so many calls each, or a customer tells nothing
    known: int  #: calls elsewhere, or on a day before, by which a customer is known
    share: float  #: of a customer's calls that failed or ended at once
    unanswered: float  #: ... or that nobody answered
    seconds: float  #: what "at once" is


class Gone(NamedTuple):
    """A call that went by a route and is over."""

    route: Route
    units: tuple[Unit, ...]  #: those it was counted for, the customer last
    parts: Parts  #: what it added to each


class Vote(NamedTuple):
    """What a customer says of a route."""

    customer: str
    fails: bool
    sound: bool  #: it fails, and is known to do well elsewhere


class Routes:
    """What customers say of the routes they use, and the calls that are taken out where one is at fault: those of this
    process, the last hundred thousand."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._here: OrderedDict[tuple[str, Route], dict[int, int]] = OrderedDict()
        self._found: OrderedDict[Route, None] = OrderedDict()  # at fault: their calls were taken out of days
        self._gone: OrderedDict[Route, list[Gone]] = OrderedDict()
        self._kept = 0  # calls in all of these

    def note(self, gone: Sequence[Gone]) -> None:
        """Keep calls, so that they can be taken out."""
        for call in gone:
            self._gone.setdefault(call.route, []).append(call)
        self._kept += len(gone)
        while self._kept > _MOST_KNOWN:
            self._kept -= len(self._gone.popitem(last=False)[1])

    def votes(
        self,
        gone: Sequence[Gone],
        today: Mapping[Unit, Mapping[int, int]],
        before: Mapping[Unit, Sequence[CallDay]],
    ) -> dict[Route, list[Vote]]:
        """What each customer says of each route on which calls of a batch ended: that it fails there, and that it does
        not elsewhere; or that it does well. `today` is a customer's whole day so far, in sums, `before` are its days
        before."""
        batch: dict[tuple[Unit, Route], dict[int, int]] = defaultdict(dict)
        for call in gone:
            add(batch[call.units[-1], call.route], call.parts)
        votes: dict[Route, list[Vote]] = defaultdict(list)
        for (customer, route), parts in batch.items():
            here = self._here.setdefault((customer.tag, route), {})
            add(here, parts.items())
            if here[ATTEMPTS] < self._faults.calls:
                continue
            fails = self._fails(day_of(here))
            apart = parts if route in self._found else here
            sound = self._is_sound([_less(today[customer], apart), *before.get(customer, ())]) if fails else None
            votes[route].append(Vote(customer.tag, fails and sound is not False, bool(sound)))
        while len(self._here) > _MOST_KNOWN:
            self._here.popitem(last=False)
        return votes

    def at_fault(self, routes: Sequence[Route], answers: Sequence[Any]) -> set[Route]:
        """The routes on which enough customers fail, most of those who use it, and half of them known to do well.
        `answers` are those to their `ballots`."""
        counted = [seen.count for seen in answers]
        bad = {
            route
            for route, fail, well, sound in zip(routes, counted[::3], counted[1::3], counted[2::3], strict=True)
            if fail >= self._faults.customers and fail > well and 2 * sound >= fail
        }
        self._found.update(dict.fromkeys(bad))
        while len(self._found) > _MOST_KNOWN:
            self._found.popitem(last=False)
        return bad

    def to_take_out(self, bad: set[Route]) -> dict[Unit, dict[int, int]]:
        """What the calls of these routes come to, by the units they were counted for."""
        sums: dict[Unit, dict[int, int]] = defaultdict(dict)
        for call in (call for route in bad for call in self._gone.get(route, ())):
            for unit in call.units:
                add(sums[unit], call.parts)
        return sums

    def taken_out(self, bad: set[Route]) -> None:
        """They are: forget them."""
        for route in bad:
            self._kept -= len(self._gone.pop(route, ()))

    def _fails(self, day: CallDay) -> bool:
        unanswered = day.attempts - day.answered - day.failed
        return (
            day.failed + day.at_once(self._faults.seconds) >= self._faults.share * day.attempts
            or unanswered >= self._faults.unanswered * day.attempts
        )

    def _is_sound(self, days: Sequence[CallDay]) -> bool | None:
        """Whether a customer does well on more of these days than it fails on; None: too few calls to tell."""
        told = [self._fails(day) for day in days if day.attempts >= self._faults.known]
        return told.count(False) > told.count(True) if told else None


def route_of(record: CallRecord) -> Route:
    """The route that a call went by."""
    return Route(record.trunk, int(record.ended_at.timestamp()) // QUARTER)


def ballots(votes: Mapping[Route, Sequence[Vote]]) -> list[Distinct]:
    """Three counters a route: which customers fail on it, do well on it, and are known to do well elsewhere."""
    return [
        box
        for route, said in votes.items()
        for box in (
            _box(route, _FAILS, [(vote.customer, vote.fails) for vote in said]),
            _box(route, _WELL, [(vote.customer, not vote.fails) for vote in said]),
            _box(route, _SOUND, [(vote.customer, vote.sound) for vote in said]),
        )
    ]


def _box(route: Route, what: str, said: Sequence[tuple[str, bool]]) -> Distinct:
    """Customers who say so, and those who don't, or no longer."""
    yes, no = (tuple(who for who, says in said if says is wanted) for wanted in (True, False))
    return Distinct(f"trunk:{route.trunk}", f"{what}:{route.quarter}", _DAY, yes, no)


def _less(sums: Mapping[int, int], part: Mapping[int, int]) -> CallDay:
    return day_of({which: count - part.get(which, 0) for which, count in sums.items()})
