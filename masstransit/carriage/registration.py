"""What an offer is registered for: its campaign, and through that its purpose where the request states none.

The gate judges a communication as it is dressed here: a sender number belongs to at most one campaign, and a campaign's
declared use says what its messages are for (clause 6.5).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.facts.accounts import Kept
from masstransit.facts.consent import Roots
from masstransit.facts.identity import purpose_of
from masstransit.model.communication import Communication, Purpose
from masstransit.model.letter import domain_of, zones_of
from masstransit.storage import mail_domains, ownership
from masstransit.storage.engine import Database

_Campaign: TypeAlias = Row[*tuple[Any, ...]]


class Registrations(Kept[tuple[str, str], _Campaign | None]):
    """Looks up the campaigns of (account, sender) pairs; of a mailbox, that of its domain. A subaccount may send from
    its owner's numbers, and does so on the campaign that its owner has them on."""

    def __init__(self, database: Database, clock: Clock, roots: Roots) -> None:
        super().__init__(database, clock)
        self._roots = roots

    async def dress(self, batch: Sequence[Communication]) -> list[Communication]:
        """The same communications, each with its campaign and purpose. Raises `StorageUnavailable`."""
        known = await self.of((c.account, c.sender.text) for c in batch if c.campaign is None or c.purpose is None)
        return [_dressed(c, known.get((c.account, c.sender.text))) for c in batch]

    async def brief(self, senders: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """As what calls of (account, sender) pairs were declared to be short by design, of those that were: "otp",
        "flash", "alarm" ... Raises `StorageUnavailable`."""
        known = await self.of(senders)
        declared = {pair: row.attrs.get("short_calls", "") for pair, row in known.items() if row is not None}
        return {pair: word for pair, word in declared.items() if word}

    def _look(
        self, connection: Connection, keys: Collection[tuple[str, str]], now: datetime
    ) -> Mapping[tuple[str, str], _Campaign | None]:
        owners = self._roots.owners(connection, {account for account, _ in keys})
        asked = {(owner, sender) for account, sender in keys for owner in owners[account]}
        found = ownership.campaigns_of(connection, list(asked))
        zones = {sender: zones_of(domain_of(sender)) for _, sender in keys if "@" in sender}
        named = {(owner, zone) for owner, sender in asked for zone in zones.get(sender, ())}
        by_domain = mail_domains.campaigns_of(connection, named)
        return {
            (account, sender): next(
                (
                    row
                    for name in (sender, *zones.get(sender, ()))
                    for owner in owners[account]
                    if (row := found.get((owner, name)) or by_domain.get((owner, name))) is not None
                ),
                None,
            )
            for account, sender in keys
        }


def _dressed(communication: Communication, campaign: _Campaign | None) -> Communication:
    if campaign is None:
        return communication
    return msgspec.structs.replace(
        communication,
        campaign=communication.campaign or campaign.sid,
        purpose=communication.purpose or _declared(campaign),
    )


def _declared(campaign: _Campaign) -> Purpose | None:
    """What messages of a campaign are for that do not say: its use, or for a mixed use what it declared of those."""
    unstated = campaign.attrs.get("unstated_purpose")
    return Purpose(unstated) if unstated else purpose_of(campaign.use_case)
