"""`explain` tells the operator the whole story of a message while the house serves, and `ledger verify` holds."""

from __future__ import annotations

import json

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException

from tests.stories.house import House, eventually
from tests.stories.test_python_sdk import client_of

pytestmark = pytest.mark.story


def test_a_message_and_its_decision_are_explained_while_the_house_serves(house: House) -> None:
    client, phone, number = client_of(house), house.phone(), house.demo["numbers"][0]
    sent = client.messages.create(from_=number, to=phone["number"], body="Your table is ready.")
    eventually(lambda: client.messages(sent.sid).fetch().status == "delivered")
    told = house.run("explain", sent.sid)
    assert told.returncode == 0, told.stderr
    assert "status    delivered" in told.stdout
    assert "ALLOW at OFFER" in told.stdout
    assert phone["number"] not in told.stdout
    assert "Your table" not in told.stdout
    story = json.loads(house.run("explain", sent.sid, "--json").stdout)
    (decision,) = story["decisions"]
    assert decision["facts"]
    assert len(story["ledger"]) == 1
    assert decision["id"] in house.run("explain", decision["id"]).stdout
    verified = house.run("ledger", "verify")
    assert (verified.returncode, "whole" in verified.stdout) == (0, True)


def test_a_refusal_is_explained_with_its_clause_and_remedy(house: House) -> None:
    client, phone, number = client_of(house), house.phone(), house.demo["numbers"][0]
    house.answer(phone, number, "STOP")
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(from_=number, to=phone["number"], body="Your table is ready.")
    assert refused.value.code == 21610
    (decision,) = [d for d in _decisions(house) if d["verdict"] == "REFUSE"]
    told = house.run("explain", decision["sid"] if "sid" in decision else decision["id"])
    assert told.returncode == 0, told.stderr
    assert "REFUSE" in told.stdout
    assert "to put it right:" in told.stdout
    assert "clause 7, Unsolicited marketing" in told.stdout
    assert "appeal" in told.stdout


def _decisions(house: House) -> list[dict[str, str]]:
    """The account's decisions, as our own API lists them."""
    demo = house.demo
    answer = httpx.get(f"{house.http}/policy/v1/Decisions", auth=(demo["account_sid"], demo["auth_token"]))
    answer.raise_for_status()
    found: list[dict[str, str]] = answer.json()["decisions"]
    return found
