"""What texts say, by the weights that are shipped. The sentences are ours and none is in the training templates."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace

import msgspec
import pytest

from masstransit.facts.content import LABELS, POSITIVE, Content, ContentReader
from masstransit.facts.content.model import model
from masstransit.facts.content.normal import Normal
from masstransit.facts.content.reading import HEAD, ContentModel, content_model
from masstransit.model.communication import Knock
from tests.makers import an_sms


def said(text: str) -> Content:
    return content_model().read([text])[0]


def positive(text: str) -> set[str]:
    return {label for label, score in said(text).labels.items() if score >= POSITIVE}


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("spam", "WINTER CLEARANCE at Harbour Shoes! 40% off all boots till Sunday. Reply STOP to opt out"),
        ("spam", "FREE entry in our weekly draw to win cup tickets! Txt WIN to 80085 now. 150p/msg"),
        (
            "phishing",
            "Lloyds: a new device logged in to your account. Not you? Cancel it at lloyds-secure.top/x",
        ),
        ("phishing", "EVRI: your parcel is on hold, pay the 1.99 redelivery fee at evri-parcel.xyz"),
        ("phishing", "Could you forward me the 6 digit code that you are about to get? It's mine"),
        ("scam", "Hi mum its me, I smashed my phone and this is my new number, message me on whatsapp 07700900312"),
        ("scam", "You have won 500,000 dollars in the Facebook lottery. Send your name and address to claim the prize"),
        ("scam", "Work from home and earn $300 a day liking videos, no experience needed. WhatsApp +12025550147"),
        ("impersonation", "HMRC: you are due a tax refund of 312.40. Claim it here: hmrc-refund.online"),
        ("otp", "Your Harbour Bank passcode is 559231. It is valid for five minutes"),
        ("threat", "I am going to kill you when you get home"),
        ("threat", "we know your address, next week we shoot you"),
        ("harassment", "you are a pathetic worthless piece of shit"),
        ("hate", "muslims are filthy animals and must be thrown out"),
        ("hate", "all gay people should be shot"),
        ("hate", "I hate every single immigrant, they are parasites"),
        ("sexual", "hot naked girls want to fuck tonight, see their nudes"),
        ("shaft", "Half price whiskey and rum at Harbour Liquor this weekend! Reply STOP to opt out"),
        ("shaft", "Join our online casino now: 200 free spins on slots, no deposit bonus"),
        ("phi", "Patient Ann Lowe, MRN 884210, was diagnosed with diabetes and started on metformin, Dr Hill"),
        (
            "robocall",
            "This is the final call about your vehicle warranty. Press one to speak to a specialist",
        ),
    ],
)
def test_plainly_what_it_is(label: str, text: str) -> None:
    assert label in positive(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok see you at the station at six",
        "Harbour Dental: your check-up is on Tuesday at 3pm. Reply C to confirm",
        "Your order 48213 has been shipped and will arrive on Friday",
        "Your flight BA117 is delayed, new departure 18:40 from gate 12",
        "School is closed tomorrow because of the storm",
        "We will never ask for your PIN. If somebody does, hang up and call us",
        "Scam warning: texts about unpaid tolls are fake. Do not click, delete them",
        "Breast cancer screening: your mammogram is due, please book a visit",
        "Sexual health clinic: free tests on Thursday, walk in",
        "This is the worst service I ever had. I want my money back and a manager to call me",
        "I waited for two hours and nobody came, your company is a joke",
        'A man wrote "kill all muslims" on the mosque wall and was arrested',
        "Nobody should be attacked for being gay",
        "kill them out there tonight lads, bring the cup home!",
        "my brother will kill me if I lose his bike haha",
        "We don't deliver to Scotland and Wales yet, sorry",
        "My neighbour is a muslim and she bakes the best bread",
        "The deaf community centre meets on Friday",
        "We are proud to be a black owned business",
        "Your vet visit for Rex is at noon. Bring his vaccination card",
        "Quit smoking with our free group, Mondays at the library",
    ],
)
def test_lawful_texts_have_no_label(text: str) -> None:
    assert positive(text) == set()


def test_advertising_with_a_way_out_is_no_fraud() -> None:
    assert positive("Harbour Shoes: 20% off sandals this week, harbourshoes.com. Reply STOP to opt out") == {"spam"}


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("muslims are filthy animals and must be thrown out", "ground", "religion"),
        ("I am going to kill you when you get home", "threat_to_life", True),
        ("Half price whiskey and rum at Harbour Liquor! Reply STOP to opt out", "shaft_kind", ("alcohol",)),
        ("EVRI: your parcel is on hold, pay the 1.99 redelivery fee at evri-parcel.xyz", "impersonates", "delivery"),
        ("EVRI: your parcel is on hold, pay the 1.99 redelivery fee at evri-parcel.xyz", "brand_claimed", "evri"),
        ("Could you forward me the 6 digit code that you are about to get?", "asks_code", True),
        ("We will never ask for your PIN. If somebody does, hang up", "educates", True),
        ('A man wrote "kill all muslims" on the mosque wall and was arrested', "quotation", True),
        ("Nobody should be attacked for being gay", "counter_speech", True),
        ("Mr Baxter of class 4b is a paedophile, keep your children away", "accuses", True),
        ("two room flat for rent, no children", "excludes", True),
        ("Your Harbour Bank passcode is 559231", "looks_like", "otp"),
        ("ok lol see u at the station then", "looks_like", "conversation"),
        ("Your order 48213 has been shipped and arrives on Friday", "looks_like", "transactional"),
        ("cl\u200baim your fr33 pr1ze", "obfuscation", ("zero-width", "leet")),
    ],
)
def test_what_clauses_need_beside_the_labels(text: str, field: str, value: object) -> None:
    assert getattr(said(text), field) == value


def test_every_positive_label_has_evidence_without_digits() -> None:
    found = said("FREE entry to win £1000! Txt WIN to 80085 now, code 12345")
    assert set(found.spans) == {label for label, score in found.labels.items() if score >= POSITIVE}
    assert all(words and not any(c.isdigit() for word in words for c in word) for words in found.spans.values())


@pytest.mark.parametrize(
    "text",
    [
        "FRЕЕ еntrу tо wіn а рrіzе! Tхt WIN tо 80085 nоw",
        "FR33 3ntry t0 w1n a pr1ze! Txt W1N to 80085 n0w",
        "F R E E entry to w i n a p r i z e! Txt WIN to 80085 now",
        "FR\u200bEE en\u200btry to w\u200bin a pr\u200bize! Txt WIN to 80085 now",
        "\U0001d5d9\U0001d5e5\U0001d5d8\U0001d5d8 entry to win a prize! Txt WIN to 80085 now",
    ],
)
def test_obfuscation_does_not_help(text: str) -> None:
    assert "spam" in positive(text)


@pytest.mark.parametrize(
    "text",
    [
        "Привет, ты где? Я уже дома",
        "你到家了吗？",
        "كيف حالك؟ متى تأتي؟",
        "आज शाम को आओगे क्या?",
        "今から帰るね",
        "Geldin mi?",
    ],
)
def test_chats_in_other_scripts_have_no_label_and_are_not_obfuscated(text: str) -> None:
    assert positive(text) == set()
    assert said(text).obfuscation == ()


TEXTS = [
    "ok", "", "FREE prize, call 0906 123456", "muslims are vermin", "x" * 30_000, "مرحبا", "your code is 482913",
    "é" * 500, "\ud800 lone", "\U0001f600" * 50, "kill " * 5000,
]  # fmt: skip


def test_together_is_as_one_by_one() -> None:
    assert content_model().read(TEXTS) == [said(text) for text in TEXTS]


def test_the_end_of_a_long_text_is_read_too() -> None:
    abuse = " EVRI: your parcel is on hold, pay the 1.99 redelivery fee at evri-parcel.xyz"
    assert said("lorem ipsum dolor " * 1000 + abuse).brand_claimed in ("", "evri")
    assert len(said("a b " * HEAD).labels) == len(LABELS)


async def test_the_fact_is_learned_for_a_batch_in_order() -> None:
    knock = Knock(
        id="k", account="A", door="rest", principal="AC1", source="192.0.2.1", at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    quiet, loud = await ContentReader().learn([knock, an_sms(text="muslims are filthy animals and must die")])
    assert quiet.labels == dict.fromkeys(LABELS, quiet.labels["spam"]) or max(quiet.labels.values()) < POSITIVE
    assert loud.labels["hate"] >= POSITIVE


async def test_a_message_is_read_once_whoever_asks_and_nothing_outlives_it() -> None:
    asked = an_sms(text="see you at six")
    (first,) = await ContentReader().learn([asked])
    again, alike = await ContentReader().learn([asked, an_sms(text="see you at six")])
    assert again is first
    assert alike == first
    assert alike is not first


async def test_what_goes_to_several_people_alike_is_read_once() -> None:
    read: list[int] = []
    reader = ContentReader()
    whole = reader._model

    def judge(plain: Sequence[Normal]) -> list[Content]:
        read.append(len(plain))
        return whole.judge(plain)

    reader._model = SimpleNamespace(judge=judge)  # type: ignore[assignment]
    one, other, two = await reader.learn([an_sms(text="see you"), an_sms(text="at six"), an_sms(text="see you")])
    assert (one is two, one is other, read) == (True, False, [2])


async def test_a_batch_of_long_texts_lets_others_run() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.ensure_future(other())
    started = time.process_time()
    await ContentReader().learn([an_sms(text=f"{number} win a prize now " * 2000) for number in range(64)])
    running.cancel()
    assert turns > 3
    assert time.process_time() - started < 20


def test_a_fact_is_small_and_survives_the_record() -> None:
    found = said("ok see you at the station at six")
    record = msgspec.json.encode(found)
    assert len(record) < 400
    assert msgspec.json.decode(record, type=Content).labels.keys() == dict.fromkeys(LABELS).keys()


def test_lists_can_be_left_out() -> None:
    without = ContentModel(model(), frozenset({"religion"})).read(["muslims are vermin"])[0]
    assert without.ground != "religion"


@pytest.mark.parametrize("name", ["explicit-acts", "wares-alcohol", "brands"])
def test_other_lists_can_be_left_out_too(name: str) -> None:
    text = "Half price whiskey and rum at Harbour Liquor this weekend! Reply STOP to opt out"
    assert ContentModel(model(), frozenset({name})).read([text, ""])[0].labels["spam"] >= POSITIVE


def test_an_empty_batch_is_read() -> None:
    assert content_model().read([]) == []
