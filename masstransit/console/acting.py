"""Acts at the pages: what changes something is written with who did it, in one transaction, and in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection

from masstransit.console.asking import Asked
from masstransit.console.house import House
from masstransit.storage import acts

T = TypeVar("T")


async def act(
    house: House,
    asked: Asked,
    what: str,
    about: str,
    keep: Callable[[Connection], T],
    *,
    account: str = "",
    told: Mapping[str, Any] | None = None,
) -> T:
    """Do something that `keep` writes, and note that this visitor did it. What `keep` raises undoes the note too."""

    def both(connection: Connection) -> T:
        done = keep(connection)
        note(connection, house, asked, what, about, account=account, told=told)
        return done

    return await house.database.write(both)


def note(
    connection: Connection,
    house: House,
    asked: Asked,
    what: str,
    about: str,
    *,
    account: str = "",
    told: Mapping[str, Any] | None = None,
) -> None:
    """Note an act beside what it wrote. `told` holds no content and no whole numbers."""
    who = asked.who
    row = acts.add(
        connection,
        account=account or who.account,
        at=asked.now,
        user=who.user,
        name=who.name,
        what=what,
        about=about,
        told=dict(told or {}),
    )
    house.ledger.record(connection, row["account"], "act", row["act"], row, asked.now)
