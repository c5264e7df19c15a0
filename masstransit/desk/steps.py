"""A person's word on steps of the ladder, by the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from masstransit import app, config
from masstransit.carriage import lifting
from masstransit.carriage.overturning import Word
from masstransit.clock import SystemClock
from masstransit.ledger import Ledger
from masstransit.storage import standing
from masstransit.storage.keys import Keys


async def listed(settings: config.Settings, account: str | None) -> Sequence[Row[Any]]:
    """The steps that stand or wait for a person, the newest first: of one account, or all."""
    now = SystemClock().now()
    database = await app.prepared(settings, serving=False)
    try:
        return await database.survey(lambda connection: standing.all_of(connection, now, account))
    finally:
        await database.close()


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
