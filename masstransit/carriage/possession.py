"""Proof that a number is somebody's: a code that goes to it, and a session for whoever brings the code back.

Nobody learns from the answers whether a number is known here: whoever asks is told the same. A code goes out only to
numbers that somebody here wrote to, so that strangers can't be sent texts, and it goes by the gate like any other, as a
message of the operator's own account. It is good as long and as often as codes are (`codes`), and in the browser that
asked for it.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage import codes
from masstransit.carriage.codes import GOOD_FOR, LIMITS, TRIES, Limits, Operator
from masstransit.clock import Clock
from masstransit.errors import BadAddress, StorageUnavailable
from masstransit.model.address import E164, e164
from masstransit.model.decision import Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import recipients
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

log = logging.getLogger("masstransit.recipients")

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


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who proved that a number is theirs."""

    person: str
    masked: str


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a code proved."""

    found: Literal["proven", "wrong", "spent"]  #: spent: too old, used, or tried too often; another one is needed
    token: str = ""  #: of the session, where it is proven


class Possession:
    """Sends codes and takes them back."""

    def __init__(
        self,
        *,
        exchange: codes.Door,
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
        code = codes.fresh()
        row = self._row(recipient, code, visit, client)

        def keep(connection: Connection) -> None:
            asked = recipients.asked(connection, row["person"], row["client"], row["asked_at"])
            codes.bounded(asked, self._limits, "address")
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
            sent = codes.Code(
                name=row["code"], channel="recipients", recipient=recipient, text=text, asked_at=row["asked_at"]
            )
            offered = await self._exchange.offer(codes.texted(operator, sent, self._clock.now()))
        except StorageUnavailable as lost:
            log.warning("a recipient's code was not sent: %s", lost)
            return
        decision = offered.decision
        if decision.verdict > Verdict.FLAG:
            log.warning("a recipient's code was not sent: %s says %s", decision.id, decision.verdict.name)

    async def prove(self, code: str, *, visit: str) -> Proof:
        """A visitor brings a code. Raises `StorageUnavailable`."""
        token, now = secrets.token_urlsafe(24), self._clock.now()
        given = codes.typed(code)
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


def _number(text: str) -> E164:
    """A number as a person writes it, with its country. Raises `BadAddress`."""
    bare = text.strip()
    if not bare.startswith(("+", "00")):
        raise BadAddress("a number begins with + and its country's code, such as +14155550100")
    return e164("+" + bare.removeprefix("00") if bare.startswith("00") else bare)


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
    return codes.brand_of(connection, operator.account) or "MassTransit"
