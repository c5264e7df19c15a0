"""Which numbers carriers said that nobody has, or that are landlines: read off the messages on record.

Error 30005 or 30006 says so, whether a carrier answered it at once or reported it later. Partial indexes find those few
messages among all. What failed otherwise is not asked for: a handset that can't be reached (30003) is there tomorrow.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, or_, select, text

from masstransit.storage.dialects import among
from masstransit.storage.tables import communications

_C = communications.c
_DEAD = text("communications.error_code IN (30005, 30006)")  # as the partial indexes have it
_THESE = (
    among(_C.account, "accounts"),
    among(_C.person, "persons"),
    _C.created_at > bindparam("since"),
)
_AT = func.max(func.coalesce(_C.done_at, _C.created_at), type_=_C.created_at.type)
_FAILED = (
    select(_C.account, _C.person, _C.error_code, _AT.label("at"))
    .where(_DEAD, *_THESE)
    .group_by(_C.account, _C.person, _C.error_code)
)
_REACHED = (
    select(_C.account, _C.person, _AT.label("at"))
    .where(or_(_C.status == "delivered", _C.direction == "inbound"), *_THESE)
    .group_by(_C.account, _C.person)
)
_DIED = (
    select(_C.account, _C.campaign, func.count(_C.person.distinct()).label("people"))
    .where(_DEAD, among(_C.account, "accounts"), _C.created_at > bindparam("since"))
    .group_by(_C.account, _C.campaign)
)


def failed(
    connection: Connection, accounts: Collection[str], persons: Collection[str], since: datetime
) -> list[Row[Any]]:
    """(account, person, error_code, at) of the last such failure of each kind since then."""
    told = {"accounts": list(accounts), "persons": list(persons), "since": since}
    return list(connection.execute(_FAILED, told))


def reached(
    connection: Connection, accounts: Collection[str], persons: Collection[str], since: datetime
) -> list[Row[Any]]:
    """(account, person, at): when a message last reached them, or they last wrote."""
    told = {"accounts": list(accounts), "persons": list(persons), "since": since}
    return list(connection.execute(_REACHED, told))


def died(connection: Connection, accounts: Collection[str], since: datetime) -> list[Row[Any]]:
    """(account, campaign, people): how many different people's numbers failed so since then."""
    return list(connection.execute(_DIED, {"accounts": list(accounts), "since": since}))
