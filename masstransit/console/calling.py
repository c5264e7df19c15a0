"""What pages tell of calls: how each stands, who it says that it is, and what of it was recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.console import ladder, waveform
from masstransit.console.asking import Sound
from masstransit.console.house import House
from masstransit.errors import NotFound
from masstransit.facts.calls.callers import CallerRight, Verified
from masstransit.model.decision import Decision
from masstransit.model.signalling import Step
from masstransit.storage import calls, decisions, recordings
from masstransit.story import Recorded, recorded

AT_ONCE = 100  #: live calls that a page shows at most
_WORDS: Mapping[str, str] = {
    "queued": "being called", "ringing": "rings", "in-progress": "talking",
}  # fmt: skip


class Under(msgspec.Struct, frozen=True, kw_only=True):
    """A call that is under way."""

    row: Row[Any]
    led: bool  #: by a customer's document; else it goes through
    state: str
    since: datetime
    trunk: str
    identity: str
    here: bool  #: in this process, which can end it


def under_way(connection: Connection, house: House, account: str | None = None) -> Sequence[Under]:
    """The calls that go on: of everybody, or of an account."""
    rows = calls.live(connection, account=account, at_most=AT_ONCE)
    made = decisions.by_ids(connection, [(row.account, row.decision) for row in rows if row.decision])
    return [_under(row, house, made.get((row.account, row.decision))) for row in rows]


def one_under_way(house: House, row: Row[Any], decision: Decision | None) -> Under | None:
    """A call, where it is under way."""
    over = row.ended_at is not None or row.status == "refused"
    return None if over else _under(row, house, decision)


def _under(row: Row[Any], house: House, decision: Decision | None) -> Under:
    going = house.ongoing.going(row.sid)
    rang = row.ringing_at or (going.ringing_at if going else None)
    answered = row.answered_at or (going.answered_at if going else None)
    status = "in-progress" if answered else "ringing" if rang else row.status
    led = bool(row.process)
    told = led or going is not None
    return Under(
        row=row,
        led=led,
        state=_WORDS.get(status, status) if told else "let go on",
        since=answered or rang or row.offered_at,
        trunk=row.trunk or (going.trunk if going else ""),
        identity=identity_of(decision),
        here=house.ongoing.here(row.account, row.sid),
    )


def identity_of(decision: Decision | None) -> str:
    """How far we vouch for a call's number and why; of one that came in, what came of its signature. "": the record
    doesn't say."""
    facts = decision.facts if decision is not None else {}
    verified = _fact(facts, Verified)
    if verified is not None and verified.verification is not None:
        found = verified.verification
        vouched = f", attestation {found.attestation.value}" if found.attestation else ""
        return f"{found.verstat.value}{vouched}" + (f": {found.reason}" if found.reason else "")
    right = _fact(facts, CallerRight)
    if right is None or right.attestation is None:
        return ""
    return f"{right.attestation.value}: {right.because}"


def _fact(facts: Mapping[str, Any], kind: Any) -> Any:
    told = facts.get(kind.__name__)
    return None if told is None or "unknown" in told else msgspec.convert(told, kind)


def ladder_of(row: Any, decided: Sequence[Decision], *, trunks: bool = True) -> ladder.Ladder | None:
    """A call's SIP, drawn; None: none is on record."""
    steps = msgspec.convert(row["steps"] if isinstance(row, Mapping) else row.steps, list[Step])
    offered = row["offered_at"] if isinstance(row, Mapping) else row.offered_at
    return ladder.drawn(steps, offered, decided, trunks=trunks)


# --- recordings -------------------------------------------------------------------------------------------------------


class Taped(msgspec.Struct, frozen=True, kw_only=True):
    """A recording, as it is shown."""

    row: Row[Any]
    recorded: Recorded
    wave: waveform.Wave
    sound: bool  #: there is something to be heard, in this process


async def taped(house: House, find: Callable[[Connection], Row[Any] | None], sid: str) -> Taped:
    """A recording on record, drawn. Raises `NotFound`."""

    def look(connection: Connection) -> tuple[Row[Any], Recorded]:
        row = find(connection)
        if row is None:
            raise NotFound(f"there is no recording {sid[:40]}")
        return row, recorded(connection, row)

    row, told = await house.database.survey(look)
    peaks = await house.archive.peaks(sid, waveform.COLUMNS) if _is_kept(row) else []
    return Taped(row=row, recorded=told, wave=waveform.drawn(row, told, peaks), sound=bool(peaks))


async def sound_of(house: House, row: Row[Any] | None, sid: str) -> Sound:
    """The sound of a recording. Raises `NotFound`."""
    size = await house.archive.size(sid, row.channels) if row is not None and _is_kept(row) else None
    if row is None or size is None:
        raise NotFound(f"there is no sound of a recording {sid[:40]} here")
    channels = row.channels
    return Sound(size, lambda start, stop: house.archive.read(sid, channels, start, stop))


def _is_kept(row: Row[Any]) -> bool:
    return row.ended_at is not None and row.deleted_at is None and row.erased_at is None


def recordings_of(connection: Connection, account: str, call: str) -> Sequence[Row[Any]]:
    """What was recorded or listened to of a call."""
    return recordings.of_call(connection, account, call)
