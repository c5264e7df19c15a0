"""What is learned about who calls: rights to numbers and how far we vouch for them, verifications, names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from masstransit.clock import HandClock
from masstransit.facts.calls.callers import (
    CallerName,
    CallerNames,
    CallerRight,
    CallerRights,
    UnusedNumber,
    UnusedNumbers,
    Verifications,
    Verified,
    attested,
    neighbours,
)
from masstransit.facts.consent import Roots
from masstransit.facts.identity import NeverOriginating
from masstransit.facts.standing import StepBook
from masstransit.model.address import e164, parse
from masstransit.model.caller import Attestation, Verification, Verstat
from masstransit.model.communication import Communication, Direction
from masstransit.storage import tables
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON, RECIPIENT, SENDER, a_call, a_knock, an_sms
from tests.queries import asked_of

CHILD, OTHER = "AC" + "c" * 32, "AC" + "2" * 32
PASSED = Verification(verstat=Verstat.PASSED, attestation=Attestation.FULL, signer="709J")


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


async def seed(database: Database, *numbers: dict[str, Any]) -> None:
    def put(connection: Connection) -> None:
        for account, parent, brand in ((ACCOUNT, None, "Northwind"), (CHILD, ACCOUNT, ""), (OTHER, None, "Contoso")):
            row: dict[str, Any] = {
                "account": account,
                "parent": parent,
                "brand": brand,
                "token_sealed": b"",
                "attrs": {},
            }
            connection.execute(insert(tables.accounts).values(created_at=NOON, updated_at=NOON, **row))
        for number in numbers:
            connection.execute(
                insert(tables.numbers).values(**{"account": ACCOUNT, "state": "in-use", "attrs": {}} | number)
            )

    await database.write(put)


def prove(number: str, how: str, *, until: datetime = NOON + timedelta(days=1)) -> Callable[[Connection], None]:
    """Put on record that `ACCOUNT` may show a number."""

    def put(connection: Connection) -> None:
        row = {"account": ACCOUNT, "number": number, "sid": "PN1", "person": "p", "how": how, "expires_at": until}
        dated = dict.fromkeys(("proven_at", "created_at", "updated_at"), NOON - timedelta(days=1))
        connection.execute(insert(tables.caller_ids).values(**row, **dated))

    return put


async def right(database: Database, clock: HandClock, call: Communication) -> CallerRight:
    (learned,) = await rights_of(database, clock).learn([call])
    return learned


def rights_of(database: Database, clock: HandClock) -> CallerRights:
    return CallerRights(database, clock, Roots(), StepBook(database, clock, Roots()), ("18", "19"))


def step(clause: str = "19", **differs: Any) -> Callable[[Connection], None]:
    """Put a step against an account on record."""

    def put(connection: Connection) -> None:
        row = {
            "account": ACCOUNT, "step_id": "ST1", "scope": "account", "target": ACCOUNT, "step": "throttle",
            "clause": clause, "rule": f"{clause}.3", "reason": "too many short calls", "remedy": "", "silent": "",
            "since": NOON, "acts_from": NOON, "expires_at": NOON + timedelta(days=1),
        }  # fmt: skip
        connection.execute(insert(tables.standing).values(row | differs))

    return put


@pytest.mark.parametrize(
    ("grounds", "attestation"),
    [
        ("owned", "A"),
        ("code", "A"),
        ("loa", "A"),
        ("", "B"),
        ("diverted", "C"),
        ("transit", "C"),
        ("said so", "B"),
    ],
)
def test_a_is_for_a_proven_right_only_and_every_attestation_says_why(grounds: str, attestation: str) -> None:
    told, because = attested(grounds)
    assert told is Attestation(attestation)
    assert because


async def test_a_number_from_us_is_the_customers_to_show(database: Database, clock: HandClock) -> None:
    await seed(database, {"number": SENDER, "voice": True})
    learned = await right(database, clock, a_call())
    assert (learned.grounds, learned.attestation, learned.voice) == ("owned", Attestation.FULL, True)
    assert learned.account == ACCOUNT


@pytest.mark.parametrize("clause", ["18", "19"])
async def test_while_a_step_of_clause_18_or_19_stands_a_number_is_vouched_for_less_far_and_why_is_on_record(
    database: Database, clock: HandClock, clause: str
) -> None:
    await seed(database, {"number": SENDER})
    await database.write(step(clause))
    learned = await right(database, clock, a_call())
    assert (learned.grounds, learned.attestation, learned.lowered_by) == ("owned", Attestation.PARTIAL, "ST1")
    assert f"clause {clause} stands" in learned.because
    unproven = await right(database, clock, a_call(sender="+14155550199"))
    assert unproven.attestation is Attestation.GATEWAY


@pytest.mark.parametrize(
    "differs",
    [
        {"step": "warn"},
        {"clause": "7", "rule": "7.8"},
        {"acts_from": None},
        {"expires_at": NOON},
        {"undone_at": NOON},
        {"scope": "number", "target": "+14155550199"},
        {"scope": "end_user", "target": "somebody else"},
        {"account": OTHER, "target": OTHER},
    ],
)
async def test_no_other_step_takes_an_a_away(database: Database, clock: HandClock, differs: dict[str, Any]) -> None:
    await seed(database, {"number": SENDER})
    await database.write(step(**differs))
    learned = await right(database, clock, a_call())
    assert (learned.attestation, learned.lowered_by) == (Attestation.FULL, "")


async def test_a_step_against_one_number_takes_the_a_of_that_number(database: Database, clock: HandClock) -> None:
    await seed(database, {"number": SENDER}, {"number": "+14155550199"})
    await database.write(step(scope="number", target=SENDER))
    assert (await right(database, clock, a_call())).attestation is Attestation.PARTIAL
    assert (await right(database, clock, a_call(sender="+14155550199"))).attestation is Attestation.FULL


async def test_a_subaccount_shows_its_owners_number_and_nobody_elses(database: Database, clock: HandClock) -> None:
    await seed(database, {"number": SENDER}, {"number": "+14155550199", "account": OTHER})
    assert (await right(database, clock, a_call(account=CHILD))).grounds == "owned"
    learned = await right(database, clock, a_call(account=CHILD, sender="+14155550199"))
    assert (learned.on_record, learned.owned, learned.grounds) == (True, False, "")
    assert learned.attestation is Attestation.PARTIAL


@pytest.mark.parametrize("state", ["hosted-pending", "port-in", "aging", "released", "ported-out"])
async def test_a_number_that_is_brought_along_or_gone_is_not_vouched_for(
    database: Database, clock: HandClock, state: str
) -> None:
    await seed(database, {"number": SENDER, "state": state})
    learned = await right(database, clock, a_call())
    assert (learned.owned, learned.state, learned.grounds) == (True, state, "")
    assert learned.attestation is Attestation.PARTIAL


@pytest.mark.parametrize("how", ["code", "loa"])
async def test_a_number_of_another_provider_is_vouched_for_by_its_proof(
    database: Database, clock: HandClock, how: str
) -> None:
    clinic = "+13125550150"
    await seed(database)
    assert (await right(database, clock, a_call(sender=clinic))).grounds == ""
    await database.write(prove(clinic, how))
    learned = await right(database, clock, a_call(sender=clinic))
    assert (learned.grounds, learned.attestation) == (how, Attestation.FULL)
    assert (await right(database, clock, a_call(sender=clinic, account=CHILD))).grounds == how
    assert (await right(database, clock, a_call(sender=clinic, account=OTHER))).grounds == ""


async def test_a_proof_that_is_too_old_is_none(database: Database, clock: HandClock) -> None:
    await seed(database)
    await database.write(prove("+13125550150", "loa", until=NOON))
    learned = await right(database, clock, a_call(sender="+13125550150"))
    assert (learned.grounds, learned.attestation) == ("", Attestation.PARTIAL)


async def test_a_call_that_is_sent_on_keeps_its_caller_by_the_number_that_sends_it(
    database: Database, clock: HandClock
) -> None:
    await seed(database, {"number": SENDER})
    stranger, mobile = "+13125550150", "+13125550160"
    call = a_call(sender=stranger, recipient=mobile, diverted_by=e164(SENDER), verification=PASSED)
    learned = await right(database, clock, call)
    assert (learned.grounds, learned.diverted_by, learned.signed) == ("diverted", SENDER, True)
    assert learned.attestation is Attestation.GATEWAY
    theirs = await right(database, clock, a_call(sender=stranger, recipient=mobile, diverted_by=e164("+14155550199")))
    assert (theirs.grounds, theirs.diverted_by) == ("", "")


async def test_a_carriers_call_that_passes_through_is_vouched_for_as_a_gateway(
    database: Database, clock: HandClock
) -> None:
    await seed(database)
    learned = await right(database, clock, a_call(verification=Verification(status=428)))
    assert (learned.grounds, learned.signed, learned.attestation) == ("transit", False, Attestation.GATEWAY)


async def test_calls_within_the_house_show_no_number(database: Database, clock: HandClock) -> None:
    await seed(database)
    inside = await right(database, clock, a_call(sender="sip:a@example.org", recipient="sip:b@example.org"))
    outside = await right(database, clock, a_call(sender="sip:a@example.org"))
    assert (inside.shown, outside.shown) == (False, True)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("+12125550199", "+12125550123", True),
        ("+12125560199", "+12125550123", False),
        ("+16465550199", "+12125550123", False),
        ("+12125550123", "+12125550123", False),
        ("+442071838750", "+442071838751", False),
        ("72345", "+12125550123", False),
    ],
)
def test_neighbours_have_the_same_area_code_and_exchange(one: str, other: str, near: bool) -> None:
    assert neighbours(parse(one), parse(other)) is near


async def test_what_was_verified_at_the_edge_is_told(clock: HandClock) -> None:
    failed = Verification(verstat=Verstat.FAILED, status=438)
    first, second, third, fourth = await Verifications().learn(
        [a_call(verification=failed, sender="+12125550199"), a_call(verification=PASSED), a_call(), an_sms()]
    )
    assert (first.verification, first.neighbour, first.speaks) == (failed, True, True)
    assert (second.verification, second.speaks) == (PASSED, False)
    assert third == fourth == Verified()


async def test_numbers_of_ours_that_nobody_has_are_known_whoever_shows_them(
    database: Database, clock: HandClock
) -> None:
    await seed(
        database,
        {"number": SENDER, "account": None, "state": "available"},
        {"number": "+14155550101", "state": "aging"},
        {"number": "+14155550102"},
        {"number": "+14155550103", "state": "ported-out"},
    )
    callers = [SENDER, "+14155550101", "+14155550102", "+14155550103", "+14155550104"]
    calls = [a_call(sender=number, recipient=RECIPIENT, direction=Direction.INBOUND) for number in callers]
    learned = await UnusedNumbers(database, clock).learn([*calls, an_sms(), a_knock()])
    assert [one.state for one in learned] == ["available", "aging", "", "", "", "", ""]
    assert await UnusedNumbers(database, clock).learn([an_sms()]) == [UnusedNumber()]


async def test_a_hotline_is_known_when_it_seems_to_call_us(database: Database, clock: HandClock) -> None:
    def put(connection: Connection) -> None:
        connection.execute(insert(tables.never_originate).values(number=RECIPIENT, source="IRS", listed_at=NOON))

    await database.write(put)
    comes_in = a_call(sender=RECIPIENT, recipient=SENDER, direction=Direction.INBOUND)
    answers = an_sms(sender=RECIPIENT, recipient=SENDER, direction=Direction.INBOUND)
    facts = NeverOriginating(database, clock)
    assert [one.listed for one in await facts.learn([comes_in])] == [True]
    assert [one.listed for one in await NeverOriginating(database, clock).learn([answers])] == [False]


async def test_a_callers_name_is_compared_with_brands_on_record_and_well_known_ones(
    database: Database, clock: HandClock
) -> None:
    await seed(database)
    names = ["Northwind", "C0ntoso", "IRS", "Anna Schmidt", "Chase", ""]
    learned = await CallerNames(database, clock).learn([a_call(caller_name=name) for name in names])
    assert [one.resembles_other for one in learned] == ["", "C0ntoso", "irs", "", "", ""]
    assert learned[-1] == CallerName()


async def test_a_batch_is_one_read_of_the_inventory(sqlite_database: Database, clock: HandClock) -> None:
    await seed(sqlite_database, {"number": SENDER})
    rights = rights_of(sqlite_database, clock)
    await rights.learn([a_call()])
    asked = await asked_of(sqlite_database)
    await rights.learn([a_call(id=f"CA{n:032x}", sender=f"+1415556{n:04}") for n in range(200)])
    assert len([statement for statement in asked if statement.startswith("SELECT numbers.")]) == 1
