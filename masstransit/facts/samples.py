"""Facts about samples: whether a text reads like one that an authority called illegal (47 CFR 64.1200(n)(2)).

A sample that leads somewhere is known by its words and that domain together, as a successor is; one that leads nowhere
by its words alone, which then have to be most of them. Of a sample no more is kept than that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.facts.accounts import Kept
from masstransit.facts.content.normal import Normaliser
from masstransit.facts.fact import Fact
from masstransit.facts.successors import alike_in, domains_of
from masstransit.facts.traffic import cluster_of
from masstransit.facts.variants import bands
from masstransit.model.communication import Communication, Direction
from masstransit.model.subject import Subject
from masstransit.storage import samples
from masstransit.storage.engine import Database

_FRESH_FOR = 2.0  # seconds
_LONG = 40  # characters of a text that no two strangers write by chance
_SIMILAR = 3  # of five bands: rare below four words in five
_NOWHERE = ""
_NORMALISER = Normaliser()


class Sampled(Fact, frozen=True, kw_only=True):
    """Whether a text reads like a sample that an authority gave."""

    notice: str = ""  #: the case: CS...
    same: bool = False  #: it is that text, but for digits, spacing and the rest of a link
    domain: str = ""  #: to which both lead


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a sample."""

    notice: str = ""
    cluster: str
    alike: frozenset[tuple[str, str]]  #: what texts near it share, each with a domain; "": with none


_NOT_SAMPLED = Sampled()


class SampleBook(Kept[str, tuple[Sample, ...]]):
    """Learns `Sampled`: nothing is compared while no sample is blocked."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock, fresh_for=_FRESH_FOR)

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Sampled]:
        kept = (await self.of([""]))[""]
        if not kept:
            return [_NOT_SAMPLED] * len(batch)
        return [_like(kept, s) if isinstance(s, Communication) else _NOT_SAMPLED for s in batch]

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, tuple[Sample, ...]]:
        found = tuple(
            Sample(notice=row.sid, cluster=row.cluster, alike=frozenset((band, domain) for band, domain in row.alike))
            for row in samples.in_force(connection, now)
        )
        return dict.fromkeys(keys, found)


def tells_strangers_apart(text: str) -> bool:
    """Whether a text is one that no two strangers write by chance: it is long, or leads somewhere of its own."""
    return len(text.strip()) >= _LONG or bool(domains_of([text]))


def sample_of(text: str) -> Sample:
    """What is kept of a text that an authority gave."""
    return Sample(cluster=cluster_of(text), alike=frozenset(alike_in(text) or _words_of(text)))


def _like(kept: Sequence[Sample], subject: Communication) -> Sampled:
    text = subject.text or subject.words
    if subject.direction is not Direction.OUTBOUND or not text:
        return _NOT_SAMPLED
    cluster, alike = cluster_of(text), alike_in(text)
    for each in kept:
        if cluster == each.cluster:
            return Sampled(notice=each.notice, same=True, domain=_first(alike & each.alike))
    words = _words_of(text) if len(text) >= _LONG else set()
    for each in kept:
        if both := alike & each.alike:
            return Sampled(notice=each.notice, domain=_first(both))
        if len(words & each.alike) >= _SIMILAR:
            return Sampled(notice=each.notice)
    return _NOT_SAMPLED


def _first(pairs: Collection[tuple[str, str]]) -> str:
    return min((domain for _, domain in pairs), default="")


def _words_of(text: str) -> set[tuple[str, str]]:
    return {(band, _NOWHERE) for band in bands(_NORMALISER.normal(text).text)}
