"""Claims to caller IDs: codes that are brought back, and letters of authorization that wait for the desk."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection

from masstransit.api.dialect import Answer, Form, Request, Route, is_sid, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import MAYBE, TEXT, record, sheet
from masstransit.api.rest.caller_ids import wish
from masstransit.carriage.caller_ids import LONGEST_HOLDER, LONGEST_REFERENCE, Letter, send_letter, status, wanted
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.model.address import e164
from masstransit.storage import caller_ids


def _shown(row: Any, request: Request, house: House) -> dict[str, Any]:
    letter = row.letter
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "phone_number": row.number,
        "friendly_name": row.friendly_name,
        "grounds": row.how,
        "status": status(row, house.clock.now()),
        "because": row.because or None,
        "holder": letter.get("holder"),
        "reference": letter.get("reference"),
        "signed_on": letter.get("signed_on"),
        "document_sha256": letter.get("digest"),
        "date_created": iso8601(row.filed_at),
        "date_decided": iso8601(row.decided_at),
        "url": f"{request.base}/v1/CallerIds/{row.sid}",
    }


async def read(request: Request, house: House) -> Answer:
    """What the account claimed, the newest first."""
    asked, told = window(request), request.query.get("PhoneNumber")
    part, number = asked.slice(), e164(told).text if told else None
    found = await house.database.read(lambda c: caller_ids.claims(c, request.account, part, number=number))
    show, key_of = lambda row: _shown(row, request, house), lambda row: (stamp(row.filed_at), row.sid)
    return page_v1(request, asked, "caller_ids", found, show, key_of)


async def fetch(request: Request, house: House) -> Answer:
    sid = request.parts["sid"]
    row = await house.database.read(lambda c: caller_ids.claim(c, request.account, sid)) if is_sid(sid, "CV") else None
    if row is None:
        raise NotFound(f"The claim {sid[:34]} was not found")
    return Answer(200, _shown(row, request, house))


async def send(request: Request, house: House) -> Answer:
    """Tell of a letter of authorization."""
    form, now = request.form, house.clock.now()
    if form.need("Grounds") != "loa":
        raise BadInput("'Grounds' is loa; a code is asked for at OutgoingCallerIds.", field="Grounds")
    told, asked = _letter(form), wish(form, house, request.account)

    def keep(connection: Connection) -> Any:
        return send_letter(connection, house.ledger, house.keys, asked, told, now)

    return Answer(201, _shown(await house.database.write(keep), request, house))


def _letter(form: Form) -> Letter:
    """Raises `BadInput`."""
    holder, reference = form.need("Holder"), form.need("Reference")
    form.text("Holder", LONGEST_HOLDER)
    form.text("Reference", LONGEST_REFERENCE)
    try:
        signed = date.fromisoformat(form.need("SignedOn"))
    except ValueError as wrong:
        raise BadInput("'SignedOn' is a day such as 2026-01-31.", field="SignedOn") from wrong
    return Letter(
        holder=holder, reference=reference, signed_on=signed, digest=form.need("DocumentSha256").strip().lower()
    )


async def prove(request: Request, house: House) -> Answer:
    """Bring back the code that stood in the text."""
    number, code = wanted(request.form.need("PhoneNumber")), request.form.need("Code")
    heard = await house.caller_ids.prove(request.account, number, code)
    if heard.found == "wrong":
        left = f"{heard.left} tries are left" if heard.left else "no try is left: ask for another one"
        raise BadInput(f"This is not the code; {left}.", field="Code")
    row = heard.row
    if row is None:
        raise Conflict("The code is too old, used, or was tried too often: ask for another one")
    told = {"sid": row.sid, "account_sid": row.account, "phone_number": row.number, "friendly_name": row.friendly_name}
    return Answer(201, {**told, "date_proven": iso8601(row.proven_at), "date_expires": iso8601(row.expires_at)})


_SCHEMA = record(
    sid=TEXT,
    account_sid=TEXT,
    phone_number=TEXT,
    friendly_name=TEXT,
    grounds={"type": "string", "enum": ["code", "call", "loa"]},
    status={
        "type": "string",
        "enum": ["pending", "proven", "refused", "failed", "declined", "unsent", "replaced", "expired"],
    },
    because=MAYBE,
    holder=MAYBE,
    reference=MAYBE,
    signed_on=MAYBE,
    document_sha256=MAYBE,
    date_created=TEXT,
    date_decided=MAYBE,
    url=TEXT,
)
_PROVEN = record(sid=TEXT, account_sid=TEXT, phone_number=TEXT, friendly_name=TEXT, date_proven=TEXT, date_expires=TEXT)
_LETTER = frozenset({"Holder", "Reference", "SignedOn", "DocumentSha256"})
_WISH = frozenset({"PhoneNumber", "FriendlyName", "StatusCallback", "StatusCallbackMethod"})

ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/CallerIds",
        endpoint=read,
        fields=frozenset({"PhoneNumber"}),
        pages=True,
        shows=sheet("caller_ids", _SCHEMA),
        summary="What the account says of numbers that it wants to show in calls, and what became of it",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/CallerIds",
        endpoint=send,
        fields=_LETTER | _WISH | {"Grounds"},
        status=201,
        shows=_SCHEMA,
        summary="Tell of a letter of authorization (Grounds=loa), which the desk looks at",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/CallerIds/Code",
        endpoint=prove,
        fields=frozenset({"PhoneNumber", "Code"}),
        status=201,
        shows=_PROVEN,
        summary="Bring back the code that was texted to a number (OutgoingCallerIds): it is proven then",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/CallerIds/{sid}",
        endpoint=fetch,
        shows=_SCHEMA,
        summary="One of them",
    ),
)
