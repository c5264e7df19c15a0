"""End users: for whom a customer sends (clause B). It tells here that they took on its terms, and stops one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import FLAG, MAYBE, TEXT, record, sheet
from masstransit.errors import BadInput, Denied
from masstransit.storage import end_users

_LONGEST = 128  # characters of a name, as of the field EndUser of a message
_FIELDS = frozenset({"EndUser", "TermsAccepted", "Status", "Reason"})


def _shown(row: Any) -> dict[str, Any]:
    return {
        "end_user": row.end_user,
        "status": row.status,
        "reason": row.reason or None,
        "terms_accepted": row.terms_accepted_at is not None,
        "date_terms_accepted": iso8601(row.terms_accepted_at),
        "date_stopped": iso8601(row.stopped_at),
        "date_created": iso8601(row.first_seen_at),
    }


async def read(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice(first=None, length=1)
    found = await house.database.read(lambda c: end_users.listed(c, request.account, part))
    return page_v1(request, asked, "end_users", found, _shown, lambda row: (row.end_user,))


async def tell(request: Request, house: House) -> Answer:
    """Put an end user on record, with what is told of it."""
    form, now, account = request.form, house.clock.now(), request.account
    name = form.need("EndUser")
    form.text("EndUser", _LONGEST)
    accepted, status = form.flag("TermsAccepted") or False, form.one_of("Status", ("active", "stopped"))
    reason = form.text("Reason", 256) or ""
    if status == "stopped" and not reason:
        raise BadInput("'Reason' says what the end user is stopped for.", field="Reason")

    def keep(connection: Connection) -> Any:
        row = end_users.put(connection, account, name, now, terms_accepted=accepted)
        if status == "active" and row.status == "stopped":
            raise Denied("A stopped end user sends again when the operator says so, not its customer")
        if status == "stopped":
            row = end_users.stop(connection, account, name, reason, now)
        said = {"end_user": name, "terms_accepted": accepted, "status": status, "reason": reason}
        house.ledger.record(connection, account, "end-user", name[:64], said, now)
        return row

    return Answer(201, _shown(await house.database.write(keep)))


_SCHEMA = record(
    end_user=TEXT,
    status={"type": "string", "enum": ["active", "stopped"]},
    reason=MAYBE,
    terms_accepted=FLAG,
    date_terms_accepted=MAYBE,
    date_stopped=MAYBE,
    date_created=MAYBE,
)

ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/EndUsers",
        endpoint=read,
        pages=True,
        shows=sheet("end_users", _SCHEMA),
        summary="For whom the account sends, and who of them was stopped",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/EndUsers",
        endpoint=tell,
        fields=_FIELDS,
        status=201,
        shows=_SCHEMA,
        summary="An end user took on the customer's terms (TermsAccepted=true), or is stopped (Status=stopped, Reason)",
    ),
)
