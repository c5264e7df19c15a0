"""The domains by which customers send mail: claimed, proven by a TXT record, and signed for by keys of ours.

Nobody else than a domain's owner can put a record into its zone, so that who has ours there may send by it (clause 18).
The keys are made here and stay here, sealed; what the customer puts into the zone is their public half.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.mailing import signature
from masstransit.carriage.mailing.names import Names
from masstransit.carriage.mailing.signature import SigningKey
from masstransit.carriage.mailing.zone import Asks, ZoneRecord, dmarc_of, look, proof_of, spf_of
from masstransit.clock import Clock
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.facts.accounts import Kept
from masstransit.facts.consent import Roots
from masstransit.facts.links import domain_of as registrable
from masstransit.ledger import Ledger
from masstransit.model.letter import zones_of
from masstransit.model.sid import new_sid
from masstransit.storage import mail_domains, registrations
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{4,240}}$)(?:{_LABEL}\.)+{_LABEL}")
_MOST_DOMAINS = 1000  # of one account; a default
LONGEST_POSTAL = 512  # characters of a postal address


class Signer(msgspec.Struct, frozen=True):
    """Who signs mail of a domain: a domain that is proven, it or one above it, and its keys."""

    domain: str = ""
    keys: tuple[SigningKey, ...] = ()


class SigningKeys(Kept[tuple[str, str], Signer]):
    """The signers of (account, domain), their keys unsealed and remembered for a moment: the account's own, else its
    root's."""

    def __init__(self, database: Database, clock: Clock, keys: Keys, roots: Roots) -> None:
        super().__init__(database, clock, fresh_for=60.0)
        self._keys = keys
        self._roots = roots

    async def of_domain(self, account: str, domain: str) -> Signer:
        """Who signs an account's mail of a domain; a signer without keys where nobody does."""
        return (await self.of([(account, domain)]))[account, domain]

    def _look(
        self, connection: Connection, keys: Collection[tuple[str, str]], now: datetime
    ) -> Mapping[tuple[str, str], Signer]:
        return {(account, domain): self._of(connection, account, domain) for account, domain in keys}

    def _of(self, connection: Connection, account: str, domain: str) -> Signer:
        owners = self._roots.owners(connection, {account})[account]
        names = [(owner, zone) for zone in zones_of(domain) for owner in owners]
        proven = {name for name, row in mail_domains.of_names(connection, names).items() if row.proven_at is not None}
        for owner, zone in names:
            if (owner, zone) in proven:
                rows = mail_domains.keys_of(connection, owner, zone)
                return Signer(zone, tuple(self._opened(row) for row in rows))
        return Signer()

    def _opened(self, row: Row[Any]) -> SigningKey:
        return signature.opened(row.selector, row.algorithm, self._keys.unseal(row.private_sealed))

    def _keeps(self, fact: Signer) -> bool:
        return bool(fact.keys)


class MailDomains:
    """Keeps them. `asks` is what the operator has them publish."""

    def __init__(
        self, *, database: Database, keys: Keys, clock: Clock, ledger: Ledger, names: Names, asks: Asks | None = None
    ) -> None:
        self.asks = asks or Asks()
        self._database = database
        self._keys = keys
        self._clock = clock
        self._ledger = ledger
        self._names = names

    async def claim(self, account: str, name: str, *, campaign: str | None = None, postal: str = "") -> Row[Any]:
        """A customer wants to send by a domain. One that it claimed before is told again, with what is new of it.
        Raises `BadInput`, `NotFound`, `Conflict`."""
        domain = read_domain(name)
        if len(postal) > LONGEST_POSTAL:
            raise BadInput(f"'PostalAddress' has {LONGEST_POSTAL} characters at most.", field="PostalAddress")
        now = self._clock.now()
        row = {
            "account": account, "domain": domain, "sid": new_sid("MD"), "token": secrets.token_hex(16),
            "campaign": campaign, "postal": postal, "proven_at": None, "checked_at": None, "found": "",
            "created_at": now, "updated_at": now,
        }  # fmt: skip
        made = await asyncio.to_thread(new_keys, self._keys, account, domain, now)  # a prime takes its time

        def keep(connection: Connection) -> Row[Any]:
            if campaign is not None and not _has_campaign(connection, account, campaign):
                raise NotFound(f"The campaign {campaign[:34]} was not found")
            if mail_domains.count(connection, account) >= _MOST_DOMAINS:
                raise Conflict(f"An account has {_MOST_DOMAINS} domains at the most; remove one first")
            changes = {name: value for name, value in (("campaign", campaign), ("postal", postal)) if value}
            if not mail_domains.add(connection, row, made) and changes:
                mail_domains.change(connection, account, domain, changes | {"updated_at": now})
            self._ledger.record(connection, account, "mail-domain", domain, {"claimed": True, **changes}, now)
            return told(mail_domains.of_name(connection, account, domain))

        return await self._database.write(keep)

    async def records(self, row: Row[Any]) -> Sequence[ZoneRecord]:
        """What belongs into the zone of a claimed domain, and what the last look found of it."""
        return (await self.records_of([row]))[row.domain]

    async def records_of(self, rows: Sequence[Row[Any]]) -> Mapping[str, Sequence[ZoneRecord]]:
        """The same of several domains of one account, by their names."""

        def read(connection: Connection) -> Mapping[str, Sequence[Row[Any]]]:
            return {row.domain: mail_domains.keys_of(connection, row.account, row.domain) for row in rows}

        keys = await self._database.read(read)
        return {row.domain: self._as_found(row, keys[row.domain]) for row in rows}

    def _as_found(self, row: Row[Any], keys: Sequence[Row[Any]]) -> Sequence[ZoneRecord]:
        found = {(each["use"], each["name"]): each for each in row.zone or ()}
        return [
            msgspec.structs.replace(each, state=then["state"], said=then["said"])
            if (then := found.get((each.use, each.name))) is not None
            else each
            for each in self._wanted(row, keys)
        ]

    def _wanted(self, row: Row[Any], keys: Sequence[Row[Any]]) -> Sequence[ZoneRecord]:
        return (
            proof_of(row.domain, row.token),
            *(
                ZoneRecord(
                    name=f"{key.selector}._domainkey.{row.domain}",
                    text=signature.record_of(key.algorithm, key.public),
                    use="dkim",
                )
                for key in keys
            ),
            *spf_of(row.domain, self.asks),
            dmarc_of(row.domain, self.asks),
        )

    async def prove(self, account: str, sid: str) -> Row[Any]:
        """Look which of its records are there; it is its customer's once the proof is. What is proven stays so; the row
        says when, or what is wrong. Raises `NotFound`."""
        row = await self._database.read(lambda c: mail_domains.find(c, account, sid))
        if row is None:
            raise NotFound(f"The domain {sid[:34]} was not found")
        found = await look(self._names, row.domain, await self.records(row), self.asks)
        wrong, now = _wrong(found[0]), self._clock.now()
        seen = [{"use": each.use, "name": each.name, "state": each.state, "said": each.said} for each in found]

        def keep(connection: Connection) -> Row[Any]:
            mail_domains.prove(connection, account, row.domain, now, wrong, seen)
            if not wrong:
                self._ledger.record(connection, account, "mail-domain", row.domain, {"proven": True}, now)
            return told(mail_domains.of_name(connection, account, row.domain))

        return await self._database.write(keep)

    async def remove(self, account: str, sid: str) -> None:
        """Forget a domain with its keys. Raises `NotFound`."""
        now = self._clock.now()

        def forget(connection: Connection) -> None:
            row = mail_domains.find(connection, account, sid)
            if row is None or not mail_domains.remove(connection, account, row.domain):
                raise NotFound(f"The domain {sid[:34]} was not found")
            self._ledger.record(connection, account, "mail-domain", row.domain, {"removed": True}, now)

        await self._database.write(forget)


def new_keys(keys: Keys, account: str, domain: str, now: datetime) -> list[dict[str, Any]]:
    """A signing key of each kind, under a selector of its own, as rows. It takes some tenths of a second."""
    rows = []
    for algorithm in signature.ALGORITHMS:
        private, public = signature.make(algorithm)
        rows.append(
            {
                "account": account, "domain": domain, "algorithm": algorithm,
                "selector": f"mt{now:%y%m}{algorithm[0]}{secrets.token_hex(2)}",
                "private_sealed": keys.seal(private), "public": public, "created_at": now,
            }
        )  # fmt: skip
    return rows


def read_domain(name: str) -> str:
    """A domain by which mail can be sent, in lower case, in ASCII (RFC 5890). Raises `BadInput`."""
    try:
        domain = name.strip().rstrip(".").lower().encode("idna").decode("ascii") if name else ""
    except UnicodeError:
        domain = ""
    if not _NAME.fullmatch(domain) or not registrable(domain):
        raise BadInput(f"'{name[:64]}' is no domain that somebody can own, such as mail.example.com.", field="Domain")
    return domain


def told(row: Row[Any] | None) -> Row[Any]:
    """A row that is there. Raises `NotFound`."""
    if row is None:
        raise NotFound("The domain was not found")
    return row


def _has_campaign(connection: Connection, account: str, sid: str) -> bool:
    return any(row.account == account for row in registrations.campaigns_by_sid(connection, {sid}))


def _wrong(proof: ZoneRecord) -> str:
    """What is wrong with a domain's proof, in a sentence; "" for nothing."""
    if proof.state == "published":
        return ""
    if proof.state == "unknown":
        return proof.said
    others = "; it has others" if proof.state == "different" else ""
    return f"{proof.name} has no TXT record '{proof.text}'{others}"
