"""The agreement on record: editions of the policy, who accepted which, guidelines sent in writing, end users."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from masstransit.storage.dialects import insert_or_ignore
from masstransit.storage.tables import acceptances, accounts, end_users, guidelines, policy_texts

_parents = accounts.alias("parents")


def publish_edition(connection: Connection, *, digest: str, dated: str, source: str, current_from: datetime) -> None:
    """Put an edition of the policy on record. One that is there already stays as it was."""
    row = {"digest": digest, "dated": dated, "source": source, "current_from": current_from}
    insert_or_ignore(connection, policy_texts, row)


def editions(connection: Connection) -> Sequence[Row[*tuple[Any, ...]]]:
    """Every edition, the newest first."""
    return connection.execute(
        select(policy_texts).order_by(policy_texts.c.current_from.desc(), policy_texts.c.digest)
    ).all()


def accept(
    connection: Connection,
    account: str,
    *,
    digest: str,
    dated: str,
    person: str,
    role: str,
    authorised: bool,
    method: str,
    source: str,
    at: datetime,
) -> None:
    """Record that a person accepted an edition for an account. The first acceptance of an edition stays."""
    row = {
        "account": account,
        "digest": digest,
        "dated": dated,
        "person": person,
        "role": role,
        "authorised": authorised,
        "method": method,
        "source": source,
        "at": at,
    }
    insert_or_ignore(connection, acceptances, row)


def acceptances_of(connection: Connection, of: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Every acceptance of some accounts, the latest first."""
    return connection.execute(
        select(acceptances).where(acceptances.c.account.in_(of)).order_by(acceptances.c.at.desc())
    ).all()


def record_guideline(
    connection: Connection, account: str, *, document: str, version: str, recipient: str, at: datetime
) -> None:
    """Record that a guideline went out in writing (A4)."""
    row = {"account": account, "document": document, "version": version, "recipient": recipient, "sent_at": at}
    insert_or_ignore(connection, guidelines, row)


def guidelines_of(connection: Connection, of: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """What was sent in writing to some accounts."""
    return connection.execute(
        select(guidelines).where(guidelines.c.account.in_(of)).order_by(guidelines.c.sent_at)
    ).all()


def end_users_of(
    connection: Connection, of: Collection[str], named: Collection[str]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Some end users of some accounts, by name."""
    return connection.execute(
        select(end_users).where(end_users.c.account.in_(of), end_users.c.end_user.in_(named))
    ).all()


def stopped_end_users(connection: Connection, of: Collection[str], since: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """(account, end_user, stopped_at) of the end users of some accounts that were stopped since then and still are."""
    e = end_users.c
    wanted = (e.account.in_(of), e.status == "stopped", e.stopped_at >= since)
    return connection.execute(select(e.account, e.end_user, e.stopped_at).where(*wanted)).all()


def end_users_since_before(connection: Connection, of: Collection[str], at: datetime) -> set[str]:
    """The names of the end users of some accounts that were there before a time."""
    e = end_users.c
    return set(connection.execute(select(e.end_user).where(e.account.in_(of), e.first_seen_at < at)).scalars())


def accounts_with_end_users(connection: Connection, of: Collection[str]) -> set[str]:
    """Which of some accounts have named an end user."""
    found = connection.execute(select(end_users.c.account).where(end_users.c.account.in_(of)).distinct())
    return set(found.scalars())


def accounts_of(connection: Connection, of: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Some accounts, each with its parent's status."""
    return connection.execute(
        select(
            accounts.c.account,
            accounts.c.parent,
            accounts.c.status,
            accounts.c.type,
            accounts.c.test,
            accounts.c.proven,
            accounts.c.brand,
            accounts.c.rate,
            accounts.c.stores_content,
            accounts.c.created_at,
            accounts.c.attrs,
            _parents.c.status.label("parent_status"),
        )
        .outerjoin(_parents, _parents.c.account == accounts.c.parent)
        .where(accounts.c.account.in_(of))
    ).all()
