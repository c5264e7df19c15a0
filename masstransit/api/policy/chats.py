"""Blocks and reports in conversations, for a customer whose people have no socket of their own."""

from __future__ import annotations

from typing import Any

from masstransit.api.conversations.place import chat
from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import FLAG, TEXT, record, sheet
from masstransit.errors import NotFound
from masstransit.model.address import chat_handle
from masstransit.storage import conversations


def _shown(row: Any, request: Request) -> dict[str, Any]:
    return {
        "account_sid": row.account,
        "identity": row.person,
        "blocked": row.blocked,
        "in_force": True,
        "date_created": iso8601(row.since),
    }


async def block(request: Request, house: House) -> Answer:
    """One of the customer's people wants to hear nothing more of another; or, with InForce=false, hears them again."""
    form, account = request.form, request.account
    person, blocked = form.need("Identity"), form.need("Blocked")
    chat_handle(person)
    if form.flag("InForce") is False:
        row = await house.database.read(lambda c: conversations.find_block(c, account, person, blocked))
        if row is None or not await chat(house).moderating.unblock(account, person, blocked):
            raise NotFound("There is no such block")
        return Answer(200, _shown(row, request) | {"in_force": False})
    await chat(house).moderating.block(account, person, blocked)
    row = await house.database.read(lambda c: conversations.find_block(c, account, person, blocked))
    if row is None:
        raise NotFound("The block was taken back already")
    return Answer(200, _shown(row, request))


async def read(request: Request, house: House) -> Answer:
    """Who blocked whom, the newest first."""
    asked, person = window(request), request.query.get("Identity")
    part = asked.slice(length=3)
    found = await house.database.read(lambda c: conversations.blocks(c, request.account, part, person=person))
    return page_v1(
        request,
        asked,
        "chat_blocks",
        found,
        lambda row: _shown(row, request),
        lambda row: (stamp(row.since), row.person, row.blocked),
    )


async def report(request: Request, house: House) -> Answer:
    """Somebody who takes part complains of a message."""
    form = request.form
    conversation, message = form.need("ConversationSid"), form.need("MessageSid")
    name, said = form.need("Identity"), form.text("Reason", 256) or ""
    new = await chat(house).moderating.report(request.account, name, conversation, message, said)
    return Answer(201, {"account_sid": request.account, "message_sid": message, "identity": name, "new": new})


_BLOCK = record(account_sid=TEXT, identity=TEXT, blocked=TEXT, in_force=FLAG, date_created=TEXT)
ROUTES = (
    Route(
        method="POST",
        product="policy",
        path="/v1/ChatBlocks",
        endpoint=block,
        fields=frozenset({"Identity", "Blocked", "InForce"}),
        shows=_BLOCK,
        summary="One of your people (Identity) gets nothing more that another (Blocked) says; or again (InForce=false)",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/ChatBlocks",
        endpoint=read,
        fields=frozenset({"Identity"}),
        pages=True,
        shows=sheet("chat_blocks", _BLOCK),
        summary="Who blocked whom in your conversations",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/ChatReports",
        endpoint=report,
        fields=frozenset({"ConversationSid", "MessageSid", "Identity", "Reason"}),
        status=201,
        shows=record(account_sid=TEXT, message_sid=TEXT, identity=TEXT, new=FLAG),
        summary="Somebody who takes part in a conversation complains of a message in it; it counts against its author",
    ),
)
