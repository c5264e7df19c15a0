"""The agreement on record: editions of the policy, who accepted which, guidelines sent in writing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from masstransit.storage.dialects import among, insert_or_ignore
from masstransit.storage.lookup import Lookup
from masstransit.storage.tables import acceptances, accounts, guidelines, policy_texts

_parents = accounts.alias("parents")


_EDITIONS = Lookup(select(policy_texts).order_by(policy_texts.c.current_from.desc(), policy_texts.c.digest))
_ACCEPTANCES_OF = Lookup(
    select(acceptances).where(among(acceptances.c.account, "accounts")).order_by(acceptances.c.at.desc())
)
_GUIDELINES_OF = Lookup(
    select(guidelines).where(among(guidelines.c.account, "accounts")).order_by(guidelines.c.sent_at)
)
_ACCOUNTS_OF = Lookup(
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
    .where(among(accounts.c.account, "accounts"))
)


def publish_edition(connection: Connection, *, digest: str, dated: str, source: str, current_from: datetime) -> None:
    """Put an edition of the policy on record. One that is there already stays as it was."""
    row = {"digest": digest, "dated": dated, "source": source, "current_from": current_from}
    insert_or_ignore(connection, policy_texts, row)


def editions(connection: Connection) -> Sequence[Row[*tuple[Any, ...]]]:
    """Every edition, the newest first."""
    return _EDITIONS.rows(connection)


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
    return _ACCEPTANCES_OF.rows(connection, accounts=of)


def accepted_by(connection: Connection, persons: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """(account, person) of what some people accepted, whoever it was for: for the operator."""
    a = acceptances.c
    query = select(a.account, a.person).where(a.person.in_(persons)).distinct()
    return connection.execute(query.order_by(a.person, a.account)).all()


def record_guideline(
    connection: Connection, account: str, *, document: str, version: str, recipient: str, at: datetime
) -> None:
    """Record that a guideline went out in writing (A4)."""
    row = {"account": account, "document": document, "version": version, "recipient": recipient, "sent_at": at}
    insert_or_ignore(connection, guidelines, row)


def guidelines_of(connection: Connection, of: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """What was sent in writing to some accounts."""
    return _GUIDELINES_OF.rows(connection, accounts=of)


def accounts_of(connection: Connection, of: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Some accounts, each with its parent's status."""
    return _ACCOUNTS_OF.rows(connection, accounts=of)
