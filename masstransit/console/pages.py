"""Every page, in the order in which addresses are tried."""

from __future__ import annotations

from collections.abc import Sequence

from masstransit.console import people, signing_in
from masstransit.console.asking import Page
from masstransit.console.customer import PAGES as CUSTOMERS
from masstransit.console.desk import acts, review, today

PAGES: Sequence[Page] = (
    *signing_in.PAGES,
    *today.PAGES,
    *review.PAGES,
    *acts.PAGES,
    *CUSTOMERS,
    *people.PAGES,
)
