"""Calls that were scheduled ring after the house was killed; a STOP that came before they were due is obeyed."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.stories.house import House, eventually
from tests.stories.test_calls import calls_on, does
from tests.stories.test_python_sdk import client_of
from tests.stories.test_webhooks import Listener, listener

__all__ = ["listener"]
pytestmark = pytest.mark.story

STAYS = '<Response><Pause length="60"/></Response>'
_MICROSECONDS = 1_000_000


def schedule(house: House, phone: dict[str, str], callback: str) -> str:
    """A call in an hour; its SID. The SDK has no name for the two fields."""
    demo = house.demo
    form = {
        "To": phone["number"],
        "From": demo["numbers"][0],
        "Twiml": STAYS,
        "StatusCallback": callback,
        "ScheduleType": "fixed",
        "SendAt": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    }
    where = f"{demo['http']}/2010-04-01/Accounts/{demo['account_sid']}/Calls.json"
    answer = httpx.post(where, data=form, auth=(demo["account_sid"], demo["auth_token"]))
    assert (answer.status_code, answer.json()["status"]) == (201, "scheduled"), answer.text
    sid: str = answer.json()["sid"]
    return sid


def come_due(data: Path, *sids: str) -> None:
    """The hour is over for these: a test does not wait for it."""
    now = int(datetime.now(UTC).timestamp() * _MICROSECONDS)
    with contextlib.closing(sqlite3.connect(data / "masstransit.db")) as connection, connection:
        for sid in sids:
            changed = connection.execute(
                "UPDATE scheduled_calls SET due_at = ?, ready_at = ? WHERE sid = ?", (now, now, sid)
            )
            assert changed.rowcount == 1


def test_calls_ring_after_a_kill_unless_their_person_said_stop(tmp_path: Path, listener: Listener) -> None:
    def told() -> dict[str, str]:
        return {params["CallSid"]: params["CallStatus"] for params in listener.told("/status")}

    with House(tmp_path / "house") as house:
        rings, stopped, back = (schedule(house, house.phone(each), f"{listener.url}/status") for each in range(3))
        client = client_of(house)
        assert {call.sid for call in client.calls.list(status="scheduled")} == {rings, stopped, back}
        assert client.calls(back).update(status="canceled").status == "canceled"
        house.answer(house.phone(1), house.demo["numbers"][0], "STOPALL")
        eventually(lambda: told() == {back: "canceled"})
        house.kill()
        come_due(house.data, rings, stopped)
        house.start()
        client, ann = client_of(house), house.phone(0)
        (call,) = eventually(lambda: calls_on(ann, "ringing"))
        assert call["id"] == rings
        eventually(lambda: client.calls(stopped).fetch().status == "failed")
        assert [calls_on(house.phone(each), "ringing") for each in (1, 2)] == [[], []]
        (alert,) = [each for each in client.monitor.v1.alerts.list() if each.resource_sid == stopped]
        assert alert.error_code == "21610"
        does(ann, rings, act="hang-up")
        eventually(lambda: told() == {back: "canceled", stopped: "failed", rings: "busy"})
        assert client.calls.list(status="scheduled") == []
