"""How many decisions are made, by hour and rule: counted in memory, written down every few seconds.

Pages and charts read the sums, so that none of them walks through the record. What a process had not written down when
it was killed is missing from the sums, and from nothing else.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.errors import StorageUnavailable
from masstransit.model.decision import Decision
from masstransit.storage import tallies
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.tally")

_EVERY = 5.0  # seconds
_Key = tuple[str, datetime, str, str, str]  #: account, hour, moment, verdict, rule


class Tally:
    """Counts the decisions of this process."""

    def __init__(self) -> None:
        self._counts: Counter[_Key] = Counter()

    def note(self, made: Iterable[Decision]) -> None:
        """These are on record."""
        for each in made:
            deciding = each.deciding
            hour = each.at.replace(minute=0, second=0, microsecond=0)
            rule = deciding.rule if deciding is not None else ""
            self._counts[each.account, hour, str(each.moment.name), each.verdict.name, rule] += 1

    def taken(self) -> Counter[_Key]:
        """What was counted since it was last taken."""
        counted, self._counts = self._counts, Counter()
        return counted

    async def run(self, database: Database, clock: Clock) -> None:
        """Write down every few seconds what was counted, until cancelled."""
        while True:
            await clock.sleep(_EVERY)
            try:
                await self.write(database)
            except StorageUnavailable as lost:
                log.warning("the tally waits: %s", lost)

    async def write(self, database: Database) -> None:
        """Add what was counted to the record. What can't be written is counted again: raises `StorageUnavailable`."""
        counted = self.taken()
        if not counted:
            return

        def keep(connection: Connection) -> None:
            tallies.add(connection, counted)

        try:
            await database.write(keep)
        except BaseException:
            self._counts.update(counted)
            raise
