"""The story of a message at the desk: what is told of it, who may say that it was stopped wrongly, and what follows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from masstransit import demo
from masstransit.model.user import Role
from masstransit.storage import calls, recordings, scheduled_calls
from masstransit.storage.tables import acts, overturns
from masstransit.story import story_of, tell
from tests.console.house import FRAUD, Pages, text_of
from tests.makers import NOON, a_call

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


async def test_a_call_that_is_to_be_made_later_has_a_story_before_it_has_a_decision(pages: Pages) -> None:
    sid, due = f"CA{7:032x}", NOON + timedelta(days=2)
    row: dict[str, Any] = {"account": pages.account, "sid": sid, "sender": demo.NUMBERS[0], "recipient": demo.PHONES[0]}
    row |= {"due_at": due, "created_at": NOON, "plan": {}}
    await pages.database.write(lambda c: scheduled_calls.add(c, row))
    watcher = await pages.signed_in(Role.AUDITOR)
    answer = await watcher.get(f"/desk/messages/{sid}")
    page = text_of(answer)
    assert "The story of a call" in page
    assert "Call to be made later" in page
    assert "The gate decides when it is due." in page
    assert "scheduled" in page
    assert f"{due:%d %b %H:%M}" in page
    assert not any(number in answer.text for number in (*demo.PHONES, *demo.NUMBERS))


async def test_a_calls_story_tells_who_was_told_of_its_recording_and_what_each_answered(pages: Pages) -> None:
    call, sid = f"CA{1:032x}", f"RE{1:032x}"
    row: dict[str, Any] = {
        "account": pages.account,
        "sid": sid,
        "call": call,
        "act": "record",
        "source": "api",
        "state": "ended",
    }
    kept: dict[str, Any] = {"asked_at": NOON, "began_at": NOON, "ended_at": NOON, "erased_at": NOON, "seconds": 12.4}
    events: list[dict[str, Any]] = [
        {"what": "told", "leg": 2, "told": {"language": "en", "digest": "d"}},
        {"what": "agreed", "leg": 2, "told": {"how": "key", "proof": "key 1"}},
        {"what": "agreed", "leg": 3, "told": {"how": "stated", "proof": "contract 17"}},
        {"what": "began", "leg": None},
        {"what": "erased", "leg": None},
    ]

    def keep(connection: Connection) -> None:
        made = a_call(id=call, account=pages.account)
        calls.add(connection, [calls.offered(made, person="", status="completed", decision="", brief="")])
        recordings.add(connection, row | kept)
        recordings.note(connection, [{"account": pages.account, "sid": sid, "at": NOON} | each for each in events])

    await pages.database.write(keep)
    watcher = await pages.signed_in(Role.AUDITOR)
    for name in (call, sid):
        page = text_of(await watcher.get(f"/desk/messages/{name}")).replace("&#39;", "'")
        assert "Recording: ended, 12 s" in page
        told = ["leg 2 heard the announcement to its end (in 'en')", "leg 2 agreed (key 1)"]
        told += ["leg 3 agreed (contract 17, stated)", "it began", "it was erased", "sound erased"]
        assert [each for each in told if each not in page] == []
    story = await pages.database.survey(lambda c: story_of(c, call))
    lines = "\n".join(tell(story))
    assert f"{sid}  record ended, 12 s; its sound was erased" in lines
    assert "leg 2 agreed (key 1)" in lines


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
