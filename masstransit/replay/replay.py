"""Goes through the record, a page at a time, and makes each decision again."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.gate import Learner
from masstransit.model.communication import Communication, Moment
from masstransit.replay.editions import Editions
from masstransit.replay.hearing import Again, Hearing
from masstransit.replay.record import Decided, decided, stands_in_the_way
from masstransit.replay.tally import Tally
from masstransit.storage import accounts, aftermath, communications, decisions, overturns
from masstransit.storage.engine import Database

PAGE = 500  # decisions that are in memory at once
AFTERWARDS = timedelta(days=7)  # in which what a person says is taken to be about a message; a default

_Key = tuple[str, str]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be replayed."""

    since: datetime
    until: datetime
    account: str | None = None  #: None: everybody's
    only: frozenset[str] = frozenset()  #: the clauses that are heard anew; none: all


class Page(msgspec.Struct, frozen=True):
    """Some decisions with what they were about, and what people overturned of that."""

    rows: Sequence[Row[Any]]
    stored: Mapping[_Key, Row[Any]]
    overturned: Mapping[_Key, Sequence[Row[Any]]]

    def read(self, row: Row[Any]) -> Decided:
        """One of its decisions. Raises `msgspec.MsgspecError` for a record that can't be read."""
        about = (row.account, row.subject)
        return decided(row, self.stored.get(about), self.overturned.get(about, ()))


async def pages(database: Database, account: str, asked: Asked) -> AsyncIterator[Page]:
    """An account's decisions about offers in the asked time, in order."""
    after = None
    while (page := await database.survey(partial(_page, account=account, asked=asked, after=after))).rows:
        yield page
        after = (page.rows[-1].at, page.rows[-1].id)


class Replay:
    """One run. `tried` is the policy that is considered, `standing` the one without the change; `fresh` learns anew
    what a text says."""

    def __init__(
        self,
        database: Database,
        asked: Asked,
        *,
        standing: Editions,
        tried: Editions,
        fresh: Mapping[type, Learner] | None = None,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._database = database
        self._asked = asked
        self._tried = Hearing(tried, asked.only)
        self._standing = Hearing(standing, asked.only)
        self._fresh = fresh or {}
        self._progress = progress
        self._tally = Tally()

    async def run(self) -> Tally:
        """Every decision about an offer in the asked time. Raises `StorageUnavailable`."""
        named = [self._asked.account] if self._asked.account else await self._database.survey(accounts.names)
        for account in named:
            await self._of_account(account)
        return self._tally

    async def _of_account(self, account: str) -> None:
        asked = self._asked
        by_moment = await self._database.survey(lambda c: decisions.moments(c, account, asked.since, asked.until))
        self._tally.elsewhere += sum(count for moment, count in by_moment.items() if moment is not Moment.OFFER)
        if Moment.OFFER not in by_moment:
            return
        async for page in pages(self._database, account, asked):
            await self._replay(account, page)
            self._tally.read += len(page.rows)
            self._progress(self._tally.read)

    async def _replay(self, account: str, page: Page) -> None:
        made = [one for row in page.rows if (one := self._read(row, page)) is not None]
        fresh = await self._learnt_anew(made)
        stopped: dict[str, tuple[str, aftermath.Got]] = {}
        for one, facts in zip(made, fresh, strict=True):
            again = self._judged(one, facts)
            rule = stands_in_the_way(again.decision)
            if rule is not None and stands_in_the_way(one.decision) is None:
                sid = one.decision.subject
                stopped[sid] = rule, aftermath.Got(sid, one.person, one.decision.at)
        if stopped:
            got = [message for _, message in stopped.values()]
            said = await self._database.survey(lambda c: aftermath.after(c, account, got, AFTERWARDS))
            for sid, (rule, _) in stopped.items():
                self._tally.followed(rule, complained=sid in said.complained, opted_out=sid in said.opted_out)

    def _read(self, row: Row[Any], page: Page) -> Decided | None:
        """A decision that can be made again; others are counted."""
        try:
            made = page.read(row)
        except msgspec.MsgspecError:
            self._tally.left_out["a record that can't be read"] += 1
            return None
        if made.communication is None:
            self._tally.left_out["its message is not on record"] += 1
            return None
        return made

    async def _learnt_anew(self, made: Sequence[Decided]) -> list[dict[type, Any]]:
        """What the texts say that are still on record, for each decision."""
        fresh: list[dict[type, Any]] = [{} for _ in made]
        texts = [(i, one.communication) for i, one in enumerate(made) if one.has_content and one.communication]
        for fact, learner in self._fresh.items():
            learned = await learner.learn([subject for _, subject in texts]) if texts else ()
            for (i, _), value in zip(texts, learned, strict=True):
                fresh[i][fact] = value
        return fresh

    def _judged(self, made: Decided, fresh: Mapping[type, Any]) -> Again:
        subject: Communication = made.communication  # type: ignore[assignment]  # those without are left out
        started = time.perf_counter()
        again = self._tried.again(made, subject, fresh)
        self._tally.seconds += time.perf_counter() - started
        differs = again.decision.verdict is not made.decision.verdict
        already = differs and self._standing.again(made, subject).decision.verdict is again.decision.verdict
        self._tally.add(made, again, already=already)
        return again


def _page(connection: Connection, account: str, asked: Asked, after: tuple[datetime, str] | None) -> Page:
    rows = decisions.offers(connection, account, asked.since, asked.until, after=after, at_most=PAGE)
    about = list({(row.account, row.subject) for row in rows})
    stored = communications.of_keys(connection, about) if about else {}
    return Page(rows, stored, overturns.about(connection, about))
