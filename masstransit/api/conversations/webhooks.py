"""Webhooks: whom the customer wants to be told of what happens, in all conversations or in one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.api.conversations.place import PRODUCT, both, need
from masstransit.api.conversations.place import base as base_of
from masstransit.api.dialect import Answer, Form, Request, Route, iso8601, page_v1, window
from masstransit.api.house import House
from masstransit.carriage.chat.telling import EVENTS
from masstransit.carriage.outside import check_url
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.model.sid import new_sid
from masstransit.storage import chat_webhooks
from masstransit.storage.paging import Sheet

_MOST = 5  # of one conversation, as SDK users know it
_BEFORE = "what may be said is decided by the policy alone; PostWebhookUrl hears of it afterwards"
_ONLY_WEBHOOKS = "only webhooks are told of what happens"
_METHODS = ("GET", "POST", "get", "post")


def _filters(form: Form, name: str) -> list[str] | None:
    given = form.all(name)
    if not given:
        return None
    for each in given:
        if each not in EVENTS:
            raise BadInput(f"'{name}' is one of {', '.join(EVENTS)}, not '{each[:40]}'.", field=name)
    return given


def _url(form: Form, name: str, house: House) -> str | None:
    url = form.text(name, 2048)
    if url:
        check_url(url, field=name, allow_private=house.settings.allow_private)
    return url


# --- of all conversations -------------------------------------------------------------------------------------------


def _shown_all(row: Any | None, request: Request) -> dict[str, Any]:
    return {
        "account_sid": request.account,
        "method": row.method if row is not None else "POST",
        "filters": row.filters if row is not None else [],
        "pre_webhook_url": None,
        "post_webhook_url": (row.url or None) if row is not None else None,
        "target": "webhook",
        "url": f"{base_of(request)}/Configuration/Webhooks",
    }


async def configured(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: chat_webhooks.find(c, request.account, chat_webhooks.ALL))
    return Answer(200, _shown_all(row, request))


async def configure(request: Request, house: House) -> Answer:
    form, now = request.form, house.clock.now()
    form.one_of("Target", ("webhook",))
    told = {
        "url": _url(form, "PostWebhookUrl", house),
        "method": form.one_of("Method", _METHODS),
        "filters": _filters(form, "Filters"),
    }
    values = {name: value for name, value in told.items() if value is not None}

    def keep(connection: Connection) -> Row[Any] | None:
        row = chat_webhooks.find(connection, request.account, chat_webhooks.ALL)
        if row is None:
            chat_webhooks.add(connection, _new(request.account, chat_webhooks.ALL, values, now))
        else:
            chat_webhooks.change(connection, request.account, row.sid, values, now)
        return chat_webhooks.find(connection, request.account, chat_webhooks.ALL)

    return Answer(200, _shown_all(await house.database.write(keep), request))


def _new(account: str, conversation: str, values: dict[str, Any], now: datetime) -> dict[str, Any]:
    made = {"account": account, "conversation": conversation, "sid": new_sid("WH")}
    return {**made, "filters": [], **values, "created_at": now, "updated_at": now}


# --- of one ---------------------------------------------------------------------------------------------------------


def _shown(row: Any, request: Request) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "conversation_sid": row.conversation,
        "target": "webhook",
        "url": f"{base_of(request)}/Conversations/{row.conversation}/Webhooks/{row.sid}",
        "configuration": {"url": row.url, "method": row.method.lower(), "filters": row.filters},
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(row.updated_at),
    }


def _values(form: Form, house: House) -> dict[str, Any]:
    told = {
        "url": _url(form, "Configuration.Url", house),
        "method": form.one_of("Configuration.Method", _METHODS),
        "filters": _filters(form, "Configuration.Filters"),
    }
    return {name: value for name, value in told.items() if value is not None}


async def create(request: Request, house: House) -> Answer:
    form, now = request.form, house.clock.now()
    form.need("Target")
    form.one_of("Target", ("webhook",))
    form.need("Configuration.Url")
    values = _values(form, house)

    def keep(connection: Connection) -> Row[Any]:
        conversation = need(connection, request)
        made = _new(request.account, conversation.sid, values, now)
        if chat_webhooks.how_many(connection, request.account, conversation.sid) >= _MOST:
            raise Conflict(f"a conversation has {_MOST} webhooks at most", code=50363)
        chat_webhooks.add(connection, made)
        return _find(connection, request, made["sid"])

    return Answer(201, _shown(await house.database.write(keep), request))


def _find(connection: Connection, request: Request, sid: str | None = None) -> Row[Any]:
    conversation, named = need(connection, request), sid or request.parts["sid"]
    row = chat_webhooks.find(connection, request.account, conversation.sid, named)
    if row is None:
        raise NotFound(f"The requested webhook {named[:34]} was not found")
    return row


async def read(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()

    def look(connection: Connection) -> Sheet:
        return chat_webhooks.page(connection, request.account, need(connection, request).sid, part)

    sheet = await house.database.read(look)
    return page_v1(request, asked, "webhooks", sheet, lambda row: _shown(row, request))


async def fetch(request: Request, house: House) -> Answer:
    return Answer(200, _shown(await house.database.read(lambda c: _find(c, request)), request))


async def update(request: Request, house: House) -> Answer:
    now, values = house.clock.now(), _values(request.form, house)

    def keep(connection: Connection) -> Row[Any]:
        row = _find(connection, request)
        if values:
            chat_webhooks.change(connection, request.account, row.sid, values, now)
        return _find(connection, request)

    return Answer(200, _shown(await house.database.write(keep), request))


async def delete(request: Request, house: House) -> Answer:
    def forget(connection: Connection) -> None:
        row = _find(connection, request)
        chat_webhooks.remove(connection, request.account, row.conversation, row.sid)

    await house.database.write(forget)
    return Answer(204)


_ALL = "/v1/Conversations/{conversation}/Webhooks"
_ONE = f"{_ALL}/{{sid}}"
_OF_ALL = "/v1/Configuration/Webhooks"
_SAYS = frozenset({"Configuration.Url", "Configuration.Method", "Configuration.Filters"})
_CONFIGURES = frozenset({"Method", "Filters", "PostWebhookUrl", "Target"})
_REFUSED = {
    "Configuration.Triggers": "webhooks hear of every message that their filters name",
    "Configuration.FlowSid": _ONLY_WEBHOOKS,
    "Configuration.ReplayAfter": "what was said before stands in the list of messages",
}
ROUTES = both(
    (
        Route(method="GET", product=PRODUCT, path=_OF_ALL, endpoint=configured),
        Route(
            method="POST",
            product=PRODUCT,
            path=_OF_ALL,
            endpoint=configure,
            fields=_CONFIGURES,
            refused={"PreWebhookUrl": _BEFORE},
        ),
        Route(method="POST", product=PRODUCT, path=_ALL, endpoint=create, fields=_SAYS | {"Target"}, refused=_REFUSED),
        Route(method="GET", product=PRODUCT, path=_ALL, endpoint=read, pages=True),
        Route(method="GET", product=PRODUCT, path=_ONE, endpoint=fetch),
        Route(method="POST", product=PRODUCT, path=_ONE, endpoint=update, fields=_SAYS, refused=_REFUSED),
        Route(method="DELETE", product=PRODUCT, path=_ONE, endpoint=delete),
    )
)
