"""Keys, the auth token and its successor: shown once or on purpose, and never to who only looks."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select, update

from masstransit.ledger import verify
from masstransit.model.user import Role
from masstransit.storage import accounts
from masstransit.storage.accounts import Credential
from masstransit.storage.tables import accounts as accounts_table
from masstransit.storage.tables import acts, keys
from tests.console.customer.deeds import stranger
from tests.console.house import Pages, text_of

PATH = "/account/keys"


async def credential(pages: Pages, principal: str = "") -> Credential | None:
    return await pages.database.read(lambda c: accounts.credential(c, principal or pages.account))


async def noted(pages: Pages) -> list[Any]:
    return list(await pages.database.read(lambda c: c.execute(select(acts.c.what, acts.c.about, acts.c.told)).all()))


async def token(pages: Pages) -> str:
    return await pages.database.read(lambda c: accounts.token_of(c, pages.keys, pages.account)) or ""


async def test_a_key_is_made_with_a_secret_that_is_shown_once_and_opens(pages: Pages) -> None:
    developer = await pages.signed_in(Role.DEVELOPER)
    made = text_of(await developer.post(PATH, name="billing"))
    found = re.search(r"The secret of (SK\w+) is (\S+)", made)
    assert found is not None
    sid, secret = found[1], found[2].rstrip(".")
    opened = await credential(pages, sid)
    assert opened is not None
    assert pages.keys.matches(secret, opened.secret_hashes[0])
    again = text_of(await developer.get(PATH))
    assert "billing" in again
    assert secret not in again
    assert [tuple(each) for each in await noted(pages)] == [("key-made", "billing", {})]
    assert (await developer.post(f"{PATH}/{sid}/revoke")).status_code == 303
    assert await credential(pages, sid) is None
    assert (await developer.post(f"{PATH}/{sid}/revoke")).status_code == 404


async def test_the_token_is_shown_to_who_means_to_see_it_and_that_is_on_record(pages: Pages) -> None:
    owner, secret = await pages.signed_in(Role.OWNER), await token(pages)
    assert secret not in (await owner.get(PATH)).text
    shown = await owner.post(f"{PATH}/token")
    assert secret in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert [tuple(each) for each in await noted(pages)] == [("token-shown", pages.account, {})]


async def test_the_token_is_changed_without_a_gap(pages: Pages) -> None:
    owner, first = await pages.signed_in(Role.OWNER), await token(pages)
    made = re.search(r"secondary auth token is (\w+)", text_of(await owner.post(f"{PATH}/secondary")))
    assert made is not None
    both = await credential(pages)
    assert both is not None
    assert all(any(pages.keys.matches(each, h) for h in both.secret_hashes) for each in (first, made[1]))
    assert made[1] not in (await owner.get(PATH)).text
    assert (await owner.post(f"{PATH}/secondary")).status_code == 409
    assert (await owner.post(f"{PATH}/secondary/promote")).status_code == 303
    assert await token(pages) == made[1]
    assert (await owner.post(f"{PATH}/secondary/promote")).status_code == 404
    assert (await owner.post(f"{PATH}/secondary/drop")).status_code == 404
    assert (await pages.database.survey(lambda c: verify(c, pages.keys.public))).whole


async def test_a_secondary_token_is_dropped(pages: Pages) -> None:
    owner = await pages.signed_in(Role.OWNER)
    await owner.post(f"{PATH}/secondary")
    assert (await owner.post(f"{PATH}/secondary/drop")).status_code == 303
    kept = await credential(pages)
    assert kept is not None
    assert len(kept.secret_hashes) == 1


@pytest.mark.parametrize("status", ["suspended", "closed"])
async def test_an_account_that_is_not_open_gets_nothing_new(pages: Pages, status: str) -> None:
    owner = await pages.signed_in(Role.OWNER)
    shut = update(accounts_table).where(accounts_table.c.account == pages.account).values(status=status)
    await pages.database.write(lambda c: c.execute(shut))
    for path, fields in ((PATH, {"name": "more"}), (f"{PATH}/secondary", {})):
        answer = await owner.post(path, **fields)
        assert answer.status_code == 403
        assert f"the account is {status}" in text_of(answer).lower()
    assert await pages.database.read(lambda c: c.execute(select(keys)).all()) == []


async def test_a_viewer_sees_that_there_are_keys_and_no_way_to_change_them(pages: Pages) -> None:
    viewer = await pages.signed_in(Role.VIEWER)
    page = await viewer.get(PATH)
    assert page.status_code == 200
    assert "demo" in text_of(page)  # the bind
    assert "<form" not in page.text.split('id="main"')[1]
    for path in (PATH, f"{PATH}/token", f"{PATH}/secondary", f"{PATH}/secondary/promote", f"{PATH}/SK1/revoke"):
        assert (await viewer.post(path, name="x")).status_code == 403


async def test_anothers_key_is_not_there(pages: Pages) -> None:
    await (await pages.signed_in(Role.OWNER)).post(PATH, name="billing")
    (key,) = await pages.database.read(lambda c: c.execute(select(keys)).all())
    mallory = await stranger(pages)
    assert (await mallory.post(f"{PATH}/{key.sid}/revoke")).status_code == 404
    assert "billing" not in (await mallory.get(PATH)).text
    assert await credential(pages, key.sid) is not None
