"""Facts about who may send as whom: rights to senders, numbering plans, campaigns, and where an account may send."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
import phonenumbers
from phonenumbers import PhoneNumberType
from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.model.address import E164, Address, AlphaSender, ShortCode
from masstransit.model.communication import Communication, Direction, Purpose, Subject
from masstransit.storage import agreements, registrations, senders
from masstransit.storage.engine import Database

_BRANDS_FRESH_FOR = timedelta(seconds=60)
_LOOKALIKES = str.maketrans("0134578", "oieastb")  # digits that stand for letters in a name
_TYPES = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "either",
    PhoneNumberType.TOLL_FREE: "toll-free",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.VOIP: "voip",
}
_PURPOSES: Mapping[str, Purpose] = {
    "2FA": Purpose.OTP,
    "MARKETING": Purpose.MARKETING,
    "SWEEPSTAKE": Purpose.MARKETING,
    "ACCOUNT_NOTIFICATION": Purpose.TRANSACTIONAL,
    "CUSTOMER_CARE": Purpose.TRANSACTIONAL,
    "DELIVERY_NOTIFICATION": Purpose.TRANSACTIONAL,
    "FRAUD_ALERT": Purpose.TRANSACTIONAL,
    "HIGHER_EDUCATION": Purpose.TRANSACTIONAL,
    "K12_EDUCATION": Purpose.TRANSACTIONAL,
    "POLLING_VOTING": Purpose.TRANSACTIONAL,
    "PUBLIC_SERVICE_ANNOUNCEMENT": Purpose.TRANSACTIONAL,
    "SECURITY_ALERT": Purpose.TRANSACTIONAL,
    "EMERGENCY": Purpose.EMERGENCY,
    "PROXY": Purpose.CONVERSATION,
}


def purpose_of(use_case: str) -> Purpose | None:
    """What a campaign's messages are for, by its registered use; None where the registration leaves it open (mixed,
    low volume), so that the strictest purpose counts."""
    return _PURPOSES.get(use_case.upper())


class SenderRight(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the records say about the account's right to a sender."""

    kind: str = "number"  #: number | short-code | alpha
    on_record: bool = False  #: it is in the inventory, or somebody of this customer asked for the name
    owned: bool = False  #: by this account or its owner
    state: str = ""  #: of a number: in-use, aging, hosted-pending ...; of a name: pending, registered, rejected
    sms: bool = True
    type: str = ""  #: local | mobile | toll-free | short-code
    region: str = ""
    verification: str = ""  #: of a toll-free number: "" | pending | verified | rejected
    campaign: str | None = None
    resembles_other: str = ""  #: the brand of another customer that a name looks like


class Numbering(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the numbering plans say of both ends."""

    sender_valid: bool = True
    sender_region: str = ""
    recipient_valid: bool = True
    recipient_region: str = ""
    recipient_type: str = ""  #: mobile | landline | either | toll-free | premium | voip | ""
    recipient_premium: bool = False


class NeverOriginate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether the sender is a number that only receives (DNO)."""

    listed: bool = False
    source: str = ""


class Campaign(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The registration that covers the communication."""

    sid: str = ""
    on_record: bool = False
    status: str = ""  #: PENDING | IN_PROGRESS | VERIFIED | FAILED | SUSPENDED
    use_case: str = ""
    brand_status: str = ""  #: PENDING | APPROVED | FAILED | SUSPENDED | ""
    age_gated: bool = False
    embedded_links: bool = False
    re_permission: bool = False  #: people are asked afresh whether they want to go on: many will say no


class GeoPermission(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether the account, or else its owner, has said that it sends to the recipient's country."""

    region: str = ""
    enabled: bool | None = None  #: None: it has not said


@lru_cache(maxsize=262_144)
def _line_type(number: E164) -> str:
    if not number.valid:
        return ""
    return _TYPES.get(phonenumbers.number_type(phonenumbers.parse(number.text)), "")


class NumberingPlans:
    """Learns `Numbering`, out of the numbering plans that the parser knows."""

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Numbering]:
        return [_numbering(s) if isinstance(s, Communication) else Numbering() for s in batch]


def _numbering(communication: Communication) -> Numbering:
    sender, recipient = communication.sender, communication.recipient
    to_number = isinstance(recipient, E164)
    return Numbering(
        sender_valid=not isinstance(sender, E164) or sender.valid,
        sender_region=sender.region if isinstance(sender, E164) else "",
        recipient_valid=recipient.valid if isinstance(recipient, E164) else isinstance(recipient, ShortCode),
        recipient_region=recipient.region if isinstance(recipient, E164) else "",
        recipient_type=_line_type(recipient) if isinstance(recipient, E164) else "",
        recipient_premium=to_number and isinstance(recipient, E164) and recipient.premium,
    )


def _senders(batch: Sequence[Subject]) -> set[Address]:
    return {s.sender for s in batch if isinstance(s, Communication) and s.direction is Direction.OUTBOUND}


def _owners(connection: Connection, batch: Sequence[Subject]) -> dict[str, set[str]]:
    """Each account with those whose records count for it: itself and its owner."""
    asked = {s.account for s in batch}
    parents = {row.account: row.parent for row in agreements.accounts_of(connection, asked)}
    return {account: {account, parents.get(account) or account} for account in asked}


class SenderRights:
    """Learns `SenderRight`, from the inventory and from the names that customers registered."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._brands: dict[str, set[str]] = {}  # a name's shape -> the root accounts whose brand it is
        self._brands_until: datetime | None = None

    async def learn(self, batch: Sequence[Subject]) -> Sequence[SenderRight]:
        used = _senders(batch)
        texts = {a.text for a in used if not isinstance(a, AlphaSender)}
        names = {a.text for a in used if isinstance(a, AlphaSender)}
        with_brands = bool(names) and (self._brands_until is None or self._brands_until <= self._clock.now())

        def look(connection: Connection) -> tuple[list[SenderRight], Sequence[Row[Any]]]:
            owners = _owners(connection, batch)
            every = set().union(*owners.values()) if owners else set()
            inventory = {row.number: row for row in senders.numbers_of(connection, texts)} if texts else {}
            asked = senders.alpha_senders_of(connection, every, names) if names else ()
            brands = registrations.brand_names(connection) if with_brands else ()
            return [_right(s, owners[s.account], inventory, asked) for s in batch], brands

        rights, brands = await self._database.read(look)
        if with_brands:
            self._remember(brands)
        if not names:
            return rights
        return [self._with_resemblance(s, right) for s, right in zip(batch, rights, strict=True)]

    def _remember(self, rows: Sequence[Row[Any]]) -> None:
        self._brands = {}
        for row in rows:
            if shape := shape_of(row.name):
                self._brands.setdefault(shape, set()).update({row.account, row.parent or row.account})
        self._brands_until = self._clock.now() + _BRANDS_FRESH_FOR

    def _with_resemblance(self, subject: Subject, right: SenderRight) -> SenderRight:
        if right.kind != "alpha" or not isinstance(subject, Communication):
            return right
        whose = self._brands.get(shape_of(subject.sender.text), set())
        if not whose or subject.account in whose:
            return right
        return msgspec.structs.replace(right, resembles_other=subject.sender.text)


def shape_of(name: str) -> str:
    """What a name looks like at a glance: letters only, case and digits that stand for letters folded."""
    return "".join(c for c in name.casefold().translate(_LOOKALIKES) if c.isalnum())


def _right(
    subject: Subject, owners: Collection[str], inventory: Mapping[str, Row[Any]], asked: Sequence[Row[Any]]
) -> SenderRight:
    if not isinstance(subject, Communication):
        return SenderRight()
    sender = subject.sender
    if isinstance(sender, AlphaSender):
        mine = [row.status for row in asked if row.sender == sender.text and row.account in owners]
        state = "registered" if "registered" in mine else (mine[0] if mine else "")
        return SenderRight(kind="alpha", on_record=bool(mine), owned=bool(mine), state=state)
    kind = "short-code" if isinstance(sender, ShortCode) else "number"
    row = inventory.get(sender.text)
    if row is None:
        return SenderRight(kind=kind)
    return SenderRight(
        kind=kind,
        on_record=True,
        owned=row.account in owners,
        state=row.state,
        sms=row.sms,
        type=row.type,
        region=row.region,
        verification=row.verification,
        campaign=row.campaign,
    )


class NeverOriginating:
    """Learns `NeverOriginate`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def learn(self, batch: Sequence[Subject]) -> Sequence[NeverOriginate]:
        texts = {a.text for a in _senders(batch) if isinstance(a, E164)}
        if not texts:
            return [NeverOriginate()] * len(batch)
        on = await self._database.read(lambda connection: senders.never_originating(connection, texts))
        return [
            NeverOriginate(listed=True, source=on[s.sender.text])
            if isinstance(s, Communication) and s.sender.text in on
            else NeverOriginate()
            for s in batch
        ]


class Campaigns:
    """Learns `Campaign`. A subaccount may use its owner's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Campaign]:
        sids = {sid for s in batch if (sid := _campaign(s))}
        if not sids:
            return [Campaign()] * len(batch)

        def look(connection: Connection) -> list[Campaign]:
            owners = _owners(connection, batch)
            rows = registrations.campaigns_by_sid(connection, sids)
            by_key = {(row.account, row.sid): row for row in rows}
            return [_as_campaign(_campaign(s), owners[s.account], by_key) for s in batch]

        return await self._database.read(look)


def _campaign(subject: Subject) -> str:
    return getattr(subject, "campaign", None) or ""


def _as_campaign(sid: str, owners: Collection[str], rows: Mapping[tuple[str, str], Row[Any]]) -> Campaign:
    row = next((rows[a, sid] for a in owners if (a, sid) in rows), None)
    if row is None:
        return Campaign(sid=sid)
    return Campaign(
        sid=sid,
        on_record=True,
        status=row.status,
        use_case=row.use_case.upper(),
        brand_status=row.brand_status or "",
        age_gated=row.age_gated,
        embedded_links=row.embedded_links,
        re_permission=bool((row.attrs or {}).get("re_permission")),
    )


class GeoPermissions:
    """Learns `GeoPermission`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def learn(self, batch: Sequence[Subject]) -> Sequence[GeoPermission]:
        regions = {region for s in batch if (region := _region(s))}
        if not regions:
            return [GeoPermission()] * len(batch)

        def look(connection: Connection) -> list[GeoPermission]:
            owners = _owners(connection, batch)
            every = set().union(*owners.values())
            rows = senders.geo_permissions_of(connection, every, regions)
            said = {(row.account, row.region): row.enabled for row in rows}
            return [_permission(s, owners[s.account], said) for s in batch]

        return await self._database.read(look)


def _region(subject: Subject) -> str:
    if isinstance(subject, Communication) and isinstance(subject.recipient, E164):
        return subject.recipient.region
    return ""


def _permission(subject: Subject, owners: Collection[str], said: Mapping[tuple[str, str], bool]) -> GeoPermission:
    region = _region(subject)
    if (subject.account, region) in said:
        return GeoPermission(region=region, enabled=said[subject.account, region])
    return GeoPermission(region=region, enabled=next((said[a, region] for a in owners if (a, region) in said), None))
