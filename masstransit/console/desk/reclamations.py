"""Numbers that their providers want back: each case with its clock, its notices, and everything that was done in it.

GET  /desk/numbers/cases                      the open ones, what ends first first; with ?show=closed the others
GET  /desk/numbers/cases/{sid}                one
GET  /desk/numbers/cases/{sid}/for-provider   what goes to the provider with a contest, as a file
POST /desk/numbers/cases/{sid}/effort         what was done to prevent it
POST /desk/numbers/cases/{sid}/answer         what the provider answered: it withdraws, or stands by its word
POST /desk/numbers/cases/{sid}/restore        give back what was reclaimed
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage import reclamation
from masstransit.carriage.overturning import Word
from masstransit.console.acting import note
from masstransit.console.asking import Answer, Asked, File, Page, Show, Shown, Went, act, instant, page
from masstransit.console.desk.numbers import named
from masstransit.console.house import House
from masstransit.errors import NotFound
from masstransit.model.user import Right
from masstransit.storage import contacts, mails, numbers, reclamations

_SHOWN = ("open", "closed")
WITHDRAWN, STANDS = "withdrawn", "stands"  #: what a provider may answer


async def listed(house: House, asked: Asked) -> Answer:
    """Those that are open, or those that were."""
    show = asked.query.one_of("show", _SHOWN, "Which") if asked.query.get("show") else "open"
    if show == "open":
        part, look = asked.slice(str, str), reclamations.waiting
    else:
        part, look = asked.slice(instant, str), reclamations.ended

    def seen(connection: Connection) -> Mapping[str, Any]:
        sheet = look(connection, part)
        reached = contacts.reachable(connection, {row.account for row in sheet.rows})
        return {"sheet": sheet, "reached": reached, "ends": {row.sid: _ends(row) for row in sheet.rows}}

    values = await house.database.read(seen)
    return Shown("desk/reclamations.html", {**values, "show": show, "mail": house.settings.mail})


def _ends(case: Row[Any]) -> datetime:
    """When the number goes back: as its deadline's day begins."""
    return datetime.fromisoformat(case.deadline).replace(tzinfo=UTC)


def _case(connection: Connection, asked: Asked) -> Row[Any]:
    case = reclamations.find(connection, asked.parts["sid"])
    if case is None:
        raise NotFound(f"there is no case {asked.parts['sid'][:40]}")
    return case


async def one(house: House, asked: Asked) -> Answer:
    """One, with all that was done in it."""

    def look(connection: Connection) -> Mapping[str, Any]:
        case = _case(connection, asked)
        row = numbers.look_up(connection, case.number)
        return {
            "case": case,
            "ends": _ends(case),
            "number": named(row) if row is not None else None,
            "state": row.state if row is not None else "not in the inventory",
            "log": reclamations.history(connection, case.sid),
            "mails": mails.about(connection, case.account, case.sid),
            "reached": case.account in contacts.reachable(connection, {case.account}),
        }

    values = await house.database.read(look)
    return Shown("desk/reclamation.html", {**values, "mail": house.settings.mail})


async def for_provider(house: House, asked: Asked) -> Answer:
    """The case with the number's use, as its provider reads it."""

    def look(connection: Connection) -> dict[str, Any]:
        return reclamation.shown_to_provider(connection, _case(connection, asked).sid)

    content = msgspec.json.format(msgspec.json.encode(await house.database.survey(look)))
    return File(f"{asked.parts['sid']}.json", content)


# --- people's words ---------------------------------------------------------------------------------------------------

_Does: TypeAlias = Callable[[Connection, House, Asked, Row[Any], Word], str]


def _act(what: str, does: _Does) -> Show:
    """An act in a case, which leads back to it."""

    async def show(house: House, asked: Asked) -> Answer:
        word = asked.word(asked.form.need("because", "What was said or done"))

        def keep(connection: Connection) -> str:
            case = _case(connection, asked)
            said = does(connection, house, asked, case, word)
            note(connection, house, asked, what, case.sid, account=case.account)
            return said

        said = await house.database.write(keep)
        return Went(f"/desk/numbers/cases/{asked.parts['sid']}", said)

    return show


def _effort(connection: Connection, house: House, asked: Asked, case: Row[Any], word: Word) -> str:
    reclamation.effort(connection, house.ledger, case.sid, word)
    return "It is on record with the case."


def _answer(connection: Connection, house: House, asked: Asked, case: Row[Any], word: Word) -> str:
    withdrawn = asked.form.one_of("answer", (WITHDRAWN, STANDS), "Answer") == WITHDRAWN
    reclamation.answer(connection, house.ledger, case.sid, word, withdrawn=withdrawn)
    return "The case is ended: the number stays." if withdrawn else "The provider stands by its word: the case goes on."


def _restore(connection: Connection, house: House, asked: Asked, case: Row[Any], word: Word) -> str:
    reclamation.restore(connection, house.ledger, case.sid, word)
    return "The number is its holder's again, as it was."


_ONE = "/desk/numbers/cases/{sid}"
PAGES: Sequence[Page] = (
    page("/desk/numbers/cases", Right.WATCH, listed),
    page(_ONE, Right.WATCH, one),
    page(f"{_ONE}/for-provider", Right.KEEP_NUMBERS, for_provider),
    act(f"{_ONE}/effort", Right.KEEP_NUMBERS, _act("reclamation-effort", _effort)),
    act(f"{_ONE}/answer", Right.KEEP_NUMBERS, _act("reclamation-answer", _answer)),
    act(f"{_ONE}/restore", Right.KEEP_NUMBERS, _act("reclamation-restored", _restore)),
)
