"""Which queries are asked, as the driver gets them: some go past SQLAlchemy (`storage.lookup`)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from masstransit.storage.engine import Database


async def asked_of(database: Database) -> list[str]:
    """What a SQLite file is asked on the event loop from now on, with the parameters filled in; the list goes on."""
    asked: list[str] = []

    def listen(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        driver.set_trace_callback(asked.append)

    await database.read(listen)
    return asked


async def plan_of(database: Database, statement: str) -> str:
    """How SQLite goes about such a query."""
    return await database.read(lambda c: str(c.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()))
