"""A mail relay on loopback, of a program that we did not write; and a house's sender of mail before it."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from sqlalchemy import Connection, select

from masstransit.carriage import contacts, statements
from masstransit.carriage.mail import Mail
from masstransit.carriage.relay import Relay, RelaySettings
from masstransit.clock import HandClock
from masstransit.ledger import Ledger
from masstransit.model.sid import new_sid
from masstransit.storage import accounts, alerts, queue
from masstransit.storage import contacts as stored
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.paging import Slice
from masstransit.storage.tables import mails as mails_table
from masstransit.storage.tables import notices as notices_table
from tests.makers import NOON

ADA, BOB, CAT = "ada@northwind.example", "bob@northwind.example", "cat@northwind.example"
SENDER = "notices@masstransit.example"
USER, PASSWORD = "house", "a password"


class Mailbox:
    """What the relay took, and what it says to whom instead."""

    def __init__(self) -> None:
        self.took: list[tuple[str, EmailMessage]] = []
        self.says: dict[str, str] = {}  #: to a recipient, in place of OK; "DATA": to a letter; "MAIL": to a sender
        self.logged_in: list[bytes] = []
        self.in_tls: list[bool] = []
        self.port = 0

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's names
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.says.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if said := self.says.get(address):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if said := self.says.get("DATA"):
            return said
        assert isinstance(envelope.content, bytes)
        read = email.message_from_bytes(envelope.content, policy=email.policy.SMTP)
        assert isinstance(read, EmailMessage)
        self.took += [(address, read) for address in envelope.rcpt_tos]
        self.in_tls.append(session.ssl is not None)
        return "250 2.0.0 queued as 4711"

    def logs_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, told: Any) -> AuthResult:
        assert isinstance(told, LoginPassword)
        self.logged_in.append(told.login)
        return AuthResult(success=(told.login, told.password) == (USER.encode(), PASSWORD.encode()))

    @property
    def reached(self) -> list[str]:
        """Whom letters went to."""
        return sorted(address for address, _ in self.took)

    def text(self, index: int = -1) -> str:
        """What a letter says, on one line."""
        return " ".join(str(self.took[index][1].get_content()).split())


@contextlib.asynccontextmanager
async def listening(box: Mailbox, port: int = 0, **options: Any) -> AsyncIterator[Mailbox]:
    """The relay takes connections."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, hostname="relay.test", loop=loop, **options), "127.0.0.1", port)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()


def certified() -> tuple[trustme.CA, ssl.SSLContext]:
    """An authority, and a relay's context with a certificate of its."""
    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return authority, context


class Post:
    """A house's sender of mail, and an account with contacts."""

    def __init__(self, database: Database, keys: Keys, box: Mailbox) -> None:
        self.database, self.keys, self.box = database, keys, box
        self.clock, self.ledger = HandClock(NOON), Ledger("post")
        self.account = ""
        self.told: dict[str, Any] = {"starttls": False}  # of the relay, beside where it is
        self.relay = True

    async def opened(self, *addresses: str, uses: tuple[str, ...] = ("notices", "reclamation")) -> Post:
        def make(connection: Connection) -> str:
            queue.alive(connection, "me", NOON)
            return str(accounts.create(connection, self.keys, friendly_name="Northwind", now=NOON).account)

        self.account = await self.database.write(make)
        for address in addresses:
            await self.names(address, *uses)
        return self

    async def names(self, address: str, *uses: str, account: str = "", name: str = "") -> str:
        said = {"name": name, "address": address, "uses": uses or ("notices", "reclamation")}
        whose, now = account or self.account, self.clock.now()
        row = await self.database.write(lambda c: contacts.add(c, self.ledger, whose, said, now, "Ada"))
        return str(row.contact)

    async def removes(self, contact: str) -> None:
        now = self.clock.now()
        await self.database.write(lambda c: contacts.remove(c, self.ledger, self.account, contact, now, "Ada"))

    async def steps(self, *, silent: str = "", account: str = "", reason: str = "people never asked for it") -> str:
        """A step is stated; its name."""
        now = self.clock.now()
        step = {
            "account": account or self.account, "step_id": new_sid("ST"), "scope": "number", "target": "+14155550100",
            "clause": "6", "rule": "6.8", "reason": reason, "remedy": "ask people first", "silent": silent,
            "decision": None, "step": "warn", "expires_at": now + timedelta(days=30),
        }  # fmt: skip
        await self.database.write(lambda c: statements.of_step(c, self.ledger, step, "warn", now))
        return str(step["step_id"])

    def sender(self, process: str = "me") -> Mail:
        told = RelaySettings(host="localhost", port=self.box.port, sender=SENDER, timeout=5.0, **self.told)
        return Mail(
            database=self.database, ledger=self.ledger, clock=self.clock, process=process,
            relay=Relay(told) if self.relay else None, base_url="https://desk.test",
        )  # fmt: skip

    async def run(self, process: str = "me", *, after: str = "") -> None:
        """Send what is ready now, and stop; with what a process had claimed that fell silent."""
        mail = self.sender(process)
        task = asyncio.create_task(mail.run())
        async with asyncio.timeout(20):
            while (rows := await self.ready(process, after)) or mail.busy:
                if rows and not mail.busy and min(row.ready_at for row in rows) > self.clock.now():
                    await self.clock.move(timedelta(seconds=1))  # there was no room for it
                mail.nudge()
                await asyncio.sleep(0.01)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def ready(self, *processes: str) -> list[Any]:
        """What is to be sent now or in a second, with what the process has claimed and not sent yet."""
        soon = self.clock.now() + timedelta(seconds=1)
        return [row for row in await self.under_way() if row.claimed_by in {None, *processes} and row.ready_at <= soon]

    async def later(self, **by: float) -> None:
        """Time passes, and what is due by then is sent."""
        await self.clock.move(timedelta(**by))
        await self.run()

    async def under_way(self) -> list[Any]:
        query = select(notices_table).where(notices_table.c.way == "mail")
        return list(await self.database.read(lambda c: c.execute(query).all()))

    async def sent(self) -> list[tuple[str, str]]:
        """To whom, and what came of it, in order."""
        query = select(mails_table).order_by(mails_table.c.at, mails_table.c.address)
        rows = await self.database.read(lambda c: c.execute(query).all())
        return [(row.address, row.state) for row in rows]

    async def contacts(self) -> list[Any]:
        return list(await self.database.read(lambda c: stored.of_account(c, self.account)))

    async def alerts(self) -> list[str]:
        sheet = await self.database.read(lambda c: alerts.all_of(c, self.account, Slice(size=50)))
        return [row.text for row in sheet.rows if row.error_code == 60610]

    async def answers(self) -> list[str]:
        query = select(mails_table.c.answer).order_by(mails_table.c.at, mails_table.c.address)
        return [row.answer for row in await self.database.read(lambda c: c.execute(query).all())]
