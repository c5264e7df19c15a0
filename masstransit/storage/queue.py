"""Queries of the outbound queue, of holds and of the names by which carriers report.

A row is claimed by a process for as long as that process is heard of (`processes`); what a silent one had claimed is
free again. On PostgreSQL the claim skips rows that others are just claiming (`SKIP LOCKED`); on SQLite there is one
process and one writer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, exists, func, insert, or_, select, tuple_, update

from masstransit.storage.bulk import Bulk
from masstransit.storage.dialects import either
from masstransit.storage.tables import carrier_ids, holds, notices, processes, queue

NEVER = datetime(1970, 1, 1, tzinfo=UTC)  #: `decided_at` of what the gate is asked about again before it is carried

_ADD = Bulk(insert(queue))
_DROP = Bulk(delete(queue).where(queue.c.account == bindparam("b_account"), queue.c.sid == bindparam("b_sid")))
_FREE = Bulk(
    update(queue)
    .where(queue.c.account == bindparam("b_account"), queue.c.sid == bindparam("b_sid"))
    .values(claimed_by=None, claimed_at=None)
)
_AGAIN = Bulk(
    update(queue)
    .where(queue.c.account == bindparam("b_account"), queue.c.sid == bindparam("b_sid"))
    .values(
        claimed_by=None,
        claimed_at=None,
        ready_at=bindparam("b_ready_at"),
        decided_at=bindparam("b_decided_at"),
        attempts=queue.c.attempts + bindparam("b_tried"),
    )
)

_ASKED = Bulk(
    update(queue)
    .where(queue.c.account == bindparam("b_account"), queue.c.sid == bindparam("b_sid"))
    .values(attempts=bindparam("b_attempts"), decided_at=bindparam("b_decided_at"))
)


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Queue communications: `account`, `sid`, `ready_at`, `decided_at`, and `claimed_by` where a process takes it on
    at once."""
    _ADD.run(connection, rows)


def claim(connection: Connection, process: str, now: datetime, limit: int) -> list[Row[*tuple[Any, ...]]]:
    """Take up to `limit` rows that are ready, oldest first."""
    ready = (
        select(queue.c.account, queue.c.sid)
        .where(queue.c.claimed_by.is_(None), queue.c.ready_at <= now)
        .order_by(queue.c.ready_at)
        .limit(limit)
    )
    if connection.dialect.name == "postgresql":
        ready = ready.with_for_update(skip_locked=True)
    taken = connection.execute(
        update(queue)
        .where(tuple_(queue.c.account, queue.c.sid).in_(ready))
        .values(claimed_by=process, claimed_at=now)
        .returning(queue.c.account, queue.c.sid, queue.c.ready_at, queue.c.decided_at, queue.c.attempts)
    )
    return sorted(taken, key=lambda row: row.ready_at)


def again(account: str, sid: str, ready_at: datetime, decided_at: datetime, *, tried: bool) -> dict[str, Any]:
    """One row for `put_back`."""
    return {
        "b_account": account,
        "b_sid": sid,
        "b_ready_at": ready_at,
        "b_decided_at": decided_at,
        "b_tried": int(tried),
    }


def asked(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Note that the gate was asked again about rows: `b_account`, `b_sid`, `b_attempts`, `b_decided_at` each.

    Noted with the decision itself: an attempt's number is part of its decision's id, and is never used twice.
    """
    _ASKED.run(connection, rows)


def put_back(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Unclaim rows (made by `again`), to be tried at `ready_at`."""
    _AGAIN.run(connection, rows)


def drop(connection: Connection, keys: Sequence[tuple[str, str]]) -> None:
    """Take rows out: they are sent, or never will be."""
    _DROP.run(connection, [{"b_account": account, "b_sid": sid} for account, sid in keys])


def take_out(connection: Connection, account: str, sid: str) -> bool:
    """Take one row out unless it is on its way. True when it was there."""
    gone = connection.execute(
        delete(queue).where(queue.c.account == account, queue.c.sid == sid, queue.c.claimed_by.is_(None))
    )
    return gone.rowcount > 0


def waiting(connection: Connection) -> int:
    """How many rows there are."""
    return connection.execute(select(func.count()).select_from(queue)).scalar_one()


_UNDER_WAY = select(
    exists(select(queue.c.sid).where(queue.c.ready_at <= bindparam("now"))),
    exists(select(carrier_ids.c.sid).where(carrier_ids.c.at <= bindparam("reported"))),
)


def under_way(connection: Connection, now: datetime, reported_within: timedelta) -> bool:
    """Whether a row is ready, or a carrier's report is due that did not come yet."""
    ready, due = connection.execute(_UNDER_WAY, {"now": now, "reported": now - reported_within}).one()
    return bool(ready or due)


# --- processes ----------------------------------------------------------------------------------------------------


def alive(connection: Connection, process: str, now: datetime) -> bool:
    """Say that this process serves. False: it was not listed, so others have taken over what it had claimed."""
    changed = connection.execute(update(processes).where(processes.c.process == process).values(seen_at=now))
    if changed.rowcount == 0:
        connection.execute(insert(processes).values(process=process, started_at=now, seen_at=now))
    return changed.rowcount > 0


def release_silent(connection: Connection, now: datetime, silence: timedelta) -> int:
    """Free what processes had claimed that were not heard of for `silence`, or are not listed. Returns how many."""
    gone = select(processes.c.process).where(processes.c.seen_at >= now - silence)
    freed = connection.execute(
        update(queue)
        .where(queue.c.claimed_by.is_not(None), queue.c.claimed_by.not_in(gone))
        .values(claimed_by=None, claimed_at=None)
    )
    connection.execute(delete(processes).where(processes.c.seen_at < now - silence))
    return freed.rowcount


def release_strays(connection: Connection, process: str, before: datetime, mine: Collection[str]) -> int:
    """Free what this process claimed before then and does not know of: a commit whose answer was lost left it so."""
    claimed = connection.execute(
        select(queue.c.account, queue.c.sid).where(queue.c.claimed_by == process, queue.c.claimed_at < before)
    )
    strays = [{"b_account": row.account, "b_sid": row.sid} for row in claimed if row.sid not in mine]
    _FREE.run(connection, strays)
    return len(strays)


def release_own(connection: Connection, process: str) -> None:
    """Free what this process had claimed, in the queue and of notices, and be gone."""
    connection.execute(update(queue).where(queue.c.claimed_by == process).values(claimed_by=None, claimed_at=None))
    connection.execute(update(notices).where(notices.c.claimed_by == process).values(claimed_by=None))
    connection.execute(delete(processes).where(processes.c.process == process))


# --- holds --------------------------------------------------------------------------------------------------------


_HELD = either((holds.c.account, holds.c.sid), "keys")


def hold(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Park communications until a person has looked. One that was let go before waits anew."""
    if rows:
        keys = [(row["account"], row["sid"]) for row in rows]
        connection.execute(delete(holds).where(_HELD), {"keys": keys})
        connection.execute(insert(holds), rows)


def let_go(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(account, sid) -> the rule that had held it, for those that a person has looked at and let go."""
    found = connection.execute(
        select(holds.c.account, holds.c.sid, holds.c.rule).where(_HELD, holds.c.outcome == "released"), {"keys": keys}
    )
    return {(row.account, row.sid): row.rule for row in found}


def held_by(
    connection: Connection, of: Collection[str], since: datetime, clauses: Collection[str], rules: Collection[str]
) -> int:
    """How many messages of some accounts these clauses or rules held, those left out that a person let go."""
    about = or_(holds.c.clause.in_(clauses), holds.c.rule.in_(rules))
    still = or_(holds.c.outcome.is_(None), holds.c.outcome != "released")
    found = select(func.count()).where(holds.c.account.in_(of), holds.c.since >= since, about, still)
    return int(connection.execute(found).scalar_one())


def expired_holds(connection: Connection, now: datetime, limit: int = 100) -> list[Row[*tuple[Any, ...]]]:
    """Holds whose deadline has passed without a person's word."""
    return list(connection.execute(select(holds).where(holds.c.outcome.is_(None), holds.c.until <= now).limit(limit)))


def is_held(connection: Connection, account: str, sid: str) -> bool:
    """Whether a communication still waits for a person's word."""
    waits = select(holds.c.sid).where(holds.c.account == account, holds.c.sid == sid, holds.c.outcome.is_(None))
    return connection.execute(waits).first() is not None


def looked_at(connection: Connection, account: str, sid: str) -> str | None:
    """Who has looked at a held communication and let it go or refused it; None: nobody did."""
    looked = (holds.c.account == account, holds.c.sid == sid, holds.c.outcome.in_(("released", "refused")))
    return connection.execute(select(holds.c.decided_by).where(*looked)).scalar_one_or_none()


def held_for(connection: Connection, account: str, sid: str) -> str | None:
    """The rule that holds a communication; None: it is not held."""
    waits = select(holds.c.rule).where(holds.c.account == account, holds.c.sid == sid, holds.c.outcome.is_(None))
    return connection.execute(waits).scalar_one_or_none()


def waiting_holds(
    connection: Connection,
    *,
    at_most: int,
    clause: str | None = None,
    free_for: tuple[str, datetime] | None = None,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """What waits for a person, the nearest deadline first: of all clauses or one; with `free_for` (who, now) without
    what another reviewer has open."""
    h = holds.c
    query = select(holds).where(h.outcome.is_(None))
    if clause is not None:
        query = query.where(h.clause == clause)
    if free_for is not None:
        who, now = free_for
        query = query.where(or_(h.taken_by.is_(None), h.taken_by == who, h.taken_until <= now))
    return connection.execute(query.order_by(h.until, h.account, h.sid).limit(at_most)).all()


def take_hold(connection: Connection, account: str, sid: str, *, who: str, now: datetime, until: datetime) -> bool:
    """Open a held communication for one reviewer. False: another has it open, or it is not held."""
    h = holds.c
    taken = connection.execute(
        update(holds)
        .where(h.account == account, h.sid == sid, h.outcome.is_(None))
        .where(or_(h.taken_by.is_(None), h.taken_by == who, h.taken_until <= now))
        .values(taken_by=who, taken_until=until)
    )
    return taken.rowcount > 0


def hold_of(connection: Connection, account: str, sid: str) -> Row[*tuple[Any, ...]] | None:
    """A communication's hold, ended or not."""
    return connection.execute(select(holds).where(holds.c.account == account, holds.c.sid == sid)).one_or_none()


def holds_by_clause(connection: Connection) -> dict[str, int]:
    """Clause -> how many wait for a person."""
    counted = select(holds.c.clause, func.count().label("waiting")).where(holds.c.outcome.is_(None))
    return {row.clause: row.waiting for row in connection.execute(counted.group_by(holds.c.clause))}


def ended_holds(connection: Connection, since: datetime) -> dict[str, int]:
    """Outcome -> how many holds ended so whose deadline was after then."""
    counted = select(holds.c.outcome, func.count().label("ended")).where(holds.c.outcome.is_not(None))
    found = connection.execute(counted.where(holds.c.until > since).group_by(holds.c.outcome))
    return {row.outcome: row.ended for row in found}


def end_hold(connection: Connection, account: str, sid: str, outcome: str, by: str) -> bool:
    """Write a hold's outcome: released, refused or expired. False when it had one already."""
    ended = connection.execute(
        update(holds)
        .where(holds.c.account == account, holds.c.sid == sid, holds.c.outcome.is_(None))
        .values(outcome=outcome, decided_by=by)
    )
    return ended.rowcount > 0


# --- carriers' names ----------------------------------------------------------------------------------------------

_NAME = Bulk(insert(carrier_ids))
_UNNAME = Bulk(
    delete(carrier_ids).where(
        carrier_ids.c.trunk == bindparam("b_trunk"), carrier_ids.c.carrier_id == bindparam("b_carrier_id")
    )
)


def name(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Note by which ids a trunk will report: `trunk`, `carrier_id`, `account`, `sid`, `at`.

    A carrier that counts from one again after its restart repeats ids; the newer message has the name.
    """
    named = {(row["trunk"], row["carrier_id"]): row for row in rows}
    unname(connection, list(named))
    _NAME.run(connection, list(named.values()))


_NAMED = select(carrier_ids).where(either((carrier_ids.c.trunk, carrier_ids.c.carrier_id), "keys"))


def named(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """(trunk, carrier id) -> (account, sid)."""
    found = connection.execute(_NAMED, {"keys": keys})
    return {(r.trunk, r.carrier_id): (r.account, r.sid) for r in found}


def unname(connection: Connection, keys: Sequence[tuple[str, str]]) -> None:
    """Forget names that were reported on for good."""
    _UNNAME.run(connection, [{"b_trunk": trunk, "b_carrier_id": carrier_id} for trunk, carrier_id in keys])


def parts_left(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """How many segments of each (account, sid) are not reported on yet."""
    if not keys:
        return {}
    found = connection.execute(
        select(carrier_ids.c.account, carrier_ids.c.sid, func.count())
        .where(either((carrier_ids.c.account, carrier_ids.c.sid), "keys"))
        .group_by(carrier_ids.c.account, carrier_ids.c.sid),
        {"keys": keys},
    )
    return {(account, sid): left for account, sid, left in found}
