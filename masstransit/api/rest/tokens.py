"""An account's auth tokens: a secondary one beside the first, and its promotion, so that a change leaves no gap.

Both open; webhooks are signed with the first until the secondary is promoted. Receivers are given the secondary before
that, and programs are moved to it in their own time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from masstransit.api.dialect import Answer, Request, Route, iso8601
from masstransit.api.house import House
from masstransit.api.rest import settled
from masstransit.carriage import credentials
from masstransit.errors import Denied
from masstransit.storage import accounts

_SETTLED: settled.Settled = {"SuppressEmailNotification": ("true", "nobody is written to about a change of tokens")}


def _own(request: Request) -> str:
    """The caller's account, if it may change tokens. Raises `Denied` and `BadInput`."""
    settled.check(request.form, _SETTLED)
    if not request.caller.principal.startswith("AC"):
        raise Denied("A key can't change auth tokens: use the account's own token")
    return request.caller.account


def _shown(request: Request, account: str, now: datetime, place: str, told: dict[str, Any]) -> dict[str, Any]:
    stamps = {"date_created": iso8601(now), "date_updated": iso8601(now)}
    return {"account_sid": account, **told, **stamps, "url": f"{request.base}/v1/AuthTokens/{place}"}


async def create(request: Request, house: House) -> Answer:
    """Make the secondary token, which is told this once."""
    account, now = _own(request), house.clock.now()

    def make(connection: Connection) -> str:
        return credentials.add_secondary(connection, house.ledger, house.keys, account, now)

    told = {"secondary_auth_token": await house.database.write(make)}
    return Answer(201, _shown(request, account, now, "Secondary", told))


async def delete(request: Request, house: House) -> Answer:
    """Forget the secondary token."""
    account, now = _own(request), house.clock.now()

    await house.database.write(lambda c: credentials.drop_secondary(c, house.ledger, account, now))
    return Answer(204)


async def promote(request: Request, house: House) -> Answer:
    """The secondary token becomes the account's token; the one before opens nothing any more."""
    account, now = _own(request), house.clock.now()

    def take_over(connection: Connection) -> str | None:
        credentials.promote_secondary(connection, house.ledger, account, now)
        return accounts.token_of(connection, house.keys, account)

    return Answer(200, _shown(request, account, now, "Promote", {"auth_token": await house.database.write(take_over)}))


_SECONDARY = "/v1/AuthTokens/Secondary"
_PROMOTE = "/v1/AuthTokens/Promote"
_FIELDS = frozenset(_SETTLED)

ROUTES = (
    Route(product="accounts", method="POST", path=_SECONDARY, endpoint=create, fields=_FIELDS, rekeys=True),
    Route(product="accounts", method="DELETE", path=_SECONDARY, endpoint=delete, fields=_FIELDS, rekeys=True),
    Route(product="accounts", method="POST", path=_PROMOTE, endpoint=promote, fields=_FIELDS, rekeys=True),
)
