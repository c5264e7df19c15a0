"""The account's chat service, and its configuration: there is one, and little about it to choose."""

from __future__ import annotations

from typing import Any

from masstransit.api.conversations.place import PRODUCT, base
from masstransit.api.dialect import Answer, Problem, Request, Route, by_time, iso8601, page_v1, window
from masstransit.api.house import House
from masstransit.carriage.chat.roles import service_of
from masstransit.errors import NotFound
from masstransit.storage import accounts
from masstransit.storage.paging import Sheet

_ONE = "each account has one chat service, which is there from the first day on: list them to see its SID"


def _shown(account: Any, request: Request) -> dict[str, Any]:
    sid = service_of(account.account)
    url = f"{request.base}/v1/Services/{sid}"
    names = ("Conversations", "Users", "Roles", "ParticipantConversations", "Configuration")
    links = {"conversations": names[0], "users": names[1], "roles": names[2], "participant_conversations": names[3]}
    return {
        "account_sid": account.account,
        "sid": sid,
        "friendly_name": account.friendly_name,
        "date_created": iso8601(account.created_at),
        "date_updated": iso8601(account.updated_at),
        "url": url,
        "links": {name: f"{url}/{path}" for name, path in {**links, "configuration": names[4]}.items()},
    }


async def _account(request: Request, house: House) -> Any:
    row = await house.database.read(lambda c: accounts.find(c, request.account))
    if row is None:
        raise NotFound("The requested account was not found")
    return row


async def read(request: Request, house: House) -> Answer:
    asked, row = window(request), await _account(request, house)
    sheet = Sheet([row] if asked.key is None else [], before=False, behind=False)
    return page_v1(request, asked, "services", sheet, lambda row: _shown(row, request), by_time)


async def create(request: Request, house: House) -> Answer:
    raise Problem(400, 20409, f"No service was made: {_ONE}.")


async def fetch(request: Request, house: House) -> Answer:
    base(request)
    return Answer(200, _shown(await _account(request, house), request))


async def configuration(request: Request, house: House) -> Answer:
    """The account's configuration."""
    url = f"{request.base}/v1/Configuration"
    return Answer(
        200,
        {
            "account_sid": request.account,
            "default_chat_service_sid": service_of(request.account),
            "default_messaging_service_sid": None,
            "default_inactive_timer": None,
            "default_closed_timer": None,
            "url": url,
            "links": {
                "service": f"{request.base}/v1/Services/{service_of(request.account)}",
                "webhooks": f"{url}/Webhooks",
            },
        },
    )


ROUTES = (
    Route(method="GET", product=PRODUCT, path="/v1/Services", endpoint=read, pages=True),
    Route(method="POST", product=PRODUCT, path="/v1/Services", endpoint=create, fields=frozenset({"FriendlyName"})),
    Route(method="GET", product=PRODUCT, path="/v1/Services/{service}", endpoint=fetch),
    Route(method="GET", product=PRODUCT, path="/v1/Configuration", endpoint=configuration),
)
