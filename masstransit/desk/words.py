"""A person's word against a decision or a rule, by the command line; and how rules stand with people."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from masstransit import app, config
from masstransit.carriage import budget, overturning
from masstransit.carriage.budget import Reckon
from masstransit.carriage.overturning import Word
from masstransit.clock import SystemClock
from masstransit.edition import clauses_of
from masstransit.errors import NotFound
from masstransit.ledger import Ledger
from masstransit.office.record import on_record, surveyed
from masstransit.storage import communications, decisions
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
    word = _word(by, "")
    await on_record(settings, None, lambda connection, ledger, _: budget.reinstate(connection, ledger, rule, word))


async def watched(settings: config.Settings) -> list[budget.Watched]:
    """Every rule of the policy, and how it stands with people."""
    clauses, _ = clauses_of(settings)
    figures, stays, now = app.budget_of(settings, clauses), app.stepping_down(clauses), SystemClock().now()
    return await surveyed(settings, lambda connection: budget.watched(connection, clauses, figures, stays, now))
