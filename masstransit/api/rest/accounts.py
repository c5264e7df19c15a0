"""Accounts and subaccounts: open, list, rename, suspend, close."""

from __future__ import annotations

from typing import Any

from masstransit.api.dialect import V2010, Answer, Request, Route, page_2010, rfc2822, stamp, window
from masstransit.api.house import House
from masstransit.errors import BadInput, Denied, NotFound
from masstransit.storage import accounts

_STATES = ("active", "suspended", "closed")
_SUBRESOURCES = {
    "available_phone_numbers": "AvailablePhoneNumbers",
    "incoming_phone_numbers": "IncomingPhoneNumbers",
    "keys": "Keys",
    "messages": "Messages",
    "signing_keys": "SigningKeys",
    "usage": "Usage",
}


def _shown(row: Any, token: str) -> dict[str, Any]:
    uri = f"/{V2010}/Accounts/{row.account}"
    return {
        "sid": row.account,
        "owner_account_sid": row.parent or row.account,
        "auth_token": token,
        "friendly_name": row.friendly_name,
        "status": row.status,
        "type": row.type,
        "date_created": rfc2822(row.created_at),
        "date_updated": rfc2822(row.updated_at),
        "uri": f"{uri}.json",
        "subresource_uris": {name: f"{uri}/{path}.json" for name, path in _SUBRESOURCES.items()},
    }


def _told(row: Any, request: Request, house: House) -> dict[str, Any]:
    """As the caller may see it: the token only by the account's own token or its parent's, never by a key."""
    token = house.keys.unseal(row.token_sealed).decode() if request.caller.principal.startswith("AC") else ""
    return _shown(row, token)


async def create(request: Request, house: House) -> Answer:
    """Open a subaccount. Subaccounts have none of their own."""
    name, now = request.form.text("FriendlyName", 64), house.clock.now()
    name = name or f"SubAccount Created at {now:%Y-%m-%d %H:%M:%S}"
    parent = request.caller.account

    def make(connection: Any) -> Any:
        owner = accounts.find(connection, parent)
        if owner is None or owner.parent is not None:
            raise Denied("A subaccount can't have subaccounts of its own")
        return accounts.create(
            connection,
            house.keys,
            friendly_name=name,
            now=now,
            parent=parent,
            test=owner.test,
            type=owner.type,
            brand=owner.brand,
        )

    return Answer(201, _told(await house.database.write(make), request, house))


async def read(request: Request, house: House) -> Answer:
    asked = window(request)
    name, status = request.query.get("FriendlyName"), request.query.one_of("Status", _STATES)
    part = asked.slice()
    sheet = await house.database.read(
        lambda c: accounts.family(c, request.caller.account, part, friendly_name=name, status=status)
    )
    return page_2010(
        request,
        asked,
        "accounts",
        sheet,
        lambda row: _told(row, request, house),
        lambda row: (stamp(row.created_at), row.account),
    )


async def fetch(request: Request, house: House) -> Answer:
    row = await house.database.read(lambda c: accounts.find(c, request.account))
    if row is None:
        raise NotFound("The requested account was not found")
    return Answer(200, _told(row, request, house))


async def update(request: Request, house: House) -> Answer:
    """Rename; and for a subaccount suspend, open again or close for good."""
    name, status = request.form.text("FriendlyName", 64), request.form.one_of("Status", _STATES)
    now = house.clock.now()

    def change(connection: Any) -> Any:
        row = accounts.find(connection, request.account)
        if row is None:
            raise NotFound("The requested account was not found")
        if status is not None and status != row.status:
            _may_become(request, row, status)
        values = {"friendly_name": name} if name else {}
        if status is not None:
            values["status"] = status
            house.ledger.record(connection, row.account, "account", row.account, {"status": status}, now)
        return accounts.change(connection, request.account, now, values)

    return Answer(200, _told(await house.database.write(change), request, house))


def _may_become(request: Request, row: Any, status: str) -> None:
    """Only a parent changes the status of a subaccount, and closed is closed."""
    if row.parent is None or request.caller.account != row.parent:
        raise Denied("The status of an account is changed by its parent account only")
    if row.status == "closed":
        raise BadInput(f"A closed account can't become {status}.", field="Status", code=20409)


_EVERY = "/2010-04-01/Accounts"
_ONE = "/2010-04-01/Accounts/{account}"
ROUTES = (
    Route(method="POST", path=_EVERY, endpoint=create, fields=frozenset({"FriendlyName"}), rekeys=True),
    Route(method="GET", path=_EVERY, endpoint=read, fields=frozenset({"FriendlyName", "Status"}), pages=True),
    Route(method="GET", path=_ONE, endpoint=fetch),
    Route(method="POST", path=_ONE, endpoint=update, fields=frozenset({"FriendlyName", "Status"}), rekeys=True),
)
