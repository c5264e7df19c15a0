"""A day of traffic, made out of the few messages that are there: copied with their decisions and ledger entries."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import Connection, insert, select

from masstransit.carriage.tally import Tally
from masstransit.ledger import Ledger
from masstransit.model.sid import new_sid
from masstransit.storage import communications, decisions, queue, tallies
from masstransit.storage.engine import Database
from masstransit.storage.tables import communications as messages
from masstransit.storage.tables import holds

_BATCH = 5000


async def fill(data: Path, account: str, count: int, until: datetime, over: timedelta) -> Counter[str]:
    """Add messages to the record of a house that is not running; how many of each verdict."""
    database = Database(f"sqlite:///{data / 'masstransit.db'}")
    try:
        verdicts: Counter[str] = Counter()
        for first in range(0, count, _BATCH):
            size = min(_BATCH, count - first)

            def add(connection: Connection, first: int = first, size: int = size) -> Counter[str]:
                return _copies(connection, account, range(first, first + size), until, over / count)

            verdicts.update(await database.write(add))
        return verdicts
    finally:
        await database.close()


def _copies(connection: Connection, account: str, places: range, until: datetime, step: timedelta) -> Counter[str]:
    """Copies of the messages that are there, in turn, each a step before the one before it."""
    of = messages.c.account == account
    some = connection.execute(select(messages).where(of).order_by(messages.c.created_at).limit(40)).all()
    made = {each.subject: each for each in decisions.by_ids(connection, [(account, r.decision) for r in some]).values()}
    rows, copied, held, tally = [], [], [], Tally()
    for n in places:
        row = some[n % len(some)]
        at, sid = until - step * n, new_sid("SM")
        decision = msgspec.structs.replace(made[row.sid], id=new_sid("DE"), subject=sid, at=at)
        rows.append(
            row._asdict()
            | {"sid": sid, "created_at": at, "updated_at": at, "decision": decision.id, "idempotency_key": None}
        )
        copied.append(decision)
        hold = queue.hold_of(connection, account, row.sid) if n % 97 == 0 else None
        if hold is not None:
            held.append(hold._asdict() | {"sid": sid, "since": at, "until": until + timedelta(hours=1)})
    records = [decisions.record(each) for each in copied]
    ledger = Ledger("crowd")
    entries = [(account, "decision", each.id, kept) for each, kept in zip(copied, records, strict=True)]
    salts = ledger.append(connection, entries, until)
    decisions.add(connection, list(zip(copied, records, salts, strict=True)))
    communications.add(connection, rows)
    if held:
        connection.execute(insert(holds), held)
    tally.note(copied)
    tallies.add(connection, tally.taken())
    return Counter(each.verdict.name for each in copied)
