"""Conversations in the dialect of the `twilio` SDKs, one file a resource.

Each account has one chat service; every resource is there with its SID in the path and without.
"""

from __future__ import annotations

from masstransit.api.conversations import conversations, messages, participants, people, service, webhooks
from masstransit.api.dialect import Route

ROUTES: tuple[Route, ...] = (
    *service.ROUTES,
    *conversations.ROUTES,
    *participants.ROUTES,
    *messages.ROUTES,
    *webhooks.ROUTES,
    *people.ROUTES,
)
