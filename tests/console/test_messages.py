"""The story of a message at the desk: what is told of it, who may say that it was stopped wrongly, and what follows."""

from __future__ import annotations

from sqlalchemy import select

from masstransit import demo
from masstransit.model.user import Role
from masstransit.storage.tables import acts, overturns
from tests.console.house import FRAUD, Pages, text_of

SID = f"SM{1:032x}"


async def refused(pages: Pages) -> tuple[str, str]:
    """A message that is held and that a person refuses: its SID, and the decision that held it."""
    offered = await pages.offer(FRAUD)
    rita = await pages.signed_in(Role.REVIEWER)
    await rita.post(f"/desk/review/{pages.account}/{SID}", outcome="refused")
    return SID, offered.decision.id


async def test_a_story_tells_what_was_found_what_shows_it_and_what_followed_and_never_the_words(pages: Pages) -> None:
    decision = (await pages.offer(FRAUD)).decision
    watcher = await pages.signed_in(Role.AUDITOR)
    for name in (SID, decision.id):
        answer = await watcher.get(f"/desk/messages/{name}")
        page = text_of(answer)
        assert answer.status_code == 200
        assert "It waits until a person has looked" in page
        assert decision.deciding is not None
        assert decision.deciding.reason in page.replace("&#39;", "'")
        assert "policy" in page
        assert "verify now at" not in page
        assert not any(number in answer.text for number in (*demo.PHONES, *demo.NUMBERS))


async def test_a_message_is_found_by_its_name_and_what_is_not_there_is_said_to_be_missing(pages: Pages) -> None:
    decision = (await pages.offer(FRAUD)).decision
    watcher = await pages.signed_in(Role.AUDITOR)
    for name in (SID, decision.id):
        assert (await watcher.get(f"/desk/messages?id={name}")).headers["location"] == f"/desk/messages/{name}"
    assert (await watcher.get(f"/desk/messages?id=SM{9:032x}")).status_code == 404
    assert (await watcher.get("/desk/messages?id=../secrets")).status_code == 400
    assert (await watcher.get("/desk/messages/nonsense")).status_code == 404


async def test_what_was_stopped_is_listed_by_rule_a_page_at_a_time(pages: Pages) -> None:
    for n in range(1, 53):
        await pages.offer(FRAUD, n)
        await pages.move(seconds=40)
    watcher = await pages.signed_in(Role.AUDITOR)
    first = await watcher.get("/desk/messages?rule=10.1")
    assert first.text.count(">Story<") == 50
    older = first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = await watcher.get(f"/desk/messages{older}")
    assert 1 <= second.text.count(">Story<") <= 2
    assert "Nothing was stopped" in text_of(await watcher.get("/desk/messages?rule=99.9"))


async def test_an_officer_says_that_it_was_wrong_and_the_rule_is_measured_by_it(pages: Pages) -> None:
    sid, decision = await refused(pages)
    olga = await pages.signed_in(Role.OFFICER)
    answer = await olga.post(f"/desk/messages/{sid}/overturn", decision=decision, because="the bank itself")
    assert answer.headers["location"] == f"/desk/messages/{sid}"
    kept = await pages.database.read(lambda c: c.execute(select(overturns)).one())
    assert (kept.decision, kept.by, kept.because, kept.rule) == (decision, "Officer", "the bank itself", "10.1")
    act = await pages.database.read(lambda c: c.execute(select(acts).where(acts.c.what == "overturned")).one())
    assert (act.name, act.about, act.account) == ("Officer", decision, pages.account)
    page = text_of(await olga.get(f"/desk/messages/{sid}"))
    assert "overturned by Officer" in page
    assert "It was wrong" not in page
    again = await olga.post(f"/desk/messages/{sid}/overturn", decision=decision, because="twice")
    assert again.status_code == 409


async def test_what_is_still_held_is_not_overturned_but_reviewed(pages: Pages) -> None:
    decision = (await pages.offer(FRAUD)).decision
    olga = await pages.signed_in(Role.OFFICER)
    page = await olga.get(f"/desk/messages/{SID}")
    assert f"/desk/review/{pages.account}/{SID}" in page.text
    assert "It was wrong" not in page.text
    assert (await olga.post(f"/desk/messages/{SID}/overturn", decision=decision.id, because="x")).status_code == 409


async def test_a_decision_of_another_message_is_not_overturned_by_this_one(pages: Pages) -> None:
    sid, decision = await refused(pages)
    await pages.offer("Your table is ready.", 2)
    olga = await pages.signed_in(Role.OFFICER)
    answer = await olga.post(f"/desk/messages/SM{2:032x}/overturn", decision=decision, because="the wrong one")
    assert answer.status_code == 404
    assert (await olga.post(f"/desk/messages/{sid}/overturn", decision=decision, because="")).status_code == 400


async def test_reviewers_and_customers_overturn_nothing(pages: Pages) -> None:
    sid, decision = await refused(pages)
    for role in (Role.REVIEWER, Role.AUDITOR, Role.OWNER):
        browser = await pages.signed_in(role, f"{role.value}2")
        answer = await browser.post(f"/desk/messages/{sid}/overturn", decision=decision, because="mine")
        assert answer.status_code == 403
    assert (await (await pages.signed_in(Role.OWNER)).get(f"/desk/messages/{sid}")).status_code == 403
    assert await pages.database.read(lambda c: c.execute(select(overturns)).all()) == []
