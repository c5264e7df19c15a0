"""Whether a file is one that somebody listed: by its bytes, or as a picture that looks like it.

PDQ is a hash of what a picture looks like: 256 bits, of which two versions of one picture differ in few. It is met when
it was recompressed, made smaller, greyed, turned or mirrored, and missed when it was cropped (docs/decisions/0044).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.facts.accounts import Kept
from masstransit.model.media import Medium
from masstransit.storage import media_hashes
from masstransit.storage.engine import Database

NEAR = 31  #: bits in which two hashes of one picture differ at the most, as PDQ's authors have it
_FRESH_FOR = 5.0  # seconds
_LARGE = 10_000  # hashes on a list from which they are compared beside the loop
_MOST = 10  # that are told of one file


class Known(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of a list that a file meets."""

    tier: str  #: "abuse" (T0), "intimate" (T1), "work" or "malware"
    source: str  #: whose list
    work: str = ""  #: what it is, of a work
    holder: str = ""  #: whose
    bits: int = 0  #: by which its picture differs from the one that is listed
    exact: bool = False  #: they are the very bytes


class Lists:
    """All lists, ready to be compared with."""

    def __init__(self, entries: Sequence[tuple[str, str, Known]]) -> None:
        self._exact: dict[str, list[Known]] = {}
        alike: list[tuple[bytes, Known]] = []
        for kind, text, known in entries:
            if kind == media_hashes.EXACT:
                exactly = msgspec.structs.replace(known, exact=True)
                self._exact.setdefault(text, []).append(exactly)
            else:
                alike.append((bytes.fromhex(text), known))
        self._alike = [known for _, known in alike]
        self._hashes = _columns([each for each, _ in alike])

    @property
    def large(self) -> bool:
        """Whether comparing takes so long that others should have their turn meanwhile."""
        return len(self._alike) >= _LARGE

    def met_by(self, medium: Medium) -> tuple[Known, ...]:
        """The entries that a file meets: the same bytes first, then the nearest."""
        digests = dict.fromkeys((medium.attachment.digest, medium.look.source))
        same = [known for digest in digests for known in self._exact.get(digest, ())]
        return tuple((same + self._near(medium.look.pictures))[:_MOST])

    def _near(self, pictures: Sequence[Sequence[str]]) -> list[Known]:
        asked = _columns([bytes.fromhex(form) for forms in pictures for form in forms])
        if not len(asked) or not self._alike:
            return []
        best = np.full(len(self._alike), 256, np.uint64)
        for each in asked:
            np.minimum(best, np.bitwise_count(self._hashes ^ each).sum(axis=1), out=best)
        found = np.flatnonzero(best <= NEAR)
        near = sorted(found.tolist(), key=lambda place: int(best[place]))[:_MOST]
        return [msgspec.structs.replace(self._alike[place], bits=int(best[place])) for place in near]


class HashLists(Kept[str, Lists]):
    """The lists, read anew when they have changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock, fresh_for=_FRESH_FOR)
        self._edition: tuple[int, datetime | None] = (0, None)
        self._lists = Lists(())

    async def met_by(
        self, media: Collection[tuple[tuple[str, str], Medium]]
    ) -> Mapping[tuple[str, str], tuple[Known, ...]]:
        """What files meet, by (account, sid)."""
        lists = (await self.of([""]))[""]
        if lists.large:
            return await asyncio.to_thread(_all_met, lists, media)
        return _all_met(lists, media)

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, Lists]:
        edition = media_hashes.edition(connection)
        if edition != self._edition:
            self._lists, self._edition = read(connection), edition
        return dict.fromkeys(keys, self._lists)


def read(connection: Connection) -> Lists:
    """The lists as they are now."""
    return lists_of(media_hashes.in_force(connection))


def lists_of(rows: Sequence[object]) -> Lists:
    """Rows of `media_hashes` as lists."""
    return Lists([(row.kind, row.hash, _known(row)) for row in rows])  # type: ignore[attr-defined]


def _known(row: object) -> Known:
    return Known(tier=row.tier, source=row.source, work=row.work, holder=row.holder)  # type: ignore[attr-defined]


def _all_met(
    lists: Lists, media: Collection[tuple[tuple[str, str], Medium]]
) -> Mapping[tuple[str, str], tuple[Known, ...]]:
    return {key: lists.met_by(medium) for key, medium in media}


def _columns(hashes: Sequence[bytes]) -> NDArray[np.uint64]:
    """256 bits each as four words."""
    return np.frombuffer(b"".join(hashes), np.uint64).reshape(-1, 4)
