"""What a sender hears of mail that did not arrive: delivery status notifications (RFC 3464) to its return path.

That one is due is noted together with what it tells, so that no crash loses it; the chore here then writes it and has
it offered like any mail, under the exemption that is for it alone. It has no return path of its own, so that nothing
ever answers it (RFC 3461 section 6).
"""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import timedelta
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from email.utils import format_datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.carriage.exchange import Exchange
from masstransit.carriage.notices import BY_MAIL
from masstransit.clock import Clock
from masstransit.errors import BadAddress, StorageUnavailable
from masstransit.model.address import EmailAddress, email_address
from masstransit.model.communication import Communication, Exemption, Kind, Purpose
from masstransit.model.letter import Letter
from masstransit.model.sid import new_sid
from masstransit.storage import communications, mail_letters, notices
from masstransit.storage.engine import Database
from masstransit.storage.mail_letters import Envelope

log = logging.getLogger("masstransit.mail")

_AT_ONCE = 50
_PAUSE = 1.0
_LATER = timedelta(seconds=30)
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")  # RFC 3463
_FAILED = frozenset({"failed", "undelivered"})
_ACTIONS = {"sent": "relayed", "delivered": "delivered"}
_SAID = {
    "failed": "could not be delivered, and will not be tried again",
    "relayed": "was handed on to a server that tells no more of it",
    "delivered": "was delivered",
}


class Notifier:
    """Writes them."""

    def __init__(self, *, database: Database, exchange: Exchange, clock: Clock, process: str, name: str) -> None:
        self._database = database
        self._exchange = exchange
        self._clock = clock
        self._process = process
        self._name = name
        self._work = asyncio.Event()

    def nudge(self) -> None:
        """There may be one to write."""
        self._work.set()

    async def run(self) -> None:
        """Write them until cancelled."""
        while True:
            self._work.clear()
            try:
                written = await self.round()
            except StorageUnavailable as lost:
                log.warning("delivery status notifications wait: %s", lost)
                written = 0
            if written < _AT_ONCE:
                await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(_PAUSE):
                await self._work.wait()
        except TimeoutError:
            return

    async def round(self) -> int:
        """Write those that are due; how many were looked at."""
        now = self._clock.now()
        rows = await self._database.write(lambda c: notices.claim(c, BY_MAIL, self._process, now, _AT_ONCE))
        for row in rows:
            key = [(row.account, row.id)]
            try:
                await self._write(row)
            except StorageUnavailable:
                later = self._clock.now() + _LATER
                await self._database.write(partial(notices.put_back, keys=key, ready_at=later))
                raise
            await self._database.write(partial(notices.drop, keys=key))
        return len(rows)

    async def _write(self, row: Row[Any]) -> None:
        """One, unless there is nobody to tell."""
        account, about, status = row.account, row.about, row.body["status"]
        kept, envelope = await self._database.read(lambda c: _kept(c, account, about))
        if kept is None:
            return
        told = communications.read(kept)
        recipient = _return_path(told)
        if recipient is None:
            return
        source = self._source(told, kept, envelope, status)
        letter = Letter(return_path="", subject=_subject(status), notify="NEVER", size=len(source))
        notification = Communication(
            id=new_sid("EM"),
            account=account,
            kind=Kind.EMAIL,
            channel="dsn",
            sender=EmailAddress(f"mailer-daemon@{self._name}"),
            recipient=recipient,
            text=_subject(status),
            letter=letter,
            at=self._clock.now(),
            purpose=Purpose.TRANSACTIONAL,
            idempotency_key=f"dsn/{about}/{status}",
            exemption=Exemption.DELIVERY_STATUS,
        )
        await self._exchange.offer(notification, Envelope(letter=new_sid("LT"), source=source))

    def _source(self, told: Communication, kept: Row[Any], envelope: Row[Any] | None, status: str) -> bytes:
        made = MIMEMultipart("report", report_type="delivery-status", policy=SMTP)
        made["From"] = f"Mail Delivery System <mailer-daemon@{self._name}>"
        made["To"] = told.letter.return_path if told.letter else ""
        made["Subject"] = _subject(status)
        made["Date"] = format_datetime(self._clock.now())
        made["Message-ID"] = f"<{new_sid('DN')}@{self._name}>"
        made["Auto-Submitted"] = "auto-replied"
        action = "failed" if status in _FAILED else _ACTIONS[status]
        why = kept.error_message or ""
        made.attach(MIMEText(_words(told, action, why), _charset=_charset(why)))
        made.attach(self._fields(told, envelope, action, why))
        if envelope is not None:
            made.attach(_head(envelope.source))
        return made.as_bytes(policy=SMTP)

    def _fields(self, told: Communication, envelope: Row[Any] | None, action: str, why: str) -> Message:
        """The part for programs (RFC 3464 section 2)."""
        about = [("Reporting-MTA", f"dns; {self._name}"), ("Arrival-Date", format_datetime(told.at))]
        if envelope is not None and envelope.envelope:
            about.insert(0, ("Original-Envelope-Id", envelope.envelope))
        recipient = [("Final-Recipient", f"rfc822; {told.recipient.text}"), ("Action", action)]
        if envelope is not None and envelope.original:
            recipient.insert(0, ("Original-Recipient", envelope.original))
        recipient.append(("Status", status_of(why) if action == "failed" else "2.0.0"))
        if why:
            plain = why.encode("ascii", "replace").decode().replace("\r", " ").replace("\n", " ")
            recipient.append(("Diagnostic-Code", f"x-masstransit; {plain[:400]}"))
        part = Message(policy=SMTP)
        part["Content-Type"] = "message/delivery-status"
        part.set_payload([_group(about), _group(recipient)])
        return part


def status_of(why: str) -> str:
    """The enhanced status code (RFC 3463) in another server's words; "5.7.1" for a word of ours: the policy's."""
    found = _STATUS.search(why)
    return found[0] if found else "5.7.1"


def _kept(connection: Connection, account: str, sid: str) -> tuple[Row[Any] | None, Row[Any] | None]:
    return communications.find(connection, account, sid), mail_letters.find(connection, account, sid)


def _return_path(told: Communication) -> EmailAddress | None:
    try:
        return email_address(told.letter.return_path) if told.letter else None
    except BadAddress:
        return None


def _subject(status: str) -> str:
    return "Undelivered mail" if status in _FAILED else "Mail was handed on"


def _words(told: Communication, action: str, why: str) -> str:
    subject = told.letter.subject if told.letter else ""
    lines = [
        f"Your mail to {told.recipient.text} {_SAID[action]}.",
        "",
        f"Subject: {subject[:200]}",
        f"Sent:    {told.at:%d %B %Y %H:%M} UTC",
        f"Id:      {told.id}",
    ]
    return "\n".join([*lines, "", f"Because: {why}"] if why else lines) + "\n"


def _charset(text: str) -> str:
    return "us-ascii" if text.isascii() else "utf-8"


def _group(fields: list[tuple[str, str]]) -> Message:
    group = Message(policy=SMTP)
    for name, value in fields:
        group[name] = value
    return group


def _head(source: bytes) -> MIMEText:
    """The head of the mail that it is about, and nothing of what it says."""
    head = source.partition(b"\r\n\r\n")[0].decode("ascii", "replace").replace("\r\n", "\n")
    return MIMEText(head[:20_000] + "\n", "rfc822-headers", _charset="us-ascii" if head.isascii() else "utf-8")
