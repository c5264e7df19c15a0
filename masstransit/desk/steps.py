"""A person's word on steps of the ladder, by the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from masstransit import app, config
from masstransit.carriage import lifting
from masstransit.carriage.overturning import Word
from masstransit.clock import SystemClock
from masstransit.errors import BadInput
from masstransit.ledger import Ledger
from masstransit.policy import AUP
from masstransit.storage import standing
from masstransit.storage.keys import Keys

SCOPES = ("number", "campaign", "end_user", "account")


async def listed(settings: config.Settings, account: str | None) -> Sequence[Row[Any]]:
    """The steps that stand or wait for a person, the newest first: of one account, or all."""
    now = SystemClock().now()
    database = await app.prepared(settings, serving=False)
    try:
        return await database.survey(lambda connection: standing.all_of(connection, now, account))
    finally:
        await database.close()


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
    scope, _, target = unit.partition(":")
    target = account if scope == "account" and not target else target.strip()
    if scope not in SCOPES or not target:
        raise BadInput(f"--unit {unit}: write it as one of {', '.join(SCOPES)}, a colon and which one it is")
    if clause not in (room.number for room in AUP):
        raise BadInput(f"--clause {clause}: the policy has no such clause")
    word = Word(by=by, because=because, at=SystemClock().now())
    row = {"account": account, "scope": scope, "target": target[:128], "step": what, "silent": silent}

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> tuple[str, int]:
        return lifting.place(connection, ledger, clause, row, word)

    return await app.on_record(settings, account, keep)


async def confirm(settings: config.Settings, step: str, *, by: str, because: str) -> int:
    """Say that a proposed step is right; how many more people have to. Raises `NotFound` and `Conflict`."""
    word = Word(by=by, because=because, at=SystemClock().now())

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> int:
        return lifting.confirm(connection, ledger, step, word)

    return await app.on_record(settings, None, keep)


async def lift(settings: config.Settings, step: str, *, by: str, because: str) -> int:
    """Undo a step; how many messages are let out by that. Raises `NotFound` and `Conflict`."""
    word = Word(by=by, because=because, at=SystemClock().now())

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> int:
        return lifting.lift(connection, ledger, step, word)

    return await app.on_record(settings, None, keep)
