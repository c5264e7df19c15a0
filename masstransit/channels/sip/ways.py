"""Where a call may go, and what the far leg is told of its caller."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from masstransit.carriage.batch import Batch
from masstransit.carriage.identity.service import Identity, right_in
from masstransit.channels.sip.message import Header
from masstransit.channels.sip.talk import Target
from masstransit.clock import Clock
from masstransit.model.call import HELP
from masstransit.model.communication import Communication, Direction
from masstransit.model.decision import Decision
from masstransit.storage import sip_logins
from masstransit.storage.engine import Database


class Trunk(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier's trunk, as far as it matters for the way."""

    name: str
    prefixes: tuple[str, ...] = ()  #: E.164 prefixes that it serves; none: all
    emergency: bool = False

    def serves(self, number: str) -> int:
        """How well it fits: the length of the longest prefix; 0: it takes any; -1: it does not take this one."""
        fitting = [len(prefix) for prefix in self.prefixes if number.startswith(prefix)]
        return max(fitting, default=-1 if self.prefixes else 0)


class Ways:
    """Finds them. The methods that read raise `StorageUnavailable`."""

    def __init__(
        self, *, database: Database, clock: Clock, domain: str, trunks: Sequence[Trunk], identity: Identity
    ) -> None:
        self._database = database
        self._clock = clock
        self._domain = domain
        self._trunks = tuple(trunks)
        self._identity = identity
        self._owners: Batch[str, str | None] = Batch(self._owners_of)  # of numbers that are called together: one query

    async def of(self, call: Communication) -> tuple[tuple[Target, ...], bool]:
        """Where a call could go, the best first; and whether it stays in the house. What came in goes on to the
        number's own phones alone."""
        number = call.recipient.text
        if call.direction is Direction.INBOUND:
            return await self.ringing(call.account, number), True
        if number in HELP:
            helpers = [trunk for trunk in self._trunks if trunk.emergency] or self._trunks
            return tuple(Target(link=trunk.name, user=number) for trunk in helpers), False
        if await self.owner(number) == call.account and (own := await self.ringing(call.account, number)):
            return own, True
        fitting = sorted(((trunk.serves(number), trunk) for trunk in self._trunks), key=lambda pair: -pair[0])
        return tuple(Target(link=trunk.name, user=number) for fit, trunk in fitting if fit >= 0), False

    async def owner(self, number: str) -> str | None:
        """The account that a number belongs to; numbers that are asked for together are looked up together."""
        return await self._owners.add(number)

    async def _owners_of(self, batch: Sequence[str]) -> list[str | Exception | None]:
        found = await self._database.read(lambda connection: sip_logins.owners_of(connection, set(batch)))
        return [found.get(number) for number in batch]

    async def ringing(self, account: str, number: str) -> tuple[Target, ...]:
        """The contacts that are registered for a number."""
        now = self._clock.now()
        rows = await self._database.read(lambda connection: sip_logins.rings(connection, account, number, now))
        return tuple(Target(host=row.host, port=row.port, user=row.user or number) for row in rows)

    def told(self, call: Communication, decision: Decision, *, internal: bool) -> tuple[Header, ...]:
        """Who calls, as we assert it (RFC 3325), and to a carrier signed (RFC 8224). Inside the house a caller who is
        not shown is told to nobody."""
        asserted = Header("p-asserted-identity", f"<sip:{call.sender.text}@{self._domain}>")
        if internal:
            return () if call.anonymous else (asserted,)
        signed = self._identity.sign(call.sender, call.recipient, right_in(decision))
        return (asserted, Header("identity", signed.header)) if signed.header else (asserted,)
