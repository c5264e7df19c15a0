"""Resources in the dialect of the `twilio` SDKs, one file a resource; each lists its `ROUTES`."""

from __future__ import annotations

from masstransit.api.dialect import Route
from masstransit.api.rest import (
    accounts,
    alerts,
    brands,
    consents,
    keys,
    lookups,
    messages,
    numbers,
    services,
    tokens,
    usage,
)

ROUTES: tuple[Route, ...] = (
    *accounts.ROUTES,
    *keys.ROUTES,
    *tokens.ROUTES,
    *messages.ROUTES,
    *services.ROUTES,
    *brands.ROUTES,
    *numbers.ROUTES,
    *consents.ROUTES,
    *lookups.ROUTES,
    *usage.ROUTES,
    *alerts.ROUTES,
)
