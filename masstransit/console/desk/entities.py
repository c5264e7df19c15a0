"""Who sends: an account, and its numbers, campaigns and end users; how each stands, and what is on record of it.

    GET /desk/entities                          find one; whom steps stand against, and every account
    GET /desk/entities/{account}                who it is, how it stands, how much of what it offered was stopped
    GET /desk/entities/{account}/messages       the last it sent, and those people sent it
    GET /desk/entities/{account}/complaints     what was said against it
    GET /desk/entities/{account}/notices        what it was told, and what it may not be told
    GET /desk/entities/{account}/numbers        and /campaigns, /end-users, /subaccounts

The first three are also about one number, campaign or end user (`unit.py`). What people do about one is `sanctions.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from masstransit.carriage.lifting import SCOPES
from masstransit.carriage.standing import LADDER, PEOPLE
from masstransit.carriage.statements import SILENT
from masstransit.clause import Clause
from masstransit.console import charts
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, instant, page
from masstransit.console.desk.unit import Unit, unit_of
from masstransit.console.house import House
from masstransit.console.traffic import says, spoken
from masstransit.errors import BadInput, NotFound
from masstransit.model.address import E164, ShortCode, parse
from masstransit.model.communication import Moment
from masstransit.model.user import Right
from masstransit.storage import (
    accounts,
    agreements,
    campaigns,
    communications,
    consents,
    contacts,
    decisions,
    end_users,
    number_holds,
    numbers,
    reports,
    snoozes,
    standing,
    statements,
    tallies,
)
from masstransit.storage.paging import Sheet, Slice

_MOST_FOUND = 50
_MOST_STEPS = 50
_HOURS = 72  # of the chart
_MONTH = timedelta(days=30)
_FIRST = Slice(size=10)  # brands that are shown with an account


# --- finding one ------------------------------------------------------------------------------------------------------


async def listed(house: House, asked: Asked) -> Answer:
    """Find one, or look at whom steps stand against and at every account."""
    wanted = asked.query.get("find")[:256]
    if wanted:
        return await _find(house, wanted)
    part = asked.slice(instant, str)

    def look(connection: Connection) -> Mapping[str, Any]:
        return {
            "steps": standing.all_of(connection, asked.now, at_most=_MOST_STEPS),
            "sheet": accounts.every(connection, part),
            "wanted": "",
        }

    return Shown("desk/entities.html", await house.database.survey(look))


async def _find(house: House, wanted: str) -> Answer:
    def look(connection: Connection) -> Sequence[tuple[str, str, str]]:
        return list(_found(connection, wanted))

    found = await house.database.survey(look)
    if len(found) == 1:
        return Went(found[0][2])
    return Shown("desk/found.html", {"wanted": wanted, "found": found, "most": _MOST_FOUND})


def _found(connection: Connection, wanted: str) -> Sequence[tuple[str, str, str]]:
    """What is called so: its kind, its name, and where its page is."""
    if wanted.startswith("AC") and (account := accounts.find(connection, wanted)) is not None:
        return [("account", account.friendly_name, _path(wanted))]
    if (campaign := campaigns.locate(connection, wanted)) is not None:
        return [("campaign", campaign.sid, _path(campaign.account, campaign=campaign.sid))]
    number = _number(wanted)
    row = numbers.by_sid(connection, wanted) or numbers.look_up(connection, number)
    if row is not None and row.account and row.sid:
        return [("number", parse(row.number).masked, _path(row.account, number=row.sid))]
    if number:
        raise NotFound("nobody here has this number: Numbers shows what the inventory knows of it")
    named = end_users.everywhere(connection, wanted, at_most=_MOST_FOUND)
    called = accounts.called(connection, wanted, at_most=_MOST_FOUND)
    users = [("end user", f"{u.end_user} of {u.account}", _path(u.account, end_user=u.end_user)) for u in named]
    return [*users, *(("account", f"{each.friendly_name} ({each.account})", _path(each.account)) for each in called)]


def _number(wanted: str) -> str:
    """A number as the inventory has it; "": it is none."""
    try:
        address = parse(wanted)
    except BadInput:
        return ""
    return address.text if isinstance(address, E164 | ShortCode) else ""


def _path(account: str, **unit: str) -> str:
    return f"/desk/entities/{account}" + (f"?{urlencode(unit)}" if unit else "")


# --- one --------------------------------------------------------------------------------------------------------------


async def one(house: House, asked: Asked) -> Answer:
    """Who it is, how it stands, and what may be done about it."""
    part = asked.slice(instant, str, size=20)

    def look(connection: Connection) -> Mapping[str, Any]:
        unit = unit_of(connection, asked)
        return {
            "unit": unit,
            **_who(connection, house, unit),
            **_stands(connection, unit, asked.now, part),
            **_stopped(connection, house, unit, asked.now),
            **_may(house, asked),
        }

    return Shown("desk/entity.html", await house.database.survey(look))


def _who(connection: Connection, house: House, unit: Unit) -> Mapping[str, Any]:
    """What is on record of who it is."""
    account = unit.account.account
    root = consents.root_of(connection, account)
    accepted = agreements.acceptances_of(connection, {account, root})
    current = house.edition.digest if house.edition is not None else None
    return {
        "root": accounts.find(connection, root) if root != account else None,
        "accepted": next(iter(accepted), None),
        "accepted_current": any(each.digest == current for each in accepted),
        "guidelines": agreements.guidelines_of(connection, {account, root}),
        "brands": campaigns.brands_of(connection, account, _FIRST),
        "contacts": contacts.of_account(connection, account),
        "holds": number_holds.of(connection, unit.target) if unit.scope == "number" else (),
    }


def _stands(connection: Connection, unit: Unit, now: datetime, part: Slice) -> Mapping[str, Any]:
    """The steps and snoozes that are about it, and those about its account or its owner that reach it."""
    account, owner = unit.account.account, unit.account.parent
    every = standing.all_of(connection, now, account)
    own = [step for step in every if unit.whole or (step.scope, step.target) == (unit.scope, unit.target)]
    above = [] if unit.whole else [step for step in every if step.scope == "account"]
    if owner:
        above += [step for step in standing.all_of(connection, now, owner) if step.scope == "account"]
    snoozed = snoozes.lasting(connection, now, [account])
    return {
        "steps": own,
        "above": above,
        "ended": standing.ended(connection, account, now, part),
        "snoozes": [each for each in snoozed if unit.whole or (each.scope, each.target) == (unit.scope, unit.target)],
    }


def _stopped(connection: Connection, house: House, unit: Unit, now: datetime) -> Mapping[str, Any]:
    """How much of what an account offered was stopped, and by which rules; the tallies know no smaller unit."""
    if not unit.whole:
        return {"chart": None, "rules": ()}
    account, since = unit.account.account, now - timedelta(hours=_HOURS)
    hourly = tallies.hourly(connection, since, now + _MONTH, moment=Moment.OFFER.name or "", account=account)
    summed = tallies.summed(connection, now - _MONTH, now + _MONTH, account=account)
    return {"chart": charts.hours(hourly, now, _HOURS), "rules": spoken(summed, says(house))}


def _may(house: House, asked: Asked) -> Mapping[str, Any]:
    """What a form offers."""
    policy: Sequence[Clause] = house.in_force.policy
    return {
        "ladder": LADDER,
        "scopes": SCOPES,
        "clauses": [(clause.number, clause.title) for clause in policy],
        "silent": SILENT,
        "people": PEOPLE,
        "snoozable": [rule for rule, why in house.stays.items() if not why],
        "confirmed": lambda step: asked.word().is_among((step.confirmed_by or "").split(", ")),
    }


# --- what is on record of one -----------------------------------------------------------------------------------------


async def messages(house: House, asked: Asked) -> Answer:
    """The last messages, with what was decided of each."""
    part = asked.slice(instant, str)

    def look(connection: Connection) -> Mapping[str, Any]:
        unit = unit_of(connection, asked)
        account = unit.account.account
        sheet = communications.history(connection, account, part, scope=unit.scope, target=unit.target)
        keys = [(account, row.decision) for row in sheet.rows if row.decision]
        made = decisions.by_ids(connection, keys) if keys else {}
        return {"unit": unit, "sheet": sheet, "made": {id_: decision for (_, id_), decision in made.items()}}

    return Shown("desk/entity_messages.html", await house.database.survey(look))


async def complaints(house: House, asked: Asked) -> Answer:
    """What was said against it."""
    part = asked.slice(instant, str)

    def look(connection: Connection) -> Mapping[str, Any]:
        unit = unit_of(connection, asked)
        of = {"scope": unit.scope, "target": unit.target}
        return {"unit": unit, "sheet": reports.complaints_of(connection, unit.account.account, part, **of)}

    return Shown("desk/entity_complaints.html", await house.database.survey(look))


async def notices(house: House, asked: Asked) -> Answer:
    """What it was told, and what it may not be told."""
    part = asked.slice(instant, str)

    def look(connection: Connection) -> Mapping[str, Any]:
        unit = unit_of(connection, asked)
        return {"unit": unit, "sheet": statements.of_account(connection, unit.account.account, part), "silent": SILENT}

    return Shown("desk/entity_notices.html", await house.database.survey(look))


# --- what one has -----------------------------------------------------------------------------------------------------


def _has(
    template: str, list_: Callable[[Connection, str, Slice], Sheet], *key: Callable[[str], Any]
) -> Callable[[House, Asked], Any]:
    """A page with a list of what an account has."""

    async def show(house: House, asked: Asked) -> Answer:
        part = asked.slice(*key)

        def look(connection: Connection) -> Mapping[str, Any]:
            unit = unit_of(connection, asked)
            return {"unit": unit, "sheet": list_(connection, unit.account.account, part)}

        return Shown(template, await house.database.survey(look))

    return show


def _numbers(connection: Connection, account: str, part: Slice) -> Sheet:
    return numbers.inventory(connection, part, account=account)


_ONE = "/desk/entities/{account}"
PAGES: Sequence[Page] = (
    page("/desk/entities", Right.WATCH, listed),
    page(_ONE, Right.WATCH, one),
    page(f"{_ONE}/messages", Right.WATCH, messages),
    page(f"{_ONE}/complaints", Right.WATCH, complaints),
    page(f"{_ONE}/notices", Right.WATCH, notices),
    page(f"{_ONE}/numbers", Right.WATCH, _has("desk/entity_numbers.html", _numbers, str)),
    page(f"{_ONE}/campaigns", Right.WATCH, _has("desk/entity_campaigns.html", campaigns.of_account, instant, str)),
    page(f"{_ONE}/end-users", Right.WATCH, _has("desk/entity_end_users.html", end_users.listed, str)),
    page(f"{_ONE}/subaccounts", Right.WATCH, _has("desk/entity_subaccounts.html", accounts.subaccounts, instant, str)),
)
