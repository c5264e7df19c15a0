"""What people did at the pages, the newest first: /desk/acts."""

from __future__ import annotations

from collections.abc import Sequence

from masstransit.console.asking import Answer, Asked, Page, Shown, instant, page
from masstransit.console.house import House
from masstransit.model.user import Right
from masstransit.storage import acts


async def listed(house: House, asked: Asked) -> Answer:
    """All, or those about something or by somebody."""
    part = asked.slice(instant, str)
    about, user = asked.query.get("about") or None, asked.query.get("user") or None
    found = await house.database.read(lambda c: acts.listed(c, part, about=about, user=user))
    return Shown("desk/acts.html", {"sheet": found, "about": about, "user": user})


PAGES: Sequence[Page] = (page("/desk/acts", Right.WATCH, listed),)
