"""Complaints: a person's report of a message as spam, on record with what it is about, and heard by the gate."""

from __future__ import annotations

from sqlalchemy import Connection

from masstransit.carriage.arrivals import CarrierArrivals
from masstransit.clock import Clock
from masstransit.errors import NotFound
from masstransit.ledger import Ledger
from masstransit.model.address import parse
from masstransit.model.communication import Kind, Outcome, OutcomeKind
from masstransit.model.sid import new_sid
from masstransit.storage import communications, reports
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys


class Complaints:
    """Takes complaints."""

    def __init__(
        self, *, database: Database, arrivals: CarrierArrivals, ledger: Ledger, keys: Keys, clock: Clock
    ) -> None:
        self._database = database
        self._arrivals = arrivals
        self._ledger = ledger
        self._keys = keys
        self._clock = clock

    async def from_phone(self, number: str, message: str) -> None:
        """The person at `number` reports a message that they received; twice counts once. Raises `NotFound`."""
        row = await self._database.read(lambda connection: communications.locate(connection, message))
        if row is None or row.recipient != number:
            raise NotFound(f"{number} received no message {message}")
        now = self._clock.now()
        outcome = Outcome(
            id=new_sid("CO"),
            account=row.account,
            kind=Kind[row.kind],
            what=OutcomeKind.SPAM_REPORT,
            at=now,
            sender=parse(row.sender),
            recipient=parse(row.recipient),
            communication=row.sid,
            campaign=row.campaign,
            end_user=row.end_user,
        )
        kept = {
            "account": row.account,
            "complaint": outcome.id,
            "kind": "spam-report",
            "sender": row.sender,
            "person": self._keys.person(number),
            "communication": row.sid,
            "campaign": row.campaign,
            "end_user": row.end_user,
            "source": "recipient",
            "at": now,
        }

        def keep(connection: Connection) -> bool:
            if reports.complained(connection, row.account, row.sid, kept["person"]):
                return False
            reports.record_complaint(connection, kept)
            self._ledger.record(connection, row.account, "complaint", outcome.id, kept, now)
            return True

        if await self._database.write(keep):
            await self._arrivals.outcome(outcome)
