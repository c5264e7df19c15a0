"""A customer's log of calls: what their numbers called and were called by, and how each was decided.

GET  /account/log/calls           by day, number, status and verdict
GET  /account/log/calls/figures   how they went by campaign, number and so on, held to the lines of the clauses
GET  /account/log/calls/{sid}     one, with its signalling, its recordings and its decision cards
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from masstransit.console import rollups
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, page
from masstransit.console.calling import identity_of, ladder_of, recordings_of
from masstransit.console.customer.log import CARDS, cards, part_of
from masstransit.console.house import House
from masstransit.errors import NotFound
from masstransit.model.call import ENDED
from masstransit.model.user import Right
from masstransit.storage import calls, decisions, scheduled_calls, traffic_log, verdicts

STATUSES = (
    "queued", "ringing", "in-progress", "completed", "busy", "no-answer", "canceled", "failed", "refused",
)  # fmt: skip


async def listed(house: House, asked: Asked) -> Answer:
    """The log, or the part of it that is asked for."""
    return await part_of(house, asked, traffic_log.calls_of, "customer/calls.html", STATUSES)


async def one(house: House, asked: Asked) -> Answer:
    """A call, and what was decided about it: before it rang, and by its end."""
    account, sid = asked.who.account, asked.parts["sid"]

    def look(connection: Connection) -> Answer:
        row = calls.find(connection, account, sid)
        if row is None and scheduled_calls.fetch(connection, account, sid) is not None:
            return Went("/account/log/calls/to-come")
        if row is None:
            raise NotFound(f"there is no call {sid[:40]} in your log")
        told = [each for about in (sid, sid + ENDED) for each in verdicts.about(connection, account, about)]
        made = [decisions.read(each) for each in told[:CARDS]]
        offer = next((each for each in made if each.id == row.decision), None)
        shown = {
            "row": row,
            "record": calls.read(row) if row.ended_at is not None else None,
            "cards": cards(connection, house, account, made),
            "identity": identity_of(offer),
            "ladder": ladder_of(row, made, trunks=False),
            "recordings": recordings_of(connection, account, sid),
        }
        return Shown("customer/call.html", shown)

    return await house.database.survey(look)


async def figures(house: House, asked: Asked) -> Answer:
    """How they went."""
    by, day = asked.query.get("by") or "campaign", asked.query.get("day")
    rolled = await rollups.rolled(house, asked.who.account, by, day, asked.now, masked=False)
    ways = {way: called for way, called in rollups.WAYS.items() if way != "trunk"}  # which are the operator's
    return Shown("customer/call_figures.html", {"rolled": rolled, "ways": ways})


PAGES: Sequence[Page] = (
    page("/account/log/calls", Right.READ_LOG, listed),
    page("/account/log/calls/figures", Right.READ_LOG, figures),
    page("/account/log/calls/{sid}", Right.READ_LOG, one),
)
