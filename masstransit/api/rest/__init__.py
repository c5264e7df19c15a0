"""Resources in the dialect of the `twilio` SDKs, one file a resource; each lists its `ROUTES`."""

from __future__ import annotations

from masstransit.api.dialect import Route
from masstransit.api.rest import (
    accounts,
    alerts,
    applications,
    brands,
    caller_ids,
    calls,
    conferences,
    consents,
    contents,
    faxes,
    keys,
    lookups,
    media,
    messages,
    numbers,
    recordings,
    rooms,
    safelist,
    services,
    tokens,
    usage,
)

ROUTES: tuple[Route, ...] = (
    *accounts.ROUTES,
    *keys.ROUTES,
    *tokens.ROUTES,
    *messages.ROUTES,
    *media.ROUTES,
    *calls.ROUTES,
    *recordings.ROUTES,
    *conferences.ROUTES,
    *rooms.ROUTES,
    *contents.ROUTES,
    *faxes.ROUTES,
    *applications.ROUTES,
    *services.ROUTES,
    *brands.ROUTES,
    *numbers.ROUTES,
    *caller_ids.ROUTES,
    *consents.ROUTES,
    *safelist.ROUTES,
    *lookups.ROUTES,
    *usage.ROUTES,
    *alerts.ROUTES,
)
