"""Appeals: a customer's word against a step or a decision, until a person has decided it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, update

from masstransit.storage.dialects import upsert
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import appeals

a = appeals.c


def add(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Put an appeal on record, with the columns of `appeals`. False: one against the same is open."""
    new = upsert(connection, appeals).on_conflict_do_nothing().returning(a.sid)
    return connection.execute(new, dict(row)).first() is not None


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One appeal of an account."""
    return connection.execute(select(appeals).where(a.account == account, a.sid == sid)).one_or_none()


def locate(connection: Connection, sid: str) -> Row[Any] | None:
    """An appeal by its name alone, for the operator."""
    return connection.execute(select(appeals).where(a.sid == sid)).first()


def against(connection: Connection, account: str, about: str) -> Sequence[Row[*tuple[Any, ...]]]:
    """All appeals against one step or decision, the oldest first."""
    mine = (a.account == account, a.about == about)
    return connection.execute(select(appeals).where(*mine).order_by(a.filed_at, a.sid)).all()


def listed(connection: Connection, account: str, part: Slice) -> Sheet:
    """An account's appeals, the newest first."""
    return sheet(connection, select(appeals).where(a.account == account), (a.filed_at, a.sid), part)


def undecided(connection: Connection, account: str | None = None) -> Sequence[Row[*tuple[Any, ...]]]:
    """The open appeals, those first that have to be decided first: of one account, or all."""
    query = select(appeals).where(a.outcome.is_(None))
    if account is not None:
        query = query.where(a.account == account)
    return connection.execute(query.order_by(a.due_at, a.sid)).all()


def waiting(connection: Connection, part: Slice) -> Sheet:
    """The open appeals of all accounts, those first that have to be decided first."""
    return sheet(connection, select(appeals).where(a.outcome.is_(None)), (a.due_at, a.sid), part, newest_first=False)


def decided(connection: Connection, part: Slice) -> Sheet:
    """The decided appeals of all accounts, the last decided first."""
    return sheet(connection, select(appeals).where(a.outcome.is_not(None)), (a.decided_at, a.sid), part)


def decide(connection: Connection, account: str, sid: str, told: Mapping[str, Any]) -> bool:
    """An appeal is decided: `outcome`, `decided_at`, `decided_by`, `because`. False: it was decided before."""
    still = (a.account == account, a.sid == sid, a.outcome.is_(None))
    return connection.execute(update(appeals).where(*still).values(**told)).rowcount == 1
