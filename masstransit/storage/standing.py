"""Steps on the ladder: what stands against a number, campaign, end user or account, and what was proposed or undone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, insert, or_, select, update

from masstransit.storage.dialects import among
from masstransit.storage.lookup import Lookup
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import accounts, holds, standing

s = standing.c


def _stands(at: datetime | ColumnElement[datetime]) -> tuple[ColumnElement[bool], ...]:
    return (s.undone_at.is_(None), s.acts_from <= at, or_(s.expires_at.is_(None), s.expires_at > at))


_ACTING = Lookup(
    select(standing)
    .where(among(s.account, "accounts"), s.step != "warn", *_stands(bindparam("at", type_=s.since.type)))
    .order_by(s.since, s.step_id)
)


def acting(connection: Connection, of: Collection[str], at: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """The steps that stop or slow something of some accounts now, the oldest first. A warning does neither."""
    return _ACTING.rows(connection, accounts=of, at=at)


def stopping(connection: Connection, roots: Collection[str], at: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """(account, scope, target, since) of the steps that block or suspend an end user or a whole account of some
    customers, subaccounts included, the oldest first."""
    own = select(accounts.c.account).where(accounts.c.parent.in_(roots))
    of = (or_(s.account.in_(roots), s.account.in_(own)), s.scope.in_(("end_user", "account")))
    query = select(s.account, s.scope, s.target, s.since).where(*of, s.step.in_(("block", "suspend")), *_stands(at))
    return connection.execute(query.order_by(s.since, s.step_id)).all()


def all_of(
    connection: Connection, at: datetime, account: str | None = None, *, at_most: int | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Every step that stands, and every one that waits for a person, the newest first; the first so many."""
    waits = (s.undone_at.is_(None), s.acts_from.is_(None), s.expires_at > at)
    query = select(standing).where(or_(and_(*_stands(at)), and_(*waits)))
    if account is not None:
        query = query.where(s.account == account)
    return connection.execute(query.order_by(s.since.desc(), s.step_id).limit(at_most)).all()


def ended(connection: Connection, account: str, at: datetime, part: Slice) -> Sheet:
    """An account's steps that stand no more, or never did: lifted, over, or lapsed, the newest first."""
    over = or_(s.undone_at.is_not(None), s.expires_at <= at)
    return sheet(connection, select(standing).where(s.account == account, over), (s.since, s.step_id), part)


_AGAINST = Lookup(
    select(standing)
    .where(
        s.account == bindparam("account"),
        s.scope == bindparam("scope"),
        s.target == bindparam("target"),
        s.since >= bindparam("from", type_=s.since.type),
        s.undone_at.is_(None),
    )
    .order_by(s.since, s.step_id)
)


def against(
    connection: Connection, account: str, scope: str, target: str, since: datetime
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The steps of one unit that were made since then and were not undone, the oldest first."""
    told = {"account": account, "scope": scope, "target": target, "from": since}
    return _AGAINST.rows(connection, **told)


def find(connection: Connection, step: str, account: str | None = None) -> Row[Any] | None:
    """A step by its name: of one account, or of any for the operator."""
    query = select(standing).where(s.step_id == step)
    return connection.execute(query if account is None else query.where(s.account == account)).first()


def resting_on(connection: Connection, decisions: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """The steps that were made for what some decisions found."""
    return connection.execute(select(standing).where(s.decision.in_(decisions)).order_by(s.since, s.step_id)).all()


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put a step on the ladder on record, with the columns of `standing`."""
    connection.execute(insert(standing), dict(row))


def confirm(connection: Connection, step: str, by: str, before: str | None, **acts: datetime) -> bool:
    """A person's word that a proposed step is right; `acts` sets `acts_from` and `expires_at` where it begins to act.
    False: somebody was faster (it is no longer as `before` says), or it acts or was undone already."""
    same = s.confirmed_by.is_(None) if before is None else s.confirmed_by == before
    waits = (s.step_id == step, same, s.acts_from.is_(None), s.undone_at.is_(None))
    return connection.execute(update(standing).where(*waits).values(confirmed_by=by, **acts)).rowcount == 1


def undo(connection: Connection, step: str, at: datetime, by: str, because: str) -> bool:
    """A step stops acting. False: it was undone before."""
    stands = (s.step_id == step, s.undone_at.is_(None))
    told = {"undone_at": at, "undone_by": by[:128], "undone_because": because[:512]}
    return connection.execute(update(standing).where(*stands).values(**told)).rowcount == 1


def held_by(connection: Connection, account: str, rule: str) -> Sequence[tuple[str, str]]:
    """(account, SID) of the messages of an account and its subaccounts that a rule holds, the oldest first."""
    h, own = holds.c, select(accounts.c.account).where(accounts.c.parent == account)
    waiting = (or_(h.account == account, h.account.in_(own)), h.rule == rule, h.outcome.is_(None))
    found = connection.execute(select(h.account, h.sid).where(*waiting).order_by(h.since, h.sid))
    return [(row.account, row.sid) for row in found]
