"""The budget of wrong stops: a rule that people keep overturning steps down into shadow, and says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from masstransit.carriage.budget import Budget, Budgets, least_share, reckoned
from masstransit.carriage.overturning import Word, overturn
from masstransit.errors import Conflict, NotFound
from masstransit.model.decision import Mode, Verdict
from masstransit.storage import alerts, decisions, demotions, overturns, tables
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.carriage.house import House
from tests.makers import ACCOUNT, NOON

BUDGET = Budget(share=0.01, days=7, least=20, confidence=0.95)
WEEK = timedelta(days=7)


@pytest.fixture
async def house(database: Database, keys: Keys) -> House:
    made = House(database, keys)
    await made.owns()
    return made


def budgets(house: House, *, law: str = "", budget: Budget = BUDGET) -> Budgets:
    """The budget, kept in the house's process; rule 1.1 carries out that law."""
    rules = {"1.1": law, "1.2": ""}
    return Budgets(house.database, house.gate, house.ledger, house.clock, budget=budget, rules=rules)


async def stopped(house: House, count: int, word: str = "hold", first: int = 0) -> None:
    """Messages that rule 1.1 stops."""
    house.wishes.all = word
    for n in range(first, first + count):
        await house.offer(n)


async def released(house: House, count: int, by: str = "dana", first: int = 0) -> None:
    for n in range(first, first + count):
        await house.exchange.release(ACCOUNT, f"SM{n:032x}", by, "it is lawful")


async def in_shadow(house: House) -> list[str]:
    return [row.rule for row in await house.database.read(demotions.in_force)]


async def alerted(house: House) -> list[str]:
    return [row.text for row in await house.database.read(lambda c: alerts.for_operator(c, NOON))]


# --- the interval ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("overturned", "of", "least"),
    [(0, 0, 0.0), (0, 9, 0.0), (1, 1, 0.27), (25, 30, 0.695), (20, 1000, 0.0139), (20, 2000, 0.0069), (30, 30, 0.917)],
)
def test_the_least_share_is_the_lower_end_of_wilsons_interval(overturned: int, of: int, least: float) -> None:
    assert least_share(overturned, of, 0.95) == pytest.approx(least, abs=0.001)


def test_surer_means_less() -> None:
    assert least_share(25, 30, 0.99) < least_share(25, 30, 0.95) < 25 / 30


# --- stepping down --------------------------------------------------------------------------------------------------


async def test_a_rule_that_people_keep_overturning_steps_down_and_binds_nothing_from_then_on(house: House) -> None:
    kept = budgets(house)
    await stopped(house, 30)
    await released(house, 13)
    await released(house, 12, by="noor", first=13)
    await kept.refresh()
    assert await in_shadow(house) == ["1.1"]
    offered = await house.offer(99)
    assert offered.decision.verdict is Verdict.ALLOW
    assert [(f.rule, f.verdict, f.mode) for f in offered.decision.findings] == [("1.1", Verdict.HOLD, Mode.SHADOW)]
    (told,) = await alerted(house)
    assert told == (
        "rule 1.1 is in shadow: 2 people overturned 25 of 30 that it stopped, of 1 account, more than 1.0%; when it is "
        "mended, put it back with masstransit reinstate 1.1"
    )
    assert await house.verified()


async def test_a_demotion_changes_the_revision_that_decisions_carry(house: House) -> None:
    kept, before = budgets(house), house.gate.revision
    await stopped(house, 20)
    await released(house, 20)
    await kept.refresh()
    assert house.gate.revision != before
    assert (await house.offer(99)).decision.revision == house.gate.revision


async def test_nineteen_overturned_are_too_few(house: House) -> None:
    kept = budgets(house)
    await stopped(house, 30)
    await released(house, 19)
    await kept.refresh()
    assert await in_shadow(house) == []
    await released(house, 1, first=19)
    await kept.refresh()
    assert await in_shadow(house) == ["1.1"]


async def test_a_share_that_may_be_within_the_budget_proves_nothing(house: House) -> None:
    wide = Budget(share=0.5, days=7, least=5, confidence=0.95)
    kept = budgets(house, budget=wide)
    await stopped(house, 10)
    await released(house, 6)
    await kept.refresh()
    assert await in_shadow(house) == []  # 6 of 10: it may as well be one of three
    await released(house, 3, first=6)
    await kept.refresh()
    assert await in_shadow(house) == ["1.1"]


async def test_a_rule_may_have_a_share_of_its_own(house: House) -> None:
    kept = budgets(house, budget=Budget(share=0.01, days=7, least=20, confidence=0.95, of={"1.1": 0.9}))
    await stopped(house, 30)
    await released(house, 25)
    await kept.refresh()
    assert await in_shadow(house) == []


async def test_what_was_stopped_longer_ago_does_not_count(house: House) -> None:
    kept = budgets(house)
    await stopped(house, 12)
    await released(house, 12)
    await house.clock.move(WEEK + timedelta(seconds=1))
    await stopped(house, 12, first=12)
    await released(house, 12, first=12)
    await kept.refresh()
    assert await in_shadow(house) == []


async def test_a_message_that_is_held_twice_counts_once(house: House) -> None:
    async with house.delivering():
        await stopped(house, 1)
        await released(house, 1)
        await house.becomes(0, "sent")  # its second look finds the same, and a person has looked at that
    counts = await house.database.read(lambda c: reckoned(c, BUDGET, house.clock.now()))
    assert (counts["1.1"].stopped, counts["1.1"].overturned.subjects) == (1, 1)


async def test_a_hold_that_nobody_looked_at_in_time_is_not_overturned(house: House) -> None:
    await stopped(house, 1)
    await house.clock.move(timedelta(days=1))
    await house.delivery._expire_round()
    assert await house.status(0) == ("failed", 30007)
    counts = await house.database.read(lambda c: reckoned(c, BUDGET, house.clock.now()))
    assert (counts["1.1"].stopped, counts["1.1"].overturned.subjects) == (1, 0)


# --- what does not step down ----------------------------------------------------------------------------------------


async def test_a_rule_of_law_stays_in_force_and_the_operator_is_told_once(house: House) -> None:
    kept = budgets(house, law="47 CFR 64.1200(c)(1)")
    await stopped(house, 25)
    await released(house, 22)
    await kept.refresh()
    await released(house, 1, first=22)
    await kept.refresh()
    assert await in_shadow(house) == []
    assert (await house.offer(99)).decision.verdict is Verdict.HOLD
    (told,) = await alerted(house)
    assert told.startswith("rule 1.1 stops too much: 1 person overturned 22 of 25")
    assert told.endswith("it stays in force (47 CFR 64.1200(c)(1))")


async def test_a_rule_of_law_is_told_of_again_after_the_days_of_the_budget(house: House) -> None:
    kept = budgets(house, law="47 CFR 64.1200(c)(1)")
    for week in range(2):
        await stopped(house, 25, first=25 * week)
        await released(house, 25, first=25 * week)
        await kept.refresh()
        await house.clock.move(WEEK + timedelta(seconds=1))
    assert len(await alerted(house)) == 2


async def test_overturns_of_a_rule_that_the_policy_has_no_more_are_nobodys(house: House) -> None:
    kept = Budgets(house.database, house.gate, house.ledger, house.clock, budget=BUDGET, rules={"1.2": ""})
    await stopped(house, 25)
    await released(house, 25)
    await kept.refresh()
    assert await in_shadow(house) == []


# --- other processes, restarts, and putting back --------------------------------------------------------------------


async def test_another_process_goes_by_it_and_so_does_one_that_starts_later(house: House, keys: Keys) -> None:
    other = House(house.database, keys, process="p2")
    theirs = budgets(other)
    await theirs.refresh()
    await stopped(house, 25)
    await released(house, 25)
    await budgets(house).refresh()
    await theirs.refresh()
    other.wishes.all = "hold"
    assert (await other.offer(98)).decision.verdict is Verdict.ALLOW
    assert await in_shadow(house) == ["1.1"]  # once, whoever reckoned
    assert len(await alerted(house)) == 1
    later = House(house.database, keys, process="p3")
    await budgets(later).refresh()
    later.wishes.all = "hold"
    assert (await later.offer(99)).decision.verdict is Verdict.ALLOW


async def test_a_rule_that_was_put_back_binds_and_begins_anew(house: House) -> None:
    kept = budgets(house)
    await stopped(house, 30)
    await released(house, 25)
    await kept.refresh()
    await house.clock.move(timedelta(minutes=1))
    now = house.clock.now()
    assert await house.database.write(lambda c: demotions.end(c, "1.1", now, "dana"))
    await kept.refresh()
    assert (await house.offer(98)).decision.verdict is Verdict.HOLD
    await released(house, 5, first=25)  # stopped before it was put back
    await kept.refresh()
    assert await in_shadow(house) == []
    counts = await house.database.read(lambda c: reckoned(c, BUDGET, now))
    assert (counts["1.1"].stopped, counts["1.1"].overturned.subjects) == (1, 0)
    assert not await house.database.write(lambda c: demotions.end(c, "1.1", now, "dana"))


async def test_the_daily_job_finds_what_days_alone_change(house: House) -> None:
    kept = budgets(house, budget=Budget(share=0.5, days=7, least=20, confidence=0.95))
    await stopped(house, 60)
    await house.clock.move(timedelta(days=6))
    await stopped(house, 25, first=60)
    await released(house, 25, first=60)
    await kept.refresh()
    assert await in_shadow(house) == []  # 25 of 85
    await house.clock.move(timedelta(days=1, seconds=1))
    assert await house.database.write(kept.reckon)  # 25 of 25
    assert await in_shadow(house) == ["1.1"]


# --- overturns ------------------------------------------------------------------------------------------------------


async def test_a_refusal_is_overturned_with_a_name_and_a_reason(house: House) -> None:
    await stopped(house, 1, "refuse")
    (made,) = [decisions.read(row) for row in await house.decided()]
    word = Word(by="noor", because="they asked for it in the shop", at=NOON)
    await house.database.write(lambda c: overturn(c, house.ledger, made, word))
    found = await house.database.read(lambda c: overturns.of_decisions(c, [(ACCOUNT, made.id)]))
    row = found[ACCOUNT, made.id]
    assert (row.rule, row.way, row.by, row.because) == ("1.1", "overturned", "noor", word.because)
    assert row.decided_at == made.at
    assert await house.verified()
    with pytest.raises(Conflict, match="overturned before"):
        await house.database.write(lambda c: overturn(c, house.ledger, made, word))


async def test_what_stopped_nothing_can_not_be_overturned(house: House) -> None:
    await stopped(house, 1, "flag")
    (made,) = [decisions.read(row) for row in await house.decided()]
    with pytest.raises(Conflict, match="neither held nor refused"):
        await house.database.write(lambda c: overturn(c, house.ledger, made, Word(by="noor", at=NOON)))


async def test_what_is_still_held_is_let_go_instead(house: House) -> None:
    await stopped(house, 1)
    (made,) = [decisions.read(row) for row in await house.decided()]
    with pytest.raises(Conflict, match="masstransit release SM0"):
        await house.database.write(lambda c: overturn(c, house.ledger, made, Word(by="noor", at=NOON)))


async def test_letting_go_is_an_overturn_of_the_decision_that_held_it(house: House) -> None:
    await stopped(house, 1)
    (made,) = await house.decided()
    await released(house, 1)
    found = await house.database.read(lambda c: c.execute(select(tables.overturns)).all())
    assert [(row.decision, row.rule, row.way, row.by) for row in found] == [(made.id, "1.1", "released", "dana")]
    with pytest.raises(NotFound, match="is not held"):
        await released(house, 1)


async def test_the_record_says_which_rule_stopped_it_and_a_changed_column_breaks_the_ledger(house: House) -> None:
    await stopped(house, 1)
    await stopped(house, 1, "flag", first=1)
    assert sorted((row.verdict, row.stopped_by) for row in await house.decided()) == [("FLAG", None), ("HOLD", "1.1")]
    assert await house.verified()
    table = tables.decisions
    await house.database.write(
        lambda c: c.execute(table.update().where(table.c.stopped_by == "1.1").values(stopped_by="1.2"))
    )
    assert not await house.verified()
