"""Whom a customer names to be told by mail: what a contact may be, their order, and who of them is told."""

from __future__ import annotations

from typing import Any

import pytest

from masstransit.carriage import contacts
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.ledger import verify
from masstransit.storage import accounts
from masstransit.storage import contacts as stored
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import records
from tests.carriage.relay import ADA, BOB, CAT, Mailbox, Post
from tests.makers import NOON


@pytest.fixture
async def post(database: Database, keys: Keys) -> Post:
    return await Post(database, keys, Mailbox()).opened(ADA, BOB, CAT)


async def change(post: Post, contact: str, **said: Any) -> Any:
    return await post.database.write(
        lambda c: contacts.change(c, post.ledger, post.account, contact, said, post.clock.now(), "Ada")
    )


async def refused(post: Post, address: str) -> None:
    await post.database.write(lambda c: stored.refused(c, post.account, address, NOON, "550 no such user"))


async def told(post: Post, use: str, account: str = "") -> list[str]:
    rows = await post.database.read(lambda c: contacts.told(c, account or post.account, use))
    return [row.address for row in rows]


async def test_two_are_told_in_order_and_the_order_can_be_changed(post: Post) -> None:
    assert await told(post, "notices") == [ADA, BOB]
    last = (await post.contacts())[2].contact
    await change(post, last, first=True)
    assert await told(post, "notices") == [CAT, ADA]
    await change(post, last, first=True)
    assert await told(post, "notices") == [CAT, ADA]


async def test_where_nobody_is_named_for_numbers_those_for_notices_are_told(post: Post) -> None:
    for row in await post.contacts():
        await change(post, row.contact, uses=["notices"])
    assert await told(post, "reclamation") == [ADA, BOB]
    await change(post, (await post.contacts())[2].contact, uses=["reclamation"])
    assert await told(post, "reclamation") == [CAT]
    assert await told(post, "notices") == [ADA, BOB]


async def test_a_subaccount_that_names_nobody_is_told_at_its_owners_and_at_its_own_once_it_does(post: Post) -> None:
    sub = await post.database.write(
        lambda c: accounts.create(c, post.keys, friendly_name="Shop", now=NOON, parent=post.account).account
    )
    assert await told(post, "notices", sub) == [ADA, BOB]
    assert await post.database.read(lambda c: stored.reachable(c, {sub})) == {sub}
    await post.names("shop@shop.example", "notices", account=sub)
    assert await told(post, "notices", sub) == ["shop@shop.example"]
    assert await told(post, "notices") == [ADA, BOB]


async def test_who_was_refused_is_passed_over_until_saved_again(post: Post) -> None:
    await refused(post, ADA)
    assert await told(post, "notices") == [BOB, CAT]
    await change(post, (await post.contacts())[0].contact)
    assert await told(post, "notices") == [ADA, BOB]


async def test_whom_nobody_can_reach_by_mail_is_known(post: Post) -> None:
    other = await post.database.write(lambda c: accounts.create(c, post.keys, friendly_name="O", now=NOON).account)
    both = {post.account, other}
    assert await post.database.read(lambda c: stored.reachable(c, both)) == {post.account}
    for address in (ADA, BOB, CAT):
        await refused(post, address)
    assert await post.database.read(lambda c: stored.reachable(c, both)) == frozenset()
    assert await told(post, "notices") == [ADA, BOB]  # an effort all the same


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"address": "ada"}, "address"),
        ({"address": "a@b.example\r\nRCPT TO:<x@y.example>"}, "address"),
        ({"name": "Ada\r\nBcc: x@y.example"}, "name"),
        ({"name": "A" * 129}, "name"),
        ({"uses": ["abuse"]}, "uses"),
        ({"uses": []}, "uses"),
    ],
)
async def test_what_can_not_be_a_contact_is_named_and_changes_nothing(
    post: Post, said: dict[str, Any], field: str
) -> None:
    row = (await post.contacts())[0]
    with pytest.raises(BadInput) as wrong:
        await change(post, row.contact, **said)
    assert wrong.value.field == field
    assert (await post.contacts())[0] == row


async def test_an_address_is_named_once_and_ten_are_the_most(post: Post) -> None:
    with pytest.raises(Conflict, match="is a contact already"):
        await post.names("ADA@northwind.example")
    for n in range(7):
        await post.names(f"n{n}@northwind.example")
    with pytest.raises(Conflict, match="10 contacts"):
        await post.names("one-more@northwind.example")


async def test_another_accounts_contact_can_be_neither_changed_nor_removed(post: Post) -> None:
    row = (await post.contacts())[0]
    other = "AC" + "9" * 32
    with pytest.raises(NotFound):
        await post.database.write(
            lambda c: contacts.change(c, post.ledger, other, row.contact, {"name": "x"}, NOON, "Mallory")
        )
    with pytest.raises(NotFound):
        await post.database.write(lambda c: contacts.remove(c, post.ledger, other, row.contact, NOON, "Mallory"))
    assert (await post.contacts())[0] == row


async def test_every_change_is_in_the_ledger_without_the_address(post: Post) -> None:
    row = (await post.contacts())[0]
    await post.database.write(lambda c: contacts.remove(c, post.ledger, post.account, row.contact, NOON, "Ada"))
    kept = await post.database.read(lambda c: c.execute(records.select().where(records.c.kind == "contact")).all())
    assert len(kept) == 4
    assert all("***@northwind.example" in each.record and ADA not in each.record for each in kept)
    assert (await post.database.survey(lambda c: verify(c, post.keys.public))).whole
