"""The real learners and the whole policy over a real database: what operators put on record decides about texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from masstransit import learning, policy
from masstransit.clock import HandClock
from masstransit.counters import MemoryCounters
from masstransit.facts.consent import Roots
from masstransit.facts.fact import Fact
from masstransit.facts.rights import material_of
from masstransit.gate import Gate, Learner, Reserving
from masstransit.ledger import Ledger
from masstransit.model.communication import Communication, Purpose
from masstransit.model.decision import Decision, Verdict
from masstransit.storage import do_not_call, incidents, known_domains, licences, number_file, rights, tables
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import ACCOUNT, NOON, RECIPIENT, a_call, a_knock, a_mail, an_sms

OTHERS = ("AC" + "2" * 32, "AC" + "3" * 32)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
async def facts(sqlite_database: Database, keys: Keys, clock: HandClock, tmp_path: Path) -> Mapping[type[Any], Learner]:
    row: dict[str, Any] = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}}
    rows = [row | {"account": name, "brand": "Northwind"} for name in (ACCOUNT, *OTHERS)]
    await sqlite_database.write(lambda c: c.execute(insert(tables.accounts), rows))
    return learning.learners(
        policy.clauses({}),
        database=sqlite_database,
        keys=keys,
        clock=clock,
        counters=MemoryCounters(),
        roots=Roots(),
        lists=tmp_path / "lists",
    )


@pytest.fixture
def gate(facts: Mapping[type[Any], Learner], clock: HandClock) -> Gate:
    return Gate(policy.clauses({}), facts, clock)


async def test_facts_of_words_say_nothing_of_a_call_without_any(facts: Mapping[type[Any], Learner]) -> None:
    of_words = [fact for fact in facts if issubclass(fact, Fact) and fact.of_words]
    assert len(of_words) > 5
    for fact in of_words:
        assert [*fact.speaking(await facts[fact].learn([a_call(), a_call(id="CA" + "1" * 32)]))] == [], fact.__name__


async def test_what_is_asked_before_a_letter_is_there_counts_nothing_and_hears_of_both_parties(
    gate: Gate, facts: Mapping[type[Any], Learner]
) -> None:
    of_parties = [fact for fact in facts if issubclass(fact, Fact) and fact.of_parties]
    assert not any(isinstance(facts[fact], Reserving) for fact in of_parties)
    (early,) = await gate.foretell([a_mail()])
    assert {"A1"} <= rules(early).keys()
    assert early.facts.keys() <= {fact.__name__ for fact in of_parties}


async def found(gate: Gate, offer: Communication) -> Mapping[str, Verdict]:
    (decision,) = await gate.decide([offer])
    return rules(decision)


def rules(decision: Decision) -> Mapping[str, Verdict]:
    return {finding.rule: finding.verdict for finding in decision.findings if not finding.unknown}


async def test_every_fact_that_the_policy_needs_is_learned(gate: Gate) -> None:
    decisions = await gate.decide([an_sms(), an_sms(id="SM1", text=""), a_knock(wants="lookup", about="+12125550123")])
    unknown = [f.evidence for d in decisions for f in d.findings if f.unknown]
    assert unknown == []
    assert [name for d in decisions for name, value in d.facts.items() if isinstance(value, dict)] == []


async def test_an_imitated_brand_and_a_blocked_domain_are_refused(gate: Gate, sqlite_database: Database) -> None:
    listed = [{"domain": "bad.example.com", "listed_at": NOON}]
    await sqlite_database.write(lambda c: known_domains.list_domains(c, listed))
    smish = "USPS: your parcel is held. Pay the fee at https://usps-redelivery.info/pay within 24 hours"
    assert (await found(gate, an_sms(text=smish)))["10.3.1"] is Verdict.HOLD
    assert (await found(gate, an_sms(id="SM1", text="see http://bad.example.com/x")))["5.1"] is Verdict.REFUSE


async def test_a_notice_of_rights_stops_the_text_that_it_names(gate: Gate, sqlite_database: Database) -> None:
    poem = "Roses are red, violets are blue"
    row = {"account": ACCOUNT, "notice": "RN1", "kind": "text", "target": material_of("text", poem), "holder": "Acme",
           "work": "a poem", "complete": True, "since": NOON}  # fmt: skip
    await sqlite_database.write(lambda c: rights.record_notice(c, row))
    assert (await found(gate, an_sms(text=poem)))["15.3"] is Verdict.REFUSE
    assert "15.3" not in await found(gate, an_sms(id="SM1", text="Your parcel is here"))


async def test_three_customers_that_call_for_a_flood_are_held_once_harm_is_on_record(
    gate: Gate, sqlite_database: Database, clock: HandClock
) -> None:
    text = "Everyone flood the MassTransit support line at noon"
    assert (await found(gate, an_sms(text=text)))["1.1"] is Verdict.FLAG
    row = {"incident": "IN1", "target": "platform", "what": "flood", "hours": 5.0, "since": NOON, "until": None}
    await sqlite_database.write(lambda c: incidents.record_incident(c, row))
    await clock.move(timedelta(seconds=6))
    decided: Sequence[Decision] = []
    for number, account in enumerate(OTHERS):
        decided = await gate.decide([an_sms(id=f"SM{number}", account=account, text=text)])
    last = next(finding for finding in decided[0].findings if finding.rule == "1.1")
    assert last.verdict is Verdict.HOLD
    assert (last.evidence["tenants_24h"], last.evidence["coordinated"]) == (3, True)


async def test_an_invitation_to_crypto_assets_waits_until_its_approval_is_shown(
    gate: Gate, sqlite_database: Database
) -> None:
    offer = an_sms(text="Invest in Bitcoin today", recipient="+447400123456", purpose=Purpose.MARKETING)
    assert (await found(gate, offer))["12.1"] is Verdict.HOLD
    row = {"account": OTHERS[0], "trade": "financial-promotion", "place": "GB", "number": "1", "authority": "FCA",
           "valid_from": NOON, "valid_until": None}  # fmt: skip
    await sqlite_database.write(lambda c: licences.record_licence(c, row))
    another = an_sms(id="SM1", account=OTHERS[0], text=offer.text, recipient="+447400123456")
    assert "12.1" not in await found(gate, another)


async def test_bait_to_a_hundred_strangers_and_a_walk_through_numbers_are_held(gate: Gate) -> None:
    held: list[Mapping[str, Verdict]] = []
    for start in range(0, 220, 20):
        batch = [
            an_sms(id=f"SM{i}", recipient=f"+1212555{i:04}", text="Is this Anna?", purpose=Purpose.CONVERSATION)
            for i in range(start, start + 20)
        ]
        held += [rules(decision) for decision in await gate.decide(batch)]
    assert next(i for i, each in enumerate(held) if "9.2" in each) < 120


async def test_look_ups_beyond_the_bound_are_slowed_down(gate: Gate) -> None:
    knocks = [a_knock(id=f"K{i}", wants="lookup", about=f"/v2/PhoneNumbers/+1{200 + i}5550123") for i in range(101)]
    decided = [(await gate.decide([knock]))[0] for knock in knocks]
    assert ["9.3" in rules(decision) for decision in decided[99:]] == [False, True]


async def test_a_do_not_call_list_is_obeyed_for_its_days_and_waited_for_where_its_file_is_not_here(
    gate: Gate, sqlite_database: Database, clock: HandClock, tmp_path: Path
) -> None:
    """Rule 7.9 on either side of 31 days."""
    listed, other = an_sms(purpose=Purpose.MARKETING), an_sms(purpose=Purpose.MARKETING, recipient="+12125550124")
    written = number_file.write(tmp_path / "lists", "us-national", [int(RECIPIENT)])

    async def load(at: datetime) -> None:
        await sqlite_database.write(
            lambda c: do_not_call.put_in_force(c, Ledger("test"), "us-national", written, region="US", loaded_at=at)
        )
        await clock.move(timedelta(seconds=1))

    assert "7.9" not in await found(gate, listed)
    await load(NOON - timedelta(days=32))
    assert (await found(gate, listed))["7.9"] is Verdict.REFUSE
    assert (await found(gate, other))["7.9"] is Verdict.HOLD
    await load(NOON - timedelta(days=31) + timedelta(minutes=1))
    assert (await found(gate, listed))["7.9"] is Verdict.REFUSE
    assert "7.9" not in await found(gate, other)
    written = number_file.write(tmp_path / "lists", "us-national", [1])
    (tmp_path / "lists" / number_file.name_of("us-national", written.digest)).unlink()
    await load(NOON)
    (decision,) = await gate.decide([other])
    (waiting,) = [finding for finding in decision.findings if finding.rule == "7.9"]
    assert (waiting.verdict, waiting.unknown) == (Verdict.HOLD, True)
    assert "masstransit import do-not-call" in str(waiting.evidence)
