"""A customer's recordings: each drawn, with who was told what and what each answered, and heard.

GET  /account/log/recordings/{sid}          the picture and its marks
GET  /account/log/recordings/{sid}/sound    its sound, for owners and developers
"""

from __future__ import annotations

from collections.abc import Sequence

from masstransit.console.asking import Answer, Asked, Page, Shown, page
from masstransit.console.calling import sound_of, taped
from masstransit.console.house import House
from masstransit.model.user import Right
from masstransit.storage import recordings


async def one(house: House, asked: Asked) -> Answer:
    """The picture and its marks."""
    account, sid = asked.who.account, asked.parts["sid"]
    shown = await taped(house, lambda c: recordings.find(c, account, sid), sid)
    return Shown("customer/recording.html", {"taped": shown, "hears": asked.who.may(Right.HEAR)})


async def sound(house: House, asked: Asked) -> Answer:
    """Its sound."""
    account, sid = asked.who.account, asked.parts["sid"]
    return await sound_of(house, await house.database.read(lambda c: recordings.find(c, account, sid)), sid)


PAGES: Sequence[Page] = (
    page("/account/log/recordings/{sid}", Right.READ_LOG, one),
    page("/account/log/recordings/{sid}/sound", Right.HEAR, sound),
)
