"""Mail that arrived for a customer, and each as it came.

GET  /account/email/arrived              the newest first
GET  /account/email/arrived/{sid}.eml    one, byte for byte
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from masstransit.carriage.mailroom.sources import KIND
from masstransit.console.asking import Answer, Asked, File, Page, Shown, instant, page
from masstransit.console.house import House
from masstransit.model.user import Right
from masstransit.storage import arrived_mails, mail_routes
from masstransit.storage.paging import Slice

_HERE = "/account/email/arrived"
_MOST_ROUTES = 200  # on one page


async def listed(house: House, asked: Asked) -> Answer:
    """What came, and where it goes."""
    part, account = asked.slice(instant, str), asked.who.account

    def look(connection: Connection) -> Mapping[str, Any]:
        return {
            "sheet": arrived_mails.listed(connection, account, part),
            "routes": mail_routes.listed(connection, account, Slice(size=_MOST_ROUTES)).rows,
        }

    found = await house.database.read(look)
    return Shown("customer/mail_arrived.html", {**found, "hears": asked.who.may(Right.HEAR)})


async def source(house: House, asked: Asked) -> Answer:
    """One as it came, to be saved."""
    sid = asked.parts["sid"]
    return File(f"{sid[:34]}.eml", await house.sources.read(asked.who.account, sid), KIND)


PAGES: Sequence[Page] = (
    page(_HERE, Right.READ_LOG, listed),
    page(f"{_HERE}/{{sid}}.eml", Right.HEAR, source),
)
