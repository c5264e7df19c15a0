"""The review queue: who opens what, what a decision does, second looks, harmful words, and the day's numbers."""

from __future__ import annotations

from sqlalchemy import select

from masstransit.config import DeskSettings
from masstransit.model.user import Role
from masstransit.storage import communications, queue
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import acts, overturns, second_reviews
from tests.console.house import FRAUD, HARMFUL, Pages, opened, text_of

SID = f"SM{1:032x}"


async def held(pages: Pages, text: str = FRAUD, n: int = 1) -> str:
    """A message that is held; the path at which it is reviewed."""
    offered = await pages.offer(text, n)
    assert offered.decision.verdict.name == "HOLD"
    return f"/desk/review/{pages.account}/{offered.communication.id}"


async def status(pages: Pages, sid: str = SID) -> tuple[str, int | None]:
    row = await pages.database.read(lambda c: communications.find(c, pages.account, sid))
    assert row is not None
    return row.status, row.error_code


async def test_what_is_held_is_opened_with_its_words_marked_and_released_by_one_key(pages: Pages) -> None:
    await held(pages)
    rita = await pages.signed_in(Role.REVIEWER)
    listed = text_of(await rita.get("/desk/review"))
    assert "10.1" in listed
    to = (await rita.get("/desk/review/next")).headers["location"]
    page = await rita.get(to)
    assert "<mark>URGENT</mark>" in page.text
    assert 'data-key="r"' in page.text
    assert (await rita.post(to, outcome="released", because="the bank itself")).headers[
        "location"
    ] == "/desk/review/next"
    assert await status(pages) == ("queued", None)
    kept = await pages.database.read(lambda c: c.execute(select(overturns)).one())
    assert (kept.by, kept.because, kept.way) == ("Reviewer", "the bank itself", "released")
    assert (await rita.get("/desk/review/next")).headers["location"] == "/desk/review"


async def test_what_a_person_refuses_fails_and_its_sender_is_told_why(pages: Pages) -> None:
    path = await held(pages)
    rita = await pages.signed_in(Role.REVIEWER)
    await rita.get(path)
    assert (await rita.post(path, outcome="refused")).status_code == 303
    assert await status(pages) == ("failed", 30007)
    assert (await rita.post(path, outcome="released")).status_code == 404
    assert (await rita.get(path)).status_code == 409


async def test_two_reviewers_never_have_the_same_one_open(pages: Pages) -> None:
    first, second = await held(pages), await held(pages, n=2)
    rita, ron = await pages.signed_in(Role.REVIEWER), await pages.signed_in(Role.REVIEWER, "ron")
    for browser, path in ((rita, first), (ron, second)):
        assert (await browser.get("/desk/review/next")).headers["location"] == path
        assert (await browser.get(path)).status_code == 200
    assert (await ron.get(first)).status_code == 409
    await pages.move(minutes=6)
    assert (await ron.get(first)).status_code == 200


async def test_opening_one_is_an_act_on_record_without_its_words(pages: Pages) -> None:
    path = await held(pages)
    await (await pages.signed_in(Role.REVIEWER)).get(path)
    kept = await pages.database.read(lambda c: c.execute(select(acts)).one())
    assert (kept.what, kept.about, kept.account, kept.told) == ("opened", SID, pages.account, {})


async def test_harmful_words_are_covered_until_somebody_means_to_read_them_and_there_is_a_limit(
    database: Database, keys: Keys
) -> None:
    async with opened(database, keys, desk=DeskSettings(exposures=1, second_looks=0.0)) as pages:
        first, second = await held(pages, HARMFUL), await held(pages, HARMFUL, 2)
        rita = await pages.signed_in(Role.REVIEWER)
        assert "find you" not in text_of(await rita.get(first))
        assert (await rita.post(f"{first}/uncover")).headers["location"] == first
        assert "find you" in text_of(await rita.get(first))
        await rita.get(second)
        answer = await rita.post(f"{second}/uncover")
        assert (answer.status_code, "leave it to somebody else" in text_of(answer)) == (409, True)
        assert (await rita.post(second, outcome="refused")).status_code == 303
        await pages.move(hours=25)
        assert (await rita.get("/desk/review")).status_code == 303  # the session is over by then


async def test_a_sample_is_looked_at_by_somebody_else_who_is_not_told_how_the_first_decided(
    database: Database, keys: Keys
) -> None:
    async with opened(database, keys, desk=DeskSettings(second_looks=1.0)) as pages:
        path = await held(pages)
        rita, ron = await pages.signed_in(Role.REVIEWER), await pages.signed_in(Role.OFFICER, "ron")
        await rita.get(path)
        await rita.post(path, outcome="released")
        again = path.replace("/review/", "/review/second/")
        assert again not in (await rita.get("/desk/review")).text
        assert (await rita.get(again)).status_code == 404
        assert (await rita.post(again, outcome="refused")).status_code == 409
        assert again in (await ron.get("/desk/review")).text
        shown = await ron.get(again)
        assert "released" not in shown.text.replace('value="released"', "")
        assert "Reviewer" not in shown.text
        await ron.post(again, outcome="refused")
        assert await status(pages) == ("queued", None)  # the second word changes nothing of what was done
        kept = await pages.database.read(lambda c: c.execute(select(second_reviews)).one())
        assert (kept.first, kept.second) == ("released", "refused")
        assert "released by Reviewer" in text_of(await ron.get("/desk/review"))
        assert (await ron.post(again, outcome="refused")).status_code == 409


async def test_only_one_clause_can_be_worked_at(pages: Pages) -> None:
    await held(pages)
    threat = await held(pages, HARMFUL, 2)
    rita = await pages.signed_in(Role.REVIEWER)
    to = (await rita.get("/desk/review/next?clause=16")).headers["location"]
    assert to == f"{threat}?clause=16"
    assert "Nothing is held by clause 5" in text_of(await rita.get("/desk/review?clause=5"))


async def test_a_message_of_which_no_content_is_kept_is_decided_by_what_was_found(pages: Pages) -> None:
    path = await held(pages)
    await pages.database.write(lambda c: c.exec_driver_sql("UPDATE communications SET body = NULL"))
    page = text_of(await (await pages.signed_in(Role.REVIEWER)).get(path))
    assert "Its content is not kept" in page
    assert "reads like" in page


async def test_at_a_glance_counts_by_verdict_and_rule_and_says_what_waits(pages: Pages) -> None:
    await held(pages)
    await pages.offer("Your table is ready.", 2)
    await pages.parts.exchange.tally.write(pages.database)
    seen = text_of(await (await pages.signed_in(Role.AUDITOR)).get("/desk"))
    assert "2 messages and calls offered" in seen
    assert "1 held for review" in seen
    assert "10.1 nobody is deceived" in seen


async def test_more_than_the_desk_can_take_and_holds_that_nobody_saw_are_loud(database: Database, keys: Keys) -> None:
    async with opened(database, keys, desk=DeskSettings(capacity=0)) as pages:
        path = await held(pages)
        auditor = await pages.signed_in(Role.AUDITOR)
        assert "More is held than the desk can take" in text_of(await auditor.get("/desk"))
        sid = path.rpartition("/")[2]
        await pages.database.write(lambda c: queue.end_hold(c, pages.account, sid, "expired", "deadline"))
        assert "Nobody reviews" in text_of(await auditor.get("/desk"))
