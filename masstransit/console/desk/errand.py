"""What the errands of the desk have in common: each is begun on record, looked at, and stopped by whoever began it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from masstransit.console.acting import act as did
from masstransit.console.asking import Asked
from masstransit.console.errands import LONGEST
from masstransit.console.house import House
from masstransit.errors import Denied, NotFound
from masstransit.model.sid import new_sid
from masstransit.model.user import Right
from masstransit.storage import errands


async def begin(house: House, asked: Asked, kind: str, told: Mapping[str, Any], arguments: Sequence[str]) -> str:
    """Begin one, on record with what was asked; its id. Raises `Conflict` where none can begin now."""
    errand, who = new_sid("ER"), asked.who
    house.errands.check(kind, who.user)
    await did(
        house,
        asked,
        f"{kind}-begun",
        errand,
        lambda c: errands.add(c, errand, kind, at=asked.now, user=who.user, name=who.name, asked=told),
    )
    house.errands.begin(errand, kind, who.user, arguments)
    return errand


async def look(house: House, kind: str, errand: str) -> Mapping[str, Any]:
    """What is to be shown of one. Raises `NotFound`."""
    row = await _find(house, kind, errand)
    late = house.clock.now() - row.at > timedelta(seconds=LONGEST)
    return {"row": row, "running": house.errands.running(errand), "lost": late}


async def _find(house: House, kind: str, errand: str) -> Row[Any]:
    row = await house.database.read(lambda c: errands.find(c, kind, errand))
    if row is None:
        raise NotFound("there is no such run on record")
    return row


async def stop(house: House, asked: Asked, kind: str) -> str:
    """End one before its end: for whoever began it, or an admin. Its id. Raises `NotFound` and `Denied`."""
    row = await _find(house, kind, asked.parts["errand"])
    if row.user != asked.who.user and not asked.who.may(Right.KEEP_STAFF):
        raise Denied(f"{row.name} began it: ask them, or an admin, to stop it")
    await house.errands.stop(row.errand, f"{asked.who.name} stopped it")
    await did(house, asked, f"{kind}-stopped", row.errand, lambda connection: None)
    return str(row.errand)
