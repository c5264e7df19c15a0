"""Reservations: a number that is for sale is kept for an account while it makes up its mind."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from masstransit.api.dialect import Answer, Request, Route, iso8601
from masstransit.api.house import House
from masstransit.api.policy.openapi import TEXT, record, several
from masstransit.errors import Conflict, NotFound
from masstransit.model.address import e164
from masstransit.storage import numbers


def _shown(row: Any, request: Request) -> dict[str, Any]:
    return {
        "account_sid": request.account,
        "phone_number": row.number,
        "date_expires": iso8601(row.reserved_until),
        "url": f"{request.base}/v1/Reservations/{row.number}",
    }


async def read(request: Request, house: House) -> Answer:
    """What is kept now; there are few, and they come at once."""
    now = house.clock.now()
    rows = await house.database.read(lambda c: numbers.reserved(c, request.account, now))
    return Answer(200, {"reservations": [_shown(row, request) for row in rows]})


async def reserve(request: Request, house: House) -> Answer:
    """Keep one for a quarter of an hour; asked again, for another."""
    number, now = e164(request.form.need("PhoneNumber"), code=21421).text, house.clock.now()

    def keep(connection: Connection) -> Any:
        others = [row for row in numbers.reserved(connection, request.account, now) if row.number != number]
        if len(others) >= numbers.MOST_RESERVED:
            raise Conflict(f"The account has {len(others)} numbers reserved: buy one of them, or let one go")
        return numbers.reserve(connection, request.account, number, now)

    return Answer(201, _shown(await house.database.write(keep), request))


async def let_go(request: Request, house: House) -> Answer:
    """Anybody may buy it again."""
    number, now = request.parts["number"], house.clock.now()
    if not await house.database.write(lambda c: numbers.let_go(c, request.account, number, now)):
        raise NotFound(f"The account has no reservation of {number[:20]}")
    return Answer(204)


_SCHEMA = record(account_sid=TEXT, phone_number=TEXT, date_expires=TEXT, url=TEXT)

ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/Reservations",
        endpoint=read,
        shows=record(reservations=several(_SCHEMA)),
        summary="Numbers that are kept for the account until it buys them",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/Reservations",
        endpoint=reserve,
        fields=frozenset({"PhoneNumber"}),
        status=201,
        shows=_SCHEMA,
        summary="Keep a number that is for sale (PhoneNumber) for 15 minutes, ten at once",
    ),
    Route(
        method="DELETE",
        product="policy",
        path="/v1/Reservations/{number}",
        endpoint=let_go,
        status=204,
        summary="Let it go",
    ),
)
