"""A reseller with five hundred tenants, one of which is bad: it is isolated within 15 minutes, the others are not
touched, and under a new name it is met again. The whole house, on a clock moved by hand: with tenants as end users of
one account on one campaign, and with tenants that have a subaccount each."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from sqlalchemy import select

from masstransit import app, config, serving
from masstransit.carriage import lifting
from masstransit.carriage.overturning import Word
from masstransit.channels.loopback import LoopbackTrunk, Phones
from masstransit.clock import HandClock
from masstransit.drills.acts import Act, Complaint, Course, Offer, Said, Seen, Wait
from masstransit.drills.scene import Customer, Scene
from masstransit.drills.stage import Stage, Template, template
from masstransit.ledger import verify
from masstransit.model.outcome import OutcomeKind
from masstransit.storage import tables

TENANTS, BAD, NEW = 500, 123, "Bright Deals"
MINUTES = 16
CLEAN = "{tenant}: your visit is on {day} at {time}. Reply C to confirm."
LURE = "{tenant}: new dresses from ${percent} this week: https://north-outlet.example/spring Reply STOP to end"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    with template(config.Settings()) as made:
        yield made


#: Whose account, its name, and the end user's, where it is one.
Tenant: TypeAlias = tuple[Customer, str, str | None]


class Reseller:
    """The reseller's house. A tenant is the account that sends, and the end user's name, if it is one."""

    def __init__(self, parts: app.Parts, stage: Stage, scene: Scene, clock: HandClock, *, subaccounts: bool) -> None:
        self.parts, self.stage, self.scene, self.clock, self._subaccounts = parts, stage, scene, clock, subaccounts
        self.owner = scene.customer(brand="Bookwell", attrs={"reseller": True}, numbers=4)
        self.tenants = [self.opens(f"Salon {n}", days=200) for n in range(TENANTS)]
        self.bad = self.tenants[BAD]
        self.others = [each for each in self.tenants if each is not self.bad]

    def opens(self, name: str, *, days: int = 0) -> Tenant:
        if self._subaccounts:
            made = self.scene.customer(brand=name, parent=self.owner, days=days, campaign={"attrs": {}})
            return made, name, None
        first = self.scene.now
        if not days:
            self.scene.end_user(self.owner, name, first_seen_at=first, terms_accepted_at=first)
        else:
            self.scene.end_user(self.owner, name)
        return self.owner, name, name

    def text(self, tenant: Tenant, template_: str, purpose: str, *, own: bool = False) -> Offer:
        customer, name, end_user = tenant
        person = self.scene.person()
        self.scene.consent(self.owner, [person])
        sender = self.owner.numbers[1] if own and not self._subaccounts else None
        return customer.text(
            person, self.scene.say(template_, honest=True, tenant=name), purpose, end_user=end_user, sender=sender
        )

    async def plays(self, *acts: Act) -> list[Seen]:
        answers: list[Seen] = []

        def course() -> Course:
            answers.extend((yield list(acts)))

        await self.stage.perform(course())
        return answers

    async def others_send(self, count: int = 33, begin: int = 0) -> list[str]:
        sending = [self.others[(begin + place) % len(self.others)] for place in range(count)]
        return [seen.verdict for seen in await self.plays(*(self.text(t, CLEAN, "transactional") for t in sending))]

    async def bad_sends(self, count: int = 3) -> list[str]:
        offers = [self.text(self.bad, LURE, "marketing", own=True) for _ in range(count)]
        return [seen.verdict for seen in await self.plays(*offers)]

    async def campaigning(self) -> tuple[list[set[str]], list[set[str]]]:
        """A quarter of an hour in which every tenant sends, and the bad one writes to many, of whom some say STOP and
        some report it. The verdicts of each minute: the bad one's, and the others'."""
        bad, others = [], []
        for minute in range(MINUTES):
            lures = [self.text(self.bad, LURE, "marketing", own=True) for _ in range(30)]
            clean = [
                self.text(self.others[(minute * 33 + place) % len(self.others)], CLEAN, "transactional")
                for place in range(33)
            ]
            seen = await self.plays(*lures, *clean)
            bad.append({each.verdict for each in seen[:30]})
            others.append({each.verdict for each in seen[30:]})
            await self._turn_away([o for o, s in zip(lures, seen, strict=False) if s.verdict in ("ALLOW", "FLAG")])
            await self.plays(Wait(58.0))
        return bad, others

    async def _turn_away(self, reached: Sequence[Offer]) -> None:
        """One in six says STOP, and one in ten reports it."""
        for place, offer in enumerate(reached):
            if place % 6 == 0:
                await self.plays(self.scene.answers(offer.recipient, offer, "STOP"))
            elif place % 10 == 1:
                await self.plays(Complaint(person=offer.recipient))

    async def suspends(self) -> None:
        customer, _, end_user = self.bad
        scope, target = ("end_user", end_user) if end_user else ("account", customer.account)
        unit = {"account": customer.account, "scope": scope, "target": target, "step": "suspend"}
        word = Word(by="Ada", because="people say that they never asked", at=self.clock.now())
        await self.parts.database.write(lambda c: lifting.place(c, self.parts.ledger, "8", unit, word))
        await self.plays(Wait(2.0))

    async def rows(self, query: Any) -> list[Any]:
        return await self.parts.database.read(lambda c: list(c.execute(query)))

    async def carried(self) -> Counter[bool]:
        """How many messages reached a phone: of the bad tenant (True), and of the others. Confirmations of opt-outs are
        nobody's."""
        c = tables.communications.c
        query = select(c.account, c.end_user).where(c.direction == "outbound", c.status == "delivered")
        mine = self.bad[0].account, self.bad[2]
        sent = [row for row in await self.rows(query) if self._subaccounts or row.end_user]
        return Counter((row.account, row.end_user) == mine for row in sent)


@asynccontextmanager
async def a_reseller(prepared: Template, *, subaccounts: bool) -> AsyncIterator[Reseller]:
    scene = Scene(7, "reseller")
    clock, phones = HandClock(scene.start), Phones(())
    loopback = LoopbackTrunk(phones, clock, rest=clock.sleep)
    async with prepared.copy() as settings, serving.at_work(settings, (loopback,), clock) as parts:
        yield Reseller(parts, Stage(parts, scene, phones, loopback, clock), scene, clock, subaccounts=subaccounts)


@pytest.mark.parametrize("subaccounts", [False, True], ids=["end users", "subaccounts"])
async def test_one_bad_tenant_is_isolated_within_fifteen_minutes_and_met_again_under_a_new_name(
    prepared: Template, *, subaccounts: bool
) -> None:
    async with a_reseller(prepared, subaccounts=subaccounts) as house:
        bad, others = await house.campaigning()
        assert others == [{"ALLOW"}] * MINUTES
        assert bad[0] == {"ALLOW"}
        stopped = next(minute for minute, seen in enumerate(bad) if not seen & {"ALLOW", "FLAG"})
        assert stopped < 15
        assert all(not seen & {"ALLOW", "FLAG"} for seen in bad[stopped:])
        assert (await house.carried())[False] == 33 * MINUTES  # every one of the others' has arrived

        await house.suspends()
        assert await house.bad_sends() == ["REFUSE"] * 3
        assert await house.others_send(100) == ["ALLOW"] * 100

        await house.plays(Wait(3_600.0))
        again = house.opens(NEW)
        reborn = [house.text(again, LURE, "marketing") for _ in range(3)]
        assert [seen.verdict for seen in await house.plays(*reborn)] == ["HOLD"] * 3
        held = select(tables.holds.c.rule).where(tables.holds.c.since >= house.clock.now() - timedelta(minutes=1))
        assert [row.rule for row in await house.rows(held)] == ["B4"] * 3
        lawful = house.opens("Studio Vega")
        assert [s.verdict for s in await house.plays(house.text(lawful, CLEAN, "transactional"))] == ["ALLOW"]
        before = await house.carried()
        assert await house.others_send(50, begin=400) == ["ALLOW"] * 50
        await house.plays(Wait(2.0))
        assert await house.carried() == before + Counter({False: 50})
        assert (await house.parts.database.survey(lambda c: verify(c, house.parts.keys.public))).whole


async def test_a_carriers_complaint_about_one_end_user_does_not_fall_on_the_campaign_that_all_share(
    prepared: Template,
) -> None:
    async with a_reseller(prepared, subaccounts=False) as house:
        await house.others_send(3)
        owner, name, _ = house.bad
        said = Said(account=owner.account, what=OutcomeKind.CARRIER_COMPLAINT, campaign=owner.campaign, end_user=name)
        for _ in range(3):
            await house.plays(said)
            await house.plays(Wait(2 * 86_400.0))
        steps = await house.rows(select(tables.standing).order_by(tables.standing.c.since))
        assert [(row.scope, row.target, row.step) for row in steps] == [
            ("end_user", name, what) for what in ("warn", "throttle", "suspend")
        ]
        word = Word(by="Ada", at=house.clock.now())
        step = steps[-1].step_id
        await house.parts.database.write(lambda c: lifting.confirm(c, house.parts.ledger, step, word))
        await house.plays(Wait(2.0))
        assert await house.bad_sends() == ["REFUSE"] * 3
        assert await house.others_send(20) == ["ALLOW"] * 20
