"""Other figures tried on the traffic that was: what is asked, what came of it, who may stop it."""

from __future__ import annotations

from typing import Any

import pytest
from alembic import command
from sqlalchemy import select

from masstransit.console.desk.replay import KIND
from masstransit.model.user import Role
from masstransit.storage import errands, migrations
from masstransit.storage.tables import acts
from tests.console.house import FRAUD, Browser, Pages, text_of
from tests.makers import NOON

DAYS = {"span": "days", "since": f"{NOON:%Y-%m-%d}", "until": f"{NOON:%Y-%m-%d}"}


@pytest.fixture
async def migrated(pages: Pages) -> Pages:
    """A house whose database says which version its tables are of: the errand's process looks."""
    await pages.database.write(lambda c: command.stamp(migrations.configuration(c), "head"))
    return pages


async def tried(pages: Pages, browser: Browser, **fields: str) -> tuple[str, str]:
    """The page of a trial when it has ended, and what it says."""
    answer = await browser.post("/desk/replay", **fields)
    assert answer.status_code == 303, text_of(answer)
    path = answer.headers["location"]
    await pages.house.errands.finished(path.rpartition("/")[2])
    return path, text_of(await browser.get(path))


async def test_figures_are_tried_on_what_was_decided_and_the_page_ends_with_the_lines_for_the_settings(
    migrated: Pages,
) -> None:
    pages = migrated
    await pages.offer(FRAUD)
    await pages.move(minutes=5)
    olga = await pages.signed_in(Role.OFFICER)
    path, told = await tried(pages, olga, changes="policy.10.mode=shadow\n")
    assert "1 decisions made again" in told
    assert "1 newly let go" in told
    assert "HOLD" in told
    assert '[policy.10] mode = "shadow"' in told.replace("&#34;", '"')
    again = await olga.get(path)
    assert 'href="/desk/policy/10.1"' in again.text
    listed = text_of(await olga.get("/desk/replay"))
    assert 'policy.10.mode = "shadow"' in listed.replace("&#34;", '"')
    assert "done" in listed
    kept = await pages.database.read(lambda c: c.execute(select(acts.c.what, acts.c.name)).one())
    assert tuple(kept) == ("replay-begun", "Officer")


async def test_the_form_of_a_clause_tries_only_the_figures_that_were_changed(migrated: Pages) -> None:
    pages = migrated
    olga = await pages.signed_in(Role.OFFICER)
    page = await olga.get("/desk/replay?clause=8")
    assert 'name="figure.unanswered" value="5"' in page.text
    fields = {"clause": "8", "figure.unanswered": "2", "figure.crowd": "15", "mode": "", "only": "1"}
    path, told = await tried(pages, olga, **fields, **DAYS)
    kept = await pages.database.read(lambda c: errands.find(c, KIND, path.rpartition("/")[2]))
    assert kept is not None
    assert (kept.asked["changes"], kept.asked["clauses"]) == (["policy.8.unanswered = 2"], ["8"])
    assert "There was nothing to replay in this time" in told
    assert "With a changed figure these rules begin in shadow: 8.3" in told


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"changes": "policy.8.unanswered"}, "say policy.CLAUSE.FIGURE=VALUE"),
        ({"changes": "policy.8.none=2"}, "clause 8 has"),
        ({"changes": "policy.99.none=2"}, "there is no such clause"),
        ({"changes": "policy.8.unanswered=often"}, "this can&#39;t be tried"),
        ({"span": "days", "since": "2026-11-25", "until": "2026-11-24"}, "it lies after To"),
        ({"span": "days", "since": "yesterday", "until": "2026-11-24"}, "a day, such as"),
        ({"changes": "\n".join(["policy.8.unanswered=2"] * 41)}, "at most 40 changes"),
    ],
)
async def test_what_can_not_be_tried_is_said_at_once(pages: Pages, fields: dict[str, str], says: str) -> None:
    olga = await pages.signed_in(Role.OFFICER)
    answer = await olga.post("/desk/replay", **fields)
    assert answer.status_code == 400
    assert says.lower() in answer.text.lower()


async def test_an_account_that_is_not_there_is_not_tried(pages: Pages) -> None:
    olga = await pages.signed_in(Role.OFFICER)
    assert (await olga.post("/desk/replay", account="AC404")).status_code == 404


async def test_one_runs_at_a_time_for_a_person_and_only_they_or_an_admin_stop_it(pages: Pages) -> None:
    olga, otto = await pages.signed_in(Role.OFFICER), await pages.signed_in(Role.OFFICER, "otto")
    ada = await pages.signed_in(Role.ADMIN)
    path = (await olga.post("/desk/replay")).headers["location"]
    assert (await olga.post("/desk/replay")).status_code == 409
    assert (await otto.post(f"{path}/stop")).status_code == 403
    assert "It runs, for Officer" in text_of(await otto.get(path))
    await ada.post(f"{path}/stop")
    assert "Nothing came of it: Admin stopped it" in text_of(await olga.get(path))
    assert pages.house.errands.running(path.rpartition("/")[2]) is None


async def test_what_was_cut_off_is_told(pages: Pages) -> None:
    olga = await pages.signed_in(Role.OFFICER)
    told: dict[str, Any] = {"since": "2026-11-24T00:00", "until": "2026-11-25T00:00", "account": "", "changes": []}
    row: dict[str, Any] = {
        "at": NOON,
        "user": "US1",
        "name": "Otto",
        "asked": {**told, "clauses": [], "read_again": False},
    }
    await pages.database.write(lambda c: errands.add(c, "ER1", KIND, **row))
    assert "was cut off when one stopped" in text_of(await olga.get("/desk/replay/ER1"))
    await pages.move(hours=1)
    assert "It was cut off when the house stopped" in text_of(await olga.get("/desk/replay/ER1"))
    assert (await olga.get("/desk/replay/ER2")).status_code == 404
    assert (await olga.get("/desk/drills/runs/ER1")).status_code == 404


async def test_reviewers_auditors_and_customers_try_nothing(pages: Pages) -> None:
    for role in (Role.REVIEWER, Role.AUDITOR, Role.OWNER):
        browser = await pages.signed_in(role)
        assert (await browser.get("/desk/replay")).status_code == 403
        assert (await browser.post("/desk/replay")).status_code == 403
        assert (await browser.get("/desk/drills")).status_code == 403
        assert (await browser.post("/desk/drills", drill="all")).status_code == 403
