"""Queries of decisions. The record (findings and facts) is kept as the exact JSON that the ledger's digest covers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, tuple_

from masstransit.model.address import parse
from masstransit.model.communication import Moment
from masstransit.model.decision import Decision, Finding, Verdict
from masstransit.storage.bulk import Bulk
from masstransit.storage.tables import communications, decisions

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
    found = connection.execute(select(decisions).where(tuple_(decisions.c.account, decisions.c.id).in_(keys)))
    return {(r.account, r.id): read(r) for r in found}


def last_attempt(connection: Connection, account: str, subject: str) -> int:
    """The number of the last attempt that was decided about a subject."""
    asked = select(func.max(decisions.c.attempt)).where(decisions.c.account == account, decisions.c.subject == subject)
    return connection.execute(asked).scalar() or 0


def about(connection: Connection, subject: str) -> list[Decision]:
    """Every decision about a subject, in order of time, for the operator."""
    found = connection.execute(select(decisions).where(decisions.c.subject == subject).order_by(decisions.c.at))
    return [read(r) for r in found]


def every(connection: Connection) -> list[Decision]:
    """Every decision on record, in order of time: for a drill's small record."""
    in_order = select(decisions).order_by(decisions.c.at, decisions.c.attempt, decisions.c.id)
    return [read(r) for r in connection.execute(in_order)]


def locate(connection: Connection, id: str) -> Decision | None:  # noqa: A002
    """A decision by its id alone, for the operator."""
    stored = connection.execute(select(decisions).where(decisions.c.id == id)).first()
    return read(stored) if stored else None


def recent(connection: Connection, limit: int = 20) -> list[dict[str, Any]]:
    """The last decisions about offers, newest first, as the demo's page shows them: numbers masked."""
    found = connection.execute(
        select(decisions, communications.c.sender, communications.c.recipient)
        .join(
            communications,
            (communications.c.account == decisions.c.account) & (communications.c.sid == decisions.c.subject),
        )
        .order_by(decisions.c.at.desc())
        .limit(limit)
    )
    shown = []
    for row in found:
        finding = read(row).deciding
        shown.append(
            {
                "id": row.id,
                "at": row.at,
                "verdict": row.verdict,
                "clause": finding.rule if finding else "",
                "reason": finding.reason if finding else "",
                "from": parse(row.sender).masked,
                "to": parse(row.recipient).masked,
            }
        )
    return shown
