"""Copyright notices: six items, a counter-notice with four, ten to fourteen business days, and three strikes."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from masstransit.carriage.cases.infringement import COUNTER_ITEMS, ITEMS, against
from masstransit.carriage.lifting import confirm
from masstransit.clock import HandClock
from masstransit.errors import BadInput, Conflict
from masstransit.facts.consent import Roots
from masstransit.facts.rights import NoticeBook, RightsNotices
from masstransit.model.decision import Verdict
from masstransit.policy.clause_15_intellectual_property import IntellectualProperty
from masstransit.storage import tables
from tests.carriage.cases.desk import LEDGER, OTHER, Desk, there
from tests.makers import ACCOUNT, an_sms, rulings

POEM = "Roses are red, violets are blue, this one is mine and not for you."
ALL, ALL_COUNTER = ",".join(ITEMS), ",".join(COUNTER_ITEMS)


async def noticed(desk: Desk, has: str = ALL, **more: str) -> str:
    told = {"account": ACCOUNT, "holder": "Acme Verlag", "work": "a poem", "material": POEM, "has": has}
    return await desk.open("copyright", **told | more)


async def stopped(desk: Desk) -> bool:
    """Whether clause 15 refuses the poem now."""
    message = an_sms(text=POEM, at=desk.clock.now())
    (fact,) = await NoticeBook(desk.database, HandClock(desk.clock.now()), Roots()).learn([message])
    assert isinstance(fact, RightsNotices)
    return [r.verdict for r in rulings(IntellectualProperty(), "15.3", message, fact)] == [Verdict.REFUSE]


async def test_a_complete_notice_stops_its_material_at_once(desk: Desk) -> None:
    assert not await stopped(desk)
    sid = await noticed(desk)
    assert await stopped(desk)
    assert (await desk.due(sid))[0] == "contest"
    assert POEM not in repr([await desk.rows(t) for t in (tables.cases, tables.case_events, tables.rights_notices)])


@pytest.mark.parametrize("lacks", ITEMS)
async def test_a_notice_that_lacks_an_item_stops_nothing_until_it_comes(desk: Desk, lacks: str) -> None:
    sid = await noticed(desk, ",".join(set(ITEMS) - {lacks}))
    assert not await stopped(desk)
    assert (await desk.due(sid))[0] == "take-down"
    assert (await desk.case(sid)).history[-1].data == {"lacks": [lacks]}
    with pytest.raises(Conflict, match="nothing is stopped by it"):
        await desk.act(sid, "counter", has=ALL_COUNTER)
    assert await desk.act(sid, "mend", has=lacks) == {"lacks": []}
    assert await stopped(desk)
    with pytest.raises(Conflict, match="lacks nothing"):
        await desk.act(sid, "mend", has=lacks)


async def test_a_defective_notice_that_nobody_mends_is_closed_and_is_no_strike(desk: Desk) -> None:
    sid = await noticed(desk, "work,material")
    desk.later(days=60)
    assert await desk.watched() == 0
    await desk.close(sid, "defective")
    assert not await stopped(desk)
    assert await desk.does(lambda c: against(c, ACCOUNT, desk.clock.now())) == 0


@pytest.mark.parametrize("lacks", COUNTER_ITEMS)
async def test_a_counter_notice_that_lacks_an_item_is_told_which(desk: Desk, lacks: str) -> None:
    sid = await noticed(desk)
    with pytest.raises(BadInput) as refused:
        await desk.act(sid, "counter", has=",".join(set(COUNTER_ITEMS) - {lacks}))
    assert COUNTER_ITEMS[lacks] in str(refused.value)
    with pytest.raises(BadInput, match="has 'vigour': of signature"):
        await desk.act(sid, "counter", has="vigour")


async def test_what_was_answered_is_back_after_ten_business_days_over_a_holiday(desk: Desk) -> None:
    desk.at(there("2026-06-08"))  # a Monday; Juneteenth, Friday the 19th, is no business day
    sid = await noticed(desk)
    made = await desk.act(sid, "counter", has=ALL_COUNTER)
    assert made["restored_from"].startswith("2026-06-23T14:00")
    assert made["restored_by"].startswith("2026-06-29T14:00")
    assert await desk.due(sid) == ("forward", "2026-06-09 10:00")
    await desk.act(sid, "forward")
    desk.at(there("2026-06-23", "09:59"))
    assert await desk.watched() == 0
    assert await stopped(desk)
    desk.at(there("2026-06-23"))
    assert not await stopped(desk)
    assert await desk.watched() == 1
    assert await desk.ended(sid) == "restored"
    assert await desk.watched() == 0
    assert await desk.verified()


async def test_what_a_suit_was_filed_about_stays_down(desk: Desk) -> None:
    desk.at(there("2026-06-01"))
    sid = await noticed(desk)
    with pytest.raises(Conflict, match="has no counter-notice"):
        await desk.act(sid, "suit", court="S.D.N.Y.", number="26-cv-1")
    await desk.act(sid, "counter", has=ALL_COUNTER)
    with pytest.raises(Conflict, match="was answered before"):
        await desk.act(sid, "counter", has=ALL_COUNTER)
    await desk.act(sid, "suit", court="S.D.N.Y.", number="26-cv-1")
    desk.at(there("2026-12-01"))
    assert await desk.watched() == 0
    assert (await desk.ended(sid), await stopped(desk)) == ("in-court", True)


async def test_who_withdraws_a_notice_gives_the_material_back(desk: Desk) -> None:
    sid = await noticed(desk)
    for outcome in ("restored", "in-court", "uncontested"):
        with pytest.raises(Conflict, match="is not for saying"):
            await desk.close(sid, outcome)
    with pytest.raises(Conflict, match="lacks nothing"):
        await desk.close(sid, "defective")
    assert await stopped(desk)
    await desk.close(sid, "withdrawn")
    assert not await stopped(desk)


async def test_a_notice_that_nobody_answers_is_a_strike_and_the_third_proposes_a_step(desk: Desk) -> None:
    desk.at(there("2026-06-01"))
    for n in range(3):
        await noticed(desk, reference=str(n), material=f"{POEM} {'x' * n}")
        await noticed(desk, reference=f"other {n}", account=OTHER if n else ACCOUNT, material=f"{POEM} {'y' * n}")
    desk.at(there("2026-06-15", "09:59"))
    assert await desk.watched(strikes=5) == 0
    desk.at(there("2026-06-15"))
    assert await desk.watched(strikes=5) == 6
    assert await desk.rows(tables.standing) == []
    await noticed(desk, reference="once more", material="another " + POEM)
    desk.at(there("2026-07-01"))
    assert await desk.watched(strikes=5) == 1
    (step,) = await desk.rows(tables.standing)
    assert (step.account, step.scope, step.step, step.rule) == (ACCOUNT, "account", "suspend", "15.5")
    assert (step.acts_from, step.confirmed_by) == (None, None)
    assert await desk.does(lambda c: confirm(c, LEDGER, step.step_id, desk.word("Bob"))) == 0
    await noticed(desk, reference="and again", material="one more " + POEM)
    desk.at(there("2026-07-16"))
    assert await desk.watched(strikes=5) == 1
    assert len(await desk.rows(tables.standing)) == 1  # it stands already


async def test_strikes_are_of_twelve_months(desk: Desk) -> None:
    desk.at(there("2026-06-01"))
    await noticed(desk)
    desk.at(there("2026-06-16"))
    await desk.watched()
    for day, number in (("2027-06-01", 1), ("2027-06-03", 0)):
        desk.at(there(day))
        assert await desk.does(lambda c: against(c, ACCOUNT, desk.clock.now())) == number


async def test_who_answers_late_is_heard_and_the_strike_is_gone(desk: Desk) -> None:
    desk.at(there("2026-06-01"))
    sid = await noticed(desk)
    desk.at(there("2026-06-16"))
    assert await desk.watched() == 1
    await desk.act(sid, "counter", has=ALL_COUNTER)
    assert (await desk.ended(sid), (await desk.due(sid))[0]) == ("", "forward")
    assert await desk.does(lambda c: against(c, ACCOUNT, desk.clock.now())) == 0
    assert [entry.what for entry in (await desk.case(sid)).history][-3:] == ["closed", "reopened", "countered"]
    assert await desk.verified()


async def test_a_case_in_which_somebody_was_faster_is_left_to_them(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.at(there("2026-06-01"))
    sid = await noticed(desk)
    desk.at(there("2026-06-16"))
    rows: list[Any] = list(await desk.rows(tables.cases))
    await desk.does(lambda c: c.execute(update(tables.cases).values(entries=9)))
    monkeypatch.setattr("masstransit.storage.cases.open_of", _once(rows))
    assert await desk.watched() == 0
    assert await desk.ended(sid) == ""


def _once(rows: list[Any]) -> Any:
    return lambda connection, kinds, *, after="", at_most=0: [] if after else rows
