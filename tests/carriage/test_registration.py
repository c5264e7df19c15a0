"""Registration: an offer is dressed with its sender's campaign, and through that with its purpose."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from masstransit.carriage.registration import Registrations
from masstransit.clock import HandClock
from masstransit.facts.consent import Roots
from masstransit.model.communication import Purpose
from masstransit.storage.engine import Database
from masstransit.storage.tables import accounts, campaigns, numbers
from tests.makers import ACCOUNT, NOON, SENDER, an_sms


async def dressed(database: Database, use_case: str, attrs: dict[str, Any] | None = None, **more: Any) -> Any:
    campaign = {"account": ACCOUNT, "sid": "QE1", "use_case": use_case, "created_at": NOON, "updated_at": NOON}
    number = {"number": SENDER, "account": ACCOUNT, "sid": "PN1", "campaign": "QE1", "updated_at": NOON, "attrs": {}}

    def add(connection: Any) -> None:
        connection.execute(insert(campaigns), [campaign | {"attrs": attrs or {}}])
        connection.execute(insert(numbers), [number])

    await database.write(add)
    (made,) = await Registrations(database, HandClock(NOON), Roots()).dress([an_sms(**more)])
    return made


@pytest.mark.parametrize(("use_case", "purpose"), [("2FA", Purpose.OTP), ("MARKETING", Purpose.MARKETING)])
async def test_a_use_says_what_messages_are_for(database: Database, use_case: str, purpose: Purpose) -> None:
    made = await dressed(database, use_case)
    assert (made.campaign, made.purpose) == ("QE1", purpose)


async def test_a_mixed_use_says_it_by_its_declaration(database: Database) -> None:
    made = await dressed(database, "MIXED", {"unstated_purpose": "transactional"})
    assert made.purpose is Purpose.TRANSACTIONAL


async def test_what_the_request_states_counts(database: Database) -> None:
    made = await dressed(database, "2FA", purpose=Purpose.MARKETING)
    assert (made.campaign, made.purpose) == ("QE1", Purpose.MARKETING)


async def test_a_sender_without_a_campaign_stays_as_it_is(database: Database) -> None:
    message = an_sms()
    assert await Registrations(database, HandClock(NOON), Roots()).dress([message]) == [message]


async def test_anothers_number_brings_no_campaign(database: Database) -> None:
    made = await dressed(database, "2FA", account="AC" + "9" * 32)
    assert (made.campaign, made.purpose) == (None, None)


async def test_a_subaccount_sends_on_the_campaign_of_its_owners_number(database: Database) -> None:
    branch = {
        "account": "AC" + "9" * 32,
        "parent": ACCOUNT,
        "token_sealed": b"",
        "created_at": NOON,
        "updated_at": NOON,
    }
    await database.write(lambda c: c.execute(insert(accounts), [branch | {"attrs": {}}]))
    made = await dressed(database, "2FA", account=branch["account"])
    assert (made.campaign, made.purpose) == ("QE1", Purpose.OTP)
