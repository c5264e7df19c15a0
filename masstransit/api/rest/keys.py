"""Keys: credentials beside an account's token, which can be taken back one by one. `SigningKeys` is an old name."""

from __future__ import annotations

from typing import Any

from masstransit.api.dialect import Answer, Request, Route, page_2010, rfc2822, window
from masstransit.api.house import House
from masstransit.errors import NotFound
from masstransit.storage import accounts

_NAME = frozenset({"FriendlyName"})


def _shown(row: Any) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "friendly_name": row.friendly_name,
        "date_created": rfc2822(row.created_at),
        "date_updated": rfc2822(row.updated_at),
    }


async def create(request: Request, house: House) -> Answer:
    name, now = request.form.text("FriendlyName", 64) or "", house.clock.now()
    row, secret = await house.database.write(
        lambda c: accounts.create_key(c, house.keys, request.account, friendly_name=name, now=now)
    )
    return Answer(201, _shown(row) | {"secret": secret, "flags": []})


async def read(request: Request, house: House) -> Answer:
    asked = window(request)
    part = asked.slice()
    sheet = await house.database.read(lambda c: accounts.list_keys(c, request.account, part))
    name = "signing_keys" if "/SigningKeys" in request.path else "keys"
    return page_2010(request, asked, name, sheet, _shown)


async def fetch(request: Request, house: House) -> Answer:
    return Answer(200, _shown(await _find(request, house)))


async def update(request: Request, house: House) -> Answer:
    row = await _find(request, house)
    name = request.form.text("FriendlyName", 64)
    if name is None:
        return Answer(200, _shown(row))
    now = house.clock.now()
    changed = await house.database.write(lambda c: accounts.rename_key(c, request.account, row.sid, name, now))
    if changed is None:
        raise NotFound("The requested key was not found")
    return Answer(200, _shown(changed))


async def delete(request: Request, house: House) -> Answer:
    sid = request.parts["sid"]
    if not await house.database.write(lambda c: accounts.delete_key(c, request.account, sid)):
        raise NotFound("The requested key was not found")
    return Answer(204)


async def _find(request: Request, house: House) -> Any:
    row = await house.database.read(lambda c: accounts.find_key(c, request.account, request.parts["sid"]))
    if row is None:
        raise NotFound("The requested key was not found")
    return row


def _routes(name: str) -> tuple[Route, ...]:
    every = f"/2010-04-01/Accounts/{{account}}/{name}"
    one = f"{every}/{{sid}}"
    return (
        Route(method="POST", path=every, endpoint=create, fields=_NAME, rekeys=True),
        Route(method="GET", path=every, endpoint=read, pages=True),
        Route(method="GET", path=one, endpoint=fetch),
        Route(method="POST", path=one, endpoint=update, fields=_NAME),
        Route(method="DELETE", path=one, endpoint=delete, rekeys=True),
    )


ROUTES = (*_routes("Keys"), *_routes("SigningKeys"))
