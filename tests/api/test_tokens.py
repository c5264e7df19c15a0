"""Auth tokens are changed without a gap, as the SDKs' users know it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from masstransit.storage import accounts
from masstransit.storage.tables import records
from tests.api.house import Door

SECONDARY = "/accounts/v1/AuthTokens/Secondary"
PROMOTE = "/accounts/v1/AuthTokens/Promote"


def sdk(door: Door, *credentials: str) -> Any:
    client = door.sdk(*credentials)
    client.accounts.base_url = f"{door.url}/accounts"
    return client


async def opens(door: Door, token: str) -> bool:
    return (await door.ask("GET", f"{door.messages}.json", auth=(door.sid, token))).status_code == 200


async def test_both_tokens_open_until_the_second_is_promoted_and_the_first_signs_until_then(door: Door) -> None:
    client = sdk(door)
    made = await asyncio.to_thread(client.accounts.v1.secondary_auth_token().create)
    fresh = made.secondary_auth_token
    assert (made.account_sid, made.url) == (door.sid, f"{door.url}{SECONDARY}")
    assert made.date_created == made.date_updated is not None
    assert [await opens(door, token) for token in (door.token, fresh, "0" * 32)] == [True, True, False]
    assert await signs(door) == door.token

    promoted = await asyncio.to_thread(client.accounts.v1.auth_token_promotion().update)
    assert (promoted.account_sid, promoted.auth_token, promoted.url) == (door.sid, fresh, f"{door.url}{PROMOTE}")
    assert [await opens(door, token) for token in (door.token, fresh)] == [False, True]
    assert await signs(door) == fresh
    shown = await asyncio.to_thread(lambda: sdk(door, door.sid, fresh).api.accounts(door.sid).fetch())
    assert shown.auth_token == fresh


async def signs(door: Door) -> str | None:
    return await door.database.read(lambda c: accounts.token_of(c, door.keys, door.sid))


async def test_a_secondary_token_that_is_deleted_opens_nothing(door: Door) -> None:
    client = sdk(door)
    made = await asyncio.to_thread(client.accounts.v1.secondary_auth_token().create)
    assert await asyncio.to_thread(client.accounts.v1.secondary_auth_token().delete)
    assert [await opens(door, token) for token in (door.token, made.secondary_auth_token)] == [True, False]


async def test_a_second_secondary_token_and_one_that_is_missing_are_told(door: Door) -> None:
    client = sdk(door)
    for call in (client.accounts.v1.secondary_auth_token().delete, client.accounts.v1.auth_token_promotion().update):
        with pytest.raises(TwilioRestException) as missing:
            await asyncio.to_thread(call)
        assert (missing.value.status, missing.value.code) == (404, 20404)
    made = await asyncio.to_thread(client.accounts.v1.secondary_auth_token().create)
    with pytest.raises(TwilioRestException) as taken:
        await asyncio.to_thread(client.accounts.v1.secondary_auth_token().create)
    assert (taken.value.status, taken.value.code) == (409, 20409)
    assert await opens(door, made.secondary_auth_token)


async def test_a_key_changes_no_token(door: Door) -> None:
    key = await asyncio.to_thread(sdk(door).new_keys.create)
    for method, path in (("POST", SECONDARY), ("DELETE", SECONDARY), ("POST", PROMOTE)):
        answer = await door.ask(method, path, auth=(key.sid, key.secret))
        assert (answer.status_code, answer.json()["code"]) == (403, 20403)


async def test_nobody_is_written_to_so_that_mail_can_only_be_suppressed(door: Door) -> None:
    fine = await door.ask("POST", SECONDARY, data={"SuppressEmailNotification": "true"})
    assert fine.status_code == 201
    refused = await door.ask("POST", PROMOTE, data={"SuppressEmailNotification": "false"})
    assert (refused.status_code, refused.json()["details"]["field"]) == (400, "SuppressEmailNotification")


async def test_a_change_of_tokens_is_on_record_without_the_tokens(door: Door) -> None:
    made = (await door.ask("POST", SECONDARY)).json()["secondary_auth_token"]
    await door.ask("POST", PROMOTE)
    kept = await door.database.read(lambda c: c.execute(records.select().order_by(records.c.at)).all())
    assert [(row.kind, row.record) for row in kept] == [
        ("credentials", '{"secondary_token":"made"}'),
        ("credentials", '{"secondary_token":"promoted"}'),
    ]
    assert made not in str(kept)
