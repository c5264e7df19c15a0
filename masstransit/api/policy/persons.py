"""Persons: which numbers, mailboxes and names in chats are one person's.

What a person asks by one of them holds for all: a STOP to a text stops the mail too. A consent that they gave by one
holds for that one alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import MAYBE, TEXT, record, several, sheet
from masstransit.errors import BadInput, NotFound
from masstransit.model.communication import reachable
from masstransit.storage import consents, persons

MOST = 20  #: addresses of one person


def _shown(rows: Sequence[Row[Any]]) -> dict[str, Any]:
    return {
        "sid": rows[0].sid,
        "addresses": [row.masked for row in rows],
        "date_created": iso8601(min(row.joined_at for row in rows)),
    }


def _line(row: Row[Any]) -> dict[str, Any]:
    return {"sid": row.sid, "address": row.masked, "person": row.person, "date_created": iso8601(row.joined_at)}


async def read(request: Request, house: House) -> Answer:
    """All addresses that are joined with others, each with its person's SID."""
    asked = window(request)
    part = asked.slice(length=2)
    found = await house.database.read(lambda c: persons.of_account(c, consents.root_of(c, request.account), part))
    return page_v1(request, asked, "addresses", found, _line, lambda row: (stamp(row.joined_at), row.person))


async def create(request: Request, house: House) -> Answer:
    """These addresses are one person's, with all that were joined with any of them before."""
    told = [reachable(text) for text in request.form.all("Address")]
    if not 2 <= len({address.text for address in told}) <= MOST:
        raise BadInput(f"'Address' is to be given several times, 2 to {MOST}: one person's addresses.", field="Address")
    addresses, now = {house.keys.person(address.text): address.masked for address in told}, house.clock.now()

    def keep(connection: Connection) -> Sequence[Row[Any]]:
        root = consents.root_of(connection, request.account)
        sid = persons.join(connection, root, addresses, now)
        rows = persons.of_sid(connection, root, sid)
        if len(rows) > MOST:
            raise BadInput(f"This person would have {len(rows)} addresses; {MOST} are the most.", field="Address")
        house.ledger.record(connection, root, "person", sid, {"joined": sorted(addresses)}, now)
        consents.spread(connection, house.ledger, root, sid, now)
        return rows

    return Answer(201, _shown(await house.database.write(keep)))


async def fetch(request: Request, house: House) -> Answer:
    def look(connection: Connection) -> Sequence[Row[Any]]:
        return persons.of_sid(connection, consents.root_of(connection, request.account), request.parts["sid"])

    rows = await house.database.read(look)
    if not rows:
        raise NotFound("The requested person was not found")
    return Answer(200, _shown(rows))


async def remove(request: Request, house: House) -> Answer:
    """They are several people after all. What was asked for by then stays in force for each."""
    sid, now = request.parts["sid"], house.clock.now()

    def forget(connection: Connection) -> None:
        root = consents.root_of(connection, request.account)
        if not persons.part(connection, root, sid):
            raise NotFound("The requested person was not found")
        house.ledger.record(connection, root, "person", sid, {"parted": True}, now)

    await house.database.write(forget)
    return Answer(204)


_SCHEMA = record(sid=TEXT, addresses=several(TEXT), date_created=TEXT)
_LINE = record(sid=TEXT, address=TEXT, person=TEXT, date_created=MAYBE)

ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/Persons",
        endpoint=read,
        pages=True,
        shows=sheet("addresses", _LINE),
        summary="Addresses that were joined as one person's",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/Persons",
        endpoint=create,
        fields=frozenset({"Address"}),
        status=201,
        shows=_SCHEMA,
        summary="Several addresses are one person's: what they ask by one holds for all",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/Persons/{sid}",
        endpoint=fetch,
        shows=_SCHEMA,
        summary="One person's addresses",
    ),
    Route(
        method="DELETE",
        product="policy",
        path="/v1/Persons/{sid}",
        endpoint=remove,
        status=204,
        summary="They are several people after all",
    ),
)
