"""Which numbers carriers said that nobody has, or that are landlines: read off the messages on record; and which they
shut down, as their files tell it.

Error 30005 or 30006 says so, whether a carrier answered it at once or reported it later. Partial indexes find those few
messages among all. What failed otherwise is not asked for: a handset that can't be reached (30003) is there tomorrow.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, or_, select, text

from masstransit.storage.dialects import among, upsert
from masstransit.storage.lookup import Lookup
from masstransit.storage.tables import communications, deactivated

_C = communications.c
_DEAD = text("communications.error_code IN (30005, 30006)")  # as the partial indexes have it
_THESE = (
    among(_C.account, "accounts"),
    among(_C.person, "persons"),
    _C.created_at > bindparam("since"),
)
_AT = func.max(func.coalesce(_C.done_at, _C.created_at), type_=_C.created_at.type)
_FAILED = Lookup(
    select(_C.account, _C.person, _C.error_code, _AT.label("at"))
    .where(_DEAD, *_THESE)
    .group_by(_C.account, _C.person, _C.error_code)
)
_REACHED = Lookup(
    select(_C.account, _C.person, _AT.label("at"))
    .where(or_(_C.status == "delivered", _C.direction == "inbound"), *_THESE)
    .group_by(_C.account, _C.person)
)
_DIED = Lookup(
    select(_C.account, _C.campaign, _C.end_user, func.count(_C.person.distinct()).label("people"))
    .where(_DEAD, among(_C.account, "accounts"), _C.created_at > bindparam("since"))
    .group_by(_C.account, _C.campaign, _C.end_user)
)


def failed(
    connection: Connection, accounts: Collection[str], persons: Collection[str], since: datetime
) -> list[Row[Any]]:
    """(account, person, error_code, at) of the last such failure of each kind since then."""
    return _FAILED.rows(connection, accounts=accounts, persons=persons, since=since)


def reached(
    connection: Connection, accounts: Collection[str], persons: Collection[str], since: datetime
) -> list[Row[Any]]:
    """(account, person, at): when a message last reached them, or they last wrote."""
    return _REACHED.rows(connection, accounts=accounts, persons=persons, since=since)


def died(connection: Connection, accounts: Collection[str], since: datetime) -> list[Row[Any]]:
    """(account, campaign, end_user, people): how many different people's numbers failed so since then."""
    return _DIED.rows(connection, accounts=accounts, since=since)


# --- numbers that were shut down --------------------------------------------------------------------------------------

_SHUT_DOWN = Lookup(select(deactivated).where(among(deactivated.c.person, "persons")))


def shut_down_put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Record numbers that carriers shut down: `person`, `at`. Of two days for one the later stays."""
    if not rows:
        return
    statement = upsert(connection, deactivated)
    later = statement.excluded.at > deactivated.c.at
    connection.execute(
        statement.on_conflict_do_update(index_elements=["person"], set_={"at": statement.excluded.at}, where=later),
        list(rows),
    )


def shut_down(connection: Connection, persons: Collection[str]) -> dict[str, datetime]:
    """When carriers last shut these persons' numbers down, of those that they did."""
    return {row.person: row.at for row in _SHUT_DOWN.rows(connection, persons=persons)}


def any_shut_down(connection: Connection) -> bool:
    """Whether such numbers are on record at all."""
    return connection.execute(select(deactivated.c.person).limit(1)).first() is not None
