"""Appeals at the desk: open ones by the day on which they are due, and the word on one.

GET  /desk/appeals            open
GET  /desk/appeals/{sid}      one: what it is against, and the customer's words
POST /desk/appeals/{sid}      uphold or overturn, by somebody who had no part in what it is against
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from masstransit.carriage import appeals
from masstransit.console.acting import act as did
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, page
from masstransit.console.house import House
from masstransit.errors import NotFound
from masstransit.model.user import Right
from masstransit.storage import appeals as kept
from masstransit.storage import decisions, standing

_OUTCOMES = (appeals.UPHELD, appeals.OVERTURNED)


async def listed(house: House, asked: Asked) -> Answer:
    """Those that are open, the first due first."""
    return Shown("desk/appeals.html", {"appeals": await house.database.read(kept.undecided)})


async def one(house: House, asked: Asked) -> Answer:
    """One, with what it is against."""
    sid = asked.parts["sid"]

    def look(connection: Connection) -> Mapping[str, Any]:
        row = kept.locate(connection, sid)
        if row is None:
            raise NotFound(f"there is no appeal {sid[:40]}")
        involved = appeals.involved(connection, row)
        return {
            "row": row,
            "step": standing.find(connection, row.about, row.account),
            "decision": decisions.locate(connection, row.about),
            "involved": involved,
            "mine": asked.word().is_among(involved),
        }

    return Shown("desk/appeal.html", dict(await house.database.read(look)))


async def decide(house: House, asked: Asked) -> Answer:
    """The word on it."""
    sid, word = asked.parts["sid"], asked.word(asked.form.need("because", "Why"))
    overturn = asked.form.one_of("outcome", _OUTCOMES, "Decision") == appeals.OVERTURNED

    def keep(connection: Connection) -> int:
        return appeals.decide(connection, house.ledger, sid, word, overturn=overturn)

    freed = await did(house, asked, "appeal-decided", sid, keep, told={"overturned": overturn})
    house.released()
    undone = f" and undone; {freed} messages go out" if overturn else ""
    return Went("/desk/appeals", f"{sid} is decided{undone}. Its customer is told why.")


PAGES: Sequence[Page] = (
    page("/desk/appeals", Right.WATCH, listed),
    page("/desk/appeals/{sid}", Right.WATCH, one),
    act("/desk/appeals/{sid}", Right.WORK_CASES, decide),
)
