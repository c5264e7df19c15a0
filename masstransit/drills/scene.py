"""Who takes part in a drill: customers with what they have on record, and people. A seed draws them all.

What is put on record here is what a lawful customer of that kind would have: an accepted agreement, a brand, a verified
campaign, numbers on it. A scenario says what is otherwise.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from masstransit.carriage.media.pictures import anew
from masstransit.drills import wording
from masstransit.drills.acts import (
    Act,
    Answer,
    Course,
    Dial,
    Fax,
    Handset,
    Incoming,
    Knocking,
    Line,
    Mailed,
    Offer,
    Registry,
    Row,
    Seen,
    Talk,
    Talker,
    Wait,
)
from masstransit.drills.enclosures import File
from masstransit.model.caller import Verification
from masstransit.model.communication import Purpose

#: Area codes of people and of senders; with 555-01xx, which is given to nobody, a hundred numbers each.
_PEOPLE = (
    "212", "213", "214", "216", "303", "305", "310", "312", "317", "323", "404", "410", "414", "425", "480", "502",
    "503", "508", "512", "602", "612", "614", "615", "617", "646", "651", "678", "702", "704", "713", "718", "720",
    "773", "786", "816", "917", "919",
)  # fmt: skip
_SENDERS = ("415", "510", "619", "626", "707", "818", "858", "916", "925", "949")
_CANADA = ("416", "604", "514", "613", "403", "902")
_YEAR = 400  # days that a customer has been here, unless it is new
_FIRST_DAY = datetime(2026, 3, 3, tzinfo=UTC)  # a Tuesday


class Customer:
    """Somebody who sends: an account with its brand, campaign and numbers."""

    def __init__(self, scene: Scene, *, account: str, brand: str, campaign: str | None, numbers: Sequence[str]) -> None:
        self._scene = scene
        self.account = account
        self.brand = brand
        self.campaign = campaign
        self.numbers = tuple(numbers)

    def text(
        self,
        person: str,
        text: str,
        purpose: str | None = None,
        *,
        sender: str | None = None,
        campaign: str | None = None,
        end_user: str | None = None,
        key: str | None = None,
        files: Sequence[File] = (),
        bystander: bool = False,
        counted: bool = True,
    ) -> Offer:
        """A message to somebody, from its first number unless told otherwise."""
        return Offer(
            id=self._scene.sid("MM" if files else "SM"),
            account=self.account,
            sender=sender or self.numbers[0],
            recipient=person,
            text=text,
            purpose=None if purpose is None else Purpose(purpose),
            campaign=campaign,
            end_user=end_user,
            key=key,
            files=tuple(files),
            bystander=bystander,
            counted=counted,
        )

    def mail(
        self, person: str, subject: str, text: str, purpose: str | None = None, *, sender: str = "", **told: Any
    ) -> Mailed:
        """A mail to somebody, from its own domain unless told otherwise; `told` as `acts.Mailed` has it."""
        return Mailed(
            account=self.account, sender=sender or f"{self.brand} <hello@{self.domain}>", recipient=person,
            subject=subject, text=text, purpose=None if purpose is None else Purpose(purpose), **told,
        )  # fmt: skip

    @property
    def domain(self) -> str:
        """Of its mail, once it is on record (`Scene.mail_domain`)."""
        return f"{''.join(filter(str.isalnum, self.brand.lower()))}-{self.account[-6:]}.example"

    def conversation(self, *people: str) -> str:
        """A conversation of these people of the customer's; its SID."""
        return self._scene.conversation(self, people)

    def line(self, author: str, conversation: str, text: str, **more: Any) -> Line:
        """One of its people says something."""
        return Line(
            id=self._scene.sid("IM"), account=self.account, author=author, conversation=conversation, text=text, **more
        )

    def call(self, person: str, *, sender: str | None = None, **course: Any) -> Dial:
        """A call to somebody, from its first number unless told otherwise; `course` is how it goes (`acts.Dial`)."""
        return Dial(
            id=self._scene.sid("CA"), account=self.account, sender=sender or self.numbers[0], recipient=person, **course
        )

    def fax(
        self, person: str, *words: str, picture: bool = False, purpose: str | None = None, bystander: bool = False
    ) -> Fax:
        """A fax to somebody, from its first number; the words of each page."""
        return Fax(
            id=self._scene.sid("FX"), account=self.account, sender=self.numbers[0], recipient=person, words=words,
            picture=picture, purpose=None if purpose is None else Purpose(purpose), bystander=bystander,
        )  # fmt: skip

    def is_called(self, caller: str, verification: Verification, *, bystander: bool = False) -> Incoming:
        """A carrier brings a call to its first number."""
        return Incoming(
            id=self._scene.sid("CA"), account=self.account, caller=caller, to=self.numbers[0],
            verification=verification, bystander=bystander,
        )  # fmt: skip

    def talk(self, *talkers: Talker, **how: Any) -> Talk:
        """A call of its own is under way; `how` as `acts.Talk` has it."""
        return Talk(id=self._scene.sid("CA"), account=self.account, talkers=talkers, **how)

    def knock(
        self, source: str, *, proven: bool, wants: str = "login", about: str = "", bystander: bool = False
    ) -> Knocking:
        """Somebody at the door in this account's name."""
        return Knocking(
            id=self._scene.sid("KN"), account=self.account, principal=self.account, source=source, wants=wants,
            proven=proven, about=about, bystander=bystander,
        )  # fmt: skip


class Scene:
    """Draws people and customers, and collects what comes on record with them."""

    def __init__(self, seed: int, name: str, *, lawful: bool = False) -> None:
        self.chance = random.Random(f"{seed}/{name}")
        self._lawful = lawful
        self.start = _FIRST_DAY + timedelta(
            days=7 * self.chance.randrange(8, 30) + self.chance.randrange(3),
            hours=17,
            minutes=self.chance.randrange(150),
        )  # a Tuesday to Thursday in which it is day from coast to coast
        self.now = self.start  #: the stage keeps it
        self.pending: list[Act] = []  #: what comes on record before the next act
        self._people = self._shuffled(_PEOPLE)
        self._canadians = self._shuffled(_CANADA)
        self._senders = self._shuffled(_SENDERS)
        self._homes = iter(self.chance.sample(range(1, 65_000), 4000))

    def _shuffled(self, areas: Sequence[str]) -> Iterator[str]:
        numbers = [f"+1{area}55501{line:02d}" for area in areas for line in range(100)]
        self.chance.shuffle(numbers)
        return iter(numbers)

    def sid(self, prefix: str) -> str:
        """A SID of this seed."""
        return f"{prefix}{self.chance.getrandbits(128):032x}"

    # --- people ---------------------------------------------------------------------------------------------------

    def person(self) -> str:
        """Somebody in the United States, where it is day when the drill begins."""
        return next(self._people)

    def canadian(self) -> str:
        """Somebody in Canada."""
        return next(self._canadians)

    def person_in(self, area: str) -> str:
        """Somebody with a number of one area code."""
        return f"+1{area}55501{self.chance.randrange(100):02d}"

    def people(self, count: int) -> list[str]:
        return [self.person() for _ in range(count)]

    def briton(self) -> str:
        """Somebody in the United Kingdom, by a number of the block from which numbering data take their example;
        those that Ofcom keeps for drama are in no plan."""
        return f"+447400123{self.chance.randrange(1000):03d}"

    def source(self) -> str:
        """An IP address of the blocks kept for documentation and testing (RFC 5737, RFC 2544)."""
        home = next(self._homes)
        return f"198.18.{home // 256}.{home % 256}"

    def ids(self, count: int) -> list[str]:
        """SIDs of somebody else's messages."""
        return [self.sid("SM") for _ in range(count)]

    # --- customers ------------------------------------------------------------------------------------------------

    def customer(
        self,
        *,
        brand: str | None = None,
        use_case: str = "MIXED",
        numbers: int = 1,
        days: int = _YEAR,
        accepted: bool = True,
        authorised: bool = True,
        rate: float | None = 500.0,
        parent: Customer | None = None,
        campaign: Mapping[str, Any] | None = None,
        number: Mapping[str, Any] | None = None,
        vertical: str = "",
        baa: bool = False,
        **account: Any,
    ) -> Customer:
        """A customer; `campaign` and `number` are columns that differ, `attrs` among them, and so is the rest of the
        account's. `use_case` "" is one without a campaign; `vertical` is its brand's trade as The Campaign Registry
        calls it; `baa`: it signed a business associate agreement."""
        since = self.now - timedelta(days=days)
        name = brand or self.chance.choice(wording.BRANDS)
        sid = self.sid("AC")
        self._put(
            "accounts", account=sid, parent=parent.account if parent else None, friendly_name=name, brand=name,
            rate=rate, created_at=since, updated_at=since,
            **{"proven": days >= _YEAR, **account},
        )  # fmt: skip
        if baa:
            self._put(
                "associate_agreements", account=sid, reference=f"BAA-{sid[-6:]}", scope=["any"], signed_at=since,
                ended_at=None,
            )  # fmt: skip
        if accepted and parent is None:
            self._put(
                "acceptances", account=sid, person=self.chance.choice(wording.NAMES), role="Director",
                authorised=authorised, method="click", source=self.source(), at=since,
            )  # fmt: skip
        made = (
            self._campaign(sid, name, use_case, since, {"vertical": vertical} | dict(campaign or {}))
            if use_case
            else None
        )
        own = [self.number(sid, made, **(number or {})) for _ in range(numbers)]
        return Customer(self, account=sid, brand=name, campaign=made, numbers=own)

    def _campaign(self, account: str, brand: str, use_case: str, since: datetime, differs: Mapping[str, Any]) -> str:
        registered, sid = self.sid("BN"), self.sid("QE")
        columns = dict(differs)
        trade = columns.pop("vertical", "")
        attrs: dict[str, Any] = {
            "description": f"Messages of {brand}.",
            "message_flow": "People opt in on the order page.",
        }
        self._put(
            "brands", account=account, sid=registered, name=brand, status=columns.pop("brand_status", "APPROVED"),
            created_at=since, updated_at=since, attrs={"vertical": trade} if trade else {},
        )  # fmt: skip
        self._put(
            "campaigns", account=account, sid=sid, brand=registered, use_case=use_case, embedded_links=True,
            created_at=since, updated_at=since, attrs=attrs | columns.pop("attrs", {}), **columns,
        )  # fmt: skip
        return sid

    def mail_domain(self, customer: Customer, *, proven: bool = True, postal: str = "") -> str:
        """The domain that a customer's mail is from: proven by a record in its zone, or only claimed."""
        self._put(
            "mail_domains", account=customer.account, domain=customer.domain, sid=self.sid("MD"), token="0" * 32,
            campaign=customer.campaign, postal=postal, proven_at=self.now if proven else None, checked_at=self.now,
            found="", created_at=self.now, updated_at=self.now,
        )  # fmt: skip
        return customer.domain

    def reader(self) -> str:
        """Somebody's mailbox."""
        return f"{self.chance.choice(wording.NAMES).lower()}.{self.chance.randrange(10**6):06d}@reader.test"

    def number(self, account: str | None, campaign: str | None = None, **differs: Any) -> str:
        """A number of the inventory, owned by an account or by nobody yet."""
        number = differs.pop("number", None) or next(self._senders)
        columns: dict[str, Any] = {
            "account": account, "sid": self.sid("PN") if account else None, "type": "local", "region": "US",
            "state": "in-use" if account else "available", "campaign": campaign, "friendly_name": number,
            "acquired_at": self.now - timedelta(days=90), "updated_at": self.now, "attrs": {},
        }  # fmt: skip
        self._put("numbers", number=number, **(columns | differs))
        return str(number)

    def second_campaign(self, customer: Customer, use_case: str, **differs: Any) -> str:
        """One more campaign of a customer, without numbers."""
        return self._campaign(customer.account, customer.brand, use_case, self.now - timedelta(days=90), differs)

    def mail_arrives(self, customer: Customer, domain: str) -> None:
        """A domain that a customer proved, and all of whose mail goes to its log."""
        since = self.now - timedelta(days=90)
        same = {"account": customer.account, "domain": domain}
        proven = {"proven_at": since, "created_at": since, "updated_at": since}
        self._put("mail_domains", **same, sid=self.sid("MD"), token="", **proven)
        self._put("mail_routes", **same, address=f"@{domain}", sid=self.sid("MR"), created_at=since)

    # --- what is on record ------------------------------------------------------------------------------------------

    def consent(
        self,
        customer: Customer,
        people: Iterable[str],
        *purposes: str,
        kind: str = "written",
        days: float = 60,
        **differs: Any,
    ) -> None:
        """People agreed to hear from a customer; without `purposes` to advertising and news about orders."""
        for person in people:
            given = self.now - timedelta(days=days)
            for purpose in purposes or ("marketing", "transactional"):
                columns = {
                    "kind": kind, "given_at": given, "medium": "web-form", "language": "en", "source": "198.51.100.7",
                    "campaign": customer.campaign or "", "proof": "form of the order page",
                }  # fmt: skip
                self._put("consents", account=customer.account, person=person, purpose=purpose, **(columns | differs))

    def may_show(self, customer: Customer, number: str, how: str) -> None:
        """The customer has proven that it may show a number from elsewhere when it calls: by a "code", by a "loa"."""
        since = self.now - timedelta(days=20)
        self._put(
            "caller_ids", account=customer.account, number=number, sid=self.sid("PN"), person=number, how=how,
            proven_at=since, expires_at=self.now + timedelta(days=100), created_at=since, updated_at=since,
        )  # fmt: skip

    def lives(self, customer: Customer, person: str, **where: str) -> None:
        """The customer has declared where a person is: `country`, `postcode`, `zone`."""
        self._put("contacts", account=customer.account, person=person, updated_at=self.now, **where)

    def end_user(self, customer: Customer, name: str, **differs: Any) -> None:
        """The customer has declared an end user that accepted the same terms."""
        since = self.now - timedelta(days=100)
        columns = {"terms_accepted_at": since, "first_seen_at": since}
        self._put("end_users", account=customer.account, end_user=name, **(columns | differs))

    def licensed(self, customer: Customer, trade: str, place: str = "US") -> None:
        """The operator has seen the customer's licence."""
        self._put(
            "licences", account=customer.account, trade=trade, place=place, number="L-1", authority="the state",
            valid_from=self.now - timedelta(days=200),
        )  # fmt: skip

    def conversation(self, customer: Customer, people: Sequence[str]) -> str:
        """A conversation, and who takes part."""
        sid, at = self.sid("CH"), {"created_at": self.now, "updated_at": self.now}
        self._put("conversations", account=customer.account, sid=sid, **at)
        for name in people:
            told = {"conversation": sid, "sid": self.sid("MB"), "name": name, "identity": name, "joined_at": self.now}
            self._put("chat_participants", account=customer.account, **told, **at)
        return sid

    def on_record(self, table: str, **values: Any) -> Row:
        """Something comes on record, as an act of its own."""
        return Row(table=table, values=values)

    def listed(self, picture: bytes, tier: str, **differs: Any) -> Row:
        """A picture is on somebody's list of known ones, by what it looks like."""
        ((looks, *_),) = anew(picture, "image/jpeg").hashes
        said = {"work": "", "holder": "", "listed": True, "listed_at": self.now - timedelta(days=1)} | differs
        return self.on_record("media_hashes", kind="pdq", hash=looks, source="a list", tier=tier, **said)

    def do_not_call(self, registry: str, region: str, people: Collection[str], *, days: float) -> Registry:
        """A do-not-call list that was loaded some days ago."""
        loaded = self.now - timedelta(days=days)
        return Registry(name=registry, region=region, loaded_at=loaded, people=tuple(people))

    def order(self, customer: Customer, scope: str, target: str, **differs: Any) -> Row:
        """An authority's order comes on record."""
        columns = {
            "scope": scope, "target": target, "authority": "Office of the Attorney General",
            "reference": f"CID-{self.chance.randint(1000, 9999)}", "verified": True, "gag": False, "since": self.now,
        }  # fmt: skip
        return Row(
            table="authority_orders", values={"account": customer.account, "order": self.sid("OR")} | columns | differs
        )

    def incident(self, target: str, what: str, **differs: Any) -> Row:
        """The operator puts on record that the platform was harmed, by whom staff was kept busy for hours."""
        columns = {"penalty": 0.0, "capacity": 0.0, "hours": 3.0, "route": False, "since": self.now, "until": None}
        return Row(
            table="incidents",
            values={"incident": self.sid("IN"), "target": target, "what": what} | columns | differs,
        )

    def rights_notice(self, customer: Customer, kind: str, material: str, work: str, **differs: Any) -> Row:
        """Somebody who holds a right in what a customer sends gives notice: of a text, or of a domain."""
        columns = {
            "holder": f"{self.chance.choice(wording.NAMES)} Rights Ltd", "complete": True, "since": self.now,
            "countered_at": None, "suit": False, "withdrawn_at": None,
        }  # fmt: skip
        told = {"account": customer.account, "notice": self.sid("RN"), "kind": kind, "target": material, "work": work}
        return Row(table="rights_notices", values=told | columns | differs)

    def _put(self, table: str, **values: Any) -> None:
        self.pending.append(Row(table=table, values=values))

    # --- words and time ---------------------------------------------------------------------------------------------

    def say(self, template: str, *, honest: bool = False, **slots: Any) -> str:
        """A text of this seed; see `wording.say`. In a lawful drill all are `honest`, else bystanders' are."""
        return wording.say(self.chance, template, honest=honest or self._lawful, **slots)

    def pick(self, options: Sequence[str], *, honest: bool = False, **slots: Any) -> str:
        """A text out of one of several templates."""
        return self.say(self.chance.choice(options), honest=honest, **slots)

    def link(self, about: str = "") -> str:
        return wording.link(self.chance, about)

    def home(self, customer: Customer) -> str:
        """A link to the customer's own domain."""
        return wording.home(self.chance, customer.brand)

    def disguise(self, text: str) -> str:
        return wording.disguise(self.chance, text)

    def mailing(
        self,
        customer: Customer,
        templates: Sequence[str],
        purpose: str | None,
        *,
        count: int,
        a_second: float = 25.0,
        known: bool = True,
        disguised: float = 0.0,
        bystander: bool = False,
        counted: bool = True,
        senders: Sequence[str] = (),
        end_user: str | None = None,
        enclosed: Callable[[], File] | None = None,
        **slots: Any,
    ) -> Course:
        """A customer writes to many, one text each out of the templates; returns what was seen of them.

        `known`: they are on the customer's records as people who agreed. `disguised` is the share of texts that are
        disguised. A slot that can be called is drawn anew for each text, and so is the file that is
        `enclosed`. `senders` take turns.
        """

        def offers() -> Iterator[Act]:
            for place in range(count):
                person = self.person()
                if known:
                    self.consent(customer, [person])
                drawn = {name: slot() if callable(slot) else slot for name, slot in slots.items()}
                text = self.pick(templates, honest=bystander, **({"brand": customer.brand} | drawn))
                yield customer.text(
                    person,
                    self.disguise(text) if self.chance.random() < disguised else text,
                    purpose,
                    sender=senders[place % len(senders)] if senders else None,
                    end_user=end_user,
                    files=[enclosed()] if enclosed else (),
                    bystander=bystander,
                    counted=counted,
                )

        return (yield from self.paced(offers(), a_second))

    def wait(self, **by: float) -> Wait:
        """Time passes: `wait(minutes=5)`."""
        return Wait(timedelta(**by).total_seconds())

    def until(self, hour: float, zone: str) -> Wait:
        """Wait for an hour of the day in a zone: the next time that the clock there shows it."""
        local = self.now.astimezone(ZoneInfo(zone))
        then = local.replace(hour=int(hour), minute=round(hour % 1 * 60), second=0, microsecond=0)
        if then <= local:
            then += timedelta(days=1)
        return Wait((then.astimezone(UTC) - self.now).total_seconds())

    def paced(self, acts: Iterable[Act], a_second: float) -> Course:
        """Acts at an even rate, those of two seconds together. Returns what was seen of them."""
        group = max(1, round(a_second * 2))
        seen: list[Seen] = []
        waiting: list[Act] = []
        for act in acts:
            waiting.append(act)
            if len(waiting) == group:
                seen += yield waiting
                waiting = []
                yield Wait(group / a_second)
        if waiting:
            seen += yield waiting
        return seen

    def answers(self, person: str, to: Offer, text: str) -> Answer:
        """A person writes back to whoever wrote."""
        return Answer(person=person, to=to.sender, text=text)

    def handset(self, person: str, behaviour: Any) -> Handset:
        return Handset(person=person, behaviour=behaviour)
