"""Addresses that are one person's: a brand knows somebody by a number, a mailbox, a name in its chats.

What that person asks the brand by one of them holds for all (rulebook 8.1): `consents` enters a wish for each of them.
What they agreed to by one they agreed to by that one alone. `account` is the root account, `person` as in `consents`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from masstransit.model.sid import new_sid
from masstransit.storage.dialects import among, upsert
from masstransit.storage.lookup import Lookup
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import persons

c = persons.c
_WHOLES = Lookup(select(c.account, c.person, c.sid).where(among(c.account, "accounts"), among(c.person, "persons")))


def join(connection: Connection, account: str, addresses: Mapping[str, str], at: datetime) -> str:
    """Enter addresses (person -> masked) as one person's. Those who were joined with any of them before are that
    person too. The person's SID."""
    known = wholes(connection, (account,), addresses).values()
    sid = min(known, default=new_sid("PN"))
    connection.execute(update(persons).where(c.account == account, c.sid.in_(set(known))).values(sid=sid))
    rows = [
        {"account": account, "person": person, "sid": sid, "masked": masked, "joined_at": at}
        for person, masked in addresses.items()
    ]
    connection.execute(upsert(connection, persons).on_conflict_do_nothing(), rows)
    return sid


def wholes(connection: Connection, of: Collection[str], who: Collection[str]) -> dict[tuple[str, str], str]:
    """The SIDs of those by (account, person) who have several addresses."""
    return {(row.account, row.person): row.sid for row in _WHOLES.rows(connection, accounts=of, persons=who)}


def of_sid(connection: Connection, account: str, sid: str) -> Sequence[Row[Any]]:
    """A person's addresses, in the order in which they were told."""
    return connection.execute(
        select(persons).where(c.account == account, c.sid == sid).order_by(c.joined_at, c.person)
    ).all()


def others(connection: Connection, account: str, person: str) -> Sequence[Row[Any]]:
    """The other addresses of whoever has this one."""
    sid = wholes(connection, (account,), (person,)).get((account, person))
    return [] if sid is None else [row for row in of_sid(connection, account, sid) if row.person != person]


def of_account(connection: Connection, account: str, part: Slice) -> Sheet:
    """All addresses that were joined, the newest first."""
    return sheet(connection, select(persons).where(c.account == account), (c.joined_at, c.person), part)


def part(connection: Connection, account: str, sid: str) -> bool:
    """These are several people after all. What was asked for by then stays as it is. False: there is no such person."""
    return connection.execute(delete(persons).where(c.account == account, c.sid == sid)).rowcount > 0
