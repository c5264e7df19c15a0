"""Who was met sending what harms: the gate hears of it, so that their standing follows (rulebook 5, ladder).

Once a minute the messages are looked for that were refused for a file that harms; the second look tells of those that
went out before that was known. For each unit that they came from the gate hears of it once, by the last. Hearing it
twice does no harm: what a step was made for counts no more.

A step that rests on files of which a person found one harmless comes down by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.carriage import lifting
from masstransit.carriage.overturning import Word
from masstransit.clock import Clock
from masstransit.errors import StorageUnavailable
from masstransit.facts.harm_sent import HOUSE, REFUSES, SUSPENDS, still_found
from masstransit.ledger import Ledger
from masstransit.model.communication import Communication
from masstransit.model.decision import Decision
from masstransit.model.outcome import Outcome, OutcomeKind, became
from masstransit.model.sid import new_sid
from masstransit.storage import communications, decisions, harm
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.media")

_EVERY = 60.0  # seconds
_AT_FIRST = timedelta(days=1)  # that a process looks back when it begins
_AGAIN = timedelta(minutes=1)  # ... and later: what another process was just writing is met too
_BECAUSE = "a person found harmless what it rests on"

Hear = Callable[[Outcome], Awaitable[Decision]]


class HarmfulSenders:
    """See above. `hear` has an outcome decided; `finds` is how many files bring about a step (clause 5)."""

    def __init__(self, database: Database, ledger: Ledger, clock: Clock, hear: Hear, *, finds: int) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock
        self._hear = hear
        self._finds = finds
        self._looked_at: datetime | None = None

    async def run(self) -> None:
        """Look once a minute until cancelled."""
        while True:
            await self._clock.sleep(_EVERY)
            try:
                await self.follow()
            except StorageUnavailable as lost:
                log.warning("who sent what harms waits: %s", lost)

    async def follow(self) -> None:
        """Have the gate hear of what was refused since the last look; lift what rests on nothing any more. Raises
        `StorageUnavailable`."""
        now = self._clock.now()
        since = now - _AT_FIRST if self._looked_at is None else self._looked_at - _AGAIN
        met = await self._database.read(lambda c: harm.refused(c, REFUSES, since))
        await self.met([(each.account, each.message) for each in met if not each.overturned])
        lifted = await self._database.write(lambda c: self._lift(c, now))
        if lifted:
            log.info("suspensions lifted, as what they rest on was found harmless: %d", lifted)
        self._looked_at = now

    async def met(self, keys: Collection[tuple[str, str]]) -> None:
        """Messages, by (account, SID), are known to harm. Raises `StorageUnavailable`."""
        rows = await self._database.read(lambda c: communications.of_keys(c, list(keys))) if keys else {}
        units = {(row.account, row.end_user): row for row in sorted(rows.values(), key=lambda row: row.created_at)}
        for row in units.values():
            await self._hear(self._outcome(communications.read(row)))

    def _outcome(self, sent: Communication) -> Outcome:
        return became(sent, OutcomeKind.HARM_SENT, self._clock.now(), named=new_sid("OU"))

    def _lift(self, connection: Connection, now: datetime) -> int:
        word = Word(by=HOUSE, because=_BECAUSE, at=now)
        weak = [row for row in harm.steps(connection, SUSPENDS, now) if self._rests_on_little(connection, row, now)]
        for row in weak:
            lifting.lift(connection, self._ledger, row.step_id, word)
        return len(weak)

    def _rests_on_little(self, connection: Connection, step: Row[Any], now: datetime) -> bool:
        """Whether fewer files are left than bring about a step, of those for which it was made."""
        digests = _rests_on(connection, step)
        return bool(digests) and still_found(connection, step.account, digests, now) < min(self._finds, len(digests))


def _rests_on(connection: Connection, step: Row[Any]) -> Sequence[str]:
    key = (step.account, step.decision or "")
    decision = decisions.by_ids(connection, [key]).get(key)
    found = decision.findings if decision is not None else ()
    return next((tuple(each.evidence.get("digests", ())) for each in found if each.rule == step.rule), ())
