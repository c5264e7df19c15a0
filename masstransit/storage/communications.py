"""Queries of communications: as they come in, go out, and end.

The columns that the SDKs list are read elsewhere in the room that shows them; here stands what carriage writes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, insert, or_, select, update

from masstransit.model.communication import Communication, Direction, Exemption, Kind, Purpose, address_of
from masstransit.model.letter import Letter
from masstransit.model.mail import Authentication
from masstransit.model.media import Attachment
from masstransit.storage.bulk import Bulk
from masstransit.storage.dialects import either
from masstransit.storage.lookup import Lookup
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import communications

# What is kept of a communication among its attributes, where it is not what it usually is.
_MARKS: dict[str, Any] = {
    "receipt": False,
    "obfuscate": False,
    "attempts_told": 1,
    "risk_check": True,
    "conversation": None,
    "attributes": "",
    "edits": None,
    "pages": 0,
    "pictures": 0,
}
_FILTERED = 30007  # the SDKs' code
_INSERT = Bulk(insert(communications))
_STATUS = Bulk(
    update(communications)
    .where(communications.c.account == bindparam("b_account"), communications.c.sid == bindparam("b_sid"))
    .values(
        status=bindparam("b_status"),
        error_code=bindparam("b_error_code"),
        error_message=bindparam("b_error_message"),
        updated_at=bindparam("b_at"),
        sent_at=bindparam("b_sent_at"),
        done_at=bindparam("b_done_at"),
        trunk=bindparam("b_trunk"),
        price=bindparam("b_price"),
    )
)


def row(communication: Communication, *, person: str, segments: int, status: str, decision: str) -> dict[str, Any]:
    """A communication as the row that keeps it."""
    c = communication
    return {
        "account": c.account,
        "sid": c.id,
        "kind": c.kind.name,
        "direction": c.direction.value,
        "channel": c.channel,
        "principal": c.principal,
        "sender": c.sender.text,
        "recipient": c.recipient.text,
        "person": person,
        "body": c.text,
        "shortened": c.shortened,
        "payload": c.binary,
        "status": status,
        "error_code": None,
        "error_message": None,
        "purpose": c.purpose.value if c.purpose else None,
        "campaign": c.campaign,
        "service": c.service,
        "end_user": c.end_user,
        "idempotency_key": c.idempotency_key,
        "segments": segments,
        "created_at": c.at,
        "updated_at": c.at,
        "send_at": c.send_at,
        "expires_at": c.expires_at,
        "sent_at": None,
        "done_at": None,
        "trunk": None,
        "decision": decision,
        "status_callback": c.status_callback,
        "exemption": c.exemption.value if c.exemption else None,
        "max_price": c.max_price,
        "price": None,
        "discard": c.discard,
        "attrs": _attrs(c),
    }


def read(stored: Row[Any], *, attempt: int = 0) -> Communication:
    """The communication that a row keeps."""
    kind = Kind[stored.kind]
    return Communication(
        id=stored.sid,
        account=stored.account,
        kind=kind,
        direction=Direction(stored.direction),
        channel=stored.channel,
        sender=address_of(kind, stored.sender),
        recipient=address_of(kind, stored.recipient),
        text=stored.body or "",
        shortened=stored.shortened,
        at=stored.created_at,
        purpose=Purpose(stored.purpose) if stored.purpose else None,
        campaign=stored.campaign,
        service=stored.service,
        end_user=stored.end_user,
        idempotency_key=stored.idempotency_key,
        attempt=attempt,
        send_at=stored.send_at,
        expires_at=stored.expires_at,
        exemption=Exemption(stored.exemption) if stored.exemption else None,
        status_callback=stored.status_callback,
        binary=stored.payload,
        max_price=stored.max_price,
        principal=stored.principal,
        discard=stored.discard,
        attachments=msgspec.convert(stored.attrs.get("attachments", ()), tuple[Attachment, ...]),
        letter=msgspec.convert(stored.attrs.get("letter"), Letter | None),
        authentication=msgspec.convert(stored.attrs.get("authentication"), Authentication | None),
        **{name: stored.attrs.get(name, usual) for name, usual in _MARKS.items()},
    )


def _attrs(communication: Communication) -> dict[str, Any]:
    marks = {name: said for name, usual in _MARKS.items() if (said := getattr(communication, name)) != usual}
    if communication.attachments:
        marks["attachments"] = msgspec.to_builtins(communication.attachments)
    if communication.letter is not None:
        marks["letter"] = msgspec.to_builtins(communication.letter)
    if communication.authentication is not None:
        marks["authentication"] = msgspec.to_builtins(communication.authentication)
    return marks


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep new communications."""
    _INSERT.run(connection, rows)


_C = communications.c
_BY_KEYS = Lookup(
    select(_C.account, _C.idempotency_key, _C.sid, _C.decision).where(either((_C.account, _C.idempotency_key), "keys"))
)
_OF_KEYS = Lookup(select(communications).where(either((_C.account, _C.sid), "keys")))


def by_keys(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Which (account, idempotency key) pairs were used before, and the (sid, decision) each led to."""
    return {(r.account, r.idempotency_key): (r.sid, r.decision) for r in _BY_KEYS.rows(connection, keys=keys)}


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One communication of an account."""
    return connection.execute(
        select(communications).where(communications.c.account == account, communications.c.sid == sid)
    ).one_or_none()


def of_keys(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row[Any]]:
    """Rows by (account, sid)."""
    return {(r.account, r.sid): r for r in _OF_KEYS.rows(connection, keys=keys)}


def every(connection: Connection) -> list[Row[Any]]:
    """Every communication on record: for a drill's small record."""
    return list(connection.execute(select(communications)))


def locate(connection: Connection, sid: str) -> Row[Any] | None:
    """A communication by its SID alone, for the operator: the index of keys tells whose it is."""
    whose = connection.execute(select(communications.c.account).where(communications.c.sid == sid)).scalar_one_or_none()
    return None if whose is None else find(connection, whose, sid)


def answered(
    connection: Connection, account: str, person: str, sender: str, before: datetime | None = None
) -> Row[str, str | None, str | None] | None:
    """What a person answers who writes to a number, or means who complains of it: the last message (sid, campaign,
    end_user) that went to them from it, and is no answer of ours; the last one that was taken `before` an instant."""
    c = communications.c
    found = (
        select(c.sid, c.campaign, c.end_user)
        .where(c.account == account, c.person == person, c.sender == sender, c.direction == "outbound")
        .where(c.sent_at.is_not(None), c.exemption.is_(None))
    )
    if before is not None:
        found = found.where(c.created_at <= before)
    return connection.execute(found.order_by(c.created_at.desc()).limit(1)).one_or_none()


def mailed(connection: Connection, account: str, person: str, at_most: int) -> Sequence[Row[Any]]:
    """The last mails that went from an account to a person, the newest first."""
    c = communications.c
    theirs = (c.account == account, c.person == person, c.direction == "outbound", c.kind == "EMAIL")
    query = select(communications).where(*theirs, c.sent_at.is_not(None))
    return connection.execute(query.order_by(c.created_at.desc()).limit(at_most)).all()


_SHOWN = (
    "account", "sid", "kind", "direction", "sender", "recipient", "status", "error_code", "purpose", "campaign",
    "end_user", "created_at", "decision",
)  # fmt: skip


def history(
    connection: Connection, account: str, part: Slice, *, scope: str = "account", target: str = "", among: int = 5000
) -> Sheet:
    """An account's communications without what they say, the newest first: all, or those of a number, a campaign or an
    end user among the last so many, so that a rare one costs no walk through the record."""
    c = communications.c
    query = select(*(c[name] for name in _SHOWN)).where(c.account == account)
    if scope != "account":
        by_time = select(c.created_at).where(c.account == account).order_by(c.created_at.desc())
        oldest = connection.execute(by_time.offset(among).limit(1)).scalar_one_or_none()
        unit = {"campaign": c.campaign == target, "end_user": c.end_user == target}
        query = query.where(unit.get(scope, or_(c.sender == target, c.recipient == target)))
        query = query if oldest is None else query.where(c.created_at > oldest)
    return sheet(connection, query, (c.created_at, c.sid), part)


def mark(connection: Connection, changes: Sequence[dict[str, Any]]) -> None:
    """Change states: `b_account`, `b_sid`, `b_status`, `b_error_code`, `b_error_message`, `b_at`, `b_sent_at`,
    `b_done_at`, `b_trunk` and `b_price` each."""
    _STATUS.run(connection, changes)


def change(
    account: str,
    sid: str,
    status: str,
    at: datetime,
    *,
    error: int | None = None,
    why: str | None = None,
    sent_at: datetime | None = None,
    done_at: datetime | None = None,
    trunk: str | None = None,
    price: int | None = None,
) -> dict[str, Any]:
    """One change for `mark`. The price is in millionths of a USD."""
    return {
        "b_account": account,
        "b_sid": sid,
        "b_status": status,
        "b_error_code": error,
        "b_error_message": why,
        "b_at": at,
        "b_sent_at": sent_at,
        "b_done_at": done_at,
        "b_trunk": trunk,
        "b_price": price,
    }


def bodies(
    connection: Connection,
    of: Collection[str],
    since: datetime,
    *,
    at_most: int,
    end_users: Collection[str] | None = None,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """(account, sender, campaign, end_user, body) of what some accounts sent since then, or some of their end users
    did, the newest first; what was redacted is left out."""
    c = communications.c
    sent = [c.account.in_(of), c.created_at >= since, c.direction == "outbound", c.body.is_not(None)]
    if end_users is not None:
        sent.append(c.end_user.in_(end_users))
    columns = select(c.account, c.sender, c.campaign, c.end_user, c.body)
    return connection.execute(columns.where(*sent).order_by(c.created_at.desc()).limit(at_most)).all()


def is_shared(connection: Connection, account: str, campaign: str, end_user: str, since: datetime) -> bool:
    """Whether somebody else than an end user was sent for by a campaign since then, another one or nobody."""
    c = communications.c
    another = or_(c.end_user.is_(None), c.end_user != end_user)
    mine = (c.account == account, c.campaign == campaign, c.created_at >= since, c.direction == "outbound", another)
    return connection.execute(select(c.sid).where(*mine).limit(1)).first() is not None


def mentioning(connection: Connection, words: str, since: datetime, *, at_most: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """(account, sid, body) of messages that went out since then with some words in them, in any case, the newest first.
    It walks through all that went out since: for jobs, not for messages."""
    c = communications.c
    there = func.lower(c.body).contains(words.lower(), autoescape=True)
    columns = select(c.account, c.sid, c.body).where(c.sent_at >= since, c.direction == "outbound", there)
    return connection.execute(columns.order_by(c.sent_at.desc()).limit(at_most)).all()


def filtered(
    connection: Connection, of: Collection[str], since: datetime, *, at_most: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """(account, sender, body) of messages of some accounts that went out and that a carrier filtered for what they
    say, the newest first; what was redacted is left out."""
    c = communications.c
    columns = select(c.account, c.sender, c.body).where(
        c.account.in_(of), c.created_at >= since, c.error_code == _FILTERED, c.sent_at.is_not(None), c.body.is_not(None)
    )
    return connection.execute(columns.order_by(c.created_at.desc()).limit(at_most)).all()


def refused_for_content(connection: Connection, of: Collection[str], since: datetime) -> int:
    """How many messages of some accounts were filtered for what they say, by us or a carrier (30007)."""
    said = select(func.count()).where(
        communications.c.account.in_(of), communications.c.created_at >= since, communications.c.error_code == _FILTERED
    )
    return int(connection.execute(said).scalar_one())


def mails_sent(connection: Connection, of: Collection[str], since: datetime) -> int:
    """How many mails of some accounts went out since then."""
    c = communications.c
    mine = (c.account.in_(of), c.created_at >= since, c.kind == Kind.EMAIL.name, c.sent_at.is_not(None))
    return int(connection.execute(select(func.count()).select_from(communications).where(*mine)).scalar_one())
