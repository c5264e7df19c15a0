"""Customers' appeals: the open ones by their deadline, one with what it is against, and a person's word on it.

GET  /desk/appeals                  the open ones; with ?show=decided those that were decided
GET  /desk/appeals/{sid}            one: the customer's words, what it is against, who may not decide it
POST /desk/appeals/{sid}            uphold what it is against, or overturn it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from masstransit.carriage import appeals
from masstransit.console.acting import note
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, instant, page
from masstransit.console.desk.findings import found
from masstransit.console.house import House
from masstransit.model.user import Right
from masstransit.storage import appeals as stored
from masstransit.storage import decisions, statements

_SHOWN = ("open", "decided")
_OUTCOMES = (appeals.UPHELD, appeals.OVERTURNED)


async def listed(house: House, asked: Asked) -> Answer:
    """Those that wait, or those that were decided."""
    show = asked.query.one_of("show", _SHOWN, "Which") if asked.query.get("show") else "open"
    part, look = asked.slice(instant, str), stored.waiting if show == "open" else stored.decided
    sheet = await house.database.read(lambda c: look(c, part))
    left = {row.sid: house.business_days.left(asked.now, row.due_at) for row in sheet.rows}
    return Shown("desk/appeals.html", {"sheet": sheet, "show": show, "left": left, "days": house.business_days.days})


async def one(house: House, asked: Asked) -> Answer:
    """One, as whoever decides it has to see it."""
    sid = asked.parts["sid"]

    def look(connection: Connection) -> Mapping[str, Any]:
        case = appeals.case(connection, sid)
        row, step = case.appeal, case.step
        name = step.decision if step is not None else row.about
        made = decisions.by_ids(connection, [(row.account, name)]).get((row.account, name)) if name else None
        return {
            "appeal": row,
            "step": step,
            "decision": made,
            "findings": [found(finding) for finding in made.findings] if made is not None else [],
            "involved": case.involved,
            "barred": asked.word().is_among(case.involved),
            "earlier": [each for each in stored.against(connection, row.account, row.about) if each.sid != sid],
            "told": statements.about_appeal(connection, row.account, sid),
            "left": house.business_days.left(asked.now, row.due_at),
        }

    return Shown("desk/appeal.html", await house.database.read(look))


async def decide(house: House, asked: Asked) -> Answer:
    """What it is against stands, or is undone; the customer is told why."""
    sid = asked.parts["sid"]
    outcome = asked.form.one_of("outcome", _OUTCOMES, "Decision")
    word, overturn = asked.word(asked.form.need("because", "Why")), outcome == appeals.OVERTURNED

    def keep(connection: Connection) -> tuple[int, Sequence[str]]:
        row = appeals.case(connection, sid).appeal
        freed = appeals.decide(connection, house.ledger, sid, word, overturn=overturn)
        note(connection, house, asked, f"appeal-{outcome}", sid, account=row.account, told={"against": row.about})
        return freed, house.reckon(connection, house.ledger, word.at) if overturn else ()

    freed, follows = await house.database.write(keep)
    house.released()
    said = [f"{sid} is decided: what it was against {'is undone' if overturn else 'stands'}; its customer is told."]
    if freed:
        said.append(f"{freed:,} messages that waited are let go: the gate looks at each once more.")
    return Went("/desk/appeals", " ".join([*said, *follows]))


PAGES: Sequence[Page] = (
    page("/desk/appeals", Right.WATCH, listed),
    page("/desk/appeals/{sid}", Right.WATCH, one),
    act("/desk/appeals/{sid}", Right.WORK_CASES, decide),
)
