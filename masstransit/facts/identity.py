"""Facts about who may send as whom: rights to senders, numbering plans, campaigns, and where an account may send."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.facts.accounts import Kept
from masstransit.facts.consent import Roots
from masstransit.facts.fact import Fact
from masstransit.model.address import E164, Address, AlphaSender, ShortCode
from masstransit.model.communication import Communication, Direction, Kind, Purpose
from masstransit.model.subject import Subject
from masstransit.storage import caller_ids, registrations, senders
from masstransit.storage.engine import Database

_BRANDS_FRESH_FOR = timedelta(seconds=60)
_LOOKALIKES = str.maketrans("0134578l", "oieastbi")  # digits that stand for letters in a name; I, l and 1 are alike
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


class SenderRight(Fact, frozen=True, kw_only=True):
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
    proven: str = ""  #: by what, of a number from elsewhere that may be shown in calls: "code" | "call" | "loa"
    resembles_other: str = ""  #: the brand of another customer that a name looks like


class Numbering(Fact, frozen=True, kw_only=True):
    """What the numbering plans say of both ends."""

    sender_valid: bool = True
    sender_region: str = ""
    recipient_valid: bool = True
    recipient_region: str = ""
    recipient_type: str = ""  #: mobile | landline | either | toll-free | premium | voip | ""
    recipient_premium: bool = False


class NeverOriginate(Fact, frozen=True, kw_only=True):
    """Whether the sender is a number that only receives (DNO)."""

    listed: bool = False
    source: str = ""


class Campaign(Fact, frozen=True, kw_only=True):
    """The registration that covers the communication.

    What a campaign declares beyond its use is in its `attrs`: `re_permission`, `debt_collection`, `recurring`,
    `number_pool` (true or false), `exempt_as` ("financial", "healthcare"), `opt_in_message`, `segments_a_day`, and
    `unstated_purpose`, which is read where offers are dressed.
    """

    sid: str = ""
    on_record: bool = False
    status: str = ""  #: PENDING | IN_PROGRESS | VERIFIED | FAILED | SUSPENDED
    use_case: str = ""
    brand_status: str = ""  #: PENDING | APPROVED | FAILED | SUSPENDED | ""
    age_gated: bool = False
    embedded_links: bool = False
    re_permission: bool = False  #: people are asked afresh whether they want to go on: many will say no
    debt: bool = False  #: it collects debts (12 CFR part 1006)
    exempt_as: str = ""  #: the exemption it claims for free-to-recipient messages: financial | healthcare | ""
    recurring: bool = False  #: a programme that people join, so that it confirms their joining
    confirms: bool = False  #: ... and the words of that confirmation are on record
    segments_a_day: int = 0  #: what carriers allow the brand in a day; 0: nothing was told
    pool: bool = False  #: carriers approved that it sends over a pool of numbers

    @property
    def speaks(self) -> bool:  # it has terms of its own beyond its use
        return self.debt or bool(self.exempt_as) or self.recurring or self.segments_a_day > 0


class GeoPermission(Fact, frozen=True, kw_only=True):
    """Whether the account, or else its owner, has said that it sends to the recipient's country."""

    region: str = ""
    enabled: bool | None = None  #: None: it has not said


_ORIGINATES = NeverOriginate()
_NO_CAMPAIGN = Campaign()
_NOWHERE = GeoPermission()


class NumberingPlans:
    """Learns `Numbering`, out of the numbering plans that the parser knows."""

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Numbering]:
        return [_numbering(s.sender, s.recipient) if isinstance(s, Communication) else Numbering() for s in batch]


@lru_cache(maxsize=65_536)
def _numbering(sender: Address, recipient: Address) -> Numbering:
    to_number = recipient if isinstance(recipient, E164) else None
    return Numbering(
        sender_valid=not isinstance(sender, E164) or _exists(sender),
        sender_region=sender.region if isinstance(sender, E164) else "",
        recipient_valid=isinstance(recipient, ShortCode) if to_number is None else _exists(to_number),
        recipient_region="" if to_number is None else to_number.region,
        recipient_type="" if to_number is None else to_number.line,
        recipient_premium=to_number is not None and to_number.premium,
    )


def _exists(number: E164) -> bool:
    """Whether its plan allocates such a number. In North America an exchange never ends in 11: those are services
    (INC 95-0407-008, Central Office Code Assignment Guidelines), which the parser's patterns let through."""
    return number.valid and not (number.text.startswith("+1") and number.text[6:8] == "11")


def _senders(batch: Sequence[Subject]) -> set[Address]:
    """Those of whom it matters that they send: of people's texts it does not, of calls it does whoever calls."""
    return {
        s.sender
        for s in batch
        if isinstance(s, Communication) and (s.direction is Direction.OUTBOUND or s.kind.among(Kind.DIALLED))
    }


class BrandShapes:
    """Whose brand a name looks like, among all customers' brands; they are read once a minute."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._owners: dict[str, set[str]] = {}  # a name's shape -> the accounts whose brand it is
        self._until: datetime | None = None

    async def know(self) -> None:
        """Read them, where that was not done lately. Raises `StorageUnavailable`."""
        now = self._clock.now()
        if self._until is None or self._until <= now:
            self._remember(await self._database.read(registrations.brand_names))
            self._until = now + _BRANDS_FRESH_FOR

    def of_others(self, name: str, account: str) -> bool:
        """Whether a name looks like a brand, and not like this account's."""
        owners = self._owners.get(shape_of(name), set())
        return bool(owners) and account not in owners

    def _remember(self, rows: Sequence[Row[Any]]) -> None:
        self._owners = {}
        for row in rows:
            if shape := shape_of(row.name):
                self._owners.setdefault(shape, set()).update({row.account, row.parent or row.account})


class SenderRights(Kept[tuple[str, Address], SenderRight]):
    """Learns `SenderRight` of (account, sender), from the inventory and from the names that customers registered."""

    def __init__(self, database: Database, clock: Clock, roots: Roots) -> None:
        super().__init__(database, clock)
        self._roots = roots
        self._brands = BrandShapes(database, clock)

    async def learn(self, batch: Sequence[Subject]) -> Sequence[SenderRight]:
        asked = [(s.account, s.sender) if isinstance(s, Communication) else None for s in batch]
        if any(isinstance(one[1], AlphaSender) for one in asked if one is not None):
            await self._brands.know()
        found = await self.of(one for one in asked if one is not None)
        return [SenderRight() if one is None else found[one] for one in asked]

    def _look(
        self, connection: Connection, keys: Collection[tuple[str, Address]], now: datetime
    ) -> Mapping[tuple[str, Address], SenderRight]:
        texts = {sender.text for _, sender in keys if not isinstance(sender, AlphaSender)}
        names = {sender.text for _, sender in keys if isinstance(sender, AlphaSender)}
        owners = self._roots.owners(connection, {account for account, _ in keys})
        every = {owner for each in owners.values() for owner in each}
        inventory = {row.number: row for row in senders.numbers_of(connection, texts)} if texts else {}
        asked = senders.alpha_senders_of(connection, every, names) if names else ()
        elsewhere = {
            (owner, sender.text)
            for account, sender in keys
            if isinstance(sender, E164) and not _has(owners[account], inventory.get(sender.text))
            for owner in owners[account]
        }
        proven = caller_ids.proven(connection, elsewhere, now)
        return {
            (account, sender): self._name(account, sender, owners[account], asked)
            if isinstance(sender, AlphaSender)
            else _number(sender, owners[account], inventory.get(sender.text), proven)
            for account, sender in keys
        }

    def _name(
        self, account: str, sender: AlphaSender, owners: Collection[str], asked: Sequence[Row[Any]]
    ) -> SenderRight:
        mine = [row.status for row in asked if row.sender == sender.text and row.account in owners]
        state = "registered" if "registered" in mine else (mine[0] if mine else "")
        resembles = sender.text if self._brands.of_others(sender.text, account) else ""
        return SenderRight(kind="alpha", on_record=bool(mine), owned=bool(mine), state=state, resembles_other=resembles)


def shape_of(name: str) -> str:
    """What a name looks like at a glance: letters only, case and what stands for other letters folded."""
    return "".join(c for c in name.casefold().translate(_LOOKALIKES) if c.isalnum())


def _has(owners: Collection[str], row: Row[Any] | None) -> bool:
    return row is not None and row.account in owners


def _number(
    sender: Address, owners: Collection[str], row: Row[Any] | None, proven: Mapping[tuple[str, str], str]
) -> SenderRight:
    kind = "short-code" if isinstance(sender, ShortCode) else "number"
    how = next((proven[owner, sender.text] for owner in owners if (owner, sender.text) in proven), "")
    if row is None:
        return SenderRight(kind=kind, proven=how)
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
        proven=how,
    )


class NeverOriginating(Kept[str, str]):
    """Learns `NeverOriginate`."""

    async def learn(self, batch: Sequence[Subject]) -> Sequence[NeverOriginate]:
        sources = await self.of(a.text for a in _senders(batch) if isinstance(a, E164))
        if not any(sources.values()):
            return [_ORIGINATES] * len(batch)
        return [_never(sources.get(s.sender.text, "")) if isinstance(s, Communication) else _ORIGINATES for s in batch]

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, str]:
        on = senders.never_originating(connection, keys)
        return {text: on[text] or "listed" if text in on else "" for text in keys}


def _never(source: str) -> NeverOriginate:
    return NeverOriginate(listed=True, source=source) if source else _ORIGINATES


class Campaigns(Kept[tuple[str, str], Campaign]):
    """Learns `Campaign` of (account, its SID). A subaccount may use its owner's."""

    def __init__(self, database: Database, clock: Clock, roots: Roots) -> None:
        super().__init__(database, clock)
        self._roots = roots

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Campaign]:
        found = await self.of((s.account, sid) for s in batch if (sid := _campaign(s)))
        return [found.get((s.account, _campaign(s)), _NO_CAMPAIGN) for s in batch]

    def _look(
        self, connection: Connection, keys: Collection[tuple[str, str]], now: datetime
    ) -> Mapping[tuple[str, str], Campaign]:
        owners = self._roots.owners(connection, {account for account, _ in keys})
        rows = registrations.campaigns_by_sid(connection, {sid for _, sid in keys})
        by_key = {(row.account, row.sid): row for row in rows}
        return {(account, sid): _as_campaign(sid, owners[account], by_key) for account, sid in keys}


def _campaign(subject: Subject) -> str:
    return getattr(subject, "campaign", None) or ""


def _as_campaign(sid: str, owners: Collection[str], rows: Mapping[tuple[str, str], Row[Any]]) -> Campaign:
    row = next((rows[a, sid] for a in owners if (a, sid) in rows), None)
    if row is None:
        return Campaign(sid=sid)
    attrs = row.attrs or {}
    return Campaign(
        sid=sid,
        on_record=True,
        status=row.status,
        use_case=row.use_case.upper(),
        brand_status=row.brand_status or "",
        age_gated=row.age_gated,
        embedded_links=row.embedded_links,
        re_permission=bool(attrs.get("re_permission")),
        debt=bool(attrs.get("debt_collection")),
        exempt_as=str(attrs.get("exempt_as") or ""),
        recurring=bool(attrs.get("recurring")),
        confirms=bool(attrs.get("opt_in_message")),
        segments_a_day=_natural(attrs.get("segments_a_day")),
        pool=bool(attrs.get("number_pool")),
    )


def _natural(told: Any) -> int:
    """A count out of a document: 0 where it is none."""
    return told if isinstance(told, int) and not isinstance(told, bool) and told > 0 else 0


class GeoPermissions(Kept[tuple[str, str], GeoPermission]):
    """Learns `GeoPermission` of (account, country)."""

    def __init__(self, database: Database, clock: Clock, roots: Roots) -> None:
        super().__init__(database, clock)
        self._roots = roots

    async def learn(self, batch: Sequence[Subject]) -> Sequence[GeoPermission]:
        found = await self.of((s.account, region) for s in batch if (region := _region(s)))
        return [found.get((s.account, _region(s)), _NOWHERE) for s in batch]

    def _look(
        self, connection: Connection, keys: Collection[tuple[str, str]], now: datetime
    ) -> Mapping[tuple[str, str], GeoPermission]:
        owners = self._roots.owners(connection, {account for account, _ in keys})
        every = {owner for each in owners.values() for owner in each}
        rows = senders.geo_permissions_of(connection, every, {region for _, region in keys})
        said = {(row.account, row.region): row.enabled for row in rows}
        return {
            (account, region): GeoPermission(
                region=region, enabled=next((said[a, region] for a in owners[account] if (a, region) in said), None)
            )
            for account, region in keys
        }


def _region(subject: Subject) -> str:
    if isinstance(subject, Communication) and isinstance(subject.recipient, E164):
        return subject.recipient.region
    return ""
