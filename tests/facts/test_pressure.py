"""What one sender does to one person, by all ways together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.clock import HandClock
from masstransit.counters import MemoryCounters
from masstransit.facts.consent import Roots
from masstransit.facts.content import ContentReader
from masstransit.facts.pressure import Pressure, Pressures
from masstransit.facts.traffic import Allowances
from masstransit.model.address import ChatHandle
from masstransit.model.communication import Communication, Exemption, Kind, Purpose, address_of
from masstransit.storage import persons
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import ACCOUNT, NOON, RECIPIENT, a_knock, an_answer, an_sms, changed

MAIL = "ada@example.com"
THREAT = "I know where you live and I will kill you tonight"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def facts(sqlite_database: Database, clock: HandClock, keys: Keys) -> Pressures:
    allowed = Allowances(sqlite_database, clock)
    reader, roots = ContentReader(), Roots()
    return Pressures(MemoryCounters(), clock, allowed, keys.person, reader, sqlite_database, roots)


def said(number: int, kind: Kind = Kind.SMS, text: str = "call me", **more: Any) -> Communication:
    made = an_sms(id=f"SM{number}", kind=kind, text=text, purpose=more.pop("purpose", Purpose.CONVERSATION), **more)
    return changed(made, recipient=address_of(Kind.EMAIL, MAIL)) if kind is Kind.EMAIL else made


async def test_all_ways_to_one_number_are_counted_together_and_this_one_is_left_out(facts: Pressures) -> None:
    batch = [said(1), said(2, Kind.CALL), said(3, Kind.CALL), said(4, Kind.FAX)]
    assert (await facts.learn(batch))[-1] == Pressure(by_way={"texts": 1, "calls": 2})
    assert await facts.learn([said(5, Kind.CHAT)]) == [Pressure(by_way={"texts": 1, "calls": 2, "faxes": 1})]


async def test_several_addresses_of_one_person_are_one_person(
    facts: Pressures, sqlite_database: Database, keys: Keys
) -> None:
    theirs = {keys.person(RECIPIENT): "+1***", keys.person(MAIL): "a***"}
    await sqlite_database.write(lambda c: persons.join(c, ACCOUNT, theirs, NOON))
    await facts.learn([said(1), said(2)])
    assert await facts.learn([said(3, Kind.EMAIL)]) == [Pressure(by_way={"texts": 2})]


async def test_without_that_record_a_number_and_a_mailbox_are_two_people(facts: Pressures) -> None:
    await facts.learn([said(1), said(2)])
    assert await facts.learn([said(3, Kind.EMAIL)]) == [Pressure()]


async def test_threats_and_answers_are_counted_and_end_users_are_apart(facts: Pressures) -> None:
    await facts.learn([said(1, text=THREAT), an_answer(text="stop it")])
    assert await facts.learn([said(2, Kind.CALL)]) == [Pressure(by_way={"texts": 1}, threats=1, answers=1)]
    assert await facts.learn([said(3, Kind.CALL, end_user="shop-1")]) == [Pressure()]


async def test_what_says_its_purpose_what_is_exempt_and_a_knock_are_not_counted(facts: Pressures) -> None:
    await facts.learn([said(1, purpose=Purpose.TRANSACTIONAL), changed(said(2), exemption=Exemption.HELP_REPLY)])
    assert await facts.learn([said(3, Kind.CALL), a_knock()]) == [Pressure(), Pressure()]


async def test_what_is_asked_about_again_is_counted_once(facts: Pressures) -> None:
    await facts.learn([said(1), said(2)])
    assert await facts.learn([changed(said(2), attempt=1)]) == [Pressure(by_way={"texts": 1})]


async def test_yesterday_counts_and_the_day_before_does_not(facts: Pressures, clock: HandClock) -> None:
    await facts.learn([said(1)])
    await clock.move(timedelta(days=1))
    assert await facts.learn([said(2, Kind.CALL)]) == [Pressure(by_way={"texts": 1})]
    await clock.move(timedelta(days=2))
    assert await facts.learn([said(3)]) == [Pressure()]


async def test_what_is_said_in_a_conversation_presses_on_nobody_and_an_invitation_does(facts: Pressures) -> None:
    room = "CH" + "1" * 32
    line = changed(said(1, Kind.CHAT), recipient=ChatHandle(room), conversation=room)
    invitation = changed(said(2, Kind.CHAT), conversation=room)
    await facts.learn([line, invitation])
    assert await facts.learn([said(3, Kind.CALL)]) == [Pressure(by_way={"chats": 1})]
