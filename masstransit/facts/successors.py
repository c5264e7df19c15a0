"""Facts about successors: who goes on where somebody was stopped, under another name or another account.

What somebody sent before they were stopped tells who goes on for them: the same text, or nearly the same one that leads
to the same domain, or a number that nobody else used. Calls have no text, unless their words came with the request:
the number that they show tells. So do names that are the same but for spelling. Generic texts are
not enough where strangers are compared: two shops may both write "Your order is ready".

An end user comes back as another one, or in another subaccount; a subaccount comes back as one that was opened later.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeAlias, TypeGuard

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
from masstransit.model.communication import Communication, Direction, Kind
from masstransit.model.subject import Subject
from masstransit.storage import accounts, calls, communications, end_users, reports, standing
from masstransit.storage.engine import Database

_STOPPED_WITHIN = timedelta(days=180)
_SENT_WITHIN = timedelta(days=30)
_FRESH_FOR = 30.0  # seconds
_MOST_TEXTS = 500  # of an account that are compared
_MOST_NUMBERS = 10_000  # that accounts showed in calls
_LONG = 40  # characters of a text that no two strangers write by chance
_LEGAL_FORMS = re.compile(r"\b(?:ltd|limited|llc|inc|incorporated|corp|co|company|gmbh|ag|sa|srl|bv|plc|pty)\b")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_AS_LETTERS = str.maketrans("01345", "oieas")
_DIGIT_IN_WORD = re.compile(r"(?<=[^\W\d_])[01345](?=[^\W\d_]|\b)|\b[01345](?=[^\W\d_]{2})")
_NORMALISER = Normaliser()


class Successor(Fact, frozen=True, kw_only=True):
    """Whether somebody goes on for an end user or a subaccount of the same customer that was stopped."""

    of: str = ""  #: the one that was stopped: an end user's name, or the subaccount's
    by: str = ""  #: what shows it: name, text, domain, number
    domain: str = ""  #: ... the domain


class Continued(Fact, frozen=True, kw_only=True):
    """Whether something goes on with traffic that an authority's order stopped."""

    order: str = ""
    gag: bool = False  #: the order is sealed
    domain: str = ""  #: to which both lead; "": the text is the same to the letter
    by_number: bool = False  #: it is a call, and shows a number that another account showed whose calls were stopped


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What tells somebody's texts from others'."""

    clusters: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    alike: frozenset[tuple[str, str]] = frozenset()  #: what nearly the same texts share, each with a domain
    numbers: frozenset[str] = frozenset()  #: from which nobody else sent


class _Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """An end user or a subaccount that was stopped, or that a step blocks or suspends."""

    account: str
    name: str  #: of the end user; "": it is the subaccount itself
    known_as: str  #: what is told of it
    since: datetime
    trace: Trace

    @property
    def skeleton(self) -> str:
        return skeleton(self.known_as)


class _Book(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared with what an account sends."""

    stopped: tuple[_Stopped, ...] = ()
    settled: frozenset[str] = frozenset()  #: its end users that were there before anybody was stopped
    owners: tuple[str, ...] = ()  #: itself and its root
    known_as: str = ""
    since: datetime | None = None  #: when it was opened


class _Family(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a customer of whose end users or subaccounts some were stopped."""

    stopped: tuple[_Stopped, ...]
    first: datetime  #: when the first of them was
    accounts: Mapping[str, Row[Any]]  #: `account`, `brand`, `friendly_name`, `created_at`


_NOBODY, _NOTHING = _Book(), Trace()
_NO_SUCCESSOR, _NOT_CONTINUED = Successor(), Continued()


class Successors(Kept[str, _Book]):
    """Learns `Successor`: nothing is compared for a customer of whom nobody was stopped in half a year."""

    def __init__(self, database: Database, clock: Clock, roots: Roots) -> None:
        super().__init__(database, clock, fresh_for=_FRESH_FOR)
        self._roots = roots

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Successor]:
        books = await self.of(subject.account for subject in batch)
        return [_succeeds(books[s.account], s) if books[s.account].stopped else _NO_SUCCESSOR for s in batch]

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, _Book]:
        owners = self._roots.owners(connection, keys)
        roots = {each[-1] for each in owners.values()}
        gone = _gone(connection, roots, now)
        found = self._roots.owners(connection, {account for account, _, _ in gone})
        root_of = {account: mine[-1] for account, mine in found.items()}
        families = {
            root: _family(connection, root, [row for row in gone if root_of[row[0]] == root])
            for root in set(root_of.values())
        }
        return {
            account: self._book(connection, mine, families[mine[-1]]) if mine[-1] in families else _NOBODY
            for account, mine in owners.items()
        }

    @staticmethod
    def _book(connection: Connection, owners: tuple[str, ...], family: _Family) -> _Book:
        gone = {one.name for one in family.stopped if one.account in owners}
        row = family.accounts.get(owners[0])
        return _Book(
            stopped=family.stopped,
            settled=frozenset(end_users.there_before(connection, owners, family.first) - gone),
            owners=owners,
            known_as=_known_as(row) if row is not None else "",
            since=row.created_at if row is not None else None,
        )


#: Account, end user ("": the account itself), and since when it is stopped.
_Gone: TypeAlias = tuple[str, str, datetime]


def _gone(connection: Connection, roots: Collection[str], now: datetime) -> list[_Gone]:
    """Who of some customers' end users and subaccounts is stopped, or blocked or suspended by a step."""
    found: dict[tuple[str, str], datetime] = {}
    for row in end_users.stopped(connection, roots, now - _STOPPED_WITHIN):
        found[row.account, row.end_user] = row.stopped_at
    for row in standing.stopping(connection, roots, now):
        if row.scope == "end_user" or row.account not in roots:
            found.setdefault((row.account, row.target if row.scope == "end_user" else ""), row.since)
    return [(account, name, since) for (account, name), since in sorted(found.items())]


def _family(connection: Connection, root: str, gone: Sequence[_Gone]) -> _Family:
    first = min(since for *_, since in gone)
    known = {row.account: row for row in accounts.of_root(connection, root)}
    of_others = _of_others(connection, {root, *known}, known, gone, first)
    shared = domains_of(row.body for row in of_others)
    everybody, out = {root, *known}, {(account, name) for account, name, _ in gone}
    called = calls.shown(connection, everybody, first - _SENT_WITHIN, at_most=_MOST_NUMBERS)
    before = calls.shown(connection, everybody, first - _SENT_WITHIN, first, at_most=_MOST_NUMBERS)
    rest = [row for row in before if not {(row.account, row.end_user or ""), (row.account, "")} & out]
    used = {row.sender for row in (*of_others, *rest)}
    stopped = []
    for account, name, since in gone:
        rows = communications.bodies(
            connection, [account], since - _SENT_WITHIN, at_most=_MOST_TEXTS, end_users=[name] if name else None
        )
        trace = _trace([row.body for row in rows], without=shared)
        showed = [row for row in called if row.account == account and name in ("", row.end_user)]
        numbers = frozenset(row.sender for row in (*rows, *showed)) - used
        known_as = name or (_known_as(known[account]) if account in known else "")
        traced = msgspec.structs.replace(trace, numbers=numbers)
        stopped.append(_Stopped(account=account, name=name, known_as=known_as, since=since, trace=traced))
    return _Family(stopped=tuple(stopped), first=first, accounts=known)


def _of_others(
    connection: Connection, of: Collection[str], known: Mapping[str, Row[Any]], gone: Sequence[_Gone], first: datetime
) -> list[Row[Any]]:
    """What those sent who were there before anybody was stopped: where they lead, anybody may."""
    names, whole = {name for _, name, _ in gone if name}, {account for account, name, _ in gone if not name}
    settled = end_users.there_before(connection, of, first) - names
    old = {account for account in of if account not in known or known[account].created_at < first} - whole
    rows = communications.bodies(connection, old, first - _SENT_WITHIN, at_most=_MOST_TEXTS)
    return [row for row in rows if row.end_user is None or row.end_user in settled]


def _known_as(row: Row[Any]) -> str:
    return str(row.brand or row.friendly_name)


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
            trace = _trace([row.body for row in rows if _stopped_by(order, row)])
            called = calls.shown(connection, [order.account], order.since - _SENT_WITHIN, at_most=_MOST_NUMBERS)
            numbers = frozenset(row.sender for row in called if _stopped_by(order, row))
            found.append((order, msgspec.structs.replace(trace, numbers=numbers)))
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
    if name in book.settled or not _is_offer(subject):
        return _NO_SUCCESSOR
    if any(name == one.name for one in book.stopped if name and one.account in book.owners):
        return _NO_SUCCESSOR  # whoever was stopped themselves is stopped by name
    others = [one for one in book.stopped if _may_succeed(book, one, name)]
    mine = {skeleton(known_as) for known_as in (name, "" if name else book.known_as) if known_as} - {""}
    for one in others:
        if one.skeleton in mine and (name or not one.name):
            return Successor(of=one.known_as, by="name")
    return _by_trace(others, subject) if others else _NO_SUCCESSOR


def _may_succeed(book: _Book, one: _Stopped, name: str) -> bool:
    """Whether what is sent for an end user, or with "" for nobody, may go on for one that was stopped: whoever was
    there before does not."""
    if one.account == book.owners[0] and not one.name:
        return False  # it is the subaccount itself, which its step stops
    if name or (one.name and one.account in book.owners):
        return True
    return book.since is not None and book.since >= one.since


def _by_trace(others: Sequence[_Stopped], subject: Communication) -> Successor:
    text = subject.text or subject.words
    cluster, domains = cluster_of(text) if text else "", domains_of([text])
    for one in others:
        if cluster in one.trace.clusters:
            return Successor(of=one.known_as, by="text")
        if both := sorted(domains & one.trace.domains):
            return Successor(of=one.known_as, by="domain", domain=both[0])
    for one in others:
        if subject.sender.text in one.trace.numbers:
            return Successor(of=one.known_as, by="number")
    return _NO_SUCCESSOR


def _continues(orders: Sequence[tuple[Row[Any], Trace]], subject: Communication) -> Continued:
    text = subject.text or subject.words
    mine = alike_in(text)
    cluster = cluster_of(text) if len(text) >= _LONG else ""
    for order, trace in orders:
        both = sorted(domain for _, domain in mine & trace.alike)
        if both or cluster in trace.clusters:
            return Continued(order=order.order, gag=order.gag, domain=both[0] if both else "")
    calls_as = subject.sender.text if subject.kind is Kind.CALL else ""
    for order, trace in orders:
        if calls_as in trace.numbers and subject.account != order.account:
            return Continued(order=order.order, gag=order.gag, by_number=True)
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
