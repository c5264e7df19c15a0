"""STOP: in many wordings, by reply to any of the sender's numbers, for all of them, for good."""

from __future__ import annotations

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.stories.house import House, eventually
from tests.stories.test_python_sdk import client_of

pytestmark = pytest.mark.story

WORDINGS = [
    "STOP", "stop", "Stop!!", "Stopall", "UNSUBSCRIBE", "end", "Quit.", "cancel", "revoke", "opt out", "OPTOUT",
    "pls remove me", "please opt me out", "stop texting me", "take me off your list", "👎 stop", "leave me alone",
    "no más", "no me escriban más", "arrêtez", "désabonner", "ARRET",
]  # fmt: skip
NOT_MEANT = [
    "Stop by the shop at 5",
    "don't stop",
    "end of month",
    "cancel my 3 pm appointment",
    "I can't stop laughing",
]


def refused(house: House, sender: str, recipient: str) -> bool:
    """Whether a message is refused as to somebody who opted out."""
    try:
        client_of(house).messages.create(from_=sender, to=recipient, body="Your order has shipped.")
    except TwilioRestException as answer:
        if answer.code != 21610:
            raise
        return True
    return False


@pytest.mark.timeout(240)
def test_every_wording_stops_every_number_within_one_message_and_start_restores(house: House) -> None:
    first, second = house.demo["numbers"][:2]
    phone = house.phone()
    for wording in WORDINGS:
        house.answer(phone, first, wording)
        assert refused(house, first, phone["number"]), wording
        assert refused(house, second, phone["number"]), wording
        house.answer(phone, second, "START")
        assert not refused(house, first, phone["number"]), f"START after {wording}"


def test_what_is_not_meant_as_a_stop_stops_nothing(house: House) -> None:
    number, phone = house.demo["numbers"][0], house.phone()
    for wording in NOT_MEANT:
        house.answer(phone, number, wording)
        assert not refused(house, number, phone["number"]), wording


def test_a_stop_survives_a_restart(house: House) -> None:
    number, phone = house.demo["numbers"][0], house.phone()
    house.answer(phone, number, "STOP")
    house.stop()
    house.start()
    assert refused(house, number, phone["number"])


def test_one_confirmation_goes_out_and_no_second(house: House) -> None:
    number, phone = house.demo["numbers"][0], house.phone()
    house.answer(phone, number, "STOP")
    eventually(lambda: len(house.received(phone)) == 1)
    house.answer(phone, number, "STOP")
    house.answer(phone, number, "stop it")
    assert refused(house, number, phone["number"])
    assert len(house.received(phone)) == 1


def test_the_other_phone_hears_on(house: House) -> None:
    number = house.demo["numbers"][0]
    house.answer(house.phone(0), number, "STOP")
    assert not refused(house, number, house.phone(1)["number"])
