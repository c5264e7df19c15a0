"""A person's word on steps of the ladder, and on rules that rest for one sender, by the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit import app, config
from masstransit.carriage import lifting, snoozing
from masstransit.carriage.lifting import SCOPES
from masstransit.carriage.overturning import Word
from masstransit.clock import SystemClock
from masstransit.edition import clauses_of
from masstransit.errors import BadInput
from masstransit.ledger import Ledger
from masstransit.office.record import on_record, surveyed
from masstransit.policy import AUP
from masstransit.storage import snoozes, standing
from masstransit.storage.keys import Keys


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """What stands, and what is snoozed."""

    steps: Sequence[Row[Any]]  #: that stand or wait for a person, the newest first
    snoozes: Sequence[Row[Any]]  #: that last


async def listed(settings: config.Settings, account: str | None) -> Listed:
    """What stands now, and what is snoozed: of one account, or all."""
    now, of = SystemClock().now(), None if account is None else [account]
    return await surveyed(
        settings, lambda c: Listed(steps=standing.all_of(c, now, account), snoozes=snoozes.lasting(c, now, of))
    )


async def place(
    settings: config.Settings,
    account: str,
    what: str,
    unit: str,
    *,
    clause: str,
    by: str,
    because: str,
    silent: str = "",
) -> tuple[str, int]:
    """Put a step against a unit, written as SCOPE:TARGET; its name, and how many more people have to confirm it. With
    `silent`, the reason why its customer may not be told. Raises `BadInput`, `NotFound` and `Conflict`."""
    scope, target = _unit(account, unit)
    if clause not in (room.number for room in AUP):
        raise BadInput(f"--clause {clause}: the policy has no such clause")
    word = Word(by=by, because=because, at=SystemClock().now())
    row = {"account": account, "scope": scope, "target": target, "step": what, "silent": silent}

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> tuple[str, int]:
        return lifting.place(connection, ledger, clause, row, word)

    return await on_record(settings, account, keep)


def _unit(account: str, unit: str) -> tuple[str, str]:
    """Scope and target of a unit of an account, written as SCOPE:TARGET. Raises `BadInput`."""
    scope, _, target = unit.partition(":")
    target = account if scope == "account" and not target else target.strip()
    if scope not in SCOPES or not target:
        raise BadInput(f"--unit {unit}: write it as one of {', '.join(SCOPES)}, a colon and which one it is")
    return scope, target[:128]


async def confirm(settings: config.Settings, step: str, *, by: str, because: str) -> int:
    """Say that a proposed step is right; how many more people have to. Raises `NotFound` and `Conflict`."""
    word = Word(by=by, because=because, at=SystemClock().now())

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> int:
        return lifting.confirm(connection, ledger, step, word)

    return await on_record(settings, None, keep)


async def lift(settings: config.Settings, step: str, *, by: str, because: str) -> int:
    """Undo a step; how many messages are let out by that. Raises `NotFound` and `Conflict`."""
    word = Word(by=by, because=because, at=SystemClock().now())

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> int:
        return lifting.lift(connection, ledger, step, word)

    return await on_record(settings, None, keep)


async def snooze(
    settings: config.Settings, account: str, rule: str, unit: str, *, until: datetime, by: str, because: str
) -> str:
    """What a rule finds of a unit, written as SCOPE:TARGET, binds nothing until then; the snooze's name. Raises
    `BadInput`, `NotFound` and `Conflict`."""
    scope, target = _unit(account, unit)
    clauses, _ = clauses_of(settings)
    binds = app.stepping_down(clauses)
    if rule not in binds:
        raise BadInput(f"there is no rule {rule}: masstransit rules shows those that there are")
    word = Word(by=by, because=because, at=SystemClock().now())
    row = {"account": account, "rule": rule, "scope": scope, "target": target}

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> str:
        return snoozing.snooze(connection, ledger, row, word, until=until, binds=binds[rule])

    return await on_record(settings, account, keep)


async def wake(settings: config.Settings, name: str, *, by: str, because: str) -> None:
    """End a snooze before its time. Raises `NotFound` and `Conflict`."""
    word = Word(by=by, because=because, at=SystemClock().now())

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> None:
        snoozing.wake(connection, ledger, name, word)

    await on_record(settings, None, keep)
