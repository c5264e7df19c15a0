"""What a customer's server hears of a recording."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from masstransit.carriage.recording_events import EVENTS, Listener, Recorded, notes
from tests.makers import ACCOUNT, NOON

URL = "https://shop.example/recorded"
TOLD = Recorded(account=ACCOUNT, sid="RE1", call="CA1", source="call", channels=2, began_at=NOON, seconds=12.4)
HEARS = Listener(url=URL, method="GET", events=EVENTS, base="https://api.example.com")


def heard(event: str, told: Recorded = TOLD, listener: Listener = HEARS) -> dict[str, Any]:
    (row,) = notes(listener, event, told, NOON)
    assert (row["account"], row["target"], row["about"], row["body"]["method"]) == (ACCOUNT, URL, "RE1", "GET")
    params: dict[str, Any] = row["body"]["params"]
    return params


def test_a_recording_that_is_complete_is_told_with_its_sound() -> None:
    params = heard("completed")
    assert params == {
        "AccountSid": ACCOUNT, "CallSid": "CA1", "RecordingSid": "RE1", "RecordingStatus": "completed",
        "RecordingChannels": "2", "RecordingSource": "OutboundAPI", "RecordingTrack": "both", "ErrorCode": "0",
        "ApiVersion": "2010-04-01", "RecordingStartTime": NOON.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        "RecordingDuration": "12", "RecordingUrl": f"https://api.example.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE1",
    }  # fmt: skip


def test_one_that_there_is_none_of_is_told_with_the_code() -> None:
    params = heard("absent", replace(TOLD, began_at=None))
    assert (params["RecordingStatus"], params["ErrorCode"]) == ("absent", "13237")
    assert not {"RecordingUrl", "RecordingDuration", "RecordingStartTime"} & set(params)


@pytest.mark.parametrize("listener", [None, Listener(url=URL), Listener(url=URL, events=("absent",))])
def test_what_nobody_asked_for_is_not_told(listener: Listener | None) -> None:
    assert notes(listener, "in-progress", TOLD, NOON) == []


def test_a_house_that_does_not_know_its_url_tells_none() -> None:
    assert "RecordingUrl" not in heard("completed", listener=replace(HEARS, base=""))
