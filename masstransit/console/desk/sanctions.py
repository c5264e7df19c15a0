"""A person's word on steps of the ladder and on rules that rest, at the page of whom they are about.

POST /desk/entities/{account}/place     a step, for what somebody found proven
POST /desk/entities/{account}/confirm   a proposed step is right; some clauses want two people
POST /desk/entities/{account}/lift      a step was wrong, or is enough
POST /desk/entities/{account}/snooze    what a rule finds of this unit binds nothing for a while
POST /desk/entities/{account}/wake      the end of that
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from sqlalchemy import Connection

from masstransit.carriage import lifting, snoozing
from masstransit.carriage.overturning import Word
from masstransit.carriage.standing import LADDER
from masstransit.carriage.statements import SILENT
from masstransit.clause import Clause
from masstransit.console.acting import note
from masstransit.console.asking import Answer, Asked, Page, Show, Went, act
from masstransit.console.desk.unit import Unit, unit_of
from masstransit.console.house import House
from masstransit.errors import BadInput, NotFound
from masstransit.model.user import Right
from masstransit.storage import snoozes, standing

#: What an act keeps about a unit: what it is about, what the note of it tells, and what is said.
_Done: TypeAlias = tuple[str, Mapping[str, str], str]
_Does: TypeAlias = Callable[[Connection, House, Asked, Unit, Word], _Done]


def _act(what: str, does: _Does) -> Show:
    """An act about a unit, which leads back to its page."""

    async def show(house: House, asked: Asked) -> Answer:
        word = asked.word(asked.form.need("because", "Why"))

        def keep(connection: Connection) -> tuple[Unit, str]:
            unit = unit_of(connection, asked)
            about, told, said = does(connection, house, asked, unit, word)
            note(connection, house, asked, what, about, account=unit.account.account, told=told)
            return unit, said

        unit, said = await house.database.write(keep)
        house.released()
        return Went(unit.here, said)

    return show


def _place(connection: Connection, house: House, asked: Asked, unit: Unit, word: Word) -> _Done:
    policy: Sequence[Clause] = house.in_force.policy
    step = asked.form.one_of("step", LADDER, "Step")
    clause = asked.form.one_of("clause", [each.number for each in policy], "Clause")
    silent = asked.form.one_of("silent", tuple(SILENT), "Told to nobody") if asked.form.get("silent") else ""
    row = {"account": unit.account.account, "scope": unit.scope, "target": unit.target, "step": step, "silent": silent}
    name, missing = lifting.place(connection, house.ledger, clause, row, word)
    told = "its customer is not told" if silent else "its customer is told"
    acts = "it acts when somebody else confirms it" if missing else f"it acts within a second, and {told}"
    return name, {"step": step, "scope": unit.scope, "clause": clause}, f"On record as {name}: {acts}."


def _confirm(connection: Connection, house: House, asked: Asked, unit: Unit, word: Word) -> _Done:
    name = _step(connection, asked, unit)
    missing = lifting.confirm(connection, house.ledger, name, word)
    acts = f"it acts when {missing} more of you, by another name, confirms it" if missing else "it acts within a second"
    return name, {}, f"On record: {name} is right; {acts}."


def _lift(connection: Connection, house: House, asked: Asked, unit: Unit, word: Word) -> _Done:
    name = _step(connection, asked, unit)
    freed = lifting.lift(connection, house.ledger, name, word)
    free = f" {freed:,} messages that waited for it are let go: the gate looks at each once more." if freed else ""
    return name, {"freed": str(freed)}, f"{name} is lifted within a second, and is no strike any more.{free}"


def _step(connection: Connection, asked: Asked, unit: Unit) -> str:
    """The step that is meant: of this account. Raises `NotFound`."""
    name = asked.form.need("step", "Step", longest=64)
    if standing.find(connection, name, unit.account.account) is None:
        raise NotFound(f"{unit.account.account} has no step {name[:40]}")
    return name


def _snooze(connection: Connection, house: House, asked: Asked, unit: Unit, word: Word) -> _Done:
    rule, until = asked.form.need("rule", "Rule", longest=16), _day(asked.form.need("until", "Until", longest=32))
    if rule not in house.stays:
        raise BadInput(f"Rule: the policy has no rule {rule}", field="rule")
    row = {"account": unit.account.account, "rule": rule, "scope": unit.scope, "target": unit.target}
    binds = house.stays[rule]
    name = snoozing.snooze(connection, house.ledger, row, word, until=until, binds=binds)
    said = f"On record as {name}: within seconds what rule {rule} finds of it is recorded and binds nothing."
    return name, {"rule": rule, "scope": unit.scope, "until": until.isoformat()}, said


def _day(text: str) -> datetime:
    """The end of a time: a day, as its UTC midnight. Raises `BadInput`."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as wrong:
        raise BadInput("Until: a day, as 2026-11-30", field="until") from wrong


def _wake(connection: Connection, house: House, asked: Asked, unit: Unit, word: Word) -> _Done:
    name = asked.form.need("snooze", "Snooze", longest=64)
    row = snoozes.find(connection, name)
    if row is None or row.account != unit.account.account:
        raise NotFound(f"{unit.account.account} has no snooze {name[:40]}")
    snoozing.wake(connection, house.ledger, name, word)
    return name, {"rule": row.rule}, f"{name} ends within seconds: rule {row.rule} binds again."


_ONE = "/desk/entities/{account}"
PAGES: Sequence[Page] = (
    act(f"{_ONE}/place", Right.WORK_CASES, _act("step-placed", _place)),
    act(f"{_ONE}/confirm", Right.WORK_CASES, _act("step-confirmed", _confirm)),
    act(f"{_ONE}/lift", Right.WORK_CASES, _act("step-lifted", _lift)),
    act(f"{_ONE}/snooze", Right.WORK_CASES, _act("rule-snoozed", _snooze)),
    act(f"{_ONE}/wake", Right.WORK_CASES, _act("rule-woken", _wake)),
)
