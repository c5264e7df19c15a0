"""The desk's pages, a module for what one of them is about."""

from __future__ import annotations

from collections.abc import Sequence

from masstransit.console.asking import Page
from masstransit.console.desk import (
    acts,
    appeals,
    calls,
    cases,
    drills,
    entities,
    ledger,
    letters,
    messages,
    numbers,
    policy,
    reclamations,
    recordings,
    relatives,
    replay,
    review,
    sanctions,
    today,
)

PAGES: Sequence[Page] = tuple(
    each
    for module in (
        today,
        review,
        cases,
        appeals,
        calls,
        recordings,
        messages,
        entities,
        relatives,
        sanctions,
        reclamations,
        letters,
        numbers,
        policy,
        replay,
        drills,
        ledger,
        acts,
    )
    for each in module.PAGES
)
