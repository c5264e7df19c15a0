"""What an offer is registered for: its campaign, and through that its purpose where the request states none.

The gate judges a communication as it is dressed here: a sender number belongs to at most one campaign, and a campaign's
declared use says what its messages are for (clause 6.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row

from masstransit.facts.identity import purpose_of
from masstransit.model.communication import Communication, Purpose
from masstransit.storage import ownership
from masstransit.storage.engine import Database


class Registrations:
    """Looks up campaigns for a batch of offers in one query."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def dress(self, batch: Sequence[Communication]) -> list[Communication]:
        """The same communications, each with its campaign and purpose."""
        keys = list({(c.account, c.sender.text) for c in batch if c.campaign is None or c.purpose is None})
        if not keys:
            return list(batch)
        known = await self._database.read(lambda connection: ownership.campaigns_of(connection, keys))
        return [_dressed(c, known.get((c.account, c.sender.text))) for c in batch]


def _dressed(communication: Communication, campaign: Row[*tuple[Any, ...]] | None) -> Communication:
    if campaign is None:
        return communication
    return msgspec.structs.replace(
        communication,
        campaign=communication.campaign or campaign.sid,
        purpose=communication.purpose or _declared(campaign),
    )


def _declared(campaign: Row[*tuple[Any, ...]]) -> Purpose | None:
    """What messages of a campaign are for that do not say: its use, or for a mixed use what it declared of those."""
    unstated = campaign.attrs.get("unstated_purpose")
    return Purpose(unstated) if unstated else purpose_of(campaign.use_case)
