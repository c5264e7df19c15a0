"""What people do about a sender at its page: steps placed, confirmed and lifted, rules that rest, each on record."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from masstransit import demo
from masstransit.model.user import Role
from masstransit.storage import snoozes, standing
from masstransit.storage.tables import acts, numbers, statements
from tests.console.house import FRAUD, Browser, Pages, text_of
from tests.console.test_entities import other


async def acted(pages: Pages) -> list[tuple[str, str, str]]:
    """What was done, by whom and whose it was."""
    rows = await pages.database.read(lambda c: c.execute(select(acts).order_by(acts.c.at)).all())
    return [(row.what, row.name, row.account) for row in rows]


async def placed(pages: Pages, browser: Browser, **more: str) -> str:
    """A step that somebody places; its name."""
    told = {"step": "block", "clause": "10", "because": "it impersonates a bank", "silent": "", **more}
    answer = await browser.post(f"/desk/entities/{pages.account}/place", **told)
    assert answer.status_code == 303, text_of(answer)
    (row, *_) = await pages.database.read(lambda c: standing.all_of(c, pages.clock.now(), pages.account))
    return str(row.step_id)


async def test_an_officer_places_a_step_which_acts_and_its_customer_is_told(pages: Pages) -> None:
    olga = await pages.signed_in(Role.OFFICER)
    step = await placed(pages, olga)
    assert (await pages.offer("Your table is ready.")).decision.verdict.name == "HOLD"
    told = await pages.database.read(lambda c: c.execute(select(statements).where(statements.c.step == step)).one())
    assert (told.what, told.silent) == ("block", "")
    assert await acted(pages) == [("step-placed", "Officer", pages.account)]
    page = text_of(await olga.get(f"/desk/entities/{pages.account}"))
    assert "it impersonates a bank" in page
    again = await olga.post(
        f"/desk/entities/{pages.account}/place", step="block", clause="10", because="twice", silent=""
    )
    assert again.status_code == 409
    assert len(await acted(pages)) == 1  # what failed is no act


async def test_a_step_may_be_against_one_number_and_be_told_to_nobody(pages: Pages) -> None:
    olga = await pages.signed_in(Role.OFFICER)
    found = select(numbers.c.sid).where(numbers.c.number == demo.NUMBERS[0])
    sid = await pages.database.read(lambda c: c.execute(found).scalar())
    await placed(pages, olga, number=str(sid), silent="threat")
    (row,) = await pages.database.read(lambda c: standing.all_of(c, pages.clock.now(), pages.account))
    assert (row.scope, row.target, row.silent) == ("number", demo.NUMBERS[0], "threat")
    assert (await pages.offer("Your table is ready.", sender=demo.NUMBERS[1])).decision.verdict.name == "ALLOW"
    assert await olga.said()  # and the page of the number says so
    assert "Told to nobody" in text_of(await olga.get(f"/desk/entities/{pages.account}?number={sid}"))


async def test_a_suspension_for_hateful_speech_needs_two_people(pages: Pages) -> None:
    olga = await pages.signed_in(Role.OFFICER)
    here = f"/desk/entities/{pages.account}"
    step = await placed(pages, olga, step="suspend", clause="16", because="it calls for violence")
    assert "You have confirmed it" in text_of(await olga.get(here))
    assert (await olga.post(f"{here}/confirm", step=step, because="once more")).status_code == 409
    assert (await pages.offer("Your table is ready.")).decision.verdict.name == "ALLOW"
    omar = await pages.signed_in(Role.OFFICER, "omar")
    assert (await omar.post(f"{here}/confirm", step=step, because="I read it too")).status_code == 303
    row = await pages.database.read(lambda c: standing.find(c, step))
    assert row is not None
    assert (row.confirmed_by, row.acts_from) == ("Officer, Omar", pages.clock.now())


async def test_lifting_a_step_lets_what_waited_for_it_go(pages: Pages) -> None:
    olga, here = await pages.signed_in(Role.OFFICER), f"/desk/entities/{pages.account}"
    step = await placed(pages, olga)
    await pages.offer("Your table is ready.")
    assert (await olga.post(f"{here}/lift", step=step, because="")).status_code == 400
    await olga.post(f"{here}/lift", step=step, because="they showed who they are")
    row = await pages.database.read(lambda c: standing.find(c, step))
    assert row is not None
    assert (row.undone_by, row.undone_because) == ("Officer", "they showed who they are")
    page = text_of(await olga.get(here))
    assert "1 messages that waited" in page
    assert "lifted by Officer" in page
    assert (await olga.post(f"{here}/lift", step=step, because="again")).status_code == 409


async def test_a_rule_rests_for_a_unit_and_is_woken(pages: Pages) -> None:
    olga, here = await pages.signed_in(Role.OFFICER), f"/desk/entities/{pages.account}"
    until = f"{pages.clock.now() + timedelta(days=3):%Y-%m-%d}"
    await olga.post(f"{here}/snooze", rule="10.1", until=until, because="a drill that was announced")
    (row,) = await pages.database.read(lambda c: snoozes.lasting(c, pages.clock.now(), [pages.account]))
    assert (row.rule, row.scope, row.by) == ("10.1", "account", "Officer")
    assert (await pages.offer(FRAUD)).decision.verdict.name in {"ALLOW", "FLAG"}
    assert "a drill that was announced" in text_of(await olga.get(here))
    await pages.move(seconds=1)
    await olga.post(f"{here}/wake", snooze=row.snooze, because="the drill is over")
    await pages.move(seconds=60)
    assert (await pages.offer(FRAUD, 2)).decision.verdict.name == "HOLD"
    assert [what for what, _, _ in await acted(pages)] == ["rule-snoozed", "rule-woken"]


async def test_a_rule_that_carries_out_a_law_never_rests_and_no_snooze_lasts_for_ever(pages: Pages) -> None:
    olga, here = await pages.signed_in(Role.OFFICER), f"/desk/entities/{pages.account}"
    soon = f"{pages.clock.now() + timedelta(days=3):%Y-%m-%d}"
    late = f"{pages.clock.now() + timedelta(days=91):%Y-%m-%d}"
    law = next(rule for rule, why in pages.house.stays.items() if why)
    for rule, until, status in ((law, soon, 409), ("10.1", late, 400), ("10.1", "soon", 400), ("99.9", soon, 400)):
        answer = await olga.post(f"{here}/snooze", rule=rule, until=until, because="x")
        assert answer.status_code == status, (rule, until)
    assert f"<option>{law}</option>" not in (await olga.get(here)).text


async def test_a_step_or_snooze_of_another_account_is_not_there(pages: Pages) -> None:
    stranger, olga = await other(pages), await pages.signed_in(Role.OFFICER)
    step = await pages.step()
    for act, told in (("lift", {"step": step}), ("confirm", {"step": step}), ("wake", {"snooze": "SZ1"})):
        answer = await olga.post(f"/desk/entities/{stranger}/{act}", because="mine", **told)
        assert answer.status_code == 404, act
    row = await pages.database.read(lambda c: standing.find(c, step))
    assert row is not None
    assert row.undone_at is None


async def test_others_than_officers_do_nothing(pages: Pages) -> None:
    step = await pages.step()
    for role in (Role.REVIEWER, Role.AUDITOR, Role.OWNER):
        browser = await pages.signed_in(role)
        for act in ("place", "confirm", "lift", "snooze", "wake"):
            answer = await browser.post(f"/desk/entities/{pages.account}/{act}", step=step, because="x")
            assert answer.status_code == 403, (role, act)
    assert await acted(pages) == []
