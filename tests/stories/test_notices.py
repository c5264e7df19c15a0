"""A step by the command line is told to the customer's server over a kill, and an appeal that was answered is kept."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from twilio.request_validator import RequestValidator

from tests.stories.house import House, eventually
from tests.stories.test_webhooks import Listener, listener  # noqa: F401 - the customer's web server

pytestmark = pytest.mark.story


def asks(house: House, method: str, path: str, **form: str) -> Any:
    auth = (house.demo["account_sid"], house.demo["auth_token"])
    answer = httpx.request(method, f"{house.http}/policy/v1/{path}", data=form or None, auth=auth)
    answer.raise_for_status()
    return answer.json()


def desk(house: House, *command: str) -> str:
    done = house.run(*command)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_notices_and_appeals_survive_a_kill(house: House, listener: Listener) -> None:  # noqa: F811
    asks(house, "POST", "NoticeUrl", NoticeUrl=f"{listener.url}/standing")
    listener.faults = 1
    unit = f"number:{house.demo['numbers'][2]}"
    told = ("--clause", "6", "--by", "Ada", "--because", "people never asked for it")
    put = desk(
        house, "standing", "put", "--account", house.demo["account_sid"], "--what", "suspend", "--unit", unit, *told
    )
    step = put.split()[3].rstrip(";")
    eventually(lambda: listener.heard)
    filed = asks(house, "POST", "Appeals", StepSid=step, Text="They did: here is the form.")
    house.kill()
    house.start()

    (kept,) = asks(house, "GET", "Appeals")["appeals"]
    assert (kept["sid"], kept["status"], kept["step_sid"]) == (filed["sid"], "open", step)
    eventually(lambda: all(n["date_taken"] for n in asks(house, "GET", "Notices")["notices"]), within=20, pause=0.2)
    assert {json.loads(body)["kind"] for body in listener.bodies} == {"suspend", "appeal-received"}

    why = ("--overturn", "--by", "Bob", "--because", "the form shows it")
    assert filed["sid"] in desk(house, "appeals", "list")
    assert "is undone" in desk(house, "appeals", "decide", filed["sid"], *why)
    eventually(lambda: "appeal-overturned" in [json.loads(body)["kind"] for body in listener.bodies])
    assert house.run("appeals", "decide", filed["sid"], *why).returncode == 1
    assert asks(house, "GET", f"Appeals/{filed['sid']}")["because"] == "the form shows it"
    assert "nothing stands" in desk(house, "standing", "list")
    assert "whole" in desk(house, "ledger", "verify")
    validator = RequestValidator(house.demo["auth_token"])
    for (path, _, signature), body in zip(listener.heard, listener.bodies, strict=True):
        assert validator.validate(listener.url + path, body, signature)
