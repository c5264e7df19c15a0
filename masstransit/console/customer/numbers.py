"""A customer's numbers, and those of them that a provider wants back.

GET   /account/numbers          numbers and short codes, each with its campaign; open cases, the nearest first
GET   /account/numbers/cases    all cases, ended ones too
GET   /account/numbers/{sid}    a case, and what was done in it
POST  /account/numbers/{sid}    contest it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.carriage.reclamation import LONGEST_CONTEST, contest
from masstransit.console.acting import act as did
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, page
from masstransit.console.house import House
from masstransit.errors import NotFound
from masstransit.model.user import Right
from masstransit.storage import numbers, reclamations

_OPEN = 20  # cases on the first page


async def listed(house: House, asked: Asked) -> Answer:
    """Numbers, and what threatens to go."""
    part, account = asked.slice(str), asked.who.account

    def look(connection: Connection) -> Mapping[str, Any]:
        wanted = reclamations.all_open(connection, account)
        return {
            "sheet": numbers.listed(connection, account, part),
            "open": [(case, deadline(case)) for case in wanted[:_OPEN]],
            "open_count": len(wanted),
        }

    return Shown("customer/numbers.html", await house.database.read(look))


def deadline(case: Row[Any]) -> datetime:
    """When the day begins on which a number goes."""
    return datetime.fromisoformat(case.deadline).replace(tzinfo=UTC)


async def cases(house: House, asked: Asked) -> Answer:
    """Every case, the newest first."""
    part = asked.slice(str, str)
    found = await house.database.read(lambda c: reclamations.listed(c, asked.who.account, part))
    return Shown("customer/number_cases.html", {"sheet": found})


def _case(connection: Connection, asked: Asked) -> Row[Any]:
    case = reclamations.find(connection, asked.parts["sid"], asked.who.account)
    if case is None:
        raise NotFound(f"there is no case {asked.parts['sid'][:40]} of a number of yours")
    return case


async def one(house: House, asked: Asked) -> Answer:
    """A case; what we wrote to its provider is ours."""

    def look(connection: Connection) -> Mapping[str, Any]:
        case = _case(connection, asked)
        history = [each for each in reclamations.history(connection, case.sid) if each.what != "effort"]
        return {"case": case, "due": deadline(case), "history": history}

    return Shown("customer/number_case.html", {**await house.database.read(look), "longest": LONGEST_CONTEST})


async def object_to(house: House, asked: Asked) -> Answer:
    """Why the number is to stay; nothing is taken before the provider has answered."""
    text = asked.form.need("contest", "Why it is to stay", longest=LONGEST_CONTEST)
    account, sid = asked.who.account, asked.parts["sid"]

    def keep(connection: Connection) -> None:
        contest(connection, house.ledger, account, sid, text, asked.now)

    await did(house, asked, "contested", sid, keep)
    return Went(f"/account/numbers/{sid}", "Your word is on record: nothing is taken before the provider has answered.")


PAGES: Sequence[Page] = (
    page("/account/numbers", Right.READ_LOG, listed),
    page("/account/numbers/cases", Right.READ_LOG, cases),
    page("/account/numbers/{sid}", Right.READ_LOG, one),
    act("/account/numbers/{sid}", Right.APPEAL, object_to),
)
