"""Queries of mail as it was handed in, and of the envelopes by which it goes to each of its recipients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from masstransit.model.communication import Communication
from masstransit.storage.bulk import Bulk
from masstransit.storage.dialects import either, insert_or_ignore
from masstransit.storage.lookup import Lookup
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import communications, mail_envelopes, mail_letters

e, m = mail_envelopes.c, mail_letters.c


_ENVELOPES = Bulk(insert(mail_envelopes))
_LETTER = Lookup(
    select(mail_envelopes, m.source)
    .join(mail_letters, (m.account == e.account) & (m.letter == e.letter))
    .where(e.account == bindparam("account"), e.sid == bindparam("sid"))
)


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """The letter that a communication is, and by what its sender wants to know it (RFC 3461)."""

    letter: str  #: LT..., the same for all whom it goes to
    source: bytes
    original: str = ""  #: ORCPT, as it came
    envelope: str = ""  #: ENVID, as it came


def keep(connection: Connection, waiting: Sequence[tuple[Communication, Envelope]]) -> None:
    """Keep the letters of communications that wait, each once however many it goes to."""
    letters = {
        (c.account, own.letter): {
            "account": c.account, "letter": own.letter, "source": own.source, "created_at": c.at,
        }
        for c, own in waiting
    }  # fmt: skip
    if letters:
        insert_or_ignore(connection, mail_letters, list(letters.values()))


def address(connection: Connection, posted: Sequence[tuple[Communication, Envelope]]) -> None:
    """Keep the envelopes of communications, also of those that do not wait: their sender may be told of them."""
    _ENVELOPES.run(
        connection,
        [
            {
                "account": c.account, "sid": c.id, "letter": own.letter, "original": own.original,
                "envelope": own.envelope, "created_at": c.at,
            }
            for c, own in posted
        ],
    )  # fmt: skip


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """A communication's envelope with the source of its letter. None: it is gone."""
    return _LETTER.first(connection, account=account, sid=sid)


def forget(connection: Connection, messages: Sequence[tuple[str, str]]) -> None:
    """Forget the letters of communications, by (account, sid): each goes with the last that it stands for."""
    theirs = either((e.account, e.sid), "messages")
    named = {"messages": list(messages)}
    letters = [
        (row.account, row.letter)
        for row in connection.execute(select(e.account, e.letter).where(theirs).distinct(), named)
    ]
    if not letters:
        return
    connection.execute(delete(mail_envelopes).where(theirs), named)
    _sweep(connection, letters)


def _sweep(connection: Connection, letters: Sequence[tuple[str, str]]) -> None:
    left = select(e.letter).where(e.account == m.account, e.letter == m.letter).exists()
    theirs = either((m.account, m.letter), "letters")
    connection.execute(delete(mail_letters).where(theirs, ~left), {"letters": list(letters)})


_C = communications.c
_SENT = select(communications).where(_C.kind == "EMAIL", _C.direction == "outbound", _C.status != "refused")


def mail(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One mail that an account sent."""
    return connection.execute(_SENT.where(_C.account == account, _C.sid == sid)).one_or_none()


def mails(connection: Connection, account: str, part: Slice, *, to: str | None = None) -> Sheet:
    """The mails that an account sent, the newest first: all, or those to one address."""
    query = _SENT.where(_C.account == account)
    return sheet(connection, query if to is None else query.where(_C.recipient == to), (_C.created_at, _C.sid), part)
