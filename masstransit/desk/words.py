"""A person's word against a decision or a rule, by the command line; and how rules stand with people."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from masstransit import app, config
from masstransit.carriage import budget, overturning
from masstransit.carriage.budget import Reckon
from masstransit.carriage.overturning import Word
from masstransit.clause import Clause, Rule
from masstransit.clock import SystemClock
from masstransit.edition import clauses_of
from masstransit.errors import NotFound
from masstransit.ledger import Ledger
from masstransit.office.record import on_record
from masstransit.storage import communications, decisions, demotions
from masstransit.storage.keys import Keys


async def release(settings: config.Settings, sid: str, *, by: str, because: str = "") -> Sequence[str]:
    """Let a held message go. What follows for the rule that held it, in sentences. Raises `NotFound`."""
    word, reckon = _word(by, because), reckoning(settings)

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> Sequence[str]:
        row = communications.locate(connection, sid)
        if row is None:
            raise NotFound(f"there is no message {sid}")
        overturning.release(connection, ledger, row.account, sid, word)
        return reckon(connection, ledger, word.at)

    return await on_record(settings, None, keep)


async def overturn(settings: config.Settings, decision: str, *, by: str, because: str) -> Sequence[str]:
    """Say that a message was stopped wrongly. What follows for the rule, in sentences. Raises `NotFound`, and
    `Conflict` where there is nothing to overturn."""
    word, reckon = _word(by, because), reckoning(settings)

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> Sequence[str]:
        made = decisions.locate(connection, decision)
        if made is None:
            raise NotFound(f"there is no decision {decision} on record")
        overturning.overturn(connection, ledger, made, word)
        return reckon(connection, ledger, word.at)

    return await on_record(settings, None, keep)


def reckoning(settings: config.Settings) -> Reckon:
    """Reckons with the rules' budgets, in the transaction in which a person's word is kept."""
    return app.reckoning(settings, clauses_of(settings)[0])


def _word(by: str, because: str) -> Word:
    return Word(by=by, because=because, at=SystemClock().now())


async def reinstate(settings: config.Settings, rule: str, *, by: str) -> None:
    """Put a rule back that stepped down by its budget. Raises `NotFound` where it did not."""
    now = SystemClock().now()

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> None:
        if not demotions.end(connection, rule, now, by[:128]):
            raise NotFound(f"rule {rule} did not step down: masstransit rules shows how it stands")
        ledger.record(connection, "", "demotion", rule, {"rule": rule, "ended_at": now, "by": by}, now)

    await on_record(settings, None, keep)


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, and how it stands with people."""

    clause: str
    rule: str
    says: str
    mode: str  #: enforced | shadow
    law: str
    stopped: int  #: messages that it held or refused in the budget's days
    overturned: int  #: of those, by people
    budget: float  #: the share that may be
    note: str  #: in a sentence, where something is to be said


async def watched(settings: config.Settings) -> list[Watched]:
    """Every rule of the policy."""
    clauses, _ = clauses_of(settings)
    figures, stays, now = app.budget_of(settings, clauses), app.stepping_down(clauses), SystemClock().now()
    database = await app.prepared(settings, serving=False)
    try:
        counts = await database.survey(lambda c: budget.reckoned(c, figures, now))
        demoted = {row.rule: row for row in await database.survey(demotions.in_force)}
    finally:
        await database.close()

    def seen(clause: Clause, made: Rule) -> Watched:
        count = counts.get(made.id) or budget.Reckoning(rule=made.id, stopped=0, budget=figures.of_rule(made.id))
        down = demoted.get(made.id)
        note = demotions.told(down) if down is not None else ""
        if not note and count.spent and stays[made.id]:
            note = f"{count}, more than {count.budget:.1%}; it stays in force"
        return Watched(
            clause=clause.number,
            rule=made.id,
            says=made.says,
            mode="shadow" if down is not None else clause.mode_of(made).value,
            law=made.law,
            stopped=count.stopped,
            overturned=count.overturned.subjects,
            budget=count.budget,
            note=note,
        )

    return [seen(clause, made) for clause in clauses for made in clause.rules()]
