"""A person's word in cases, by the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from masstransit import app, config
from masstransit.carriage.cases import acts, docket
from masstransit.carriage.overturning import Word
from masstransit.clock import SystemClock
from masstransit.ledger import Ledger
from masstransit.office.record import on_record, surveyed
from masstransit.storage.keys import Keys
from masstransit.storage.paging import Sheet, Slice


async def listed(
    settings: config.Settings, account: str | None, kind: str | None, *, at_most: int
) -> tuple[datetime, Sheet]:
    """Now, and the open cases, those first that are due first: of one account or kind, or all."""
    part = Slice(size=at_most)
    return SystemClock().now(), await surveyed(
        settings, lambda c: docket.open_cases(c, part, account=account, kind=kind)
    )


async def whole(settings: config.Settings, sid: str) -> docket.Whole:
    """One case. Raises `NotFound`."""
    return await surveyed(settings, lambda connection: docket.whole(connection, sid))


async def act_of(settings: config.Settings, sid: str, name: str) -> acts.Does:
    """What an act in a case is. Raises `NotFound` and `BadInput`."""
    return await surveyed(settings, lambda connection: acts.act_of(connection, sid, name))


async def opened(settings: config.Settings, kind: str, told: Mapping[str, str], *, by: str, because: str) -> str:
    """Open a case; its name. Raises `BadInput`, `NotFound` and `Conflict`."""
    word, calendar = _word(by, because), app.business_days(settings)

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> str:
        return acts.open_case(connection, ledger, kind, told, word, calendar=calendar)

    return await on_record(settings, None, keep)


async def done(
    settings: config.Settings,
    sid: str,
    name: str,
    told: Mapping[str, str],
    *,
    by: str,
    because: str,
    before: Callable[[Mapping[str, Any]], None] | None = None,
) -> Mapping[str, Any]:
    """Do something in a case; what it answers. `before` takes that before it is on record, and stops all by raising.
    Raises `BadInput`, `NotFound` and `Conflict`."""
    word, calendar = _word(by, because), app.business_days(settings)

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> Mapping[str, Any]:
        made = acts.do(connection, ledger, sid, name, told, word, calendar=calendar)
        if before is not None:
            before(made)
        return made

    return await on_record(settings, None, keep)


async def noted(settings: config.Settings, sid: str, *, by: str, because: str) -> None:
    """Put on record what was said or done. Raises `NotFound` and `Conflict`."""
    word, calendar = _word(by, because), app.business_days(settings)

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> None:
        acts.note(connection, ledger, sid, word, calendar=calendar)

    await on_record(settings, None, keep)


async def closed(settings: config.Settings, sid: str, outcome: str, *, by: str, because: str) -> None:
    """End a case. Raises `BadInput`, `NotFound` and `Conflict`."""
    word, calendar = _word(by, because), app.business_days(settings)

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> None:
        acts.close(connection, ledger, sid, outcome, word, calendar=calendar)

    await on_record(settings, None, keep)


def _word(by: str, because: str) -> Word:
    return Word(by=by, because=because, at=SystemClock().now())
