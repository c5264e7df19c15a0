"""What one person agreed to, took back and asked for, by their number: /account/consents.

It is the root account's: a brand's numbers and subaccounts obey together. Only the person's own START ends an opt-out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from masstransit.console.asking import Answer, Asked, Page, Shown, page
from masstransit.console.house import House
from masstransit.model.address import e164
from masstransit.model.user import Right
from masstransit.storage import consents, verdicts
from masstransit.storage.paging import Slice

MOST = 100_000  #: what is more is not counted


async def found(house: House, asked: Asked) -> Answer:
    """How many there are, and what is on record of one number."""
    account, number = asked.who.account, asked.query.get("number")
    address = e164(number) if number else None

    def look(connection: Connection) -> Mapping[str, Any]:
        root = consents.root_of(connection, account)
        counts = consents.counted(connection, root, MOST)
        if address is None:
            return {"counts": counts, "of": None}
        person = house.keys.person(address.text)
        return {
            "counts": counts,
            "of": {
                "consents": consents.consents_of(connection, [root], [person]),
                "opt_outs": verdicts.opt_outs_of(connection, account, Slice(size=1), person=person).rows,
                "blocks": consents.blocks_of(connection, [root], [person]),
                "contacts": consents.contacts_of(connection, [root], [person]),
            },
        }

    values = await house.database.survey(look)
    number = address.text if address is not None else ""
    return Shown("customer/consents.html", {**values, "number": number, "most": MOST})


PAGES: Sequence[Page] = (page("/account/consents", Right.READ_LOG, found),)
