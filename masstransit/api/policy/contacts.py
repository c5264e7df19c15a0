"""Contacts: whom the account names to be told by mail, what for, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.api.dialect import Answer, Request, Route, iso8601
from masstransit.api.house import House
from masstransit.api.policy.openapi import FLAG, MAYBE, TEXT, record, several
from masstransit.carriage import contacts
from masstransit.errors import BadInput, NotFound
from masstransit.storage import contacts as stored

_FIELDS = {"name": "Name", "address": "Address", "uses": "For"}


def _shown(row: Row[Any], request: Request) -> dict[str, Any]:
    return {
        "sid": row.contact,
        "account_sid": row.account,
        "name": row.name,
        "address": row.address,
        "for": row.uses,
        "date_refused": iso8601(row.refused_at),
        "refusal": row.refusal or None,
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(row.updated_at),
        "url": f"{request.base}/v1/Contacts/{row.contact}",
    }


def _said(request: Request) -> dict[str, Any]:
    """What the request says of a contact; `For` several times, or its words with commas."""
    form = request.form
    said: dict[str, Any] = {name: form.get(field) for name, field in _FIELDS.items() if form.get(field) is not None}
    if "uses" in said:
        said["uses"] = _words(form.all("For"))
    if form.flag("First"):
        said["first"] = True
    return said


def _words(values: Sequence[str]) -> list[str]:
    return [word.strip() for value in values for word in value.split(",") if word.strip()]


async def _kept(house: House, keep: Callable[[Connection], Row[Any]]) -> Row[Any]:
    """A change; what is wrong with it in this API's own words."""
    try:
        return await house.database.write(keep)
    except BadInput as wrong:
        raise BadInput(str(wrong), field=_FIELDS.get(wrong.field, wrong.field)) from wrong


async def read(request: Request, house: House) -> Answer:
    """All of them, in the order in which they are told; there are ten at most."""
    rows = await house.database.read(lambda c: stored.of_account(c, request.account))
    return Answer(200, {"contacts": [_shown(row, request) for row in rows], "mail_is_sent": house.settings.mail})


async def add(request: Request, house: House) -> Answer:
    """Name somebody, the last in order."""
    request.form.need("Address")
    said, now = {"name": "", "uses": list(contacts.USES)} | _said(request), house.clock.now()

    def keep(connection: Connection) -> Row[Any]:
        return contacts.add(connection, house.ledger, request.account, said, now, request.account)

    return Answer(201, _shown(await _kept(house, keep), request))


async def fetch(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: stored.find(c, request.account, request.parts["sid"]))
    if row is None:
        raise NotFound("The requested contact was not found")
    return Answer(200, _shown(row, request))


async def change(request: Request, house: House) -> Answer:
    """Change one, or put it first; one that a relay refused is tried again from then on."""
    said, sid, now = _said(request), request.parts["sid"], house.clock.now()

    def keep(connection: Connection) -> Row[Any]:
        return contacts.change(connection, house.ledger, request.account, sid, said, now, request.account)

    return Answer(200, _shown(await _kept(house, keep), request))


async def remove(request: Request, house: House) -> Answer:
    """Forget one."""
    sid, now = request.parts["sid"], house.clock.now()

    def forget(connection: Connection) -> None:
        contacts.remove(connection, house.ledger, request.account, sid, now, request.account)

    await house.database.write(forget)
    return Answer(204)


_SCHEMA = record(
    sid=TEXT,
    account_sid=TEXT,
    name=TEXT,
    address=TEXT,
    **{"for": several({"type": "string", "enum": list(contacts.USES)})},
    date_refused=MAYBE,
    refusal=MAYBE,
    date_created=TEXT,
    date_updated=TEXT,
    url=TEXT,
)
_ONE = frozenset({"Name", "Address", "For"})

ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/Contacts",
        endpoint=read,
        shows=record(contacts=several(_SCHEMA), mail_is_sent=FLAG),
        summary="Who is told by mail, in order: two of those who are named for something, the others in their place",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/Contacts",
        endpoint=add,
        fields=_ONE,
        status=201,
        shows=_SCHEMA,
        summary="Name a contact: its Address, a Name, and what it is told of (For; without it everything)",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/Contacts/{sid}",
        endpoint=fetch,
        shows=_SCHEMA,
        summary="One contact, and whether a mail server refused it",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/Contacts/{sid}",
        endpoint=change,
        fields=_ONE | {"First"},
        shows=_SCHEMA,
        summary="Change a contact, or put it first (First=true); one that was refused is tried again",
    ),
    Route(
        method="DELETE",
        product="policy",
        path="/v1/Contacts/{sid}",
        endpoint=remove,
        status=204,
        summary="Forget a contact",
    ),
)
