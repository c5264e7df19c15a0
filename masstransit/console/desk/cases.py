"""The desk's cases: what is due next, one whole, and every act in one.

GET  /desk/cases                     open cases, what is due first
GET  /desk/cases/new/{kind}          what has to be told to open one
POST /desk/cases/new/{kind}
GET  /desk/cases/{sid}               one with its deadlines, its record and what can be done
POST /desk/cases/{sid}/do/{name}     an act; what is sent to somebody outside comes as a file
POST /desk/cases/{sid}/note
POST /desk/cases/{sid}/close
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from masstransit.carriage.cases import acts, deadlines, docket
from masstransit.carriage.cases.acts import ACTS, OPENS
from masstransit.console.acting import act as did
from masstransit.console.asking import Answer, Asked, File, Page, Shown, Went, act, instant, page
from masstransit.console.house import House
from masstransit.errors import NotFound
from masstransit.model.case import KINDS, NEVER
from masstransit.model.user import Right

_LONG = frozenset({"samples", "because", "work", "material", "statement", "wording", "address"})


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a form, as the struct that reads it declares it."""

    name: str
    called: str
    required: bool
    sort: str  #: text | yes-no | instant | long


def fields_of(struct: type[msgspec.Struct]) -> Sequence[Field]:
    """What has to be told, and what may be."""
    return [
        Field(name=each.name, called=each.name.replace("_", " "), required=each.required, sort=_sort(each))
        for each in msgspec.structs.fields(struct)
    ]


def _sort(field: Any) -> str:
    told = str(field.type)
    if "bool" in told:
        return "yes-no"
    if "datetime" in told:
        return "instant"
    return "long" if field.name in _LONG or "tuple" in told else "text"


async def listed(house: House, asked: Asked) -> Answer:
    """Open cases."""
    part, kind = asked.slice(instant, str), asked.query.get("kind") or None
    found = await house.database.read(lambda c: docket.open_cases(c, part, kind=kind))
    values = {
        "sheet": found,
        "kinds": KINDS,
        "kind": kind,
        "opens": sorted(OPENS),
        "never": NEVER,
        "says": deadlines.says,
    }
    return Shown("desk/cases.html", {"sheet": found, **values})


async def one(house: House, asked: Asked) -> Answer:
    """One case whole."""
    found = await house.database.read(lambda c: docket.whole(c, asked.parts["sid"]))
    kind = KINDS[found.case.kind]
    can = {name: (does, fields_of(does.reads)) for name, does in ACTS.get(kind.name, {}).items()}
    return Shown("desk/case.html", {"found": found, "kind": kind, "can": can, "says": deadlines.says})


async def new(house: House, asked: Asked) -> Answer:
    """What has to be told to open one."""
    kind, opens = asked.parts["kind"], OPENS.get(asked.parts["kind"])
    if opens is None:
        raise NotFound(f"there is no kind of case '{kind[:32]}'")
    return Shown("desk/case_new.html", {"kind": KINDS[kind], "fields": fields_of(opens.reads)})


async def open_one(house: House, asked: Asked) -> Answer:
    """Open it."""
    kind, told, word = asked.parts["kind"], _told(asked), asked.word(asked.form.get("because"))

    def keep(connection: Connection) -> str:
        return acts.open_case(connection, house.ledger, kind, told, word, calendar=house.business_days)

    sid = await did(house, asked, "case-opened", kind, keep, account=told.get("account", ""))
    return Went(f"/desk/cases/{sid}", f"{sid} is open.")


def _told(asked: Asked) -> Mapping[str, str]:
    """What a form tells an act: its own fields, those left out that were left empty."""
    given = {name.removeprefix("f-"): asked.form.get(name) for name in asked.form.fields if name.startswith("f-")}
    return {name: value for name, value in given.items() if value}


async def do(house: House, asked: Asked) -> Answer:
    """An act. What it makes for somebody outside is saved by the browser."""
    sid, name, told = asked.parts["sid"], asked.parts["name"], _told(asked)
    word = asked.word(asked.form.get("because"))

    def keep(connection: Connection) -> tuple[Mapping[str, Any], bool]:
        sends = acts.act_of(connection, sid, name).sends
        made = acts.do(connection, house.ledger, sid, name, told, word, calendar=house.business_days)
        return made, sends

    made, sends = await did(house, asked, f"case-{name}"[:48], sid, keep)
    if sends:
        return File(f"{sid}-{name}.json", msgspec.json.format(msgspec.json.encode(made)))
    return Went(f"/desk/cases/{sid}", f"Done: {name}.")


async def note(house: House, asked: Asked) -> Answer:
    """A word for the record."""
    sid, word = asked.parts["sid"], asked.word(asked.form.need("because", "Note"))

    def keep(connection: Connection) -> None:
        acts.note(connection, house.ledger, sid, word, calendar=house.business_days)

    await did(house, asked, "case-noted", sid, keep)
    return Went(f"/desk/cases/{sid}", "It is on record.")


async def close(house: House, asked: Asked) -> Answer:
    """End it."""
    sid, outcome = asked.parts["sid"], asked.form.need("outcome", "Outcome")
    word = asked.word(asked.form.need("because", "Why"))

    def keep(connection: Connection) -> None:
        acts.close(connection, house.ledger, sid, outcome, word, calendar=house.business_days)

    await did(house, asked, "case-closed", sid, keep, told={"outcome": outcome})
    return Went("/desk/cases", f"{sid} is closed: {outcome}.")


PAGES: Sequence[Page] = (
    page("/desk/cases", Right.WATCH, listed),
    page("/desk/cases/new/{kind}", Right.WORK_CASES, new),
    act("/desk/cases/new/{kind}", Right.WORK_CASES, open_one),
    page("/desk/cases/{sid}", Right.WATCH, one),
    act("/desk/cases/{sid}/do/{name}", Right.WORK_CASES, do),
    act("/desk/cases/{sid}/note", Right.WORK_CASES, note),
    act("/desk/cases/{sid}/close", Right.WORK_CASES, close),
)
