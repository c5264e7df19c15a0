"""Facts about successors: who goes on where somebody was stopped, under another name or another account.

What somebody sent before they were stopped tells who goes on for them: the same text, or nearly the same one that leads
to the same domain. So do names that are the same but for spelling. Generic texts are not enough where strangers are
compared: two shops may both write "Your order is ready".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeGuard

import msgspec
from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.facts.accounts import Kept
from masstransit.facts.consent import Roots
from masstransit.facts.content.normal import Normaliser, lookalikes
from masstransit.facts.fact import Fact
from masstransit.facts.links import links_in
from masstransit.facts.traffic import cluster_of
from masstransit.facts.variants import bands
from masstransit.model.communication import Communication, Direction, Subject
from masstransit.storage import communications, end_users, reports
from masstransit.storage.engine import Database

_STOPPED_WITHIN = timedelta(days=180)
_SENT_WITHIN = timedelta(days=30)
_FRESH_FOR = 30.0  # seconds
_MOST_TEXTS = 500  # of an account that are compared
_LONG = 40  # characters of a text that no two strangers write by chance
_LEGAL_FORMS = re.compile(r"\b(?:ltd|limited|llc|inc|incorporated|corp|co|company|gmbh|ag|sa|srl|bv|plc|pty)\b")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_AS_LETTERS = str.maketrans("01345", "oieas")
_DIGIT_IN_WORD = re.compile(r"(?<=[^\W\d_])[01345](?=[^\W\d_]|\b)|\b[01345](?=[^\W\d_]{2})")
_NORMALISER = Normaliser()


class Successor(Fact, frozen=True, kw_only=True):
    """Whether an end user goes on for one of the same customer that was stopped."""

    of: str = ""  #: the one that was stopped
    by: str = ""  #: what shows it: name, text, domain
    domain: str = ""  #: ... the domain


class Continued(Fact, frozen=True, kw_only=True):
    """Whether a text goes on with traffic that an authority's order stopped."""

    order: str = ""
    gag: bool = False  #: the order is sealed
    domain: str = ""  #: to which both lead; "": the text is the same to the letter


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What tells somebody's texts from others'."""

    clusters: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    alike: frozenset[tuple[str, str]] = frozenset()  #: what nearly the same texts share, each with a domain


class _Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """An end user that was stopped."""

    name: str
    skeleton: str
    trace: Trace


class _Book(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared with an account's end users."""

    stopped: tuple[_Stopped, ...] = ()
    settled: frozenset[str] = frozenset()  #: end users that were there before any of them was stopped


_NOBODY, _NOTHING = _Book(), Trace()
_NO_SUCCESSOR, _NOT_CONTINUED = Successor(), Continued()


class Successors(Kept[str, _Book]):
    """Learns `Successor`: nothing is compared for an account of which no end user was stopped in half a year."""

    def __init__(self, database: Database, clock: Clock, roots: Roots) -> None:
        super().__init__(database, clock, fresh_for=_FRESH_FOR)
        self._roots = roots

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Successor]:
        books = await self.of(subject.account for subject in batch)
        return [_succeeds(books[s.account], s) if books[s.account].stopped else _NO_SUCCESSOR for s in batch]

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, _Book]:
        owners = self._roots.owners(connection, keys)
        every = {owner for each in owners.values() for owner in each}
        rows = end_users.stopped(connection, every, now - _STOPPED_WITHIN)
        return {
            account: self._book(connection, owners[account], mine) if mine else _NOBODY
            for account in keys
            for mine in [[row for row in rows if row.account in owners[account]]]
        }

    def _book(self, connection: Connection, owners: Collection[str], rows: Sequence[Row[Any]]) -> _Book:
        first = min(row.stopped_at for row in rows)
        gone = {row.end_user for row in rows}
        settled = end_users.there_before(connection, owners, first) - gone
        texts: dict[str, list[str]] = {name: [] for name in gone}
        since = first - _SENT_WITHIN
        for row in communications.bodies(connection, owners, since, at_most=_MOST_TEXTS, end_users=gone):
            texts[row.end_user].append(row.body)
        others = communications.bodies(connection, owners, since, at_most=_MOST_TEXTS, end_users=settled)
        shared = domains_of(row.body for row in others)
        return _Book(
            stopped=tuple(
                _Stopped(name=name, skeleton=skeleton(name), trace=_trace(texts[name], without=shared))
                for name in sorted(gone)
            ),
            settled=frozenset(settled),
        )


class Continuations(Kept[str, "tuple[tuple[Row[Any], Trace], ...]"]):
    """Learns `Continued`: nothing is compared while no order is in force."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock, fresh_for=_FRESH_FOR)

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Continued]:
        orders = (await self.of([""]))[""]
        if not orders:
            return [_NOT_CONTINUED] * len(batch)
        return [_continues(orders, s) if _is_offer(s) else _NOT_CONTINUED for s in batch]

    def _look(
        self, connection: Connection, keys: Collection[str], now: datetime
    ) -> Mapping[str, tuple[tuple[Row[Any], Trace], ...]]:
        found = []
        for order in reports.every_standing_order(connection, now):
            rows = communications.bodies(connection, [order.account], order.since - _SENT_WITHIN, at_most=_MOST_TEXTS)
            found.append((order, _trace([row.body for row in rows if _stopped_by(order, row)])))
        return dict.fromkeys(keys, tuple(found))


@lru_cache(maxsize=16_384)
def skeleton(name: str) -> str:
    """A name without what spelling can change: case, look-alike letters, digits for letters, signs and legal forms.

    What stands between two digits is kept as one sign: "Shop 1 (2)" is not "Shop 12".
    """
    folded = unicodedata.normalize("NFKC", name).translate(lookalikes()).casefold()
    folded = _DIGIT_IN_WORD.sub(lambda found: found[0].translate(_AS_LETTERS), folded)
    kept = _BETWEEN_DIGITS.sub("/", _LEGAL_FORMS.sub(" ", re.sub(r"[^\w]+", " ", folded)))
    return "".join(c for c in kept if c.isalnum() or c == "/")


def _succeeds(book: _Book, subject: Subject) -> Successor:
    name = getattr(subject, "end_user", None) or ""
    if name in book.settled or not _is_offer(subject) or any(name == one.name for one in book.stopped):
        return _NO_SUCCESSOR  # whoever was stopped themselves is stopped by name
    folded, text = skeleton(name), subject.text
    for one in book.stopped:
        if folded and folded == one.skeleton:
            return Successor(of=one.name, by="name")
    cluster, domains = cluster_of(text), domains_of([text])
    for one in book.stopped:
        if cluster in one.trace.clusters:
            return Successor(of=one.name, by="text")
        if both := sorted(domains & one.trace.domains):
            return Successor(of=one.name, by="domain", domain=both[0])
    return _NO_SUCCESSOR


def _continues(orders: Sequence[tuple[Row[Any], Trace]], subject: Communication) -> Continued:
    text = subject.text
    mine = alike_in(text)
    cluster = cluster_of(text) if len(text) >= _LONG else ""
    for order, trace in orders:
        both = sorted(domain for _, domain in mine & trace.alike)
        if both or cluster in trace.clusters:
            return Continued(order=order.order, gag=order.gag, domain=both[0] if both else "")
    return _NOT_CONTINUED


def _is_offer(subject: Subject) -> TypeGuard[Communication]:
    return isinstance(subject, Communication) and subject.direction is Direction.OUTBOUND


def _stopped_by(order: Row[Any], row: Row[Any]) -> bool:
    if order.scope == "account":
        return True
    about = {"number": row.sender, "campaign": row.campaign}.get(order.scope, row.end_user)
    return bool(order.target == about)


def _trace(texts: Iterable[str], without: Collection[str] = ()) -> Trace:
    once = list(dict.fromkeys(texts))
    if not once:
        return _NOTHING
    return Trace(
        clusters=frozenset(cluster_of(text) for text in once),
        domains=frozenset(domains_of(once) - set(without)),
        alike=frozenset(pair for text in once for pair in alike_in(text)),
    )


def domains_of(texts: Iterable[str]) -> set[str]:
    """Where texts lead, shared shorteners left out: those are everybody's."""
    return {link.domain for text in texts for link in links_in(text) if not link.shared}


def alike_in(text: str) -> set[tuple[str, str]]:
    """What nearly the same texts that lead to the same domain share: pairs of a band and the domain."""
    domains = domains_of([text])
    return {(band, domain) for band in bands(_NORMALISER.normal(text).text) for domain in domains} if domains else set()
