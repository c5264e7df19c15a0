"""Where mail goes that arrives for a domain of the account's: to a URL, by its address or for all of the domain."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import MAYBE, TEXT, record, sheet
from masstransit.carriage.outside import check_url
from masstransit.errors import BadAddress, BadInput, Conflict
from masstransit.model.address import mailbox
from masstransit.model.sid import new_sid
from masstransit.storage import mail_domains, mail_routes

_METHODS = ("POST", "GET")
_ANY = "postmaster"  # a local part that every domain has: RFC 5321 section 4.5.1


def _route(row: Row[Any], request: Request) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "address": row.address,
        "url": row.url or None,
        "method": row.method,
        "fallback_url": row.fallback_url or None,
        "date_created": iso8601(row.created_at),
        "links": {"self": f"{request.base}/v1/MailRoutes/{row.sid}"},
    }


def _address(told: str) -> str:
    """An address, or "@" and a domain for whatever else comes to it. Raises `BadInput`."""
    try:
        read = mailbox(f"{_ANY}{told.strip()}" if told.strip().startswith("@") else told)
    except BadAddress as wrong:
        raise BadInput(f"'Address': {wrong}", field="Address") from wrong
    local, _, domain = read.text.rpartition("@")
    return f"@{domain}" if told.strip().startswith("@") else f"{local.lower()}@{domain}"


async def create(request: Request, house: House) -> Answer:
    """Have mail to an address brought to a URL; without one it stands in the log alone."""
    address, form = _address(request.form.need("Address")), request.form
    domain, now = address.rpartition("@")[2], house.clock.now()
    method = (form.get("Method") or "POST").upper()
    if method not in _METHODS:
        raise BadInput("'Method' is POST or GET.", field="Method")
    urls = {name: form.get(name) or "" for name in ("Url", "FallbackUrl")}
    for name, url in urls.items():
        if url:
            check_url(url, field=name, allow_private=house.settings.allow_private)

    def keep(connection: Connection) -> Row[Any]:
        held = mail_domains.of_name(connection, request.account, domain)
        if held is None or held.proven_at is None:
            raise Conflict(
                f"The domain {domain[:253]} is not proven to be yours: claim it and put its record into its zone"
            )
        row = {
            "account": request.account, "address": address, "sid": new_sid("MR"), "domain": domain,
            "url": urls["Url"], "method": method, "fallback_url": urls["FallbackUrl"], "created_at": now,
        }  # fmt: skip
        made = mail_routes.add(connection, row)
        house.ledger.record(connection, request.account, "mail-route", made.sid, {"address": address}, now)
        return made

    return Answer(201, _route(await house.database.write(keep), request))


async def read_routes(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()
    found = await house.database.read(lambda c: mail_routes.listed(c, request.account, part))
    return page_v1(
        request,
        asked,
        "mail_routes",
        found,
        lambda row: _route(row, request),
        lambda row: (stamp(row.created_at), row.sid),
    )


async def remove(request: Request, house: House) -> Answer:
    """From now on mail to its address is refused, or goes where its domain's goes."""
    sid, now = request.parts["sid"], house.clock.now()

    def forget(connection: Connection) -> None:
        mail_routes.remove(connection, request.account, sid)
        house.ledger.record(connection, request.account, "mail-route", sid, {"removed": True}, now)

    await house.database.write(forget)
    return Answer(204)


_SHOWN = record(
    sid=TEXT, account_sid=TEXT, address=TEXT, url=MAYBE, method=TEXT, fallback_url=MAYBE, date_created=MAYBE,
    links={"type": "object"},
)  # fmt: skip

ROUTES = (
    Route(
        method="POST",
        product="policy",
        path="/v1/MailRoutes",
        endpoint=create,
        fields=frozenset({"Address", "Url", "Method", "FallbackUrl"}),
        status=201,
        shows=_SHOWN,
        summary="Have mail for an address of yours, or for a whole domain (@shop.example), brought to a URL",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/MailRoutes",
        endpoint=read_routes,
        pages=True,
        shows=sheet("mail_routes", _SHOWN),
        summary="Where mail to your domains goes, the newest first",
    ),
    Route(
        method="DELETE",
        product="policy",
        path="/v1/MailRoutes/{sid}",
        endpoint=remove,
        status=204,
        summary="Take no more mail for an address",
    ),
)
