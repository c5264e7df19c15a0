"""Short links: the domains that they are on, and where each leads, with how often it was followed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row

from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import MAYBE, TEXT, record, sheet
from masstransit.api.routing import SDK_DOMAIN
from masstransit.carriage.shortening import link_domain
from masstransit.errors import Denied
from masstransit.model.communication import ShortLink
from masstransit.storage import link_domains, short_links
from masstransit.storage.consents import root_of


def _domain(row: Row[Any], request: Request) -> dict[str, Any]:
    return {
        "domain": row.domain,
        "account_sid": row.account,
        "date_created": iso8601(row.created_at),
        "url": f"{request.base}/v1/LinkDomains/{row.domain}",
    }


def _own_root(connection: Connection, request: Request) -> str:
    """The account itself, if it is a root account. Raises `Denied`."""
    if root_of(connection, request.account) != request.account:
        raise Denied("Link domains are the root account's: it takes them and gives them up")
    return request.account


async def claim(request: Request, house: House) -> Answer:
    """Take a domain for short links. Those made from now on are on it."""
    settings, now = house.settings, house.clock.now()
    ours = (settings.domain.lower(), urlsplit(settings.base_url).hostname or "", SDK_DOMAIN)
    domain = link_domain(request.form.need("Domain"), ours=ours)

    def take(connection: Connection) -> tuple[Row[Any], bool]:
        account = _own_root(connection, request)
        row, new = link_domains.claim(connection, account, domain, now)
        if new:
            house.ledger.record(connection, account, "link-domain", domain[:64], {"taken": domain}, now)
        return row, new

    row, new = await house.database.write(take)
    return Answer(201 if new else 200, _domain(row, request))


async def read_domains(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()
    found = await house.database.read(
        lambda c: link_domains.all_of(c, root_of(c, request.account), part),
    )
    return page_v1(
        request,
        asked,
        "link_domains",
        found,
        lambda row: _domain(row, request),
        lambda row: (stamp(row.created_at), row.domain),
    )


async def give_up(request: Request, house: House) -> Answer:
    """Give a domain up: links on it lead nowhere until it is taken again."""
    domain, now = request.parts["domain"].lower(), house.clock.now()

    def leave(connection: Connection) -> None:
        account = _own_root(connection, request)
        link_domains.give_up(connection, account, domain)
        house.ledger.record(connection, account, "link-domain", domain[:64], {"given_up": domain}, now)

    await house.database.write(leave)
    return Answer(204)


def _link(row: Row[Any]) -> dict[str, Any]:
    return {
        "account_sid": row.account,
        "message_sid": row.message,
        "url": ShortLink(domain=row.domain, code=row.code, target="").url,
        "target": row.target,
        "clicks": row.clicks,
        "date_created": iso8601(row.created_at),
        "date_expires": iso8601(row.expires_at),
        "date_last_clicked": iso8601(row.clicked_at),
    }


async def read_links(request: Request, house: House) -> Answer:
    asked, message = window(request), request.query.get("MessageSid")
    part = asked.slice(length=len(short_links.KEY))
    found = await house.database.read(lambda c: short_links.of_account(c, request.account, part, message=message))
    return page_v1(request, asked, "links", found, _link, lambda row: (stamp(row.created_at), row.domain, row.code))


_DOMAIN = record(domain=TEXT, account_sid=TEXT, date_created=MAYBE, url=TEXT)
_LINK = record(
    account_sid=TEXT,
    message_sid=TEXT,
    url=TEXT,
    target=MAYBE,
    clicks={"type": "integer"},
    date_created=MAYBE,
    date_expires=MAYBE,
    date_last_clicked=MAYBE,
)


ROUTES = (
    Route(
        method="POST",
        product="policy",
        path="/v1/LinkDomains",
        endpoint=claim,
        fields=frozenset({"Domain"}),
        status=201,
        shows=_DOMAIN,
        summary="Take a domain of yours for short links",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/LinkDomains",
        endpoint=read_domains,
        pages=True,
        shows=sheet("link_domains", _DOMAIN),
        summary="The domains that your short links are on, the newest first",
    ),
    Route(
        method="DELETE",
        product="policy",
        path="/v1/LinkDomains/{domain}",
        endpoint=give_up,
        status=204,
        summary="Give a domain up; until it is taken again, links on it lead nowhere",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/Links",
        endpoint=read_links,
        fields=frozenset({"MessageSid"}),
        pages=True,
        shows=sheet("links", _LINK),
        summary="Short links, the newest first; by MessageSid, those of one message",
    ),
)
