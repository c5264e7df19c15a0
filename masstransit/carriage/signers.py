"""With what an account's webhooks are signed."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select

from masstransit.carriage import signing
from masstransit.clock import Clock
from masstransit.errors import ConfigError
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import accounts

_FRESH_FOR = timedelta(seconds=5)
_MOST = 10_000  # remembered


class Signer(msgspec.Struct, frozen=True):
    """An account's token, and the algorithm that it asked for."""

    token: str
    algorithm: str
    until: datetime  #: when it is to be looked up again


class Signers:
    """Knows every account's, and looks again after some seconds: a token may have been replaced."""

    def __init__(self, database: Database, keys: Keys, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._known: dict[str, Signer] = {}

    async def of(self, account: str) -> Signer:
        """Raises `StorageUnavailable`."""
        now = self._clock.now()
        kept = self._known.get(account)
        if kept is not None and kept.until > now:
            return kept
        asked = select(accounts.c.token_sealed, accounts.c.attrs).where(accounts.c.account == account)
        found = await self._database.read(lambda c: c.execute(asked).one_or_none())
        if found is None:
            raise ConfigError(f"a webhook is for account {account}, which is not there")
        algorithm = found.attrs.get("webhook_algorithm", signing.SHA1)
        made = Signer(self._keys.unseal(found.token_sealed).decode(), algorithm, now + _FRESH_FOR)
        if len(self._known) > _MOST:
            self._known.clear()
        self._known[account] = made
        return made
