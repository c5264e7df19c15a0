"""Where a resource of Conversations stands: with the SID of its service in the path or without, and in what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.api.dialect import Problem, Request, Route
from masstransit.api.house import Chat, House
from masstransit.carriage.chat.roles import service_of
from masstransit.errors import NotFound
from masstransit.storage import conversations

PRODUCT = "conversations"


def both(routes: Sequence[Route]) -> tuple[Route, ...]:
    """Routes beneath `/v1`, and the same beneath a service."""
    under = [msgspec.structs.replace(r, path=r.path.replace("/v1/", "/v1/Services/{service}/", 1)) for r in routes]
    return (*routes, *under)


def base(request: Request) -> str:
    """How URLs of this request's resources begin. Raises `NotFound` for a service that is not the account's."""
    named = request.parts.get("service")
    if named is None:
        return f"{request.base}/v1"
    if named != service_of(request.account):
        raise NotFound(f"The requested service {named[:34]} was not found")
    return f"{request.base}/v1/Services/{named}"


def chat(house: House) -> Chat:
    """What carries chat. Raises `Problem` where nothing does."""
    if house.chat is None:
        raise Problem(404, 20404, "No conversations are carried here")
    return house.chat


def need(connection: Connection, request: Request) -> Row[Any]:
    """The conversation that the path names, by SID or unique name. Raises `NotFound`."""
    base(request)
    row = conversations.find(connection, request.account, request.parts["conversation"])
    if row is None:
        raise NotFound(f"The requested conversation {request.parts['conversation'][:34]} was not found")
    return row
