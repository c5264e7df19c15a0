"""What customers are told of steps and appeals: kept for good, and read by whom it is told to.

What nobody may be told (`silent`) is here for the operator alone: no query for a customer finds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from masstransit.storage import consents
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import accounts, statements

s = statements.c
NOTICE_URL = "notice_url"  #: among an account's `attrs`: where it wants to be told


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a statement, with the columns of `statements`."""
    connection.execute(insert(statements), dict(row))


def taken(connection: Connection, account: str, sid: str, at: datetime) -> None:
    """The customer's server took it."""
    connection.execute(update(statements).where(s.account == account, s.sid == sid).values(taken_at=at))


def listed(
    connection: Connection,
    account: str,
    part: Slice,
    *,
    what: str | None = None,
    step: str | None = None,
    family: bool = False,
) -> Sheet:
    """What an account was told, the newest first; with `family` its subaccounts as well."""
    own = select(accounts.c.account).where(accounts.c.parent == account)
    whose = or_(s.account == account, s.account.in_(own)) if family else s.account == account
    query = select(statements).where(whose, s.silent == "")
    if what is not None:
        query = query.where(s.what == what)
    if step is not None:
        query = query.where(s.step == step)
    return sheet(connection, query, (s.at, s.sid), part)


def find(connection: Connection, account: str, sid: str) -> Row[Any] | None:
    """One thing that an account was told."""
    told = (s.account == account, s.sid == sid, s.silent == "")
    return connection.execute(select(statements).where(*told)).one_or_none()


def about_appeal(connection: Connection, account: str, appeal: str) -> Sequence[Row[*tuple[Any, ...]]]:
    """What was said of an appeal, the oldest first: for the operator."""
    mine = (s.account == account, s.appeal == appeal)
    return connection.execute(select(statements).where(*mine).order_by(s.at, s.sid)).all()


def of_account(connection: Connection, account: str, part: Slice) -> Sheet:
    """What was said to an account, and what it may not be told, the newest first: for the operator."""
    return sheet(connection, select(statements).where(s.account == account), (s.at, s.sid), part)


def url_of(connection: Connection, account: str) -> str:
    """Where an account wants to be told: its own URL, else its owner's; "" where neither named one."""
    owner = consents.root_of(connection, account)
    found = connection.execute(
        select(accounts.c.account, accounts.c.attrs).where(accounts.c.account.in_((account, owner)))
    )
    urls = {row.account: str(row.attrs.get(NOTICE_URL) or "") for row in found}
    return urls.get(account) or urls.get(owner, "")
