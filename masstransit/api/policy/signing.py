"""How the account's webhooks are signed: by SHA-1 as all SDKs know it, or by SHA-256."""

from __future__ import annotations

from typing import Any

from masstransit.api.dialect import Answer, Request, Route
from masstransit.api.house import House
from masstransit.api.policy.openapi import TEXT, record
from masstransit.carriage.signing import SHA1, SHA256
from masstransit.errors import NotFound
from masstransit.storage import accounts


def _shown(row: Any, request: Request) -> dict[str, Any]:
    return {
        "account_sid": row.account,
        "algorithm": row.attrs.get("webhook_algorithm", SHA1),
        "url": f"{request.base}/v1/Signing",
    }


async def fetch(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: accounts.find(c, request.account))
    if row is None:
        raise NotFound("The requested account was not found")
    return Answer(200, _shown(row, request))


async def update(request: Request, house: House) -> Answer:
    algorithm, now = request.form.one_of("Algorithm", (SHA1, SHA256)) or SHA1, house.clock.now()

    def change(connection: Any) -> Any:
        row = accounts.find(connection, request.account)
        if row is None:
            raise NotFound("The requested account was not found")
        return accounts.change(connection, row.account, now, {"attrs": row.attrs | {"webhook_algorithm": algorithm}})

    return Answer(200, _shown(await house.database.write(change), request))


_SCHEMA = record(account_sid=TEXT, algorithm={"type": "string", "enum": [SHA1, SHA256]}, url=TEXT)


ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/Signing",
        endpoint=fetch,
        shows=_SCHEMA,
        summary="How webhooks are signed",
    ),
    Route(
        method="POST",
        product="policy",
        path="/v1/Signing",
        endpoint=update,
        fields=frozenset({"Algorithm"}),
        shows=_SCHEMA,
        summary="Sign webhooks by HMAC_SHA1 or HMAC_SHA256",
    ),
)
