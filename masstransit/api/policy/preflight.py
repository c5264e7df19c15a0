"""Pre-flight: what the gate would say of a message. The same gate; nothing is kept, counted or sent."""

from __future__ import annotations

from masstransit.api.dialect import Answer, Request, Route
from masstransit.api.house import House
from masstransit.api.policy.decisions import KEPT, shown
from masstransit.api.policy.openapi import FLAG, record
from masstransit.api.rest import offers


async def create(request: Request, house: House) -> Answer:
    """Takes the fields of a message; answers 200 whatever the verdict is."""
    communication = await offers.asked_for(request, house, house.clock.now())
    decision = await house.exchange.rehearse(communication)
    body = shown(decision, request.base)
    del body["url"]  # it is not kept
    return Answer(200, body | {"kept": False})


ROUTES = (
    Route(
        method="POST",
        product="policy",
        path="/v1/Preflight",
        endpoint=create,
        fields=offers.FIELDS,
        refused=offers.REFUSED,
        shows=record(**KEPT, kept=FLAG),
        summary="What the policy would say of a message; nothing is sent",
    ),
)
