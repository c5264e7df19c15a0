"""The API over a real socket with the whole house behind it: the real exchange, gate and policy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from masstransit import app, demo
from masstransit.api import House, Settings
from masstransit.carriage.feedback import Feedback
from masstransit.channels.loopback import LoopbackTrunk, Phones
from masstransit.channels.loopback.calls import Handsets
from masstransit.config import Settings as Told
from masstransit.config import WebhookSettings
from masstransit.serving import post_of
from masstransit.storage import agreements
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.api.house import Door


class GatedDoor(Door):
    """`sid` and `token` are of an account whose agreement is accepted, with numbers and a campaign."""

    def __init__(self, database: Database, keys: Keys, *, allow_private: bool = True) -> None:
        super().__init__(database, keys)
        self.phones = Phones(demo.PHONES)
        self.loopback = LoopbackTrunk(self.phones, self.clock)
        self.handsets = Handsets(Phones(demo.PHONES), self.clock)
        told = Told(data=str(self.folder), webhooks=WebhookSettings(allow_private=allow_private))
        self.folder = told.recordings
        self.folder.mkdir()
        self.parts = app.join(told, database, keys, (self.loopback,), dialler=self.handsets)
        self.also = (self.parts.chat.sockets.route(),)
        self.house = House(
            database=database,
            keys=keys,
            clock=self.parts.clock,
            exchange=self.parts.exchange,
            recordings=self.parts.recordings,
            archive=self.parts.archive,
            mailboxes=self.parts.mailboxes,
            deposits=self.parts.deposits,
            post=post_of(self.parts),
            voice=self.parts.voice,
            scheduling=self.parts.scheduling,
            chat=self.parts.chat,
            mms=self.parts.mms,
            faxes=self.parts.faxing.faxes,
            no_fax=lambda: "",
            feedback=Feedback(database, self.parts.arrivals.outcome),
            caller_ids=self.parts.caller_ids,
            ledger=self.parts.ledger,
            edition=self.parts.edition,
            in_force=self.parts.gate,
            settings=Settings(allow_private=allow_private),
        )

    async def __aenter__(self) -> GatedDoor:
        await super().__aenter__()
        edition, now = self.parts.edition, self.clock.now()
        kept = demo.Edition(edition.digest, edition.dated)

        def seed(connection: object) -> demo.Customer:
            agreements.publish_edition(
                connection,  # type: ignore[arg-type]
                digest=edition.digest, dated=edition.dated, source=edition.source, current_from=now,
            )  # fmt: skip
            return demo.seed(connection, self.keys, kept, now, demo.Earlier("password"))  # type: ignore[arg-type]

        customer = await self.database.write(seed)
        self.sid, self.token = customer.account_sid, customer.auth_token
        return self

    @asynccontextmanager
    async def carrying(self) -> AsyncIterator[None]:
        """Meanwhile the queue goes out to the demo's phones, and conversations are followed."""
        tasks = [asyncio.create_task(each) for each in (self.parts.delivery.run(), self.parts.chat.feeds.run())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await self.parts.delivery.stop()

    async def becomes(self, sid: str, status: str) -> dict[str, Any]:
        """A message as it is shown once it has this status; after some seconds as it is then."""
        shown: dict[str, Any] = {}
        for _ in range(500):
            shown = (await self.ask("GET", f"{self.messages}/{sid}.json")).json()
            if shown["status"] == status:
                break
            await asyncio.sleep(0.02)
        assert shown["status"] == status
        return shown

    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        if self.parts.voice is not None:
            await self.parts.voice.close()
        await self.parts.exchange.drained()
        await self.parts.scanner.stop()
        await self.parts.counters.close()
