"""Queries of calls: as they were offered, and their records when they are over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from masstransit.model.address import callable_address
from masstransit.model.call import AnsweredBy, CallRecord, Party
from masstransit.model.communication import Communication, Direction, Purpose
from masstransit.model.signalling import Step
from masstransit.storage.bulk import Bulk
from masstransit.storage.dialects import either
from masstransit.storage.lookup import Lookup
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import LIVE, calls, processes

REFUSED = "refused"  #: not let out, so that it never was a call
_INSERT = Bulk(insert(calls))
#: What the record of a call adds to its offer.
_TOLD = (
    "status", "brief", "internal", "ringing_at", "answered_at", "ended_at", "response", "cause", "released_by",
    "answered_by", "agent_after", "trunk", "steps",
)  # fmt: skip
_END = Bulk(
    update(calls)
    .where(calls.c.account == bindparam("b_account"), calls.c.sid == bindparam("b_sid"), calls.c.ended_at.is_(None))
    .values({name: bindparam(f"b_{name}") for name in _TOLD})
)
_OF_KEYS = Lookup(select(calls).where(either((calls.c.account, calls.c.sid), "keys")))


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which calls a list asks for; times are half-open."""

    to: str | None = None
    sender: str | None = None
    status: str | None = None
    parent: str | None = None
    started_from: datetime | None = None
    started_before: datetime | None = None
    ended_from: datetime | None = None
    ended_before: datetime | None = None


class Led(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a call, from its offer on, that a document leads: should its process be gone before it rings, it
    still ends, and whoever watches it hears of that."""

    process: str = ""  #: which carries it
    attrs: dict[str, Any] = {}  #: where its events are told


NOT_LED = Led()


def offered(
    call: Communication, *, person: str, status: str, decision: str, brief: str, led: Led = NOT_LED
) -> dict[str, Any]:
    """A call as it was offered: the row that keeps it."""
    return {
        "account": call.account,
        "sid": call.id,
        "direction": call.direction.value,
        "channel": call.channel,
        "principal": call.principal,
        "sender": call.sender.text,
        "recipient": call.recipient.text,
        "person": person,
        "status": status,
        "purpose": call.purpose.value if call.purpose else None,
        "campaign": call.campaign,
        "end_user": call.end_user,
        "brief": brief,
        "offered_at": call.at,
        "decision": decision,
        "exemption": call.exemption.value if call.exemption else None,
        "parent": call.parent,
        "process": led.process,
        "attrs": led.attrs,
        "steps": [],
    }


def over(record: CallRecord, *, person: str, status: str) -> dict[str, Any]:
    """A call that is over, and was never offered here: the row that keeps its record."""
    return {
        "account": record.account,
        "sid": record.id,
        "direction": record.direction.value,
        "sender": record.sender.text,
        "recipient": record.recipient.text,
        "person": person,
        "purpose": record.purpose.value if record.purpose else None,
        "campaign": record.campaign,
        "end_user": record.end_user,
        "offered_at": record.offered_at,
        "decision": None,
        "attrs": {},
        **_told(record, status),
    }


def _told(record: CallRecord, status: str) -> dict[str, Any]:
    return {
        "status": status,
        "brief": record.brief,
        "internal": record.internal,
        "ringing_at": record.ringing_at,
        "answered_at": record.answered_at,
        "ended_at": record.ended_at,
        "response": record.status,
        "cause": record.cause,
        "released_by": record.released_by.value,
        "answered_by": record.answered_by.value if record.answered_by else None,
        "agent_after": record.agent_after,
        "trunk": record.trunk,
        "steps": [[*msgspec.structs.astuple(step)] for step in record.steps],
    }


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep new calls."""
    _INSERT.run(connection, rows)


def end(connection: Connection, ended: Sequence[tuple[CallRecord, str]]) -> None:
    """Keep the records of calls that were offered, each with its status in the SDKs' words. A record that is there
    stays as it was."""
    _END.run(
        connection,
        [
            {f"b_{name}": value for name, value in _told(record, status).items()}
            | {"b_account": record.account, "b_sid": record.id}
            for record, status in ended
        ],
    )


def mark(connection: Connection, account: str, sid: str, status: str, **more: Any) -> None:
    """What a call is at now, in the SDKs' words; one that is over stays as it was."""
    mine = (calls.c.account == account, calls.c.sid == sid, calls.c.ended_at.is_(None))
    connection.execute(update(calls).where(*mine).values(status=status, **more))


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One call of an account."""
    mine = (calls.c.account == account, calls.c.sid == sid)
    return connection.execute(select(calls).where(*mine)).one_or_none()


def of_keys(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row[Any]]:
    """Rows by (account, sid)."""
    return {(r.account, r.sid): r for r in _OF_KEYS.rows(connection, keys=keys)}


def fetch(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One call as its customer knows it: what was refused never was one."""
    return connection.execute(_listed(account).where(calls.c.sid == sid)).one_or_none()


def page(connection: Connection, account: str, filters: Filters, part: Slice) -> Sheet:
    """An account's calls, the newest first."""
    c = calls.c
    asked = (
        (c.recipient, filters.to),
        (c.sender, filters.sender),
        (c.status, filters.status),
        (c.parent, filters.parent),
    )
    query = _listed(account).where(*(column == value for column, value in asked if value is not None))
    for column, since, until in (
        (c.offered_at, filters.started_from, filters.started_before),
        (c.ended_at, filters.ended_from, filters.ended_before),
    ):
        query = query if since is None else query.where(column >= since)
        query = query if until is None else query.where(column < until)
    return sheet(connection, query, (c.offered_at, c.sid), part)


def _listed(account: str) -> Select[Any]:
    return select(calls).where(calls.c.account == account, calls.c.status != REFUSED, calls.c.removed.is_(False))


def live(connection: Connection, *, account: str | None = None, at_most: int) -> list[Row[Any]]:
    """Calls that go on by the record, the newest first: of everybody, or of an account."""
    query = select(calls).where(LIVE)  # in the words of its index, or that is not used
    if account is not None:
        query = query.where(calls.c.account == account)
    return list(connection.execute(query.order_by(calls.c.offered_at.desc()).limit(at_most)))


def ended_between(
    connection: Connection, account: str, since: datetime, until: datetime, *, at_most: int
) -> list[CallRecord]:
    """The records of an account's calls that were offered since then and were over before `until`: the newest first."""
    c = calls.c
    mine = (c.account == account, c.offered_at >= since, c.offered_at < until, c.ended_at < until)
    found = connection.execute(select(calls).where(*mine).order_by(c.offered_at.desc()).limit(at_most))
    return [read(row) for row in found]


def take_off(connection: Connection, account: str, sid: str) -> None:
    """Show a call no more. What it counts for stays: nobody makes short calls unsaid."""
    connection.execute(update(calls).where(calls.c.account == account, calls.c.sid == sid).values(removed=True))


def is_coming_in(connection: Connection, account: str, sender: str, recipient: str, since: datetime) -> bool:
    """Whether a call from one number to another of the account came in since then, and is not over."""
    k = calls.c
    here = (k.account == account, k.offered_at >= since, k.direction == "inbound", k.ended_at.is_(None))
    query = select(k.sid).where(*here, k.sender == sender, k.recipient == recipient, k.status != REFUSED)
    return connection.execute(query.limit(1)).first() is not None


def shown(
    connection: Connection,
    of: Collection[str],
    since: datetime,
    until: datetime | None = None,
    *,
    at_most: int,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Which numbers some accounts showed in calls in a span of time (`account`, `sender`, `campaign`, `end_user`), each
    once."""
    k = calls.c
    went = [k.account.in_(of), k.offered_at >= since, k.direction == "outbound", k.status != REFUSED]
    went += [] if until is None else [k.offered_at < until]
    query = select(k.account, k.sender, k.campaign, k.end_user).distinct().where(*went)
    return connection.execute(query.order_by(k.account, k.sender).limit(at_most)).all()


def orphans(connection: Connection, process: str, *, at_start: bool) -> list[Row[Any]]:
    """Calls led by documents whose process is gone, and whose lines went with it. `at_start` of a process none of its
    own can go on yet: they are those of its last life."""
    c, living = calls.c, select(processes.c.process)
    gone = c.process.not_in(living) & (c.process != process)
    led = (c.ended_at.is_(None), c.process != "", c.status != REFUSED)
    whose = (c.process == process) | gone if at_start else gone
    return list(connection.execute(select(calls).where(*led, whose).limit(1000)))


def locate(connection: Connection, sid: str) -> Row[Any] | None:
    """A call by its SID alone, for the operator: the index of keys tells whose it is."""
    whose = connection.execute(select(calls.c.account).where(calls.c.sid == sid)).scalar_one_or_none()
    return None if whose is None else find(connection, whose, sid)


def every(connection: Connection) -> list[Row[Any]]:
    """Every call on record: for a drill's small record."""
    return list(connection.execute(select(calls)))


def read(stored: Row[Any]) -> CallRecord:
    """The record that a row keeps of a call that is over."""
    return CallRecord(
        id=stored.sid,
        account=stored.account,
        direction=Direction(stored.direction),
        sender=callable_address(stored.sender),
        recipient=callable_address(stored.recipient),
        purpose=Purpose(stored.purpose) if stored.purpose else None,
        campaign=stored.campaign,
        end_user=stored.end_user,
        trunk=stored.trunk,
        offered_at=stored.offered_at,
        ringing_at=stored.ringing_at,
        answered_at=stored.answered_at,
        ended_at=stored.ended_at,
        status=stored.response,
        cause=stored.cause,
        released_by=Party(stored.released_by),
        answered_by=AnsweredBy(stored.answered_by) if stored.answered_by else None,
        brief=stored.brief,
        agent_after=stored.agent_after,
        internal=stored.internal,
        steps=tuple(msgspec.convert(stored.steps, tuple[Step, ...])),
    )
