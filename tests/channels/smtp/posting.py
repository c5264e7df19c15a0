"""A house that takes mail in over a real socket, with the real gate behind it, and an account that may send."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from masstransit import app, demo
from masstransit.carriage.channel import Trunk
from masstransit.carriage.mailing.domains import new_keys
from masstransit.clock import Clock
from masstransit.config import Settings, SmtpSettings
from masstransit.storage import agreements
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import NOON


@lru_cache(maxsize=1)
def _signing_keys(keys: Keys, domain: str) -> list[dict[str, Any]]:
    """Made once: a prime takes a while, and tests' keys seal alike."""
    return new_keys(keys, "", domain, NOON)


class Talk:
    """An SMTP client that says what a test wants, byte for byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def heard(self) -> str:
        """One reply, its lines together."""
        lines = []
        while True:
            line = (await asyncio.wait_for(self.reader.readline(), 20)).decode().rstrip("\r\n")
            lines.append(line)
            if line[3:4] != "-":
                return "\n".join(lines)

    async def say(self, *lines: str | bytes) -> str:
        """Say lines in one go; the reply to the last one."""
        raw = b"".join((line.encode() if isinstance(line, str) else line) + b"\r\n" for line in lines)
        self.writer.write(raw)
        replies = [await self.heard() for _ in lines]
        return replies[-1]

    async def secure(self, context: ssl.SSLContext) -> None:
        await self.writer.start_tls(context, server_hostname="localhost")


class Posting:
    """The house."""

    def __init__(self, database: Database, keys: Keys, folder: Path, clock: Clock | None = None, **told: Any) -> None:
        smtp: SmtpSettings = msgspec.convert(told.pop("smtp_server", {}), SmtpSettings)
        self.settings = Settings(data=str(folder), smtp_server=smtp, **told)
        self.database, self.keys, self.clock = database, keys, clock
        self.port = 0
        self.sid = self.token = ""

    async def opened(self, trunks: tuple[Trunk, ...] = ()) -> Posting:
        drop = str(Path(self.settings.data) / "mail")
        self.parts = app.join(self.settings, self.database, self.keys, trunks, clock=self.clock, maildrop=drop)
        edition, now = self.parts.edition, self.parts.clock.now()

        def seed(connection: Any) -> demo.Customer:
            agreements.publish_edition(
                connection, digest=edition.digest, dated=edition.dated, source=edition.source, current_from=now
            )
            kept = demo.Edition(edition.digest, edition.dated)
            customer = demo.seed(connection, self.keys, kept, now, demo.Earlier("password"))
            account, domain = customer.account_sid, demo.MAIL_DOMAIN
            signing = [dict(row, account=account) for row in _signing_keys(self.keys, domain)]
            demo.own_mail(connection, account, signing, now)
            return customer

        customer = await self.database.write(seed)
        self.sid, self.token = customer.account_sid, customer.auth_token
        self.port = await self.parts.mail_out.submission.listen("127.0.0.1", 0)
        return self

    @asynccontextmanager
    async def talk(self, *, greeted: bool = True, logged_in: bool = True) -> AsyncIterator[Talk]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        talk = Talk(reader, writer)
        try:
            assert (await talk.heard()).startswith("220 ")
            if greeted:
                await talk.say("EHLO client.test")
            if logged_in:
                assert (await talk.say(f"AUTH PLAIN {self.plain()}")).startswith("235")
            yield talk
        finally:
            writer.close()

    def plain(self, password: str = "") -> str:
        return base64.b64encode(f"\0{self.sid}\0{password or self.token}".encode()).decode()

    async def close(self) -> None:
        await self.parts.mail_out.submission.close()
        await self.parts.exchange.drained()
        await self.parts.scanner.stop()
