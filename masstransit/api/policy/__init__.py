"""Our own resources, beside those in the SDKs' dialect: what the policy says, decided, and would decide."""

from __future__ import annotations

from masstransit.api.dialect import Route
from masstransit.api.policy import (
    agreement,
    appeals,
    caller_ids,
    cases,
    complaints,
    contacts,
    decisions,
    endusers,
    links,
    mailboxes,
    media,
    notices,
    openapi,
    optouts,
    persons,
    policies,
    preflight,
    reasons,
    reassigned,
    reclamations,
    reservations,
    signing,
)

_OWN: tuple[Route, ...] = (
    *agreement.ROUTES,
    *appeals.ROUTES,
    *caller_ids.ROUTES,
    *cases.ROUTES,
    *complaints.ROUTES,
    *contacts.ROUTES,
    *decisions.ROUTES,
    *endusers.ROUTES,
    *links.ROUTES,
    *mailboxes.ROUTES,
    *media.ROUTES,
    *notices.ROUTES,
    *optouts.ROUTES,
    *persons.ROUTES,
    *policies.ROUTES,
    *preflight.ROUTES,
    *reasons.ROUTES,
    *reassigned.ROUTES,
    *reclamations.ROUTES,
    *reservations.ROUTES,
    *signing.ROUTES,
)
ROUTES: tuple[Route, ...] = (*_OWN, openapi.route(_OWN))
