"""Our own resources, beside those in the SDKs' dialect: what the policy says, decided, and would decide."""

from __future__ import annotations

from masstransit.api.dialect import Route
from masstransit.api.policy import (
    agreement,
    decisions,
    endusers,
    links,
    openapi,
    optouts,
    policies,
    preflight,
    reassigned,
    signing,
)

_OWN: tuple[Route, ...] = (
    *agreement.ROUTES,
    *decisions.ROUTES,
    *endusers.ROUTES,
    *links.ROUTES,
    *optouts.ROUTES,
    *policies.ROUTES,
    *preflight.ROUTES,
    *reassigned.ROUTES,
    *signing.ROUTES,
)
ROUTES: tuple[Route, ...] = (*_OWN, openapi.route(_OWN))
