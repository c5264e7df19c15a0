"""Every page, in the order in which addresses are tried."""

from __future__ import annotations

from collections.abc import Sequence

from masstransit.console import people, signing_in
from masstransit.console.asking import Page
from masstransit.console.customer import agreement, log, notices, overview
from masstransit.console.customer import appeals as own_appeals
from masstransit.console.desk import (
    acts,
    appeals,
    cases,
    entities,
    ledger,
    messages,
    numbers,
    policy,
    review,
    today,
)

PAGES: Sequence[Page] = (
    *signing_in.PAGES,
    *today.PAGES,
    *review.PAGES,
    *cases.PAGES,
    *appeals.PAGES,
    *messages.PAGES,
    *entities.PAGES,
    *numbers.PAGES,
    *policy.PAGES,
    *ledger.PAGES,
    *acts.PAGES,
    *overview.PAGES,
    *log.PAGES,
    *notices.PAGES,
    *own_appeals.PAGES,
    *agreement.PAGES,
    *people.PAGES,
)
