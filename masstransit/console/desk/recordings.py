"""A recording at the desk: drawn, with who was told what and what each answered; heard with a reason on record.

GET  /desk/calls/recordings/{sid}          the picture and its marks
POST /desk/calls/recordings/{sid}/listen   somebody means to hear it, and says why
GET  /desk/calls/recordings/{sid}/sound    its sound, for who said why
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.console.acting import act as did
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, page
from masstransit.console.calling import sound_of, taped
from masstransit.console.house import House
from masstransit.errors import Denied, NotFound
from masstransit.model.user import Right
from masstransit.storage import acts, recordings

_HEARD = "heard"


async def one(house: House, asked: Asked) -> Answer:
    """The picture and its marks."""
    sid = asked.parts["sid"]
    shown = await taped(house, lambda c: recordings.locate(c, sid), sid)
    hears = await house.database.read(lambda c: acts.has(c, asked.who.user, _HEARD, sid))
    may = asked.who.may(Right.REVIEW)
    return Shown("desk/recording.html", {"taped": shown, "hears": hears and may, "may": may})


async def listen(house: House, asked: Asked) -> Answer:
    """Somebody means to hear what people said: their reason is on record before they do."""
    sid, because = asked.parts["sid"], asked.form.need("because", "Why")
    row = await house.database.read(lambda c: recordings.locate(c, sid))
    if row is None:
        raise NotFound(f"there is no recording {sid[:40]}")
    told = {"because": because[:256]}
    await did(house, asked, _HEARD, sid, lambda _: None, account=row.account, told=told)
    return Went(f"/desk/calls/recordings/{sid}", "On record: you may hear it.")


async def sound(house: House, asked: Asked) -> Answer:
    """Its sound."""
    sid = asked.parts["sid"]

    def look(connection: Connection) -> tuple[bool, Row[Any] | None]:
        return acts.has(connection, asked.who.user, _HEARD, sid), recordings.locate(connection, sid)

    hears, row = await house.database.read(look)
    if not hears:
        raise Denied("say at its page first why you want to hear it")
    return await sound_of(house, row, sid)


PAGES: Sequence[Page] = (
    page("/desk/calls/recordings/{sid}", Right.WATCH, one),
    act("/desk/calls/recordings/{sid}/listen", Right.REVIEW, listen),
    page("/desk/calls/recordings/{sid}/sound", Right.REVIEW, sound),
)
