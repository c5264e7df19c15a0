"""Trunks at fault: where most customers fail on one in the same quarter of an hour, none of them is to blame.

Customers excuse one another only with a past that speaks for them: who fails on every trunk and every day says nothing
of this one, and newcomers alone say too little, however many they are.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from masstransit.counters import Distinct
from masstransit.facts.calls.call_day import ATTEMPTS, CallDay, day_of

_DAY = 86_400.0
_MOST_KNOWN = 100_000  # customers on routes that are remembered
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


class Vote(NamedTuple):
    """What a customer says of a route, as one of those who say so."""

    route: Route
    what: str
    counted: Distinct


class Routes:
    """What customers say of the routes they use."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._here: OrderedDict[tuple[str, Route], Counter[int]] = OrderedDict()
        self._found: OrderedDict[Route, None] = OrderedDict()  # at fault: their calls were taken out of days

    def votes(
        self,
        customer: str,
        added: Mapping[Route, Mapping[int, int]],
        today: Mapping[int, int],
        before: Sequence[CallDay],
    ) -> list[Vote]:
        """What a customer says of each route on which calls of a batch ended: that it fails there, and that it does
        not elsewhere; or that it does well. `today` is its whole day so far, in sums, `before` are its days before."""
        votes: list[Vote] = []
        for route, parts in added.items():
            here = self._here.setdefault((customer, route), Counter())
            here.update(parts)
            if here[ATTEMPTS] < self._faults.calls:
                continue
            fails = self._fails(day_of(here))
            apart = parts if route in self._found else here
            sound = self._is_sound([_less(today, apart), *before]) if fails else None
            said = {_FAILS: fails and sound is not False, _WELL: not fails, _SOUND: bool(sound)}
            votes += [Vote(route, what, _look(customer, route, what, yes)) for what, yes in said.items()]
        while len(self._here) > _MOST_KNOWN:
            self._here.popitem(last=False)
        return votes

    def at_fault(self, votes: Sequence[Vote], answers: Sequence[Any]) -> set[Route]:
        """The routes on which enough customers fail, most of those who use it, and half of them known to do well."""
        counted: dict[Route, dict[str, int]] = defaultdict(dict)
        for vote, seen in zip(votes, answers, strict=True):
            counted[vote.route][vote.what] = seen.count
        bad = {
            route
            for route, said in counted.items()
            if said[_FAILS] >= self._faults.customers
            and said[_FAILS] > said[_WELL]
            and 2 * said[_SOUND] >= said[_FAILS]
        }
        self._found.update(dict.fromkeys(bad))
        while len(self._found) > _MOST_KNOWN:
            self._found.popitem(last=False)
        return bad

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


def _less(sums: Mapping[int, int], part: Mapping[int, int]) -> CallDay:
    return day_of({which: count - part.get(which, 0) for which, count in sums.items()})


def _look(customer: str, route: Route, what: str, yes: bool) -> Distinct:
    """Say so, or take back that one said so."""
    name = (customer,)
    members, drop = (name, ()) if yes else ((), name)
    return Distinct(f"trunk:{route.trunk}", f"{what}:{route.quarter}", _DAY, members, drop)
