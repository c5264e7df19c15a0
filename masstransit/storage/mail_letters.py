"""Queries of mail as it was handed in, and of the envelopes by which it goes to each of its recipients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from masstransit.storage.dialects import either
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import communications, mail_envelopes, mail_letters

e, m = mail_envelopes.c, mail_letters.c


def add(
    connection: Connection, account: str, letter: str, source: bytes, envelopes: Sequence[Mapping[str, Any]]
) -> None:
    """Keep a letter with an envelope for each of those it goes to: `sid`, and what RFC 3461 let its sender ask for."""
    at = envelopes[0]["created_at"]
    connection.execute(insert(mail_letters).values(account=account, letter=letter, source=source, created_at=at))
    same = {"account": account, "letter": letter}
    connection.execute(insert(mail_envelopes), [same | dict(each) for each in envelopes])


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """A communication's envelope with the source of its letter. None: it is gone."""
    same = (m.account == e.account) & (m.letter == e.letter)
    found = select(mail_envelopes, m.source).join(mail_letters, same).where(e.account == account, e.sid == sid)
    return connection.execute(found).one_or_none()


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


def taken_back(connection: Connection, account: str, letter: str) -> None:
    """Forget a letter of which nothing was accepted."""
    connection.execute(delete(mail_envelopes).where(e.account == account, e.letter == letter))
    connection.execute(delete(mail_letters).where(m.account == account, m.letter == letter))


_C = communications.c
_SENT = select(communications).where(_C.kind == "EMAIL", _C.direction == "outbound", _C.status != "refused")


def mail(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One mail that an account sent."""
    return connection.execute(_SENT.where(_C.account == account, _C.sid == sid)).one_or_none()


def mails(connection: Connection, account: str, part: Slice, *, to: str | None = None) -> Sheet:
    """The mails that an account sent, the newest first: all, or those to one address."""
    query = _SENT.where(_C.account == account)
    return sheet(connection, query if to is None else query.where(_C.recipient == to), (_C.created_at, _C.sid), part)
