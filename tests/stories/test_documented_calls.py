"""What the SDKs' documentation shows of calls, as a user would write it down, in Python and in Node."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException

from tests.stories.house import House, eventually
from tests.stories.sipp import AT_ANY_HOUR
from tests.stories.test_calls import calls_on, does, heard
from tests.stories.test_node_sdk_and_cli import NODE, node
from tests.stories.test_python_sdk import client_of
from tests.stories.test_webhooks import Listener

pytestmark = pytest.mark.story

VOICE = "<Response><Say>Thanks for trying our documentation. Enjoy!</Say></Response>"
MEETING = "<Response><Dial><Conference>{}</Conference></Dial></Response>"
STAYS = '<Response><Pause length="60"/></Response>'
PROVEN = 3  # whose phone types a code itself


class People:
    """Whoever has a phone of the demo answers it at once."""

    def __init__(self, house: House) -> None:
        self._phones = [house.phone(index) for index in range(6)]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def _answer(self) -> None:
        while not self._over.wait(0.1):
            for phone in self._phones:
                for call in calls_on(phone, "ringing"):
                    httpx.post(f"{phone['url']}/calls/{call['id']}", json={"act": "answer"})

    def close(self) -> None:
        self._over.set()
        self._thread.join()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Listener]]:
    server = Listener()
    server.answers["/docs/voice.xml"] = VOICE
    server.answers |= {"/hold": STAYS, "/announce": "<Response><Say>Hello all.</Say></Response>"}
    with House(tmp_path_factory.mktemp("documented") / "house", config=AT_ANY_HOUR) as house:
        people = People(house)
        yield house, server
        people.close()
    server.close()


def becomes(client: Any, sid: str, status: str) -> Any:
    return eventually(lambda: (call := client.calls(sid).fetch()).status == status and call, pause=0.1)


def test_calls_as_the_python_documentation_shows_them(served: tuple[House, Listener]) -> None:
    house, server = served
    client, number, person = client_of(house), house.demo["numbers"][0], house.phone(0)["number"]
    began = datetime.now(UTC) - timedelta(minutes=1)

    # Make an outbound call
    call = client.calls.create(url=f"{server.url}/docs/voice.xml", to=person, from_=number)
    assert (call.status, call.direction) == ("queued", "outbound-api")
    eventually(lambda: heard(house.phone(0)) == ["Thanks for trying our documentation. Enjoy!"])
    becomes(client, call.sid, "completed")

    # Make a call with TwiML, send digits, detect machines, record it, hear of it
    call = client.calls.create(
        twiml=STAYS,
        to=house.phone(1)["number"],
        from_=number,
        method="GET",
        send_digits="1234#",
        machine_detection="Enable",
        record=True,
        recording_channels="dual",
        recording_status_callback=f"{server.url}/recorded",
        recording_status_callback_event=["in-progress", "completed", "absent"],
        status_callback=f"{server.url}/events",
        status_callback_method="POST",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    becomes(client, call.sid, "in-progress")
    eventually(lambda: client.calls(call.sid).fetch().answered_by == "human")

    # Modify a call in progress with a URL, then with TwiML, then end it
    client.calls(call.sid).update(method="POST", url=f"{server.url}/docs/voice.xml")
    eventually(lambda: "Thanks for trying our documentation. Enjoy!" in heard(house.phone(1)))
    again = client.calls.create(twiml=STAYS, to=house.phone(2)["number"], from_=number)
    becomes(client, again.sid, "in-progress")
    client.calls(again.sid).update(twiml="<Response><Say>Ahoy there</Say><Pause length='60'/></Response>")
    eventually(lambda: heard(house.phone(2)) == ["Ahoy there"])
    assert client.calls(again.sid).update(status="completed").status == "completed"

    # List calls, with filters
    assert {each.sid for each in client.calls.list(limit=20)} >= {call.sid, again.sid}
    listed = client.calls.list(status="completed", to=house.phone(2)["number"], start_time_after=began, limit=20)
    assert [each.sid for each in listed] == [again.sid]
    assert client.calls.list(start_time=datetime(2009, 7, 6), status="in-progress", to=person, limit=20) == []

    # Delete a call; its events and the recording that there could not be were told
    becomes(client, call.sid, "completed")
    told = eventually(lambda: (t := server.told("/events"))[3:] and t)
    assert [each["CallStatus"] for each in sorted(told, key=lambda e: int(e["SequenceNumber"]))] == [
        "queued", "ringing", "in-progress", "completed",
    ]  # fmt: skip
    (absent,) = eventually(lambda: server.told("/recorded"))
    assert (absent["RecordingStatus"], absent["ErrorCode"], absent["CallSid"]) == ("absent", "13237", call.sid)
    assert client.calls(call.sid).delete()
    with pytest.raises(TwilioRestException) as gone:
        client.calls(call.sid).fetch()
    assert gone.value.status == 404

    # Recordings, and those that there are none of: the demo's phones have no sound
    assert client.recordings.list(limit=20) == []
    (kept,) = client.recordings.list(call_sid=call.sid, include_soft_deleted=True, limit=20)
    assert (kept.status, kept.error_code, kept.channels) == ("absent", 13237, 2)


def test_conferences_as_the_python_documentation_shows_them(served: tuple[House, Listener]) -> None:
    house, server = served
    client, number = client_of(house), house.demo["numbers"][0]
    room = MEETING.format("MyRoom")
    for index in (0, 1):
        client.calls.create(twiml=room, to=house.phone(index)["number"], from_=number)
    conference = eventually(lambda: next(iter(client.conferences.list(friendly_name="MyRoom", limit=20)), None))
    people = eventually(lambda: (p := client.conferences(conference.sid).participants.list(limit=20))[1:] and p)
    assert conference.sid in {each.sid for each in client.conferences.list(status="in-progress", limit=20)}
    first = client.conferences(conference.sid).participants(people[0].call_sid)
    assert first.fetch().muted is False
    assert first.update(muted=True).muted is True
    assert first.update(hold=True, hold_url=f"{server.url}/hold").hold is True
    assert first.update(hold=False, muted=False).hold is False
    assert [each.hold for each in client.conferences(conference.sid).participants.list(hold=True)] == []
    client.conferences(conference.sid).update(announce_url=f"{server.url}/announce")
    eventually(lambda: heard(house.phone(0))[-1:] == heard(house.phone(1))[-1:] == ["Hello all."])
    added = client.conferences(conference.sid).participants.create(
        label="customer",
        beep="onEnter",
        status_callback=f"{server.url}/added",
        status_callback_event=["ringing"],
        from_=number,
        to=house.phone(2)["number"],
    )
    third = client.conferences(conference.sid).participants("customer")
    assert eventually(lambda: _there(third)).call_sid == added.call_sid
    assert third.delete()
    assert client.conferences(conference.sid).update(status="completed").status == "completed"
    assert client.conferences(conference.sid).fetch().reason_conference_ended == "conference-ended-via-api"


def _there(participant: Any) -> Any:
    try:
        return participant.fetch()
    except TwilioRestException:
        return None


def test_caller_ids_as_the_python_documentation_shows_them(served: tuple[House, Listener]) -> None:
    house, server = served
    client, phone = client_of(house), house.phone(PROVEN)
    request = client.validation_requests.create(
        friendly_name="Third Party VOIP Number",
        status_callback=f"{server.url}/validated",
        phone_number=phone["number"],
    )
    (call,) = eventually(lambda: [each for each in calls_on(phone, "talking") if each["heard"]])
    assert call["id"] == request.call_sid
    does(phone, call["id"], act="press", keys=request.validation_code)
    (told,) = eventually(lambda: server.told("/validated"))
    assert told["VerificationStatus"] == "success"
    (proven,) = client.outgoing_caller_ids.list(phone_number=phone["number"], limit=20)
    assert client.outgoing_caller_ids(proven.sid).fetch().friendly_name == "Third Party VOIP Number"
    renamed = client.outgoing_caller_ids(proven.sid).update(friendly_name="My Second Number")
    assert renamed.friendly_name == "My Second Number"
    shown = client.calls.create(twiml=VOICE, to=house.phone(0)["number"], from_=phone["number"])
    assert client.calls(shown.sid).fetch()._from == phone["number"]
    assert client.outgoing_caller_ids(proven.sid).delete()
    assert client.outgoing_caller_ids.list(phone_number=phone["number"], limit=20) == []


def test_the_same_in_node(served: tuple[House, Listener]) -> None:
    house, server = served
    demo = house.demo
    asked = {"sid": demo["account_sid"], "token": demo["auth_token"], "base": demo["http"], "from": demo["numbers"][1],
             "phones": [house.phone(index)["number"] for index in (4, 5)], "server": server.url}  # fmt: skip
    ran = subprocess.run(
        [node(), "calls.js", json.dumps(asked)], cwd=NODE, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said["made"] == ["queued", "outbound-api"]
    assert said["listed"] is True
    assert said["ended"] == "completed"
    assert said["gone"] == 404
    assert said["redirected"] is True
    assert (said["muted"], said["held"], said["out"], said["over"]) == (True, True, True, "completed")
    assert said["digits"] == 6
    assert said["callerIds"] == 0
    assert said["recordings"] == 0
