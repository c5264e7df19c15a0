"""Who of a customer is told by mail, what for, and in which order.

GET   /account/contacts                 all of them
POST  /account/contacts                 name one more
POST  /account/contacts/{contact}       change one; it is tried again, whatever a relay said
POST  /account/contacts/{contact}/first     it is told first
POST  /account/contacts/{contact}/remove
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection

from masstransit.carriage import contacts
from masstransit.console.acting import act as did
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, page
from masstransit.console.house import House
from masstransit.model.user import Right
from masstransit.storage import contacts as stored

_HERE = "/account/contacts"


async def listed(house: House, asked: Asked) -> Answer:
    """All of them, in order."""
    rows = await house.database.read(lambda c: stored.of_account(c, asked.who.account))
    missing = [use for use in contacts.USES if sum(use in row.uses for row in rows) < contacts.AT_ONCE]
    values = {"rows": rows, "uses": contacts.USES, "most": contacts.MOST, "missing": missing}
    return Shown("customer/contacts.html", values | {"mail": house.settings.mail})


def _said(asked: Asked) -> dict[str, Any]:
    form = asked.form
    address = form.need("address", "Address")
    return {"name": form.get("name"), "address": address, "uses": list(form.all("uses"))}


async def _do(house: House, asked: Asked, what: str, keep: Callable[[Connection], Any]) -> None:
    """A change, with who made it; which address it is stands masked in the ledger."""
    await did(house, asked, what, asked.parts.get("contact", "")[:64], keep)


async def add(house: House, asked: Asked) -> Answer:
    """Name one more."""
    said, account, by = _said(asked), asked.who.account, asked.who.name
    await _do(house, asked, "contact-added", lambda c: contacts.add(c, house.ledger, account, said, asked.now, by))
    return Went(_HERE, "The contact is on record.")


async def change(house: House, asked: Asked) -> Answer:
    """What is told of one."""
    said, account, by, contact = _said(asked), asked.who.account, asked.who.name, asked.parts["contact"]

    def keep(connection: Connection) -> None:
        contacts.change(connection, house.ledger, account, contact, said, asked.now, by)

    await _do(house, asked, "contact-changed", keep)
    return Went(_HERE, "The contact is changed.")


async def first(house: House, asked: Asked) -> Answer:
    """It is told first from now on."""
    account, by, contact = asked.who.account, asked.who.name, asked.parts["contact"]

    def keep(connection: Connection) -> None:
        contacts.change(connection, house.ledger, account, contact, {"first": True}, asked.now, by)

    await _do(house, asked, "contact-changed", keep)
    return Went(_HERE, "The contact is told first from now on.")


async def remove(house: House, asked: Asked) -> Answer:
    """Nothing goes there any more."""
    account, by, contact = asked.who.account, asked.who.name, asked.parts["contact"]

    def keep(connection: Connection) -> None:
        contacts.remove(connection, house.ledger, account, contact, asked.now, by)

    await _do(house, asked, "contact-removed", keep)
    return Went(_HERE, "The contact is gone: nothing goes there any more.")


PAGES: Sequence[Page] = (
    page(_HERE, Right.READ_LOG, listed),
    act(_HERE, Right.KEEP_ACCOUNT, add),
    act(f"{_HERE}/{{contact}}", Right.KEEP_ACCOUNT, change),
    act(f"{_HERE}/{{contact}}/first", Right.KEEP_ACCOUNT, first),
    act(f"{_HERE}/{{contact}}/remove", Right.KEEP_ACCOUNT, remove),
)
