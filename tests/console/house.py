"""The pages over the whole house: the real exchange, gate, policy and database, asked through ASGI."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import Connection
from starlette.applications import Starlette

from masstransit import app, demo, serving
from masstransit.carriage.appeals import Filed, file
from masstransit.carriage.exchange import Offered
from masstransit.carriage.standing import put
from masstransit.channels.loopback import LoopbackTrunk, Phones
from masstransit.channels.loopback.calls import Handsets
from masstransit.clock import HandClock
from masstransit.config import DeskSettings
from masstransit.config import Settings as Told
from masstransit.console.door import SESSION, Door
from masstransit.console.pages import PAGES
from masstransit.model.sid import new_sid
from masstransit.model.user import DESK, Role
from masstransit.storage import agreements, users
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import NOON, an_sms

ORIGIN = "http://desk.test"
PASSWORD = "correct horse battery"
FRAUD = "URGENT: your bank account is locked, verify now at http://secure-bank-login.top/verify or lose access"
HARMFUL = "I will find you and kill you tonight"


class Browser:
    """Somebody at the pages."""

    def __init__(self, client: httpx.AsyncClient, csrf: str = "") -> None:
        self.client = client
        self.csrf = csrf

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of ours."""
        return await self.client.post(path, data={"csrf": self.csrf, **fields})

    async def said(self) -> str:
        """What the browser was told when it was sent elsewhere."""
        return httpx.URL(f"http://x/?said={self.client.cookies.get('said', '')}").params["said"]


class Pages:
    """A house with its demo's customer, and people of every role."""

    def __init__(
        self, database: Database, keys: Keys, *, desk: DeskSettings | None = None, told: Told | None = None
    ) -> None:
        self.database, self.keys, self.clock = database, keys, HandClock(NOON)
        phones = Phones(demo.PHONES)
        self.loopback = LoopbackTrunk(phones, self.clock)
        told = told or Told(desk=desk or DeskSettings(second_looks=0.0))
        self.handsets = Handsets(phones, self.clock)
        self.parts = app.join(told, database, keys, (self.loopback,), clock=self.clock, dialler=self.handsets)
        self.house = serving.console_house(self.parts, lambda: False)
        self.asgi = Starlette(routes=Door(self.house).routes(PAGES))
        self.account, self._made = "", 0
        self._hash = keys.password_hash(PASSWORD)

    async def seeded(self) -> Pages:
        """The demo's customer is there, its agreement accepted."""
        edition = self.parts.edition
        kept = demo.Edition(edition.digest, edition.dated)

        def seed(connection: Connection) -> demo.Customer:
            agreements.publish_edition(
                connection, digest=edition.digest, dated=edition.dated, source=edition.source, current_from=NOON
            )
            return demo.seed(connection, self.keys, kept, NOON, demo.Earlier("password"))

        self.account = (await self.database.write(seed)).account_sid
        return self

    def browser(self) -> Browser:
        """Somebody who is not signed in."""
        transport = httpx.ASGITransport(self.asgi, client=("127.0.0.1", 50000))
        return Browser(httpx.AsyncClient(transport=transport, base_url=ORIGIN))

    async def user(self, role: Role, login: str = "", **more: Any) -> str:
        """Somebody on record; their id."""
        account = DESK if role.of_desk else more.pop("account", self.account)
        login = login or role.value

        def add(connection: Connection) -> str:
            found = users.find(connection, login)
            return (
                str(found.user)
                if found is not None
                else users.create(
                    connection,
                    account,
                    login,
                    name=login.title(),
                    role=role,
                    password_hash=self._hash,
                    now=self.clock.now(),
                    must_change=False,
                )
            )

        return await self.database.write(add)

    async def signed_in(self, role: Role, login: str = "", **more: Any) -> Browser:
        """Somebody of a role with a session that a second factor has proven."""
        user, browser = await self.user(role, login, **more), self.browser()
        self._made += 1
        token = f"token{self._made}"
        browser.csrf = f"csrf{self._made}"
        row = {
            "account": DESK if role.of_desk else more.get("account", self.account),
            "token_hash": self.keys.token_hash(token),
            "user": user,
            "csrf": browser.csrf,
            "proven": True,
            "started_at": self.clock.now(),
            "seen_at": self.clock.now(),
        }
        await self.database.write(lambda connection: users.open_session(connection, row))
        browser.client.cookies.set(SESSION, token)
        return browser

    async def offer(self, text: str, n: int = 1, **more: Any) -> Offered:
        """The demo's customer sends a text."""
        told: Mapping[str, Any] = {"account": self.account, "recipient": demo.PHONES[0], "sender": demo.NUMBERS[0]}
        sms = an_sms(id=f"SM{n:032x}", text=text, at=self.clock.now(), **{**told, **more})
        return await self.parts.exchange.offer(sms)

    async def step(self, what: str = "block", **more: Any) -> str:
        """A step stands against the customer's account, or what else is told of it; its name."""
        now = self.clock.now()
        row: dict[str, Any] = {
            "account": self.account, "step_id": new_sid("ST"), "scope": "account", "step": what,
            "target": self.account, "clause": "6", "rule": "6.8", "reason": "a carrier complained about this traffic",
            "remedy": "ask people first", "silent": "", "decision": None, "since": now, "acts_from": now,
            "confirmed_by": None, "expires_at": now + timedelta(days=30), **more,
        }  # fmt: skip
        await self.database.write(lambda connection: put(connection, self.parts.ledger, row))
        return str(row["step_id"])

    async def appeal(self, about: str, text: str = "It was a drill that we had announced.") -> str:
        """The customer appeals; the appeal's name."""
        now = self.clock.now()
        filed = Filed(account=self.account, about=about, text=text, evidence=("ticket 77",), by=self.account, at=now)
        due = self.house.business_days.due(now)
        kept = await self.database.write(lambda connection: file(connection, self.parts.ledger, filed, due))
        return str(kept["sid"])

    async def move(self, **by: float) -> datetime:
        """Let time pass."""
        await self.clock.move(timedelta(**by))
        return self.clock.now()

    async def close(self) -> None:
        await self.parts.exchange.drained()
        await self.parts.scanner.stop()
        await self.parts.counters.close()


@asynccontextmanager
async def opened(
    database: Database, keys: Keys, *, desk: DeskSettings | None = None, told: Told | None = None
) -> AsyncIterator[Pages]:
    """The pages, for one test; `told` are its settings."""
    pages = await Pages(database, keys, desk=desk, told=told).seeded()
    try:
        yield pages
    finally:
        await pages.close()


def text_of(answer: httpx.Response) -> str:
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))
