"""Customers' pages, a module for what one of them is about."""

from __future__ import annotations

from collections.abc import Sequence

from masstransit.console.asking import Page
from masstransit.console.customer import (
    agreement,
    appeals,
    caller_ids,
    calls,
    calls_to_come,
    conferences,
    consents,
    contacts,
    faxes,
    keys,
    locked,
    log,
    mail_arrived,
    mail_domains,
    mail_reports,
    mail_stopped,
    notices,
    numbers,
    overview,
    recordings,
    voicemail,
    webhooks,
)

PAGES: Sequence[Page] = tuple(
    each
    for module in (
        overview,
        calls_to_come,
        calls,
        conferences,
        recordings,
        voicemail,
        mail_domains,
        mail_stopped,
        mail_reports,
        mail_arrived,
        faxes,
        log,
        locked,
        webhooks,
        notices,
        appeals,
        agreement,
        caller_ids,
        numbers,
        consents,
        contacts,
        keys,
    )
    for each in module.PAGES
)
