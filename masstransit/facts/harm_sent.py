"""Facts about what a customer sent that harms: by how many different files it was met at that lately.

A file is one find, to however many people it was to go. What a person found harmless is none, wherever it was met; the
test file of EICAR harms nobody, and whoever tries a scanner with it is no danger. What a step was made for is settled
by it: once somebody is let back, what was found before counts no more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard

import msgspec
from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.facts.fact import Fact
from masstransit.model.outcome import Outcome, OutcomeKind
from masstransit.model.subject import Subject
from masstransit.storage import harm
from masstransit.storage.engine import Database

REFUSES, SUSPENDS = "5.4", "5.8"  #: the rule that refuses what harms, and the one that follows from it
HOUSE = "the house"  #: who lifts a step of which a person took the grounds away: nothing is settled by that
_BACK = timedelta(days=90)  # as long as a strike lasts, and a sample is kept
_NEVER = datetime.min.replace(tzinfo=UTC)
_TEST = "eicar"  # in the names of all engines for EICAR's test file


class Find(msgspec.Struct, frozen=True):
    """A file that harms."""

    digest: str
    message: str  #: the last with which it was met
    campaign: str | None


class HarmSent(Fact, frozen=True, kw_only=True):
    """What the end user, or where none is named the account, sent or tried to send that harms."""

    files_90d: int = 0  #: different ones, since the last step for that
    digests: tuple[str, ...] = ()  #: of these files, in hex
    messages: tuple[str, ...] = ()  #: with which they were last met
    campaign: str = ""  #: by which all of them came; "": by several, or by none


_NOTHING = HarmSent()


class HarmRecords:
    """Learns `HarmSent`, where harm was met."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        asked = {(s.account, s.end_user) for s in batch if _is_met(s)}
        if not asked:
            return [_NOTHING] * len(batch)
        now = self._clock.now()

        def look(connection: Connection) -> dict[tuple[str, str | None], tuple[Find, ...]]:
            return {unit: finds(connection, *unit, now) for unit in asked}

        found = await self._database.read(look)
        return [_told(found[s.account, s.end_user]) if _is_met(s) else _NOTHING for s in batch]


def finds(connection: Connection, account: str, end_user: str | None, now: datetime) -> tuple[Find, ...]:
    """What counts against an end user of an account, or the account where none is named, the newest first."""
    settled = harm.last_step(connection, account, SUSPENDS, end_user, lifter=HOUSE) or _NEVER
    return tuple(each for each, at in _all(connection, account, end_user, now).values() if at > settled)


def still_found(connection: Connection, account: str, digests: Collection[str], now: datetime) -> int:
    """How many of the files for which somebody was suspended nobody found harmless since."""
    refused = harm.refused(connection, REFUSES, now - 2 * _BACK, of=(account,))
    return len(set(digests) - _harmless(refused))


def _all(connection: Connection, account: str, end_user: str | None, now: datetime) -> dict[str, tuple[Find, datetime]]:
    since = now - _BACK
    refused = harm.refused(connection, REFUSES, since, of=(account,))
    harmless = _harmless(refused)
    found: dict[str, tuple[Find, datetime]] = {}
    for each in (*refused, *harm.went_out(connection, since, of=(account,))):
        for digest, names in each.found.items():
            if each.end_user == end_user and digest not in harmless and not _is_test(names):
                found.setdefault(digest, (Find(digest, each.message, each.campaign), each.at))
    return found


def _harmless(refused: Sequence[harm.Harm]) -> set[str]:
    """The files that a person found harmless."""
    return {digest for each in refused if each.overturned for digest in each.found}


def _is_test(names: Sequence[str]) -> bool:
    return bool(names) and all(_TEST in name.lower() for name in names)


def _is_met(subject: Subject) -> TypeGuard[Outcome]:
    return isinstance(subject, Outcome) and subject.what is OutcomeKind.HARM_SENT


def _told(found: Sequence[Find]) -> HarmSent:
    campaigns = {each.campaign for each in found}
    return HarmSent(
        files_90d=len(found),
        digests=tuple(each.digest for each in found),
        messages=tuple(dict.fromkeys(each.message for each in found)),
        campaign=(campaigns.pop() or "") if len(campaigns) == 1 else "",
    )
