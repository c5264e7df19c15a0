"""What a customer was told of its standing: /account/notices, and each with its statement of reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from masstransit.carriage import reasons
from masstransit.carriage.statements import KINDS, STEPS
from masstransit.console.asking import Answer, Asked, Page, Shown, instant, page
from masstransit.console.house import House
from masstransit.errors import BadInput, NotFound
from masstransit.model.user import Right
from masstransit.storage import mails, standing, statements


async def listed(house: House, asked: Asked) -> Answer:
    """All, or those of one kind."""
    part, kind = asked.slice(instant, str), asked.query.get("kind") or None
    if kind is not None and kind not in KINDS:
        raise BadInput(f"Kind: one of {', '.join(KINDS)}", field="kind")
    account = asked.who.account
    found = await house.database.read(lambda c: statements.listed(c, account, part, what=kind))
    return Shown("customer/notices.html", {"sheet": found, "kind": kind, "kinds": KINDS})


async def one(house: House, asked: Asked) -> Answer:
    """One, with the reasons where it tells of a step."""
    account, sid = asked.who.account, asked.parts["sid"]

    def look(connection: Connection) -> Mapping[str, Any]:
        told = statements.find(connection, account, sid)
        if told is None:
            raise NotFound(f"there is no notice {sid[:40]} to you")
        step = standing.find(connection, told.step, account) if told.step else None
        of_step = told.what in STEPS and step is not None
        return {
            "told": told,
            "mails": mails.of_statement(connection, account, sid),
            "lifted": step is not None and step.undone_at is not None,
            "reasons": reasons.of_notice(connection, account, sid, house.in_force) if of_step else None,
        }

    return Shown("customer/notice.html", await house.database.read(look))


PAGES: Sequence[Page] = (
    page("/account/notices", Right.READ_LOG, listed),
    page("/account/notices/{sid}", Right.READ_LOG, one),
)
