"""Every operation that is served and described by the vendor's contract, with real rows in the answers.

An operation that is served and has no step fails the test, and so does one that the contract does not know.
"""

from __future__ import annotations

from typing import Any

import pytest

from masstransit.api.dialect import Route
from masstransit.api.rest import ROUTES
from tests.api.conformance import faults, spec
from tests.api.house import Door
from tests.api.operations import STEPS, Step, seed, shape, take

SPECS = {
    "api": "twilio_api_v2010",
    "messaging": "twilio_messaging_v1",
    "lookups": "twilio_lookups_v2",
    "monitor": "twilio_monitor_v1",
}
#: Products that the contract's files leave out.
OURS = frozenset({"accounts", "content", "fax", "video"})


def is_ours(route: Route) -> bool:
    """Whether the contract's files leave a route out: faxes are in no edition of them any more."""
    return route.product in OURS or "/Faxes" in route.path


def _described(step: Step) -> str:
    """The step's path as the contract has it."""
    path = step.path.partition("?")[0]
    return next((p for p in spec(SPECS[step.product])["paths"] if shape(p) == shape(path)), path)


def _without_rows(body: Any) -> bool:
    """Whether it is a list without a row."""
    lists = [value for value in body.values() if isinstance(value, list)] if isinstance(body, dict) else []
    paged = isinstance(body, dict) and ("meta" in body or "first_page_uri" in body)
    return paged and not any(lists)


async def test_every_answer_has_all_that_the_contract_says(door: Door) -> None:
    for name in SPECS.values():
        spec(name)
    sids, found = await seed(door), []
    for step in STEPS:
        answer = await take(step, door, sids)
        body = answer.json() if answer.content else None
        wrong = faults(SPECS[step.product], step.method, _described(step), answer.status_code, body)
        if _without_rows(body):
            wrong.append("the list has no row")
        found += [f"{step.method} {step.path} -> {answer.status_code}: {each}" for each in wrong]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.product} {route.path}")
def test_every_operation_is_checked(route: Route) -> None:
    if is_ours(route):
        return
    assert (route.product, route.method, shape(route.path)) in {step.key for step in STEPS}
