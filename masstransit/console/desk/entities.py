"""Senders: an account, and of it a number, a campaign or an end user, with what stands against them.

GET  /desk/entities                        who has steps against them, and who there is
GET  /desk/entities/{account}              the account; ?scope= and target= show one unit of it
POST /desk/entities/{account}/place        a step of the ladder against a unit
POST /desk/entities/{account}/confirm      a proposed step is right; clause 16 wants two people
POST /desk/entities/{account}/lift         a step is undone, with what it held
POST /desk/entities/{account}/snooze       a rule binds nothing of a unit until a day
POST /desk/entities/{account}/wake         a snooze ends before its time
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection

from masstransit.carriage import lifting, snoozing
from masstransit.carriage.standing import LADDER
from masstransit.console import charts
from masstransit.console.acting import act as did
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, instant, page
from masstransit.console.house import House
from masstransit.errors import BadInput, NotFound
from masstransit.model.communication import Moment
from masstransit.model.user import Right
from masstransit.storage import accounts, agreements, end_users, messages, numbers, reports, snoozes, standing, tallies
from masstransit.storage.paging import Slice

SCOPES = ("number", "campaign", "end_user", "account")
_FEW = Slice(size=20)


async def listed(house: House, asked: Asked) -> Answer:
    """Who has steps against them, and every account; or the one that was asked for."""
    wanted = asked.query.get("find")
    if wanted:
        found = await house.database.read(lambda c: _account_of(c, wanted))
        if found is not None:
            return Went(f"/desk/entities/{found}")
    part = asked.slice(instant, str)

    def look(connection: Connection) -> Mapping[str, Any]:
        return {"steps": standing.all_of(connection, asked.now), "sheet": accounts.every(connection, part)}

    return Shown("desk/entities.html", {**await house.database.survey(look), "wanted": wanted})


def _account_of(connection: Connection, wanted: str) -> str | None:
    """Whose a SID or a number is."""
    if accounts.find(connection, wanted) is not None:
        return wanted
    row = numbers.look_up(connection, wanted.replace(" ", ""))
    return row.account if row is not None else None


async def one(house: House, asked: Asked) -> Answer:
    """An account, or one unit of it."""
    account = asked.parts["account"]
    scope, target = _unit(asked.query.get("scope"), asked.query.get("target"), account)
    part = asked.slice(instant, str, size=25)

    def look(connection: Connection) -> Mapping[str, Any]:
        row = accounts.find(connection, account)
        if row is None:
            raise NotFound(f"there is no account {account[:40]}")
        since = asked.now - timedelta(days=1)
        hourly = tallies.hourly(
            connection, since, asked.now + timedelta(hours=1), moment=str(Moment.OFFER.name), account=account
        )
        return {
            "row": row,
            "family": accounts.family(connection, row.parent or account, _FEW).rows,
            "accepted": agreements.acceptances_of(connection, [account]),
            "numbers": numbers.owned(connection, account, _FEW, {}),
            "end_users": end_users.listed(connection, account, _FEW),
            "steps": [s for s in standing.all_of(connection, asked.now, account) if _is_of(s, scope, target, account)],
            "snoozes": snoozes.lasting(connection, asked.now, [account]),
            "complaints": reports.complaints_of(connection, account, _FEW),
            "chart": charts.hours(hourly, asked.now),
            "sheet": messages.page(connection, account, _filters(scope, target), part),
        }

    values = await house.database.survey(look)
    told = {
        "scope": scope,
        "target": target,
        "ladder": LADDER,
        "rules": sorted(house.stays),
        "clauses": _clauses(house),
    }
    return Shown("desk/entity.html", {**values, **told})


def _filters(scope: str, target: str) -> messages.Filters:
    if scope == "number":
        return messages.Filters(sender=target)
    return messages.Filters(
        campaign=target if scope == "campaign" else None, end_user=target if scope == "end_user" else None
    )


def _clauses(house: House) -> Sequence[str]:
    return [clause.number for clause in house.in_force.policy]


def _is_of(step: Any, scope: str, target: str, account: str) -> bool:
    return target == account or (step.scope, step.target) == (scope, target)


def _unit(scope: str, target: str, account: str) -> tuple[str, str]:
    """A unit of an account; the account itself where none is named. Raises `BadInput`."""
    if not scope or scope == "account":
        return "account", account
    if scope not in SCOPES or not target:
        raise BadInput(f"a unit is one of {', '.join(SCOPES)}, and which one it is")
    return scope, target[:128]


def _back(asked: Asked, said: str) -> Went:
    account, scope, target = asked.parts["account"], asked.form.get("scope"), asked.form.get("target")
    unit = f"?scope={quote(scope)}&target={quote(target)}" if scope and scope != "account" else ""
    return Went(f"/desk/entities/{account}{unit}", said)


async def place(house: House, asked: Asked) -> Answer:
    """A person's own step."""
    account, word = asked.parts["account"], asked.word(asked.form.need("because", "Why"))
    scope, target = _unit(asked.form.get("scope"), asked.form.get("target"), account)
    what, clause = asked.form.one_of("step", LADDER, "Step"), asked.form.one_of("clause", _clauses(house), "Clause")
    row = {"account": account, "scope": scope, "target": target, "step": what, "silent": ""}

    def keep(connection: Connection) -> int:
        return lifting.place(connection, house.ledger, clause, row, word)[1]

    missing = await did(house, asked, f"placed-{what}", target, keep, account=account, told={"clause": clause})
    return _back(asked, "It stands." if not missing else f"It is proposed: {missing} more has to confirm it.")


async def confirm(house: House, asked: Asked) -> Answer:
    """A proposed step is right."""
    step, word = asked.form.need("step", "Step"), asked.word(asked.form.get("because"))

    def keep(connection: Connection) -> int:
        return lifting.confirm(connection, house.ledger, step, word)

    missing = await did(house, asked, "confirmed", step, keep, account=asked.parts["account"])
    return _back(asked, "It acts now." if not missing else f"Confirmed; {missing} more has to.")


async def lift(house: House, asked: Asked) -> Answer:
    """A step is undone."""
    step, word = asked.form.need("step", "Step"), asked.word(asked.form.need("because", "Why"))

    def keep(connection: Connection) -> int:
        return lifting.lift(connection, house.ledger, step, word)

    freed = await did(house, asked, "lifted", step, keep, account=asked.parts["account"])
    house.released()
    return _back(asked, f"{step} is undone; {freed} messages that it held go out.")


async def snooze(house: House, asked: Asked) -> Answer:
    """A rule rests for a unit."""
    account, word = asked.parts["account"], asked.word(asked.form.need("because", "Why"))
    scope, target = _unit(asked.form.get("scope"), asked.form.get("target"), account)
    rule = asked.form.one_of("rule", sorted(house.stays), "Rule")
    until = _day(asked.form.need("until", "Until"))
    row = {"account": account, "rule": rule, "scope": scope, "target": target}

    def keep(connection: Connection) -> str:
        return snoozing.snooze(connection, house.ledger, row, word, until=until, binds=house.stays[rule])

    await did(house, asked, "snoozed", target, keep, account=account, told={"rule": rule})
    return _back(asked, f"{rule} binds nothing of it until {until:%Y-%m-%d}.")


def _day(said: str) -> datetime:
    """The end of a day, UTC. Raises `BadInput`."""
    try:
        return datetime.combine(datetime.fromisoformat(said).date(), time(23, 59, 59), UTC)
    except ValueError as wrong:
        raise BadInput("Until: a day, as 2026-01-31") from wrong


async def wake(house: House, asked: Asked) -> Answer:
    """A snooze ends."""
    name, word = asked.form.need("snooze", "Snooze"), asked.word()

    def keep(connection: Connection) -> None:
        snoozing.wake(connection, house.ledger, name, word)

    await did(house, asked, "woken", name, keep, account=asked.parts["account"])
    return _back(asked, "The rule binds again.")


PAGES: Sequence[Page] = (
    page("/desk/entities", Right.WATCH, listed),
    page("/desk/entities/{account}", Right.WATCH, one),
    act("/desk/entities/{account}/place", Right.WORK_CASES, place),
    act("/desk/entities/{account}/confirm", Right.WORK_CASES, confirm),
    act("/desk/entities/{account}/lift", Right.WORK_CASES, lift),
    act("/desk/entities/{account}/snooze", Right.WORK_CASES, snooze),
    act("/desk/entities/{account}/wake", Right.WORK_CASES, wake),
)
