"""Participants: people by an identity, and phones by a number of the customer's that they write to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from masstransit.api.conversations.place import PRODUCT, both, chat, need
from masstransit.api.conversations.place import base as base_of
from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, window
from masstransit.api.house import House
from masstransit.api.verdict import let_out
from masstransit.carriage.chat.moderating import SYSTEM, Asked
from masstransit.carriage.chat.roles import CHANNEL_USER, ROLES
from masstransit.carriage.chat.speaking import Speaker, check_attributes
from masstransit.errors import BadInput, NotFound
from masstransit.model.address import chat_handle, e164
from masstransit.model.communication import Purpose
from masstransit.model.decision import Verdict
from masstransit.storage import conversations, ownership
from masstransit.storage.paging import Sheet

_REFUSED = {
    "MessagingBinding.ProjectedAddress": "phones take part one by one, each by its own number",
    "LastReadTimestamp": "it is when it was read",
    "DateCreated": "a participant is as old as its record",
    "DateUpdated": "a participant is as old as its record",
}
_IN = frozenset(
    {"Identity", "MessagingBinding.Address", "MessagingBinding.ProxyAddress", "Attributes", "RoleSid", "Purpose"}
)
#: What somebody can be asked in for; a one-time code is no invitation.
_PURPOSES = tuple(each.value for each in Purpose if each is not Purpose.OTP)
_CHANGE = frozenset({"Attributes", "RoleSid", "LastReadMessageIndex", "Identity"})


def _shown(row: Any, request: Request) -> dict[str, Any]:
    binding = {"type": "sms", "address": row.address, "proxy_address": row.proxy} if row.address else None
    return {
        "account_sid": row.account,
        "conversation_sid": row.conversation,
        "sid": row.sid,
        "identity": row.identity,
        "attributes": row.attributes,
        "messaging_binding": binding,
        "role_sid": row.role or CHANNEL_USER.sid(row.account),
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(row.updated_at),
        "url": f"{base_of(request)}/Conversations/{row.conversation}/Participants/{row.sid}",
        "last_read_message_index": row.read_index,
        "last_read_timestamp": iso8601(row.read_at),
    }


def _role(request: Request) -> str | None:
    sid = request.form.get("RoleSid")
    if sid and sid not in {role.sid(request.account) for role in ROLES}:
        raise BadInput("'RoleSid' is no role of this account.", field="RoleSid", code=50100)
    return sid or None


def _asked(request: Request) -> Asked:
    """Who is to take part. Raises `BadInput`."""
    form = request.form
    identity, address = form.text("Identity", 128), form.get("MessagingBinding.Address")
    proxy = form.get("MessagingBinding.ProxyAddress")
    if bool(identity) == bool(address):
        raise BadInput("Give 'Identity' or 'MessagingBinding.Address', and not both.", field="Identity", code=50200)
    told: dict[str, Any] = {"role": _role(request), "attributes": form.get("Attributes") or "{}"}
    told["purpose"] = Purpose(form.one_of("Purpose", _PURPOSES) or Purpose.CONVERSATION)
    if identity:
        chat_handle(identity)
        return Asked(identity=identity, **told)
    if not proxy:
        raise BadInput("A phone takes part by a number of yours.", field="MessagingBinding.ProxyAddress", code=50407)
    return Asked(address=e164(address or "", code=50407).text, proxy=e164(proxy, code=50407).text, **told)


async def create(request: Request, house: House) -> Answer:
    """Ask somebody in. Who a person has to look at first is on the list, and gets nothing yet."""
    asked = _asked(request)

    def look(connection: Connection) -> Row[Any]:
        if asked.proxy is not None:
            owner = ownership.owner_of(connection, asked.proxy)
            if owner is None or owner.account != request.account:
                raise BadInput(
                    "'MessagingBinding.ProxyAddress' is no number of this account's.",
                    field="MessagingBinding.ProxyAddress",
                    code=50407,
                )
        return need(connection, request)

    row = await house.database.read(look)
    by = Speaker(
        account=request.account, author=SYSTEM, person=False, channel="rest", principal=request.caller.principal
    )
    invited = await chat(house).moderating.invite(by, row.sid, asked)
    if invited.decision.verdict is not Verdict.HOLD:
        let_out(invited.decision, house.clock.now(), request.origin, unnamed=30007)
    if invited.row is None:
        raise NotFound("The participant is gone already")
    return Answer(201, _shown(invited.row, request))


async def read(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()

    def look(connection: Connection) -> Sheet:
        return conversations.participants(connection, request.account, need(connection, request).sid, part)

    sheet = await house.database.read(look)
    return page_v1(request, asked, "participants", sheet, lambda row: _shown(row, request))


def _find(connection: Connection, request: Request) -> Row[Any]:
    conversation = need(connection, request)
    row = conversations.find_participant(connection, request.account, conversation.sid, request.parts["sid"])
    if row is None:
        raise NotFound(f"The requested participant {request.parts['sid'][:34]} was not found")
    return row


async def fetch(request: Request, house: House) -> Answer:
    return Answer(200, _shown(await house.database.read(lambda c: _find(c, request)), request))


async def update(request: Request, house: House) -> Answer:
    form = request.form
    row = await house.database.read(lambda c: _find(c, request))
    if form.get("Identity") not in (None, row.identity):
        raise BadInput("'Identity' can't be changed: remove the participant and add another.", field="Identity")
    attributes = form.get("Attributes")
    if attributes is not None:
        check_attributes(attributes)
    told = {"attributes": attributes, "role": _role(request)}
    values = {name: value for name, value in told.items() if value is not None}
    index = form.number("LastReadMessageIndex", -1, 1 << 30)
    if index is not None:
        await chat(house).moderating.read(request.account, row.conversation, row.sid, index)
    if values:
        await chat(house).moderating.change(request.account, row.conversation, row.sid, values)
    return await fetch(request, house)


async def delete(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: _find(c, request))
    await chat(house).moderating.go(request.account, row.conversation, row.sid, gone="removed")
    return Answer(204)


_ALL = "/v1/Conversations/{conversation}/Participants"
_ONE = f"{_ALL}/{{sid}}"
ROUTES = both(
    (
        Route(method="POST", product=PRODUCT, path=_ALL, endpoint=create, fields=_IN, refused=_REFUSED),
        Route(method="GET", product=PRODUCT, path=_ALL, endpoint=read, pages=True),
        Route(method="GET", product=PRODUCT, path=_ONE, endpoint=fetch),
        Route(method="POST", product=PRODUCT, path=_ONE, endpoint=update, fields=_CHANGE, refused=_REFUSED),
        Route(method="DELETE", product=PRODUCT, path=_ONE, endpoint=delete),
    )
)
