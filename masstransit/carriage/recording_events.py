"""What a customer's server hears of a recording, in the SDKs' words: it goes on, it is complete, or there is none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from masstransit.carriage.callbacks import API_VERSION, stamp
from masstransit.carriage.notices import of_call

EVENTS = ("in-progress", "completed", "absent")
UNRECORDED = 13237  #: the code of what is not recorded, as alerts and answers have it
#: What asked for a recording -> the SDKs' word for it.
SOURCES = {
    "api": "StartCallRecordingAPI",
    "call": "OutboundAPI",
    "dial": "DialVerb",
    "record": "RecordVerb",
    "voicemail": "RecordVerb",  # the SDKs have no word for what a mailbox takes
    "greeting": "RecordVerb",
    "conference": "Conference",
    "room": "StartConferenceRecordingAPI",
}


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """Where a recording's events are told."""

    url: str
    method: str = "POST"
    events: tuple[str, ...] = ("completed",)
    base: str = ""  #: of the house as its customers see it; "": no URL of the recording is told


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A recording, as far as its events tell of it."""

    account: str
    sid: str
    call: str
    source: str
    channels: int
    began_at: datetime | None = None
    seconds: float = 0.0


def notes(listener: Listener | None, event: str, told: Recorded, now: datetime) -> list[dict[str, Any]]:
    """The notice of an event; nothing where nobody asked for it."""
    if listener is None or event not in listener.events:
        return []
    params = {
        "AccountSid": told.account,
        "ConferenceSid" if told.source == "conference" else "CallSid": told.call,
        "RecordingSid": told.sid,
        "RecordingStatus": event,
        "RecordingChannels": str(told.channels),
        "RecordingSource": SOURCES[told.source],
        "RecordingTrack": "both",
        "ErrorCode": str(UNRECORDED if event == "absent" else 0),
        "ApiVersion": API_VERSION,
    }
    if told.began_at is not None:
        params["RecordingStartTime"] = stamp(told.began_at)
    if event == "completed":
        params["RecordingDuration"] = str(round(told.seconds))
    if listener.base and event != "absent":
        params["RecordingUrl"] = f"{listener.base}/{API_VERSION}/Accounts/{told.account}/Recordings/{told.sid}"
    return [of_call(now, account=told.account, url=listener.url, method=listener.method, params=params, about=told.sid)]
