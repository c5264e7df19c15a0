"""Calls by the SDKs, led by a customer's documents, between the demo's phones."""

from __future__ import annotations

import subprocess
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from tests.stories.house import House, eventually
from tests.stories.test_node_sdk_and_cli import NODE, node
from tests.stories.test_python_sdk import client_of
from tests.stories.test_webhooks import Listener, listener

__all__ = ["listener"]
pytestmark = pytest.mark.story


def calls_on(phone: dict[str, str], state: str) -> list[dict[str, Any]]:
    return [call for call in httpx.get(f"{phone['url']}/calls").json() if call["state"] == state]


def does(phone: dict[str, str], call: str, **what: str) -> None:
    httpx.post(f"{phone['url']}/calls/{call}", json=what).raise_for_status()


def heard(phone: dict[str, str]) -> list[str]:
    return [text for call in httpx.get(f"{phone['url']}/calls").json() for text in call["heard"]]


def test_a_person_presses_a_key_and_is_joined_with_another(house: House, listener: Listener) -> None:
    client, number = client_of(house), house.demo["numbers"][0]
    ann, ben = house.phone(0), house.phone(1)
    listener.answers["/menu"] = f'<Response><Dial callerId="{number}">{ben["number"]}</Dial></Response>'
    menu = f'<Gather numDigits="1" action="{listener.url}/menu"><Say>Press one to talk to Ben.</Say></Gather>'
    made = client.calls.create(
        from_=number,
        to=ann["number"],
        twiml=f"<Response>{menu}</Response>",
        status_callback=f"{listener.url}/status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    (ringing,) = eventually(lambda: calls_on(ann, "ringing"))
    assert (ringing["id"], ringing["from"]) == (made.sid, number)
    does(ann, made.sid, act="answer")
    eventually(lambda: heard(ann) == ["Press one to talk to Ben."])
    assert client.calls(made.sid).fetch().status == "in-progress"
    does(ann, made.sid, act="press", keys="1")
    (second,) = eventually(lambda: calls_on(ben, "ringing"))
    does(ben, second["id"], act="answer")
    eventually(lambda: calls_on(ben, "talking"))
    does(ann, made.sid, act="say", text="Hello Ben")
    assert heard(ben) == ["Hello Ben"]
    does(ben, second["id"], act="hang-up")
    eventually(lambda: client.calls(made.sid).fetch().status == "completed")
    (asked,) = listener.told("/menu")
    assert (asked["Digits"], asked["CallSid"]) == ("1", made.sid)
    (leg,) = client.calls.list(parent_call_sid=made.sid)
    assert (leg.sid, leg.direction, leg.to) == (second["id"], "outbound-dial", ben["number"])
    told = eventually(lambda: (t := listener.told("/status"))[3:] and t)
    assert {t["CallStatus"] for t in told} == {"queued", "ringing", "in-progress", "completed"}
    validator = RequestValidator(house.demo["auth_token"])
    assert all(validator.validate(listener.url + path, params, given) for path, params, given in listener.heard)


def test_a_call_is_taken_back_and_another_is_ended(house: House) -> None:
    client, number, phone = client_of(house), house.demo["numbers"][0], house.phone()
    wait = '<Response><Pause length="60"/></Response>'
    first = client.calls.create(from_=number, to=phone["number"], twiml=wait)
    eventually(lambda: calls_on(phone, "ringing"))
    assert client.calls(first.sid).update(status="canceled").status == "canceled"
    second = client.calls.create(from_=number, to=phone["number"], twiml=wait)
    eventually(lambda: calls_on(phone, "ringing"))
    does(phone, second.sid, act="answer")
    eventually(lambda: client.calls(second.sid).fetch().status == "in-progress")
    assert client.calls(second.sid).update(status="completed").status == "completed"
    assert calls_on(phone, "over")[1:]
    with pytest.raises(TwilioRestException) as over:
        client.calls(second.sid).update(status="completed")
    assert (over.value.status, over.value.code) == (400, 21220)


def test_a_kill_leaves_no_call_that_never_ends(house: House) -> None:
    client, phone = client_of(house), house.phone()
    wait = '<Response><Pause length="60"/></Response>'
    made = client.calls.create(from_=house.demo["numbers"][0], to=phone["number"], twiml=wait)
    eventually(lambda: calls_on(phone, "ringing") and client.calls(made.sid).fetch().status == "ringing")
    house.kill()
    house.start()
    client = client_of(house)
    eventually(lambda: client.calls(made.sid).fetch().status == "failed")


def test_the_node_sdk_makes_a_call(house: House) -> None:
    phone, demo = house.phone(), house.demo
    command = [node(), "call.js", demo["account_sid"], demo["auth_token"], demo["http"], demo["numbers"][0],
               phone["number"]]  # fmt: skip
    said = subprocess.run(command, cwd=NODE, capture_output=True, text=True, timeout=60, check=False)
    assert said.stdout.strip() == "queued", said.stderr
    (ringing,) = eventually(lambda: calls_on(phone, "ringing"))
    does(phone, ringing["id"], act="answer")
    eventually(lambda: heard(phone) == ["Hello from Node"])
