"""Which messages a clause stopped for what they say: those that it refused, and those that it holds or held in vain.

Refused ones bear the SDKs' error 30007, and a partial index finds those few among all; which clause it was stands in
their decision.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select, text

from masstransit.model.decision import Mode, Verdict
from masstransit.storage import decisions as record
from masstransit.storage.tables import communications, decisions, holds

_C = communications.c
_FILTERED = text("communications.error_code = 30007")  # as the partial index has it


def stopped_by(
    connection: Connection, of: Collection[str], clause: str, since: datetime, *, at_most: int
) -> Counter[tuple[str, str | None]]:
    """(account, end_user) -> how many of their messages since then a clause refused or held; of what was refused the
    newest `at_most` of each account are looked at. What a person let go is left out."""
    place = func.row_number().over(partition_by=_C.account, order_by=_C.created_at.desc()).label("place")
    newest = (
        select(_C.account, _C.end_user, _C.decision, place)
        .where(_FILTERED, _C.account.in_(of), _C.created_at >= since)
        .subquery()
    )
    refused = (
        select(newest.c.end_user, decisions)
        .join(decisions, and_(decisions.c.account == newest.c.account, decisions.c.id == newest.c.decision))
        .where(newest.c.place <= at_most)
    )
    found: Counter[tuple[str, str | None]] = Counter()
    for row in connection.execute(refused):
        if any(
            f.clause == clause and f.verdict is Verdict.REFUSE and f.mode is Mode.ENFORCED
            for f in record.read(row).findings
        ):
            found[row.account, row.end_user] += 1
    still = or_(holds.c.outcome.is_(None), holds.c.outcome != "released")
    held = (
        select(_C.account, _C.end_user, func.count().label("number"))
        .join(holds, and_(holds.c.account == _C.account, holds.c.sid == _C.sid))
        .where(holds.c.account.in_(of), holds.c.clause == clause, holds.c.since >= since, still)
        .group_by(_C.account, _C.end_user)
    )
    for row in connection.execute(held):
        found[row.account, row.end_user] += row.number
    return found
