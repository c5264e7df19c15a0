"""Applications: where statuses are told, people's messages are brought and calls are led, for many numbers at once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from masstransit.api.dialect import (
    V2010,
    Answer,
    Form,
    Request,
    Route,
    page_2010,
    rfc2822,
    window,
)
from masstransit.api.house import House
from masstransit.api.rest import settled
from masstransit.api.rest.services import callback
from masstransit.errors import NotFound
from masstransit.model.sid import new_sid
from masstransit.storage import applications

URLS = {  #: columns, and the fields that set them; of numbers too
    "sms_url": "SmsUrl",
    "sms_fallback_url": "SmsFallbackUrl",
    "voice_url": "VoiceUrl",
    "voice_fallback_url": "VoiceFallbackUrl",
    "status_callback": "StatusCallback",
}
_URLS = URLS | {"sms_status_callback": "SmsStatusCallback", "message_status_callback": "MessageStatusCallback"}
HOW = {  #: columns, and the fields that set them; of numbers too
    "sms_method": "SmsMethod",
    "voice_method": "VoiceMethod",
    "voice_fallback_method": "VoiceFallbackMethod",
    "status_callback_method": "StatusCallbackMethod",
}
_SETTLED: settled.Settled = {
    "ApiVersion": (V2010, "there is one version"),
    "SmsFallbackMethod": ("POST", "the fallback URL is asked by POST"),
}
_SET = frozenset({"FriendlyName", *HOW.values(), *_URLS.values(), *_SETTLED})
_REFUSED = {
    "VoiceCallerIdLookup": "names of callers are not looked up",
    "PublicApplicationConnectEnabled": "an application is its account's own",
}


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "api_version": V2010,
        "date_created": rfc2822(row.created_at),
        "date_updated": rfc2822(row.updated_at),
        "friendly_name": row.friendly_name,
        "message_status_callback": row.message_status_callback or None,
        "sms_status_callback": row.sms_status_callback or None,
        "sms_url": row.sms_url or None,
        "sms_method": row.sms_method,
        "sms_fallback_url": row.sms_fallback_url or None,
        "sms_fallback_method": "POST",
        "status_callback": row.status_callback or None,
        "status_callback_method": row.status_callback_method,
        "voice_url": row.voice_url or None,
        "voice_method": row.voice_method,
        "voice_fallback_url": row.voice_fallback_url or None,
        "voice_fallback_method": row.voice_fallback_method,
        "voice_caller_id_lookup": False,
        "public_application_connect_enabled": False,
        "uri": f"/{V2010}/Accounts/{row.account}/Applications/{row.sid}.json",
    }


def _values(form: Form, house: House) -> dict[str, Any]:
    """The columns that a form sets. Raises `BadInput`."""
    settled.check(form, _SETTLED)
    read: dict[str, Any] = {column: callback(form, name, house) for column, name in _URLS.items()}
    read["friendly_name"] = form.text("FriendlyName", 64)
    read |= {column: form.one_of(name, ("GET", "POST")) for column, name in HOW.items()}
    return {column: value for column, value in read.items() if value is not None}


async def create(request: Request, house: House) -> Answer:
    """Make an application."""
    values, now = _values(request.form, house), house.clock.now()
    row = await house.database.write(lambda c: applications.create(c, request.account, new_sid("AP"), now, values))
    return Answer(201, _shown(row))


async def read(request: Request, house: House) -> Answer:
    asked, name = window(request), request.query.get("FriendlyName")
    part = asked.slice()
    sheet = await house.database.read(lambda c: applications.all_of(c, request.account, part, name=name))
    return page_2010(request, asked, "applications", sheet, _shown)


async def fetch(request: Request, house: House) -> Answer:
    sid = request.parts["sid"]
    row = await house.database.read(lambda c: applications.find(c, request.account, sid))
    if row is None:
        raise NotFound(f"The application {sid[:34]} was not found")
    return Answer(200, _shown(row))


async def update(request: Request, house: House) -> Answer:
    values, now, sid = _values(request.form, house), house.clock.now(), request.parts["sid"]
    return Answer(
        200, _shown(await house.database.write(lambda c: applications.change(c, request.account, sid, now, values)))
    )


async def delete(request: Request, house: House) -> Answer:
    """Forget an application; numbers that named it go by their own webhooks again, as the SDKs document it."""
    await house.database.write(lambda c: applications.remove(c, request.account, request.parts["sid"]))
    return Answer(204)


_EVERY = "/2010-04-01/Accounts/{account}/Applications"
_ONE = f"{_EVERY}/{{sid}}"
ROUTES = (
    Route(method="POST", path=_EVERY, endpoint=create, fields=_SET, refused=_REFUSED),
    Route(method="GET", path=_EVERY, endpoint=read, fields=frozenset({"FriendlyName"}), pages=True),
    Route(method="GET", path=_ONE, endpoint=fetch),
    Route(method="POST", path=_ONE, endpoint=update, fields=_SET, refused=_REFUSED),
    Route(method="DELETE", path=_ONE, endpoint=delete),
)
