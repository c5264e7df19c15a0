"""Queries of decisions. The record (findings and facts) is kept as the exact JSON that the ledger's digest covers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, or_, select

from masstransit.model.address import callable_address
from masstransit.model.communication import Moment
from masstransit.model.decision import Decision, Finding, Verdict
from masstransit.storage.bulk import Bulk
from masstransit.storage.dialects import either
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import calls, communications, decisions

_INSERT = Bulk(insert(decisions))
_ENCODER = msgspec.json.Encoder()


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the record column."""

    subject: str
    verdict: str
    revision: str
    findings: tuple[Finding, ...]
    facts: Any


_DECODER = msgspec.json.Decoder(Record)


def record(decision: Decision) -> bytes:
    """The bytes that the ledger covers."""
    return _ENCODER.encode(
        Record(
            subject=decision.subject,
            verdict=decision.verdict.name,
            revision=decision.revision,
            findings=decision.findings,
            facts=decision.facts,
        )
    )


def add(connection: Connection, made: Sequence[tuple[Decision, bytes, bytes]]) -> None:
    """Keep decisions: each with its record and the salt the ledger used."""
    _INSERT.run(connection, [_row(decision, kept, salt) for decision, kept, salt in made])


def _row(decision: Decision, kept: bytes, salt: bytes) -> dict[str, Any]:
    return {
        "account": decision.account,
        "id": decision.id,
        "subject": decision.subject,
        "moment": decision.moment.name,
        "attempt": decision.attempt,
        "at": decision.at,
        "verdict": decision.verdict.name,
        "revision": decision.revision,
        "stopped_by": decision.stopped_by,
        "record": kept.decode(),
        "salt": salt,
    }


def read(stored: Row[Any]) -> Decision:
    """The decision that a row keeps."""
    kept = _DECODER.decode(stored.record)
    return Decision(
        id=stored.id,
        subject=stored.subject,
        account=stored.account,
        moment=Moment[stored.moment],
        attempt=stored.attempt,
        at=stored.at,
        verdict=Verdict[stored.verdict],
        findings=kept.findings,
        facts=kept.facts,
        revision=stored.revision,
    )


def by_ids(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Decision]:
    """Decisions by (account, id)."""
    query = select(decisions).where(either((decisions.c.account, decisions.c.id), "keys"))
    return {(r.account, r.id): read(r) for r in connection.execute(query, {"keys": keys})}


def last_attempt(connection: Connection, account: str, subject: str) -> int:
    """The number of the last attempt that was decided about a subject."""
    asked = select(func.max(decisions.c.attempt)).where(decisions.c.account == account, decisions.c.subject == subject)
    return connection.execute(asked).scalar() or 0


def about(connection: Connection, subject: str) -> list[Decision]:
    """Every decision about a subject, in order of time, for the operator."""
    d = decisions.c
    whose = list(connection.execute(select(d.account).where(d.subject == subject).distinct()).scalars())
    found = connection.execute(select(decisions).where(d.account.in_(whose), d.subject == subject))
    return [read(r) for r in sorted(found, key=lambda r: (r.at, r.attempt, r.id))]  # SQLite would sort all it has first


def every(connection: Connection) -> list[Decision]:
    """Every decision on record, in order of time: for a drill's small record."""
    in_order = select(decisions).order_by(decisions.c.at, decisions.c.attempt, decisions.c.id)
    return [read(r) for r in connection.execute(in_order)]


def locate(connection: Connection, id: str) -> Decision | None:  # noqa: A002
    """A decision by its id alone, for the operator: the index of keys tells whose it is."""
    whose = connection.execute(select(decisions.c.account).where(decisions.c.id == id)).scalars().first()
    return None if whose is None else by_ids(connection, [(whose, id)]).get((whose, id))


def stops(connection: Connection, part: Slice, rule: str | None = None, *, kind: str = "") -> Sheet:
    """Decisions that held or refused something, the newest first: by all rules, or one; of all, or of what is named
    alike ("CA": calls)."""
    d = decisions.c
    query = select(decisions).where(d.stopped_by.is_not(None))
    if rule is not None:
        query = query.where(d.stopped_by == rule)
    if kind:
        query = query.where(d.subject.startswith(kind))
    return sheet(connection, query, (d.at, d.id), part)


def stopped(connection: Connection, since: datetime, rule: str | None = None) -> dict[str, int]:
    """Rule -> how many subjects it has held or refused since then; of all rules, or of one."""
    d = decisions.c
    subjects = func.count(d.subject.distinct()).label("subjects")
    query = select(d.stopped_by, subjects).where(d.stopped_by.is_not(None), d.at >= since)
    if rule is not None:
        query = query.where(d.stopped_by == rule)
    return {row.stopped_by: row.subjects for row in connection.execute(query.group_by(d.stopped_by))}


def stopped_by(connection: Connection, rule: str, since: datetime, part: Slice) -> Sheet:
    """Decisions by which a rule held or refused something since then, the newest first: without their records."""
    d = decisions.c
    query = select(d.account, d.id, d.subject, d.moment, d.at, d.verdict, d.revision)
    return sheet(connection, query.where(d.stopped_by == rule, d.at >= since), (d.at, d.id), part)


def last_hold(connection: Connection, account: str, subject: str) -> Decision | None:
    """The last decision that held a subject."""
    d = decisions.c
    query = select(decisions).where(d.account == account, d.subject == subject, d.verdict == Verdict.HOLD.name)
    stored = connection.execute(query.order_by(d.attempt.desc()).limit(1)).first()
    return read(stored) if stored else None


def offers(
    connection: Connection,
    account: str,
    since: datetime,
    until: datetime,
    *,
    after: tuple[datetime, str] | None = None,
    at_most: int,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """An account's decisions about offers from a time to before another, in order; those after (at, id) of the last
    that was read."""
    d = decisions.c
    query = select(decisions).where(d.account == account, d.moment == Moment.OFFER.name, d.at >= since, d.at < until)
    if after is not None:
        query = query.where(d.at >= after[0], or_(d.at > after[0], d.id > after[1]))
    return connection.execute(query.order_by(d.at, d.id).limit(at_most)).all()


def moments(connection: Connection, account: str, since: datetime, until: datetime) -> dict[Moment, int]:
    """How many decisions an account has from a time to before another, by moment."""
    d = decisions.c
    query = select(d.moment, func.count()).where(d.account == account, d.at >= since, d.at < until)
    return {Moment[name]: count for name, count in connection.execute(query.group_by(d.moment))}


def recent(connection: Connection, limit: int = 20) -> list[dict[str, Any]]:
    """The last decisions about offers, newest first, as the demo's page shows them: numbers masked."""
    found: list[Row[Any]] = []
    for table in (communications, calls):
        c, d = table.c, decisions.c
        query = select(decisions, c.sender, c.recipient).join(table, (c.account == d.account) & (c.sid == d.subject))
        found += connection.execute(query.order_by(d.at.desc()).limit(limit))
    shown = []
    for row in sorted(found, key=lambda each: each.at, reverse=True)[:limit]:
        finding = read(row).deciding
        shown.append(
            {
                "id": row.id,
                "at": row.at,
                "verdict": row.verdict,
                "clause": finding.rule if finding else "",
                "reason": finding.reason if finding else "",
                "from": callable_address(row.sender).masked,
                "to": callable_address(row.recipient).masked,
            }
        )
    return shown
