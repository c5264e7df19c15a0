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
from masstransit.ledger import Ledger
from masstransit.office.record import on_record, surveyed
from masstransit.storage import appeals as stored
from masstransit.storage.keys import Keys


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a person's word on an appeal."""

    freed: int  #: messages that are let out by it
    told: tuple[str, ...]  #: what follows for the rule, in sentences


async def undecided(settings: config.Settings, account: str | None) -> tuple[datetime, Sequence[Row[Any]]]:
    """Now, and the open appeals, those first that have to be decided first: of one account, or all."""
    return SystemClock().now(), await surveyed(settings, lambda connection: stored.undecided(connection, account))


async def case(settings: config.Settings, sid: str) -> appeals.Case:
    """One appeal. Raises `NotFound`."""
    return await surveyed(settings, lambda connection: appeals.case(connection, sid))


async def decide(settings: config.Settings, sid: str, *, overturn: bool, by: str, because: str) -> Decided:
    """Decide an appeal. Raises `NotFound` and `Conflict`."""
    word, reckon = Word(by=by, because=because, at=SystemClock().now()), reckoning(settings)

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> Decided:
        freed = appeals.decide(connection, ledger, sid, word, overturn=overturn)
        told = reckon(connection, ledger, word.at) if overturn else ()
        return Decided(freed=freed, told=tuple(told))

    return await on_record(settings, None, keep)
