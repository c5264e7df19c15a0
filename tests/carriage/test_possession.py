"""Proof that a number is somebody's: who gets a code, what it is good for, and that nobody can pump texts by it."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from masstransit.carriage.codes import GOOD_FOR, LIMITS, TRIES, Limits, Operator, TooOften
from masstransit.carriage.possession import AT_MOST, IDLE, Possession
from masstransit.errors import BadAddress
from masstransit.model.address import parse
from masstransit.model.communication import Purpose
from masstransit.storage import consents
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import accounts, communications, recipient_codes, recipient_sessions
from tests.carriage.house import House
from tests.makers import ACCOUNT, NOON, RECIPIENT

OPERATOR = "AC" + "7" * 32
CODES = "+14155550199"
STRANGER = "+12125550999"


class Desk:
    """A house with an operator's account, and a number that a customer wrote to."""

    def __init__(self, database: Database, keys: Keys, limits: Limits = LIMITS) -> None:
        self.house = House(database, keys)
        self.possession = self.made(limits)

    def made(self, limits: Limits = LIMITS, *, operator: bool = True) -> Possession:
        house = self.house
        return Possession(
            exchange=house.exchange,
            database=house.database,
            keys=house.keys,
            clock=house.clock,
            operator=Operator(account=OPERATOR, sender=parse(CODES)) if operator else None,
            limits=limits,
        )

    async def filled(self) -> Desk:
        row = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}}
        rows = [row | {"account": OPERATOR, "brand": "Op"}, row | {"account": ACCOUNT, "brand": "Acme"}]
        given = {"account": ACCOUNT, "purpose": "marketing", "kind": "written", "given_at": NOON}
        given["person"] = self.house.keys.person(RECIPIENT)
        await self.house.database.write(lambda c: c.execute(insert(accounts), rows))
        await self.house.database.write(lambda c: consents.give(c, self.house.ledger, [given], NOON))
        return self

    async def asks(
        self, number: str = RECIPIENT, *, visit: str = "v1", client: str = "192.0.2.7", language: str = "en"
    ) -> None:
        await self.possession.ask(number, visit=visit, client=client, language=language)
        await self.possession.drained()

    async def texts(self) -> list[Any]:
        """Codes that went out, the oldest first."""
        sent = select(communications).where(communications.c.channel == "recipients")
        return await self.house.database.read(lambda c: list(c.execute(sent.order_by(communications.c.created_at))))

    async def code(self) -> str:
        """In the newest text."""
        found = re.search(r"\b\d{6}\b", (await self.texts())[-1].body)
        assert found is not None
        return found[0]

    async def proves(self, code: str, *, visit: str = "v1") -> str:
        return (await self.possession.prove(code, visit=visit)).found

    async def kept(self) -> list[Any]:
        return await self.house._all(recipient_codes)


@pytest.fixture
async def desk(sqlite_database: Database, keys: Keys) -> Desk:
    return await Desk(sqlite_database, keys).filled()


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_a_code_goes_out_as_the_operators_own_message_and_opens_a_session(desk: Desk) -> None:
    await desk.asks()
    (text,) = await desk.texts()
    assert (text.account, text.sender, text.recipient) == (OPERATOR, CODES, RECIPIENT)
    assert (text.purpose, text.discard, text.exemption) == (Purpose.OTP.value, True, None)
    assert text.expires_at == NOON + GOOD_FOR
    assert text.body.startswith("Op: ")
    assert len(await desk.house.decided()) == 1  # the gate was asked, as about any message
    proof = await desk.possession.prove(await desk.code(), visit="v1")
    assert proof.found == "proven"
    session = await desk.possession.session(proof.token)
    assert session is not None
    assert (session.person, session.masked) == (desk.house.keys.person(RECIPIENT), "+1212***23")


async def test_what_is_kept_tells_neither_code_nor_number_nor_token_nor_address(desk: Desk) -> None:
    await desk.asks(client="192.0.2.77")
    code = await desk.code()
    proof = await desk.possession.prove(code, visit="v1")
    rows = [*await desk.kept(), *await desk.house._all(recipient_sessions)]
    for secret in (code, RECIPIENT, "v1", "192.0.2.77", proof.token):
        assert all(secret not in {str(value) for value in row} for row in rows)


@pytest.mark.parametrize(
    ("language", "says"), [("es", "código"), ("fr", "Il est valable"), ("de", "Er gilt"), ("xx", "valid")]
)
async def test_the_code_speaks_the_visitors_language(desk: Desk, language: str, says: str) -> None:
    await desk.asks(language=language)
    assert says in (await desk.texts())[0].body


@pytest.mark.parametrize("number", [RECIPIENT, "+1 (212) 555-0123", "001 212 555 0123", " +12125550123 "])
async def test_a_number_may_be_written_as_people_write_it(desk: Desk, number: str) -> None:
    await desk.asks(number)
    assert [text.recipient for text in await desk.texts()] == [RECIPIENT]


@pytest.mark.parametrize("number", ["", "2125550123", "call me", "+", "+12", "Acme", "+1212555012x"])
async def test_what_is_no_number_with_its_country_is_said_so(desk: Desk, number: str) -> None:
    with pytest.raises(BadAddress):
        await desk.asks(number)
    assert not await desk.kept()


async def test_who_never_had_to_do_with_anybody_here_is_sent_nothing_and_told_the_same(desk: Desk) -> None:
    await desk.asks(STRANGER)
    assert not await desk.texts()
    assert [await desk.proves("123456") for _ in range(TRIES + 1)] == ["wrong"] * TRIES + ["spent"]
    await desk.asks(visit="v2")
    wrong = other_than(await desk.code())
    assert [await desk.proves(wrong, visit="v2") for _ in range(TRIES + 1)] == ["wrong"] * TRIES + ["spent"]


async def test_no_guess_proves_a_number_that_no_code_went_to(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("masstransit.carriage.possession.secrets.randbelow", lambda _: 123456)
    await desk.asks(STRANGER)
    assert await desk.proves("123456") == "wrong"
    assert not await desk.house._all(recipient_sessions)


async def test_a_code_that_was_used_proves_nothing_more(desk: Desk) -> None:
    await desk.asks()
    code = await desk.code()
    assert [await desk.proves(code), await desk.proves(code)] == ["proven", "spent"]
    assert len(await desk.house._all(recipient_sessions)) == 1


async def test_of_two_who_bring_a_code_at_once_one_gets_in(desk: Desk) -> None:
    await desk.asks()
    code = await desk.code()
    assert sorted(await asyncio.gather(desk.proves(code), desk.proves(code))) == ["proven", "spent"]


async def test_tries_run_out_also_for_the_right_code(desk: Desk) -> None:
    await desk.asks()
    code = await desk.code()
    for _ in range(TRIES):
        assert await desk.proves(other_than(code)) == "wrong"
    assert await desk.proves(code) == "spent"


async def test_the_last_try_still_counts(desk: Desk) -> None:
    await desk.asks()
    code = await desk.code()
    for _ in range(TRIES - 1):
        await desk.proves(other_than(code))
    assert await desk.proves(code) == "proven"


async def test_another_browser_can_not_use_the_code(desk: Desk) -> None:
    await desk.asks(visit="v1")
    await desk.asks(STRANGER, visit="v2")
    code = await desk.code()
    assert await desk.proves(code, visit="v2") == "wrong"
    assert await desk.proves(code, visit="v3") == "spent"
    assert await desk.proves(code, visit="v1") == "proven"


async def test_a_code_ends_after_ten_minutes(desk: Desk) -> None:
    await desk.asks()
    code = await desk.code()
    await desk.house.clock.move(GOOD_FOR)
    assert await desk.proves(code) == "spent"
    await desk.asks(visit="v2")
    await desk.house.clock.move(GOOD_FOR - timedelta(seconds=1))
    assert await desk.proves(await desk.code(), visit="v2") == "proven"


async def test_a_new_code_takes_the_place_of_the_old(desk: Desk) -> None:
    await desk.asks()
    old = await desk.code()
    await desk.house.clock.move(timedelta(seconds=1))
    await desk.asks()
    new = await desk.code()
    if old != new:
        assert await desk.proves(old) == "wrong"
    assert await desk.proves(new) == "proven"


@pytest.mark.parametrize("typed", ["{} ", "{0:.3} {1}", "code {}"])
async def test_a_code_may_be_typed_with_what_stands_around_it(desk: Desk, typed: str) -> None:
    await desk.asks()
    code = await desk.code()
    assert await desk.proves(typed.format(code, code[3:]) if "{1}" in typed else typed.format(code)) == "proven"


# --- bounds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [RECIPIENT, STRANGER])
async def test_a_number_gets_three_codes_an_hour_and_six_a_day_whoever_asks(desk: Desk, number: str) -> None:
    async def times() -> int:
        for n in range(9):
            try:
                await desk.asks(number, visit=f"v{n}", client=f"192.0.2.{n}")
            except TooOften:
                return n
        return 9

    assert await times() == 3
    await desk.house.clock.move(timedelta(hours=1))
    assert await times() == 3
    await desk.house.clock.move(timedelta(hours=1))
    assert await times() == 0
    await desk.house.clock.move(timedelta(hours=22))
    assert await times() == 3


async def test_an_address_gets_ten_codes_an_hour(desk: Desk) -> None:
    for n in range(10):
        await desk.asks(f"+1212555{n:04d}")
    with pytest.raises(TooOften, match="this address"):
        await desk.asks("+12125550777")
    await desk.asks("+12125550777", client="192.0.2.8")
    await desk.house.clock.move(timedelta(hours=1))
    await desk.asks("+12125550778")


async def test_who_has_a_network_of_ipv6_is_one_address(desk: Desk) -> None:
    for n in range(10):
        await desk.asks(f"+1212555{n:04d}", client=f"2001:db8:1:1::{n:x}")
    with pytest.raises(TooOften):
        await desk.asks("+12125550777", client="2001:db8:1:1:ffff::1")
    await desk.asks("+12125550777", client="2001:db8:1:2::1")


async def test_in_all_no_more_codes_go_out_than_the_operator_wants(sqlite_database: Database, keys: Keys) -> None:
    desk = await Desk(sqlite_database, keys, Limits(sent_hour=1)).filled()
    await desk.asks(STRANGER)  # nothing goes out, so that it takes nobody's place
    await desk.asks()
    with pytest.raises(TooOften, match="everybody"):
        await desk.asks(STRANGER, visit="v2")
    assert len(await desk.texts()) == 1


# --- what can go wrong ------------------------------------------------------------------------------------------------


async def test_the_gate_may_refuse_a_code_and_nobody_is_told(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.house.wishes.all = "refuse"
    await desk.asks()
    assert "was not sent: DE" in caplog.text
    assert RECIPIENT not in caplog.text
    assert [text.status for text in await desk.texts()] == ["refused"]


async def test_without_an_operators_account_nothing_is_sent(desk: Desk) -> None:
    desk.possession = desk.made(operator=False)
    await desk.asks()
    assert not await desk.texts()


async def test_a_session_ends_when_its_person_is_idle_and_at_last_all_the_same(desk: Desk) -> None:
    await desk.asks()
    token = (await desk.possession.prove(await desk.code(), visit="v1")).token
    lasted = timedelta()
    while await desk.possession.session(token) is not None:
        lasted += IDLE - timedelta(minutes=1)
        await desk.house.clock.move(IDLE - timedelta(minutes=1))
    assert AT_MOST <= lasted < AT_MOST + IDLE
    await desk.house.clock.move(timedelta(days=1))
    await desk.asks(visit="v2")
    token = (await desk.possession.prove(await desk.code(), visit="v2")).token
    await desk.house.clock.move(IDLE)
    assert await desk.possession.session(token) is None


async def test_who_leaves_has_left(desk: Desk) -> None:
    await desk.asks()
    token = (await desk.possession.prove(await desk.code(), visit="v1")).token
    await desk.possession.leave(token)
    assert await desk.possession.session(token) is None
    assert await desk.possession.session("made up") is None
