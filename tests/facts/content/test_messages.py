"""Codes handed over or asked for, warnings of fraud, whose voice it is, what is sold."""

from __future__ import annotations

import pytest

from masstransit.facts.content.messages import (
    asks_code,
    hands_code,
    invites_to_crypto,
    outright,
    sells,
    speaks_for,
    tells_of_a_programme,
    unprescribed,
    warns,
)


@pytest.mark.parametrize(
    "text",
    [
        "your login code is 483920",
        "483-920 is your acme verification code",
        "g-483920 is your code",
        "use otp 4821 to pay 20 usd at acme",
        "tu codigo es 558812",
        "ihr code: 123456",
        "您的验证码是 558812，请勿泄露",
    ],
)
def test_a_code_that_is_handed_over(text: str) -> None:
    assert hands_code(text)
    assert not asks_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "use promo code 4821 at checkout",
        "your order 48213 is on its way",
        "the dress code is casual, see you at 2030",
        "our zip code is 90210",
        "quote claim code 8801 to get your prize",
        "the code review is at 3pm",
    ],
)
def test_other_codes_are_no_one_time_codes(text: str) -> None:
    assert not hands_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "can you send me the code you get in a minute",
        "please forward the 6 digit code to me",
        "reply with the verification code to keep your account",
        "read us the otp so that we can stop the payment",
        "tell the agent your one-time code",
    ],
)
def test_asking_for_a_code(text: str) -> None:
    assert asks_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "never share your code with anyone",
        "we will never ask you to read us your pin",
        "do not send the code to anybody, not even to our staff",
        "if anyone asks you to forward the code, it is a scam",
        "nobody at the bank needs you to tell them your otp",
        "enter the code on the page",
        "your whatsapp verification code is g-301751",
    ],
)
def test_warnings_and_forms_ask_for_no_code(text: str) -> None:
    assert not asks_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "we will never ask you for your password. hang up if somebody does",
        "scam warning: texts about unpaid tolls are fake, do not click",
        "beware of callers who say they are from the tax office",
        "forward it to 7726",
        '"hi mum, my phone broke" is a fraud. call your child on the old number first',
    ],
)
def test_a_warning_of_fraud(text: str) -> None:
    assert warns(text)


@pytest.mark.parametrize(
    "text",
    [
        "fraud alert: we never ask for your pin. log in at secure-bank.top to stop the payment",
        "do not ignore this: send us the code now, scam calls are going round",
        "your parcel is waiting",
    ],
)
def test_a_warning_that_wants_something_is_none(text: str) -> None:
    assert not warns(text)


@pytest.mark.parametrize(
    ("text", "voice"),
    [
        ("usps: your parcel is held", ("delivery", "usps")),
        ("wells fargo: your card is locked", ("bank", "wells fargo")),
        ("hi mum, this is my new number", ("family", "")),
        ("your package waits at the depot", ("delivery", "")),
        ("there is a warrant for unpaid tax", ("government", "")),
        ("see you at lunch", ("", "")),
        ("garden days at easterly.test/5ptt and easterly.test/ups", ("", "")),
        ("confirm at dhl.example/ab", ("delivery", "dhl")),
    ],
)
def test_whose_voice_it_is(text: str, voice: tuple[str, str]) -> None:
    assert speaks_for(text) == voice


def test_what_is_sold_by_kind() -> None:
    assert sells("vodka and cigars, happy hour at the casino") == ("alcohol", "tobacco", "gambling")
    assert sells("cbd oil and pre rolls") == ("cannabis",)
    assert sells("bread and milk") == ()
    assert sells("pool toys at https://m.oakhanger.test/cbd") == ()
    assert sells("beer/gin, or see oakhanger.test/vodka") == ("alcohol",)
    assert sells("vodka", without={"wares-alcohol"}) == ()


@pytest.mark.parametrize(
    "text",
    [
        "nail guns and a nerf pistol, 20% off",
        "wine glasses, a cocktail dress, ginger beer and battered fish in beer batter",
        "weed killer and seaweed feed",
        "quit smoking: nicotine patches and a cigar-shaped planter",
        "sex and the city at eight, ford escort parts, full hookup sites",
        "we have moved to 420 mill rd",
        "indirim basladi, cuma son gun",
        "nudes in the museum of art, and a talk about sex education",
        "free sex health test at the clinic",
        "addicted to oxycodone? our rehab helps. free fentanyl strips on friday",
        "charged with possession of cocaine? call our lawyers",
    ],
)
def test_what_only_sounds_like_gated_goods_is_none(text: str) -> None:
    assert sells(text) == ()


def test_gated_goods_beside_what_sounds_like_them_are_still_named() -> None:
    assert sells("wine glasses and a case of wine") == ("alcohol",)
    assert sells("art of the escort: xxx") == ("sex",)
    assert sells("xanax and adderall shipped overnight") == ("drugs",)
    everything = sells("e-cig juice, ar-15 and 9mm, bourbon, delta-8")
    assert set(everything) == {"alcohol", "firearms", "tobacco", "cannabis"}


@pytest.mark.parametrize(
    "text",
    [
        "buy btc now, 5% a day returns",
        "invest in crypto today",
        "the ai coin presale ends at noon, get in before it is gone",
        "staking pays 12% apy, deposit usdt and earn",
    ],
)
def test_an_invitation_to_crypto_assets(text: str) -> None:
    assert invites_to_crypto(text)


@pytest.mark.parametrize(
    "text",
    [
        "you received 0.1 btc from ann",
        "invest in your garden",
        "your bitcoin purchase of 20 gbp has arrived",
        "we buy silver coins and old watches",
        "beware of crypto investment scams. we never ask you to buy bitcoin",
        "bitcoin fell again, says the paper",
    ],
)
def test_what_is_ones_own_a_warning_or_news_invites_to_nothing(text: str) -> None:
    assert not invites_to_crypto(text)


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("harbour gym: you are subscribed to class alerts. reply help for help, stop to cancel", True),
        ("order alerts are on for this number, up to 4 msgs a month", True),
        ("you are subscribed to hot chat, £2 a week", False),
        ("reply yes to get 20% off", False),
        ("your parcel is here", False),
    ],
)
def test_who_tells_of_a_subscription_and_offers_nothing_does_not_advertise(text: str, tells: bool) -> None:
    assert tells_of_a_programme(text) is tells


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("cheap cialis without a doctor: 40 dollars a pack", True),
        ("discount meds, no prescription, shipped today", True),
        ("birth control pills without a doctor's visit at our pharmacy", False),
        ("flu shots: no prescription, walk in. we have allergy tablets too", False),
        ("your prescription is ready for pickup", False),
        ("no doctor on sunday", False),
    ],
)
def test_medicines_that_are_offered_without_a_prescription(text: str, offered: bool) -> None:
    assert unprescribed(text) is offered


@pytest.mark.parametrize(
    ("text", "says_so"),
    [
        ("hot girls at # chapel hill, an hour. incall", True),
        ("full service massage, discreet. text back", True),
        ("hey handsome, lonely tonight. watch my cam", True),
        ("new porn every day", True),
        ("oakhanger: new prints ##% off, stop to end", False),
        ("deep tissue massage at the clinic on friday", False),
        ("girls football practice tonight at six", False),
        ("hot deals on lamps this weekend", False),
    ],
)
def test_what_says_outright_that_it_is_sexual(text: str, says_so: bool) -> None:
    assert outright(text) is says_so
