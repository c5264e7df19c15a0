"""Calls at the desk: those that go on, how an account's went, and one that a person ends.

    GET  /desk/calls                        what goes on, of everybody or of an account; what was turned away lately
    GET  /desk/calls/live                   what goes on, told anew as it changes
    POST /desk/calls/{account}/{sid}/end    a person ends a call, and says why
    GET  /desk/entities/{account}/calls     how its calls went by unit, held to the lines of the clauses, and the last

The story of one is told where those of messages are (`messages`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection

from masstransit.console import rollups
from masstransit.console.acting import act as did
from masstransit.console.asking import Answer, Asked, Live, Page, Shown, Went, act, instant, page
from masstransit.console.calling import AT_ONCE, under_way
from masstransit.console.desk.unit import unit_of
from masstransit.console.house import House
from masstransit.errors import Conflict, NotFound
from masstransit.model.user import Right
from masstransit.storage import calls, decisions, standing, traffic_log
from masstransit.storage.paging import Slice
from masstransit.storage.traffic_log import Wanted

_STOPPED, _STEPS = 20, 200
_LAST = 20  # calls of an account on one page
_LEADS = ("", "document", "through")


async def listed(house: House, asked: Asked) -> Answer:
    """What goes on, and what was turned away lately."""
    wanted = asked.query.get("id")
    if wanted:
        return Went(f"/desk/messages?id={wanted[:64]}")

    def look(connection: Connection) -> Mapping[str, Any]:
        stopped = decisions.stops(connection, Slice(size=_STOPPED), kind="CA").rows
        steps = standing.all_of(connection, asked.now, at_most=_STEPS)
        return {
            "stopped": stopped,
            "why": {row.id: decisions.read(row).deciding for row in stopped},
            "steps": [step for step in steps if step.clause == "19" or step.rule == "7.8"],
        }

    return Shown("desk/calls.html", {**await _look(house, asked), **await house.database.survey(look)})


async def live(house: House, asked: Asked) -> Answer:
    """What goes on, as it changes."""
    return Live("desk/calls_live.html", partial(_look, house, asked), every=2.0)


async def _look(house: House, asked: Asked) -> Mapping[str, Any]:
    account, lead = asked.query.get("account")[:40], asked.query.get("lead")
    found = await house.database.survey(lambda c: under_way(c, house, account or None))
    shown = [each for each in found if lead not in ("document", "through") or each.led == (lead == "document")]
    return {
        "under_way": shown,
        "account": account,
        "lead": lead if lead in _LEADS else "",
        "all": len(found),
        "cut": len(found) == AT_ONCE,
    }


async def end(house: House, asked: Asked) -> Answer:
    """A person ends a call: on record first, then on the line."""
    account, sid = asked.parts["account"], asked.parts["sid"]
    because = asked.form.need("because", "Why")

    def keep(connection: Connection) -> None:
        row = calls.find(connection, account, sid)
        if row is None:
            raise NotFound(f"{account[:40]} has no call {sid[:40]}")
        if row.ended_at is not None or not house.ongoing.here(account, sid):
            raise Conflict("the call is over, or goes on in another process of the house: end it at that one's pages")

    await did(house, asked, "ended-call", sid, keep, account=account, told={"because": because[:256]})
    house.ongoing.end(account, sid)
    return Went(f"/desk/messages/{sid}", f"On record: {sid} is ended.")


async def of_account(house: House, asked: Asked) -> Answer:
    """How an account's calls went."""
    part = asked.slice(instant, str, size=_LAST)

    def look(connection: Connection) -> Mapping[str, Any]:
        unit = unit_of(connection, asked)
        return {"unit": unit, "sheet": traffic_log.calls_of(connection, unit.account.account, Wanted(), part)}

    seen = await house.database.survey(look)
    by, day = asked.query.get("by") or "campaign", asked.query.get("day")
    rolled = await rollups.rolled(house, seen["unit"].account.account, by, day, asked.now, masked=True)
    return Shown("desk/entity_calls.html", {**seen, "rolled": rolled, "ways": rollups.WAYS})


PAGES: Sequence[Page] = (
    page("/desk/calls", Right.WATCH, listed),
    page("/desk/calls/live", Right.WATCH, live),
    act("/desk/calls/{account}/{sid}/end", Right.WORK_CASES, end),
    page("/desk/entities/{account}/calls", Right.WATCH, of_account),
)
