"""The agreement: the edition of the policy in force, who accepted which, and its acceptance: /account/agreement."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from masstransit.carriage import agreement
from masstransit.carriage.agreement import Accepted
from masstransit.console.acting import act as did
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, page
from masstransit.console.house import House
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.model.edition import Edition
from masstransit.model.user import Right
from masstransit.storage import agreements


def _edition(house: House) -> Edition:
    if house.edition is None:
        raise NotFound("no edition of the policy is published here")
    return house.edition


async def read(house: House, asked: Asked) -> Answer:
    """The text, and whether it is accepted."""
    edition, account = _edition(house), asked.who.account
    rows = await house.database.read(lambda c: agreements.acceptances_of(c, [account]))
    current = any(row.digest == edition.digest and row.authorised for row in rows)
    return Shown("customer/agreement.html", {"edition": edition, "acceptances": rows, "current": current})


async def accept(house: House, asked: Asked) -> Answer:
    """Somebody who may bind the customer accepts the edition that they were shown."""
    edition, form, account = _edition(house), asked.form, asked.who.account
    if form.need("digest", "Edition") != edition.digest:
        raise Conflict("another edition is in force since you read it: read it again, then accept it")
    if form.get("authorised") != "yes":
        raise BadInput("Say that you may bind the customer: nobody else can accept", field="authorised")
    by = Accepted(
        account=account,
        person=form.need("person", "Name", longest=256),
        role=form.need("role", "Role", longest=256),
        source=asked.source,
        at=asked.now,
    )

    def keep(connection: Connection) -> None:
        agreement.accept(connection, house.ledger, edition, by)

    await did(house, asked, "accepted", edition.digest[:64], keep, told={"dated": edition.dated})
    return Went("/account/agreement", f"The edition of {edition.dated} is accepted.")


PAGES: Sequence[Page] = (
    page("/account/agreement", Right.READ_LOG, read),
    act("/account/agreement", Right.ACCEPT, accept),
)
