"""Reclamations: the account's numbers that a provider wants back, and its word against that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import MAYBE, TEXT, record, several, sheet
from masstransit.carriage.reclamation import LONGEST_CONTEST, contest
from masstransit.errors import NotFound
from masstransit.storage import reclamations


def _shown(row: Mapping[str, Any], base: str) -> dict[str, Any]:
    return {
        "sid": row["sid"],
        "account_sid": row["account"],
        "phone_number": row["number"],
        "provider": row["provider"],
        "cause": row["cause"],
        "reason": row["said"],
        "status": row["outcome"] or ("contested" if row["contested_at"] and not row["answered_at"] else "open"),
        "date_opened": row["opened"],
        "date_due": row["deadline"],
        "notices_given": [f"{days} days" for days in row["notices"]],
        "contest": row["contest"] or None,
        "date_contested": iso8601(row["contested_at"]),
        "because": row["because"] or None,
        "date_closed": iso8601(row["closed_at"]),
        "url": f"{base}/v1/Reclamations/{row['sid']}",
    }


async def read(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()
    found = await house.database.read(lambda c: reclamations.listed(c, request.account, part))
    return page_v1(
        request,
        asked,
        "reclamations",
        found,
        lambda row: _shown(row._asdict(), request.base),
        lambda row: (row.opened, row.sid),
    )


async def fetch(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: reclamations.find(c, request.parts["sid"], request.account))
    if row is None:
        raise NotFound("The requested reclamation was not found")
    return Answer(200, _shown(row._asdict(), request.base))


async def object_to(request: Request, house: House) -> Answer:
    """Contest it: nothing is taken before the provider has answered."""
    text, now, sid = request.form.need("Contest"), house.clock.now(), request.parts["sid"]
    request.form.text("Contest", LONGEST_CONTEST)

    def keep(connection: Connection) -> Row[Any]:
        return contest(connection, house.ledger, request.account, sid, text, now)

    row = await house.database.write(keep)
    return Answer(200, _shown(row._asdict(), request.base))


_SCHEMA = record(
    sid=TEXT,
    account_sid=TEXT,
    phone_number=TEXT,
    provider=TEXT,
    cause={"type": "string", "enum": ["rule", "determination"]},
    reason=TEXT,
    status={"type": "string", "enum": ["open", "contested", "kept", "reclaimed", "withdrawn", "restored"]},
    date_opened=TEXT,
    date_due=TEXT,
    notices_given=several(TEXT),
    contest=MAYBE,
    date_contested=MAYBE,
    because=MAYBE,
    date_closed=MAYBE,
    url=TEXT,
)

ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/Reclamations",
        endpoint=read,
        pages=True,
        shows=sheet("reclamations", _SCHEMA),
        summary="The account's numbers that a provider wants back, the newest first",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/Reclamations/{sid}",
        endpoint=fetch,
        shows=_SCHEMA,
        summary="One of them: by when, what was said, and what became of it",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/Reclamations/{sid}",
        endpoint=object_to,
        fields=frozenset({"Contest"}),
        shows=_SCHEMA,
        summary="Contest it: Contest says why the number is to stay; nothing is taken before the provider has answered",
    ),
)
