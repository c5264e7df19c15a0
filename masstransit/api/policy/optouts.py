"""Opt-outs: who asked the account's senders to stop. It is read here; only the person's own START ends it."""

from __future__ import annotations

from typing import Any

from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import FLAG, MAYBE, TEXT, record, sheet
from masstransit.model.address import e164
from masstransit.storage import verdicts
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
    asked, number = window(request), request.query.get("PhoneNumber")
    person = house.keys.person(e164(number).text) if number else None
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
        fields=frozenset({"PhoneNumber"}),
        pages=True,
        shows=sheet("opt_outs", _SCHEMA),
        summary="Who asked to be left alone; by PhoneNumber, whether this person did",
    ),
)
