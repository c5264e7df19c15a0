"""A customer's calls that are to be made later.

GET   /account/log/calls/to-come              by status, the newest first
POST  /account/log/calls/to-come/{sid}/back   one that waits is not to be made

One that was made is in the log of calls, and no more here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from masstransit.console.acting import note
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, instant, page
from masstransit.console.house import House
from masstransit.errors import Conflict, NotFound
from masstransit.model.user import Right
from masstransit.storage import scheduled_calls
from masstransit.storage.calls import Filters

_HERE = "/account/log/calls/to-come"
#: What became of them by now.
_STATUSES = {scheduled_calls.WAITS: "Waiting", "canceled": "Taken back", "failed": "Not made"}


async def listed(house: House, asked: Asked) -> Answer:
    """The list, or those of it with one status."""
    part, account = asked.slice(instant, str), asked.who.account
    status = asked.query.one_of("status", tuple(_STATUSES), "Status") if asked.query.get("status") else ""

    def look(connection: Connection) -> Any:
        return scheduled_calls.page(connection, account, Filters(status=status or None), part)

    found = await house.database.survey(look)
    shown = {"sheet": found, "status": status, "statuses": _STATUSES, "waits": scheduled_calls.WAITS}
    return Shown("customer/calls_to_come.html", shown)


async def take_back(house: House, asked: Asked) -> Answer:
    """One that waits is not to be made; whoever watches it hears that."""
    account, sid = asked.who.account, asked.parts["sid"]
    row = await house.database.read(lambda c: scheduled_calls.fetch(c, account, sid))
    if row is None:
        raise NotFound(f"there is no call {sid[:40]} to come: it is made, or was never asked for")
    if house.scheduling is None:
        raise Conflict("this house makes no calls just now: what waits is told as not made when its time is over")
    await house.scheduling.take_back(row, lambda c: note(c, house, asked, "call-taken-back", sid))
    return Went(_HERE, f"The call to {row.recipient} is not made.")


PAGES: Sequence[Page] = (
    page(_HERE, Right.READ_LOG, listed),
    act(f"{_HERE}/{{sid}}/back", Right.KEEP_ACCOUNT, take_back),
)
