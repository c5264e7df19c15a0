"""What a person sees and does on their page, and that complaints weigh by receipt."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert

from masstransit.bundle import check
from masstransit.carriage.channel import DeliveryReport, Inbound, Sent
from masstransit.carriage.codes import TooOften
from masstransit.carriage.optouts import OptOuts
from masstransit.carriage.possession import Session
from masstransit.carriage.recipients import Recipients, Writer
from masstransit.counters import MemoryCounters
from masstransit.errors import NotFound
from masstransit.facts.consent import BlockList, Roots
from masstransit.facts.consent import OptOuts as OptOutLearner
from masstransit.facts.traffic import DayRates, Rates
from masstransit.model.address import parse
from masstransit.model.communication import Purpose
from masstransit.model.outcome import Outcome, OutcomeKind
from masstransit.storage import communications, consents, standing
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import accounts, blocks, complaints, deactivated, opt_outs
from tests.carriage.house import House
from tests.makers import ACCOUNT, NOON, RECIPIENT, SENDER, an_sms

SUB, OTHER = "AC" + "5" * 32, "AC" + "6" * 32
SECOND = "+12125550124"


class World:
    """A brand with a subaccount, another customer, and people with a session each."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self.house = house = House(database, keys)
        self._sent = 0
        self.recipients = Recipients(
            database=database,
            keys=keys,
            clock=house.clock,
            ledger=house.ledger,
            roots=Roots(),
            optouts=OptOuts(database=database, keys=keys, roots=Roots(), ledger=house.ledger, clock=house.clock),
            complaints=house.complaints,
            arrivals=house.arrivals,
        )

    async def filled(self) -> World:
        row = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}, "parent": None}
        rows = [
            row | {"account": ACCOUNT, "brand": "Acme"},
            row | {"account": SUB, "parent": ACCOUNT},
            row | {"account": OTHER, "brand": "", "friendly_name": "Bee Ltd"},
        ]
        await self.house.database.write(lambda c: [c.execute(insert(accounts), each) for each in rows])
        return self

    async def sends(self, *, to: str = RECIPIENT, arrives: bool = True, **more: Any) -> str:
        """A message goes out, and most often arrives; its SID."""
        n, house = self._sent, self.house
        self._sent += 1
        house.links[0].answer = lambda _: Sent((f"c{n}",))
        await house.clock.move(timedelta(seconds=1))
        async with house.delivering():
            await house.offer(n, recipient=to, receipt=True, **more)
            await self._sent_on(f"SM{n:032x}")
        if arrives:
            await self.reports(f"SM{n:032x}")
        return f"SM{n:032x}"

    async def _sent_on(self, sid: str) -> None:
        """Return when a carrier took the message."""
        for _ in range(400):
            row = await self.house.database.read(lambda c: communications.locate(c, sid))
            if row is not None and row.status == "sent":
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{sid} was not sent")

    async def reports(self, sid: str, state: str = "delivered") -> None:
        name = f"c{int(sid[2:], 16)}"
        told = DeliveryReport(trunk="link", carrier_id=name, state=state, at=self.house.clock.now())
        await self.house.arrivals.report(told)

    def who(self, number: str = RECIPIENT) -> Session:
        return Session(person=self.house.keys.person(number), masked=parse(number).masked)

    async def sees(self, number: str = RECIPIENT) -> dict[str, Writer]:
        overview = await self.recipients.overview(self.who(number))
        return {writer.name: writer for writer in overview.writers}

    async def wishes(self, wish: str, name: str = "Acme", number: str = RECIPIENT) -> None:
        await self.recipients.wish(self.who(number), (await self.sees(number))[name].mark, wish)

    async def opted_out(self, **more: Any) -> tuple[bool, str]:
        learner = OptOutLearner(self.house.database, self.house.keys, Roots())
        (fact,) = await learner.learn([an_sms(**more)])
        return fact.on_file, fact.scope

    async def blocked(self, **more: Any) -> bool:
        (fact,) = await BlockList(self.house.database, self.house.keys, Roots()).learn([an_sms(**more)])
        return fact.on_file

    def heard(self, what: OutcomeKind) -> list[Outcome]:
        return [outcome for outcome in self.house.wishes.outcomes if outcome.what is what]


@pytest.fixture
async def world(sqlite_database: Database, keys: Keys) -> World:
    return await World(sqlite_database, keys).filled()


# --- who writes, on what grounds --------------------------------------------------------------------------------------


async def test_a_person_sees_who_wrote_how_often_and_for_what(world: World) -> None:
    await world.sends(purpose=Purpose.TRANSACTIONAL)
    await world.sends(purpose=Purpose.TRANSACTIONAL, account=SUB)
    await world.sends(purpose=Purpose.MARKETING, sender="AcmeShop", end_user="shop-1")
    await world.sends(account=OTHER, purpose=Purpose.OTP)
    seen = await world.sees()
    assert list(seen) == ["Acme", "Bee Ltd"]  # who sends nothing but codes comes last
    assert [(line.sender, line.purpose, line.end_user, line.number) for line in seen["Acme"].lines] == [
        ("AcmeShop", "marketing", "shop-1", 1),
        (SENDER, "transactional", "", 1),
        (SENDER, "transactional", "", 1),
    ]
    assert (seen["Acme"].only_awaited, seen["Bee Ltd"].only_awaited) == (False, True)


async def test_two_people_never_see_what_is_the_others(world: World) -> None:
    first = await world.sends()
    await world.sends(to=SECOND, account=OTHER)
    mine, theirs = await world.sees(), await world.sees(SECOND)
    assert (list(mine), list(theirs)) == (["Acme"], ["Bee Ltd"])
    line = mine["Acme"].lines[0].mark
    with pytest.raises(NotFound):
        await world.recipients.received(world.who(SECOND), line)
    with pytest.raises(NotFound):
        await world.recipients.wish(world.who(SECOND), mine["Acme"].mark, "all")
    with pytest.raises(NotFound):
        await world.recipients.complain(world.who(SECOND), first, "fraud")
    await world.sends(to=SECOND)
    assert (await world.sees(SECOND))["Acme"].mark != mine["Acme"].mark  # a mark tells nothing of who has it too


async def test_the_grounds_are_the_consents_on_record(world: World) -> None:
    await world.sends()
    assert (await world.sees())["Acme"].grounds == ()
    given: dict[str, Any] = {
        "account": ACCOUNT,
        "person": world.who().person,
        "purpose": "marketing",
        "kind": "written",
    }
    given |= {"given_at": NOON, "medium": "web-form", "proof": "https://shop.example/form/7", "source": "192.0.2.1"}
    ledger = world.house.ledger
    await world.house.database.write(lambda c: consents.give(c, ledger, [given], NOON))
    (ground,) = (await world.sees())["Acme"].grounds
    assert (ground.purpose, ground.kind, ground.medium, ground.given_at) == ("marketing", "written", "web-form", NOON)
    assert (ground.proven, ground.withdrawn_at) == (True, None)
    await world.house.database.write(lambda c: consents.withdraw(c, ledger, ACCOUNT, world.who().person, NOON))
    assert (await world.sees())["Acme"].grounds[0].withdrawn_at == NOON


async def test_who_holds_a_number_anew_sees_nothing_of_who_had_it_before(world: World) -> None:
    await world.sends()
    await world.house.clock.move(timedelta(seconds=1))
    shut = {"person": world.who().person, "at": world.house.clock.now()}
    await world.house.database.write(lambda c: c.execute(insert(deactivated), shut))
    await world.house.clock.move(timedelta(days=1))
    assert await world.sees() == {}
    await world.sends(account=OTHER)
    assert list(await world.sees()) == ["Bee Ltd"]
    await world.sends()  # one more of what came before
    (line,) = (await world.sees())["Acme"].lines
    _, _, messages = await world.recipients.received(world.who(), line.mark)
    assert (line.number, len(messages)) == (1, 1)


async def test_neither_does_the_file_that_they_take_along(world: World) -> None:
    house, person = world.house, world.who().person

    async def agrees(purpose: str) -> None:
        given = {"account": ACCOUNT, "person": person, "purpose": purpose, "kind": "written", "given_at": NOON}
        now = house.clock.now()
        await house.database.write(lambda c: consents.give(c, house.ledger, [given | {"given_at": now}], now))

    await agrees("marketing")
    await house.clock.move(timedelta(days=1))
    shut = {"person": person, "at": house.clock.now()}
    await house.database.write(lambda c: c.execute(insert(deactivated), shut))
    await house.clock.move(timedelta(days=1))
    await agrees("transactional")
    acme = (await world.sees())["Acme"]
    assert [ground.purpose for ground in acme.grounds] == ["transactional"]
    bundle = check(await world.recipients.proof(world.who(), acme.mark)).bundle
    assert [msgspec.json.decode(piece.record or "")["purpose"] for piece in bundle.pieces] == ["transactional"]
    assert [row["purpose"] for row in bundle.beside["consents"]] == ["transactional"]


async def test_what_is_older_than_thirteen_months_is_not_shown(world: World) -> None:
    await world.sends()
    await world.house.clock.move(timedelta(days=399))
    assert list(await world.sees()) == ["Acme"]
    await world.house.clock.move(timedelta(days=2))
    assert await world.sees() == {}


# --- stopping ---------------------------------------------------------------------------------------------------------


async def test_a_stop_on_the_page_makes_the_row_that_a_texted_stop_makes(world: World) -> None:
    await world.sends()
    await world.wishes("all")
    (row,) = await world.house._all(opt_outs)
    assert (row.account, row.person, row.scope, row.channel) == (ACCOUNT, world.who().person, "everything", "web")
    assert (row.said, row.via, row.masked) == ("recipients' page", SENDER, world.who().masked)
    assert await world.opted_out() == (True, "everything")
    assert await world.opted_out(account=SUB, sender="+14155550777") == (True, "everything")
    assert await world.opted_out(account=OTHER) == (False, "all")
    assert await world.opted_out(recipient=SECOND) == (False, "all")
    (outcome,) = world.heard(OutcomeKind.OPT_OUT)
    assert (outcome.account, outcome.recipient) == (ACCOUNT, parse(RECIPIENT))
    assert await world.house.verified()


async def test_a_texted_start_ends_what_was_stopped_on_the_page_and_the_page_what_was_texted(world: World) -> None:
    await world.house.owns()
    await world.sends()
    await world.wishes("person")
    assert await world.blocked()

    async def texts(word: str) -> None:
        told = Inbound(
            trunk="link", sender=parse(RECIPIENT), recipient=parse(SENDER), text=word, at=world.house.clock.now()
        )
        await world.house.arrivals.receive(told)

    await texts("START")
    assert (await world.opted_out(), await world.blocked()) == ((False, "all"), False)
    await world.house.clock.move(timedelta(minutes=1))
    await texts("STOP")
    assert (await world.sees())["Acme"].stopped == "all"
    await world.wishes("start")
    assert not (await world.opted_out())[0]
    assert (await world.sees())["Acme"].stopped == ""


async def test_who_has_a_name_for_a_number_is_stopped_too(world: World) -> None:
    await world.sends(sender="AcmeShop", purpose=Purpose.MARKETING)
    await world.wishes("marketing")
    assert await world.opted_out(sender="AcmeShop") == (True, "marketing")
    await world.wishes("all")
    assert await world.opted_out(sender="AcmeShop") == (True, "everything")


async def test_marketing_alone_does_not_shrink_what_was_stopped_before(world: World) -> None:
    await world.sends()
    await world.wishes("all")
    await world.wishes("marketing")
    assert await world.opted_out() == (True, "everything")


async def test_to_be_left_alone_by_one_end_user_leaves_the_others(world: World) -> None:
    await world.sends(end_user="shop-1")
    await world.sends(end_user="shop-2")
    (line,) = [line for line in (await world.sees())["Acme"].lines if line.end_user == "shop-1"]
    await world.recipients.wish(world.who(), line.mark, "person")
    assert [await world.blocked(end_user=name) for name in ("shop-1", "shop-2")] == [True, False]
    assert not (await world.opted_out())[0]
    (row,) = await world.house._all(blocks)
    assert (row.end_user, row.reason) == ("shop-1", "recipients' page")
    assert [line.blocked for line in (await world.sees())["Acme"].lines] == [False, True]
    await world.wishes("start")
    assert not await world.blocked(end_user="shop-1")


async def test_who_only_says_that_they_may_write_can_be_stopped_before_they_do(world: World) -> None:
    given = {"account": OTHER, "person": world.who().person, "purpose": "marketing", "kind": "written"}
    ledger = world.house.ledger
    await world.house.database.write(lambda c: consents.give(c, ledger, [given | {"given_at": NOON}], NOON))
    await world.wishes("all", "Bee Ltd")
    assert await world.opted_out(account=OTHER) == (True, "everything")
    assert world.heard(OutcomeKind.OPT_OUT) == []  # of no message that it could tell of


async def test_a_wish_that_there_is_not_is_not_found(world: World) -> None:
    await world.sends()
    with pytest.raises(NotFound):
        await world.wishes("burn")
    with pytest.raises(NotFound):
        await world.recipients.wish(world.who(), "made-up", "all")
    assert await world.house._all(opt_outs) == []


# --- complaints -------------------------------------------------------------------------------------------------------


async def test_a_complaint_about_what_arrived_counts_and_is_followed(world: World) -> None:
    await world.sends()
    newest = await world.sends()
    line = (await world.sees())["Acme"].lines[0]
    _, _, messages = await world.recipients.received(world.who(), line.mark)
    assert messages[0][0] == newest
    assert len(messages) == 2
    assert await world.recipients.complain(world.who(), newest, "fraud")
    assert not await world.recipients.complain(world.who(), newest, "other")
    (kept,) = await world.house._all(complaints)
    assert kept.attrs == {"receipt": "delivered", "said": "fraud"}
    assert [outcome.communication for outcome in world.heard(OutcomeKind.SPAM_REPORT)] == [newest]
    (lodged,) = (await world.recipients.overview(world.who())).complaints
    assert (lodged.name, lodged.sender, lodged.said) == ("Acme", SENDER, "fraud")
    assert (lodged.confirmed, lodged.followed) == (True, "")
    assert (await world.recipients.overview(world.who(SECOND))).complaints == ()
    step = {"account": ACCOUNT, "step_id": "ST1", "scope": "number", "target": SENDER, "step": "throttle"}
    now = world.house.clock.now()
    row = step | {"since": now, "acts_from": now, "silent": ""}
    await world.house.database.write(lambda c: standing.add(c, row))
    assert (await world.recipients.overview(world.who())).complaints[0].followed == "throttle"
    assert await world.house.verified()


async def test_what_did_not_arrive_can_not_be_complained_of(world: World) -> None:
    lost = await world.sends(arrives=False)
    await world.reports(lost, "failed")
    world.house.wishes.all = "refuse"
    await world.house.offer(77)
    for sid in (lost, f"SM{77:032x}"):
        with pytest.raises(NotFound):
            await world.recipients.complain(world.who(), sid, "fraud")
    assert await world.house._all(complaints) == []


async def test_who_answered_has_surely_received(world: World) -> None:
    await world.house.owns()
    sid = await world.sends(arrives=False)
    told = Inbound(
        trunk="link", sender=parse(RECIPIENT), recipient=parse(SENDER), text="Who is this?",
        at=world.house.clock.now() + timedelta(seconds=1),
    )  # fmt: skip
    await world.house.arrivals.receive(told)
    await world.recipients.complain(world.who(), sid, "fraud")
    assert [row.attrs["receipt"] for row in await world.house._all(complaints)] == ["answered"]
    assert len(world.heard(OutcomeKind.SPAM_REPORT)) == 1


async def test_where_the_carrier_says_nothing_two_people_count_as_one(world: World) -> None:
    people = [f"+121255502{n:02d}" for n in range(5)]
    for number in people:
        sid = await world.sends(to=number, arrives=False)
        again = await world.sends(to=number, arrives=False)
        assert await world.recipients.complain(world.who(number), sid, "other")
        assert await world.recipients.complain(world.who(number), again, "other")
    heard = world.heard(OutcomeKind.SPAM_REPORT)
    assert len({outcome.recipient for outcome in heard}) == len(people) // 2
    lodged = (await world.recipients.overview(world.who(people[0]))).complaints
    assert [each.confirmed for each in lodged] == [False, False]


async def test_a_brigade_that_received_nothing_counts_for_nothing(world: World) -> None:
    wanted = await world.sends()
    for n in range(30):
        outsider = world.who(f"+121255504{n:02d}")
        with pytest.raises(NotFound):
            await world.recipients.complain(outsider, wanted, "fraud")
    assert await world.recipients.complain(world.who(), wanted, "fraud")
    counters = DayRates(MemoryCounters(), world.house.clock, world.house.keys.person)
    rates = [await counters.learn([outcome]) for outcome in world.heard(OutcomeKind.SPAM_REPORT)]
    assert [fact.spam_reports_24h for (fact,) in rates if isinstance(fact, Rates)] == [1]
    assert len(await world.house._all(complaints)) == 1


async def test_one_person_who_complains_of_everything_counts_once_and_within_bounds(world: World) -> None:
    sent = [await world.sends() for _ in range(21)]
    for sid in sent[:20]:
        await world.recipients.complain(world.who(), sid, "other")
    with pytest.raises(TooOften):
        await world.recipients.complain(world.who(), sent[20], "other")
    counters = DayRates(MemoryCounters(), world.house.clock, world.house.keys.person)
    *_, last = [await counters.learn([outcome]) for outcome in world.heard(OutcomeKind.SPAM_REPORT)]
    assert isinstance(last[0], Rates)
    assert last[0].spam_reports_24h == 1
    await world.house.clock.move(timedelta(days=1))
    assert await world.recipients.complain(world.who(), sent[20], "other")
