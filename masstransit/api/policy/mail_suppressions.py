"""Addresses that the account's mail does not reach, or must not: what came back for good, and who called it spam."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import MAYBE, TEXT, record, sheet
from masstransit.model.address import mailbox
from masstransit.storage import consents, mail_suppressions


def _shown(row: Any) -> dict[str, Any]:
    return {
        "person": row.person,
        "address": row.masked,
        "why": row.why,
        "said": row.said or None,
        "about": row.about,
        "date_created": iso8601(row.since),
    }


async def read(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()

    def look(connection: Connection) -> Any:
        return mail_suppressions.listed(connection, consents.root_of(connection, request.account), part)

    found = await house.database.read(look)
    return page_v1(request, asked, "mail_suppressions", found, _shown, lambda row: (stamp(row.since), row.person))


async def create(request: Request, house: House) -> Answer:
    """An address gets no more mail."""
    address, now = mailbox(request.form.need("Address")), house.clock.now()

    def keep(connection: Connection) -> Any:
        root = consents.root_of(connection, request.account)
        person = house.keys.person(address.text)
        row = {
            "account": root, "person": person, "masked": address.masked, "why": "told", "said": "", "about": None,
            "since": now,
        }  # fmt: skip
        mail_suppressions.suppress(connection, house.ledger, row, now)
        return mail_suppressions.of(connection, [root], [person])[0]

    return Answer(201, _shown(await house.database.write(keep)))


async def remove(request: Request, house: House) -> Answer:
    """An address works again. Who called it spam stays on the list: only the person could undo that."""
    person, now = request.parts["person"], house.clock.now()

    def end(connection: Connection) -> None:
        root = consents.root_of(connection, request.account)
        mail_suppressions.take_off(connection, house.ledger, root, person, now, by=request.caller.principal)

    await house.database.write(end)
    return Answer(204)


_SCHEMA = record(
    person=TEXT,
    address=TEXT,
    why={"type": "string", "enum": ["bounce", "complaint", "told"]},
    said=MAYBE,
    about=MAYBE,
    date_created=TEXT,
)

ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/MailSuppressions",
        endpoint=read,
        pages=True,
        shows=sheet("mail_suppressions", _SCHEMA),
        summary="Addresses that the account's mail does not reach, or must not",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/MailSuppressions",
        endpoint=create,
        fields=frozenset({"Address"}),
        status=201,
        shows=_SCHEMA,
        summary="An address gets no more mail",
    ),
    Route(
        method="DELETE",
        product="policy",
        path="/v1/MailSuppressions/{person}",
        endpoint=remove,
        status=204,
        summary="An address works again",
    ),
)
