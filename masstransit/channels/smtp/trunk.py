"""The way out for mail: to one server that brings it on, or to the servers of each recipient's domain (MX).

A refusal for the time being (4yz) is tried again, later each time, for as long as the mail is valid; one for good (5yz)
is the end, and its sender hears of it. A server that refuses a mailbox as one that is not there gets no more mail for
it from this brand. A connection that is lost after the letter was sent leaves it unsure whether it was taken: it is
sent again, as RFC 5321 section 4.5.4.1 wants, because twice is better than never.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from masstransit.carriage.channel import Arrivals, Carried, NotSent, Sent
from masstransit.carriage.mailing.names import Names
from masstransit.carriage.mailing.outgoing import Outgoing
from masstransit.carriage.outside import is_public
from masstransit.channels.smtp.hop import Hops, HopSettings, Lost, Refused, Said
from masstransit.errors import NotFound, Unknown
from masstransit.model.communication import Communication, Kind
from masstransit.model.decision import Cleared
from masstransit.model.letter import domain_of

log = logging.getLogger("masstransit.smtp")

_AGAIN = 60.0  # seconds to the second try; Delivery doubles it (RFC 5321 section 4.5.4.1 says 30 minutes at last)
_UNREACHABLE, _UNDELIVERABLE, _CONTENT_GONE = 30003, 30005, 30008  # the SDKs' codes nearest to the reason


class Letters(Protocol):
    """Who makes what goes out."""

    async def outgoing(self, communication: Communication) -> Outgoing:
        """Raises `NotFound`, `StorageUnavailable`."""
        ...


class DeadLetters(Protocol):
    """Who hears that a mailbox is not there."""

    async def dead(self, communication: Communication, said: str) -> None: ...


class MailTrunkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where mail goes."""

    name: str
    host: str = ""  #: "": by MX
    allow_private: bool = False  #: whether servers of domains may have private and loopback addresses
    window: int = 20
    price: Decimal | None = None
    hop: HopSettings


class SmtpTrunk:
    """Implements `channel.Trunk` for mail."""

    kinds = Kind.EMAIL
    prefixes: tuple[str, ...] = ()

    def __init__(self, told: MailTrunkSettings, *, names: Names, letters: Letters, dead: DeadLetters) -> None:
        self._told = told
        self._names = names
        self._letters = letters
        self._dead = dead
        self._hops = Hops(told.hop)
        self._busy = 0

    @property
    def name(self) -> str:
        return self._told.name

    @property
    def price(self) -> Decimal | None:
        return self._told.price

    @property
    def up(self) -> bool:
        return True  # each mail may go to another server: that one is down is its own affair

    @property
    def room(self) -> int:
        return self._told.window - self._busy

    def connect(self, arrivals: Arrivals) -> None:
        """Nothing comes back over these connections: bounces come by mail."""

    async def run(self) -> None:
        """Until cancelled; then say goodbye to servers."""
        try:
            await asyncio.Event().wait()
        finally:
            await self._hops.close()

    async def deliver(self, cleared: Cleared) -> Carried:
        """Hand a mail over and wait for the answer."""
        self._busy += 1
        communication = cleared.communication
        try:
            outgoing = await self._letters.outgoing(communication)
        except NotFound as gone:
            return NotSent(reason=str(gone), permanent=True, code=_CONTENT_GONE)
        try:
            hosts = await self._hosts(communication)
        except Unknown as silent:
            return NotSent(reason=f"4.4.3 {silent}", permanent=False, retry_after=_AGAIN)
        if not hosts:
            return await self._nobody(communication)
        return await self._to_any(hosts, communication, outgoing)

    async def _hosts(self, communication: Communication) -> Sequence[str]:
        """The servers to try, in order: names of the next server, or addresses of the recipient's own, which never
        lead to what stands beside us. Raises `Unknown`."""
        if self._told.host:
            return [self._told.host]
        exchangers = await self._names.exchangers(domain_of(communication.recipient.text))
        found = [address for host in exchangers for address in (await self._names.addresses(host))[:2]]
        return [address for address in found if self._told.allow_private or is_public(address)]

    async def _nobody(self, communication: Communication) -> NotSent:
        why = "5.1.2 the domain of this address takes no mail"
        await self._dead.dead(communication, why)
        return NotSent(reason=why, permanent=True, code=_UNREACHABLE)

    async def _to_any(self, hosts: Sequence[str], communication: Communication, outgoing: Outgoing) -> Carried:
        """The first of some servers that answers decides, unless it says "later" and another may do better."""
        last = NotSent(reason="no server could be reached", permanent=False, retry_after=_AGAIN)
        for host in hosts:
            try:
                await self._hops.hand_over(host, outgoing.return_path, communication.recipient.text, outgoing.source)
            except Refused as refused:
                if refused.said.code >= 500:
                    return await self._for_good(communication, refused.said)
                last = NotSent(reason=refused.said.whole, permanent=False, retry_after=_AGAIN)
            except Lost as lost:
                last = NotSent(reason=f"4.4.1 {lost}", permanent=False, retry_after=_AGAIN)
                if lost.unsure:
                    return last
            else:
                return Sent((communication.id,))
        return last

    async def _for_good(self, communication: Communication, said: Said) -> NotSent:
        """What a server refused for good; whether its mailbox is dead, too."""
        if said.at == "connect":  # it talks to us at all not: our login, or who we are
            return NotSent(reason=said.whole, permanent=False, retry_after=_AGAIN)
        if said.at == "recipient" and mailbox_is_dead(said.text):
            await self._dead.dead(communication, said.whole)
        return NotSent(reason=said.whole, permanent=True, code=_UNDELIVERABLE)

    def settled(self, cleared: Cleared) -> None:
        """Its place is free."""
        self._busy -= 1


def mailbox_is_dead(text: str) -> bool:
    """Whether a refusal says that there is no such mailbox, or no longer (RFC 3463: X.1.1, X.1.2, X.1.3, X.1.6, X.1.10,
    X.2.1). A full one (X.2.2) and a refusal by policy (X.7.x) come to life again."""
    code = text.split(maxsplit=1)[0] if text else ""
    return code in {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
