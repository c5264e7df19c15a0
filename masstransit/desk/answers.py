"""A person's answer to appeals, by the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit import config
from masstransit.carriage import appeals
from masstransit.carriage.overturning import Word
from masstransit.clock import SystemClock
from masstransit.desk.words import reckoning
from masstransit.errors import NotFound
from masstransit.ledger import Ledger
from masstransit.office.record import on_record, surveyed
from masstransit.storage import appeals as stored
from masstransit.storage import standing
from masstransit.storage.keys import Keys


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """An appeal as whoever decides it has to see it."""

    appeal: Row[Any]
    step: Row[Any] | None  #: that it is against; None: it is against a decision
    involved: tuple[str, ...]  #: who may not decide it


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a person's word on an appeal."""

    freed: int  #: messages that are let out by it
    told: tuple[str, ...]  #: what follows for the rule, in sentences


async def undecided(settings: config.Settings, account: str | None) -> tuple[datetime, Sequence[Row[Any]]]:
    """Now, and the open appeals, those first that have to be decided first: of one account, or all."""
    return SystemClock().now(), await surveyed(settings, lambda connection: stored.undecided(connection, account))


async def case(settings: config.Settings, sid: str) -> Case:
    """One appeal. Raises `NotFound`."""

    def look(connection: Connection) -> Case:
        row = stored.locate(connection, sid)
        if row is None:
            raise NotFound(f"there is no appeal {sid}: masstransit appeals list shows those that are open")
        step = standing.find(connection, row.about, row.account)
        return Case(appeal=row, step=step, involved=tuple(appeals.involved(connection, row)))

    return await surveyed(settings, look)


async def decide(settings: config.Settings, sid: str, *, overturn: bool, by: str, because: str) -> Decided:
    """Decide an appeal. Raises `NotFound` and `Conflict`."""
    word, reckon = Word(by=by, because=because, at=SystemClock().now()), reckoning(settings)

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> Decided:
        freed = appeals.decide(connection, ledger, sid, word, overturn=overturn)
        told = reckon(connection, ledger, word.at) if overturn else ()
        return Decided(freed=freed, told=tuple(told))

    return await on_record(settings, None, keep)
