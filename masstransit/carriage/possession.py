"""Proof that a number is somebody's: a code that goes to it, and a session for whoever brings the code back.

Nobody learns from the answers whether a number is known here: whoever asks is told the same. A code goes out only to
numbers that somebody here wrote to, so that strangers can't be sent texts, and it goes by the gate like any other, as a
message of the operator's own account. It is good for ten minutes, for five tries, and in the browser that asked for it
(six digits, ten minutes: NIST SP 800-63B 5.1.3.2; tries and counts are defaults).
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import msgspec
from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.errors import BadAddress, Fault, StorageUnavailable
from masstransit.model.address import E164, TextAddress, e164, parse
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.decision import Decision, Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import consents, recipients
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

log = logging.getLogger("masstransit.recipients")

DIGITS = 6
GOOD_FOR = timedelta(minutes=10)
TRIES = 5
IDLE = timedelta(minutes=30)  #: a session ends when its person has done nothing for so long
AT_MOST = timedelta(hours=8)  #: and at last then
_TOUCHED_EVERY = timedelta(minutes=1)  # so that looking at a page is seldom a write

_CODE = {
    "en": "{brand}: {code} is your code to see who writes to this number. It is valid for 10 minutes. If you did not "
    "ask for it, ignore this message.",
    "es": "{brand}: {code} es su código para ver quién escribe a este número. Vale 10 minutos. Si no lo ha pedido, "
    "ignore este mensaje.",
    "fr": "{brand} : {code} est votre code pour voir qui écrit à ce numéro. Il est valable 10 minutes. Si vous ne "
    "l'avez pas demandé, ignorez ce message.",
    "de": "{brand}: {code} ist Ihr Code, um zu sehen, wer an diese Nummer schreibt. Er gilt 10 Minuten. Haben Sie ihn "
    "nicht angefordert, ignorieren Sie diese Nachricht.",
}


class TooOften(Fault):
    """Too many codes were asked for: of this number, from this address, or in all."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many codes there are. No authority sets these figures; they are defaults."""

    number_hour: int = 3  #: of one number within an hour
    number_day: int = 6  #: within a day
    client_hour: int = 10  #: from one internet address (IPv6: its /64) within an hour
    sent_hour: int = 600  #: that go out to anybody within an hour


LIMITS = Limits()


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's own account, by which codes go out, and its sender."""

    account: str
    sender: TextAddress


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who proved that a number is theirs."""

    person: str
    masked: str


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a code proved."""

    found: Literal["proven", "wrong", "spent"]  #: spent: too old, used, or tried too often; another one is needed
    token: str = ""  #: of the session, where it is proven


class _Offered(Protocol):
    @property
    def decision(self) -> Decision: ...


class Door(Protocol):
    """The exchange, as codes need it."""

    async def offer(self, communication: Communication) -> _Offered: ...


class Possession:
    """Sends codes and takes them back."""

    def __init__(
        self,
        *,
        exchange: Door,
        database: Database,
        keys: Keys,
        clock: Clock,
        operator: Operator | None,
        limits: Limits = LIMITS,
    ) -> None:
        self.operator = operator
        self._exchange = exchange
        self._database = database
        self._keys = keys
        self._clock = clock
        self._limits = limits
        self._sending: set[asyncio.Task[None]] = set()

    # --- codes ----------------------------------------------------------------------------------------------------

    async def ask(self, number: str, *, visit: str, client: str, language: str) -> None:
        """A visitor (by the token of their browser) wants a code for a number. It is on its way when this returns, or
        never comes, and nothing tells which. Raises `BadAddress`, `TooOften`, `StorageUnavailable`."""
        recipient = _number(number)
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        row = self._row(recipient, code, visit, client)

        def keep(connection: Connection) -> None:
            _bounded(recipients.asked(connection, row["person"], row["client"], row["asked_at"]), self._limits)
            recipients.add_code(connection, row)

        await self._database.write(keep)
        task = asyncio.create_task(self._send(row, recipient, code, language))  # its time must not tell what it finds
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def drained(self) -> None:
        """Return when every code that was asked for is on its way, or is not to be."""
        while self._sending:
            await asyncio.wait(set(self._sending))

    def _row(self, recipient: E164, code: str, visit: str, client: str) -> dict[str, Any]:
        name = new_sid("OC")
        return {
            "code": name,
            "visit": self._keys.token_hash(visit),
            "person": self._keys.person(recipient.text),
            "masked": recipient.masked,
            "client": self._keys.mark("client", _network(client)),
            "hash": self._keys.mark("code", name, code),
            "asked_at": self._clock.now(),
        }

    async def _send(self, row: Mapping[str, Any], recipient: E164, code: str, language: str) -> None:
        """To a number that somebody here has to do with; else nothing happens."""
        operator = self.operator
        if operator is None:
            return
        try:
            if not await self._database.survey(lambda c: recipients.is_known(c, row["person"])):
                return
            brand = await self._database.write(lambda c: _sent(c, row["code"], operator, self._clock.now()))
            text = _CODE.get(language, _CODE["en"]).format(brand=brand, code=code)
            offered = await self._exchange.offer(self._communication(operator, row, recipient, text))
        except StorageUnavailable as lost:
            log.warning("a recipient's code was not sent: %s", lost)
            return
        decision = offered.decision
        if decision.verdict > Verdict.FLAG:
            log.warning("a recipient's code was not sent: %s says %s", decision.id, decision.verdict.name)

    def _communication(self, operator: Operator, row: Mapping[str, Any], recipient: E164, text: str) -> Communication:
        return Communication(
            id=new_sid("SM"),
            account=operator.account,
            kind=Kind.SMS,
            channel="recipients",
            sender=operator.sender,
            recipient=recipient,
            text=text,
            at=self._clock.now(),
            purpose=Purpose.OTP,
            idempotency_key=f"code/{row['code']}",
            expires_at=row["asked_at"] + GOOD_FOR,
            discard=True,
            principal=operator.account,
        )

    async def prove(self, code: str, *, visit: str) -> Proof:
        """A visitor brings a code. Raises `StorageUnavailable`."""
        token, now = secrets.token_urlsafe(24), self._clock.now()
        given = "".join(sign for sign in code if sign.isdigit())[: 2 * DIGITS]
        hashed = self._keys.token_hash(visit)

        def attempt(connection: Connection) -> Proof:
            row = recipients.last_code(connection, hashed)
            if row is None or row.asked_at <= now - GOOD_FOR:
                return Proof(found="spent")
            if not recipients.try_code(connection, row.code, at_most=TRIES):
                return Proof(found="spent")
            if not hmac.compare_digest(row.hash, self._keys.mark("code", row.code, given)):
                return Proof(found="wrong")
            if not recipients.use_code(connection, row.code, now):
                return Proof(found="wrong")
            recipients.open_session(connection, self._session(row, token, now))
            return Proof(found="proven", token=token)

        return await self._database.write(attempt)

    # --- sessions -------------------------------------------------------------------------------------------------

    def _session(self, row: Row[Any], token: str, now: datetime) -> dict[str, Any]:
        hashed = self._keys.token_hash(token)
        return {"session": hashed, "person": row.person, "masked": row.masked, "since": now, "seen_at": now}

    async def session(self, token: str) -> Session | None:
        """Whose session it is; None: it is none, or it has ended. Raises `StorageUnavailable`."""
        now, hashed = self._clock.now(), self._keys.token_hash(token)
        row = await self._database.read(lambda c: recipients.session(c, hashed, since=now - AT_MOST, seen=now - IDLE))
        if row is None:
            return None
        if row.seen_at <= now - _TOUCHED_EVERY:
            await self._database.write(lambda c: recipients.touch_session(c, hashed, now))
        return Session(person=row.person, masked=row.masked)

    async def leave(self, token: str) -> None:
        """End a session. Raises `StorageUnavailable`."""
        await self._database.write(lambda c: recipients.close_session(c, self._keys.token_hash(token)))


def operator_of(account: str, sender: str) -> Operator | None:
    """The operator's account by its settings; None where none is named. Raises `BadAddress`."""
    return Operator(account=account, sender=parse(sender)) if account and sender else None


def _number(text: str) -> E164:
    """A number as a person writes it, with its country. Raises `BadAddress`."""
    bare = text.strip()
    if not bare.startswith(("+", "00")):
        raise BadAddress("a number begins with + and its country's code, such as +14155550100")
    return e164("+" + bare.removeprefix("00") if bare.startswith("00") else bare)


def _bounded(asked: recipients.Asked, limits: Limits) -> None:
    """Raises `TooOften`."""
    if asked.number_hour >= limits.number_hour or asked.number_day >= limits.number_day:
        raise TooOften("so many codes were asked for this number")
    if asked.client_hour >= limits.client_hour:
        raise TooOften("so many codes were asked for from this address")
    if asked.sent_hour >= limits.sent_hour:
        log.warning("no more codes go to recipients for now: %d went out within the hour", asked.sent_hour)
        raise TooOften("so many codes were asked for by everybody")


def _network(client: str) -> str:
    """An internet address as it is counted: who has IPv6 has a /64 of it (RFC 6177)."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client[:64]
    if isinstance(address, ipaddress.IPv6Address):
        own = address.ipv4_mapped
        return str(own) if own else str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _sent(connection: Connection, code: str, operator: Operator, now: datetime) -> str:
    """Note that a code goes out; the name that people know the operator by."""
    recipients.mark_sent(connection, code, now)
    root = consents.root_of(connection, operator.account)
    name, _ = consents.voice_of(connection, operator.account, root, None)
    return name or "MassTransit"
