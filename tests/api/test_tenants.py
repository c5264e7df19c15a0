"""What is one account's is no other's: it is not there for them. A parent reaches what its subaccounts have."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from masstransit.storage.tables import opt_outs
from tests.api.house import Door
from tests.api.operations import STEPS, Step, filled, seed, take, url
from tests.makers import RECIPIENT, SENDER

_NAMES = ("{Sid}", "{ServiceSid}", "{MessagingServiceSid}", "{MessageSid}", "{CallSid}", "{ConferenceSid}")
#: Steps that name something that an account has.
NAMING = [step for step in STEPS if any(name in step.path for name in _NAMES)]
_LISTS = [
    step for step in STEPS
    if step.method == "GET" and step not in NAMING and "Available" not in step.path and step.product != "lookups"
]  # fmt: skip


async def everything_of(door: Door) -> dict[str, str]:
    """Make everything that an account can have; the SIDs."""
    sids = await seed(door)
    for step in STEPS:
        if step.saves:
            await take(step, door, sids)
    return sids


async def ask(door: Door, step: Step, of: str, sids: dict[str, str], auth: tuple[str, str]) -> Any:
    return await door.ask(step.method, url(step, of, sids), data=filled(step, sids) or None, auth=auth)


async def test_another_account_finds_nothing_of_it(door: Door) -> None:
    sids, other = await everything_of(door), await door.account()
    for step in NAMING:
        for of in {door.sid, other[0]} if "{AccountSid}" in step.path else {other[0]}:
            answer = await ask(door, step, of, sids, other)
            assert (answer.status_code, answer.json()["code"]) == (404, 20404), f"{step.method} {step.path}"


async def test_another_accounts_lists_have_none_of_its_rows(door: Door) -> None:
    sids, other = await everything_of(door), await door.account()
    for step in _LISTS:
        text = (await ask(door, step, other[0], sids, other)).text
        assert door.sid not in text, step.path
        assert not any(sid in text for sid in sids.values()), step.path


async def test_what_is_anothers_can_not_be_put_into_ones_own(door: Door) -> None:
    sids, other = await everything_of(door), await door.account()
    service = (await door.ask("POST", "/messaging/v1/Services", data={"FriendlyName": "x"}, auth=other)).json()["sid"]
    for name, field, sid in (("PhoneNumbers", "PhoneNumberSid", "number"), ("ShortCodes", "ShortCodeSid", "code")):
        path = f"/messaging/v1/Services/{service}/{name}"
        answer = await door.ask("POST", path, data={field: sids[sid]}, auth=other)
        assert (answer.status_code, answer.json()["code"]) == (400, 21701)
    form = {"To": RECIPIENT, "Body": "x", "MessagingServiceSid": sids["service"]}
    answer = await door.ask("POST", f"/2010-04-01/Accounts/{other[0]}/Messages.json", data=form, auth=other)
    assert answer.status_code == 404
    campaign = next(step for step in STEPS if step.saves == "campaign")
    answer = await ask(door, campaign, other[0], sids | {"service": service}, other)
    assert answer.json()["details"]["field"] == "BrandRegistrationSid"


async def test_decisions_and_opt_outs_are_the_accounts_own(door: Door) -> None:
    form, other = {"To": RECIPIENT, "From": SENDER, "Body": "x"}, await door.account()
    await door.ask("POST", f"{door.messages}.json", data=form)
    row = {"account": door.sid, "person": "p", "since": door.clock.now(), "masked": "+1212***"}
    await door.database.write(lambda c: c.execute(insert(opt_outs).values(row)))
    (decision,) = (await door.ask("GET", "/policy/v1/Decisions")).json()["decisions"]
    assert (await door.ask("GET", f"/policy/v1/Decisions/{decision['sid']}", auth=other)).status_code == 404
    assert (await door.ask("GET", "/policy/v1/Decisions", auth=other)).json()["decisions"] == []
    assert len((await door.ask("GET", "/policy/v1/OptOuts")).json()["opt_outs"]) == 1
    assert (await door.ask("GET", "/policy/v1/OptOuts", auth=other)).json()["opt_outs"] == []


@pytest.mark.parametrize("path", ["Messages", "Keys", "IncomingPhoneNumbers", "Usage/Records"])
async def test_a_parent_reaches_its_subaccounts_and_not_the_other_way_round(door: Door, path: str) -> None:
    sub = await door.account(parent=door.sid)
    sister = await door.account(parent=door.sid)
    of = "/2010-04-01/Accounts/{}/" + path + ".json"
    assert (await door.ask("GET", of.format(sub[0]))).status_code == 200
    assert (await door.ask("GET", of.format(sub[0]), auth=sub)).status_code == 200
    assert (await door.ask("GET", of.format(door.sid), auth=sub)).status_code == 404
    assert (await door.ask("GET", of.format(sister[0]), auth=sub)).status_code == 404
