"""Numbers: what is for sale (`AvailablePhoneNumbers`) and what an account has (`IncomingPhoneNumbers`)."""

from __future__ import annotations

from functools import partial
from typing import Any

import phonenumbers
from sqlalchemy import Connection, Row

from masstransit.api.dialect import (
    V2010,
    Answer,
    Form,
    Problem,
    Request,
    Route,
    is_sid,
    page_2010,
    rfc2822,
    stamp,
    window,
)
from masstransit.api.house import House
from masstransit.api.rest import settled
from masstransit.api.rest.applications import HOW, URLS
from masstransit.api.rest.services import callback
from masstransit.carriage import inventory
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.model.address import e164
from masstransit.model.sid import new_sid
from masstransit.storage import accounts, applications, numbers

_KINDS = {"Local": "local", "TollFree": "toll-free", "Mobile": "mobile"}
_KEYPAD = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
_ABLE = {"SmsEnabled": "sms", "MmsEnabled": "mms", "VoiceEnabled": "voice", "FaxEnabled": "fax"}
_SETTLED_SEARCH: settled.Settled = {
    "ExcludeAllAddressRequired": ("false", "no number here needs an address"),
    "ExcludeLocalAddressRequired": ("false", "no number here needs an address"),
    "ExcludeForeignAddressRequired": ("false", "no number here needs an address"),
    "Beta": ("false", "no number here is in trial"),
}
_SEARCH = frozenset({"AreaCode", "Contains", *_ABLE, *_SETTLED_SEARCH})
_NO_MAP = "the inventory does not know where in its country a number lies"
_NOWHERE = dict.fromkeys(
    ("NearNumber", "NearLatLong", "Distance", "InPostalCode", "InRegion", "InRateCenter", "InLata", "InLocality"),
    _NO_MAP,
)


def _able(row: Any) -> dict[str, bool]:
    return {"voice": row.voice, "sms": row.sms, "mms": row.mms, "fax": row.fax}


# --- for sale -------------------------------------------------------------------------------------------------------


def _offer(row: Any) -> dict[str, Any]:
    return {
        "friendly_name": row.number,
        "phone_number": row.number,
        "lata": None,
        "locality": None,
        "rate_center": None,
        "latitude": None,
        "longitude": None,
        "region": None,
        "postal_code": None,
        "iso_country": row.region,
        "address_requirements": "none",
        "beta": False,
        "capabilities": _able(row) | {"SMS": row.sms, "MMS": row.mms},  # the contract's names, and those in the wild
    }


def _pattern(form: Form, country: str) -> str:
    """AreaCode and Contains as one LIKE pattern over E.164. Raises `BadInput`."""
    area, contains = form.get("AreaCode"), form.get("Contains")
    if area and contains:
        raise BadInput("Give 'AreaCode' or 'Contains', not both.", field="AreaCode")
    if area:
        if not (area.isascii() and area.isdigit() and len(area) <= 5):
            raise BadInput("'AreaCode' is digits, such as 415.", field="AreaCode")
        return f"+{phonenumbers.country_code_for_region(country)}{area}%"
    if not contains:
        return ""
    digits = contains.lower().translate(_KEYPAD)
    bare = digits.removeprefix("+")
    if not 2 <= len(bare) <= 16 or set(bare) - set("0123456789*"):
        raise BadInput("'Contains' is 2 to 16 digits, letters of the keypad, or * for any digit.", field="Contains")
    start = "" if digits.startswith("+") else "%"
    return f"{start}{digits.replace('*', '_')}%"


async def search(request: Request, house: House, *, kind: str) -> Answer:
    """Numbers for sale in a country."""
    query, country = request.query, request.parts["country"].upper()
    settled.check(query, _SETTLED_SEARCH)
    wanted: dict[str, Any] = {"region": country, "type": kind}
    wanted |= {column: flag for name, column in _ABLE.items() if (flag := query.flag(name)) is not None}
    asked, now = window(request), house.clock.now()
    pattern, part = _pattern(query, country), asked.slice(first=None, length=1)
    sheet = await house.database.read(lambda c: numbers.search(c, wanted, part, now=now, contains=pattern))
    return page_2010(request, asked, "available_phone_numbers", sheet, _offer, lambda row: (row.number,))


def _country(request: Request, code: str, kinds: list[str]) -> dict[str, Any]:
    uri = f"/{V2010}/Accounts/{request.account}/AvailablePhoneNumbers/{code}"
    names = {"local": "Local", "toll-free": "TollFree", "mobile": "Mobile"}
    return {
        "country_code": code,
        "country": code,
        "uri": f"{uri}.json",
        "beta": False,
        "subresource_uris": {kind.replace("-", "_"): f"{uri}/{names[kind]}.json" for kind in kinds if kind in names},
    }


async def _for_sale(house: House) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    now = house.clock.now()
    for region, kind in await house.database.read(lambda c: numbers.regions(c, now)):
        found.setdefault(region, []).append(kind)
    return found


async def countries(request: Request, house: House) -> Answer:
    """The countries that numbers are for sale in; they are few, and come on one page."""
    found = await _for_sale(house)
    uri = f"{request.path}?PageSize=50&Page=0"
    body = {"countries": [_country(request, code, kinds) for code, kinds in found.items()]}
    paging = {"page": 0, "page_size": 50, "start": 0, "end": max(len(found) - 1, 0)}
    links = {"uri": uri, "first_page_uri": uri, "next_page_uri": None, "previous_page_uri": None}
    return Answer(200, body | paging | links)


async def country(request: Request, house: House) -> Answer:
    code = request.parts["country"].upper()
    found = await _for_sale(house)
    if code not in found:
        raise NotFound(f"No numbers are for sale in {code[:8]}")
    return Answer(200, _country(request, code, found[code]))


# --- owned ----------------------------------------------------------------------------------------------------------

_REFUSED = {
    "TrunkSid": "a number takes calls as its webhook leads them",
    "VoiceCallerIdLookup": "names of callers are not looked up",
    "EmergencyStatus": "emergency calls are not carried",
    "EmergencyAddressSid": "emergency calls are not carried",
    "IdentitySid": "no number here needs an identity",
    "AddressSid": "no number here needs an address",
    "BundleSid": "no number here needs a bundle",
}
_SETTLED: settled.Settled = {
    "ApiVersion": (V2010, "there is one version"),
    "SmsFallbackMethod": ("POST", "the fallback URL is asked by POST"),
}
_APPLICATIONS = {"sms_application": "SmsApplicationSid", "voice_application": "VoiceApplicationSid"}
_MODES = ("voice", "fax")
_SET = frozenset(
    {"FriendlyName", "VoiceReceiveMode", *URLS.values(), *HOW.values(), *_APPLICATIONS.values(), *_SETTLED}
)
_SETTLED_LIST: settled.Settled = {
    "Beta": ("false", "no number here is in trial"),
    "Origin": ("twilio", "every number is the platform's own"),
}


def _shown(row: Any) -> dict[str, Any]:
    return {
        "account_sid": row.account,
        "address_sid": None,
        "address_requirements": "none",
        "api_version": V2010,
        "beta": False,
        "capabilities": _able(row),
        "date_created": rfc2822(row.acquired_at),
        "date_updated": rfc2822(row.updated_at),
        "friendly_name": row.friendly_name,
        "identity_sid": None,
        "phone_number": row.number,
        "origin": "twilio",
        "sid": row.sid,
        "sms_application_sid": row.sms_application,
        "sms_fallback_method": "POST",
        "sms_fallback_url": row.sms_fallback_url or None,
        "sms_method": row.sms_method,
        "sms_url": row.sms_url or None,
        "status_callback": row.status_callback or None,
        "status_callback_method": row.status_callback_method,
        "trunk_sid": None,
        "uri": f"/{V2010}/Accounts/{row.account}/IncomingPhoneNumbers/{row.sid}.json",
        "voice_receive_mode": row.receive_mode,
        "voice_application_sid": row.voice_application,
        "voice_caller_id_lookup": False,
        "voice_fallback_method": row.voice_fallback_method,
        "voice_fallback_url": row.voice_fallback_url or None,
        "voice_method": row.voice_method,
        "voice_url": row.voice_url or None,
        "emergency_status": "Inactive",
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "bundle_sid": None,
        "status": row.state,
        "type": row.type,
        "subresource_uris": {},
    }


def _values(form: Form, house: House) -> dict[str, Any]:
    settled.check(form, _SETTLED)
    read: dict[str, Any] = {column: form.get(name) for column, name in _APPLICATIONS.items()}
    read |= {column: callback(form, name, house) for column, name in URLS.items()}
    read |= {column: form.one_of(name, ("GET", "POST")) for column, name in HOW.items()}
    read["friendly_name"] = form.text("FriendlyName", 64)
    read["receive_mode"] = form.one_of("VoiceReceiveMode", _MODES)
    return {column: value for column, value in read.items() if value is not None}


def _checked(connection: Connection, account: str, values: dict[str, Any]) -> dict[str, Any]:
    """The same, its applications being the account's; an empty one takes it away. Raises `BadInput`."""
    named = {column: values[column] for column in _APPLICATIONS if column in values}
    for column, sid in named.items():
        if sid and applications.find(connection, account, sid) is None:
            field = _APPLICATIONS[column]
            raise BadInput(f"The application {sid[:34]} is not one of this account's.", field=field, code=22108)
    return values | {column: sid or None for column, sid in named.items()}


async def buy(request: Request, house: House, *, kind: str | None = None) -> Answer:
    """Buy a number by its digits, or any of an area code."""
    form, now, values = request.form, house.clock.now(), _values(request.form, house)
    number, area = form.get("PhoneNumber"), form.get("AreaCode")
    if bool(number) == bool(area):
        raise BadInput("Give 'PhoneNumber' or 'AreaCode', one of them.", field="PhoneNumber", code=21421)
    if area and not (area.isascii() and area.isdigit() and len(area) == 3):
        raise BadInput("'AreaCode' is the three digits of an area in the US or Canada.", field="AreaCode", code=21451)
    wanted = e164(number, code=21421).text if number else None

    def take(connection: Connection) -> Row[Any]:
        checked = _checked(connection, request.account, values)
        chosen = wanted or numbers.first_of(connection, f"+1{area}", now)
        if chosen is None:
            raise Conflict(f"No number is for sale in the area {area}", code=21452)
        row = numbers.buy(connection, request.account, chosen, new_sid("PN"), now, checked)
        if kind is not None and row.type != kind:
            raise BadInput(f"{chosen} is no {kind} number.", field="PhoneNumber", code=21421)
        if row.type == "short-code":
            raise BadInput("Short codes are leased by the operator.", field="PhoneNumber", code=21421)
        house.ledger.record(connection, request.account, "number", row.sid, {"bought": chosen}, now)
        return row

    return Answer(201, _shown(await house.database.write(take)))


async def read(request: Request, house: House, *, kind: str | None = None) -> Answer:
    query, asked = request.query, window(request)
    settled.check(query, _SETTLED_LIST)
    wanted = {"friendly_name": query.get("FriendlyName"), "type": kind}
    number = query.get("PhoneNumber")
    if number:
        wanted["number"] = e164(number, code=21421).text
    given, part = {name: value for name, value in wanted.items() if value is not None}, asked.slice()
    sheet = await house.database.read(lambda c: numbers.owned(c, request.account, part, given))
    key_of = lambda row: (stamp(row.acquired_at), row.sid)  # noqa: E731
    return page_2010(request, asked, "incoming_phone_numbers", sheet, _shown, key_of)


def _sid(request: Request) -> str:
    """The number that the path names; a short code (SC) is the operator's, and none. Raises `NotFound`."""
    sid = request.parts["sid"]
    if not is_sid(sid, "PN"):
        raise NotFound(f"The number {sid[:34]} was not found")
    return sid


async def fetch(request: Request, house: House) -> Answer:
    sid = _sid(request)
    row = await house.database.read(lambda c: numbers.find(c, request.account, sid))
    if row is None:
        raise NotFound(f"The number {sid} was not found")
    return Answer(200, _shown(row))


async def update(request: Request, house: House) -> Answer:
    """Change a number, or with AccountSid hand it to another account of the family."""
    values, now, sid = _values(request.form, house), house.clock.now(), _sid(request)
    to = request.form.get("AccountSid")

    def change(connection: Connection) -> Row[Any]:
        row = numbers.change(connection, request.account, sid, now, _checked(connection, request.account, values))
        if to is None or to == request.account:
            return row
        other = accounts.find(connection, to)
        if other is None or request.caller.account not in {other.account, other.parent}:
            raise Problem(403, 20403, f"The account {to[:34]} is none that this credential reaches")
        return inventory.hand_on(connection, house.ledger, request.account, sid, to, now)

    return Answer(200, _shown(await house.database.write(change)))


async def release(request: Request, house: House) -> Answer:
    """Give a number up."""
    now, sid = house.clock.now(), _sid(request)
    await house.database.write(lambda c: inventory.give_up(c, house.ledger, request.account, sid, now))
    return Answer(204)


_SALE = "/2010-04-01/Accounts/{account}/AvailablePhoneNumbers"
_OWN = "/2010-04-01/Accounts/{account}/IncomingPhoneNumbers"
_LISTED = frozenset({"FriendlyName", "PhoneNumber", *_SETTLED_LIST})


def _of_kind(name: str, kind: str) -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path=f"{_SALE}/{{country}}/{name}",
            endpoint=partial(search, kind=kind),
            fields=_SEARCH,
            refused=_NOWHERE,
            pages=True,
        ),
        Route(
            method="POST",
            path=f"{_OWN}/{name}",
            endpoint=partial(buy, kind=kind),
            fields=_SET | {"PhoneNumber"},
            refused=_REFUSED,
        ),
        Route(method="GET", path=f"{_OWN}/{name}", endpoint=partial(read, kind=kind), fields=_LISTED, pages=True),
    )


ROUTES = (
    Route(method="GET", path=_SALE, endpoint=countries, pages=True),
    Route(method="GET", path=f"{_SALE}/{{country}}", endpoint=country),
    Route(
        method="POST",
        path=_OWN,
        endpoint=buy,
        fields=_SET | {"PhoneNumber", "AreaCode"},
        refused=_REFUSED,
    ),
    Route(method="GET", path=_OWN, endpoint=read, fields=_LISTED, pages=True),
    Route(method="GET", path=f"{_OWN}/{{sid}}", endpoint=fetch),
    Route(method="POST", path=f"{_OWN}/{{sid}}", endpoint=update, fields=_SET | {"AccountSid"}, refused=_REFUSED),
    Route(method="DELETE", path=f"{_OWN}/{{sid}}", endpoint=release),
    *(route for name, kind in _KINDS.items() for route in _of_kind(name, kind)),
)
