"""A customer's conferences: when each began and ended, and what was recorded of it.

GET  /account/log/conferences   the newest first; what was refused by clause 13 is listed as well

Who was in one is told by its callbacks, and on no page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.console.asking import Answer, Asked, Page, Shown, instant, page
from masstransit.console.house import House
from masstransit.model.user import Right
from masstransit.storage import conferences, recordings
from masstransit.storage.conferences import Filters


async def listed(house: House, asked: Asked) -> Answer:
    """The list, or those of one name."""
    part, account, name = asked.slice(instant, str), asked.who.account, asked.query.get("name")

    def look(connection: Connection) -> dict[str, Any]:
        sheet = conferences.page(connection, account, Filters(name=name or None), part)
        of: dict[str, list[Row[Any]]] = defaultdict(list)
        for row in recordings.of_calls(connection, account, [met.sid for met in sheet.rows]):
            of[row.call].append(row)
        return {"sheet": sheet, "name": name, "recordings": of}

    return Shown("customer/conferences.html", await house.database.survey(look))


PAGES: Sequence[Page] = (page("/account/log/conferences", Right.READ_LOG, listed),)
