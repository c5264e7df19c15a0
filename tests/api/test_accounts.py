"""Accounts, keys and who is let in."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from twilio.base.exceptions import TwilioRestException

from masstransit.model.communication import Moment
from masstransit.model.decision import Verdict
from tests.api.house import Door, finding
from tests.makers import RECIPIENT, SENDER

ROOT = "/2010-04-01/Accounts"


async def test_a_subaccount_is_opened_listed_suspended_and_closed(door: Door) -> None:
    client = door.sdk()
    made = await asyncio.to_thread(client.api.accounts.create, friendly_name="Shop")
    assert (made.owner_account_sid, made.status, made.friendly_name) == (door.sid, "active", "Shop")
    listed = await asyncio.to_thread(client.api.accounts.list)
    assert {each.sid for each in listed} == {door.sid, made.sid}
    named = await asyncio.to_thread(lambda: client.api.accounts.list(friendly_name="Shop"))
    assert [each.sid for each in named] == [made.sid]
    own = door.sdk(made.sid, made.auth_token)
    renamed = await asyncio.to_thread(client.api.accounts(made.sid).update, friendly_name="Store")
    assert renamed.friendly_name == "Store"
    for status in ("suspended", "active", "suspended"):
        changed = await asyncio.to_thread(client.api.accounts(made.sid).update, status=status)
        assert changed.status == status
        of_this = await asyncio.to_thread(partial(client.api.accounts.list, status=status))
        assert made.sid in {each.sid for each in of_this}
    assert [each.sid for each in await asyncio.to_thread(lambda: client.api.accounts.list(status="active"))] == [
        door.sid
    ]
    with pytest.raises(TwilioRestException) as refused:
        await asyncio.to_thread(own.messages.create, to=RECIPIENT, from_=SENDER, body="x")
    assert (refused.value.status, refused.value.code) == (403, 20005)
    assert await asyncio.to_thread(own.messages.list) == []
    await asyncio.to_thread(client.api.accounts(made.sid).update, status="closed")
    with pytest.raises(TwilioRestException) as gone:
        await asyncio.to_thread(client.api.accounts(made.sid).update, status="active")
    assert gone.value.code == 20005


async def test_a_parent_sends_for_its_subaccount_and_nobody_else_does(door: Door) -> None:
    sub, _ = await door.account(parent=door.sid)
    other, token = await door.account()
    sent = await asyncio.to_thread(door.sdk(account=sub).messages.create, to=RECIPIENT, from_=SENDER, body="x")
    assert sent.account_sid == sub
    form = {"To": RECIPIENT, "From": SENDER, "Body": "x"}
    answer = await door.ask("POST", f"{ROOT}/{sub}/Messages.json", data=form, auth=(other, token))
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)
    assert next(k.about for k in door.exchange.knocks if k.wants == "fetch-missing") == sub


async def test_keys_open_the_account_until_they_are_deleted(door: Door) -> None:
    client = door.sdk()
    made = await asyncio.to_thread(client.new_keys.create, friendly_name="CI")
    keyed = door.sdk(made.sid, made.secret, door.sid)
    assert await asyncio.to_thread(keyed.messages.list) == []
    assert (await asyncio.to_thread(keyed.api.accounts(door.sid).fetch)).auth_token == ""
    assert [key.sid for key in await asyncio.to_thread(client.keys.list)] == [made.sid]
    renamed = await asyncio.to_thread(client.keys(made.sid).update, friendly_name="Build")
    assert renamed.friendly_name == "Build"
    assert await asyncio.to_thread(client.keys(made.sid).delete)
    with pytest.raises(TwilioRestException):
        await asyncio.to_thread(client.keys(made.sid).fetch)


@pytest.mark.parametrize("name", ["Keys", "SigningKeys"])
async def test_a_key_is_named_and_renamed(door: Door, name: str) -> None:
    every = f"{ROOT}/{door.sid}/{name}"
    made = (await door.ask("POST", f"{every}.json", data={"FriendlyName": "CI"})).json()
    assert made["friendly_name"] == "CI"
    changed = await door.ask("POST", f"{every}/{made['sid']}.json", data={"FriendlyName": "Build"})
    assert changed.json()["friendly_name"] == "Build"
    same = await door.ask("POST", f"{every}/{made['sid']}.json")
    assert same.json()["friendly_name"] == "Build"


async def test_a_wrong_secret_is_told_so_and_heard_by_the_gate(door: Door) -> None:
    for auth in ((door.sid, "wrong"), ("AC" + "f" * 32, door.token), ("x" * 5000, "y")):
        answer = await door.ask("GET", f"{door.messages}.json", auth=auth)
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)
        assert answer.headers["www-authenticate"].startswith("Basic")
    assert [(k.wants, k.proven) for k in door.exchange.knocks] == [("login", False)] * 3
    for header in ("", "Basic", "Basic !!!", "Bearer abc", "Basic " + "YQ=="):
        answer = await door.ask("GET", f"{door.messages}.json", auth=None, headers={"Authorization": header})
        assert answer.status_code == 401


async def test_the_gate_can_turn_a_caller_away(door: Door) -> None:
    door.exchange.rule = finding(Verdict.REFUSE, moment=Moment.ADMISSION)
    answer = await door.ask("GET", f"{door.messages}.json")
    assert (answer.status_code, answer.json()["code"]) == (403, 20403)
    assert answer.json()["details"]["clause"] == "7"


async def test_a_subaccount_has_none_of_its_own_and_keeps_its_status(door: Door) -> None:
    sub, token = await door.account(parent=door.sid)
    made = await door.ask("POST", f"{ROOT}.json", auth=(sub, token))
    assert (made.status_code, made.json()["code"]) == (403, 20403)
    changed = await door.ask("POST", f"{ROOT}/{sub}.json", data={"Status": "closed"}, auth=(sub, token))
    assert changed.status_code == 403
