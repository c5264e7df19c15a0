"""One-time codes that go to a number by text, for whoever has it to bring back: what possession of a number rests on.

A code has six digits and is good for ten minutes (NIST SP 800-63B 5.1.3.2), for five tries, and once. How many go out
is limited, so that nobody is sent texts by somebody else's asking. Tries and counts are defaults.
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from sqlalchemy import Connection

from masstransit.errors import Fault
from masstransit.model.address import E164, TextAddress, parse
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.decision import Decision
from masstransit.model.sid import new_sid
from masstransit.storage import consents
from masstransit.storage.recipients import Asked

log = logging.getLogger("masstransit.codes")

DIGITS = 6
GOOD_FOR = timedelta(minutes=10)
TRIES = 5


class TooOften(Fault):
    """Too many codes were asked for: of this number, by this client, or in all."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many codes there are. No authority sets these figures; they are defaults."""

    number_hour: int = 3  #: of one number within an hour
    number_day: int = 6  #: within a day
    calls_day: int = 3  #: of one number within a day, of those that come by call: it rings
    client_hour: int = 10  #: by one client, an internet address (IPv6: its /64) or an account, within an hour
    sent_hour: int = 600  #: that go out to anybody within an hour


LIMITS = Limits()


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's own account, by which codes go out, and its sender."""

    account: str
    sender: TextAddress


class _Offered(Protocol):
    @property
    def decision(self) -> Decision: ...


class Door(Protocol):
    """The exchange, as codes need it."""

    async def offer(self, communication: Communication) -> _Offered: ...


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A code on its way."""

    name: str  #: of what it proves, under which it is kept
    channel: str  #: who sends it: recipients | caller-ids
    recipient: E164
    text: str
    asked_at: datetime


def fresh() -> str:
    """A code that nobody can guess."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def typed(code: str) -> str:
    """The digits of a code as somebody wrote it."""
    return "".join(sign for sign in code if sign.isascii() and sign.isdigit())[: 2 * DIGITS]


def operator_of(account: str, sender: str) -> Operator | None:
    """The operator's account by its settings; None where none is named. Raises `BadAddress`."""
    return Operator(account=account, sender=parse(sender)) if account and sender else None


def brand_of(connection: Connection, account: str) -> str:
    """The name that people know an account by."""
    name, _ = consents.voice_of(connection, account, consents.root_of(connection, account), None)
    return name


def bounded(asked: Asked, limits: Limits, client: str) -> None:
    """Raises `TooOften`; `client` says by whom codes are counted."""
    if asked.number_hour >= limits.number_hour or asked.number_day >= limits.number_day:
        raise TooOften("so many codes were asked for this number")
    if asked.client_hour >= limits.client_hour:
        raise TooOften(f"so many codes were asked for from this {client}")
    if asked.sent_hour >= limits.sent_hour:
        log.warning("no more codes go out for now: %d went out within the hour", asked.sent_hour)
        raise TooOften("so many codes were asked for by everybody")


def texted(operator: Operator, code: Code, now: datetime) -> Communication:
    """The message that brings a code: the gate hears it like any other, and its text is not kept."""
    return Communication(
        id=new_sid("SM"),
        account=operator.account,
        kind=Kind.SMS,
        channel=code.channel,
        sender=operator.sender,
        recipient=code.recipient,
        text=code.text,
        at=now,
        purpose=Purpose.OTP,
        idempotency_key=f"code/{code.name}",
        expires_at=code.asked_at + GOOD_FOR,
        discard=True,
        principal=operator.account,
    )
