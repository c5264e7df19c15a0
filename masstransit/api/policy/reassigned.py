"""Reassigned numbers: what the Reassigned Numbers Database answered when the customer asked it (rule 7.10)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from masstransit.api import bulk
from masstransit.api.dialect import Answer, Request, Route, read_instant
from masstransit.api.house import House
from masstransit.api.policy.openapi import TEXT, record, several
from masstransit.errors import BadInput
from masstransit.storage import consents

_ITEM = ("contact_id", "correlation_id", "answer", "consent_date", "asked_at")
_ANSWERS = ("yes", "no", "no-data")


async def tell(request: Request, house: House) -> Answer:
    """Record answers, each about a number and the date of its consent. Good ones are kept though others are bad."""
    items, rows, answers = bulk.items(request, "Items"), [], []
    for item in items:
        failed = None
        try:
            rows.append(_row(house, item))
        except BadInput as wrong:
            failed = wrong
        answers.append(bulk.answered(item, failed))

    def keep(connection: Connection) -> None:
        root = consents.root_of(connection, request.account)
        consents.reassigned_put(connection, house.ledger, [{**row, "account": root} for row in rows], house.clock.now())

    await house.database.write(keep)
    return Answer(201, {"items": answers})


def _row(house: House, item: bulk.Item) -> dict[str, Any]:
    """One answer. Raises `BadInput`."""
    bulk.known(item, _ITEM)
    answer = bulk.text(item, "answer")
    if answer not in _ANSWERS:
        raise BadInput(f"'answer' is one of {', '.join(_ANSWERS)}")
    consent_date, asked_at = (read_instant(name, bulk.text(item, name)) for name in ("consent_date", "asked_at"))
    if not consent_date <= asked_at <= house.clock.now():
        raise BadInput("'consent_date' is the date that was asked about, before 'asked_at', which is not in the future")
    person = house.keys.person(bulk.person(item).text)
    return {"person": person, "answer": answer, "consent_date": consent_date, "asked_at": asked_at}


_ANSWERED = record(correlation_id=TEXT, error_code={"type": "integer"}, error_messages=several(TEXT))

ROUTES = (
    Route(
        method="POST",
        product="policy",
        path="/v1/Reassigned",
        endpoint=tell,
        fields=frozenset({"Items"}),
        status=201,
        shows=record(items=several(_ANSWERED)),
        summary="What the Reassigned Numbers Database answered: Items are JSON objects, one a field, with contact_id, "
        "answer (yes, no, no-data), consent_date, asked_at, and correlation_id as you like",
    ),
)
