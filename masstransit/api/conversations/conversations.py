"""Conversations: opened, changed, closed, listed, and forgotten."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from masstransit.api.conversations.place import PRODUCT, base, both, need
from masstransit.api.dialect import Answer, Form, Problem, Request, Route, iso8601, page_v1, window
from masstransit.api.house import House
from masstransit.carriage.chat import telling
from masstransit.carriage.chat.roles import service_of
from masstransit.carriage.chat.speaking import check_attributes
from masstransit.errors import NotFound
from masstransit.model.sid import new_sid
from masstransit.storage import conversations, notices

STATES = ("active", "inactive", "closed")
_NO_TIMERS = "conversations are closed by who leads them, and by no timer"
_REFUSED = {
    "Timers.Inactive": _NO_TIMERS,
    "Timers.Closed": _NO_TIMERS,
    "Bindings.Email.Address": "mail takes no part in conversations",
    "Bindings.Email.Name": "mail takes no part in conversations",
    "DateCreated": "a conversation is as old as its record",
    "DateUpdated": "a conversation is as old as its record",
    "MessagingServiceSid": "each phone takes part by a number of its own (MessagingBinding.ProxyAddress)",
}
_FIELDS = frozenset({"FriendlyName", "UniqueName", "Attributes", "State"})


def shown(row: Any, request: Request) -> dict[str, Any]:
    """A conversation as the SDKs know it."""
    url = f"{base(request)}/Conversations/{row.sid}"
    return {
        "account_sid": row.account,
        "chat_service_sid": service_of(row.account),
        "messaging_service_sid": row.messaging_service,
        "sid": row.sid,
        "friendly_name": row.friendly_name or None,
        "unique_name": row.unique_name,
        "attributes": row.attributes,
        "state": row.state,
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(row.updated_at),
        "timers": {},
        "url": url,
        "links": {name: f"{url}/{name.title()}" for name in ("participants", "messages", "webhooks")},
        "bindings": {},
    }


def _values(form: Form) -> dict[str, Any]:
    """The columns that a form sets. Raises `BadInput`."""
    attributes = form.get("Attributes")
    if attributes is not None:
        check_attributes(attributes)
    unique = form.text("UniqueName", 256)
    told = {
        "friendly_name": form.text("FriendlyName", 256),
        "unique_name": unique or None,
        "attributes": attributes,
        "state": form.one_of("State", STATES),
    }
    return {column: value for column, value in told.items() if value is not None}


def _taken(request: Request) -> Problem:
    return Problem(
        409, 50353, f"Conversation with provided unique name already exists ({request.form.get('UniqueName')})"
    )


async def create(request: Request, house: House) -> Answer:
    base(request)
    now, values = house.clock.now(), _values(request.form)
    made = {"account": request.account, "sid": new_sid("CH"), "created_at": now, "updated_at": now, **values}

    def keep(connection: Connection) -> Row[Any]:
        conversations.create(connection, made)
        row = conversations.find(connection, request.account, made["sid"])
        if row is None:
            raise NotFound("The conversation is gone")
        hooks = telling.hooks(connection, [(row.account, row.sid)])
        notices.add(connection, telling.of_conversation(hooks, "onConversationAdded", row, now))
        return row

    try:
        row = await house.database.write(keep)
    except IntegrityError as taken:
        raise _taken(request) from taken
    return Answer(201, shown(row, request))


async def read(request: Request, house: House) -> Answer:
    base(request)
    asked, state = window(request), request.query.one_of("State", STATES)
    part = asked.slice()
    sheet = await house.database.read(lambda c: conversations.page(c, request.account, part, state=state))
    return page_v1(request, asked, "conversations", sheet, lambda row: shown(row, request))


async def fetch(request: Request, house: House) -> Answer:
    return Answer(200, shown(await house.database.read(lambda c: need(c, request)), request))


async def update(request: Request, house: House) -> Answer:
    now, values = house.clock.now(), _values(request.form)

    def keep(connection: Connection) -> Row[Any]:
        row = need(connection, request)
        conversations.change(connection, request.account, row.sid, values, now)
        hooks = telling.hooks(connection, [(row.account, row.sid)])
        after = conversations.find(connection, request.account, row.sid) or row
        notices.add(connection, telling.of_conversation(hooks, "onConversationUpdated", after, now))
        if after.state != row.state:
            notices.add(connection, telling.of_conversation(hooks, "onConversationStateUpdated", after, now))
        return after

    try:
        row = await house.database.write(keep)
    except IntegrityError as taken:
        raise _taken(request) from taken
    return Answer(200, shown(row, request))


async def delete(request: Request, house: House) -> Answer:
    now = house.clock.now()

    def forget(connection: Connection) -> None:
        row = need(connection, request)
        hooks = telling.hooks(connection, [(row.account, row.sid)])
        conversations.remove(connection, request.account, row.sid)
        told = {"conversation": row.sid, "messages": row.messages}
        house.ledger.record(connection, request.account, "chat-conversation-deleted", row.sid, told, now)
        notices.add(connection, telling.of_conversation(hooks, "onConversationRemoved", row, now))

    await house.database.write(forget)
    return Answer(204)


_ALL, _ONE = "/v1/Conversations", "/v1/Conversations/{conversation}"
ROUTES = both(
    (
        Route(method="POST", product=PRODUCT, path=_ALL, endpoint=create, fields=_FIELDS, refused=_REFUSED),
        Route(method="GET", product=PRODUCT, path=_ALL, endpoint=read, fields=frozenset({"State"}), pages=True),
        Route(method="GET", product=PRODUCT, path=_ONE, endpoint=fetch),
        Route(method="POST", product=PRODUCT, path=_ONE, endpoint=update, fields=_FIELDS, refused=_REFUSED),
        Route(method="DELETE", product=PRODUCT, path=_ONE, endpoint=delete),
    )
)
