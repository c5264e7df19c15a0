"""Texts that tell how to stop, and texts that spoil the words for it."""

from __future__ import annotations

import pytest

from masstransit.facts.wording import (
    hands_something_over,
    offers_a_bargain,
    spoiled_keyword,
    tells_a_number,
    tells_another_way_to_stop,
    tells_how_to_stop,
    tells_key_to_stop,
    tells_where_to_stop,
)

SPOILING = [
    ("Reply CANCEL to cancel your visit", "CANCEL"),
    ("Dr. Ahn, Tue 3 pm. Reply YES to confirm or CANCEL to cancel.", "CANCEL"),
    ("Reply C to confirm your appointment, CANCEL to reschedule", "CANCEL"),
    ('Text "STOP" to stop your delivery at the gate', "STOP"),
    ("Send END to finish the survey", "END"),
    ("reply cancel if you can't make it", "CANCEL"),
    ("Responda CANCELAR para cancelar su cita", "CANCELAR"),
    ("Reply QUIT to leave the queue", "QUIT"),
]
FINE = [
    "Reply STOP to opt out",
    "Text STOP to 36173 to cancel",
    "send STOP to stop this service",
    "Reply STOP to end, HELP for help",
    "Txt STOP to cancel. Msg&data rates may apply",
    "Reply STOP to unsubscribe from these alerts",
    "Text STOP to stop messages or HELP for help",
    "Reply STOP to cancel at any time",
    "Reply STOP if you no longer wish to receive texts",
    "Reply YES to subscribe, STOP to cancel",
    "Reply 1 to confirm, 2 to cancel your visit",
    "Don't stop believing. We will cancel your order if unpaid.",
    "Responda STOP para cancelar su suscripción",
    "Répondez STOP pour ne plus recevoir de SMS",
    "The end of the sale is near, come and cancel your plans",
    "Your order was cancelled; reply if you need help to end it",
]


@pytest.mark.parametrize(("text", "keyword"), SPOILING)
def test_a_prompt_that_makes_a_keyword_an_answer_is_seen(text: str, keyword: str) -> None:
    assert spoiled_keyword(text) == keyword


@pytest.mark.parametrize("text", FINE)
def test_instructions_to_opt_out_spoil_nothing(text: str) -> None:
    assert spoiled_keyword(text) == ""


def test_instructions_to_opt_out_are_seen() -> None:
    for text in ("Reply STOP to end", "STOP=end", "To opt-out answer with STOP", "Répondez STOP pour arrêter"):
        assert tells_how_to_stop(text)
    for text in ("We will stop by at 5", "This is your last stop", "Your parcel is here"):
        assert not tells_how_to_stop(text)


def test_a_link_may_lead_to_where_one_can_stop() -> None:
    for text in ("Reply STOP to end", "Sale at shop.example.com", "ARRET pour ne plus recevoir"):
        assert tells_where_to_stop(text)
    for text in ("Sale ends today", "Call +1 416 555 0123", "We will stop by at 5"):
        assert not tells_where_to_stop(text)


def test_a_voice_tells_by_which_key_or_word_one_is_called_no_more() -> None:
    for text in (
        "Press 9 to be removed from our list.",
        "To stop these calls, press star.",
        "If you no longer wish to hear from us, dial 9.",
        'Say "stop" at any time.',
        "Press two now and we will not call you again.",
        "Oprima el 9 si no desea más llamadas.",
        "Pour ne plus être appelé, appuyez sur 9.",
    ):
        assert tells_key_to_stop(text), text
    for text in (
        "Press 1 to speak with an agent.",
        "This offer stops on Friday. Call us.",
        "Press 1 to confirm. Your visit is on Tuesday, do not miss it.",
        "Our press office does not comment.",
    ):
        assert not tells_key_to_stop(text), text


def test_a_voice_says_a_number() -> None:
    for text in ("Call us at 415-555-0100.", "at +1 (415) 555 0100", "reach us at 4155550100"):
        assert tells_a_number(text)
    for text in ("Your visit is on June 3 at 9:30.", "Your code is 4 1 5 5.", "Order 123456"):
        assert not tells_a_number(text)


def test_a_one_way_sender_needs_another_way() -> None:
    for text in ("Opt out: shop.example.com/out", "Text STOP to 36173", "Unsubscribe: mail out@shop.example.com"):
        assert tells_another_way_to_stop(text)
    for text in ("Reply STOP to end", "Sale at shop.example.com", "Call +44 20 7946 0000"):
        assert not tells_another_way_to_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "20% off everything",
        "Buy one get one free!",
        "Win a gift card",
        "Solo hoy: 30 % de descuento",
        "only $9 a month",
    ],
)
def test_words_of_a_bargain(text: str) -> None:
    assert offers_a_bargain(text)


@pytest.mark.parametrize(
    "text",
    [
        "Your balance of $40 is overdue. Pay at shop.example",
        "Your parcel arrives on Monday",
        "Enrol your new phone by Friday",
        "Battery at 20%, please charge",
        "We refunded $25.10",
    ],
)
def test_reminders_and_notices_are_no_bargain(text: str) -> None:
    assert not offers_a_bargain(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Your code is 482913", True),
        ("G-482 913", True),
        ("Use AB12C to log in", True),
        ("Log in: https://shop.example/l/x", True),
        ("answer me", False),
        ("I saw you at 14 Elm St", False),
        ("I know you were at 555 3rd St", False),
        ("CALL ME NOW", False),
    ],
)
def test_what_is_called_a_code_has_a_code_or_a_link(text: str, code: bool) -> None:
    assert hands_something_over(text) is code
