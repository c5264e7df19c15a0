"""A customer's caller IDs: numbers from elsewhere that it proved that it may show when it calls.

GET   /account/numbers/caller-ids               those that are proven; what was claimed lately
GET   /account/numbers/caller-ids/claims        everything that was claimed
POST  /account/numbers/caller-ids/code          have a code texted to a number
POST  /account/numbers/caller-ids/prove         bring it back
POST  /account/numbers/caller-ids/call          have a number called, whose person types a code
POST  /account/numbers/caller-ids/letter        tell of a letter of authorization
POST  /account/numbers/caller-ids/{sid}/remove  show a number no more
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from masstransit.carriage import caller_ids as deeds
from masstransit.carriage.caller_ids import LONGEST_HOLDER, LONGEST_NAME, LONGEST_REFERENCE, Dialled, Letter, Wish
from masstransit.carriage.codes import TooOften
from masstransit.console.acting import act as did
from masstransit.console.acting import note
from masstransit.console.asking import Answer, Asked, Page, Shown, Went, act, instant, page
from masstransit.console.house import House
from masstransit.errors import BadInput, Conflict
from masstransit.model.address import E164
from masstransit.model.user import Right
from masstransit.storage import caller_ids
from masstransit.storage.paging import Slice

_HERE = "/account/numbers/caller-ids"
_LATELY = 10  # claims on the first page


async def listed(house: House, asked: Asked) -> Answer:
    """What is proven, and what was claimed lately."""
    part, account = asked.slice(instant, str), asked.who.account

    def look(connection: Connection) -> Mapping[str, Any]:
        return {
            "sheet": caller_ids.listed(connection, account, part, asked.now),
            "claims": caller_ids.claims(connection, account, Slice(size=_LATELY)),
        }

    longest = {"name": LONGEST_NAME, "holder": LONGEST_HOLDER, "reference": LONGEST_REFERENCE}
    told = {"status": deeds.status, "longest": longest, "can_call": house.caller_ids.can_call}
    values = {**await house.database.read(look), **told}
    return Shown("customer/caller_ids.html", values)


async def claims(house: House, asked: Asked) -> Answer:
    """Everything that was claimed, the newest first."""
    part = asked.slice(instant, str)
    found = await house.database.read(lambda c: caller_ids.claims(c, asked.who.account, part))
    return Shown("customer/caller_id_claims.html", {"sheet": found, "status": deeds.status})


def _number(asked: Asked) -> E164:
    return deeds.wanted(asked.form.need("number", "Number", longest=32))


def _wish(asked: Asked) -> Wish:
    name = asked.form.get("name")[:LONGEST_NAME]
    return Wish(account=asked.who.account, number=_number(asked), name=name)


async def ask(house: House, asked: Asked) -> Answer:
    """Have a code texted to a number."""
    try:
        claim = await house.caller_ids.ask(_wish(asked))
    except TooOften as often:
        raise Conflict(f"Ask again in an hour: {often}") from often
    await house.database.write(lambda c: note(c, house, asked, "caller-id-asked", claim.sid))
    return Went(_HERE, f"A code is on its way to {claim.number}. Whoever has the number tells it to you.")


async def prove(house: House, asked: Asked) -> Answer:
    """Bring back the code that stood in the text."""
    number, code = _number(asked), asked.form.need("code", "Code", longest=32)
    heard = await house.caller_ids.prove(asked.who.account, number, code)
    if heard.found == "wrong":
        left = f"{heard.left} tries are left" if heard.left else "no try is left, ask for another one"
        raise BadInput(f"Code: this is not the one; {left}", field="code")
    row = heard.row
    if row is None:
        raise Conflict("The code is too old, used, or was tried too often: ask for another one")
    await house.database.write(lambda c: note(c, house, asked, "caller-id-proven", row.sid))
    return Went(_HERE, f"{row.number} is proven until {row.expires_at:%Y-%m-%d}.")


async def call(house: House, asked: Asked) -> Answer:
    """Have a number called; the page says what its person is to type."""
    try:
        called = await house.caller_ids.call(_wish(asked), Dialled())
    except TooOften as often:
        raise Conflict(f"Ask again tomorrow: {often}") from often
    await house.database.write(lambda c: note(c, house, asked, "caller-id-called", called.claim.sid))
    return Shown("customer/caller_id_call.html", {"number": called.claim.number, "code": called.code})


async def send(house: House, asked: Asked) -> Answer:
    """Tell of a letter."""
    form, wish = asked.form, _wish(asked)
    try:
        signed = date.fromisoformat(form.need("signed", "Signed on", longest=10))
    except ValueError as wrong:
        raise BadInput("Signed on: a day, as 2026-01-31", field="signed") from wrong
    letter = Letter(
        holder=form.need("holder", "Whose number it is", longest=LONGEST_HOLDER),
        reference=form.need("reference", "Where the letter is", longest=LONGEST_REFERENCE),
        signed_on=signed,
        digest=form.need("digest", "SHA-256 of the letter", longest=64).lower(),
    )

    def keep(connection: Connection) -> None:
        claim = deeds.send_letter(connection, house.ledger, house.keys, wish, letter, asked.now)
        note(connection, house, asked, "letter-sent", claim.sid)

    await house.database.write(keep)
    return Went(_HERE, f"The letter for {wish.number.text} waits for a person.")


async def remove(house: House, asked: Asked) -> Answer:
    """Show a number no more."""
    account, sid = asked.who.account, asked.parts["sid"]

    def keep(connection: Connection) -> None:
        deeds.take_back(connection, house.ledger, account, sid, asked.now)

    await did(house, asked, "caller-id-removed", sid, keep)
    return Went(_HERE, "It is not shown any more.")


PAGES: Sequence[Page] = (
    page(_HERE, Right.READ_LOG, listed),
    page(f"{_HERE}/claims", Right.READ_LOG, claims),
    act(f"{_HERE}/code", Right.KEEP_ACCOUNT, ask),
    act(f"{_HERE}/prove", Right.KEEP_ACCOUNT, prove),
    act(f"{_HERE}/call", Right.KEEP_ACCOUNT, call),
    act(f"{_HERE}/letter", Right.KEEP_ACCOUNT, send),
    act(f"{_HERE}/{{sid}}/remove", Right.KEEP_ACCOUNT, remove),
)
