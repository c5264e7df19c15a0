"""Facts about faxes: to how many numbers the same pages go, and whose name stands on them.

What is on pages that are pictures nobody but a person can read. That the same ones go to many who never dealt with
their sender is what a broadcast of advertisements looks like all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.counters import Counters, Distinct
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.accounts import Kept
from masstransit.facts.fact import Fact
from masstransit.facts.traffic import Allowances, is_new
from masstransit.model.communication import Communication, Direction, Kind
from masstransit.model.subject import Subject
from masstransit.storage import accounts

_DAY = 86_400.0


class Broadcast(Fact, frozen=True, kw_only=True):
    """To how many numbers a brand (root account) faxed the very pages that this fax has."""

    numbers_24h: int = 0  #: this fax's among them; 0: it is no fax


class FaxName(Fact, frozen=True, kw_only=True):
    """Whether there is a name to stand at the top of an account's pages as their sender, where no end user is named."""

    missing: bool = False


_NONE = Broadcast()


class FaxNames(Kept[str, FaxName]):
    """Learns `FaxName`: the brand or the name of the account, or else of who owns it."""

    async def learn(self, batch: Sequence[Subject]) -> Sequence[FaxName]:
        found = await self.of(subject.account for subject in batch)
        return [found[subject.account] for subject in batch]

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, FaxName]:
        return {account: FaxName(missing=not accounts.shown_name(connection, account)) for account in keys}


class Broadcasts:
    """Learns `Broadcast`: a counter a brand and document."""

    def __init__(self, counters: Counters, clock: Clock, allowed: Allowances, person: Callable[[str], str]) -> None:
        self._counters = counters
        self._clock = clock
        self._allowed = allowed
        self._person = person

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Broadcast | Unknown]:
        faxes = [(i, s) for i, s in enumerate(batch) if isinstance(s, Communication) and _goes_out(s)]
        facts: list[Broadcast | Unknown] = [_NONE] * len(batch)
        if not faxes:
            return facts
        terms = await self._allowed.of(s.account for _, s in faxes)
        looks = [self._look(s, terms[s.account].root) for _, s in faxes]
        try:
            seen = await self._counters.ask(looks, self._clock.now())
        except CountersUnavailable as gone:
            silent = Unknown(str(gone))
            for i, _ in faxes:
                facts[i] = silent
            return facts
        for (i, _), one in zip(faxes, seen, strict=True):
            facts[i] = Broadcast(numbers_24h=one.count)
        return facts

    def _look(self, fax: Communication, root: str) -> Distinct:
        new = (self._person(fax.recipient.text)[:24],) if is_new(fax) else ()
        return Distinct(root, f"pages-{fax.attachments[0].digest[:32]}", _DAY, new)


def _goes_out(fax: Communication) -> bool:
    return fax.kind is Kind.FAX and fax.direction is Direction.OUTBOUND and bool(fax.attachments)
