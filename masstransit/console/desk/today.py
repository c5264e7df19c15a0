"""The desk's first page: what was decided today, by verdict and rule, and what waits for a person.

GET  /desk          the page
GET  /desk/live     its numbers, told anew as they change
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from masstransit.console import charts
from masstransit.console.asking import Answer, Asked, Live, Page, Shown, page
from masstransit.console.house import House
from masstransit.console.traffic import by_verdict, says, spoken
from masstransit.model.communication import Moment
from masstransit.model.decision import Verdict
from masstransit.model.user import Right
from masstransit.storage import appeals, queue, tallies

_DAY = timedelta(days=1)
_MOST_SENDERS = 6
_STOPPED = (Verdict.HOLD.name, Verdict.REFUSE.name)


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
            "offers": by_verdict(summed, Moment.OFFER),
            "knocks": by_verdict(summed, Moment.ADMISSION),
            "rules": spoken(summed, says(house)),
            "chart": charts.hours(tallies.hourly(connection, since, now + _DAY, moment=str(Moment.OFFER.name)), now),
            "senders": tallies.busiest(connection, since, _STOPPED, _MOST_SENDERS),
            "held": queue.holds_by_clause(connection),
            "nearest": waiting[0] if waiting else None,
            "ended": ended,
            "appeals": appeals.undecided(connection),
            "capacity": house.settings.capacity,
            "now": now,
        }

    return await house.database.survey(look)


PAGES: Sequence[Page] = (page("/desk", Right.WATCH, today), page("/desk/live", Right.WATCH, live))
