"""A customer's mailboxes, and what people left in them.

GET   /account/voicemail          mailboxes, and messages with their sound, the newest first
POST  /account/voicemail/{sid}    it was heard, is kept, or is deleted
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from masstransit.console.acting import note
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, instant, page
from masstransit.console.house import House
from masstransit.errors import NotFound
from masstransit.model.user import Right
from masstransit.storage import mailboxes, voicemails
from masstransit.storage.paging import Slice
from masstransit.storage.voicemails import Filters

_HERE = "/account/voicemail"
_MOST_BOXES = 200  # on one page
#: What a button says, and the sentence that follows.
_MARKS: Mapping[str, str] = {
    "heard": "It counts as heard.",
    "kept": "It is kept until its mailbox's days are over.",
    "deleted": "It is deleted.",
}


async def listed(house: House, asked: Asked) -> Answer:
    """Mailboxes, and what is in them or in one of them."""
    part, account, box = asked.slice(instant, str), asked.who.account, asked.query.get("mailbox")

    def look(connection: Connection) -> Mapping[str, Any]:
        return {
            "boxes": mailboxes.page(connection, account, Slice(size=_MOST_BOXES)).rows,
            "new": voicemails.waiting(connection, account),
            "sheet": voicemails.page(connection, account, Filters(mailbox=box or None), part),
        }

    found = await house.database.read(look)
    numbers = {row.sid: row.number for row in found["boxes"]}
    return Shown(
        "customer/voicemail.html", {**found, "numbers": numbers, "box": box, "hears": asked.who.may(Right.HEAR)}
    )


async def mark(house: House, asked: Asked) -> Answer:
    """Say what it is from now on."""
    account, sid, state = asked.who.account, asked.parts["sid"], asked.form.one_of("state", tuple(_MARKS))
    by = asked.who.user
    if state == "deleted":
        there = await house.deposits.delete(account, sid, by)
    else:
        there = await house.deposits.mark(account, sid, state, by)
    if not there:
        raise NotFound(f"there is no message {sid[:40]} in your mailboxes")
    await house.database.write(lambda c: note(c, house, asked, f"voicemail-{state}", sid))
    return Went(_HERE, _MARKS[state])


PAGES: Sequence[Page] = (
    page(_HERE, Right.READ_LOG, listed),
    act(f"{_HERE}/{{sid}}", Right.HEAR, mark),
)
