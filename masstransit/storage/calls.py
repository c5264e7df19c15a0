"""Queries of calls: as they were offered, and their records when they are over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from masstransit.model.address import callable_address
from masstransit.model.call import AnsweredBy, CallRecord, Party
from masstransit.model.communication import Communication, Direction, Purpose
from masstransit.storage.bulk import Bulk
from masstransit.storage.tables import calls

_INSERT = Bulk(insert(calls))
#: What the record of a call adds to its offer.
_TOLD = (
    "status", "brief", "internal", "ringing_at", "answered_at", "ended_at", "response", "cause", "released_by",
    "answered_by", "agent_after", "trunk",
)  # fmt: skip
_END = Bulk(
    update(calls)
    .where(calls.c.account == bindparam("b_account"), calls.c.sid == bindparam("b_sid"), calls.c.ended_at.is_(None))
    .values({name: bindparam(f"b_{name}") for name in _TOLD})
)
#: By accounts and SIDs, each by itself: asked for by several pairs, SQLite walks through the table.
_OF_KEYS = select(calls).where(
    calls.c.account.in_(bindparam("accounts", expanding=True)), calls.c.sid.in_(bindparam("sids", expanding=True))
)


def offered(call: Communication, *, person: str, status: str, decision: str, brief: str) -> dict[str, Any]:
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


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One call of an account."""
    mine = (calls.c.account == account, calls.c.sid == sid)
    return connection.execute(select(calls).where(*mine)).one_or_none()


def of_keys(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row[Any]]:
    """Rows by (account, sid)."""
    wanted = set(keys)
    asked = {"accounts": list({key[0] for key in wanted}), "sids": list({key[1] for key in wanted})}
    return {(r.account, r.sid): r for r in connection.execute(_OF_KEYS, asked) if (r.account, r.sid) in wanted}


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
    )
