"""Facts about who sends: the account, the agreement it accepted, guidelines it was sent, and its end user.

Each is read for a batch in one go. What was learned is kept for half a second, so that a suspension, taken by
whichever process, bites within a second, and a busy account is not looked up for every batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.facts.consent import Roots
from masstransit.facts.fact import Fact
from masstransit.model.subject import Subject
from masstransit.storage import agreements, end_users
from masstransit.storage.engine import Database

F = TypeVar("F")
K = TypeVar("K", bound=Hashable)
_MOST_KNOWN = 100_000  # accounts, senders ... that are kept
_FRESH_FOR = 0.5  # seconds
_STATUSES = ("active", "suspended", "closed")


class Account(Fact, frozen=True, kw_only=True):
    """The account that sends, with what it inherits from its owner."""

    of_parties = True

    on_record: bool = True
    status: str = "active"  #: active | suspended | closed: its own or its owner's, whichever is stricter
    root: str = ""  #: the owner's account; its own where nobody owns it
    type: str = "Full"  #: Full | Trial
    test: bool = False  #: test credentials: nothing is sent
    proven: bool = False  #: it has standing enough to be told thresholds
    reseller: bool = False  #: it declared that it sends for end users
    lookup_purpose: str = ""  #: what it said that it looks numbers up for
    brand: str = ""
    rate: float | None = None  #: messages a second of its own
    created_at: datetime | None = None

    @property
    def speaks(self) -> bool:
        return self.status != "active"


class Agreement(Fact, frozen=True, kw_only=True):
    """Which edition of the policy an authorised person accepted for the customer, and which one is current."""

    of_parties = True

    accepted: bool = False  #: an authorised person accepted some edition
    current: bool = False  #: ... and it is the current one, or there is no edition on record to compare with
    unauthorised: bool = False  #: somebody accepted who could not bind the customer
    digest: str = ""
    dated: str = ""
    accepted_at: datetime | None = None
    current_digest: str = ""
    current_dated: str = ""
    current_from: datetime | None = None

    @property
    def speaks(self) -> bool:
        return not (self.accepted and self.current)


class Guidelines(Fact, frozen=True, kw_only=True):
    """The carriers' guidelines that were sent to the customer in writing: "document@version"."""

    sent: tuple[str, ...] = ()


class EndUser(Fact, frozen=True, kw_only=True):
    """The customer's end user for whom it is sent."""

    of_parties = True

    named: bool = False  #: the communication names one
    expected: bool = False  #: the customer declared that it has end users, or has named one before
    on_record: bool = False
    status: str = "active"  #: active | stopped
    reason: str = ""  #: why it was stopped
    terms_accepted: bool = False  #: it accepted the same terms
    stopped_at: datetime | None = None


class Kept(Generic[K, F]):
    """What the database says of some keys, each read at most once in `fresh_for` seconds."""

    def __init__(self, database: Database, clock: Clock, *, fresh_for: float = _FRESH_FOR) -> None:
        self._database = database
        self._clock = clock
        self._fresh_for = timedelta(seconds=fresh_for)
        self._known: dict[K, tuple[datetime, F]] = {}

    async def of(self, keys: Iterable[K]) -> Mapping[K, F]:
        """What is known of each key; one read for those that were not asked about lately. Raises
        `StorageUnavailable`."""
        now = self._clock.now()
        wanted = set(keys)
        stale = {key for key in wanted if key not in self._known or self._known[key][0] <= now}
        if stale:
            found = await self._database.read(lambda connection: self._look(connection, stale, now))
            if len(self._known) > _MOST_KNOWN:
                self._known = {key: self._known[key] for key in wanted - stale}
            until = now + self._fresh_for
            self._known |= {key: (until if self._keeps(fact) else now, fact) for key, fact in found.items()}
        return {key: self._known[key][1] for key in wanted}

    def _look(self, connection: Connection, keys: Collection[K], now: datetime) -> Mapping[K, F]:
        """A value for each of the keys."""
        raise NotImplementedError

    def _keeps(self, fact: F) -> bool:
        """Whether it is kept for a while. What is waited for is looked up each time."""
        return True


class _ByAccount(Kept[str, F]):
    """What is learned about accounts."""

    async def learn(self, batch: Sequence[Subject]) -> Sequence[F]:
        found = await self.of(subject.account for subject in batch)
        return [found[subject.account] for subject in batch]


class Accounts(_ByAccount[Account]):
    """Learns `Account`."""

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, Account]:
        rows = {row.account: row for row in agreements.accounts_of(connection, keys)}
        return {name: _account(name, rows.get(name)) for name in keys}


def _account(name: str, row: Row[Any] | None) -> Account:
    if row is None:
        return Account(on_record=False, status="closed", root=name)
    return Account(
        status=max((row.status, row.parent_status or "active"), key=_strictness),
        root=row.parent or name,
        type=row.type,
        test=row.test,
        proven=row.proven,
        reseller=bool((row.attrs or {}).get("reseller")),
        lookup_purpose=str((row.attrs or {}).get("lookup_purpose") or ""),
        brand=row.brand,
        rate=row.rate,
        created_at=row.created_at,
    )


def _strictness(status: str) -> int:
    return _STATUSES.index(status) if status in _STATUSES else 1


class Agreements(_ByAccount[Agreement]):
    """Learns `Agreement`: the customer's, which is the root account; a subaccount is the same customer."""

    def _keeps(self, fact: Agreement) -> bool:
        return fact.current  # whoever accepts may send at once

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, Agreement]:
        roots = _roots(connection, keys)
        edition = next((e for e in agreements.editions(connection) if e.current_from <= now), None)
        accepted: dict[str, list[Row[Any]]] = defaultdict(list)
        for row in agreements.acceptances_of(connection, {*keys, *roots.values()}):
            accepted[row.account].append(row)
        return {a: _agreement([*accepted[a], *(accepted[roots[a]] if roots[a] != a else [])], edition) for a in keys}


def _roots(connection: Connection, accounts: Collection[str]) -> dict[str, str]:
    parents = {row.account: row.parent for row in agreements.accounts_of(connection, accounts)}
    return {account: parents.get(account) or account for account in accounts}


def _agreement(rows: Sequence[Row[Any]], edition: Row[Any] | None) -> Agreement:
    now = (
        {}
        if edition is None
        else {
            "current_digest": edition.digest,
            "current_dated": edition.dated,
            "current_from": edition.current_from,
        }
    )
    bound = [row for row in rows if row.authorised]
    if not bound:
        return Agreement(unauthorised=bool(rows), **now)
    by_edition = [row for row in bound if edition is not None and row.digest == edition.digest]
    row = max(by_edition or bound, key=lambda r: r.at)
    return Agreement(
        accepted=True,
        current=edition is None or bool(by_edition),
        digest=row.digest,
        dated=row.dated,
        accepted_at=row.at,
        **now,
    )


class GuidelineLedger(_ByAccount[Guidelines]):
    """Learns `Guidelines`."""

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, Guidelines]:
        roots = _roots(connection, keys)
        rows = agreements.guidelines_of(connection, {*keys, *roots.values()})
        return {
            a: Guidelines(sent=tuple(f"{r.document}@{r.version}" for r in rows if r.account in (a, roots[a])))
            for a in keys
        }


class EndUsers(Kept[tuple[str, str], EndUser]):
    """Learns `EndUser`, of (account, end user); "" where none is named."""

    def __init__(self, database: Database, clock: Clock, roots: Roots) -> None:
        super().__init__(database, clock)
        self._roots = roots

    async def learn(self, batch: Sequence[Subject]) -> Sequence[EndUser]:
        found = await self.of((subject.account, _end_user(subject)) for subject in batch)
        return [found[subject.account, _end_user(subject)] for subject in batch]

    def _look(
        self, connection: Connection, keys: Collection[tuple[str, str]], now: datetime
    ) -> Mapping[tuple[str, str], EndUser]:
        accounts = {account for account, _ in keys}
        named = {name for _, name in keys if name}
        owners = self._roots.owners(connection, accounts)
        every = {owner for each in owners.values() for owner in each}
        rows = end_users.named(connection, every, named) if named else ()
        having = end_users.accounts_that_have_some(connection, every)
        resellers = {row.account for row in agreements.accounts_of(connection, accounts) if _resells(row)}
        expecting = {a for a in accounts if a in resellers or not having.isdisjoint(owners[a])}
        return {
            (account, name): _as_end_user(
                name, account in expecting, [r for r in rows if r.account in owners[account] and r.end_user == name]
            )
            for account, name in keys
        }


def _resells(row: Row[Any]) -> bool:
    return bool((row.attrs or {}).get("reseller"))


def _end_user(subject: Subject) -> str:
    return getattr(subject, "end_user", None) or ""


def _as_end_user(name: str, expected: bool, mine: Sequence[Row[Any]]) -> EndUser:
    if not name or not mine:
        return EndUser(named=bool(name), expected=expected)
    row = next((r for r in mine if r.status == "stopped"), mine[0])
    return EndUser(
        named=True,
        expected=expected,
        on_record=True,
        status=row.status,
        reason=row.reason,
        terms_accepted=any(r.terms_accepted_at is not None for r in mine),
        stopped_at=row.stopped_at,
    )
