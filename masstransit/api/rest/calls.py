"""Calls: make, schedule, list, fetch, redirect, end, take off the list.

A call rings when it is to, or not at all: what the gate does not let out is refused in the answer, and never dialled.
Of one that is to ring later the gate is asked when it is scheduled, and again when it is due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Row

from masstransit.api import magic
from masstransit.api.dialect import (
    V2010,
    Answer,
    Form,
    Problem,
    Request,
    Route,
    is_sid,
    page_2010,
    read_days,
    rfc2822,
    stamp,
    window,
)
from masstransit.api.house import House, Voice
from masstransit.api.rest import later, recording_events, settled
from masstransit.api.verdict import let_out
from masstransit.carriage.outside import check_url
from masstransit.carriage.recording import Asked
from masstransit.carriage.voice import reading
from masstransit.carriage.voice.arriving import led_by
from masstransit.carriage.voice.asking import Given, Source, Where
from masstransit.carriage.voice.legs import LED, Watch
from masstransit.carriage.voice.line import Cadence
from masstransit.carriage.voice.live import Detection, Wish
from masstransit.carriage.voice.reading import EVENTS, LONGEST_CALL
from masstransit.carriage.voice.scheduling import Scheduling
from masstransit.carriage.voice.verbs import Document
from masstransit.errors import BadAddress, BadInput, Conflict, NotFound
from masstransit.model.address import Address, callable_address, dialled
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.communication import Voice as Speaking
from masstransit.model.sid import new_sid
from masstransit.storage import applications, calls, scheduled_calls
from masstransit.storage.calls import Filters
from masstransit.storage.paging import Sheet, Slice, merged

T = TypeVar("T")
_LONGEST_TWIML = 4000  # characters, as the SDKs document it
_LATER = 10.0  # seconds after which one call less may go on
_SETTLES_WITHIN = 5.0  # seconds that an update waits for the end that it asked for
_METHODS = ("GET", "POST")
_STATUSES = (
    "scheduled", "queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled",
)  # fmt: skip
_LEADS = frozenset({"Url", "Method", "FallbackUrl", "FallbackMethod", "Twiml"})

FIELDS = _LEADS | frozenset(
    {
        "To", "From", "CallerId", "ApplicationSid", "StatusCallback", "StatusCallbackEvent", "StatusCallbackMethod",
        "Timeout", "TimeLimit", "SendDigits", "MachineDetection", "MachineDetectionTimeout",
        "MachineDetectionSpeechThreshold", "MachineDetectionSpeechEndThreshold", "MachineDetectionSilenceTimeout",
        "AsyncAmd", "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod", "Purpose", "Voice", "EndUser", "Record",
        *recording_events.FIELDS, *later.FIELDS,
    }
)  # fmt: skip
#: What a cadence has -> the field behind "MachineDetection", and its least and most: milliseconds, the first seconds.
_CADENCE = {
    "within": ("Timeout", 3, 59),
    "words": ("SpeechThreshold", 1000, 6000),
    "over": ("SpeechEndThreshold", 500, 5000),
    "nothing": ("SilenceTimeout", 2000, 10_000),
}
_OF_DETECTION = (*(f"MachineDetection{field}" for field, _, _ in _CADENCE.values()), "AsyncAmdStatusCallback")
REFUSED = {
    "IfMachine": "that is MachineDetection by now, whose guess the document is told",
    "SipAuthUsername": "a trunk has its own credentials",
    "SipAuthPassword": "a trunk has its own credentials",
    "Byoc": "trunks are the operator's",
    "CallReason": "a call's display is not carried",
    "CallToken": "an inbound call is passed on by <Dial>, which keeps its identity",
    "ClientNotificationUrl": "there is no browser phone here",
}  # fmt: skip
_NOT_WHILE_IT_GOES_ON = dict.fromkeys(
    ("StatusCallback", "StatusCallbackMethod", "TimeLimit"), "it is set when the call is made"
)


async def create(request: Request, house: House) -> Answer:
    """Make a call."""
    form = request.form
    settled.check(form, recording_events.SETTLED)
    call = called(request, house, _document(form))
    source, of_application = await _led(request, house)
    call = msgspec.structs.replace(call, send_at=later.send_at(form, call.at))
    made = wish(request, house, source, of_application)
    if request.caller.test:
        magic.check_call(call.sender.text, call.recipient.text)
    elif call.send_at is not None:
        let_out(await scheduling(house).schedule(call, made), call.at, _base(request, house))
    else:
        await placed(request, house, call, made)
    return Answer(201, _new(call))


async def placed(request: Request, house: House, call: Communication, made: Wish) -> None:
    """Have a call made. Raises `Problem` where that is one too many, or the gate does not let it out."""
    live = voice(house)
    if crowded := live.crowded(call.account, call.recipient.text):
        raise Problem(429, 10004, f"Nothing was called: {crowded}", retry_after=_LATER)
    decision = await live.call(call, made)
    let_out(decision, call.at, _base(request, house))


def _base(request: Request, house: House) -> str:
    return house.settings.base_url.rstrip("/") or request.origin


def called(request: Request, house: House, document: Document | None = None) -> Communication:
    """The call that a form asks for, with the document that came with it. Raises `BadInput`."""
    form = request.form
    purpose = form.one_of("Purpose", tuple(each.value for each in Purpose))
    return Communication(
        id=new_sid("CA"),
        account=request.account,
        kind=Kind.CALL,
        channel="rest",
        sender=_sender(form),
        recipient=_recipient(form),
        at=house.clock.now(),
        purpose=Purpose(purpose) if purpose else None,
        end_user=form.text("EndUser", 128) or None,
        principal=request.caller.principal,
        source=request.caller.source,
        voice=_speaks(form, document),
        words=document.words if document is not None else "",
    )


def _document(form: Form) -> Document | None:
    """The document that came with the request, where one did."""
    twiml = form.text("Twiml", _LONGEST_TWIML)
    return reading.read(twiml.encode(), "text/xml") if twiml else None


def _speaks(form: Form, document: Document | None) -> Speaking | None:
    """What is to speak: as the document says, or else as `Voice` does."""
    stated = form.one_of("Voice", tuple(each.value for each in Speaking))
    heard = document.speaks if document is not None else None
    return heard or (Speaking(stated) if stated else None)


def voice(house: House) -> Voice:
    """Who calls. Raises `Problem` where nobody does."""
    return _there(house.voice)


def scheduling(house: House) -> Scheduling:
    """Who calls later. Raises `Problem` where nobody does."""
    return _there(house.scheduling)


def _there(who: T | None) -> T:
    if who is None:
        raise Problem(400, 21214, "Calls are not carried here: no trunk is set up that dials. Nothing was called.")
    return who


def _recipient(form: Form) -> Address:
    to = form.need("To", code=21201)
    try:
        return dialled(to)
    except BadAddress as wrong:
        raise BadInput(str(wrong), field="To", code=21217) from wrong


def _sender(form: Form) -> Address:
    sender = form.get("CallerId") or form.get("From")
    if not sender:
        raise BadInput("A 'From' phone number is required.", field="From", code=21213)
    try:
        return dialled(sender)
    except BadAddress as wrong:
        raise BadInput(str(wrong), field="From", code=21212) from wrong


def wish(request: Request, house: House, source: Source, of_application: Watch | None = None) -> Wish:
    """How the call is to be made, and what leads it. Raises `BadInput`."""
    form = request.form
    digits = form.get("SendDigits") or ""
    if len(digits) > 32 or set(digits) - set("0123456789*#wW"):
        raise BadInput("'SendDigits' is of 0-9 * # w W, 32 at the most.", field="SendDigits")
    return Wish(
        source=source,
        watch=_watch(form, house) or of_application,
        rings=form.number("Timeout", 1, 600) or 60,
        longest=form.number("TimeLimit", 1, LONGEST_CALL) or LONGEST_CALL,
        digits=digits,
        detect=_detection(form, house),
        record=_record(request, house),
    )


def _detection(form: Form, house: House) -> Detection | None:
    """How it is to be guessed who answers; None: not at all. Raises `BadInput`."""
    how = form.one_of("MachineDetection", ("Enable", "DetectMessageEnd"))
    asked = {
        name: form.number(f"MachineDetection{field}", least, most)
        for name, (field, least, most) in _CADENCE.items()
    }  # fmt: skip
    beside, url = form.flag("AsyncAmd") or False, form.get("AsyncAmdStatusCallback")
    method = form.one_of("AsyncAmdStatusCallbackMethod", _METHODS) or "POST"
    if url:
        check_url(url, field="AsyncAmdStatusCallback", allow_private=house.settings.allow_private)
    if how is None:
        _alone(form, _OF_DETECTION, "MachineDetection")
        return None
    if not beside:
        _alone(form, ("AsyncAmdStatusCallback",), "AsyncAmd=true")
    seconds: dict[str, float] = {name: value / 1000 for name, value in asked.items() if value is not None}
    if "within" in seconds:
        seconds["within"] *= 1000  # this one is in seconds
    if "over" in seconds:
        seconds["waits"] = seconds["over"]
    return Detection(
        cadence=Cadence(to_the_end=how == "DetectMessageEnd", **seconds),
        beside=beside,
        told=Watch(url=url, method=method) if url and beside else None,
    )


def _alone(form: Form, fields: Iterable[str], missing: str) -> None:
    """Refuse what has no effect without something else. Raises `BadInput`."""
    for field in fields:
        if form.get(field):
            raise BadInput(f"The field '{field}' has no effect without {missing}.", field=field)


def _record(request: Request, house: House) -> Asked | None:
    """How the call is to be recorded; None: not. Raises `BadInput`."""
    asked = recording_events.asked(request, house, "call")
    if request.form.flag("Record"):
        return asked
    _alone(request.form, ("RecordingChannels", "RecordingStatusCallback", "Basis"), "Record=true")
    return None


async def _led(request: Request, house: House) -> tuple[Source, Watch | None]:
    """What leads the call, and where an application has its events told. Raises `BadInput`."""
    application = request.form.get("ApplicationSid")
    if application:
        row = await house.database.read(lambda c: applications.find(c, request.account, application))
        if row is None or not row.voice_url:
            raise BadInput("'ApplicationSid' is no application of this account with a 'VoiceUrl'.",
                           field="ApplicationSid", code=21218)  # fmt: skip
        return led_by(row)
    source = _source(request.form, house)
    if source is None:
        raise BadInput("A call needs one of 'Url', 'Twiml' and 'ApplicationSid'.", field="Url", code=21205)
    return source, None


def _source(form: Form, house: House) -> Source | None:
    """What a form says is to lead a call; None: nothing. Raises `BadInput`."""
    twiml, url = form.text("Twiml", _LONGEST_TWIML), form.get("Url")
    if twiml:
        return Given(twiml)
    if not url:
        return None
    fallback = form.get("FallbackUrl") or ""
    for field, each in (("Url", url), ("FallbackUrl", fallback)):
        if each:
            check_url(each, field=field, allow_private=house.settings.allow_private, code=21205)
    return Where(
        url=url,
        method=form.one_of("Method", _METHODS) or "POST",
        fallback=fallback,
        fallback_method=form.one_of("FallbackMethod", _METHODS) or "POST",
    )


def _watch(form: Form, house: House) -> Watch | None:
    url = form.get("StatusCallback")
    if not url:
        return None
    check_url(url, field="StatusCallback", allow_private=house.settings.allow_private)
    events = form.words("StatusCallbackEvent", EVENTS) or ("completed",)
    return Watch(url=url, method=form.one_of("StatusCallbackMethod", _METHODS) or "POST", events=events)


# --- showing ------------------------------------------------------------------------------------------------------


def _new(call: Communication) -> dict[str, Any]:
    at = rfc2822(call.at)
    return _fields(call.account, call.id, call.sender.text, call.recipient.text) | {
        "date_created": at,
        "date_updated": at,
        "direction": "outbound-api",
        "status": "queued" if call.send_at is None else scheduled_calls.WAITS,
    }


def _listed(row: Row[Any]) -> dict[str, Any]:
    """A call, or one that is or was to be made later."""
    return _scheduled(row) if _is_scheduled(row) else shown(row)


def _is_scheduled(row: Row[Any]) -> bool:
    return hasattr(row, "due_at")


def _scheduled(row: Row[Any]) -> dict[str, Any]:
    """A call that is to be made later, was taken back, or was not made."""
    return _fields(row.account, row.sid, row.sender, row.recipient) | {
        "date_created": rfc2822(row.offered_at),
        "date_updated": rfc2822(row.updated_at),
        "direction": "outbound-api",
        "status": row.status,
        "end_time": rfc2822(row.ended_at),
        "duration": "0" if row.ended_at else None,
        "send_at": rfc2822(row.due_at),
    }


def shown(row: Row[Any]) -> dict[str, Any]:
    """A call as it is on record."""
    begun = row.status != "queued"
    talked = row.ended_at - row.answered_at if row.ended_at and row.answered_at else None
    return _fields(row.account, row.sid, row.sender, row.recipient) | {
        "date_created": rfc2822(row.offered_at),
        "date_updated": rfc2822(row.ended_at or row.answered_at or row.ringing_at or row.offered_at),
        "parent_call_sid": row.parent,
        "status": row.status,
        "start_time": rfc2822(row.offered_at) if begun else None,
        "end_time": rfc2822(row.ended_at),
        "duration": None if row.ended_at is None else str(round(talked.total_seconds()) if talked else 0),
        "direction": _direction(row),
        "answered_by": _answered_by(row),
    }


def _direction(row: Row[Any]) -> str:
    if row.direction == "inbound":
        return "inbound"
    return {"rest": "outbound-api", LED: "outbound-dial"}.get(row.channel, "trunking-originating")


def _answered_by(row: Row[Any]) -> str | None:
    told: str | None = row.attrs.get("answered_by")
    return told or ("machine_start" if row.answered_by == "machine" else row.answered_by)


def _fields(account: str, sid: str, sender: str, recipient: str) -> dict[str, Any]:
    """What all calls have in common."""
    uri = f"/{V2010}/Accounts/{account}/Calls/{sid}"
    return {
        "sid": sid,
        "account_sid": account,
        "api_version": V2010,
        "from": sender,
        "from_formatted": sender,
        "to": recipient,
        "to_formatted": recipient,
        "phone_number_sid": None,
        "parent_call_sid": None,
        "start_time": None,
        "end_time": None,
        "duration": None,
        "price": None,
        "price_unit": "USD",
        "answered_by": None,
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "uri": f"{uri}.json",
        "subresource_uris": {},
    }


# --- reading and changing -----------------------------------------------------------------------------------------


async def read(request: Request, house: House) -> Answer:
    """List calls, the newest first."""
    asked, filters = window(request), _filters(request.query)
    sheet = await house.database.read(lambda c: _page(c, request.account, filters, asked.slice()))
    return page_2010(request, asked, "calls", sheet, _listed, lambda row: (stamp(row.offered_at), row.sid))


def _page(connection: Connection, account: str, filters: Filters, part: Slice) -> Sheet:
    made = calls.page(connection, account, filters, part)
    later = scheduled_calls.page(connection, account, filters, part)
    return merged(made, later, lambda row: (row.offered_at, row.sid), part)


def _filters(query: Form) -> Filters:
    to, sender = query.get("To"), query.get("From")
    started, ended = read_days(query, "StartTime"), read_days(query, "EndTime")
    return Filters(
        to=callable_address(to).text if to else None,
        sender=callable_address(sender).text if sender else None,
        status=query.one_of("Status", _STATUSES),
        parent=query.get("ParentCallSid") or None,
        started_from=started[0],
        started_before=started[1],
        ended_from=ended[0],
        ended_before=ended[1],
    )


async def fetch(request: Request, house: House) -> Answer:
    return Answer(200, _listed(await _any(request, house)))


async def update(request: Request, house: House) -> Answer:
    """End a call, take it back before it is answered, or have another document lead it."""
    form, row = request.form, await _any(request, house)
    status = form.one_of("Status", ("canceled", "completed"))
    source = _source(form, house)
    if row.ended_at is not None:
        raise Conflict(f"The call is {row.status}: it can't be changed any more", code=21220)
    if status is None and source is None:
        raise BadInput("Set 'Status', 'Url' or 'Twiml'.", field="Status")
    if _is_scheduled(row):
        await _change_scheduled(request, house, row, source if status is None else None)
    elif status is not None:
        live = voice(house)
        live.end(row.account, row.sid, unanswered_only=status == "canceled")
        try:
            async with asyncio.timeout(_SETTLES_WITHIN):
                await live.ended(row.account, row.sid)
        except TimeoutError:
            return Answer(200, shown(row))  # it is ending
    elif source is not None:
        voice(house).redirect(row.account, row.sid, source)
    return Answer(200, _listed(await _any(request, house)))


async def _change_scheduled(request: Request, house: House, row: Row[Any], source: Source | None) -> None:
    """Have another document lead a call that waits, or without one take it back. Raises `Conflict`."""
    if source is not None:
        decision = await scheduling(house).redirect(row, source, _document(request.form))
        let_out(decision, house.clock.now(), _base(request, house))
    elif request.form.get("Status") == "completed":
        raise Conflict("The call is scheduled: it is taken back with 'Status' canceled", code=21220)
    else:
        await scheduling(house).take_back(row)


async def delete(request: Request, house: House) -> Answer:
    """Take a call that is over off the list."""
    row = await _any(request, house)
    if row.ended_at is None:
        raise Conflict(f"The call is {row.status}: it can be deleted once it is over", code=20009)
    table = scheduled_calls if _is_scheduled(row) else calls
    await house.database.write(lambda c: table.take_off(c, row.account, row.sid))
    return Answer(204)


async def found(request: Request, house: House) -> Row[Any]:
    """The call that a request names, once it was made. Raises `NotFound`."""
    return await _found(request, house, calls.fetch)


async def _any(request: Request, house: House) -> Row[Any]:
    """The call that a request names, be it made or to be made. Raises `NotFound`."""

    def either(connection: Connection, account: str, sid: str) -> Row[Any] | None:
        return calls.fetch(connection, account, sid) or scheduled_calls.fetch(connection, account, sid)

    return await _found(request, house, either)


async def _found(request: Request, house: House, fetch: Callable[[Connection, str, str], Row[Any] | None]) -> Row[Any]:
    sid = request.parts["sid"]
    row = await house.database.read(lambda c: fetch(c, request.account, sid)) if is_sid(sid, "CA") else None
    if row is None:
        raise NotFound(f"The requested call {sid[:34]} was not found")
    return row


_EVERY = "/2010-04-01/Accounts/{account}/Calls"
_ONE = f"{_EVERY}/{{sid}}"
_TIMES = frozenset(f"{name}{sign}" for name in ("StartTime", "EndTime") for sign in ("", "<", ">"))
ROUTES = (
    Route(method="POST", path=_EVERY, endpoint=create, fields=FIELDS, refused=REFUSED),
    Route(
        method="GET",
        path=_EVERY,
        endpoint=read,
        fields=frozenset({"To", "From", "Status", "ParentCallSid", *_TIMES}),
        pages=True,
    ),
    Route(method="GET", path=_ONE, endpoint=fetch),
    Route(
        method="POST", path=_ONE, endpoint=update, fields=_LEADS | frozenset({"Status"}), refused=_NOT_WHILE_IT_GOES_ON
    ),
    Route(method="DELETE", path=_ONE, endpoint=delete),
)
