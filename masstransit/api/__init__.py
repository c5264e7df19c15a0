"""The REST API in the dialect of the `twilio` SDKs, and our own resources under `/policy/v1`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.routing import BaseRoute
from starlette.types import Lifespan

from masstransit.api import conversations, media_links, policy, rest
from masstransit.api.connection import Connection
from masstransit.api.doors import Doors
from masstransit.api.house import House, Post, Settings

__all__ = ["Connection", "House", "Post", "Settings", "build"]


def build(house: House, *, also: Sequence[BaseRoute] = (), lifespan: Lifespan[Any] | None = None) -> Doors:
    """The ASGI application (a Starlette): every product, the pages of error codes, and the pages in `also`."""
    shared = [media_links.route(house.mms)] if house.mms is not None else []
    routes = (*rest.ROUTES, *conversations.ROUTES, *policy.ROUTES)
    return Doors(house, routes, (*also, *shared), lifespan)
