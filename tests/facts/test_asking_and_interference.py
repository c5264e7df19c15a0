"""Texts that ask for secrets, that call on others to harm the platform, that invite to crypto assets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from masstransit.clock import HandClock
from masstransit.counters import MemoryCounters, Operation
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.asking import Asked, AskedReader, asked_in
from masstransit.facts.interference import Appeal, Appeals, IncidentBook, appeal_in
from masstransit.facts.traffic import Allowances
from masstransit.storage import incidents
from masstransit.storage.engine import Database
from tests.makers import NOON, a_knock, an_sms

NAMES = ("masstransit",)


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("Bank survey: reply with your SSN", ("national id",)),
        ("reply with your name, DOB and SSN", ("national id",)),
        ("Text your PIN to 12345", ("pin",)),
        ("What is your mother's maiden name?", ("answer",)),
        ("Bank survey: to win $50 enter your debit card number", ("card",)),
        ("Send us your full card number, expiry and CVV", ("card",)),
        ("Responda con su número de seguro social", ("national id",)),
        ("give me your password", ("password",)),
    ],
)
def test_what_asks_for_a_secret(text: str, secrets: tuple[str, ...]) -> None:
    assert asked_in(text).secrets == secrets


@pytest.mark.parametrize(
    "text",
    [
        "Never share your PIN with anyone. We will never ask for your password.",
        "Do not reply with your card number",
        "Your PIN was changed",
        "Enter your PIN at the pickup locker",
        "Update your password at https://x.example.com",
        "Please confirm your account details here",
        "Please send your pin location",
        "Send money with your card number saved in the app",
        "Your card number ending 1234 was used",
        "Your code is 123456",
    ],
)
def test_what_asks_for_none(text: str) -> None:
    assert asked_in(text) == Asked()


def test_a_part_of_a_secret_is_told_apart_and_digits_are_hidden() -> None:
    assert asked_in("Reply with the last four of your SSN").part_only
    asked = asked_in("Reply with your SSN")
    assert (asked.part_only, asked.words) == (False, ("Reply with your SSN",))


async def test_subjects_without_a_text_ask_for_nothing() -> None:
    assert await AskedReader().learn([a_knock(), an_sms(text="reply with your PIN")]) == [
        Asked(),
        Asked(secrets=("pin",), words=("reply with your PIN",)),
    ]


# --- interference -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Everyone flood the MassTransit support line at noon",
        "Keep calling MassTransit, tie up their phone lines until they pay",
        "Let's crash the masstransit API tonight",
        "Overload MassTransit on Friday: dial, hang up, repeat",
        "All of you: call MassTransit support at noon, keep the line busy all day",
        "Fl\u043e\u043ed the M4ssTrans1t support line",
    ],
)
def test_a_call_on_others_is_seen(text: str) -> None:
    found = appeal_in(text, NAMES)
    assert (found.calls, found.target) == (True, "platform")


@pytest.mark.parametrize(
    "text",
    [
        "Selling verified MassTransit accounts, DM me",
        "MassTransit API keys for sale",
        "Rent SMPP binds on MassTransit",
        "S e l l i n g aged M\u0430ssTransit accounts",
    ],
)
def test_a_trade_in_accounts_is_seen(text: str) -> None:
    assert appeal_in(text, NAMES).trades


@pytest.mark.parametrize(
    "text",
    [
        "MassTransit is the worst. Their support never answers.",
        "We file a complaint against MassTransit with the FCC. Join the lawsuit.",
        "MassTransit's phone lines were flooded with calls yesterday, says the newspaper",
        "Please don't flood the MassTransit support line",
        "Please don't keep the line busy, MassTransit calls you back",
        "MassTransit support: keep your phone at hand all day, we keep the line open",
        "Acme sends for half the price of MassTransit",
        "Flood warning: stay away from the river. Call the support line.",
        "Your MassTransit account is ready",
        "Selling aged accounts",
        "Work at MassTransit? We pay $5,000 when you join us",
        "MassTransit staff approved my campaign within a day",
        "MassTransit pays $2,000,000 for letting spam through, says the court",
    ],
)
def test_criticism_news_and_other_matters_are_no_call(text: str) -> None:
    assert appeal_in(text, NAMES) == Appeal()


@pytest.mark.parametrize(
    "text",
    [
        "Know someone at MassTransit? $5,000 for turning off the filter",
        "MassTransit employees: we pay 2k a month to whitelist our sender",
        "Anybody working for MassTransit? Bitcoin for letting our traffic through",
    ],
)
def test_a_bribe_is_seen(text: str) -> None:
    assert appeal_in(text, NAMES).bribes


def test_what_an_incident_names_is_itself_an_aim() -> None:
    text = "Jam +1 415 555 0100 today, every minute"
    assert appeal_in(text, NAMES, ("+14155550100",)).calls
    assert not appeal_in("Call +1 415 555 0100 for help", NAMES, ("+14155550100",)).calls


def test_a_number_that_an_incident_names_is_a_target_too() -> None:
    text = "Call +1 (415) 555-0100 and jam their lines"
    assert appeal_in(text, NAMES) == Appeal()
    assert appeal_in(text, NAMES, ("+14155550100",)).target == "+14155550100"


class Gone(MemoryCounters):
    async def ask(self, operations: Sequence[Operation], now: Any) -> list[Any]:
        raise CountersUnavailable("gone")


async def test_customers_who_call_on_others_are_counted_together(sqlite_database: Database) -> None:
    clock = HandClock(NOON)
    book, allowed = IncidentBook(sqlite_database, clock), Allowances(sqlite_database, clock)
    row = {"incident": "IN1", "target": "+14155550100", "what": "flood", "since": NOON, "until": None}
    await sqlite_database.write(lambda c: incidents.record_incident(c, row))
    facts = Appeals(MemoryCounters(), clock, allowed, book, ("MassTransit",))
    text = "Call +1 (415) 555-0100 and jam their lines"
    found = [(await facts.learn([an_sms(account=f"AC{i % 3}", text=text)]))[0] for i in range(5)]
    assert [a.tenants_24h for a in found if isinstance(a, Appeal)] == [1, 2, 3, 3, 3]
    assert await facts.learn([an_sms(), a_knock()]) == [Appeal(), Appeal()]
    silent = Appeals(Gone(), clock, allowed, book, ("MassTransit",))
    call, plain = await silent.learn([an_sms(text=text), an_sms()])
    assert isinstance(call, Unknown)
    assert plain == Appeal()
