"""Messaging services: who they send as (numbers, short codes, names), and the campaigns that cover them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.api.dialect import Answer, Form, Request, Route, iso8601, page_v1, window
from masstransit.api.house import House
from masstransit.api.rest import settled
from masstransit.carriage.outside import check_url
from masstransit.errors import BadInput, NotFound
from masstransit.model.address import AlphaSender, e164, parse
from masstransit.model.sid import new_sid
from masstransit.storage import accounts, numbers, services

_USES = ("notifications", "marketing", "verification", "discussion", "poll", "undeclared")
_METHODS = ("GET", "POST")
_ACTING = frozenset(
    {
        "FriendlyName",
        "InboundRequestUrl",
        "InboundMethod",
        "FallbackUrl",
        "StatusCallback",
        "StickySender",
        "SmartEncoding",
        "MmsConverter",
        "AreaCodeGeomatch",
        "ValidityPeriod",
        "Usecase",
        "UseInboundWebhookOnNumber",
    }
)
_SETTLED: settled.Settled = {
    "FallbackMethod": ("POST", "the fallback URL is asked by POST"),
    "ScanMessageContent": ("inherit", "the policy reads every message"),
    "FallbackToLongCode": ("false", "a message is sent once, by the sender that was picked for it"),
    "SynchronousValidation": ("true", "every message is checked before it is answered"),
}
_FIELDS = _ACTING | frozenset(_SETTLED)


def shown(row: Any, request: Request) -> dict[str, Any]:
    """A service as the SDKs know it."""
    url = f"{request.base}/v1/Services/{row.sid}"
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "friendly_name": row.friendly_name,
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(row.updated_at),
        "inbound_request_url": row.inbound_request_url or None,
        "inbound_method": row.inbound_method,
        "fallback_url": row.fallback_url or None,
        "fallback_method": "POST",
        "status_callback": row.status_callback or None,
        "sticky_sender": row.sticky_sender,
        "mms_converter": row.mms_converter,
        "smart_encoding": row.smart_encoding,
        "scan_message_content": "inherit",
        "fallback_to_long_code": False,
        "area_code_geomatch": row.attrs.get("geomatch", True),
        "synchronous_validation": True,
        "validity_period": row.validity_period,
        "url": url,
        "links": {
            "phone_numbers": f"{url}/PhoneNumbers",
            "short_codes": f"{url}/ShortCodes",
            "alpha_senders": f"{url}/AlphaSenders",
            "us_app_to_person": f"{url}/Compliance/Usa2p",
            "us_app_to_person_usecases": f"{url}/Compliance/Usa2p/Usecases",
        },
        "usecase": row.use_case,
        "us_app_to_person_registered": row.registered > 0,
        "use_inbound_webhook_on_number": row.number_webhooks,
    }


def _values(form: Form, house: House) -> dict[str, Any]:
    """The columns that a form sets. Raises `BadInput`."""
    settled.check(form, _SETTLED)
    read: dict[str, Any] = {
        "friendly_name": form.text("FriendlyName", 64),
        "inbound_method": form.one_of("InboundMethod", _METHODS),
        "sticky_sender": form.flag("StickySender"),
        "smart_encoding": form.flag("SmartEncoding"),
        "mms_converter": form.flag("MmsConverter"),
        "number_webhooks": form.flag("UseInboundWebhookOnNumber"),
        "validity_period": form.number("ValidityPeriod", 1, 36_000),
        "use_case": form.one_of("Usecase", _USES),
    }
    urls = {
        "inbound_request_url": "InboundRequestUrl",
        "fallback_url": "FallbackUrl",
        "status_callback": "StatusCallback",
    }
    read |= {column: callback(form, name, house) for column, name in urls.items()}
    geomatch = form.flag("AreaCodeGeomatch")
    if geomatch is not None:
        read["attrs"] = {"geomatch": geomatch}
    return {column: value for column, value in read.items() if value is not None}


def callback(form: Form, name: str, house: House) -> str | None:
    """A callback's URL; empty takes it away. Raises `BadInput`."""
    url = form.get(name)
    if url:
        check_url(url, field=name, allow_private=house.settings.allow_private)
    return url


async def create(request: Request, house: House) -> Answer:
    """Make a messaging service."""
    request.form.need("FriendlyName")
    values, now = _values(request.form, house), house.clock.now()
    row = await house.database.write(lambda c: services.create(c, request.account, new_sid("MG"), now, values))
    return Answer(201, shown(row, request))


async def read(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()
    sheet = await house.database.read(lambda c: services.all_of(c, request.account, part))
    return page_v1(request, asked, "services", sheet, lambda row: shown(row, request))


async def fetch(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: need(c, request))
    return Answer(200, shown(row, request))


async def update(request: Request, house: House) -> Answer:
    values, now = _values(request.form, house), house.clock.now()

    def change(connection: Connection) -> Row[Any] | None:
        need(connection, request)
        return services.change(connection, request.account, request.parts["service"], now, values)

    return Answer(200, shown(await house.database.write(change), request))


async def delete(request: Request, house: House) -> Answer:
    if not await house.database.write(lambda c: services.remove(c, request.account, request.parts["service"])):
        raise NotFound("The requested messaging service was not found")
    return Answer(204)


def need(connection: Connection, request: Request) -> Row[Any]:
    """The service that the path names. Raises `NotFound`."""
    row = services.find(connection, request.account, request.parts["service"])
    if row is None:
        raise NotFound(f"The messaging service {request.parts['service'][:34]} was not found")
    return row


# --- numbers and short codes ----------------------------------------------------------------------------------------


def _member(row: Any, request: Request, *, short: bool) -> dict[str, Any]:
    url = f"{request.base}/v1/Services/{row.service}/{'ShortCodes' if short else 'PhoneNumbers'}/{row.sid}"
    country = row.region if short else e164(row.number).region
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "service_sid": row.service,
        "date_created": iso8601(row.updated_at),
        "date_updated": iso8601(row.updated_at),
        "short_code" if short else "phone_number": row.number,
        "country_code": country,
        "capabilities": [
            word for word, able in (("SMS", row.sms), ("MMS", row.mms), ("Voice", row.voice), ("Fax", row.fax)) if able
        ],
        "url": url,
    }


async def _join(request: Request, house: House, *, short: bool) -> Answer:
    field = "ShortCodeSid" if short else "PhoneNumberSid"
    sid, now = request.form.need(field), house.clock.now()

    def join(connection: Connection) -> Row[Any]:
        service = need(connection, request)
        number = numbers.find(connection, request.account, sid)
        if number is None or (number.type == "short-code") is not short:
            raise BadInput(f"The number {sid[:34]} is not one of this account's.", field=field, code=21701)
        return services.join(connection, request.account, service.sid, number, now)

    return Answer(201, _member(await house.database.write(join), request, short=short))


async def _members(request: Request, house: House, *, short: bool) -> Answer:
    asked = window(request)
    part = asked.slice(first=None, length=1)

    def look(connection: Connection) -> Any:
        service = need(connection, request)
        return numbers.in_service(connection, request.account, service.sid, short=short, part=part)

    return page_v1(
        request,
        asked,
        "short_codes" if short else "phone_numbers",
        await house.database.read(look),
        lambda row: _member(row, request, short=short),
        lambda row: (row.number,),
    )


async def _one_member(request: Request, house: House, *, short: bool) -> Answer:
    row = await house.database.read(lambda c: numbers.find(c, request.account, request.parts["sid"]))
    if row is None or row.service != request.parts["service"] or (row.type == "short-code") is not short:
        raise NotFound("The requested sender was not found in this messaging service")
    return Answer(200, _member(row, request, short=short))


async def _leave(request: Request, house: House) -> Answer:
    now, parts = house.clock.now(), request.parts
    if not await house.database.write(
        lambda c: services.leave(c, request.account, parts["service"], parts["sid"], now)
    ):
        raise NotFound("The requested sender was not found in this messaging service")
    return Answer(204)


# --- names ----------------------------------------------------------------------------------------------------------


def _alpha(row: Any, request: Request) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "service_sid": row.service,
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(row.created_at),
        "alpha_sender": row.sender,
        "capabilities": ["SMS"] if row.status == "registered" else [],
        "url": f"{request.base}/v1/Services/{row.service}/AlphaSenders/{row.sid}",
    }


async def _add_alpha(request: Request, house: House) -> Answer:
    """A name that is the customer's own may be used at once; any other waits until the operator registers it."""
    written, now = request.form.need("AlphaSender"), house.clock.now()
    sender = parse(written, code=21709)
    if not isinstance(sender, AlphaSender):
        raise BadInput("An 'AlphaSender' has at least one letter.", field="AlphaSender", code=21709)

    def add(connection: Connection) -> Row[Any]:
        service = need(connection, request)
        account = accounts.find(connection, request.account)
        own = _letters(account.brand or account.friendly_name) if account else ""
        name = _letters(sender.text)
        status = "registered" if len(name) >= 3 and own.startswith(name) else "pending"
        return services.add_alpha(connection, request.account, service.sid, sender.text, new_sid("AI"), status, now)

    return Answer(201, _alpha(await house.database.write(add), request))


def _letters(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


async def _alphas(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()

    def look(connection: Connection) -> Any:
        return services.alphas(connection, request.account, need(connection, request).sid, part)

    return page_v1(request, asked, "alpha_senders", await house.database.read(look), lambda row: _alpha(row, request))


async def _one_alpha(request: Request, house: House) -> Answer:
    parts = request.parts
    row = await house.database.read(lambda c: services.find_alpha(c, request.account, parts["service"], parts["sid"]))
    if row is None:
        raise NotFound("The requested sender was not found in this messaging service")
    return Answer(200, _alpha(row, request))


async def _remove_alpha(request: Request, house: House) -> Answer:
    parts = request.parts
    if not await house.database.write(
        lambda c: services.remove_alpha(c, request.account, parts["service"], parts["sid"])
    ):
        raise NotFound("The requested sender was not found in this messaging service")
    return Answer(204)


_EVERY, _ONE = "/v1/Services", "/v1/Services/{service}"


def _routes(path: str, field: str, calls: Mapping[str, Any]) -> tuple[Route, ...]:
    every, one, product = f"{_ONE}/{path}", f"{_ONE}/{path}/{{sid}}", "messaging"
    return (
        Route(product=product, method="POST", path=every, endpoint=calls["add"], fields=frozenset({field})),
        Route(product=product, method="GET", path=every, endpoint=calls["list"], pages=True),
        Route(product=product, method="GET", path=one, endpoint=calls["fetch"]),
        Route(product=product, method="DELETE", path=one, endpoint=calls["remove"]),
    )


def _calls(*, short: bool) -> dict[str, Any]:
    return {
        "add": partial(_join, short=short),
        "list": partial(_members, short=short),
        "fetch": partial(_one_member, short=short),
        "remove": _leave,
    }


_ALPHA = {"add": _add_alpha, "list": _alphas, "fetch": _one_alpha, "remove": _remove_alpha}

ROUTES = (
    Route(product="messaging", method="POST", path=_EVERY, endpoint=create, fields=_FIELDS),
    Route(product="messaging", method="GET", path=_EVERY, endpoint=read, pages=True),
    Route(product="messaging", method="GET", path=_ONE, endpoint=fetch),
    Route(product="messaging", method="POST", path=_ONE, endpoint=update, fields=_FIELDS),
    Route(product="messaging", method="DELETE", path=_ONE, endpoint=delete),
    *_routes("PhoneNumbers", "PhoneNumberSid", _calls(short=False)),
    *_routes("ShortCodes", "ShortCodeSid", _calls(short=True)),
    *_routes("AlphaSenders", "AlphaSender", _ALPHA),
)
