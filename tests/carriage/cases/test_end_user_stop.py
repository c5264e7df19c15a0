"""A customer's own call to stop one end user: done as it is called for, of that customer alone."""

from __future__ import annotations

import pytest

from masstransit.errors import BadInput, NotFound
from masstransit.storage import tables
from tests.carriage.cases.desk import OTHER, Desk
from tests.makers import ACCOUNT, NOON


@pytest.mark.parametrize(("harm", "deadline", "hours"), [("phishing", "stop-harm", 1), ("other", "stop", 24)])
async def test_an_end_user_is_stopped_at_once_and_the_case_says_how_long_it_took(
    desk: Desk, harm: str, deadline: str, hours: int
) -> None:
    sid = await desk.open("end-user-stop", account=ACCOUNT, end_user="salon", harm=harm)
    (row,) = await desk.rows(tables.end_users)
    assert (row.account, row.end_user, row.status, row.stopped_at) == (ACCOUNT, "salon", "stopped", NOON)
    found = await desk.case(sid)
    (run,) = found.running
    assert (run.name, run.met, (run.due - NOON).total_seconds()) == (deadline, NOON, hours * 3600)
    assert (found.case.outcome, [e.what for e in found.history]) == ("stopped", ["opened", "stopped", "closed"])


async def test_another_customers_end_user_of_that_name_goes_on(desk: Desk) -> None:
    await desk.open("end-user-stop", account=ACCOUNT, end_user="salon")
    await desk.open("end-user-stop", account=OTHER, end_user="barber")
    assert {(row.account, row.end_user) for row in await desk.rows(tables.end_users)} == {
        (ACCOUNT, "salon"), (OTHER, "barber")
    }  # fmt: skip


async def test_it_says_whom_and_for_what(desk: Desk) -> None:
    with pytest.raises(BadInput, match="harm 'noise': one of phishing"):
        await desk.open("end-user-stop", account=ACCOUNT, end_user="salon", harm="noise")
    with pytest.raises(BadInput, match="say which end user"):
        await desk.open("end-user-stop", account=ACCOUNT, end_user=" ")
    with pytest.raises(NotFound):
        await desk.open("end-user-stop", account="AC9", end_user="salon")
    assert await desk.rows(tables.end_users) == []
