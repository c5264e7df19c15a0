"""What decisions come to, out of the tallies, as first pages show it: by verdict, and by the rules that spoke."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row

from masstransit.clause import Clause
from masstransit.console.house import House
from masstransit.model.communication import Moment
from masstransit.model.decision import Verdict


class Spoke(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that spoke, and how often."""

    rule: str
    verdict: str
    count: int
    says: str


def says(house: House) -> Mapping[str, str]:
    """Rule -> what it asks, in a few words."""
    policy: Sequence[Clause] = house.in_force.policy
    return {made.id: made.says for clause in policy for made in clause.rules()}


def by_verdict(summed: Iterable[Row[Any]], moment: Moment) -> Mapping[str, int]:
    """Every verdict with how often it was given at a moment."""
    counted: Counter[str] = Counter()
    for row in summed:
        if row.moment == moment.name:
            counted[row.verdict] += row.total
    return {verdict.name: counted[verdict.name] for verdict in Verdict}


def spoken(summed: Iterable[Row[Any]], said: Mapping[str, str], at_most: int = 12) -> Sequence[Spoke]:
    """The rules that spoke against something, the most often first; `said` is what each asks."""
    spoke = [
        Spoke(rule=row.rule, verdict=row.verdict, count=row.total, says=said.get(row.rule, ""))
        for row in summed
        if row.rule and row.verdict != Verdict.ALLOW.name and row.moment != Moment.OUTCOME.name
    ]
    return sorted(spoke, key=lambda each: (-each.count, each.rule))[:at_most]
