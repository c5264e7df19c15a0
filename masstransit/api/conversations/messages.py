"""Messages of a conversation, in their order, and the receipts of those whom the chat itself does not reach."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.api.conversations.place import PRODUCT, both, chat, need
from masstransit.api.conversations.place import base as base_of
from masstransit.api.dialect import Answer, Request, Route, iso8601, page_v1, window
from masstransit.api.house import House
from masstransit.api.verdict import let_out
from masstransit.carriage.chat.moderating import SYSTEM
from masstransit.carriage.chat.speaking import Speaker, Spoken
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.model.chat import Said
from masstransit.model.decision import Mode, Verdict
from masstransit.model.media import Attachment
from masstransit.storage import conversations
from masstransit.storage.paging import Sheet, Slice

_ITS_AUTHORS = "what was said stays its author's: delete it, and say it anew"
_NO_TEMPLATES = "templates are for texts: give a 'Body'"
_REFUSED = {
    "Subject": "messages of conversations have no subject",
    "ContentSid": _NO_TEMPLATES,
    "ContentVariables": _NO_TEMPLATES,
    "DateCreated": "a message is as old as its record",
    "DateUpdated": "a message is as old as its record",
}
_STATES = {"accepted": "queued", "scheduled": "queued", "refused": "undelivered", "canceled": "undelivered"}


def _shown(said: Said, request: Request, delivery: dict[str, Any] | None, updated: Any) -> dict[str, Any]:
    url = f"{base_of(request)}/Conversations/{said.conversation}/Messages/{said.sid}"
    media = [
        {"sid": a.sid, "content_type": a.content_type, "filename": a.name or None, "size": a.size, "category": "media"}
        for a in said.attachments
    ]
    return {
        "account_sid": said.account,
        "conversation_sid": said.conversation,
        "sid": said.sid,
        "index": said.index,
        "author": said.author,
        "body": said.body or None,
        "media": media or None,
        "attributes": said.attributes,
        "participant_sid": said.participant,
        "date_created": iso8601(said.at),
        "date_updated": iso8601(updated),
        "url": url,
        "delivery": delivery,
        "links": {"delivery_receipts": f"{url}/Receipts"},
        "content_sid": None,
    }


async def create(request: Request, house: House) -> Answer:
    """Say something: as a participant, or as the customer's own server under any other name."""
    form = request.form
    author = form.text("Author", 128) or SYSTEM

    def look(connection: Connection) -> tuple[Row[Any], bool]:
        row = need(connection, request)
        return row, conversations.takes_part(connection, request.account, row.sid, author)

    row, person = await house.database.read(look)
    if row.state == "closed":
        raise Conflict("The conversation is closed: it takes no more messages", code=50438)
    speaker = Speaker(
        account=request.account, author=author, person=person, channel="rest", principal=request.caller.principal
    )
    files = await _files(request, house)
    spoken = await chat(house).speaking.say(
        speaker, row.sid, form.get("Body") or "", form.get("Attributes") or "{}", files, key=_key(request)
    )
    _let_through(spoken, request, house)
    if spoken.index is None:
        return Answer(201, _waiting(request, row, spoken.sid, author, house.clock.now()))
    stored = await house.database.read(lambda c: _find(c, request, spoken.sid))
    return Answer(201, _shown(conversations.said(stored), request, None, stored.updated_at))


def _let_through(spoken: Spoken, request: Request, house: House) -> None:
    """Raise `Problem` for what is not said; what waits for a person or for its time is."""
    decision = spoken.decision
    later = decision.verdict is Verdict.DELAY and not any(
        f.overload and f.mode is Mode.ENFORCED for f in decision.findings
    )
    if decision.verdict is not Verdict.HOLD and not later:
        let_out(decision, house.clock.now(), request.origin, unnamed=30007)


def _key(request: Request) -> str | None:
    return request.header("Idempotency-Key") or request.header("I-Twilio-Idempotency-Token")


async def _files(request: Request, house: House) -> tuple[Attachment, ...]:
    """What goes with it: a file that was brought before (`policy/v1/Media`). Raises `BadInput`."""
    sid = request.form.get("MediaSid")
    if not sid:
        return ()
    unknown = BadInput("'MediaSid' is no file of this account's: bring it first.", field="MediaSid")
    if house.mms is None:
        raise unknown
    try:
        return ((await house.mms.media.find(request.account, sid)).attachment,)
    except NotFound as none:
        raise unknown from none


def _waiting(request: Request, row: Row[Any], sid: str, author: str, now: Any) -> dict[str, Any]:
    """A message that has no place yet: a person looks at it first, or it is for later."""
    form = request.form
    said = Said(
        account=row.account, conversation=row.sid, index=-1, sid=sid, author=author, body=form.get("Body") or "",
        attributes=form.get("Attributes") or "{}", at=now,
    )  # fmt: skip
    return {**_shown(said, request, None, now), "index": None}


async def read(request: Request, house: House) -> Answer:
    asked, order = window(request), request.query.one_of("Order", ("asc", "desc")) or "asc"
    part = asked.slice(first=_place, length=1)

    def look(connection: Connection) -> tuple[Sheet, dict[str, dict[str, Any]]]:
        row = need(connection, request)
        sheet = conversations.message_page(connection, request.account, row.sid, part, newest_first=order == "desc")
        return sheet, _deliveries(connection, request.account, [each.sid for each in sheet.rows])

    sheet, deliveries = await house.database.read(look)

    def show(row: Any) -> dict[str, Any]:
        return _shown(conversations.said(row), request, deliveries.get(row.sid), row.updated_at)

    return page_v1(request, asked, "messages", sheet, show, lambda row: (row.place,))


def _place(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadInput("This 'PageToken' is not one of ours.", field="PageToken", code=20001)
    return value


def _find(connection: Connection, request: Request, sid: str | None = None) -> Row[Any]:
    conversation, named = need(connection, request), sid or request.parts["sid"]
    row = conversations.find_message(connection, request.account, conversation.sid, named)
    if row is None or row.removed_at is not None:
        raise NotFound(f"The requested message {named[:34]} was not found")
    return row


async def fetch(request: Request, house: House) -> Answer:
    def look(connection: Connection) -> tuple[Row[Any], dict[str, Any] | None]:
        row = _find(connection, request)
        return row, _deliveries(connection, request.account, [row.sid]).get(row.sid)

    row, delivery = await house.database.read(look)
    return Answer(200, _shown(conversations.said(row), request, delivery, row.updated_at))


async def update(request: Request, house: House) -> Answer:
    """Say it otherwise, or keep other attributes with it. An edit that a person looks at first, or that is for later,
    is answered with 202 and the message as it stands."""
    body, attributes = request.form.get("Body"), request.form.get("Attributes")

    def look(connection: Connection) -> tuple[Row[Any], bool]:
        row = _find(connection, request)
        return row, conversations.takes_part(connection, request.account, row.conversation, row.author)

    row, person = await house.database.read(look)
    if body is None or body == (row.body or ""):
        if attributes is not None:
            await chat(house).moderating.rewrite(request.account, row.conversation, row.sid, attributes)
        return await fetch(request, house)
    speaker = Speaker(
        account=request.account, author=row.author, person=person, channel="rest", principal=request.caller.principal
    )
    said = conversations.said(row)
    spoken = await chat(house).speaking.edit(speaker, said, body, attributes or "", key=_key(request))
    _let_through(spoken, request, house)
    stands = await fetch(request, house)
    return stands if spoken.index is not None else msgspec.structs.replace(stands, status=202)


async def delete(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: _find(c, request))
    await chat(house).moderating.remove(request.account, row.conversation, row.sid, by=request.caller.principal)
    return Answer(204)


# --- receipts -------------------------------------------------------------------------------------------------------


def _status(row: Any) -> str:
    """What became of it, in the SDKs' words: read, failed, delivered, undelivered, sent or queued."""
    status = row.status or row.text_status or "sent"
    return _STATES.get(status, status)


def _deliveries(connection: Connection, account: str, messages: list[str]) -> dict[str, dict[str, Any]]:
    """How far messages came that went to more than the chat, by message."""
    found: dict[str, Counter[str]] = {}
    for row in conversations.receipts_of(connection, account, messages):
        found.setdefault(row.message, Counter())[_status(row)] += 1
    return {sid: _summary(states) for sid, states in found.items()}


def _summary(states: Counter[str]) -> dict[str, Any]:
    total = states.total()
    past = {"sent": ("sent", "delivered", "read"), "delivered": ("delivered", "read"), "read": ("read",)}
    past |= {"failed": ("failed",), "undelivered": ("undelivered",)}
    told: dict[str, Any] = {"total": total}
    for name, words in past.items():
        number = sum(states[word] for word in words)
        told[name] = "none" if number == 0 else "all" if number == total else "some"
    return told


def _receipt(row: Any, request: Request, conversation: str) -> dict[str, Any]:
    return {
        "account_sid": row.account,
        "conversation_sid": conversation,
        "sid": row.sid,
        "message_sid": row.message,
        "channel_message_sid": row.text,
        "participant_sid": row.participant,
        "status": _status(row),
        "error_code": row.error if row.error is not None else row.text_error or 0,
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(row.created_at),
        "url": f"{base_of(request)}/Conversations/{conversation}/Messages/{row.message}/Receipts/{row.sid}",
    }


async def receipts(request: Request, house: House) -> Answer:
    asked = window(request)
    part: Slice = asked.slice()

    def look(connection: Connection) -> tuple[Sheet, str]:
        row = _find(connection, request)
        return conversations.receipts(connection, request.account, row.sid, part), row.conversation

    sheet, conversation = await house.database.read(look)
    return page_v1(request, asked, "delivery_receipts", sheet, lambda row: _receipt(row, request, conversation))


async def receipt(request: Request, house: House) -> Answer:
    def look(connection: Connection) -> tuple[Row[Any], str]:
        row = _find(connection, request)
        found = conversations.find_receipt(connection, request.account, row.sid, request.parts["receipt"])
        if found is None:
            raise NotFound(f"The requested receipt {request.parts['receipt'][:34]} was not found")
        return found, row.conversation

    found, conversation = await house.database.read(look)
    return Answer(200, _receipt(found, request, conversation))


_ALL = "/v1/Conversations/{conversation}/Messages"
_ONE = f"{_ALL}/{{sid}}"
_SAYS = frozenset({"Author", "Body", "Attributes", "MediaSid"})
ROUTES = both(
    (
        Route(method="POST", product=PRODUCT, path=_ALL, endpoint=create, fields=_SAYS, refused=_REFUSED),
        Route(method="GET", product=PRODUCT, path=_ALL, endpoint=read, fields=frozenset({"Order"}), pages=True),
        Route(method="GET", product=PRODUCT, path=_ONE, endpoint=fetch),
        Route(
            method="POST",
            product=PRODUCT,
            path=_ONE,
            endpoint=update,
            fields=frozenset({"Attributes", "Body"}),
            refused=_REFUSED | {"Author": _ITS_AUTHORS},
        ),
        Route(method="DELETE", product=PRODUCT, path=_ONE, endpoint=delete),
        Route(method="GET", product=PRODUCT, path=f"{_ONE}/Receipts", endpoint=receipts, pages=True),
        Route(method="GET", product=PRODUCT, path=f"{_ONE}/Receipts/{{receipt}}", endpoint=receipt),
    )
)
