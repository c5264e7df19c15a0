"""Taking the content out of what is kept, so that the proof stays: who wrote to whom, when, and what was decided.

The body goes, and with it what was attached, where its short links lead, and whatever the decisions' records quote of
it. The ledger's digest of the whole record stays as it was; a `redaction` entry gives the digest of the record as it is
now, so that this one can't be changed unnoticed either.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, and_, bindparam, or_, select, update

from masstransit.errors import Conflict, NotFound
from masstransit.storage import mail_letters, media, short_links
from masstransit.storage.dialects import either
from masstransit.storage.ledger import Recorder, digest_of
from masstransit.storage.tables import accounts, communications, decisions, holds, notices, queue

GONE = "[redacted]"
#: Fields of evidence and facts that hold content, or are made of it, whatever they are found in.
CONTENT_FIELDS = frozenset(
    {
        "text",
        "body",
        "span",
        "spans",
        "excerpt",
        "quote",
        "words",
        "matched",
        "url",
        "urls",
        "domain",
        "domains",
        "host",
        "hosts",
    }
)
_SHORTEST = 3  # letters: what is shorter says nothing of the body it stands in
_LAST_WORD = timedelta(days=3)  # a carrier that has not reported by then will not: 3GPP TS 23.040 leaves it to them
_ENDED = ("delivered", "undelivered", "failed", "canceled", "received", "read", "refused")

_BODY = (
    update(communications)
    .where(communications.c.account == bindparam("b_account"), communications.c.sid == bindparam("b_sid"))
    .values(body=None, shortened=None, payload=None, discard=False, updated_at=bindparam("b_at"))
)
_HEAD = (
    update(communications)
    .where(communications.c.account == bindparam("b_account"), communications.c.sid == bindparam("b_sid"))
    .values(attrs=bindparam("b_attrs"))
)
_SAID = ("subject", "name")  # what the head of a mail says in words
_RECORD = (
    update(decisions)
    .where(decisions.c.account == bindparam("b_account"), decisions.c.id == bindparam("b_id"))
    .values(record=bindparam("b_record"))
)


def redact_body(  # noqa: PLR0917 - as the ledger's own events are told
    connection: Connection, ledger: Recorder, account: str, sid: str, at: datetime, by: str
) -> bool:
    """Take the content out of one message. False when there was none any more.

    Raises `NotFound`, and `Conflict` while the message is not sent yet: it would be sent empty.
    """
    c = communications.c
    row = connection.execute(
        select(c.account, c.sid, c.body, c.payload).where(c.account == account, c.sid == sid)
    ).one_or_none()
    if row is None:
        raise NotFound(f"no message {sid}")
    waits = select(queue.c.sid).where(queue.c.account == account, queue.c.sid == sid)
    looked_at = select(holds.c.sid).where(holds.c.account == account, holds.c.sid == sid, holds.c.outcome.is_(None))
    if connection.execute(waits).first() or connection.execute(looked_at).first():
        raise Conflict(f"message {sid} is not sent yet; cancel it first", code=20009)
    if row.body is None and row.payload is None:
        return False
    _redact(connection, ledger, [row], at, by)
    return True


def drop_ended_bodies(connection: Connection, ledger: Recorder, at: datetime, limit: int = 500) -> int:
    """Take the content out of messages that have their outcome: for accounts without stored content (clause 11), and
    where the request asked for it (`discard`).

    What a customer has still to be told of stays until they took it. Returns how many, at most twice the limit; 0 when
    all is done.
    """
    c = communications.c
    ended = _ended(at)
    asked = connection.execute(ended.where(c.discard).limit(limit)).all()
    if asked:
        _redact(connection, ledger, asked, at, "discard = true")
    of_accounts = connection.execute(
        ended.join(accounts, accounts.c.account == c.account).where(accounts.c.stores_content.is_(False)).limit(limit)
    ).all()
    if of_accounts:
        _redact(connection, ledger, of_accounts, at, "stores_content = false")
    return len(asked) + len(of_accounts)


def _ended(at: datetime) -> Select[Any]:
    """Messages with content and with their outcome, which nobody waits to be told any more."""
    c = communications.c
    waits = select(queue.c.sid).where(queue.c.account == c.account, queue.c.sid == c.sid).exists()
    to_tell = select(notices.c.id).where(notices.c.account == c.account, notices.c.about == c.sid).exists()
    return select(c.account, c.sid, c.body, c.payload).where(
        or_(c.body.is_not(None), c.payload.is_not(None)),
        or_(c.status.in_(_ENDED), and_(c.status == "sent", c.updated_at < at - _LAST_WORD)),
        ~waits,
        ~to_tell,
    )


def without_content(value: Any, body: str) -> Any:
    """A JSON value without what it quotes of a body (casefolded), and without the fields that hold content."""
    match value:
        case str():
            said = value.casefold()
            quoted = len(said) >= _SHORTEST and body and (said in body or body in said)
            return GONE if quoted else value
        case dict():
            return {k: _gone(v) if k in CONTENT_FIELDS else without_content(v, body) for k, v in value.items()}
        case list():
            return [without_content(each, body) for each in value]
        case _:
            return value


def _gone(value: Any) -> Any:
    """Nothing to hide stays as it is, so that the record still says that there was nothing."""
    return GONE if value else value


def _redact(
    connection: Connection, ledger: Recorder, rows: Sequence[Row[*tuple[Any, ...]]], at: datetime, by: str
) -> None:
    connection.execute(_BODY, [{"b_account": r.account, "b_sid": r.sid, "b_at": at} for r in rows])
    messages = [(r.account, r.sid) for r in rows]
    _behead(connection, messages)
    media.forget(connection, messages)
    short_links.end(connection, messages)
    mail_letters.forget(connection, messages)
    bodies = {(r.account, r.sid): (r.body or "").casefold().strip() for r in rows}
    d = decisions.c
    about = connection.execute(
        select(d.account, d.subject, d.id, d.record, d.salt).where(either((d.account, d.subject), "keys")),
        {"keys": list(bodies)},
    ).all()
    digests: dict[tuple[str, str], dict[str, str]] = {key: {} for key in bodies}
    changes = []
    for made in about:
        key = (made.account, made.subject)
        record = _record_without_content(made.record, bodies[key])
        if record != made.record:
            changes.append({"b_account": made.account, "b_id": made.id, "b_record": record})
            digests[key][made.id] = digest_of(made.salt, record.encode()).hex()
    if changes:
        connection.execute(_RECORD, changes)
    events = [(account, "redaction", sid, {"by": by, "decisions": said}) for (account, sid), said in digests.items()]
    ledger.record_all(connection, events, at)


def _behead(connection: Connection, messages: Sequence[tuple[str, str]]) -> None:
    """Take out of the heads of mails what they say in words; who wrote to whom stays."""
    c = communications.c
    mails = select(c.account, c.sid, c.attrs).where(either((c.account, c.sid), "keys"), c.kind == "EMAIL")
    changes = [
        {"b_account": row.account, "b_sid": row.sid, "b_attrs": row.attrs | {"letter": _wordless(row.attrs["letter"])}}
        for row in connection.execute(mails, {"keys": list(messages)})
        if "letter" in row.attrs
    ]
    if changes:
        connection.execute(_HEAD, changes)


def _wordless(letter: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in letter.items() if name not in _SAID}


def _record_without_content(record: str, body: str) -> str:
    said = msgspec.json.decode(record)
    for finding in said["findings"]:
        if "evidence" in finding:
            finding["evidence"] = without_content(finding["evidence"], body)
    said["facts"] = without_content(said["facts"], body)
    return msgspec.json.encode(said).decode()
