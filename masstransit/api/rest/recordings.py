"""Recordings of calls: begun, paused, ended, listed, heard and deleted.

Nothing is recorded before the gate has said so of everybody in the call (clause 13). Who asks for a recording is
answered when that is settled: those who have to be told hear an announcement first, and have some seconds to answer it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from masstransit.api.dialect import (
    V2010,
    Answer,
    Problem,
    Request,
    Route,
    Stream,
    is_sid,
    page_2010,
    read_days,
    rfc2822,
    stamp,
    window,
)
from masstransit.api.house import House
from masstransit.api.rest import recording_events, settled
from masstransit.api.rest.calls import found
from masstransit.api.verdict import let_out
from masstransit.carriage.archive import part_of
from masstransit.carriage.recording import Ruled, State
from masstransit.carriage.recording_events import SOURCES, UNRECORDED
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.storage import recordings
from masstransit.storage.recordings import Filters

_CURRENT = "Twilio.CURRENT"  # the SDKs' name for the recording of a call that goes on
_STATUSES = {"asked": "processing", "announcing": "processing", "capturing": "in-progress", "paused": "paused"}

PAUSE_SETTLED: settled.Settled = {"PauseBehavior": ("silence", "a pause stays as silence, so that times stay right")}


# --- showing ------------------------------------------------------------------------------------------------------


def shown(row: Row[Any], request: Request) -> dict[str, Any]:
    """A recording as it is on record."""
    path = f"/{V2010}/Accounts/{row.account}/Recordings/{row.sid}"
    return _fields(row) | {
        "price": None,
        "uri": f"{path}.json",
        "media_url": f"{request.base}{path}",
        "subresource_uris": {},
    }


def of_its_call(row: Row[Any]) -> dict[str, Any]:
    """The same as a part of its call, or of its conference."""
    of, more = ("Conferences", {}) if _is_of_a_conference(row) else ("Calls", {"track": "both"})
    path = f"/{V2010}/Accounts/{row.account}/{of}/{row.call}/Recordings/{row.sid}"
    return _fields(row) | {"price": None, "uri": f"{path}.json"} | more


def _fields(row: Row[Any]) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "api_version": V2010,
        "call_sid": None if _is_of_a_conference(row) else row.call,
        "conference_sid": row.call if _is_of_a_conference(row) else None,
        "date_created": rfc2822(row.asked_at),
        "date_updated": rfc2822(row.erased_at or row.deleted_at or row.ended_at or row.began_at or row.asked_at),
        "start_time": rfc2822(row.began_at),
        "duration": None if row.ended_at is None else str(round(row.seconds)),
        "price_unit": "USD",
        "status": _status(row),
        "channels": row.channels,
        "source": SOURCES[row.source],
        "error_code": UNRECORDED if row.state == "refused" else None,
        "encryption_details": None,
    }


def _is_of_a_conference(row: Row[Any]) -> bool:
    return bool(row.source == "conference")


def _status(row: Row[Any]) -> str:
    if row.ended_at is None:
        return _STATUSES[row.state]
    if not row.digests:
        return "absent"
    return "deleted" if row.deleted_at or row.erased_at else "completed"


# --- reading ------------------------------------------------------------------------------------------------------


async def read(request: Request, house: House) -> Answer:
    """List recordings, the newest first."""
    call, conference = request.query.get("CallSid"), request.query.get("ConferenceSid")
    if call and conference:
        raise BadInput("Name a call or a conference, not both.", field="ConferenceSid")
    soundless = request.query.flag("IncludeSoftDeleted") or False
    return await _page(request, house, call or conference or None, lambda row: shown(row, request), soundless=soundless)


async def read_of_a_call(request: Request, house: House) -> Answer:
    return await read_of(request, house, (await found(request, house)).sid)


async def read_of(request: Request, house: House, call: str) -> Answer:
    """List those of a call, or of a conference."""
    return await _page(request, house, call, of_its_call)


async def _page(request: Request, house: House, call: str | None, show: Any, *, soundless: bool = False) -> Answer:
    asked, (since, until) = window(request), read_days(request.query, "DateCreated")
    filters, part = Filters(call=call, asked_from=since, asked_before=until, soundless=soundless), asked.slice()
    sheet = await house.database.read(lambda c: recordings.page(c, request.account, filters, part))
    return page_2010(request, asked, "recordings", sheet, show, lambda row: (stamp(row.asked_at), row.sid))


async def fetch(request: Request, house: House) -> Answer:
    """With `.json` what it is; with `.wav`, or without either, its sound."""
    sid = request.parts["sid"]
    if request.path.endswith(".json"):
        soundless = request.query.flag("IncludeSoftDeleted") or False
        return Answer(200, shown(await _find(request, house, sid, soundless=soundless), request))
    return await _sound(request, house, await _find(request, house, _of_a_file(sid)))


async def fetch_of_its_call(request: Request, house: House) -> Answer:
    sid = request.parts["recording"]
    if request.path.endswith(".json"):
        return Answer(200, of_its_call(await _find(request, house, sid)))
    return await _sound(request, house, await _find(request, house, _of_a_file(sid)))


def _of_a_file(name: str) -> str:
    """The SID in a file's name. Raises `NotFound`."""
    if name.endswith(".mp3"):
        raise NotFound(f"The recording {name[:34]} is kept as WAV: ask for {name[:34]}.wav")
    return name.removesuffix(".wav")


async def _sound(request: Request, house: House, row: Row[Any]) -> Answer:
    """A WAV file, or the part of it that is asked for, in the channels of the recording unless told otherwise."""
    if row.ended_at is None:
        raise NotFound(f"The recording {row.sid} has no sound yet: it is {_status(row)}")
    return await streamed(request, house, row.sid, request.query.number("RequestedChannels", 1, 2) or row.channels)


async def streamed(request: Request, house: House, sid: str, channels: int) -> Answer:
    """The sound of a recording, in so many channels. Raises `NotFound`, `Problem`."""
    size = await house.archive.size(sid, channels)
    if size is None:
        raise NotFound(f"The sound of the recording {sid} is not with this process of the house")
    found = part_of(request.header("range"), size)
    if found is None:
        raise Problem(416, 20416, f"The sound has {size} bytes: there is nothing in this range")
    start, stop, part = found
    headers: tuple[tuple[bytes, bytes], ...] = ((b"accept-ranges", b"bytes"), (b"cache-control", b"private, no-store"))
    if part:
        headers += ((b"content-range", b"bytes %d-%d/%d" % (start, stop - 1, size)),)
    pieces = house.archive.read(sid, channels, start, stop)
    return Answer(206 if part else 200, Stream(kind="audio/x-wav", size=stop - start, pieces=pieces), headers)


# --- beginning and changing ---------------------------------------------------------------------------------------


async def create(request: Request, house: House) -> Answer:
    """Record a call that goes on."""
    asked = recording_events.asked(request, house, "api")
    call = await found(request, house)
    has_sound = house.recordings.has_sound(call.sid)
    if call.ended_at is not None or (call.answered_at is None and not has_sound):  # a carried one is told of at its end
        raise Conflict(f"The call is {call.status}: only one that is in-progress can be recorded", code=21220)
    if not has_sound:
        raise Problem(
            400,
            UNRECORDED,
            "Nothing is recorded: what is said in this call does not go through here, or not through this process",
            details={"remedy": "record calls of a trunk whose sound goes through here"},
        )
    ruled = await house.recordings.ask(call.sid, asked)
    _allowed(request, house, ruled)
    return Answer(201, of_its_call(await _find(request, house, ruled.sid)))


async def update(request: Request, house: House) -> Answer:
    """Pause a recording, go on with it, or end it."""
    status = request.form.one_of("Status", ("paused", "in-progress", "stopped"))
    settled.check(request.form, PAUSE_SETTLED)
    if status is None:
        raise BadInput("Set 'Status'.", field="Status")
    row = await _find(request, house, await _current(request, house))
    try:
        if status == "paused":
            await house.recordings.pause(row.sid)
        elif status == "stopped":
            await house.recordings.stop(row.sid)
        else:
            _allowed(request, house, await house.recordings.resume(row.sid))
    except NotFound as over:
        raise Conflict(f"The recording is {_status(row)}: it can't be changed any more", code=21220) from over
    except Conflict as amiss:
        raise Conflict(str(amiss), code=21220) from amiss
    return Answer(200, of_its_call(await _kept(request, house, row.sid)))


def _allowed(request: Request, house: House, ruled: Ruled) -> None:
    """Raises `Problem` with what is missing; `Conflict` where the call was over meanwhile."""
    base = house.settings.base_url.rstrip("/") or request.origin
    let_out(ruled.decision, house.clock.now(), base, unnamed=UNRECORDED)
    if ruled.state is not State.CAPTURING:
        raise Conflict("The call was over before it could be recorded", code=21220)


async def delete(request: Request, house: House) -> Answer:
    """Delete its sound. Who was told and agreed stays on record."""
    row = await _find(request, house, request.parts.get("recording") or request.parts["sid"])
    await house.archive.delete(row.account, row.sid)
    return Answer(204)


# --- finding ------------------------------------------------------------------------------------------------------


async def _current(request: Request, house: House) -> str:
    """The SID that is meant. Raises `NotFound`."""
    named, call = request.parts["recording"], request.parts["sid"]
    if named != _CURRENT:
        return named
    rows = await house.database.read(lambda c: recordings.of_call(c, request.account, call))
    running = [row.sid for row in rows if row.act == "record" and row.ended_at is None]
    if not running:
        raise NotFound(f"{call[:34]} is not recorded just now")
    return str(running[-1])


async def _kept(request: Request, house: House, sid: str) -> Row[Any]:
    row = await house.database.read(lambda c: recordings.find(c, request.account, sid)) if is_sid(sid, "RE") else None
    if row is None or row.act != "record":
        raise NotFound(f"The requested recording {sid[:34]} was not found")
    return row


async def _find(request: Request, house: House, sid: str, *, soundless: bool = False) -> Row[Any]:
    """A recording of the account, and of the call where the path names one. Raises `NotFound`."""
    row = await _kept(request, house, sid)
    foreign = "recording" in request.parts and row.call != request.parts["sid"]
    if foreign or (not soundless and (row.deleted_at or row.erased_at)):
        raise NotFound(f"The requested recording {sid[:34]} was not found")
    return row


_EVERY = "/2010-04-01/Accounts/{account}/Recordings"
_ONE = f"{_EVERY}/{{sid}}"
_OF_A_CALL = "/2010-04-01/Accounts/{account}/Calls/{sid}/Recordings"
DAYS = frozenset({"DateCreated", "DateCreated<", "DateCreated>"})


def part_of_its_call(path: str) -> tuple[Route, ...]:
    """One recording of a call, or of a conference: `path` ends in its SID."""
    return (
        Route(method="GET", path=path, endpoint=fetch_of_its_call, fields=frozenset({"RequestedChannels"})),
        Route(method="POST", path=path, endpoint=update, fields=frozenset({"Status", *PAUSE_SETTLED})),
        Route(method="DELETE", path=path, endpoint=delete),
    )


ROUTES = (
    Route(
        method="GET",
        path=_EVERY,
        endpoint=read,
        fields=DAYS | {"CallSid", "ConferenceSid", "IncludeSoftDeleted"},
        pages=True,
    ),
    Route(method="GET", path=_ONE, endpoint=fetch, fields=frozenset({"IncludeSoftDeleted", "RequestedChannels"})),
    Route(method="DELETE", path=_ONE, endpoint=delete),
    Route(
        method="POST",
        path=_OF_A_CALL,
        endpoint=create,
        fields=recording_events.FIELDS,
    ),
    Route(method="GET", path=_OF_A_CALL, endpoint=read_of_a_call, fields=DAYS, pages=True),
    *part_of_its_call(f"{_OF_A_CALL}/{{recording}}"),
)
