"""What an account's programs log in with, as it changes: the secondary auth token, by which the first one is changed
without a gap. Each change is written with its ledger entry, which never holds a secret."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from masstransit.errors import NotFound
from masstransit.ledger import Ledger
from masstransit.storage import accounts
from masstransit.storage.keys import Keys

_MISSING = "The account has no secondary auth token"


def add_secondary(connection: Connection, ledger: Ledger, keys: Keys, account: str, now: datetime) -> str:
    """Make the secondary token, which opens beside the first and is told this once. Raises `Conflict`."""
    token = accounts.add_secondary(connection, keys, account, now)
    _on_record(connection, ledger, account, "made", now)
    return token


def drop_secondary(connection: Connection, ledger: Ledger, account: str, now: datetime) -> None:
    """Forget the secondary token. Raises `NotFound`."""
    if not accounts.drop_secondary(connection, account, now):
        raise NotFound(_MISSING)
    _on_record(connection, ledger, account, "deleted", now)


def promote_secondary(connection: Connection, ledger: Ledger, account: str, now: datetime) -> None:
    """The secondary token becomes the account's token; the one before opens nothing any more. Raises `NotFound`."""
    if not accounts.promote_secondary(connection, account, now):
        raise NotFound(_MISSING)
    _on_record(connection, ledger, account, "promoted", now)


def _on_record(connection: Connection, ledger: Ledger, account: str, what: str, now: datetime) -> None:
    ledger.record(connection, account, "credentials", account, {"secondary_token": what}, now)
