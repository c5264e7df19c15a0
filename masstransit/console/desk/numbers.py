"""The inventory at the desk: every number, who has it, what holds it, and people's words on it.

    GET  /desk/numbers                    by state, provider, account, or how it begins
    GET  /desk/numbers/rules              after how many days without use providers want numbers back
    POST /desk/numbers/rules              a provider's rule, in its words
    GET  /desk/numbers/{name}             one: holds, use, cases
    POST /desk/numbers/{name}/hold        keep it where it is; /let-go ends that, /ported a port that is done
    POST /desk/numbers/{name}/serves      what it serves, because of which it is never reclaimed
    POST /desk/numbers/{name}/determine   its provider wants it back

A number that somebody has is named by its SID (PN...), so that no address and no act has it whole; one that is for sale
is named by its digits. What providers want back is `reclamations.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row

from masstransit.carriage import inventory, reclamation
from masstransit.carriage.overturning import Word
from masstransit.console.acting import act as did
from masstransit.console.acting import note
from masstransit.console.asking import Answer, Asked, Page, Show, Shown, Went, act, page
from masstransit.console.house import House
from masstransit.errors import BadInput, NotFound
from masstransit.model.address import parse
from masstransit.model.user import Right
from masstransit.storage import number_holds, number_usage, numbers, reclamations

_USE = timedelta(days=90)  # of which the use is shown
_FILTERS = ("state", "provider", "account")


async def listed(house: House, asked: Asked) -> Answer:
    """The inventory, or a part of it."""
    part, wanted = asked.slice(str), {name: asked.query.get(name)[:64] for name in _FILTERS}
    begins, held = _begins(asked.query.get("begins")), asked.query.get("held") == "1"

    def look(connection: Connection) -> Mapping[str, Any]:
        sheet = numbers.inventory(connection, part, begins=begins, held=held, **wanted)
        return {
            "sheet": sheet,
            "holds": number_holds.on(connection, [row.number for row in sheet.rows]),
            "states": numbers.states(connection),
            "wanted": {**wanted, "begins": begins, "held": "1" if held else ""},
        }

    return Shown("desk/numbers.html", await house.database.survey(look))


def _begins(text: str) -> str:
    """How numbers begin that are looked for. Raises `BadInput`."""
    digits = "".join(c for c in text if c not in " -().")
    if not digits:
        return ""
    if not digits.removeprefix("+").isdecimal() or not digits.isascii() or len(digits) > 16:
        raise BadInput("Begins with: digits, with + and the country's code in front of all but short codes")
    return digits


async def one(house: House, asked: Asked) -> Answer:
    """One number."""

    def look(connection: Connection) -> Mapping[str, Any]:
        row = _named(connection, asked)
        since = asked.now.astimezone(UTC).date() - _USE
        use = number_usage.series(connection, row.number, since)
        return {
            "row": row,
            "name": asked.parts["name"],
            "holds": number_holds.of(connection, row.number),
            "kinds": inventory.HOLDS,
            "inbound": sum(each.inbound for each in use),
            "outbound": sum(each.outbound for each in use),
            "last": use[-1].day if use else None,
            "cases": reclamations.of_number(connection, row.number),
        }

    return Shown("desk/number.html", await house.database.survey(look))


def _named(connection: Connection, asked: Asked) -> Row[Any]:
    """The number that an address names. Raises `NotFound`."""
    name = asked.parts["name"]
    row = numbers.by_sid(connection, name)
    if row is None and name.isascii() and name.isdecimal():
        row = numbers.look_up(connection, f"+{name}") or numbers.look_up(connection, name)
    if row is None:
        raise NotFound(f"the inventory has no number {name[:40]}")
    return row


# --- people's words ---------------------------------------------------------------------------------------------------

_Does: TypeAlias = Callable[[Connection, House, Asked, Row[Any], Word], str]


def _act(what: str, does: _Does) -> Show:
    """An act about a number, which leads back to its page."""

    async def show(house: House, asked: Asked) -> Answer:
        word = asked.word(asked.form.need("because", "Why"))

        def keep(connection: Connection) -> tuple[str, str]:
            row = _named(connection, asked)
            said = does(connection, house, asked, row, word)
            note(connection, house, asked, what, row.sid or parse(row.number).masked, account=row.account or "")
            after = numbers.look_up(connection, row.number)
            return named(after if after is not None else row), said

        name, said = await house.database.write(keep)
        return Went(f"/desk/numbers/{name}", said)

    return show


def named(row: Row[Any]) -> str:
    """By what addresses name a number."""
    return str(row.sid or row.number.removeprefix("+"))


def _hold(connection: Connection, house: House, asked: Asked, row: Row[Any], word: Word) -> str:
    kind = asked.form.one_of("kind", inventory.HOLDS, "What holds it")
    inventory.hold(connection, house.ledger, row.number, kind, word)
    return f"It is held ({kind}): it is neither sold nor given up nor reclaimed, and does not age."


def _let_go(connection: Connection, house: House, asked: Asked, row: Row[Any], word: Word) -> str:
    kind = asked.form.one_of("kind", inventory.HOLDS, "What holds it")
    inventory.let_go(connection, house.ledger, row.number, kind, word)
    left = ", ".join(each.kind for each in number_holds.of(connection, row.number))
    return f"It is not held by {kind} any more" + (f", but by {left}." if left else ".")


def _ported(connection: Connection, house: House, asked: Asked, row: Row[Any], word: Word) -> str:
    way = inventory.ported(connection, house.ledger, row.number, word)
    return "It is here, and its holder's." if way == "in" else "It left: nobody here has it any more."


def _serves(connection: Connection, house: House, asked: Asked, row: Row[Any], word: Word) -> str:
    serves = asked.form.get("serves")[:128]
    inventory.serves(connection, house.ledger, row.number, serves, word)
    return f"It is never reclaimed: it serves {serves}." if serves else "It may be reclaimed."


def _determine(connection: Connection, house: House, asked: Asked, row: Row[Any], word: Word) -> str:
    provider = asked.form.need("provider", "Provider", longest=32).lower()
    deadline = _date(asked.form.need("deadline", "Deadline", longest=10))
    sid = reclamation.determine(connection, house.ledger, row.number, word, provider=provider, deadline=deadline)
    return f"On record as {sid}: its holder gets notices from the next daily job on."


def _date(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError as wrong:
        raise BadInput("Deadline: a day, as 2026-11-30", field="deadline") from wrong


# --- providers' rules -------------------------------------------------------------------------------------------------


async def rules(house: House, asked: Asked) -> Answer:
    """What providers ask."""
    return Shown("desk/usage_rules.html", {"rules": await house.database.read(reclamations.rules)})


async def set_rule(house: House, asked: Asked) -> Answer:
    """What a provider asks, in the place of what it asked before."""
    provider, days = asked.form.need("provider", "Provider", longest=32), asked.form.need("days", "Days", longest=5)
    word = asked.word(asked.form.need("because", "The rule, in its words"))
    if not days.isascii() or not days.isdecimal():
        raise BadInput("Days: a whole number of days without use", field="days")

    def keep(connection: Connection) -> str:
        return reclamation.set_rule(connection, house.ledger, provider, int(days), word)

    name = await did(house, asked, "usage-rule", provider.lower(), keep, told={"days": int(days)})
    return Went("/desk/numbers/rules", f"Numbers of {name} are asked for after {int(days)} days without use.")


_ONE = "/desk/numbers/{name}"
PAGES: Sequence[Page] = (
    page("/desk/numbers", Right.WATCH, listed),
    page("/desk/numbers/rules", Right.WATCH, rules),
    act("/desk/numbers/rules", Right.KEEP_NUMBERS, set_rule),
    page(_ONE, Right.WATCH, one),
    act(f"{_ONE}/hold", Right.KEEP_NUMBERS, _act("number-held", _hold)),
    act(f"{_ONE}/let-go", Right.KEEP_NUMBERS, _act("number-let-go", _let_go)),
    act(f"{_ONE}/ported", Right.KEEP_NUMBERS, _act("number-ported", _ported)),
    act(f"{_ONE}/serves", Right.KEEP_NUMBERS, _act("number-serves", _serves)),
    act(f"{_ONE}/determine", Right.KEEP_NUMBERS, _act("number-wanted-back", _determine)),
)
