"""Who may bind, and where what ESMEs ask goes: the SMPP server's side of the exchange."""

from __future__ import annotations

import asyncio
from datetime import datetime

from masstransit.carriage.exchange import Exchange, Offered
from masstransit.channels.smpp.pdu import Status
from masstransit.channels.smpp.server import BoundAs, MessageState, Refusal
from masstransit.model.communication import Communication, Knock
from masstransit.model.decision import Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import accounts, communications
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

_NEVER = "scrypt$AAAAAAAAAAAAAAAAAAAAAA==$AAAA"  # of no password: an unknown system_id takes as long as a known one


class Door:
    """Implements `server.Authenticator` and `server.Exchange`."""

    def __init__(self, *, exchange: Exchange, database: Database, keys: Keys) -> None:
        self._exchange = exchange
        self._database = database
        self._keys = keys

    async def bind(self, system_id: str, password: str, source_ip: str, at: datetime) -> BoundAs | Refusal:
        """Check the password, then ask the gate."""
        kept = await self._database.read(lambda connection: accounts.find_bind(connection, system_id))
        hashed = kept.password_hash if kept is not None and kept.enabled else _NEVER
        proven = await asyncio.to_thread(self._keys.password_matches, password, hashed)
        knock = Knock(
            id=new_sid("KN"),
            account=kept.account if kept is not None else "",
            at=at,
            door="smpp",
            principal=system_id,
            source=source_ip,
            proven=proven,
        )
        decision = await self._exchange.admit(knock)
        if not proven or kept is None:
            return Refusal(Status.ESME_RINVPASWD)
        if decision.verdict is Verdict.REFUSE or kept.account_status == "closed":
            return Refusal(Status.ESME_RBINDFAIL)
        return BoundAs(
            account=kept.account,
            system_id=system_id,
            window=kept.window or 0,
            sessions=kept.sessions or 0,
            rate=kept.rate or 0.0,
            end_user=kept.end_user,
            reasons=kept.reasons,
        )

    async def offer(self, communication: Communication) -> Offered:
        """Into the exchange."""
        return await self._exchange.offer(communication)

    async def query(self, account: str, sid: str) -> MessageState | None:
        """The state of one of the account's messages."""
        row = await self._database.read(lambda connection: communications.find(connection, account, sid))
        return None if row is None else MessageState(state=row.status, error=row.error_code, done_at=row.done_at)

    async def cancel(self, account: str, sid: str) -> bool:
        """Take a message back that is not on its way."""
        return await self._exchange.cancel(account, sid)
