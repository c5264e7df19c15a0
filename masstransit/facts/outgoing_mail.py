"""Facts about mail that customers send: whether its domain is theirs, whether it arrives, what people say of it.

A domain is a customer's once a record in its zone says so, and with it all that is below (RFC 1034: who has a zone has
what is under it).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.facts.accounts import Kept
from masstransit.facts.consent import Roots, people
from masstransit.facts.fact import Fact
from masstransit.model.communication import Communication, Direction, Kind
from masstransit.model.letter import domain_of, zones_of
from masstransit.model.subject import Subject
from masstransit.storage import communications, mail_domains, mail_suppressions, reports
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

_DAY, _MONTH = timedelta(days=1), timedelta(days=30)


class MailRight(Fact, frozen=True, kw_only=True):
    """What the records say about an account's right to the domain of a mail's From."""

    domain: str = ""
    claimed: bool = False  #: it, or one above it, is on record for the account or its owner
    proven: bool = False  #: by a record in its zone
    found: str = ""  #: what was wrong when that was looked up last
    postal: str = ""  #: the sender's postal address, as it is told for the domain


class Suppressed(Fact, frozen=True, kw_only=True):
    """Whether an address is on the brand's list of those that its mail does not reach, or must not."""

    of_parties = True

    on_file: bool = False
    why: str = ""  #: bounce | complaint | told
    since: datetime | None = None
    said: str = ""  #: the other server's words


class MailStanding(Fact, frozen=True, kw_only=True):
    """How much mail a brand sends, and what people say of it."""

    sent_24h: int = 0
    sent_30d: int = 0
    complaints_30d: int = 0  #: by feedback loops and by recipients

    @property
    def complained(self) -> float:
        """The share of the mails of 30 days that somebody complained of."""
        return self.complaints_30d / self.sent_30d if self.sent_30d else 0.0

    @property
    def speaks(self) -> bool:
        return self.complaints_30d > 0


_NOTHING, _REACHED, _QUIET = MailRight(), Suppressed(), MailStanding()


def is_outgoing(subject: Subject) -> bool:
    """Whether it is mail that a customer sends."""
    return isinstance(subject, Communication) and (subject.kind, subject.direction) == (Kind.EMAIL, Direction.OUTBOUND)


class MailRights(Kept[tuple[str, str], MailRight]):
    """Learns `MailRight` of (account, domain)."""

    def __init__(self, database: Database, clock: Clock, roots: Roots) -> None:
        super().__init__(database, clock)
        self._roots = roots

    async def learn(self, batch: Sequence[Subject]) -> Sequence[MailRight]:
        asked = [(s.account, domain_of(_sender(s))) if is_outgoing(s) else None for s in batch]
        found = await self.of(one for one in asked if one is not None)
        return [_NOTHING if one is None else found[one] for one in asked]

    def _look(
        self, connection: Connection, keys: Collection[tuple[str, str]], now: datetime
    ) -> Mapping[tuple[str, str], MailRight]:
        owners = self._roots.owners(connection, {account for account, _ in keys})
        names = {(o, zone) for account, domain in keys for o in owners[account] for zone in zones_of(domain)}
        rows = mail_domains.of_names(connection, names)
        answers = {}
        for account, domain in keys:
            near = [rows[o, zone] for zone in zones_of(domain) for o in owners[account] if (o, zone) in rows]
            row = next((r for r in near if r.proven_at is not None), near[0] if near else None)
            answers[account, domain] = (
                MailRight(domain=domain)
                if row is None
                else MailRight(
                    domain=domain, claimed=True, proven=row.proven_at is not None, found=row.found, postal=row.postal
                )
            )
        return answers

    def _keeps(self, fact: MailRight) -> bool:
        return fact.proven


def _sender(subject: Subject) -> str:
    sender = getattr(subject, "sender", None)
    return "" if sender is None else str(sender.text)


class Suppressions:
    """Learns `Suppressed`; looked up for every batch, so that what came back a moment ago counts at the next mail."""

    def __init__(self, database: Database, keys: Keys, roots: Roots) -> None:
        self._database = database
        self._keys = keys
        self._roots = roots

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Suppressed]:
        about = [one if is_outgoing(s) else None for s, one in zip(batch, people(batch, self._keys), strict=True)]
        if not any(about):
            return [_REACHED] * len(batch)

        def look(connection: Connection) -> dict[tuple[str, str], Suppressed]:
            rows = mail_suppressions.of(connection, *self._roots.resolve(connection, about))
            return {
                (r.account, r.person): Suppressed(on_file=True, why=r.why, since=r.since, said=r.said) for r in rows
            }

        found = await self._database.read(look)
        return [_REACHED if a is None else found.get((self._roots.of(a.account), a.person), _REACHED) for a in about]


class MailStandings(Kept[str, MailStanding]):
    """Learns `MailStanding`, of a brand; counted at most once a minute."""

    def __init__(self, database: Database, clock: Clock, roots: Roots) -> None:
        super().__init__(database, clock, fresh_for=60.0)
        self._roots = roots

    async def learn(self, batch: Sequence[Subject]) -> Sequence[MailStanding]:
        asked = [s.account if is_outgoing(s) else "" for s in batch]
        found = await self.of(account for account in asked if account)
        return [found.get(account, _QUIET) for account in asked]

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, MailStanding]:
        owners = self._roots.owners(connection, keys)
        return {account: _standing(connection, owners[account], now) for account in keys}


def _standing(connection: Connection, owners: Collection[str], now: datetime) -> MailStanding:
    return MailStanding(
        sent_24h=communications.mails_sent(connection, owners, now - _DAY),
        sent_30d=communications.mails_sent(connection, owners, now - _MONTH),
        complaints_30d=reports.of_mails(connection, owners, now - _MONTH),
    )


# --- postal addresses -------------------------------------------------------------------------------------------------

_POSTAL = re.compile(
    r"(?i:\bp\.? ?o\.? ?box \d+)"
    r"|\b[A-Z]{2},? +\d{5}(?:-\d{4})?\b"  # United States: CA 94105
    r"|\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b"  # Canada
    r"|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"  # United Kingdom
    r"|\b(?:[A-Z]-)?\d{4,5} +[A-ZÀ-Þ][\w.\-À-ÿ]{2,}"  # 10115 Berlin, 75001 Paris
    r"|\b\d{1,5}[A-Za-z]? +[\w.\- ]{2,40}\b(?i:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct"
    r"|square|sq|suite|ste|parkway|pkwy|highway|hwy)\b"
)
_NO_WORD = re.compile(r"[\W_]+")


def shows_postal(text: str, postal: str) -> bool:
    """Whether a text has a postal address: the one that is told, however it is broken into lines; without one, what
    looks like one."""
    if not postal:
        return _POSTAL.search(text) is not None
    return _NO_WORD.sub("", postal.casefold()) in _NO_WORD.sub("", text.casefold())
