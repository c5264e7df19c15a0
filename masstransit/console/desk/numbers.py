"""Numbers at the desk: what holds them, what providers want back, and one whole.

GET  /desk/numbers                       reclamations with their clocks, holds, providers' rules; find one
GET  /desk/numbers/{number}              one: its state, use and cases
POST /desk/numbers/{number}/hold         hold | dispute | port-out | quarantine
POST /desk/numbers/{number}/let-go
GET  /desk/numbers/reclaimed/{sid}       a case: notices, efforts, the customer's contest
POST /desk/numbers/reclaimed/{sid}/effort
POST /desk/numbers/reclaimed/{sid}/answer   what the provider says
GET  /desk/numbers/reclaimed/{sid}/file     what goes to the provider
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

import msgspec
from sqlalchemy import Connection

from masstransit.carriage import inventory, reclamation
from masstransit.console.acting import act as did
from masstransit.console.asking import Answer, Asked, File, Page, Shown, Went, act, page
from masstransit.console.house import House
from masstransit.errors import NotFound
from masstransit.model.user import Right
from masstransit.storage import number_holds, number_usage, numbers, reclamations

_EPOCH = date(1970, 1, 1)


async def listed(house: House, asked: Asked) -> Answer:
    """What is wanted back, what is held."""
    wanted = asked.query.get("find").replace(" ", "")
    if wanted:
        return Went(f"/desk/numbers/{quote(wanted)}")

    def look(connection: Connection) -> Mapping[str, Any]:
        return {
            "cases": reclamations.all_open(connection),
            "holds": number_holds.every(connection),
            "kept": numbers.kept(connection),
            "rules": reclamations.rules(connection),
        }

    return Shown("desk/numbers.html", dict(await house.database.survey(look)))


async def one(house: House, asked: Asked) -> Answer:
    """One number."""
    number = asked.parts["number"]

    def look(connection: Connection) -> Mapping[str, Any]:
        row = numbers.look_up(connection, number)
        if row is None:
            raise NotFound("the inventory has no such number: write it as +14155550100")
        return {
            "row": row,
            "holds": number_holds.of(connection, number),
            "use": list(number_usage.series(connection, number, _EPOCH))[-30:],
            "cases": reclamations.of_number(connection, number),
            "kinds": inventory.HOLDS,
        }

    return Shown("desk/number.html", dict(await house.database.read(look)))


async def hold(house: House, asked: Asked) -> Answer:
    """Something holds it: it is neither sold nor given up nor reclaimed."""
    number, word = asked.parts["number"], asked.word(asked.form.need("because", "Why"))
    kind = asked.form.one_of("kind", tuple(inventory.HOLDS), "What")

    def keep(connection: Connection) -> None:
        inventory.hold(connection, house.ledger, number, kind, word)

    await did(house, asked, f"held-{kind}", _about(number), keep)
    return Went(f"/desk/numbers/{quote(number)}", f"It is held: {kind}.")


async def let_go(house: House, asked: Asked) -> Answer:
    """A hold ends."""
    number, word = asked.parts["number"], asked.word(asked.form.get("because"))
    kind = asked.form.one_of("kind", tuple(inventory.HOLDS), "What")

    def keep(connection: Connection) -> None:
        inventory.let_go(connection, house.ledger, number, kind, word)

    await did(house, asked, f"let-go-{kind}", _about(number), keep)
    return Went(f"/desk/numbers/{quote(number)}", f"It is not held any more: {kind}.")


def _about(number: str) -> str:
    """A number as acts name it: never whole."""
    return f"{number[:5]}***{number[-2:]}"


async def case(house: House, asked: Asked) -> Answer:
    """A reclamation."""
    sid = asked.parts["sid"]

    def look(connection: Connection) -> Mapping[str, Any]:
        row = reclamations.find(connection, sid)
        if row is None:
            raise NotFound(f"there is no case {sid[:40]}")
        return {"row": row, "history": reclamations.history(connection, sid)}

    return Shown("desk/reclamation.html", dict(await house.database.read(look)))


async def effort(house: House, asked: Asked) -> Answer:
    """What was done to prevent it."""
    sid, word = asked.parts["sid"], asked.word(asked.form.need("because", "What was done"))

    def keep(connection: Connection) -> None:
        reclamation.effort(connection, house.ledger, sid, word)

    await did(house, asked, "effort", sid, keep)
    return Went(f"/desk/numbers/reclaimed/{sid}", "It is on record.")


async def answer(house: House, asked: Asked) -> Answer:
    """What the provider says to it."""
    sid, word = asked.parts["sid"], asked.word(asked.form.need("because", "In the provider's words"))
    withdrawn = asked.form.one_of("outcome", ("withdrawn", "insists"), "Answer") == "withdrawn"

    def keep(connection: Connection) -> None:
        reclamation.answer(connection, house.ledger, sid, word, withdrawn=withdrawn)

    await did(house, asked, "provider-answered", sid, keep, told={"withdrawn": withdrawn})
    return Went(f"/desk/numbers/reclaimed/{sid}", "The number stays." if withdrawn else "The case goes on.")


async def file(house: House, asked: Asked) -> Answer:
    """What goes to the provider."""
    sid = asked.parts["sid"]
    shown = await house.database.read(lambda c: reclamation.shown_to_provider(c, sid))
    return File(f"{sid}.json", msgspec.json.format(msgspec.json.encode(shown)))


PAGES: Sequence[Page] = (
    page("/desk/numbers", Right.WATCH, listed),
    page("/desk/numbers/reclaimed/{sid}", Right.WATCH, case),
    page("/desk/numbers/reclaimed/{sid}/file", Right.KEEP_NUMBERS, file),
    act("/desk/numbers/reclaimed/{sid}/effort", Right.KEEP_NUMBERS, effort),
    act("/desk/numbers/reclaimed/{sid}/answer", Right.KEEP_NUMBERS, answer),
    page("/desk/numbers/{number}", Right.WATCH, one),
    act("/desk/numbers/{number}/hold", Right.KEEP_NUMBERS, hold),
    act("/desk/numbers/{number}/let-go", Right.KEEP_NUMBERS, let_go),
)
