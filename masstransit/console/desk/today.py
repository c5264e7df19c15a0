"""The desk's first page: what was decided today, by verdict and rule, and what waits for a person.

GET  /desk          the page
GET  /desk/live     its numbers, told anew as they change
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.clause import Clause
from masstransit.console import charts
from masstransit.console.asking import Answer, Asked, Live, Page, Shown, page
from masstransit.console.house import House
from masstransit.model.communication import Moment
from masstransit.model.decision import Verdict
from masstransit.model.user import Right
from masstransit.storage import appeals, queue, reviews, tallies

_DAY = timedelta(days=1)
_MOST_RULES, _MOST_SENDERS = 12, 6
_STOPPED = (Verdict.HOLD.name, Verdict.REFUSE.name)


class Spoke(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that spoke, and how often."""

    rule: str
    verdict: str
    count: int
    says: str


async def today(house: House, asked: Asked) -> Answer:
    """The page."""
    return Shown("desk/today.html", await _look(house, asked.now))


async def live(house: House, asked: Asked) -> Answer:
    """Its numbers, as they change."""
    return Live("desk/today_numbers.html", lambda: _look(house, house.clock.now()))


async def _look(house: House, now: datetime) -> Mapping[str, Any]:
    def look(connection: Connection) -> Mapping[str, Any]:
        since = now - _DAY
        summed = tallies.summed(connection, since, now + _DAY)
        waiting = queue.waiting_holds(connection, at_most=1)
        ended = queue.ended_holds(connection, since)
        return {
            "offers": _by_verdict(summed, Moment.OFFER),
            "knocks": _by_verdict(summed, Moment.ADMISSION),
            "rules": spoken(summed, says(house)),
            "chart": charts.hours(tallies.hourly(connection, since, now + _DAY, moment=str(Moment.OFFER.name)), now),
            "senders": tallies.busiest(connection, since, _STOPPED, _MOST_SENDERS),
            "held": queue.holds_by_clause(connection),
            "nearest": waiting[0] if waiting else None,
            "ended": ended,
            "second": len(reviews.waiting(connection, "", 1000)),
            "appeals": appeals.undecided(connection),
            "capacity": house.settings.capacity,
            "now": now,
        }

    return await house.database.survey(look)


def _by_verdict(summed: Sequence[Row[Any]], moment: Moment) -> Mapping[str, int]:
    counted: Counter[str] = Counter()
    for row in summed:
        if row.moment == moment.name:
            counted[row.verdict] += row.total
    return {verdict.name: counted[verdict.name] for verdict in Verdict}


def says(house: House) -> Mapping[str, str]:
    """Rule -> what it asks, in a few words."""
    policy: Sequence[Clause] = house.in_force.policy
    return {made.id: made.says for clause in policy for made in clause.rules()}


def spoken(summed: Sequence[Row[Any]], said: Mapping[str, str]) -> Sequence[Spoke]:
    """The rules that spoke against something, the most often first; `said` is what each asks."""
    spoke = [
        Spoke(rule=row.rule, verdict=row.verdict, count=row.total, says=said.get(row.rule, ""))
        for row in summed
        if row.rule and row.verdict != Verdict.ALLOW.name and row.moment != Moment.OUTCOME.name
    ]
    return sorted(spoke, key=lambda each: (-each.count, each.rule))[:_MOST_RULES]


PAGES: Sequence[Page] = (page("/desk", Right.WATCH, today), page("/desk/live", Right.WATCH, live))
