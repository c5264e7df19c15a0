"""Users, where they take part, and the roles that say what they may do."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from masstransit.api.conversations.place import PRODUCT, both, chat
from masstransit.api.conversations.place import base as base_of
from masstransit.api.dialect import Answer, Problem, Request, Route, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.carriage.chat.roles import ROLES, SERVICE_USER, Role, service_of
from masstransit.carriage.chat.speaking import check_attributes
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.model.address import chat_handle
from masstransit.model.sid import new_sid
from masstransit.storage import accounts, conversations
from masstransit.storage.paging import Sheet

_FIXED = "the four roles of each service are fixed: give a participant or a user one of them"


# --- users ----------------------------------------------------------------------------------------------------------


def _shown(row: Any, request: Request) -> dict[str, Any]:
    url = f"{base_of(request)}/Users/{row.sid}"
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "chat_service_sid": service_of(row.account),
        "role_sid": row.role or SERVICE_USER.sid(row.account),
        "identity": row.identity,
        "friendly_name": row.friendly_name or None,
        "attributes": row.attributes,
        "is_online": None,
        "is_notifiable": None,
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(row.updated_at),
        "url": url,
        "links": {"user_conversations": f"{url}/Conversations"},
    }


def _values(request: Request) -> dict[str, Any]:
    form, role = request.form, request.form.get("RoleSid")
    if role and role not in {each.sid(request.account) for each in ROLES}:
        raise BadInput("'RoleSid' is no role of this account.", field="RoleSid", code=50100)
    attributes = form.get("Attributes")
    if attributes is not None:
        check_attributes(attributes)
    told = {"friendly_name": form.text("FriendlyName", 256), "attributes": attributes, "role": role or None}
    return {name: value for name, value in told.items() if value is not None}


async def create(request: Request, house: House) -> Answer:
    base_of(request)
    identity, now = request.form.need("Identity", 50200), house.clock.now()
    chat_handle(identity)
    made = {"account": request.account, "identity": identity, "sid": new_sid("US"), "created_at": now}
    made |= {"role": SERVICE_USER.sid(request.account), "updated_at": now} | _values(request)

    def keep(connection: Connection) -> Row[Any]:
        if conversations.find_user(connection, request.account, identity) is not None:
            raise Conflict("User already exists", code=50201)
        conversations.add_user(connection, made)
        return _find(connection, request, identity)

    return Answer(201, _shown(await house.database.write(keep), request))


def _find(connection: Connection, request: Request, name: str | None = None) -> Row[Any]:
    base_of(request)
    named = name or request.parts["user"]
    row = conversations.find_user(connection, request.account, named)
    if row is None:
        raise NotFound(f"The requested user {named[:34]} was not found")
    return row


async def read(request: Request, house: House) -> Answer:
    base_of(request)
    asked = window(request)
    part = asked.slice()
    sheet = await house.database.read(lambda c: conversations.users(c, request.account, part))
    return page_v1(request, asked, "users", sheet, lambda row: _shown(row, request))


async def fetch(request: Request, house: House) -> Answer:
    return Answer(200, _shown(await house.database.read(lambda c: _find(c, request)), request))


async def update(request: Request, house: House) -> Answer:
    now, values = house.clock.now(), _values(request)

    def keep(connection: Connection) -> Row[Any]:
        row = _find(connection, request)
        if values:
            conversations.change_user(connection, request.account, row.identity, values, now)
        return _find(connection, request)

    return Answer(200, _shown(await house.database.write(keep), request))


async def delete(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: _find(c, request))
    await chat(house).moderating.forget(request.account, row.identity)
    return Answer(204)


# --- where somebody takes part --------------------------------------------------------------------------------------


def _key(row: Any) -> tuple[Any, ...]:
    return stamp(row.chat_participants_created_at), row.chat_participants_sid


def _taking_part(row: Any, user: Any, request: Request) -> dict[str, Any]:
    base = base_of(request)
    read = row.chat_participants_read_index
    unread = row.conversations_messages - 1 - (-1 if read is None else read)
    conversation = row.conversations_sid
    return {
        "account_sid": row.conversations_account,
        "chat_service_sid": service_of(row.conversations_account),
        "conversation_sid": conversation,
        "unread_messages_count": unread,
        "last_read_message_index": row.chat_participants_read_index,
        "participant_sid": row.chat_participants_sid,
        "user_sid": user.sid,
        "friendly_name": row.conversations_friendly_name or None,
        "conversation_state": row.conversations_state,
        "timers": {},
        "attributes": row.conversations_attributes,
        "date_created": iso8601(row.conversations_created_at),
        "date_updated": iso8601(row.conversations_updated_at),
        "created_by": row.conversations_created_by or None,
        "notification_level": "default",
        "unique_name": row.conversations_unique_name,
        "url": f"{base}/Users/{user.sid}/Conversations/{conversation}",
        "links": {
            "conversation": f"{base}/Conversations/{conversation}",
            "participant": f"{base}/Conversations/{conversation}/Participants/{row.chat_participants_sid}",
        },
    }


async def of_user(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()

    def look(connection: Connection) -> tuple[Row[Any], Sheet]:
        user = _find(connection, request)
        return user, conversations.where(connection, request.account, part, identity=user.identity, address=None)

    user, sheet = await house.database.read(look)
    return page_v1(request, asked, "conversations", sheet, lambda row: _taking_part(row, user, request), _key)


def _participant_of(row: Any, request: Request) -> dict[str, Any]:
    base = base_of(request)
    address, conversation = row.chat_participants_address, row.conversations_sid
    binding = {"type": "sms", "address": address, "proxy_address": row.chat_participants_proxy} if address else None
    return {
        "account_sid": row.conversations_account,
        "chat_service_sid": service_of(row.conversations_account),
        "participant_sid": row.chat_participants_sid,
        "participant_user_sid": None,
        "participant_identity": row.chat_participants_identity,
        "participant_messaging_binding": binding,
        "conversation_sid": conversation,
        "conversation_unique_name": row.conversations_unique_name,
        "conversation_friendly_name": row.conversations_friendly_name or None,
        "conversation_attributes": row.conversations_attributes,
        "conversation_date_created": iso8601(row.conversations_created_at),
        "conversation_date_updated": iso8601(row.conversations_updated_at),
        "conversation_created_by": row.conversations_created_by or None,
        "conversation_state": row.conversations_state,
        "conversation_timers": {},
        "links": {
            "conversation": f"{base}/Conversations/{conversation}",
            "participant": f"{base}/Conversations/{conversation}/Participants/{row.chat_participants_sid}",
        },
    }


async def of_participant(request: Request, house: House) -> Answer:
    """Where an identity, or a phone, takes part."""
    base_of(request)
    asked, identity, address = window(request), request.query.get("Identity"), request.query.get("Address")
    if bool(identity) == bool(address):
        raise BadInput("Give 'Identity' or 'Address', and not both.", field="Identity")
    part = asked.slice()
    sheet = await house.database.read(
        lambda c: conversations.where(c, request.account, part, identity=identity or None, address=address or None)
    )
    return page_v1(request, asked, "conversations", sheet, lambda row: _participant_of(row, request), _key)


# --- roles ----------------------------------------------------------------------------------------------------------


def _role(role: Role, since: Any, request: Request) -> dict[str, Any]:
    sid = role.sid(request.account)
    return {
        "sid": sid,
        "account_sid": request.account,
        "chat_service_sid": service_of(request.account),
        "friendly_name": role.name,
        "type": role.type,
        "permissions": list(role.permissions),
        "date_created": iso8601(since),
        "date_updated": iso8601(since),
        "url": f"{base_of(request)}/Roles/{sid}",
    }


async def _since(request: Request, house: House) -> Any:
    base_of(request)
    row = await house.database.read(lambda c: accounts.find(c, request.account))
    return row.created_at if row is not None else None


async def roles(request: Request, house: House) -> Answer:
    asked, since = window(request), await _since(request, house)
    sheet: Any = Sheet(ROLES if asked.key is None else (), before=False, behind=False)  # type: ignore[arg-type]
    return page_v1(request, asked, "roles", sheet, lambda role: _role(role, since, request), lambda role: (role.name,))


async def role(request: Request, house: House) -> Answer:
    since = await _since(request, house)
    found = next((each for each in ROLES if each.sid(request.account) == request.parts["sid"]), None)
    if found is None:
        raise NotFound(f"The requested role {request.parts['sid'][:34]} was not found")
    return Answer(200, _role(found, since, request))


async def no_more_roles(request: Request, house: House) -> Answer:
    raise Problem(400, 20409, f"No role was made or changed: {_FIXED}.")


_USERS, _USER = "/v1/Users", "/v1/Users/{user}"
_TELLS = frozenset({"FriendlyName", "Attributes", "RoleSid"})
_ROLE = frozenset({"FriendlyName", "Type", "Permission"})
ROUTES = both(
    (
        Route(method="POST", product=PRODUCT, path=_USERS, endpoint=create, fields=_TELLS | {"Identity"}),
        Route(method="GET", product=PRODUCT, path=_USERS, endpoint=read, pages=True),
        Route(method="GET", product=PRODUCT, path=_USER, endpoint=fetch),
        Route(method="POST", product=PRODUCT, path=_USER, endpoint=update, fields=_TELLS),
        Route(method="DELETE", product=PRODUCT, path=_USER, endpoint=delete),
        Route(method="GET", product=PRODUCT, path=f"{_USER}/Conversations", endpoint=of_user, pages=True),
        Route(
            method="GET",
            product=PRODUCT,
            path="/v1/ParticipantConversations",
            endpoint=of_participant,
            fields=frozenset({"Identity", "Address"}),
            pages=True,
        ),
        Route(method="GET", product=PRODUCT, path="/v1/Roles", endpoint=roles, pages=True),
        Route(method="POST", product=PRODUCT, path="/v1/Roles", endpoint=no_more_roles, fields=_ROLE),
        Route(method="GET", product=PRODUCT, path="/v1/Roles/{sid}", endpoint=role),
    )
)
