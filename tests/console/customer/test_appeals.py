"""Appeals as a customer files them at the pages."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from masstransit.carriage import appeals
from masstransit.carriage.overturning import Word
from masstransit.ledger import verify
from masstransit.model.user import Role
from masstransit.storage.tables import acts
from masstransit.storage.tables import appeals as appeals_table
from tests.console.customer.deeds import stranger, warned
from tests.console.house import FRAUD, Browser, Pages, text_of


async def filed(browser: Browser, about: str, **more: str) -> str:
    """The path of an appeal."""
    fields = {"about": about, "text": "it was our own list", "evidence": "https://example.com/list\n\nask Dana"}
    answer = await browser.post("/account/appeals", **(fields | more))
    assert answer.status_code == 303, text_of(answer)
    return answer.headers["location"]


async def test_an_appeal_against_a_step_is_on_record_with_who_filed_it(pages: Pages) -> None:
    step, owner = await warned(pages), await pages.signed_in(Role.OWNER)
    assert step in (await owner.get("/account/appeals/new")).text
    path = await filed(owner, step)
    assert "It is decided by 2026-06-10" in await owner.said()
    kept = await pages.database.read(lambda c: c.execute(select(appeals_table)).one())
    assert (kept.about, kept.text, kept.evidence) == (
        step,
        "it was our own list",
        ["https://example.com/list", "ask Dana"],
    )
    assert kept.filed_by == await pages.user(Role.OWNER)
    noted = await pages.database.read(lambda c: c.execute(select(acts)).one())
    assert (noted.what, noted.about, noted.account, noted.told) == ("appealed", step, pages.account, {})
    assert "in 7 d" in text_of(await owner.get(path))
    assert (await pages.database.survey(lambda c: verify(c, pages.keys.public))).whole


async def test_an_appeal_against_a_decision_begins_at_its_card(pages: Pages) -> None:
    decision = (await pages.offer(FRAUD)).decision.id
    developer = await pages.signed_in(Role.DEVELOPER)
    assert f'value="{decision}"' in (await developer.get(f"/account/appeals/new?about={decision}")).text
    await filed(developer, decision)
    again = await developer.post("/account/appeals", about=decision, text="again")
    assert again.status_code == 409
    assert "is decided by 2026-06-10" in text_of(again)


async def test_what_was_decided_is_told_with_the_reason(pages: Pages) -> None:
    step, owner = await warned(pages), await pages.signed_in(Role.OWNER)
    path = await filed(owner, step)
    word = Word(by="Grace", because="the list was theirs", at=await pages.move(days=1))
    sid = path.rpartition("/")[2]
    await pages.database.write(lambda c: appeals.decide(c, pages.house.ledger, sid, word, overturn=True))
    said = text_of(await (await pages.signed_in(Role.OWNER)).get(path))
    assert "Granted" in said
    assert "the list was theirs" in said
    assert "Grace" not in said


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"about": ""}, "What it is against"),
        ({"about": "SM1"}, "a step (ST...) or a decision (DE...)"),
        ({"text": ""}, "Why: say it"),
        ({"text": "x" * 8001}, "at most 8000"),
        ({"evidence": "a\n" * 11}, "10 lines at most"),
        ({"evidence": "x" * 2049}, "2048"),
        ({"evidence": "a\0b"}, "NUL"),
    ],
)
async def test_what_can_not_be_kept_is_refused_with_the_remedy(pages: Pages, fields: dict[str, str], says: str) -> None:
    step, owner = await warned(pages), await pages.signed_in(Role.OWNER)
    answer = await owner.post("/account/appeals", **({"about": step, "text": "no"} | fields))
    assert answer.status_code == 400
    assert says in text_of(answer)


async def test_neither_a_viewer_nor_another_account_appeals(pages: Pages) -> None:
    step, viewer, mallory = await warned(pages), await pages.signed_in(Role.VIEWER), await stranger(pages)
    assert (await viewer.get("/account/appeals/new")).status_code == 403
    assert (await viewer.post("/account/appeals", about=step, text="no")).status_code == 403
    assert (await mallory.post("/account/appeals", about=step, text="no")).status_code == 404
    assert await pages.database.read(lambda c: c.execute(select(appeals_table)).all()) == []
    path = await filed(await pages.signed_in(Role.OWNER), step)
    assert (await viewer.get(path)).status_code == 200
    assert (await mallory.get(path)).status_code == 404


async def test_a_silent_step_is_neither_offered_nor_there(pages: Pages) -> None:
    step, owner = await warned(pages, silent="gag"), await pages.signed_in(Role.OWNER)
    assert step not in (await owner.get("/account/appeals/new")).text
    assert (await owner.post("/account/appeals", about=step, text="no")).status_code == 404
