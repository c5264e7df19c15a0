"""Appeals at the desk: which are due first, what one is against, who may decide it, and that the customer is told."""

from __future__ import annotations

from sqlalchemy import select

from masstransit.model.user import Role
from masstransit.storage import appeals, standing
from masstransit.storage.tables import acts, overturns, statements
from tests.console.house import FRAUD, Pages, text_of

SID = f"SM{1:032x}"


async def test_the_most_urgent_appeal_stands_first_with_its_business_days(pages: Pages) -> None:
    first = await pages.appeal(await pages.step(target="first"))
    await pages.move(days=2)
    second = await pages.appeal(await pages.step(target="second"))
    olga = await pages.signed_in(Role.OFFICER)
    page = await olga.get("/desk/appeals")
    assert page.text.index(first) < page.text.index(second)
    assert "in 5 d" in text_of(page)  # Wednesday to Wednesday, of which two days are gone
    assert "<td>3</td>" in page.text
    await pages.move(days=6)
    again = await pages.signed_in(Role.OFFICER)
    assert "1 d late" in text_of(await again.get("/desk/appeals"))


async def test_one_shows_what_it_is_against_the_customers_words_and_what_they_point_to(pages: Pages) -> None:
    await pages.offer(FRAUD)
    decision = (await pages.offer(FRAUD, 2)).decision.id
    step = await pages.step(decision=decision)
    sid = await pages.appeal(step, "<b>Announced</b>")
    page = await (await pages.signed_in(Role.AUDITOR)).get(f"/desk/appeals/{sid}")
    assert "&lt;b&gt;Announced&lt;/b&gt;" in page.text
    for told in ("ticket 77", "a carrier complained about this traffic", "block of account", decision, "10.1"):
        assert told in page.text
    assert "An officer or an admin decides it" in text_of(page)
    assert "somebody else than who decided it" in text_of(page)


async def test_granting_one_lifts_the_step_lets_its_messages_go_and_tells_the_customer(pages: Pages) -> None:
    step = await pages.step()
    held = (await pages.offer("Your table is ready.")).decision
    assert held.verdict.name == "HOLD"
    sid = await pages.appeal(step)
    olga = await pages.signed_in(Role.OFFICER)
    answer = await olga.post(f"/desk/appeals/{sid}", outcome="overturned", because="It was announced.")
    assert answer.headers["location"] == "/desk/appeals"
    row = await pages.database.read(lambda c: standing.find(c, step))
    assert row is not None
    assert row.undone_by == "Officer"
    told = await pages.database.read(lambda c: c.execute(select(statements).where(statements.c.appeal == sid)).all())
    assert {each.what for each in told} == {"appeal-received", "appeal-overturned"}
    act = await pages.database.read(lambda c: c.execute(select(acts)).one())
    assert (act.what, act.about, act.account) == ("appeal-overturned", sid, pages.account)
    assert "The answer" in text_of(await olga.get(f"/desk/appeals/{sid}"))
    assert (await olga.post(f"/desk/appeals/{sid}", outcome="upheld", because="no")).status_code == 409


async def test_a_decision_that_was_wrong_is_an_overturn_by_which_its_rule_is_measured(pages: Pages) -> None:
    decision = (await pages.offer(FRAUD)).decision.id
    await (await pages.signed_in(Role.REVIEWER)).post(f"/desk/review/{pages.account}/{SID}", outcome="refused")
    sid = await pages.appeal(decision)
    olga = await pages.signed_in(Role.OFFICER)
    assert "Not to be decided by Reviewer" in text_of(await olga.get(f"/desk/appeals/{sid}"))
    await olga.post(f"/desk/appeals/{sid}", outcome="overturned", because="It was announced.")
    kept = await pages.database.read(lambda c: c.execute(select(overturns)).one())
    assert (kept.decision, kept.rule, kept.by) == (decision, "10.1", "Officer")


async def test_who_had_a_part_in_it_finds_no_form_and_may_not_decide(pages: Pages) -> None:
    sid = await pages.appeal(await pages.step(confirmed_by="Officer"))
    olga = await pages.signed_in(Role.OFFICER)
    page = text_of(await olga.get(f"/desk/appeals/{sid}"))
    assert "You had a part in what it is against" in page
    assert "Grant it" not in page
    assert (await olga.post(f"/desk/appeals/{sid}", outcome="upheld", because="mine")).status_code == 409
    omar = await pages.signed_in(Role.OFFICER, "omar")
    assert (
        await omar.post(f"/desk/appeals/{sid}", outcome="upheld", because="It was not announced.")
    ).status_code == 303
    row = await pages.database.read(lambda c: appeals.locate(c, sid))
    assert row is not None
    assert (row.outcome, row.decided_by, row.because) == ("upheld", "Omar", "It was not announced.")


async def test_without_a_reason_nothing_is_decided(pages: Pages) -> None:
    sid = await pages.appeal(await pages.step())
    olga = await pages.signed_in(Role.OFFICER)
    assert (await olga.post(f"/desk/appeals/{sid}", outcome="upheld", because=" ")).status_code == 400
    assert (await olga.post(f"/desk/appeals/{sid}", outcome="perhaps", because="x")).status_code == 400
    assert (await olga.get("/desk/appeals/AL1")).status_code == 404
    assert await pages.database.read(lambda c: c.execute(select(acts)).all()) == []


async def test_others_than_officers_decide_none(pages: Pages) -> None:
    sid = await pages.appeal(await pages.step())
    for role in (Role.REVIEWER, Role.AUDITOR, Role.OWNER):
        browser = await pages.signed_in(role)
        assert (await browser.post(f"/desk/appeals/{sid}", outcome="upheld", because="x")).status_code == 403
    assert (await browser.get("/desk/appeals")).status_code == 403


async def test_decided_ones_are_listed_apart_a_page_at_a_time(pages: Pages) -> None:
    olga = await pages.signed_in(Role.OFFICER)
    for n in range(51):
        sid = await pages.appeal(await pages.step(target=str(n)))
        await olga.post(f"/desk/appeals/{sid}", outcome="upheld", because="It stands.")
        await pages.move(seconds=1)
    assert "No appeal is open" in text_of(await olga.get("/desk/appeals"))
    page = await olga.get("/desk/appeals?show=decided")
    assert page.text.count('aria-label="Open AL') == 50
    assert sid in page.text
    older = page.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert (await olga.get(f"/desk/appeals{older}")).text.count('aria-label="Open AL') == 1
