"""Accounts and credentials, on each engine."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from masstransit.errors import Conflict
from masstransit.storage import accounts
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.paging import Slice
from tests.makers import NOON


async def make(database: Database, keys: Keys, **more: Any) -> Any:
    return await database.write(lambda c: accounts.create(c, keys, friendly_name="A", **({"now": NOON} | more)))


async def test_a_token_is_recognised_and_can_be_signed_with(database: Database, keys: Keys) -> None:
    made = await make(database, keys)
    found = await database.read(lambda c: accounts.credential(c, made.account))
    token = await database.read(lambda c: accounts.token_of(c, keys, made.account))
    assert found is not None
    assert token is not None
    assert [keys.matches(token, each) for each in found.secret_hashes] == [True]


async def test_a_token_that_is_rotated_opens_nothing_nor_does_a_secondary_one(database: Database, keys: Keys) -> None:
    made = await make(database, keys)
    second = await database.write(lambda c: accounts.add_secondary(c, keys, made.account, NOON))
    found = await database.read(lambda c: accounts.credential(c, made.account))
    assert found is not None
    assert [keys.matches(second, each) for each in found.secret_hashes] == [False, True]
    fresh = await database.write(lambda c: accounts.rotate(c, keys, made.account, NOON))
    found = await database.read(lambda c: accounts.credential(c, made.account))
    assert found is not None
    assert [keys.matches(fresh, each) for each in found.secret_hashes] == [True]
    assert await database.read(lambda c: accounts.token_of(c, keys, made.account)) == fresh


async def test_a_secondary_token_takes_the_first_one_s_place(database: Database, keys: Keys) -> None:
    made = await make(database, keys)
    assert not await database.write(lambda c: accounts.promote_secondary(c, made.account, NOON))
    second = await database.write(lambda c: accounts.add_secondary(c, keys, made.account, NOON))
    with pytest.raises(Conflict, match="secondary"):
        await database.write(lambda c: accounts.add_secondary(c, keys, made.account, NOON))
    assert await database.write(lambda c: accounts.promote_secondary(c, made.account, NOON))
    assert await database.read(lambda c: accounts.token_of(c, keys, made.account)) == second
    assert not await database.write(lambda c: accounts.drop_secondary(c, made.account, NOON))
    await database.write(lambda c: accounts.add_secondary(c, keys, made.account, NOON))
    assert await database.write(lambda c: accounts.drop_secondary(c, made.account, NOON))


async def test_a_suspended_parent_suspends_its_subaccounts_and_their_keys(database: Database, keys: Keys) -> None:
    parent = await make(database, keys)
    sub = await make(database, keys, parent=parent.account)
    key, _ = await database.write(lambda c: accounts.create_key(c, keys, sub.account, friendly_name="k", now=NOON))
    await database.write(lambda c: accounts.change(c, parent.account, NOON, {"status": "suspended"}))
    for principal in (sub.account, key.sid):
        found = await database.read(partial(accounts.credential, principal=principal))
        assert found is not None
        assert (found.status, found.parent) == ("suspended", parent.account)
    assert await database.read(lambda c: accounts.credential(c, "AC" + "0" * 32)) is None


async def test_a_list_goes_on_where_it_was_though_it_grew(database: Database, keys: Keys) -> None:
    parent = await make(database, keys)
    made = [
        (await make(database, keys, parent=parent.account, now=NOON + timedelta(seconds=n))).account for n in (1, 2, 3)
    ]
    first = await database.read(lambda c: accounts.family(c, parent.account, Slice(size=2)))
    assert [row.account for row in first.rows] == [made[2], made[1]]
    assert (first.before, first.behind) == (False, True)
    await make(database, keys, parent=parent.account, now=NOON + timedelta(seconds=9))
    last = first.rows[-1]
    after = Slice(size=2, after=(last.created_at, last.account))
    second = await database.read(lambda c: accounts.family(c, parent.account, after))
    assert [row.account for row in second.rows] == [made[0], parent.account]
    assert (second.before, second.behind) == (True, False)
    head = second.rows[0]
    back = Slice(size=2, after=(head.created_at, head.account), backwards=True)
    again = await database.read(lambda c: accounts.family(c, parent.account, back))
    assert [row.account for row in again.rows] == [made[2], made[1]]


async def test_a_bind_is_found_with_the_standing_of_its_account(database: Database, keys: Keys) -> None:
    made = await make(database, keys)
    await database.write(lambda c: accounts.set_bind(c, made.account, "shop", "hash-1", NOON, rate=50.0))
    await database.write(lambda c: accounts.set_bind(c, made.account, "shop", "hash-2", NOON))
    found = await database.read(lambda c: accounts.find_bind(c, "shop"))
    assert found is not None
    assert (found.password_hash, found.rate, found.account_status) == ("hash-2", 50.0, "active")
    assert await database.read(lambda c: accounts.find_bind(c, "nobody")) is None
