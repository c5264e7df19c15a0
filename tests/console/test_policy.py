"""The rules as they are in force: figures with their sources, what people overturned, and what changed when."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from sqlalchemy import select

from masstransit.carriage import revising
from masstransit.config import DeskSettings, Settings
from masstransit.model.user import Role
from masstransit.storage import demotions
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import acts, ledger
from tests.console.house import FRAUD, Pages, opened, text_of
from tests.makers import NOON

ACCOUNT = f"AC{'7' * 32}"
CHANGED = Settings(
    desk=DeskSettings(second_looks=0.0),
    policy={"8": {"unanswered": 2}},
    account={ACCOUNT: {"section": "4.2", "policy": {"8": {"unanswered": 3}}}},
)


def stepped_down(rule: str = "10.1") -> dict[str, Any]:
    told = {"rule": rule, "since": NOON, "stopped": 30, "overturned": 25, "budget": 0.01}
    return {**told, "ended_at": None, "ended_by": ""}


async def test_every_rule_is_listed_with_its_mode_law_and_what_people_overturned(pages: Pages) -> None:
    await pages.offer(FRAUD)
    anna = await pages.signed_in(Role.AUDITOR)
    page = await anna.get("/desk/policy")
    told = text_of(page)
    for clause in pages.parts.gate.policy:
        assert f"{clause.number}. " in told
        assert all(f'href="/desk/policy/{made.id}"' in page.text for made in clause.rules())
    assert "47 CFR 64.1200" in told
    assert "10.1 " in told
    assert "enforced" in told
    assert pages.parts.gate.revision in told


async def test_a_clause_shows_its_figures_with_default_and_source_and_which_account_has_others(
    database: Database, keys: Keys
) -> None:
    async with opened(database, keys, told=CHANGED) as pages:
        anna = await pages.signed_in(Role.AUDITOR)
        told = text_of(await anna.get("/desk/policy/8"))
        assert "unanswered 2 messages in 24 hours by the settings 1 with other terms 5 rulebook 8.3, default" in told
        assert f"{ACCOUNT[:10]}…{ACCOUNT[-4:]} unanswered 2 3" in told
        assert "shadow" in text_of(await anna.get("/desk/policy/8.3"))


async def test_a_rule_lists_what_it_stopped_in_a_day_a_sheet_at_a_time_and_nothing_older(pages: Pages) -> None:
    await pages.offer(FRAUD, 99)
    await pages.move(hours=25)
    for n in range(1, 53):
        await pages.offer(FRAUD, n)
        await pages.move(seconds=90)
    anna = await pages.signed_in(Role.AUDITOR)
    first = await anna.get("/desk/policy/10.1")
    shown = [f"SM{n:032x}" for n in range(1, 53) if f"/desk/messages/SM{n:032x}" in first.text]
    assert len(shown) == 50
    older = first.text.split('<a href="?after=')[1].split('"')[0]
    second = await anna.get(f"/desk/policy/10.1?after={older}")
    rest = [f"SM{n:032x}" for n in range(1, 53) if f"/desk/messages/SM{n:032x}" in second.text]
    assert sorted([*shown, *rest]) == [f"SM{n:032x}" for n in range(1, 53)]
    assert f"SM{99:032x}" not in first.text + second.text


async def test_a_rule_that_stepped_down_is_put_back_by_an_officer_with_a_reason_on_record(pages: Pages) -> None:
    await pages.database.write(lambda c: demotions.add(c, stepped_down()))
    await pages.parts.budgets.refresh()
    olga, anna = await pages.signed_in(Role.OFFICER), await pages.signed_in(Role.AUDITOR)
    told = text_of(await olga.get("/desk/policy"))
    assert "Rule 10.1 stepped down: in shadow since" in told
    assert "Put it back" not in (await anna.get("/desk/policy/10.1")).text
    assert (await anna.post("/desk/policy/10.1/reinstate", because="mended")).status_code == 403
    assert (await olga.post("/desk/policy/10.1/reinstate")).status_code == 400
    answer = await olga.post("/desk/policy/10.1/reinstate", because="mended")
    assert answer.headers["location"] == "/desk/policy/10.1"
    assert (await olga.post("/desk/policy/10.1/reinstate", because="again")).status_code == 404
    kept = await pages.database.read(lambda c: c.execute(select(acts)).one())
    assert (kept.what, kept.about, kept.name) == ("rule-reinstated", "10.1", "Officer")
    said = await pages.database.read(lambda c: c.execute(select(ledger).where(ledger.c.kind == "demotion")).all())
    assert [row.ref for row in said] == ["10.1"]
    await pages.parts.budgets.refresh()
    assert "by Officer" in text_of(await olga.get("/desk/policy/10.1"))


async def test_each_change_of_the_policy_in_force_is_on_record_with_what_became_another(pages: Pages) -> None:
    gate, anna = pages.parts.gate, await pages.signed_in(Role.AUDITOR)
    assert "No revision is on record yet" in text_of(await anna.get("/desk/policy/revisions"))
    first = gate.revision

    async def note() -> bool:
        return await pages.database.write(lambda c: revising.note(c, pages.parts.ledger, gate, pages.clock.now()))

    assert await note()
    assert not await note()
    await pages.move(hours=1)
    await pages.database.write(lambda c: demotions.add(c, stepped_down("8.3")))
    await pages.parts.budgets.refresh()
    second = gate.revision
    listed = text_of(await anna.get("/desk/policy/revisions"))
    assert listed.index(second) < listed.index(first)
    changed = text_of(await anna.get(f"/desk/policy/revisions/{second}"))
    assert "8 shadow none 8.3" in changed
    back = text_of(await anna.get(f"/desk/policy/revisions/{quote(first)}?with={quote(second)}"))
    assert "8 shadow 8.3 none" in back
    await pages.move(hours=1)
    await pages.database.write(lambda c: demotions.end(c, "8.3", pages.clock.now(), "noor"))
    await pages.parts.budgets.refresh()
    assert text_of(await anna.get("/desk/policy/revisions")).count(first) == 2
    assert (await anna.get("/desk/policy/revisions/none")).status_code == 404


async def test_what_is_no_clause_or_rule_is_not_there_and_customers_do_not_see_the_pages(pages: Pages) -> None:
    anna, owner = await pages.signed_in(Role.AUDITOR), await pages.signed_in(Role.OWNER)
    assert (await anna.get("/desk/policy/99")).status_code == 404
    assert (await anna.get("/desk/policy/10.99")).status_code == 404
    for path in ("/desk/policy", "/desk/policy/10", "/desk/policy/10.1", "/desk/policy/revisions"):
        assert (await owner.get(path)).status_code == 403
