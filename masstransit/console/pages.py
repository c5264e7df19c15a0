"""Every page, in the order in which addresses are tried."""

from __future__ import annotations

from collections.abc import Sequence

from masstransit.console import people, signing_in
from masstransit.console.asking import Page
from masstransit.console.desk import (
    acts,
    appeals,
    entities,
    messages,
    numbers,
    reclamations,
    relatives,
    review,
    sanctions,
    today,
)

PAGES: Sequence[Page] = (
    *signing_in.PAGES,
    *today.PAGES,
    *review.PAGES,
    *messages.PAGES,
    *appeals.PAGES,
    *entities.PAGES,
    *relatives.PAGES,
    *sanctions.PAGES,
    *reclamations.PAGES,
    *numbers.PAGES,
    *acts.PAGES,
    *people.PAGES,
)
