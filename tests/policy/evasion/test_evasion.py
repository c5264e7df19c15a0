"""Abuse in disguise, after the manner of HateCheck: each clause that judges words finds what it finds however the words
are written, and finds nothing where the same words mean the opposite.

The texts are ours, one or more a clause; the disguises are those that evaluation plays (`bench/content/tricks.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bench.content.tricks import TRICKS
from masstransit.clause import Clause
from masstransit.facts.asking import asked_in
from masstransit.facts.brands import Brands
from masstransit.facts.consent import Consents
from masstransit.facts.content.reading import content_model, undisguised
from masstransit.facts.identity import Campaign
from masstransit.facts.interference import Incidents, appeal_in
from masstransit.facts.law import LocalTime
from masstransit.facts.links import Links, links_in
from masstransit.facts.papers import AssociateAgreement, Licences
from masstransit.facts.refrains import Refrain
from masstransit.facts.traffic import FanOut, PairHistory, Rates
from masstransit.model.communication import Purpose
from masstransit.model.decision import Verdict
from masstransit.policy.clause_01_interference import Interference
from masstransit.policy.clause_09_harvesting import Harvesting
from masstransit.policy.clause_10_fraud import Fraud
from masstransit.policy.clause_11_protected_health_information import ProtectedHealthInformation
from masstransit.policy.clause_12_unlawful_use import UnlawfulUse
from masstransit.policy.clause_15_intellectual_property import IntellectualProperty
from masstransit.policy.clause_16_hateful_or_harmful_speech import HatefulOrHarmfulSpeech
from masstransit.policy.clause_17_objectionable_content import ObjectionableContent
from tests.makers import NOON, an_sms, rulings

CLAUSES: Mapping[str, Clause] = {
    "1": Interference(), "9": Harvesting(), "10": Fraud(), "11": ProtectedHealthInformation(), "12": UnlawfulUse(),
    "15": IntellectualProperty(), "16": HatefulOrHarmfulSpeech(), "17": ObjectionableContent(),
}  # fmt: skip
#: Facts of somebody unknown who writes to somebody in New York for the first time.
STRANGER: Sequence[Any] = (
    Consents(), Brands(names=("Harbour Supplies",)), Campaign(sid="QE1", on_record=True), Incidents(),
    LocalTime(at=NOON, country="US", states=("NY",)), AssociateAgreement(), Licences(),
    Refrain(accusations_1h=10), FanOut(senders_1h=1, messages_1h=1), Rates(recipients_24h=10),
    PairHistory(alternations_60s=0, unanswered_24h=0, answered=False),
)  # fmt: skip
_TO_LONDON = (LocalTime(at=NOON, country="GB"),)


def found(rule: str, text: str, *facts: Any) -> list[Verdict]:
    """What a rule says of a text that goes out as notices do."""
    normal = content_model().normal(text)
    (content,) = content_model().judge([normal])
    asked, links = asked_in(text, undisguised(normal)), Links(found=links_in(text))
    appeal = appeal_in(text, ("masstransit",))
    learned = {type(fact): fact for fact in (*STRANGER, content, asked, links, appeal, *facts)}
    offer = an_sms(text=text, purpose=Purpose.TRANSACTIONAL)
    return [ruling.verdict for ruling in rulings(CLAUSES[rule.partition(".")[0]], rule, offer, *learned.values())]


#: rule -> what it finds, in our words.
ABUSE: Mapping[str, Sequence[str]] = {
    "1.1": ("Everybody call the MassTransit hotline today and jam their phone lines until they crash",),
    "9.5": ("Customer survey: reply with your full name, card number and PIN to claim a voucher",),
    "10.1": (
        "Lloyds Bank: your account is blocked. Confirm your details today at lloyds-help.top/login",
        "You have won 500,000 dollars in the Facebook lottery. Send your name and address to claim the prize",
    ),
    "10.4": ("Please forward me the verification code that you just got by text",),
    "11.1": ("Anna, your biopsy result is positive for breast cancer. Dr Lee wants to start chemotherapy on Monday",),
    "12.1": (
        "Online casino bonus! Play blackjack and roulette for real money at luckyspin.com. Reply STOP to end",
        "Weed, edibles and THC gummies delivered tonight, order at greenleaf.com. Reply STOP to end",
    ),
    "16.2": (
        "Muslims are filthy vermin and should all be deported",
        "I hate all gay people, they are disgusting animals",
    ),
    "16.3": ("I will find you and kill you tonight", "Pay what you owe or we break both your legs"),
    "16.3.1": ("Saturday 14:00 by the mosque: bring knives and guns, we attack the Muslims",),
    "16.3.2": ("Anyone from Hilltop who votes on Tuesday will be beaten. We know your names",),
    "16.4": ("Parents, Tom Reed of class three molested two pupils and nobody stops him",),
    "16.5": ("Two bedroom apartment for rent, no children and no immigrants. Call Sam",),
    "17.1": ("Horny naked girls near you want to fuck tonight, watch porn cams free at hotcams.com",),
    "17.1.2": ("Download leaked nudes of your classmates without their consent at cams.top/x",),
}  # fmt: skip
CRYPTO = "Invest in Bitcoin today and double your money, sign up at coinfast.com"

#: These go by the form of what is said, which misspelling and running words together take away from them.
_BY_FORM = ("1.1", "9.5", "10.4", "16.3.1", "16.3.2", "16.4", "16.5", "17.1.2")
#: Disguises that a person reads through and these rules do not.
_NOT_SEEN = {
    "small letters": ("16.4",),  # a name is told by its capitals
    "a third of the words misspelt": (*_BY_FORM, "11.1", "12.1"),
    "no spaces between a third of the words": (*_BY_FORM, "16.3"),
}


@pytest.mark.parametrize(
    ("rule", "text", "trick"),
    [
        (rule, text, trick)
        for rule, texts in ABUSE.items()
        for text in texts
        for trick in ("as written", *TRICKS)
        if rule not in _NOT_SEEN.get(trick, ())
    ],
)
def test_abuse_is_found_however_it_is_written(rule: str, text: str, trick: str) -> None:
    assert found(rule, text if trick == "as written" else TRICKS[trick](text))


@pytest.mark.parametrize("trick", TRICKS)
def test_crypto_for_britons_is_found_however_it_is_written(trick: str) -> None:
    if trick not in _NOT_SEEN:
        assert found("12.1", TRICKS[trick](CRYPTO), *_TO_LONDON)


#: rule -> the same words where they deny, quote, answer, teach, report, or are somebody's lawful trade.
LAWFUL: Mapping[str, Sequence[str]] = {
    "1.1": (
        "Somebody jammed the MassTransit hotline yesterday, sorry for the long wait",
        "MassTransit is far too dear and their support is slow",
    ),
    "9.5": (
        "Never reply with your card number or PIN. Our bank does not ask for them",
        "Customer survey: how was your visit? Reply with a number from 1 to 5",
    ),
    "10.1": (
        "Lloyds Bank will never ask you to confirm your details by text. If somebody does, hang up",
        "Did you get a text saying that you won the Facebook lottery? It's a scam, do not send your address",
        "Your payment of $20.00 to Harbour Supplies was approved. Balance $310.50",
    ),
    "10.4": ("Never forward a verification code to anybody, not even to us",),
    "11.1": (
        "Your appointment is on Monday at 3 pm. Please bring your insurance card",
        "Walk with us against breast cancer on Sunday, start at the town hall",
    ),
    "12.1": (
        "Gambling problem? Free and private help from the casino helpline, day and night",
        "Charged with possession of weed? Your hearing is on Monday at 9. Bring the papers",
        "Your loan payment of $120.00 is due on Friday. Thank you",
    ),
    "16.2": (
        'A man wrote "Muslims are vermin" on our door. We answer with a feast for everybody',
        "Nobody should say that gay people are disgusting. Stand with us on Sunday",
        "Prayer room for Muslims opens on Friday, all are welcome",
        "This printer is rubbish and should be thrown out",
    ),
    "16.3": (
        "I will find you at the station tonight and bring the cake",
        "If somebody says that they will kill you, call 911. We can help you",
        "We will destroy them tonight, boys, what a final! Kick-off at 8",
        "Police arrested a man who wrote that he would break her legs",
    ),
    "16.3.1": (
        "Saturday 14:00 by the mosque: bring food and friends, we cook for the Muslims of our street",
        "Police arrested two men on Saturday who wanted to attack the mosque with knives",
    ),
    "16.3.2": ("Nobody may beat or follow anyone from Hilltop who votes on Tuesday. Call our hotline",),
    "16.4": ("Police arrested Tom Reed of class three, who is accused of molesting two pupils",),
    "16.5": (
        "Two bedroom apartment for rent, no smoking and no pets. Families with children welcome",
        "It is unlawful to advertise an apartment with no children. Report it to fair housing",
    ),
    "17.1": (
        "Your breast screening is due. Book your mammogram with the clinic",
        "Life drawing with a nude model on Friday at 7, bring charcoal",
        "Help for survivors of sexual abuse, day and night, free and private",
    ),
    "17.1.2": ("Somebody leaked nudes of you without your consent? We help to take them down, see cams.org/x",),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in LAWFUL.items() for text in texts])
def test_the_opposite_in_the_same_words_is_let_through(rule: str, text: str) -> None:
    assert found(rule, text) == []


@pytest.mark.parametrize(
    "text", ["Your Bitcoin purchase of 20 pounds has arrived", "Beware of crypto scams, never invest"]
)
def test_news_of_ones_own_coins_invites_no_briton(text: str) -> None:
    assert found("12.1", text, *_TO_LONDON) == []


def test_every_rule_that_judges_words_is_tried_from_both_sides() -> None:
    assert set(ABUSE) == set(LAWFUL)
