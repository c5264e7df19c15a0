"""Whom a customer's mail does not go to: addresses that are not there, and people who want none.

GET   /account/email/stopped                 by why, the newest first
POST  /account/email/stopped/{person}/off    an address works again

It is the root account's: a brand's subaccounts obey together. Only the person's own START ends an opt-out, and nobody
but they could take a complaint back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from masstransit.console.acting import act as did
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, instant, page
from masstransit.console.house import House
from masstransit.errors import BadInput
from masstransit.model.address import EmailAddress
from masstransit.model.user import Right
from masstransit.storage import consents, mail_suppressions

_HERE = "/account/email/stopped"
#: Why an address gets no mail: as the list says it, and as the choice above it does.
_WHY: Mapping[str, tuple[str, str]] = {
    "bounce": ("it is not there", "Not there"),
    "complaint": ("called your mail spam", "Complained"),
    "unsubscribed": ("unsubscribed", "Unsubscribed"),
    "told": ("you said so", "You said so"),
}
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"']+@[^\s<>()\[\]:;,\"']+")
_SCOPES: Mapping[str, str] = {"marketing": "advertising only", "all": "from all mail", "everything": "from everything"}


async def listed(house: House, asked: Asked) -> Answer:
    """The list, or those of it for one reason."""
    part, account, why = asked.slice(instant, str, str), asked.who.account, asked.query.get("why")
    if why and why not in _WHY:
        raise BadInput(f"Why: one of {', '.join(_WHY)}", field="why")

    def look(connection: Connection) -> Any:
        return mail_suppressions.stopped(connection, consents.root_of(connection, account), part, why=why)

    found = await house.database.survey(look)
    return Shown(
        "customer/mail_stopped.html",
        {"sheet": found, "why": why, "reasons": _WHY, "scopes": _SCOPES, "hushed": _hushed},
    )


def _hushed(said: str) -> str:
    """What another server said, its addresses masked as they are beside it."""
    return _ADDRESS.sub(lambda found: EmailAddress(found[0]).masked, said)


async def take_off(house: House, asked: Asked) -> Answer:
    """An address works again."""
    account, person = asked.who.account, asked.parts["person"]

    def keep(connection: Connection) -> None:
        root = consents.root_of(connection, account)
        mail_suppressions.take_off(connection, house.ledger, root, person, asked.now, by=asked.who.user)

    await did(house, asked, "mail-suppression-ended", person, keep)
    return Went(_HERE, "Mail goes to this address again.")


PAGES: Sequence[Page] = (
    page(_HERE, Right.READ_LOG, listed),
    act(f"{_HERE}/{{person}}/off", Right.KEEP_ACCOUNT, take_off),
)
