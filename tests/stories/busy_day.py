"""A demo with a day of traffic behind it and people of every role, for who looks at the pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from playwright.async_api import Page
from sqlalchemy import Connection

from masstransit.model.user import DESK, Role
from masstransit.storage import users
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.stories import crowd
from tests.stories.house import House

PASSWORD = "a sentence for the walk"
SENT: Sequence[str] = (
    "Your table is ready.",
    "Your parcel comes on Tuesday.",
    "URGENT: your bank account is locked, verify now at http://secure-bank-login.top/verify or lose access",
    "I will find you and kill you tonight",
    "Hot naked girls waiting for you xxx http://sexy.example/now",
)


async def lived(house: House, messages: int, texts: Sequence[str] = SENT) -> None:
    """The day: some messages that were judged, many copies of them, and people who may sign in. It is not running."""
    with house:
        send(house, texts)
    await _filled(house.data, house.demo["account_sid"], messages)


async def sign_in(page: Page, house: House, role: Role) -> None:
    """As the person of a role."""
    await page.goto(f"{house.http}/signin")
    await page.get_by_label("Login").fill(role.value)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.wait_for_url("**/desk" if role.of_desk else "**/account")


def send(house: House, texts: Sequence[str] = SENT) -> None:
    demo = house.demo
    url = f"{house.http}/2010-04-01/Accounts/{demo['account_sid']}/Messages.json"
    with httpx.Client(auth=(demo["account_sid"], demo["auth_token"])) as client:
        for n, text in enumerate([*texts, *texts, *texts, *texts]):
            sent = {"From": demo["numbers"][n % 2], "To": demo["phones"][n % 6]["number"], "Body": text}
            assert client.post(url, data=sent).status_code < 500


async def _filled(data: Path, account: str, messages: int) -> None:
    now = datetime.now(UTC)
    counted = await crowd.fill(data, account, messages, now, timedelta(hours=20))
    assert counted.total() == messages
    database, hashed = Database(f"sqlite:///{data / 'masstransit.db'}"), Keys.for_tests().password_hash(PASSWORD)

    def add(connection: Connection) -> None:
        for role in Role:
            whose = DESK if role.of_desk else account
            users.create(
                connection, whose, role.value, name=role.value.title(), role=role, password_hash=hashed, now=now,
                must_change=False,
            )  # fmt: skip

    await database.write(add)
    await database.close()
