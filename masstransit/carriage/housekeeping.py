"""What is done once in a while: checkpoints of the ledger, retention, and dropping bodies that need not be kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.errors import StorageUnavailable
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.housekeeping")


async def every(seconds: float, database: Database, name: str, work: Callable[[Connection], Any], clock: Clock) -> None:
    """Do `work` in a transaction of its own, again and again, until cancelled."""
    while True:
        await clock.sleep(seconds)
        try:
            done = await database.write(work)
        except StorageUnavailable as lost:
            log.warning("%s waits: %s", name, lost)
            continue
        if done:
            log.info("%s: %s", name, done)
        await asyncio.sleep(0)
