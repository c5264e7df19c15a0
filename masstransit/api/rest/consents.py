"""What a customer tells of people, in bulk: consent, where they are; and to which countries the customer writes.

Every item is answered for itself (`error_code`, `error_messages`); good ones are kept though others are bad.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import phonenumbers
from sqlalchemy import Connection

from masstransit.api import bulk
from masstransit.api.dialect import Answer, Request, Route, read_instant
from masstransit.api.house import House
from masstransit.errors import BadInput
from masstransit.storage import consents, mail_domains, numbers, services

_SOURCES = ("website", "offline", "opt-in-message", "opt-out-message", "others")
_SIGNED = frozenset({"website", "opt-in-message"})  # in writing: an electronic signature, 47 CFR 64.1200(f)(9)(ii)


# --- consent --------------------------------------------------------------------------------------------------------


async def tell_consents(request: Request, house: House) -> Answer:
    """Record opt-ins and opt-outs. An opt-in does not undo a person's STOP: only their START does."""
    items, now = bulk.items(request, "Items"), house.clock.now()

    def keep(connection: Connection) -> list[dict[str, Any]]:
        root = consents.root_of(connection, request.account)
        answers = []
        for item in items:
            failed = None
            try:
                _consent(connection, house, request.account, root, item, now)
            except BadInput as wrong:
                failed = wrong
            answers.append(bulk.answered(item, failed))
        return answers

    return Answer(201, {"items": await house.database.write(keep)})


_CONSENT = ("contact_id", "correlation_id", "sender_id", "status", "source", "date_of_consent")


def _consent(  # noqa: PLR0917 - one item, and where it goes
    connection: Connection, house: House, account: str, root: str, item: bulk.Item, now: datetime
) -> None:
    """Keep one. Raises `BadInput`."""
    bulk.known(item, _CONSENT)
    number, source, sender = bulk.person(item), item.get("source"), bulk.text(item, "sender_id")
    if source not in _SOURCES:
        raise BadInput(f"'source' is one of {', '.join(_SOURCES)}")
    if not _is_ours(connection, account, sender):
        raise BadInput(
            "'sender_id' is a messaging service, a number or a domain for mail (MD...) of this account", code=21660
        )
    said = bulk.text(item, "date_of_consent")
    at = min(read_instant("date_of_consent", said), now) if said else now
    person = house.keys.person(number.text)
    about = {"account": root, "person": person, "masked": number.masked}
    if item.get("status") == "opt-out":
        wish = {**about, "since": at, "said": "api", "via": sender[:32]}
        if source == "opt-out-message":  # a STOP: what was agreed to stands again if they write START
            consents.opt_out(connection, house.ledger, [wish], now)
        else:
            consents.revoke(connection, house.ledger, wish, now)
        return
    if item.get("status") != "opt-in":
        raise BadInput("'status' is opt-in or opt-out")
    if consents.opt_outs_of(connection, [root], [person]):
        raise BadInput("this person has opted out: only their START undoes it", code=21610)
    kind = "written" if source in _SIGNED else "express"
    given = {**about, "kind": kind, "given_at": at, "medium": source, "proof": f"declared by API for {sender}"}
    consents.give(
        connection, house.ledger, [{**given, "purpose": purpose} for purpose in ("marketing", "transactional")], now
    )


def _is_ours(connection: Connection, account: str, sender: str) -> bool:
    if sender.startswith("MD"):
        return mail_domains.find(connection, account, sender) is not None
    if sender.startswith("MG"):
        return services.find(connection, account, sender) is not None
    return numbers.owners(connection, [sender]).get(sender) == account


# --- where people are -----------------------------------------------------------------------------------------------

_CONTACT = ("contact_id", "correlation_id", "country_iso_code", "zip_code")


async def tell_contacts(request: Request, house: House) -> Answer:
    """Record where people are; quiet hours follow it."""
    items, now = bulk.items(request, "Items"), house.clock.now()

    def keep(connection: Connection) -> list[dict[str, Any]]:
        root = consents.root_of(connection, request.account)
        answers, rows = [], []
        for item in items:
            failed = None
            try:
                rows.append({"account": root, "updated_at": now, **_contact(house, item)})
            except BadInput as wrong:
                failed = wrong
            answers.append(bulk.answered(item, failed))
        consents.contacts_put(connection, rows)
        return answers

    return Answer(201, {"items": await house.database.write(keep)})


def _contact(house: House, item: bulk.Item) -> dict[str, Any]:
    bulk.known(item, _CONTACT)
    number, country = bulk.person(item), _region(bulk.text(item, "country_iso_code"))
    postcode = bulk.text(item, "zip_code")
    if len(postcode) > 16:
        raise BadInput("'zip_code' has 16 characters at most")
    person = house.keys.person(number.text)
    return {"person": person, "masked": number.masked, "country": country, "postcode": postcode}


def _region(code: str) -> str:
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise BadInput(f"'{code[:8]}' is not the ISO code of a country")
    return code


# --- countries ------------------------------------------------------------------------------------------------------


def _permission(code: str, *, enabled: bool, failed: BadInput | None = None) -> dict[str, Any]:
    return {
        "country_code": code,
        "type": "country",
        "enabled": enabled,
        "error_code": failed.code if failed else 0,
        "error_messages": [str(failed)] if failed else [],
    }


async def permissions(request: Request, house: House) -> Answer:
    """Which countries are open, one or all: what the account said of them, or else the policy's figures."""
    asked = request.query.get("CountryCode")
    try:
        codes = [_region(asked)] if asked else sorted(phonenumbers.SUPPORTED_REGIONS)
    except BadInput as wrong:
        raise BadInput(str(wrong), field="CountryCode") from wrong
    said = await house.database.read(lambda c: services.regions_said(c, request.account))
    off = {code for clause in house.in_force.policy for code in getattr(clause, "off_by_default", ())}
    shown = [_permission(code, enabled=said.get(code, code not in off)) for code in codes]
    return Answer(200, {"permissions": shown})


async def set_permissions(request: Request, house: House) -> Answer:
    """Open or close countries."""
    wanted: dict[str, bool] = {}
    answers = []
    for item in bulk.items(request, "Permissions"):
        code, enabled = str(item.get("country_code", ""))[:8], item.get("enabled") is True
        failed = None
        try:
            wanted[_wanted(item)] = enabled
        except BadInput as wrong:
            failed = wrong
        answers.append(_permission(code, enabled=enabled, failed=failed))
    await house.database.write(lambda c: services.set_regions(c, request.account, wanted))
    return Answer(200, {"permissions": answers})


def _wanted(item: bulk.Item) -> str:
    """The country of a permission. Raises `BadInput`."""
    bulk.known(item, ("country_code", "type", "enabled"))
    if not isinstance(item.get("enabled"), bool) or item.get("type", "country") != "country":
        raise BadInput("'enabled' is true or false, and 'type' is country")
    return _region(bulk.text(item, "country_code"))


_ITEMS = frozenset({"Items"})
_GEO = "/v1/Messaging/GeoPermissions"

ROUTES = (
    Route(product="accounts", method="POST", path="/v1/Consents/Bulk", endpoint=tell_consents, fields=_ITEMS),
    Route(product="accounts", method="POST", path="/v1/Contacts/Bulk", endpoint=tell_contacts, fields=_ITEMS),
    Route(product="accounts", method="GET", path=_GEO, endpoint=permissions, fields=frozenset({"CountryCode"})),
    Route(product="accounts", method="PATCH", path=_GEO, endpoint=set_permissions, fields=frozenset({"Permissions"})),
)
