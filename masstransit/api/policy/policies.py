"""The policy in force: each clause in plain words, its rules, its figures with their sources."""

from __future__ import annotations

from typing import Any

from masstransit.api.dialect import Answer, Request, Route
from masstransit.api.house import House
from masstransit.api.policy.openapi import MAYBE, TEXT, record, several
from masstransit.clause import Clause
from masstransit.errors import NotFound


def _shown(clause: Clause, base: str) -> dict[str, Any]:
    return {
        "clause": clause.number,
        "title": clause.title,
        "says": clause.says(),
        "rests_on": clause.rests_on or None,
        "not_yet": clause.not_yet or None,
        "mode": clause.mode.value,
        "rules": [{"rule": r.id, "says": r.says, "mode": clause.mode_of(r).value} for r in clause.rules()],
        "url": f"{base}/v1/Policies/{clause.number}",
    }


async def read(request: Request, house: House) -> Answer:
    shown = [_shown(clause, request.base) for clause in house.in_force.policy]
    return Answer(200, {"revision": house.in_force.revision, "policies": shown})


async def fetch(request: Request, house: House) -> Answer:
    for clause in house.in_force.policy:
        if clause.number == request.parts["clause"]:
            return Answer(200, _shown(clause, request.base))
    raise NotFound("The policy has no such clause")


_SCHEMA = record(
    clause=TEXT,
    title=TEXT,
    says=TEXT,
    rests_on=MAYBE,
    not_yet=MAYBE,
    mode=TEXT,
    rules=several(record(rule=TEXT, says=TEXT, mode=TEXT)),
    url=TEXT,
)


ROUTES = (
    Route(
        method="GET",
        product="policy",
        path="/v1/Policies",
        endpoint=read,
        shows=record(revision=TEXT, policies=several(_SCHEMA)),
        summary="Every clause of the policy",
    ),
    Route(
        method="GET",
        product="policy",
        path="/v1/Policies/{clause}",
        endpoint=fetch,
        shows=_SCHEMA,
        summary="One clause",
    ),
)
