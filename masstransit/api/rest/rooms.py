"""Video rooms in the words of the SDKs: opened, shown, listed, ended; who is in them, muted and put out; what is kept.

Who is inside and what goes on is known to the process that carries a room: only that one changes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row

from masstransit.api.dialect import (
    Answer,
    Form,
    Problem,
    Request,
    Route,
    Stream,
    is_sid,
    iso8601,
    page_v1,
    stamp,
    window,
)
from masstransit.api.house import House
from masstransit.api.rest import settled
from masstransit.carriage.archive import part_of
from masstransit.carriage.outside import check_url
from masstransit.carriage.video.rooms import LONGEST, NOBODY, NOWHERE, OVER, UNUSED, Rooms
from masstransit.carriage.video.seats import SOURCES, Room
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.storage import recordings, rooms
from masstransit.storage.paging import Sheet
from masstransit.storage.rooms import Filters

_LONGEST_NAME, _LONGEST_REASON = 128, 256
_METHODS = ("GET", "POST")
_STATUSES = ("in-progress", "completed")
_INSIDE = ("connected", "disconnected")
_BASES = ("consent", "contract", "legal obligation", "vital interests", "public task", "legitimate interests")
_BAD_NAME, _TOO_MANY, _BAD_CALLBACK, _BAD_METHOD, _BAD_STATUS = 53100, 53107, 53111, 53110, 53112
_NO_VIDEO = 53103
_REASON = "you were put out of the room"

_CREATE_SETTLED: settled.Settled = {
    "Type": ("group", "a room is for all who are let in, and what they send goes through the house"),
    "EnableTurn": ("true", "whether there is a relay to go by is the same for all rooms"),
    "AudioOnly": ("false", "who wants no picture offers none"),
}


# --- rooms ------------------------------------------------------------------------------------------------------------


def shown(row: Row[Any], request: Request) -> dict[str, Any]:
    """A room as it is on record."""
    url = f"{request.base}/v1/Rooms/{row.sid}"
    ended = row.ended_at
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "status": row.status,
        "unique_name": row.name,
        "type": "group",
        "max_participants": row.most,
        "max_participant_duration": int(LONGEST),
        "max_concurrent_published_tracks": None,
        "record_participants_on_connect": row.records,
        "status_callback": row.callback.get("url"),
        "status_callback_method": row.callback.get("method"),
        "end_user": row.end_user,
        "enable_turn": True,
        "audio_only": False,
        "video_codecs": ["VP8"],
        "media_region": None,
        "large_room": False,
        "empty_room_timeout": int(UNUSED // 60),
        "unused_room_timeout": int(UNUSED // 60),
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(row.updated_at),
        "end_time": iso8601(ended),
        "duration": int((ended - row.created_at).total_seconds()) if ended else None,
        "url": url,
        "links": {
            "participants": f"{url}/Participants",
            "recordings": f"{url}/Recordings",
            "recording_rules": f"{url}/RecordingRules",
        },
    }


async def create(request: Request, house: House) -> Answer:
    """Open a room."""
    form, video = request.form, _video(house)
    settled.check(form, _CREATE_SETTLED)
    if request.caller.test:
        raise Problem(403, 20403, "Test credentials open no rooms: use the account's own")
    name = form.get("UniqueName") or ""
    if len(name) > _LONGEST_NAME or not (name.isprintable() and name == name.strip()) or is_sid(name, "RM"):
        raise BadInput(
            f"'UniqueName' has 1 to {_LONGEST_NAME} printable characters, and is no SID.",
            field="UniqueName",
            code=_BAD_NAME,
        )
    callback = _callback(form, house)
    row = {
        "account": request.account,
        "name": name,
        "most": form.number("MaxParticipants", 1, video.most, code=_TOO_MANY) or video.usual,
        "records": form.flag("RecordParticipantsOnConnect") or False,
        "end_user": form.text("EndUser", 128) or None,
        "basis": form.one_of("RecordingBasis", _BASES) or "",
        "callback": callback,
    }
    return Answer(201, shown(await video.create(row), request))


def _callback(form: Form, house: House) -> dict[str, str]:
    url = form.get("StatusCallback")
    method = form.get("StatusCallbackMethod") or "POST"
    if method not in _METHODS:
        raise BadInput("'StatusCallbackMethod' is GET or POST.", field="StatusCallbackMethod", code=_BAD_METHOD)
    if not url:
        return {}
    try:
        check_url(url, field="StatusCallback", allow_private=house.settings.allow_private)
    except BadInput as wrong:
        raise BadInput(str(wrong), field="StatusCallback", code=_BAD_CALLBACK) from wrong
    return {"url": url, "method": method}


async def read(request: Request, house: House) -> Answer:
    """List rooms, the newest first."""
    query, asked = request.query, window(request)
    filters, part = (
        Filters(
            name=query.get("UniqueName") or None,
            status=query.one_of("Status", _STATUSES) or "in-progress",
            created_from=query.instant("DateCreatedAfter"),
            created_before=query.instant("DateCreatedBefore"),
        ),
        asked.slice(),
    )
    sheet = await house.database.read(lambda c: rooms.page(c, request.account, filters, part))
    return page_v1(request, asked, "rooms", sheet, lambda row: shown(row, request))


async def fetch(request: Request, house: House) -> Answer:
    return Answer(200, shown(await _found(request, house), request))


async def _found(request: Request, house: House) -> Row[Any]:
    """Raises `Problem`."""
    sid = request.parts["sid"]
    row = await house.database.read(lambda c: rooms.find(c, request.account, sid))
    if row is None:
        raise Problem(404, NOWHERE, f"The room {sid[:40]} was not found")
    return row


async def update(request: Request, house: House) -> Answer:
    """End a room."""
    if request.form.need("Status") != "completed":
        raise BadInput("'Status' can only become completed.", field="Status", code=_BAD_STATUS)
    row, video = await _found(request, house), _video(house)
    if row.ended_at is None:
        await video.complete(await video.room(row.account, row.sid))
    return Answer(202, shown(await _found(request, house), request))


def _video(house: House) -> Rooms:
    """Raises `Problem`."""
    if house.video is None:
        raise Problem(400, _NO_VIDEO, "No video is served here: the operator names addresses, or a Janus, at [video]")
    return house.video


async def _open(request: Request, house: House) -> Room:
    """The room, where it goes on. Raises `Problem`, `Conflict`."""
    row = await _found(request, house)
    if row.ended_at is not None:
        raise Conflict("The room is over", code=OVER)
    return await _video(house).room(row.account, row.sid)


# --- who is in one ----------------------------------------------------------------------------------------------------


def _participant(row: Row[Any], request: Request, room: Room | None) -> dict[str, Any]:
    seat = room.seats.get(row.sid) if room is not None else None
    ended = row.left_at
    return {
        "sid": row.sid,
        "room_sid": row.room,
        "account_sid": row.account,
        "identity": row.identity,
        "status": row.status,
        "muted": sorted(name for name, by in seat.muted.items() if by) if seat is not None else [],
        "reason": row.reason or None,
        "date_created": iso8601(row.joined_at),
        "date_updated": iso8601(row.updated_at),
        "start_time": iso8601(row.joined_at),
        "end_time": iso8601(ended),
        "duration": int((ended - row.joined_at).total_seconds()) if ended else None,
        "url": f"{request.base}/v1/Rooms/{row.room}/Participants/{row.sid}",
        "links": {},
    }


async def participants(request: Request, house: House) -> Answer:
    """Who was let in, the latest first."""
    room, asked, query = await _found(request, house), window(request), request.query
    part, status = asked.slice(), query.one_of("Status", _INSIDE)
    name = query.get("Identity") or None
    sheet = await house.database.read(
        lambda c: rooms.participants(c, room.account, room.sid, part, status=status, name=name)
    )
    inside = house.video.here(room.account, room.sid) if house.video is not None else None
    return page_v1(
        request, asked, "participants", sheet, lambda row: _participant(row, request, inside), _participants_key
    )


def _participants_key(row: Any) -> tuple[int, str]:
    return stamp(row.joined_at), row.sid


async def participant(request: Request, house: House) -> Answer:
    room = await _found(request, house)
    return Answer(200, await _shown_participant(request, house, room))


async def _shown_participant(request: Request, house: House, room: Row[Any]) -> dict[str, Any]:
    """Raises `Problem`."""
    name = request.parts["participant"]
    row = await house.database.read(lambda c: rooms.participant(c, room.account, room.sid, name))
    if row is None:
        raise Problem(404, NOBODY, f"The participant {name[:40]} was not found")
    inside = house.video.here(room.account, room.sid) if house.video is not None else None
    return _participant(row, request, inside)


async def change(request: Request, house: House) -> Answer:
    """Put somebody out, with a reason that they are told, or mute a source of theirs."""
    form, video = request.form, _video(house)
    status, muted = form.get("Status"), form.flag("Muted")
    reason, source = form.text("Reason", _LONGEST_REASON), form.one_of("Source", SOURCES) or "microphone"
    if status not in {None, "disconnected"}:
        raise BadInput("'Status' can only become disconnected.", field="Status", code=_BAD_STATUS)
    if status is None and muted is None:
        raise BadInput("Set 'Status' or 'Muted'.", field="Status")
    if reason and status is None:
        raise BadInput("A 'Reason' is told to who is put out: set 'Status' too.", field="Reason")
    row = await _found(request, house)
    room = await _open(request, house)
    seat = room.seat(request.parts["participant"])
    if seat is None:
        raise Problem(404, NOBODY, f"The participant {request.parts['participant'][:40]} is not in this room")
    if muted is not None:
        video.mute(seat, source, muted=muted, by="house")
    if status is not None:
        video.remove(room, seat, reason or _REASON)
        await video.drained()
    return Answer(202, await _shown_participant(request, house, row))


# --- what is recorded -------------------------------------------------------------------------------------------------


class _Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: str
    all: bool = False


async def rules(request: Request, house: House) -> Answer:
    """Whether a room is recorded, as the SDKs' rules have it."""
    return Answer(200, _rules(await _found(request, house), house))


def _rules(row: Row[Any], house: House) -> dict[str, Any]:
    room = house.video.here(row.account, row.sid) if house.video is not None else None
    records = room is not None and (room.asking is not None or bool(room.recording))
    state = "none"
    if room is not None and records:
        state = "recording" if room.captures else "paused" if room.recording else "asking"
    return {
        "room_sid": row.sid,
        "rules": [
            {"type": "include" if records else "exclude", "all": True, "publisher": None, "track": None, "kind": None}
        ],
        "state": state,
        "date_created": iso8601(row.created_at),
        "date_updated": iso8601(row.updated_at),
    }


async def set_rules(request: Request, house: House) -> Answer:
    """Have everybody recorded, or nobody. It begins when the gate has said so of everybody (clause 13)."""
    told = request.form.need("Rules")
    try:
        asked = msgspec.json.decode(told, type=list[_Rule])
    except msgspec.MsgspecError as wrong:
        raise BadInput(f"'Rules' can't be read: {wrong}", field="Rules") from wrong
    if len(asked) != 1 or not asked[0].all or asked[0].type not in {"include", "exclude"}:
        raise BadInput(
            'A room is recorded whole or not at all: \'Rules\' is [{"type": "include", "all": true}], or exclude.',
            field="Rules",
        )
    row, room, video = await _found(request, house), await _open(request, house), _video(house)
    if asked[0].type == "include":
        video.record(room)
    else:
        await video.stop_recording(room)
    return Answer(200, _rules(row, house))


class _Track(NamedTuple):
    """A file of a recording."""

    recording: Row[Any]
    sid: str
    name: str  #: of the file: leg-1-camera.webm
    person: Row[Any] | None


async def tracks(request: Request, house: House) -> Answer:
    """What is kept of a room: a recording a source."""
    room, asked = await _found(request, house), window(request)
    found = await house.database.read(lambda c: _tracks(c, room))
    start = asked.page * asked.size
    rows: Any = found[start : start + asked.size]
    sheet = Sheet(rows, before=False, behind=False)
    shows = [await _shown_track(each, request, house) for each in rows]
    by_sid = {each["sid"]: each for each in shows}
    return page_v1(request, asked, "recordings", sheet, lambda each: by_sid[each.sid], lambda each: (0, each.sid))


def _tracks(connection: Connection, room: Row[Any]) -> Sequence[_Track]:
    kept = [
        row
        for row in recordings.of_call(connection, room.account, room.sid)
        if row.deleted_at is None and row.erased_at is None
    ]
    people = {row.number: row for row in rooms.everybody(connection, room.account, room.sid)}
    return [
        _Track(row, f"RT{row.sid[2:32]}{number:02x}", name, people.get(int(name.split("-")[1])))
        for row in kept
        for number, name in enumerate(sorted(row.digests))
    ]


async def _shown_track(track: _Track, request: Request, house: House) -> dict[str, Any]:
    row, (source, _, form) = track.recording, track.name.split("-", 2)[2].partition(".")
    url = f"{request.base}/v1/Rooms/{row.call}/Recordings/{track.sid}"
    sound = form == "ogg"
    return {
        "sid": track.sid,
        "room_sid": row.call,
        "account_sid": row.account,
        "status": "completed",
        "type": "audio" if sound else "video",
        "codec": "OPUS" if sound else "VP8",
        "container_format": form,
        "track_name": source,
        "source_sid": row.sid,
        "duration": round(row.seconds),
        "offset": 0,
        "size": await house.archive.track_size(row.sid, track.name),
        "digest": row.digests[track.name],
        "grouping_sids": {"room_sid": row.call, "participant_sid": track.person.sid if track.person else None},
        "date_created": iso8601(row.began_at),
        "media_external_location": None,
        "url": url,
        "links": {"media": f"{url}/Media"},
    }


async def track(request: Request, house: House) -> Answer:
    return Answer(200, await _shown_track(await _found_track(request, house), request, house))


async def _found_track(request: Request, house: House) -> _Track:
    """Raises `NotFound`."""
    room, sid = await _found(request, house), request.parts["recording"]
    for each in await house.database.read(lambda c: _tracks(c, room)):
        if each.sid == sid:
            return each
    raise NotFound(f"The requested recording {sid[:40]} was not found")


async def media(request: Request, house: House) -> Answer:
    """The file, or the part of it that was asked for."""
    found = await _found_track(request, house)
    size = await house.archive.track_size(found.recording.sid, found.name)
    if size is None:
        raise NotFound(f"The sound and picture of recording {found.sid} are not here")
    part = part_of(request.header("range"), size)
    if part is None:
        raise Problem(416, 20416, f"The file has {size} bytes")
    start, stop, ranged = part
    kind = "audio/ogg" if found.name.endswith(".ogg") else "video/webm"
    pieces = house.archive.read_track(found.recording.sid, found.name, start, stop)
    headers = ((b"content-range", f"bytes {start}-{stop - 1}/{size}".encode()),) if ranged else ()
    return Answer(206 if ranged else 200, Stream(kind=kind, size=stop - start, pieces=pieces), headers)


_EVERY = "/v1/Rooms"
_ONE = f"{_EVERY}/{{sid}}"
_PEOPLE = f"{_ONE}/Participants"
_PERSON = f"{_PEOPLE}/{{participant}}"
_RULES = f"{_ONE}/RecordingRules"
_KEPT = f"{_ONE}/Recordings"
_KEPT_ONE = f"{_KEPT}/{{recording}}"
_CALLBACK = {"StatusCallback", "StatusCallbackMethod"}
ROUTES = (
    Route(
        product="video",
        method="POST",
        path=_EVERY,
        endpoint=create,
        fields=frozenset(
            {"UniqueName", "MaxParticipants", "RecordParticipantsOnConnect", "EndUser", "RecordingBasis"}
            | _CALLBACK
            | _CREATE_SETTLED.keys()
        ),
        status=201,
    ),
    Route(
        product="video",
        method="GET",
        path=_EVERY,
        endpoint=read,
        fields=frozenset({"Status", "UniqueName", "DateCreatedAfter", "DateCreatedBefore"}),
        pages=True,
    ),
    Route(product="video", method="GET", path=_ONE, endpoint=fetch),
    Route(product="video", method="POST", path=_ONE, endpoint=update, fields=frozenset({"Status"})),
    Route(
        product="video",
        method="GET",
        path=_PEOPLE,
        endpoint=participants,
        fields=frozenset({"Status", "Identity"}),
        pages=True,
    ),
    Route(product="video", method="GET", path=_PERSON, endpoint=participant),
    Route(
        product="video",
        method="POST",
        path=_PERSON,
        endpoint=change,
        fields=frozenset({"Status", "Reason", "Muted", "Source"}),
    ),
    Route(product="video", method="GET", path=_RULES, endpoint=rules),
    Route(product="video", method="POST", path=_RULES, endpoint=set_rules, fields=frozenset({"Rules"})),
    Route(product="video", method="GET", path=_KEPT, endpoint=tracks, pages=True),
    Route(product="video", method="GET", path=_KEPT_ONE, endpoint=track),
    Route(product="video", method="GET", path=f"{_KEPT_ONE}/Media", endpoint=media),
)
