"""Facts about a customer's papers: its licences, and whether it signed a business associate agreement."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.facts.accounts import Kept
from masstransit.facts.consent import Roots
from masstransit.facts.fact import Fact
from masstransit.model.subject import Subject
from masstransit.storage import agreements, licences, registrations
from masstransit.storage.engine import Database

_FRESH_FOR = 5.0  # seconds: papers change seldom, and a new one should not be waited for


class Licences(Fact, frozen=True, kw_only=True):
    """The licences that the customer showed and that are valid, as (trade, place): ("gambling", "US-NJ")."""

    of_parties = True

    held: tuple[tuple[str, str], ...] = ()

    def cover(self, trade: str, place: str) -> bool:
        """Whether it is licensed for a trade in a place: there, or in the whole country that the place is in."""
        return bool({(trade, place), (trade, place.partition("-")[0])} & set(self.held))


class AssociateAgreement(Fact, frozen=True, kw_only=True):
    """Whether health information may be handled for the customer (45 CFR 164.504(e))."""

    signed: bool = False
    scope: tuple[str, ...] = ()  #: the kinds that it covers: "sms", "voicemail" ...; "any"
    stores_content: bool = True  #: False: bodies live only until the outcome is known
    health: bool = False  #: in health care by its own word: it signed such an agreement, ever, or registered so

    def covers(self, kind: str) -> bool:
        """Whether it covers a kind of communication."""
        return self.signed and ("any" in self.scope or kind in self.scope)


_NONE = Licences()


class LicenceBook(Kept[str, Licences]):
    """Learns `Licences`; the owner's are its subaccounts' too."""

    def __init__(self, database: Database, clock: Clock, roots: Roots) -> None:
        super().__init__(database, clock, fresh_for=_FRESH_FOR)
        self._roots = roots

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Licences]:
        found = await self.of(subject.account for subject in batch)
        return [found[subject.account] for subject in batch]

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, Licences]:
        owners = self._roots.owners(connection, keys)
        rows = licences.licences_of(connection, {owner for each in owners.values() for owner in each}, now)
        held = {a: tuple((r.trade, r.place) for r in rows if r.account in owners[a]) for a in keys}
        return {account: Licences(held=papers) if papers else _NONE for account, papers in held.items()}


class AssociateAgreements(Kept[str, AssociateAgreement]):
    """Learns `AssociateAgreement`. A subaccount whose text is kept is one, whatever its owner does with its own."""

    def __init__(self, database: Database, clock: Clock, roots: Roots) -> None:
        super().__init__(database, clock, fresh_for=_FRESH_FOR)
        self._roots = roots

    async def learn(self, batch: Sequence[Subject]) -> Sequence[AssociateAgreement]:
        found = await self.of(subject.account for subject in batch)
        return [found[subject.account] for subject in batch]

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, AssociateAgreement]:
        owners = self._roots.owners(connection, keys)
        every = {owner for each in owners.values() for owner in each}
        ever = licences.associate_agreements_of(connection, every)
        signed = [row for row in ever if row.signed_at <= now and (row.ended_at is None or row.ended_at > now)]
        accounts = {row.account: row for row in agreements.accounts_of(connection, every)}
        brands = registrations.brands_of(connection, every)
        caring = {row.account for row in ever} | {row.account for row in brands if _cares(row.attrs)}
        found = {}
        for account in keys:
            mine = [row for row in signed if row.account in owners[account]]
            own = [accounts[owner] for owner in owners[account] if owner in accounts]
            found[account] = AssociateAgreement(
                signed=bool(mine),
                scope=tuple(dict.fromkeys(kind for row in mine for kind in row.scope)),
                stores_content=not own or bool(own[0].stores_content),
                health=not caring.isdisjoint(owners[account]),
            )
        return found


def _cares(attrs: Mapping[str, Any] | None) -> bool:
    """Whether a brand is registered as one of health care, in The Campaign Registry's word for it."""
    return str((attrs or {}).get("vertical") or "").upper() == "HEALTHCARE"
