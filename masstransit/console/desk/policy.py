"""The policy as it is in force: what each rule asks, its figures, how it stands with people, and what became another.

    GET  /desk/policy                          every clause and rule
    GET  /desk/policy/revisions                which policy was in force from when on
    GET  /desk/policy/revisions/{revision}     what became another by one, or against any other
    GET  /desk/policy/{number}                 a clause with its figures ("10"), or a rule with what it stopped ("10.1")
    POST /desk/policy/{number}/reinstate       a rule that stepped down is put back

Figures are changed in the settings, not here: a page shows what is in force, and tries other figures on the past.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import Connection

from masstransit.carriage import budget, revising
from masstransit.clause import Clause, Figure, Rule
from masstransit.console.acting import act as did
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, instant, page
from masstransit.console.house import House
from masstransit.errors import NotFound
from masstransit.model.communication import Kind, Moment
from masstransit.model.user import Right
from masstransit.storage import decisions, demotions, revisions, tallies
from masstransit.storage.paging import Slice

_DAY = timedelta(days=1)
_LOOKED_BACK = 200  # revisions in which it is looked for since when a figure is what it is


class Set(msgspec.Struct, frozen=True, kw_only=True):
    """A figure as it is in force."""

    figure: Figure
    default: str  #: as the policy has it without settings
    changed: bool
    since: datetime | None  #: when it came into force; None: it was so all along
    own: Sequence[str]  #: accounts of which the Agreement says otherwise


async def listed(house: House, asked: Asked) -> Answer:
    """Every clause, with its rules."""
    policy: Sequence[Clause] = house.in_force.policy

    def look(connection: Connection) -> Mapping[str, Any]:
        return {
            "watched": budget.watched(connection, policy, house.budget, house.stays, asked.now),
            "last": revisions.last(connection),
        }

    found = await house.database.survey(look)
    of_clause = {number: list(rules) for number, rules in groupby(found["watched"], key=lambda each: each.clause)}
    values = {
        "clauses": [(clause, of_clause.get(clause.number, ())) for clause in policy],
        "budget": house.budget,
        "last": found["last"],
        "revision": house.in_force.revision,
        "shadowed": [each for each in found["watched"] if each.mode == "shadow" and not each.stepped_down],
        "down": [each for each in found["watched"] if each.stepped_down],
        "rules": len(found["watched"]),
        "own": house.in_force.own,
    }
    return Shown("desk/policy.html", values)


async def one(house: House, asked: Asked) -> Answer:
    """A clause or a rule, by its number."""
    number = asked.parts["number"]
    for clause in house.in_force.policy:
        if clause.number == number:
            return await _clause(house, asked, clause)
        for made in clause.rules():
            if made.id == number:
                return await _rule(house, asked, clause, made)
    raise NotFound(f"there is no clause or rule {number}: the list of rules has them all")


async def _clause(house: House, asked: Asked, clause: Clause) -> Answer:
    def look(connection: Connection) -> Mapping[str, Any]:
        watched = budget.watched(connection, (clause,), house.budget, house.stays, asked.now)
        return {"watched": watched, "known": revisions.listed(connection, Slice(size=_LOOKED_BACK)).rows}

    found = await house.database.survey(look)
    values = {
        "clause": clause,
        "watched": found["watched"],
        "figures": list(_figures(clause, found["known"], house.in_force.own)),
        "own": list(_otherwise(clause, house.in_force.own)),
    }
    return Shown("desk/policy_clause.html", values)


def _figures(clause: Clause, known: Sequence[Any], own: Mapping[str, Sequence[Clause]]) -> Iterator[Set]:
    standard = {figure.name: figure for figure in type(clause)().figures()}
    for figure in clause.figures():
        default = standard[figure.name]
        yield Set(
            figure=figure,
            default=default.shown,
            changed=figure.value != default.value,
            since=revising.since(known, clause.number, figure.name),
            own=[account for account, name, *_ in _otherwise(clause, own) if name == figure.name],
        )


def _otherwise(clause: Clause, own: Mapping[str, Sequence[Clause]]) -> Iterator[tuple[str, str, str, str]]:
    """What accounts' Agreements say otherwise of a clause: account, what, the house's, the account's."""
    house = revising.shown((clause,))
    for account, clauses in own.items():
        theirs = next((each for each in clauses if each.number == clause.number), clause)
        for each in revising.differences(house, revising.shown((theirs,))):
            yield account, each.name, each.before, each.after


async def _rule(house: House, asked: Asked, clause: Clause, made: Rule) -> Answer:
    since, part = asked.now - _DAY, asked.slice(instant, str)

    def look(connection: Connection) -> Mapping[str, Any]:
        every = budget.watched(connection, (clause,), house.budget, house.stays, asked.now)
        return {
            "watched": next(each for each in every if each.rule == made.id),
            "spoke": tallies.of_rule(connection, made.id, since),
            "sheet": decisions.stopped_by(connection, made.id, since, part),
            "demotions": demotions.of_rule(connection, made.id),
        }

    told = {
        "clause": clause,
        "rule": made,
        "moments": _words(made.moments),
        "kinds": "knocks" if made.moments == Moment.ADMISSION else _words(made.kinds),
        "purposes": ", ".join(each.value for each in made.purposes) or "every purpose",
        "needs": [fact.__name__ for fact in made.needs],
        "stays": house.stays.get(made.id, ""),
        "budget": house.budget,
    }
    return Shown("desk/policy_rule.html", {**await house.database.survey(look), **told})


def _words(flags: Kind | Moment) -> str:
    return ", ".join(str(flag.name).lower() for flag in flags)


async def reinstate(house: House, asked: Asked) -> Answer:
    """Put a rule back that stepped down by its budget."""
    rule, word = asked.parts["number"], asked.word(asked.form.need("because", "Why"))
    await did(house, asked, "rule-reinstated", rule, lambda c: budget.reinstate(c, house.ledger, rule, word))
    said = f"Rule {rule} is back within seconds, as the settings have it; what it stops counts from now on."
    return Went(f"/desk/policy/{rule}", said)


# --- revisions --------------------------------------------------------------------------------------------------------


async def changes(house: House, asked: Asked) -> Answer:
    """Which policy was in force from when on."""
    part = asked.slice(instant, str)
    sheet = await house.database.read(lambda c: revisions.listed(c, part))
    return Shown("desk/revisions.html", {"sheet": sheet, "revision": house.in_force.revision})


async def revision(house: House, asked: Asked) -> Answer:
    """What became another by a revision, or is another than in the one that `with` names."""
    named, other = asked.parts["revision"], asked.query.get("with")

    def look(connection: Connection) -> tuple[Any, Any]:
        found = revisions.find(connection, named)
        if found is None:
            raise NotFound(f"there is no revision {named} on record")
        if not other:
            return found, revisions.before(connection, found.since)
        against = revisions.find(connection, other)
        if against is None:
            raise NotFound(f"there is no revision {other} on record")
        return found, against

    found, against = await house.database.read(look)
    different = list(revising.differences(against.told, found.told)) if against is not None else []
    return Shown("desk/revision.html", {"found": found, "against": against, "different": different})


PAGES: Sequence[Page] = (
    page("/desk/policy", Right.WATCH, listed),
    page("/desk/policy/revisions", Right.WATCH, changes),
    page("/desk/policy/revisions/{revision}", Right.WATCH, revision),
    page("/desk/policy/{number}", Right.WATCH, one),
    act("/desk/policy/{number}/reinstate", Right.WORK_CASES, reinstate),
)
