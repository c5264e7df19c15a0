"""Facts about a person's wishes toward a brand: opt-outs, consent, blocks, do-not-call lists, reassigned numbers.

All are keyed by the brand, which is the root account: a STOP to one number of it holds for every number and subaccount.
They are read from the database for every batch, in one query a fact; nothing is remembered between batches, so that a
STOP that another process took counts at the next message. Do-not-call lists alone are files, mapped into memory.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace
from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.errors import ConfigError, Unknown
from masstransit.facts.fact import Fact
from masstransit.model.address import E164
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.subject import Subject
from masstransit.storage import consents, do_not_call
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.number_file import NumberFile, name_of

log = logging.getLogger("masstransit.facts")

_BY_NUMBER = Kind.TEXT | Kind.SPOKEN
_WAYS = {str(kind.name).lower(): _BY_NUMBER if kind & _BY_NUMBER else kind for kind in Kind.ANY}
_LISTS_FRESH_FOR = timedelta(seconds=1)
_HERE = "copy it from the machine that imported it, or import the list again: `masstransit import do-not-call`"


class OptOut(Fact, frozen=True, kw_only=True):
    """Whether the person told the brand to stop."""

    of_parties = True

    on_file: bool = False
    scope: str = "all"  #: "all" of the way that they answered, "marketing", or "everything" by whatever way
    since: datetime | None = None
    said: str = ""  #: the keyword, or the kind of wording
    via: str = ""  #: the sender that they answered
    channel: str = ""  #: a kind in lower case, or how else they said it: "web", "letter" ...

    def heard_by(self, kind: Kind) -> bool:
        """Whether it was said by the way that this kind goes. Texts and calls are one way, for the law revokes both
        (47 CFR 64.1200(a)(10)); what was said otherwise than by an answer was said of every way."""
        said = _WAYS.get(self.channel)
        return said is None or self.scope == "everything" or bool(said & kind)

    def covers(self, communication: Communication) -> bool:
        """Whether it is among what they asked to end. Silence about how far it goes means all that comes by the way
        on which they said it, and by other ways all that they don't wait for (receipts, reminders, codes)."""
        if communication.purpose in (None, Purpose.MARKETING):
            return self.on_file
        unasked = communication.purpose is Purpose.CONVERSATION
        return self.on_file and self.scope != "marketing" and (unasked or self.heard_by(communication.kind))


class Given(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One consent on file."""

    kind: str  #: written | express | purchase | inquiry | conversation
    given_at: datetime
    medium: str = ""
    language: str = ""  #: in which the person was asked, ISO 639-1
    source: bool = False  #: whether it is known from where (the IP address, where there was one)
    proof: bool = False  #: whether something was kept to show for it
    campaign: str = ""
    withdrawn_at: datetime | None = None


class Consents(Fact, frozen=True, kw_only=True):
    """The person's consents to the brand, by purpose: marketing | transactional | otp | conversation."""

    of_parties = True

    by_purpose: Mapping[str, Given] = {}

    @property
    def in_force(self) -> tuple[tuple[str, Given], ...]:
        """(purpose, consent) of those that were not withdrawn."""
        return tuple([(purpose, given) for purpose, given in self.by_purpose.items() if given.withdrawn_at is None])


class SharedConsent(Fact, frozen=True, kw_only=True):
    """How many other brands have a consent of this person that bears the same instant and internet address."""

    brands: int = 0


class Blocks(Fact, frozen=True, kw_only=True):
    """Whether the person asked to be left alone by this customer, or by the end user that writes."""

    of_parties = True

    on_file: bool = False
    since: datetime | None = None
    reason: str = ""


class DoNotCall(Fact, frozen=True, kw_only=True):
    """On which do-not-call lists the person stands, and how old the lists of their country are."""

    listed: tuple[str, ...] = ()
    age_days: Mapping[str, float] = {}  #: of each list that is loaded for the person's country


_ON_NO_LIST = DoNotCall()


class Reassigned(Fact, frozen=True, kw_only=True):
    """What the Reassigned Numbers Database said when it was last asked about this person; "" if it never was."""

    answer: str = ""  #: "yes" | "no" | "no-data" | ""
    asked_at: datetime | None = None
    consent_date: datetime | None = None  #: the date that was asked about


class About(msgspec.Struct, frozen=True):
    """Whom a subject concerns."""

    account: str
    person: str
    end_user: str


class Roots:
    """Root accounts. An account's owner never changes, so what was learned once holds."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, account: str) -> str:
        """The root of an account that was resolved before; itself, if it was not."""
        return self._known.get(account, account)

    def resolve(self, connection: Connection, about: Sequence[About | None]) -> tuple[set[str], set[str]]:
        """Look up what is not known yet; the root accounts and the persons of a batch."""
        asked = {one.account for one in about if one is not None}
        self.learn(connection, asked)
        return {self.of(account) for account in asked}, {one.person for one in about if one is not None}

    def learn(self, connection: Connection, accounts: set[str]) -> None:
        """Look up accounts that are not known yet."""
        missing = accounts - self._known.keys()
        if missing:
            self._known |= consents.roots(connection, missing)

    def owners(self, connection: Connection, accounts: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Each account with those whose records count for it, the nearest first: itself and its root."""
        self.learn(connection, set(accounts))
        return {account: tuple(dict.fromkeys((account, self.of(account)))) for account in accounts}


def people(batch: Sequence[Subject], keys: Keys) -> list[About | None]:
    """Whom each subject concerns; None where it names no person."""
    return [_person(subject, keys) for subject in batch]


def _person(subject: Subject, keys: Keys) -> About | None:
    recipient = getattr(subject, "recipient", None)
    if recipient is None:
        return None
    return About(subject.account, keys.person(recipient.text), getattr(subject, "end_user", None) or "")


class _Learning:
    """What the learners here have in common: the rows of a batch's persons in one read, then a fact a subject."""

    def __init__(self, database: Database, keys: Keys, roots: Roots) -> None:
        self._database = database
        self._keys = keys
        self._roots = roots

    async def _rows(self, about: Sequence[About | None], query: Any) -> dict[tuple[str, str], list[Row[Any]]]:
        """Rows by (root account, person)."""

        def look(connection: Connection) -> dict[tuple[str, str], list[Row[Any]]]:
            found: dict[tuple[str, str], list[Row[Any]]] = {}
            for row in query(connection, *self._roots.resolve(connection, about)):
                found.setdefault((row.account, row.person), []).append(row)
            return found

        return await self._database.read(look)

    def _of(self, rows: Mapping[tuple[str, str], list[Row[Any]]], about: About | None) -> list[Row[Any]]:
        return [] if about is None else rows.get((self._roots.of(about.account), about.person), [])


class OptOuts(_Learning):
    """Learns `OptOut`."""

    async def learn(self, batch: Sequence[Subject]) -> list[OptOut]:
        about = people(batch, self._keys)
        rows = await self._rows(about, consents.opt_outs_of)
        return [_opt_out(self._of(rows, one)) for one in about]


def _opt_out(rows: Sequence[Row[Any]]) -> OptOut:
    if not rows:
        return OptOut()
    row = rows[0]
    return OptOut(on_file=True, scope=row.scope, since=row.since, said=row.said, via=row.via, channel=row.channel)


class ConsentBook(_Learning):
    """Learns `Consents`."""

    async def learn(self, batch: Sequence[Subject]) -> list[Consents]:
        about = people(batch, self._keys)
        rows = await self._rows(about, consents.consents_of)
        return [Consents(by_purpose={row.purpose: _given(row) for row in self._of(rows, one)}) for one in about]


def _given(row: Row[Any]) -> Given:
    return Given(
        kind=row.kind,
        given_at=row.given_at,
        medium=row.medium,
        language=row.language,
        source=bool(row.source),
        proof=bool(row.proof),
        campaign=row.campaign,
        withdrawn_at=row.withdrawn_at,
    )


class SharedConsents(_Learning):
    """Learns `SharedConsent`, of advertising and of what may be."""

    async def learn(self, batch: Sequence[Subject]) -> list[SharedConsent]:
        about = [one if _may_advertise(s) else None for s, one in zip(batch, people(batch, self._keys), strict=True)]
        rows = await self._rows(about, consents.shared) if any(about) else {}
        return [SharedConsent(brands=max((r.brands for r in self._of(rows, a) if _tells(r)), default=0)) for a in about]


def _may_advertise(subject: Subject) -> bool:
    return isinstance(subject, Communication) and subject.purpose in {None, Purpose.MARKETING}


def _tells(row: Row[Any]) -> bool:
    """Whether a consent's instant and source can be of one occasion only. A bare date, or the name of a form, can be
    the same by chance."""
    given: datetime = row.given_at
    try:
        ip_address(row.source)
    except ValueError:
        return False
    return given.time() != time()


class BlockList(_Learning):
    """Learns `Blocks`."""

    async def learn(self, batch: Sequence[Subject]) -> list[Blocks]:
        about = people(batch, self._keys)
        rows = await self._rows(about, consents.blocks_of)
        return [_block(self._of(rows, one), one) for one in about]


def _block(rows: Sequence[Row[Any]], about: About | None) -> Blocks:
    for row in rows:  # a message that names no end user may be anybody's, so that every block reaches it
        if about is not None and (row.end_user in ("", about.end_user) or not about.end_user):
            return Blocks(on_file=True, since=row.since, reason=row.reason)
    return Blocks()


class Reassignments(_Learning):
    """Learns `Reassigned`."""

    async def learn(self, batch: Sequence[Subject]) -> list[Reassigned]:
        about = people(batch, self._keys)
        rows = await self._rows(about, consents.reassigned_of)
        return [_reassigned(self._of(rows, one)) for one in about]


def _reassigned(rows: Sequence[Row[Any]]) -> Reassigned:
    if not rows:
        return Reassigned()
    return Reassigned(answer=rows[0].answer, asked_at=rows[0].asked_at, consent_date=rows[0].consent_date)


class _List(msgspec.Struct, frozen=True, kw_only=True):
    """A registry's list as it is in force."""

    registry: str
    country: str
    loaded_at: datetime
    digest: str
    file: NumberFile | Unknown  #: why there is none


class DoNotCallLists:
    """Learns `DoNotCall`. Which lists are in force, and how old they are now, is looked up once a second, and a file
    that is new is opened then; who is on them, for every batch, in memory.

    Where a list's file is not on this machine, nobody can say who of its country is on it: Unknown, for them alone.
    """

    def __init__(self, database: Database, clock: Clock, lists: Path) -> None:
        self._database = database
        self._clock = clock
        self._folder = lists
        self._lists: dict[str, _List] = {}
        self._unlisted: Mapping[str, DoNotCall | Unknown] = {}  # by country, the fact about who is on no list
        self._fresh_until: datetime | None = None
        self._told: frozenset[str] = frozenset()  # files whose lack the operator was told of

    async def learn(self, batch: Sequence[Subject]) -> list[DoNotCall | Unknown]:
        now = self._clock.now()
        if self._fresh_until is None or self._fresh_until <= now:
            await self._follow()
            self._unlisted = self._about_countries(now)
            self._fresh_until = now + _LISTS_FRESH_FOR
        if not self._lists:
            return [_ON_NO_LIST] * len(batch)
        numbers = [_number(subject) for subject in batch]
        facts = [self._unlisted.get(number.region, _ON_NO_LIST) if number else _ON_NO_LIST for number in numbers]
        for place, listed in self._on([int(number.text) if number else 0 for number in numbers]).items():
            fact = facts[place]
            facts[place] = replace(fact, listed=tuple(listed)) if isinstance(fact, DoNotCall) else fact
        return facts

    def _on(self, numbers: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """On which lists numbers stand, by their place."""
        asked, on = np.array(numbers, np.int64), dict[int, list[str]]()
        for registry, one in sorted(self._lists.items()):
            if isinstance(one.file, NumberFile):
                for place in np.flatnonzero(one.file.among(asked)).tolist():
                    on.setdefault(place, []).append(registry)
        return on

    def _about_countries(self, now: datetime) -> Mapping[str, DoNotCall | Unknown]:
        facts: dict[str, DoNotCall | Unknown] = {}
        for one in self._lists.values():
            fact, age = facts.get(one.country, _ON_NO_LIST), _age_days(now - one.loaded_at)
            if isinstance(one.file, Unknown):
                facts[one.country] = one.file
            elif isinstance(fact, DoNotCall):
                facts[one.country] = DoNotCall(age_days={**fact.age_days, one.registry: age})
        return facts

    async def _follow(self) -> None:
        """Go by what is in force now."""
        rows = await self._database.read(do_not_call.registries_all)
        self._lists = {row.registry: self._opened(row) for row in rows}
        unusable = {one.digest: one.file for one in self._lists.values() if isinstance(one.file, Unknown)}
        for digest in unusable.keys() - self._told:
            log.error("in %s: %s", self._folder, unusable[digest])
        self._told = frozenset(unusable)

    def _opened(self, row: Row[Any]) -> _List:
        return _List(
            registry=row.registry,
            country=row.region.partition("-")[0],
            loaded_at=row.loaded_at,
            digest=row.digest,
            file=self._file(row),
        )

    def _file(self, row: Row[Any]) -> NumberFile | Unknown:
        """The file that is open already, or the new one; or why it can't be used."""
        before = self._lists.get(row.registry)
        if before is not None and before.digest == row.digest and isinstance(before.file, NumberFile):
            return before.file
        try:
            return NumberFile(self._folder / name_of(row.registry, row.digest))
        except ConfigError as unusable:
            return Unknown(f"the list {row.registry} can't be used here: {unusable}; {_HERE}")


def _age_days(age: timedelta) -> float:
    """In days, to the hundredth above: a list is never called younger than it is."""
    return math.ceil(age / timedelta(days=0.01)) / 100


def _number(subject: Subject) -> E164 | None:
    """Who can be on a list: the recipient of a communication, if it is a number."""
    if isinstance(subject, Communication) and isinstance(subject.recipient, E164):
        return subject.recipient
    return None
