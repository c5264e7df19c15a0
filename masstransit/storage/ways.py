"""The way of messages and calls, for those who may ask: from whom, by which door, when, to which carrier. What they say
is read only where the law lets it be told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from masstransit.storage.tables import acceptances, accounts, calls, carrier_ids, communications, numbers

c = communications.c
_WAY = (
    c.account, c.sid, c.kind, c.direction, c.channel, c.principal, c.sender, c.recipient, c.created_at, c.sent_at,
    c.done_at, c.status, c.error_code, c.segments, c.trunk, c.campaign, c.end_user,
)  # fmt: skip


def of_unit(
    connection: Connection,
    of: Collection[str],
    unit: tuple[str, str],
    span: tuple[datetime, datetime],
    *,
    at_most: int,
    content: bool = False,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """What a unit (scope, target) of some accounts sent and received in a span of time, the oldest first; with
    `content` also what it said, where that is still kept."""
    scope, target = unit
    about = {
        "number": or_(c.sender == target, c.recipient == target),
        "campaign": c.campaign == target,
        "end_user": c.end_user == target,
        "message": c.sid == target,
    }.get(scope)
    mine = [c.account.in_(of), c.created_at >= span[0], c.created_at < span[1]]
    query = select(*_WAY, *((c.body,) if content else ())).where(*mine)
    query = query if about is None else query.where(about)
    return connection.execute(query.order_by(c.created_at, c.sid).limit(at_most)).all()


def between(
    connection: Connection,
    of: Collection[str],
    ends: tuple[str, str],
    span: tuple[datetime, datetime],
    *,
    at_most: int,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """What went out of some accounts from a sender to a recipient in a span of time, the oldest first; "" for one of
    the two is any."""
    sender, recipient = ends
    mine = [c.account.in_(of), c.created_at >= span[0], c.created_at < span[1], c.direction == "outbound"]
    mine += [c.sender == sender] if sender else []
    mine += [c.recipient == recipient] if recipient else []
    query = select(*_WAY).where(*mine).order_by(c.created_at, c.sid)
    return connection.execute(query.limit(at_most)).all()


def calls_between(
    connection: Connection,
    of: Collection[str],
    ends: tuple[str, str],
    span: tuple[datetime, datetime],
    *,
    at_most: int,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The calls of some accounts, out and in, from a caller to whoever was called in a span of time, the oldest first;
    "" for one of the two is any. Those that were turned away went nowhere."""
    k, (sender, recipient) = calls.c, ends
    mine = [k.account.in_(of), k.offered_at >= span[0], k.offered_at < span[1], k.status != "refused"]
    mine += [k.sender == sender] if sender else []
    mine += [k.recipient == recipient] if recipient else []
    query = select(calls).where(*mine).order_by(k.offered_at, k.sid)
    return connection.execute(query.limit(at_most)).all()


def carriers_names(connection: Connection, sids: Collection[str]) -> dict[str, list[str]]:
    """By which names carriers took messages, as far as they are still kept."""
    n, found = carrier_ids.c, dict[str, list[str]]()
    rows = connection.execute(select(n.sid, n.carrier_id).where(n.sid.in_(sids)).order_by(n.at, n.carrier_id))
    for sid, name in rows:
        found.setdefault(sid, []).append(name)
    return found


def subscriber(connection: Connection, account: str) -> dict[str, Any]:
    """Basic data of a subscriber (18 USC 2703(c)(2)): its names, since when, its numbers, who accepted the agreement,
    from which address."""
    a, n, t = accounts.c, numbers.c, acceptances.c
    row = connection.execute(
        select(a.account, a.parent, a.friendly_name, a.brand, a.status, a.created_at).where(a.account == account)
    ).one()
    held = select(n.number, n.acquired_at, n.released_at).where(n.account == account).order_by(n.number)
    who = select(t.person, t.role, t.method, t.source, t.at).where(t.account == account).order_by(t.at)
    return {
        **row._asdict(),
        "numbers": [each._asdict() for each in connection.execute(held)],
        "accepted_by": [each._asdict() for each in connection.execute(who)],
    }
