"""End users on both engines."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from masstransit.storage import end_users
from masstransit.storage.engine import Database
from masstransit.storage.paging import Slice
from tests.makers import ACCOUNT, NOON

LATER = NOON + timedelta(days=1)


async def put(database: Database, name: str, at: Any = NOON, *, terms_accepted: bool = False) -> Any:
    return await database.write(lambda c: end_users.put(c, ACCOUNT, name, at, terms_accepted=terms_accepted))


async def test_an_end_user_is_put_on_record_once_and_keeps_when_it_accepted(database: Database) -> None:
    first = await put(database, "shop")
    assert (first.status, first.terms_accepted_at, first.first_seen_at) == ("active", None, NOON)
    assert (await put(database, "shop", LATER, terms_accepted=True)).terms_accepted_at == LATER
    again = await put(database, "shop", LATER + timedelta(days=1), terms_accepted=True)
    assert (again.terms_accepted_at, again.first_seen_at) == (LATER, NOON)
    assert (await put(database, "shop")).terms_accepted_at == LATER


async def test_a_stopped_end_user_keeps_its_first_reason_until_it_may_go_on(database: Database) -> None:
    await put(database, "shop")
    await database.write(lambda c: end_users.stop(c, ACCOUNT, "shop", "spam", NOON))
    row = await database.write(lambda c: end_users.stop(c, ACCOUNT, "shop", "more spam", LATER))
    assert (row.status, row.reason, row.stopped_at) == ("stopped", "spam", NOON)
    assert (await put(database, "shop", terms_accepted=True)).status == "stopped"
    row = await database.write(lambda c: end_users.let_go_on(c, ACCOUNT, "shop"))
    assert (row.status, row.reason, row.stopped_at) == ("active", "", None)


async def test_end_users_are_listed_by_name_page_by_page(database: Database) -> None:
    for name in ("c", "a", "b"):
        await put(database, name)
    first = await database.read(lambda c: end_users.listed(c, ACCOUNT, Slice(size=2)))
    rest = await database.read(partial(end_users.listed, account=ACCOUNT, part=Slice(size=2, after=("b",))))
    assert [row.end_user for row in (*first.rows, *rest.rows)] == ["a", "b", "c"]
    assert (first.behind, rest.behind) == (True, False)
