"""From a carrier's complaints to a suspension of one campaign, and back: the whole house on a clock moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from masstransit import app, config, serving
from masstransit.carriage import lifting
from masstransit.carriage.overturning import Word
from masstransit.carriage.snoozing import snooze
from masstransit.carriage.standing import strikes
from masstransit.channels.loopback import LoopbackTrunk, Phones
from masstransit.clock import HandClock
from masstransit.drills.acts import Act, Answer, Course, Row, Said, Seen, Wait
from masstransit.drills.scene import Customer, Scene
from masstransit.drills.stage import Stage, Template, template
from masstransit.errors import Conflict, NotFound
from masstransit.ledger import verify
from masstransit.model.communication import Moment
from masstransit.model.decision import Mode
from masstransit.model.outcome import OutcomeKind
from masstransit.storage import decisions, tables
from masstransit.story import story_of, tell

TEXT = "Northwind: your parcel is on its way and arrives today. Reply STOP to end."
DAYS, DAY = 86_400.0, timedelta(days=1)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    with template(config.Settings()) as made:
        yield made


class House:
    """The house of one story: a shop with two campaigns, of which a carrier complains about the first."""

    def __init__(self, parts: app.Parts, stage: Stage, scene: Scene, clock: HandClock) -> None:
        self.parts, self._stage, self._scene, self.clock = parts, stage, scene, clock
        self.shop: Customer = scene.customer(brand="Northwind", use_case="DELIVERY_NOTIFICATION")
        self.other = scene.second_campaign(self.shop, "DELIVERY_NOTIFICATION")
        self.number = scene.number(self.shop.account, self.other)

    async def plays(self, *acts: Act) -> list[Seen]:
        """The answers to acts of one instant."""
        answers: list[Seen] = []

        def course() -> Course:
            answers.extend((yield list(acts)))

        await self._stage.perform(course())
        return answers

    def people(self, count: int) -> list[str]:
        return self._scene.people(count)

    async def sends(self, count: int = 1, *, by_other: bool = False) -> list[str]:
        """The verdicts on so many messages by the one campaign, or by the other."""
        people = self._scene.people(count)
        self._scene.consent(self.shop, people)
        where = {"sender": self.number, "campaign": self.other} if by_other else {"campaign": self.shop.campaign}
        return [
            s.verdict for s in await self.plays(*(self.shop.text(p, TEXT, "transactional", **where) for p in people))
        ]

    async def complained(self, *, after_days: float = 0.0) -> str:
        """A carrier complains about the first campaign; the newest step, and whether it acts."""
        await self.plays(Wait(after_days * DAYS))
        said = Said(account=self.shop.account, what=OutcomeKind.CARRIER_COMPLAINT, campaign=self.shop.campaign)
        await self.plays(said)
        step = (await self.steps())[-1]
        return str(step.step) if step.acts_from else f"{step.step} proposed"

    async def steps(self) -> list[Any]:
        table = tables.standing
        return list(await self.rows(select(table).order_by(table.c.since, table.c.step_id)))

    async def rows(self, query: Any) -> list[Any]:
        return await self.parts.database.read(lambda c: list(c.execute(query)))

    async def lifts(self, step: str) -> int:
        word = Word(by="Ada", because="they showed how people opted in", at=self.clock.now())
        freed = await self.parts.database.write(lambda c: lifting.lift(c, self.parts.ledger, step, word))
        await self.plays(Wait(2.0))
        return freed

    async def confirms(self, step: str, by: str) -> int:
        word = Word(by=by, at=self.clock.now())
        missing = await self.parts.database.write(lambda c: lifting.confirm(c, self.parts.ledger, step, word))
        await self.plays(Wait(2.0))
        return missing

    async def notices(self) -> list[str]:
        table = tables.alerts
        return [row.text for row in await self.rows(select(table.c.text).order_by(table.c.at, table.c.sid))]

    async def verified(self) -> bool:
        return (await self.parts.database.survey(lambda c: verify(c, self.parts.keys.public))).whole


@asynccontextmanager
async def a_house(prepared: Template) -> AsyncIterator[House]:
    scene = Scene(7, "standing")
    clock, phones = HandClock(scene.start), Phones(())
    loopback = LoopbackTrunk(phones, clock, rest=clock.sleep)
    async with prepared.copy() as settings, serving.at_work(settings, (loopback,), clock) as parts:
        yield House(parts, Stage(parts, scene, phones, loopback, clock), scene, clock)


async def test_one_campaign_is_warned_throttled_and_suspended_and_flows_again_when_it_is_lifted(
    prepared: Template,
) -> None:
    async with a_house(prepared) as house:
        assert await house.sends() == ["ALLOW"]
        assert await house.complained() == "warn"
        assert await house.complained() == "warn"  # the same affair
        assert await house.sends() == ["ALLOW"]

        assert await house.complained(after_days=2) == "throttle"
        assert await house.sends(14) == ["ALLOW"] * 10 + ["DELAY"] * 4
        assert await house.sends(14, by_other=True) == ["ALLOW"] * 14

        assert await house.complained(after_days=2) == "suspend proposed"
        assert await house.sends() == ["ALLOW"]
        *before, step = await house.steps()
        assert await house.confirms(step.step_id, "Ada") == 0
        assert await house.sends(3) == ["REFUSE"] * 3
        assert await house.sends(3, by_other=True) == ["ALLOW"] * 3

        assert await house.lifts(step.step_id) == 0
        assert await house.sends(3) == ["ALLOW"] * 3
        now = house.clock.now()
        left = [row for row in await house.steps() if row.undone_at is None]
        assert strikes(left, now) == strikes(before, now)
        with pytest.raises(Conflict, match="lifted before, by Ada"):
            await house.lifts(step.step_id)
        assert await house.complained(after_days=2) == "suspend proposed"  # two strikes are left, and this is one
        assert [words for words in ("is warned", "is slowed down", "is suspended", "is lifted")
                if sum(words in told for told in await house.notices()) != 1] == []  # fmt: skip
        assert await house.verified()


async def test_a_dialler_is_slowed_down_in_proportion_to_its_own_pace(prepared: Template) -> None:
    async with a_house(prepared) as house:
        await house.plays(*(house.shop.call(one, talks=4.0) for one in house.people(120)))
        await house.plays(Wait(20.0))
        made = [row.per_minute for row in await house.steps() if row.step == "throttle"]
        assert made
        assert set(made) == {2.0}  # a quarter of 120 in a quarter of an hour
        said = await house.plays(*(house.shop.call(one, talks=4.0) for one in house.people(3)))
        assert [each.verdict for each in said] == ["ALLOW", "DELAY", "DELAY"]


async def test_strikes_fade_and_a_lifted_one_is_none(prepared: Template) -> None:
    async with a_house(prepared) as house:
        assert await house.complained() == "warn"
        (first,) = await house.steps()
        await house.lifts(first.step_id)
        assert await house.complained(after_days=2) == "warn"
        assert await house.complained(after_days=31) == "warn"  # 1.49 strikes: just under one and a half
        assert await house.complained(after_days=29) == "throttle"


async def test_what_climbed_on_a_step_that_is_lifted_comes_down_and_stays_a_strike(prepared: Template) -> None:
    async with a_house(prepared) as house:
        assert await house.complained() == "warn"
        assert await house.complained(after_days=2) == "throttle"
        assert await house.complained(after_days=2) == "suspend proposed"
        first, second, third = await house.steps()
        await house.lifts(first.step_id)
        left = [row for row in await house.steps() if row.undone_at is None]
        assert [(row.step, row.since) for row in left] == [("warn", second.since), ("throttle", third.since)]
        assert [row.acts_from for row in left] == [second.since, third.since]
        now = house.clock.now()
        assert strikes(left, now) == pytest.approx(strikes([second], now) + 0.5 ** ((now - third.since) / (30 * DAY)))
        assert await house.sends(14) == ["ALLOW"] * 10 + ["DELAY"] * 4  # the throttle that it comes to, for its day
        await house.plays(Wait(DAYS))
        assert await house.sends(14) == ["ALLOW"] * 14
        gone = [row for row in await house.steps() if row.undone_at is not None]
        assert sorted(row.step_id for row in gone) == sorted(row.step_id for row in (first, second, third))
        with pytest.raises(Conflict, match="lifted before"):
            await house.lifts(third.step_id)
        assert len([row for row in await house.steps() if row.undone_at is None]) == 2
        assert await house.verified()


async def test_what_a_person_confirmed_and_what_was_there_before_stays_when_another_step_is_lifted(
    prepared: Template,
) -> None:
    async with a_house(prepared) as house:
        for days in (0, 2, 2):
            await house.complained(after_days=days)
        first, second, third = await house.steps()
        await house.confirms(third.step_id, "Ada")
        await house.lifts(second.step_id)
        left = [row.step_id for row in await house.steps() if row.undone_at is None]
        assert left == [first.step_id, third.step_id]


async def test_what_waits_for_a_block_alone_goes_out_once_when_it_is_lifted(prepared: Template) -> None:
    async with a_house(prepared) as house:
        block = {
            "account": house.shop.account, "step_id": "ST1", "scope": "campaign", "target": house.shop.campaign,
            "step": "block", "clause": "6", "rule": "6.7", "reason": "too many people opt out", "decision": "DE1",
            "since": house.clock.now(), "acts_from": house.clock.now(),
            "expires_at": house.clock.now() + timedelta(days=7),
        }  # fmt: skip
        await house.plays(Row(table="standing", values=block))
        assert await house.sends(3) == ["HOLD"] * 3
        assert await house.sends(2, by_other=True) == ["ALLOW"] * 2
        assert await house.lifts("ST1") == 3
        sent = select(tables.communications.c.status).where(tables.communications.c.direction == "outbound")
        assert [row.status for row in await house.rows(sent)] == ["delivered"] * 5
        with pytest.raises(Conflict, match="nothing is changed"):
            await house.lifts("ST1")
        assert await house.rows(select(tables.overturns)) == []  # nobody said that they were held wrongly
        assert await house.verified()


async def test_a_stop_is_obeyed_and_confirmed_while_the_campaign_is_suspended(prepared: Template) -> None:
    async with a_house(prepared) as house:
        for days in (0, 2, 2):
            await house.complained(after_days=days)
        await house.confirms((await house.steps())[-1].step_id, "Ada")
        await house.plays(Answer(person="+12125550150", to=house.shop.numbers[0], text="STOP"))
        assert len(await house.rows(select(tables.opt_outs))) == 1
        to_them = tables.communications.c.recipient == "+12125550150"
        assert [row.status for row in await house.rows(select(tables.communications.c.status).where(to_them))] == [
            "delivered"
        ]


async def test_a_suspension_under_clause_16_needs_two_people(prepared: Template) -> None:
    async with a_house(prepared) as house:
        now = house.clock.now()
        proposed = {
            "account": house.shop.account, "step_id": "ST1", "scope": "campaign", "target": house.shop.campaign,
            "step": "suspend", "clause": "16", "rule": "16.1", "reason": "this may be a threat", "decision": "DE1",
            "since": now, "acts_from": None, "expires_at": now + timedelta(days=30),
        }  # fmt: skip
        await house.plays(Row(table="standing", values=proposed))
        assert await house.confirms("ST1", "Ada") == 1
        assert await house.sends() == ["ALLOW"]
        with pytest.raises(Conflict, match="somebody else has to look"):
            await house.confirms("ST1", " ada ")
        assert await house.confirms("ST1", "Bob") == 0
        assert await house.sends() == ["REFUSE"]
        with pytest.raises(Conflict, match="acts already"):
            await house.confirms("ST1", "Cleo")


async def test_what_nobody_confirms_lapses_and_what_is_not_there_is_said(prepared: Template) -> None:
    async with a_house(prepared) as house:
        for days in (0, 2, 2):
            await house.complained(after_days=days)
        proposed = (await house.steps())[-1].step_id
        await house.plays(Wait(31 * DAYS))
        with pytest.raises(Conflict, match="lapsed"):
            await house.confirms(proposed, "Ada")
        with pytest.raises(NotFound, match="no step ST9"):
            await house.lifts("ST9")
        assert await house.sends() == ["ALLOW"]


async def test_an_authoritys_request_is_no_strike_and_its_customer_hears_nothing_of_it(prepared: Template) -> None:
    async with a_house(prepared) as house:
        asked = Said(account=house.shop.account, what=OutcomeKind.AUTHORITY_REQUEST, campaign=house.shop.campaign)
        for _ in range(4):
            await house.plays(asked, Wait(31 * DAYS))
        assert {row.step for row in await house.steps()} == {"warn"}
        assert await house.complained() == "warn"
        assert [told for told in await house.notices() if "clause 14" in told] == []


async def test_what_a_snoozed_rule_finds_is_on_record_and_brings_no_step_until_it_ends(prepared: Template) -> None:
    async with a_house(prepared) as house:
        now, ledger = house.clock.now(), house.parts.ledger
        unit = {"account": house.shop.account, "rule": "6.8", "scope": "campaign", "target": house.shop.campaign}
        word, until = Word(by="Ada", because="the carrier rehearses", at=now), now + timedelta(days=2)
        await house.parts.database.write(lambda c: snooze(c, ledger, unit, word, until=until, binds=""))
        said = Said(account=house.shop.account, what=OutcomeKind.CARRIER_COMPLAINT, campaign=house.shop.campaign)
        await house.plays(Wait(3.0))
        await house.plays(said)
        assert await house.steps() == []
        (made,) = [d for d in await house.parts.database.read(decisions.every) if d.moment is Moment.OUTCOME]
        assert [(f.rule, f.mode) for f in made.findings] == [("6.8", Mode.SHADOW)]
        story = await house.parts.database.survey(lambda c: list(tell(story_of(c, made.id))))
        assert any("snoozed for this sender until " in line for line in story)
        other = Said(account=house.shop.account, what=OutcomeKind.CARRIER_COMPLAINT, campaign=house.other)
        await house.plays(other)
        assert [step.target for step in await house.steps()] == [house.other]
        assert await house.complained(after_days=3) == "warn"
        assert await house.verified()
