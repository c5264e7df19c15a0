"""Every page, in the order in which addresses are tried."""

from __future__ import annotations

from collections.abc import Sequence

from masstransit.console import customer, desk, people, signing_in
from masstransit.console.asking import Page

PAGES: Sequence[Page] = (*signing_in.PAGES, *desk.PAGES, *customer.PAGES, *people.PAGES)
