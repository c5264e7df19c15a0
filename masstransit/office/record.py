"""The record, opened for one command."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import msgspec
from sqlalchemy import Connection

from masstransit import app, config
from masstransit.carriage.complaints import Complaints
from masstransit.errors import NotFound
from masstransit.ledger import Ledger
from masstransit.storage import accounts
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

T = TypeVar("T")


@contextlib.asynccontextmanager
async def opened(settings: config.Settings, account: str | None = None) -> AsyncIterator[tuple[Database, Keys]]:
    """The database and its keys, for one command. Raises `NotFound` for an account that is not there."""
    database = await app.prepared(settings, serving=False)
    try:
        keys = await app.loaded_keys(settings, database)
        if account is not None and await database.read(lambda connection: accounts.find(connection, account)) is None:
            raise NotFound(f"there is no account {account}")
        yield database, keys
    finally:
        await database.close()


async def surveyed(settings: config.Settings, look: Callable[[Connection], T]) -> T:
    """What one look at the record shows, for one command."""
    database = await app.prepared(settings, serving=False)
    try:
        return await database.survey(look)
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def hearing(settings: config.Settings) -> AsyncIterator[Complaints]:
    """Who takes complaints, for one command: the gate hears them as it would in a process that serves."""
    settings = msgspec.structs.replace(settings, http="127.0.0.1:0")  # a chain of the ledger of its own
    database = await app.prepared(settings, serving=False)
    try:
        parts = app.join(settings, database, await app.loaded_keys(settings, database), ())
        try:
            yield parts.complaints
            await parts.exchange.drained()
        finally:
            await parts.counters.close()
    finally:
        await database.close()


async def on_record(settings: config.Settings, account: str | None, keep: Callable[[Connection, Ledger, Keys], T]) -> T:
    """Write something, with its ledger entry. Raises `NotFound` for an account that is not there."""
    ledger = Ledger(f"operator-{secrets.token_hex(4)}")
    async with opened(settings, account) as (database, keys):
        return await database.write(lambda connection: keep(connection, ledger, keys))
