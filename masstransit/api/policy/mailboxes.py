"""Mailboxes, and the messages that people left in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import Row

from masstransit.api.dialect import Answer, Form, Request, Route, iso8601, page_v1, stamp, window
from masstransit.api.house import House
from masstransit.api.policy.openapi import FLAG, MAYBE, TEXT, WHOLE, record, sheet
from masstransit.api.rest.recordings import streamed
from masstransit.api.verdict import let_out
from masstransit.carriage.voicemail.keeping import GROUNDS, Setting, Unallowed
from masstransit.carriage.voicemail.mailbox import (
    LEAST_LONGEST,
    LEAST_RINGS,
    LONGEST_NAME,
    MOST_KEEP_DAYS,
    MOST_LONGEST,
    MOST_RINGS,
)
from masstransit.carriage.voicemail.phrases import LANGUAGES
from masstransit.errors import BadInput, NotFound
from masstransit.model.address import e164
from masstransit.storage import mailboxes, voicemails
from masstransit.storage.voicemails import HELD, Filters

_UNALLOWED = 20422  # where a finding has no code of its own
_LONGEST_URL = 2048

# --- mailboxes ----------------------------------------------------------------------------------------------------


def _shown(row: Row[Any], request: Request, new: int = 0) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "phone_number": row.number,
        "friendly_name": row.name,
        "language": row.language,
        "ring_seconds": row.rings,
        "max_length": row.longest,
        "keep_days": row.keep_days,
        "greeting_url": row.greeting_url or None,
        "has_pin": row.pin_hash is not None,
        "date_locked_until": iso8601(row.locked_until),
        "notify_url": row.notify_url or None,
        "notify_method": row.notify_method,
        "transcription": row.transcription or None,
        "new_messages": new,
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(row.updated_at),
        "url": f"{request.base}/v1/Mailboxes/{row.sid}",
    }


def _said(form: Form) -> Setting:
    """What a request tells a mailbox. Raises `BadInput`."""
    transcription = form.one_of("Transcription", ("off", *GROUNDS))
    return Setting(
        name=form.text("FriendlyName", LONGEST_NAME),
        language=form.one_of("Language", LANGUAGES),
        rings=form.number("RingSeconds", LEAST_RINGS, MOST_RINGS),
        longest=form.number("MaxLength", LEAST_LONGEST, MOST_LONGEST),
        keep_days=form.number("KeepDays", 1, MOST_KEEP_DAYS),
        greeting_url=form.text("GreetingUrl", _LONGEST_URL),
        pin=form.get("Pin"),
        notify_url=form.text("NotifyUrl", _LONGEST_URL),
        notify_method=form.one_of("NotifyMethod", ("GET", "POST")),
        transcription="" if transcription == "off" else transcription,
    )


async def _kept(request: Request, house: House, keeping: Callable[[], Awaitable[Row[Any]]]) -> Row[Any]:
    """A mailbox as it is kept. Raises `Problem` with what the gate said where it does not allow it."""
    try:
        return await keeping()
    except Unallowed as why:
        base = house.settings.base_url.rstrip("/") or request.origin
        let_out(why.decision, house.clock.now(), base, unnamed=_UNALLOWED)
        raise


async def read(request: Request, house: House) -> Answer:
    """The account's, the newest first."""
    asked, account = window(request), request.account
    found = await house.database.read(lambda c: mailboxes.page(c, account, asked.slice()))
    new = await house.database.read(lambda c: voicemails.waiting(c, account))
    return page_v1(
        request,
        asked,
        "mailboxes",
        found,
        lambda row: _shown(row, request, new.get(row.sid, 0)),
        lambda row: (stamp(row.created_at), row.sid),
    )


async def make(request: Request, house: House) -> Answer:
    """Give a number of the account a mailbox."""
    number, said = e164(request.form.need("PhoneNumber"), code=21421).text, _said(request.form)
    row = await _kept(request, house, lambda: house.mailboxes.make(request.account, number, said))
    return Answer(201, _shown(row, request))


async def fetch(request: Request, house: House) -> Answer:
    row = await house.mailboxes.find(request.account, request.parts["sid"])
    new = await house.database.read(lambda c: voicemails.waiting(c, request.account))
    return Answer(200, _shown(row, request, new.get(row.sid, 0)))


async def change(request: Request, house: House) -> Answer:
    """Tell it something else; what is not named stays."""
    sid, said = request.parts["sid"], _said(request.form)
    await _kept(request, house, lambda: house.mailboxes.change(request.account, sid, said))
    return await fetch(request, house)


async def remove(request: Request, house: House) -> Answer:
    """Take it away, and what is in it."""
    await house.mailboxes.remove(request.account, request.parts["sid"])
    return Answer(204)


# --- messages -----------------------------------------------------------------------------------------------------


def _message(row: Row[Any], request: Request) -> dict[str, Any]:
    url = f"{request.base}/v1/Voicemails/{row.sid}"
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "mailbox_sid": row.mailbox,
        "call_sid": row.call,
        "recording_sid": row.recording,
        "from": row.sender,
        "to": row.recipient,
        "status": row.state,
        "duration": round(row.seconds),
        "decision": row.decision,
        "date_created": iso8601(row.left_at),
        "date_heard": iso8601(row.heard_at),
        "audio_url": f"{url}/Audio",
        "url": url,
    }


async def _found(request: Request, house: House) -> Row[Any]:
    """Raises `NotFound`."""
    sid = request.parts["sid"]
    row = await house.database.read(lambda c: voicemails.held(c, request.account, sid))
    if row is None:
        raise _missing(sid)
    return row


def _missing(sid: str) -> NotFound:
    return NotFound(f"The requested voice mail {sid[:34]} was not found")


async def listed(request: Request, house: House) -> Answer:
    """The account's messages, the newest first."""
    asked, query = window(request), request.query
    filters = Filters(mailbox=query.get("Mailbox") or None, state=query.one_of("Status", HELD))
    found = await house.database.read(lambda c: voicemails.page(c, request.account, filters, asked.slice()))
    return page_v1(
        request,
        asked,
        "voicemails",
        found,
        lambda row: _message(row, request),
        lambda row: (stamp(row.left_at), row.sid),
    )


async def one(request: Request, house: House) -> Answer:
    return Answer(200, _message(await _found(request, house), request))


async def mark(request: Request, house: House) -> Answer:
    """Say that it was heard, is to be kept, or counts as new again."""
    row, status = await _found(request, house), request.form.one_of("Status", HELD)
    if status is None:
        raise BadInput("Set 'Status'.", field="Status")
    if not await house.deposits.mark(row.account, row.sid, status, request.caller.principal):
        raise _missing(row.sid)
    return await one(request, house)


async def delete(request: Request, house: House) -> Answer:
    """Delete it: its sound goes at once, or when no hold on evidence keeps it any more."""
    sid = request.parts["sid"]
    if not await house.deposits.delete(request.account, sid, request.caller.principal):
        raise _missing(sid)
    return Answer(204)


async def audio(request: Request, house: House) -> Answer:
    """Its sound, as a WAV file or a part of one."""
    row = await _found(request, house)
    return await streamed(request, house, row.recording, 1)


_BOX = record(
    sid=TEXT, account_sid=TEXT, phone_number=TEXT, friendly_name=TEXT, language=TEXT, ring_seconds=WHOLE,
    max_length=WHOLE, keep_days=WHOLE, greeting_url=MAYBE, has_pin=FLAG, date_locked_until=MAYBE, notify_url=MAYBE,
    notify_method=TEXT, transcription=MAYBE, new_messages=WHOLE, date_created=TEXT, date_updated=TEXT, url=TEXT,
)  # fmt: skip
_MESSAGE = record(
    sid=TEXT, account_sid=TEXT, mailbox_sid=TEXT, call_sid=TEXT, recording_sid=TEXT, **{"from": TEXT}, to=TEXT,
    status=TEXT, duration=WHOLE, decision=MAYBE, date_created=TEXT, date_heard=MAYBE, audio_url=TEXT, url=TEXT,
)  # fmt: skip
_FIELDS = frozenset(
    {
        "FriendlyName", "Language", "RingSeconds", "MaxLength", "KeepDays", "GreetingUrl", "Pin", "NotifyUrl",
        "NotifyMethod", "Transcription",
    }
)  # fmt: skip
_EVERY, _ONE = "/v1/Mailboxes", "/v1/Mailboxes/{sid}"
_MESSAGES, _A_MESSAGE = "/v1/Voicemails", "/v1/Voicemails/{sid}"

ROUTES = (
    Route(
        method="GET",
        product="policy",
        path=_EVERY,
        endpoint=read,
        pages=True,
        shows=sheet("mailboxes", _BOX),
        summary="The mailboxes of the account's numbers, and how many messages in each are new",
    ),
    Route(
        method="POST",
        product="policy",
        path=_EVERY,
        endpoint=make,
        fields=_FIELDS | {"PhoneNumber"},
        status=201,
        shows=_BOX,
        summary="Give a number (PhoneNumber) a mailbox, which takes the calls that its phones don't",
    ),
    Route(method="GET", product="policy", path=_ONE, endpoint=fetch, shows=_BOX, summary="One mailbox"),
    Route(
        method="POST",
        product="policy",
        path=_ONE,
        endpoint=change,
        fields=_FIELDS,
        shows=_BOX,
        summary="Tell a mailbox something else; an empty GreetingUrl also forgets the greeting that was recorded",
    ),
    Route(
        method="DELETE",
        product="policy",
        path=_ONE,
        endpoint=remove,
        status=204,
        summary="Take a mailbox away, and what is in it",
    ),
    Route(
        method="GET",
        product="policy",
        path=_MESSAGES,
        endpoint=listed,
        fields=frozenset({"Mailbox", "Status"}),
        pages=True,
        shows=sheet("voicemails", _MESSAGE),
        summary="Messages that people left, of one Mailbox or all, by Status (new, heard, kept)",
    ),
    Route(
        method="GET",
        product="policy",
        path=f"{_A_MESSAGE}/Audio",
        endpoint=audio,
        shows={"type": "string", "contentMediaType": "audio/x-wav"},
        summary="The sound of a message, a WAV file",
    ),
    Route(method="GET", product="policy", path=_A_MESSAGE, endpoint=one, shows=_MESSAGE, summary="One message"),
    Route(
        method="POST",
        product="policy",
        path=_A_MESSAGE,
        endpoint=mark,
        fields=frozenset({"Status"}),
        shows=_MESSAGE,
        summary="Say that a message was heard, is kept, or is new again (Status)",
    ),
    Route(
        method="DELETE",
        product="policy",
        path=_A_MESSAGE,
        endpoint=delete,
        status=204,
        summary="Delete a message and its sound",
    ),
)
