"""How much an account has sent and received, counted from what is on record."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Connection, func, or_, select, type_coerce

from masstransit.storage.tables import accounts, communications

_DAY = 86_400_000_000  # microseconds
_EPOCH = date(1970, 1, 1)


class Counted(msgspec.Struct, frozen=True):
    """What one day saw in one direction."""

    day: date
    direction: str  #: outbound | inbound
    messages: int
    segments: int
    price: int | None = None  #: in millionths of a USD, of those whose price is known; None: of none


def counted(
    connection: Connection, account: str, since: datetime, until: datetime, *, subaccounts: bool
) -> list[Counted]:
    """Messages and segments by day and direction, from `since` to before `until`; refused ones were never sent."""
    at: Any = type_coerce(communications.c.created_at, BigInteger)
    day = (at - at % _DAY).label("day")
    whose = communications.c.account == account
    if subaccounts:
        children = select(accounts.c.account).where(accounts.c.parent == account)
        whose = or_(whose, communications.c.account.in_(children))
    found = connection.execute(
        select(
            day,
            communications.c.direction,
            func.count(),
            func.sum(communications.c.segments),
            func.sum(communications.c.price),
        )
        .where(
            whose,
            communications.c.created_at >= since,
            communications.c.created_at < until,
            communications.c.status != "refused",
        )
        .group_by(day, communications.c.direction)
        .order_by(day)
    )
    return [
        Counted(
            _EPOCH + timedelta(days=int(micros) // _DAY),
            direction,
            int(count),
            int(segments or 0),
            None if price is None else int(price),
        )
        for micros, direction, count, segments, price in found
    ]
