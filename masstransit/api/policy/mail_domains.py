"""Domains that the account sends mail by: claimed, proven by a record in their zone, signed for by keys of ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.emails import post_of
from masstransit.api.policy.openapi import MAYBE, TEXT, record, several, sheet
from masstransit.carriage.mailing.domains import LONGEST_POSTAL
from masstransit.carriage.mailing.zone import ZoneRecord
from masstransit.errors import NotFound
from masstransit.storage import mail_domains


def _line(row: Any, request: Request) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "domain": row.domain,
        "status": "proven" if row.proven_at else "claimed",
        "because": row.found or None,
        "campaign": row.campaign,
        "postal_address": row.postal or None,
        "date_created": iso8601(row.created_at),
        "date_proven": iso8601(row.proven_at),
        "date_checked": iso8601(row.checked_at),
        "url": f"{request.base}/v1/MailDomains/{row.sid}",
    }


def _shown(row: Any, records: Sequence[ZoneRecord], request: Request) -> dict[str, Any]:
    told = [
        {
            "use": each.use,
            "type": "TXT",
            "name": each.name,
            "text": each.text,
            "status": each.state,
            "because": each.said or None,
        }
        for each in records
    ]
    return {**_line(row, request), "records": told}


async def read(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()
    found = await house.database.read(lambda c: mail_domains.listed(c, request.account, part))
    show, key_of = lambda row: _line(row, request), lambda row: (stamp(row.created_at), row.sid)
    return page_v1(request, asked, "mail_domains", found, show, key_of)


async def create(request: Request, house: House) -> Answer:
    """Claim a domain; its answer says what belongs into its zone."""
    domains, form = post_of(house).domains, request.form
    row = await domains.claim(
        request.account,
        form.need("Domain"),
        campaign=form.text("Campaign", 64) or None,
        postal=form.text("PostalAddress", LONGEST_POSTAL) or "",
    )
    return Answer(201, _shown(row, await domains.records(row), request))


async def fetch(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: mail_domains.find(c, request.account, request.parts["sid"]))
    if row is None:
        raise NotFound(f"The domain {request.parts['sid'][:34]} was not found")
    return Answer(200, _shown(row, await post_of(house).domains.records(row), request))


async def prove(request: Request, house: House) -> Answer:
    """Have its records looked up."""
    domains = post_of(house).domains
    row = await domains.prove(request.account, request.parts["sid"])
    return Answer(200, _shown(row, await domains.records(row), request))


async def remove(request: Request, house: House) -> Answer:
    await post_of(house).domains.remove(request.account, request.parts["sid"])
    return Answer(204)


_OF_A_LINE: dict[str, Any] = {
    "sid": TEXT,
    "account_sid": TEXT,
    "domain": TEXT,
    "status": {"type": "string", "enum": ["claimed", "proven"]},
    "because": MAYBE,
    "campaign": MAYBE,
    "postal_address": MAYBE,
    "date_created": TEXT,
    "date_proven": MAYBE,
    "date_checked": MAYBE,
    "url": TEXT,
}
_LINE = record(**_OF_A_LINE)
_RECORD = record(
    use={"type": "string", "enum": ["proof", "dkim", "spf", "dmarc"]},
    type=TEXT,
    name=TEXT,
    text=TEXT,
    status={"type": "string", "enum": ["unchecked", "published", "missing", "different", "unknown"]},
    because=MAYBE,
)
_SCHEMA = record(**_OF_A_LINE, records=several(_RECORD))
_ONE = "/v1/MailDomains/{sid}"

ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/MailDomains",
        endpoint=read,
        pages=True,
        shows=sheet("mail_domains", _LINE),
        summary="By which domains the account sends mail",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/MailDomains",
        endpoint=create,
        fields=frozenset({"Domain", "Campaign", "PostalAddress"}),
        status=201,
        shows=_SCHEMA,
        summary="Claim a domain: the answer has the records that belong into its zone",
    ),
    Route(method="GET", product="policy", path=_ONE, endpoint=fetch, shows=_SCHEMA, summary="One of them"),
    Route(
        method="POST",
        product="policy",
        path=f"{_ONE}/Proof",
        endpoint=prove,
        shows=_SCHEMA,
        summary="Have its records looked up: it is proven by the first, and each says how it stands",
    ),
    Route(
        method="DELETE",
        product="policy",
        path=_ONE,
        endpoint=remove,
        status=204,
        summary="Send by it no more; its keys are gone",
    ),
)
