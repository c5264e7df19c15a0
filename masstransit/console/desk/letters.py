"""Letters of authorization at the desk: customers say that they may show a number of somebody else's when they call.

    GET  /desk/numbers/letters          those that wait, the oldest first; ?show=decided: the others
    GET  /desk/numbers/letters/{sid}    one: whose number, who signed, which document
    POST /desk/numbers/letters/{sid}    somebody has looked at the document: it is good, or it is not, and why

Who decides sees the number whole, because it has to be compared with the letter's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from masstransit.carriage import caller_ids as deeds
from masstransit.carriage import codes
from masstransit.console.acting import note
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, instant, page
from masstransit.console.house import House
from masstransit.errors import NotFound
from masstransit.model.user import Right
from masstransit.storage import caller_ids

_SHOWN = ("open", "decided")


async def listed(house: House, asked: Asked) -> Answer:
    """Those that wait for a person, or those that somebody decided."""
    show = asked.query.get("show") or _SHOWN[0]
    part, undecided = asked.slice(instant, str), show != _SHOWN[1]
    found = await house.database.survey(lambda c: caller_ids.letters(c, part, undecided=undecided))
    return Shown("desk/letters.html", {"sheet": found, "show": _SHOWN[0] if undecided else _SHOWN[1]})


async def one(house: House, asked: Asked) -> Answer:
    """A letter."""

    def look(connection: Connection) -> Mapping[str, Any]:
        row = caller_ids.letter(connection, asked.parts["sid"])
        if row is None:
            raise NotFound(f"there is no letter {asked.parts['sid'][:40]}")
        return {"row": row, "customer": codes.brand_of(connection, row.account)}

    return Shown("desk/letter.html", await house.database.survey(look))


async def decide(house: House, asked: Asked) -> Answer:
    """It is good, or not."""
    sid, form = asked.parts["sid"], asked.form
    word, good = asked.word(form.need("because", "Why")), form.one_of("decision", ("confirm", "refuse")) == "confirm"

    def keep(connection: Connection) -> str:
        if good:
            row = deeds.confirm(connection, house.ledger, sid, word, digest=form.get("digest"))
            account, said = row.account, f"It is proven until {row.expires_at:%Y-%m-%d}: {row.sid}."
        else:
            account = deeds.refuse(connection, house.ledger, sid, word).account
            said = "It proves nothing; its customer is told why."
        note(connection, house, asked, "letter-confirmed" if good else "letter-refused", sid, account=account)
        return said

    return Went(f"/desk/numbers/letters/{sid}", await house.database.write(keep))


_ONE = "/desk/numbers/letters/{sid}"
PAGES: Sequence[Page] = (
    page("/desk/numbers/letters", Right.WATCH, listed),
    page(_ONE, Right.WATCH, one),
    act(_ONE, Right.KEEP_NUMBERS, decide),
)
