"""What stands against a number goes with it: it is quarantined when it is given up, and not handed on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from masstransit.carriage import inventory, lifting
from masstransit.carriage.overturning import Word
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.ledger import Ledger, verify
from masstransit.model.address import E164, parse
from masstransit.storage import accounts, number_holds, numbers, tables
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import NOON

SF, ELSEWHERE = "+14155550101", "+14155550177"
SID, CAMPAIGN = "PN" + "1" * 32, "QE" + "1" * 32
WORD = Word(by="Ada", because="it phished", at=NOON)
DAY = timedelta(days=1)


class Shop:
    """An owner with two subaccounts, the first of which has a number on a campaign."""

    def __init__(self, database: Database, keys: Keys, named: tuple[str, str, str]) -> None:
        self.database, self.keys, self.ledger = database, keys, Ledger("test")
        self.owner, self.one, self.two = named

    async def does(self, work: Any, *args: Any, **more: Any) -> Any:
        return await self.database.write(lambda c: work(c, self.ledger, *args, **more))

    async def stops(self, account: str, scope: str, target: str, what: str = "suspend", *, clause: str = "10") -> str:
        unit = {"account": account, "scope": scope, "target": target, "step": what}
        name, _ = await self.does(lifting.place, clause, unit, WORD)
        return str(name)

    async def gives_up(self) -> list[str]:
        """What holds the number then."""
        await self.does(inventory.give_up, self.one, SID, NOON + DAY)
        held = await self.database.read(lambda c: number_holds.of(c, SF))
        return [f"{each.kind}: {each.because}" for each in held]

    async def row(self, number: str = SF) -> Any:
        return await self.database.read(lambda c: numbers.look_up(c, number))


@pytest.fixture
async def shop(sqlite_database: Database, keys: Keys) -> Shop:
    def make(connection: Any) -> tuple[str, str, str]:
        owner = accounts.create(connection, keys, friendly_name="owner", now=NOON).account
        subs = [
            accounts.create(connection, keys, friendly_name=name, now=NOON, parent=owner).account for name in ("1", "2")
        ]
        row = {"number": SF, "account": subs[0], "sid": SID, "state": "in-use", "acquired_at": NOON, "region": "US"}
        numbers.put(connection, [row], NOON)
        connection.execute(update(tables.numbers).values(campaign=CAMPAIGN))
        return owner, subs[0], subs[1]

    return Shop(sqlite_database, keys, await sqlite_database.write(make))


@pytest.mark.parametrize(
    ("whose", "scope", "target"),
    [("one", "number", SF), ("one", "campaign", CAMPAIGN), ("one", "account", ""), ("owner", "account", "")],
)
@pytest.mark.parametrize("what", ["suspend", "block"])
async def test_what_is_given_up_while_it_is_stopped_goes_into_quarantine(
    shop: Shop, whose: str, scope: str, target: str, what: str
) -> None:
    account = getattr(shop, whose)
    step = await shop.stops(account, scope, target or account, what)
    (held,) = await shop.gives_up()
    assert held.startswith("quarantine: given up while it")
    assert held.endswith(f"({step}): it phished")
    for at, buyer in ((NOON + 2 * DAY, shop.one), (NOON + 400 * DAY, shop.two)):
        await shop.database.write(lambda c, at=at: numbers.age(c, at, 45 * DAY))  # type: ignore[misc]
        with pytest.raises(Conflict):
            await shop.database.write(lambda c, at=at, to=buyer: numbers.buy(c, to, SF, "PN2", at, {}))  # type: ignore[misc]
    assert await shop.does(inventory.let_go, SF, None, WORD) == "quarantine"  # a person looked at it
    for _ in range(2):
        await shop.database.write(lambda c: numbers.age(c, NOON + 400 * DAY, 45 * DAY))
    await shop.database.write(lambda c: numbers.buy(c, shop.two, SF, "PN2", NOON + 400 * DAY, {}))
    assert (await shop.database.survey(lambda c: verify(c, shop.keys.public))).whole


@pytest.mark.parametrize("what", ["warn", "throttle"])
async def test_what_is_only_warned_or_slowed_down_is_given_up_like_any_other(shop: Shop, what: str) -> None:
    await shop.stops(shop.one, "number", SF, what)
    assert await shop.gives_up() == []


async def test_steps_against_others_steps_that_ended_and_those_that_nobody_confirmed_quarantine_nothing(
    shop: Shop,
) -> None:
    await shop.stops(shop.two, "account", shop.two)
    await shop.stops(shop.one, "number", ELSEWHERE)
    await shop.stops(shop.one, "campaign", "QE" + "2" * 32)
    await shop.stops(shop.one, "end_user", "Acme")
    await shop.stops(shop.one, "number", SF, clause="16")  # one more person has to confirm it
    lifted = await shop.stops(shop.one, "number", SF)
    await shop.does(lifting.lift, lifted, WORD)
    assert await shop.gives_up() == []


async def test_a_step_is_not_left_behind_by_handing_the_number_to_a_sister(shop: Shop) -> None:
    step = await shop.stops(shop.one, "account", shop.one)
    with pytest.raises(Conflict, match="stays with its account"):
        await shop.does(inventory.hand_on, shop.one, SID, shop.two, NOON + DAY)
    await shop.does(lifting.lift, step, WORD)
    await shop.does(inventory.hold, SF, "dispute", WORD)
    with pytest.raises(Conflict, match="stays with its account"):
        await shop.does(inventory.hand_on, shop.one, SID, shop.two, NOON + DAY)
    await shop.does(inventory.let_go, SF, "dispute", WORD)
    moved = await shop.does(inventory.hand_on, shop.one, SID, shop.two, NOON + DAY)
    assert moved.account == shop.two
    with pytest.raises(NotFound):
        await shop.does(inventory.hand_on, shop.one, SID, shop.two, NOON + DAY)


async def test_a_port_out_waits_for_what_else_holds_the_number_and_then_leaves_it_to_nobody_here(shop: Shop) -> None:
    await shop.does(inventory.hold, SF, "port-out", WORD)
    await shop.does(inventory.hold, SF, "hold", WORD)
    with pytest.raises(Conflict, match="held so already"):
        await shop.does(inventory.hold, SF, "hold", WORD)
    with pytest.raises(Conflict, match="held by hold too"):
        await shop.does(inventory.ported, SF, WORD)
    with pytest.raises(BadInput, match="hold, port-out"):
        await shop.does(inventory.let_go, SF, None, WORD)
    await shop.does(inventory.let_go, SF, "hold", WORD)
    assert (await shop.row()).state == "in-use"  # until it has left it sends and receives
    assert await shop.does(inventory.ported, SF, WORD) == "out"
    row = await shop.row()
    assert (row.state, row.account, row.campaign, row.released_at) == ("ported-out", None, None, None)


async def test_a_number_that_is_ported_in_is_its_customers_when_it_has_come_and_not_before(shop: Shop) -> None:
    address = parse(ELSEWHERE)
    assert isinstance(address, E164)
    with pytest.raises(NotFound):
        await shop.does(inventory.port_in, address, "AC" + "0" * 32, WORD)
    await shop.does(inventory.port_in, address, shop.one, WORD)
    row = await shop.row(ELSEWHERE)
    assert (row.state, row.account, row.acquired_at) == ("port-in", shop.one, None)
    with pytest.raises(Conflict, match="already"):
        await shop.does(inventory.port_in, address, shop.two, WORD)
    assert await shop.does(inventory.let_go, ELSEWHERE, None, WORD) == "port-in"  # called off
    assert (await shop.row(ELSEWHERE)).account is None
    await shop.does(inventory.port_in, address, shop.two, WORD)
    assert await shop.does(inventory.ported, ELSEWHERE, WORD) == "in"
    row = await shop.row(ELSEWHERE)
    assert (row.state, row.account, row.acquired_at) == ("in-use", shop.two, NOON)
