"""Conferences and who is in them: listed, announced to, ended; muted, held, coached, put out, called into one.

Who is inside is known to the process that carries the calls: only that one shows and changes them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from sqlalchemy import Row

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
from masstransit.api.house import House
from masstransit.api.rest import calls, recording_events, recordings, settled
from masstransit.api.verdict import let_out
from masstransit.carriage.outside import check_url
from masstransit.carriage.recording import Ruled, State
from masstransit.carriage.recording_events import EVENTS as RECORDED
from masstransit.carriage.recording_events import UNRECORDED
from masstransit.carriage.voice.asking import Given, Where
from masstransit.carriage.voice.conferences import EVENTS, Conferences, Room, Seat
from masstransit.carriage.voice.reading import BEEPS, CONFERENCE_RECORDS
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.storage import conferences
from masstransit.storage.conferences import Filters
from masstransit.storage.paging import Sheet

_LONGEST_LABEL, _LONGEST_NAME, _MOST = 128, 128, 250
_METHODS = ("GET", "POST")
_STATUSES = ("init", "in-progress", "completed")
_UNHEARD = "nobody is heard before they answer"
_WHOLE = "a conference is recorded as a whole: 'ConferenceRecord'"
_CONFERENCE_CALLBACK, _RECORDING_CALLBACK = "ConferenceStatusCallback", "ConferenceRecordingStatusCallback"
_TRIM: settled.Settled = {"ConferenceTrim": recording_events.SETTLED["Trim"]}


# --- conferences ------------------------------------------------------------------------------------------------------


def shown(row: Row[Any]) -> dict[str, Any]:
    """A conference as it is on record."""
    path = f"/{V2010}/Accounts/{row.account}/Conferences/{row.sid}"
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "api_version": V2010,
        "friendly_name": row.name,
        "status": row.status,
        "region": None,
        "date_created": rfc2822(row.created_at),
        "date_updated": rfc2822(row.updated_at),
        "reason_conference_ended": row.reason or None,
        "call_sid_ending_conference": row.ended_by or None,
        "uri": f"{path}.json",
        "subresource_uris": {"participants": f"{path}/Participants.json", "recordings": f"{path}/Recordings.json"},
    }


async def read(request: Request, house: House) -> Answer:
    """List conferences, the newest first."""
    query, asked = request.query, window(request)
    created, updated = read_days(query, "DateCreated"), read_days(query, "DateUpdated")
    filters, part = (
        Filters(
            name=query.get("FriendlyName") or None,
            status=query.one_of("Status", _STATUSES),
            created_from=created[0],
            created_before=created[1],
            updated_from=updated[0],
            updated_before=updated[1],
        ),
        asked.slice(),
    )
    sheet = await house.database.read(lambda c: conferences.page(c, request.account, filters, part))
    return page_2010(request, asked, "conferences", sheet, shown)


async def fetch(request: Request, house: House) -> Answer:
    return Answer(200, shown(await _found(request, house)))


async def read_recordings(request: Request, house: House) -> Answer:
    return await recordings.read_of(request, house, (await _found(request, house)).sid)


async def _found(request: Request, house: House) -> Row[Any]:
    """Raises `NotFound`."""
    sid = request.parts["sid"]
    known = is_sid(sid, "CF")
    row = await house.database.read(lambda c: conferences.find(c, request.account, sid)) if known else None
    if row is None:
        raise NotFound(f"The requested conference {sid[:34]} was not found")
    return row


async def update(request: Request, house: House) -> Answer:
    """End a conference, or have everybody in it hear something."""
    form, row = request.form, await _found(request, house)
    status, where = form.one_of("Status", ("completed",)), _where(form, house, "Announce")
    if row.ended_at is not None:
        raise Conflict("The conference is over: it can't be changed any more", code=21220)
    met = _met(house)
    room = met.room(row.account, row.sid)
    if where is not None:
        met.announce(list(room.seats.values()), where)
    if status is not None:
        met.end(room)
        await met.drained()
    elif where is None:
        raise BadInput("Set 'Status' or 'AnnounceUrl'.", field="Status")
    return Answer(200, shown(await _found(request, house)))


def _met(house: House) -> Conferences:
    return calls.voice(house).conferences


def _where(form: Form, house: House, what: str) -> Where | None:
    """The document that is to be heard. Raises `BadInput`."""
    url = form.get(f"{what}Url")
    if not url:
        return None
    check_url(url, field=f"{what}Url", allow_private=house.settings.allow_private)
    return Where(url=url, method=form.one_of(f"{what}Method", _METHODS) or "POST")


# --- who is in one ----------------------------------------------------------------------------------------------------


def _participant(seat: Seat) -> dict[str, Any]:
    return _fields(seat.room.account, seat.room.sid, seat.sid) | {
        "label": seat.asked.label or None,
        "muted": seat.muted,
        "hold": seat.on_hold,
        "coaching": seat.coached is not None,
        "call_sid_to_coach": seat.coached.sid if seat.coached is not None else None,
        "start_conference_on_enter": seat.asked.begins,
        "end_conference_on_exit": seat.ends,
        "status": "connected",
        "date_created": rfc2822(seat.since),
        "date_updated": rfc2822(seat.since),
    }


def _fields(account: str, conference: str | None, call: str) -> dict[str, Any]:
    uri = f"/{V2010}/Accounts/{account}/Conferences/{conference}/Participants/{call}.json"
    return {
        "account_sid": account,
        "conference_sid": conference,
        "call_sid": call,
        "queue_time": None,
        "uri": uri,
    }


async def participants(request: Request, house: House) -> Answer:
    """Who is in it, the latest first."""
    row, asked = await _found(request, house), window(request)
    wanted = {name: request.query.flag(name) for name in ("Muted", "Hold", "Coaching")}
    seats = [seat for seat in _inside(house, row) if _is(seat, wanted)]
    seats.sort(key=_key, reverse=True)
    part = asked.slice(int)
    after = part.after
    left = seats if after is None else [seat for seat in seats if (_key(seat) > after) is part.backwards]
    left = [seat for seat in left if _key(seat) != after]
    rows: Any = left[-part.size :] if part.backwards else left[: part.size]
    more = len(left) > part.size
    sheet = Sheet(rows, before=more, behind=True) if part.backwards else Sheet(rows, after is not None, more)
    return page_2010(request, asked, "participants", sheet, _participant, _key)


def _key(seat: Seat) -> tuple[int, str]:
    return stamp(seat.since), seat.sid


def _inside(house: House, row: Row[Any]) -> list[Seat]:
    if row.ended_at is not None:
        return []
    try:
        return [seat for seat in _met(house).room(row.account, row.sid).seats.values() if seat.entered]
    except NotFound:
        return []  # it is with another process


def _is(seat: Seat, wanted: dict[str, bool | None]) -> bool:
    told = {"Muted": seat.muted, "Hold": seat.on_hold, "Coaching": seat.coached is not None}
    return all(value is None or told[name] is value for name, value in wanted.items())


async def participant(request: Request, house: House) -> Answer:
    return Answer(200, _participant(_seat(request, house)))


def _seat(request: Request, house: House) -> Seat:
    """Raises `NotFound`."""
    seat = _met(house).seat(request.account, request.parts["sid"], request.parts["call"])
    if not seat.entered:
        raise NotFound(f"The requested participant {request.parts['call'][:40]} is not in this conference yet")
    return seat


async def change(request: Request, house: House) -> Answer:
    """Mute, hold, announce to, or coach."""
    form, seat, met = request.form, _seat(request, house), _met(house)
    muted, on_hold, ends = form.flag("Muted"), form.flag("Hold"), form.flag("EndConferenceOnExit")
    announced, music = _where(form, house, "Announce"), _where(form, house, "Hold")
    await _coached(request, house, seat)
    beeps = form.flag("BeepOnExit")
    if ends is not None:
        seat.ends = ends
    if beeps is not None:
        seat.beeps_out = beeps
    if muted is not None:
        met.mute(seat, muted=muted)
    if on_hold is not None:
        met.hold(seat, music, on_hold=on_hold)
    if announced is not None:
        met.announce([seat], announced)
    return Answer(200, _participant(seat))


async def _coached(request: Request, house: House, seat: Seat) -> None:
    """Raises `Problem` with what is in the way, where the gate does not allow it."""
    form, met = request.form, _met(house)
    coaching, call = form.flag("Coaching"), form.get("CallSidToCoach")
    if coaching is None and not call:
        return
    if coaching and not call and seat.coached is None:
        raise BadInput("'Coaching' asks for 'CallSidToCoach'.", field="CallSidToCoach")
    ruled: Ruled | None = None
    if coaching is False:
        ruled = await met.barge(seat)
    elif call:
        ruled = await met.coach(seat, call)
    if ruled is not None:
        let_out(ruled.decision, house.clock.now(), request.base, unnamed=UNRECORDED)
        if ruled.state is not State.CAPTURING:
            raise Conflict("The conference was over before that", code=21220)


async def remove(request: Request, house: House) -> Answer:
    """Put somebody out of it; their call goes on behind its `<Dial>`."""
    _met(house).remove(_seat(request, house))
    return Answer(204)


async def create(request: Request, house: House) -> Answer:
    """Call somebody into a conference: a call like any other, led by a document of ours."""
    form, name = request.form, request.parts["sid"]
    room = _room(house, request.account, name)
    label = form.text("Label", _LONGEST_LABEL) or ""
    document = _document(form, house, room.name if room else name, label)
    wish = calls.wish(request, house, Given(document))
    call = calls.called(request, house)
    if request.caller.test:
        raise Problem(403, 20403, "Test credentials call nobody: use the account's own")
    await calls.placed(request, house, call, wish)
    now = rfc2822(call.at)
    return Answer(
        201,
        _fields(request.account, room.sid if room else None, call.id)
        | {
            "label": label or None,
            "muted": form.flag("Muted") or False,
            "hold": False,
            "coaching": bool(form.get("CallSidToCoach")),
            "call_sid_to_coach": form.get("CallSidToCoach") or None,
            "start_conference_on_enter": form.flag("StartConferenceOnEnter") is not False,
            "end_conference_on_exit": form.flag("EndConferenceOnExit") or False,
            "status": "queued",
            "date_created": now,
            "date_updated": now,
        },
    )


def _room(house: House, account: str, name: str) -> Room | None:
    """The conference that goes on; None: one of that name is to begin. Raises `NotFound` for a SID of none."""
    try:
        return _met(house).room(account, name)
    except NotFound:
        if is_sid(name, "CF"):
            raise
    if not 0 < len(name) <= _LONGEST_NAME:
        raise BadInput(f"A conference's name has {_LONGEST_NAME} characters at the most.", field="ConferenceSid")
    return None


def _document(form: Form, house: House, name: str, label: str) -> str:
    """What leads who is called. Raises `BadInput`."""
    top = Element("Response")
    dial = SubElement(top, "Dial")
    told: dict[str, str | None] = {
        "muted": form.get("Muted") if form.flag("Muted") is not None else None,
        "beep": form.one_of("Beep", BEEPS),
        "startConferenceOnEnter": _word(form.flag("StartConferenceOnEnter")),
        "endConferenceOnExit": _word(form.flag("EndConferenceOnExit")),
        "maxParticipants": str(form.number("MaxParticipants", 2, _MOST) or _MOST),
        "participantLabel": label,
        "coach": form.get("CallSidToCoach"),
        "record": form.one_of("ConferenceRecord", CONFERENCE_RECORDS),
        **_callback(form, house, _CONFERENCE_CALLBACK, "statusCallback", EVENTS),
        **_callback(form, house, _RECORDING_CALLBACK, "recordingStatusCallback", RECORDED),
    }
    settled.check(form, _TRIM)
    if form.flag("Coaching") and not told["coach"]:
        raise BadInput("'Coaching' asks for 'CallSidToCoach'.", field="CallSidToCoach")
    noun = SubElement(dial, "Conference", {name: value for name, value in told.items() if value})
    noun.text = name
    return tostring(top, encoding="unicode")


def _word(flag: bool | None) -> str | None:
    return None if flag is None else str(flag).lower()


def _callback(form: Form, house: House, field: str, attribute: str, known: Collection[str]) -> dict[str, str | None]:
    """Where the conference's events are told, or its recording's: a field of the form as the document has it. Raises
    `BadInput`."""
    url = form.get(field)
    if not url:
        return {}
    check_url(url, field=field, allow_private=house.settings.allow_private)
    return {
        attribute: url,
        f"{attribute}Method": form.one_of(f"{field}Method", _METHODS),
        f"{attribute}Event": " ".join(form.words(f"{field}Event", known)),
    }


_EVERY = "/2010-04-01/Accounts/{account}/Conferences"
_ONE = f"{_EVERY}/{{sid}}"
_INSIDE = f"{_ONE}/Participants"
_SOMEBODY = f"{_INSIDE}/{{call}}"
_RECORDINGS = f"{_ONE}/Recordings"
_DAYS = frozenset(f"{name}{sign}" for name in ("DateCreated", "DateUpdated") for sign in ("", "<", ">"))
_CALLED = frozenset(
    {
        "From", "To", "CallerId", "StatusCallback", "StatusCallbackEvent", "StatusCallbackMethod", "Timeout",
        "TimeLimit", "Purpose", "Voice", "EndUser",
    }
)  # fmt: skip
ROUTES = (
    Route(
        method="GET",
        path=_EVERY,
        endpoint=read,
        fields=_DAYS | {"FriendlyName", "Status"},
        pages=True,
    ),
    Route(method="GET", path=_ONE, endpoint=fetch),
    Route(
        method="POST", path=_ONE, endpoint=update, fields=frozenset({"Status", "AnnounceUrl", "AnnounceMethod"})
    ),
    Route(
        method="GET",
        path=_INSIDE,
        endpoint=participants,
        fields=frozenset({"Muted", "Hold", "Coaching"}),
        pages=True,
    ),
    Route(
        method="POST",
        path=_INSIDE,
        endpoint=create,
        fields=_CALLED
        | {
            "Label", "Muted", "Beep", "StartConferenceOnEnter", "EndConferenceOnExit", "MaxParticipants", "Coaching",
            "CallSidToCoach", "ConferenceRecord", *_TRIM,
            *(f"{each}{of}" for each in (_CONFERENCE_CALLBACK, _RECORDING_CALLBACK) for of in ("", "Event", "Method")),
        },
        refused={
            **dict.fromkeys(("EarlyMedia",), _UNHEARD),
            **dict.fromkeys(("Record", "RecordingChannels"), _WHOLE),
            "WaitUrl": "who waits for a conference to begin hears nothing",
        },
    ),
    Route(method="GET", path=_RECORDINGS, endpoint=read_recordings, fields=recordings.DAYS, pages=True),
    *recordings.part_of_its_call(f"{_RECORDINGS}/{{recording}}"),
    Route(method="GET", path=_SOMEBODY, endpoint=participant),
    Route(
        method="POST",
        path=_SOMEBODY,
        endpoint=change,
        fields=frozenset(
            {
                "Muted", "Hold", "BeepOnExit", "HoldUrl", "HoldMethod", "AnnounceUrl", "AnnounceMethod",
                "EndConferenceOnExit",
                "Coaching", "CallSidToCoach",
            }
        ),
    ),
    Route(method="DELETE", path=_SOMEBODY, endpoint=remove),
)  # fmt: skip
