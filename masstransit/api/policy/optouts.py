"""Opt-outs: who asked the account's senders to stop. Only the person's own START ends one.

A STOP that a person sends is on record by itself. One that came by letter, on the phone or in a shop is told here: no
sender may choose how it is told to stop (rulebook 7.4). It also ends what the person had agreed to by then.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import FLAG, MAYBE, TEXT, record, sheet
from masstransit.errors import BadInput
from masstransit.model.communication import reachable
from masstransit.storage import consents, verdicts
from masstransit.storage.paging import Slice
from masstransit.storage.tables import opt_outs

_KEY = [column.name for column in opt_outs.primary_key.columns if column.name != "account"]


def _shown(row: Any) -> dict[str, Any]:
    return {
        "person": row.person,
        "number": row.masked,
        "scope": row.scope,
        "said": row.said,
        "via": row.via,
        "channel": row.channel,
        "in_force": row.restored_at is None,
        "date_created": iso8601(row.since),
        "date_confirmed": iso8601(row.confirmed_at),
        "date_restored": iso8601(row.restored_at),
    }


async def read(request: Request, house: House) -> Answer:
    asked, whose = window(request), request.query.get("PhoneNumber") or request.query.get("Address")
    person = house.keys.person(reachable(whose).text) if whose else None
    part = asked.slice(length=1 + len(_KEY))
    sheet = await house.database.read(lambda c: verdicts.opt_outs_of(c, request.account, part, person=person))
    return page_v1(
        request,
        asked,
        "opt_outs",
        sheet,
        _shown,
        lambda row: (stamp(row.since), *(getattr(row, name) for name in _KEY)),
    )


_BY = ("letter", "phone", "email", "in-person", "web", "other")
_FIELDS = frozenset({"PhoneNumber", "Address", "By", "Scope", "Date"})


async def create(request: Request, house: House) -> Answer:
    """A person told the customer to stop, otherwise than by an answer to a message."""
    form, now = request.form, house.clock.now()
    whose, by = reachable(form.get("Address") or form.need("PhoneNumber")), form.need("By")
    form.one_of("By", _BY)
    since = form.instant("Date") or now
    if since > now:
        raise BadInput("'Date' lies in the future: it is when the person said so.", field="Date")
    person, scope = house.keys.person(whose.text), form.one_of("Scope", ("all", "marketing", "everything")) or "all"

    def keep(connection: Connection) -> Any:
        root = consents.root_of(connection, request.account)
        wish = {"account": root, "person": person, "masked": whose.masked, "since": since, "scope": scope}
        consents.revoke(connection, house.ledger, {**wish, "said": by, "channel": by}, now)
        return verdicts.opt_outs_of(connection, root, Slice(size=1), person=person).rows[0]

    return Answer(201, _shown(await house.database.write(keep)))


_SCHEMA = record(
    person=TEXT,
    number=TEXT,
    scope=TEXT,
    said=TEXT,
    via=MAYBE,
    channel=MAYBE,
    in_force=FLAG,
    date_created=MAYBE,
    date_confirmed=MAYBE,
    date_restored=MAYBE,
)


ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/OptOuts",
        endpoint=read,
        fields=frozenset({"PhoneNumber", "Address"}),
        pages=True,
        shows=sheet("opt_outs", _SCHEMA),
        summary="Who asked to be left alone; by PhoneNumber or Address, whether this person did",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/OptOuts",
        endpoint=create,
        fields=_FIELDS,
        status=201,
        shows=_SCHEMA,
        summary="A person said stop by letter, phone, email ...: no message of the account's senders reaches them",
    ),
)
