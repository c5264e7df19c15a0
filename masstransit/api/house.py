"""What the API needs of the house; `app.py` fills it in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

import msgspec

from masstransit.carriage.archive import Archive
from masstransit.carriage.business_days import BusinessDays
from masstransit.carriage.caller_ids import CallerIds
from masstransit.carriage.chat.moderating import Moderating
from masstransit.carriage.chat.speaking import Speaking
from masstransit.carriage.fax.faxes import Faxes
from masstransit.carriage.mailing.domains import MailDomains
from masstransit.carriage.mailing.outbox import Outbox
from masstransit.carriage.mailroom.sources import Sources
from masstransit.carriage.media.intake import Media
from masstransit.carriage.media.mms import Mms
from masstransit.carriage.recording import Recordings
from masstransit.carriage.video.rooms import Rooms
from masstransit.carriage.voice.asking import Source
from masstransit.carriage.voice.conferences import Conferences
from masstransit.carriage.voice.live import Wish
from masstransit.carriage.voice.scheduling import Scheduling
from masstransit.carriage.voicemail.deposits import Deposits
from masstransit.carriage.voicemail.keeping import Mailboxes
from masstransit.clock import Clock
from masstransit.ledger import Ledger
from masstransit.model.communication import Communication, Knock
from masstransit.model.decision import Decision
from masstransit.model.edition import Edition
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys


class Admission(Protocol):
    """Who is asked about a knock at the door."""

    async def admit(self, knock: Knock) -> Decision: ...


class Offered(Protocol):
    """A communication with what was decided about it."""

    @property
    def communication(self) -> Communication: ...

    @property
    def decision(self) -> Decision: ...

    @property
    def repeated(self) -> bool:
        """An earlier offer had the same idempotency key; this is that one's decision."""
        ...


class Exchange(Admission, Protocol):
    """The one door for communications, as the API sees it. Every method raises `StorageUnavailable`."""

    async def offer(self, communication: Communication) -> Offered: ...

    async def rehearse(self, communication: Communication) -> Decision: ...

    async def cancel(self, account: str, sid: str) -> bool: ...


class Voice(Protocol):
    """The calls that go on here: `carriage.voice.live.LiveCalls`."""

    def crowded(self, account: str, number: str) -> str:
        """Why one more call of an account would be too many at once; "" where it would not."""
        ...

    async def call(self, call: Communication, wish: Wish) -> Decision:
        """Offer a call and, where the gate lets it out, begin it. Raises `StorageUnavailable`."""
        ...

    @property
    def conferences(self) -> Conferences:
        """Where these calls meet."""
        ...

    def redirect(self, account: str, sid: str, source: Source) -> None:
        """Raises `Conflict`."""
        ...

    def end(self, account: str, sid: str, *, unanswered_only: bool) -> None:
        """Raises `Conflict`."""
        ...

    async def ended(self, account: str, sid: str) -> None:
        """Return when the call is over and on record; at once for one that does not go on here."""
        ...


class InForce(Protocol):
    """The policy in force, which may change while the house serves: a rule steps down, and is put back."""

    @property
    def policy(self) -> tuple[Any, ...]:
        """Its clauses, to be shown."""
        ...

    @property
    def revision(self) -> str: ...


class Chat(Protocol):
    """What carries chat: `masstransit.chatting.Chatting`."""

    @property
    def speaking(self) -> Speaking: ...

    @property
    def moderating(self) -> Moderating: ...


class Feedback(Protocol):
    """Who hears what customers say became of their messages. Raises `StorageUnavailable`."""

    async def take(self, message: Any, said: str, at: datetime) -> None: ...


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator chose, as far as the API acts on it."""

    domain: str = "masstransit.example"  #: products are reached as api.DOMAIN, messaging.DOMAIN ...
    base_url: str = ""  #: as customers see us, without a slash at its end; "": as each request came in
    allow_private: bool = False  #: whether webhooks may go to private and loopback addresses
    mail: bool = False  #: whether notices go out by mail
    largest_body: int = 65_536  #: bytes of a request
    largest_mail: int = 26_214_400  #: bytes of a mail, as SMTP takes it (RFC 1870)


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """What mail is sent by, and what arrived is read by."""

    outbox: Outbox
    domains: MailDomains
    files: Media
    sources: Sources


class House(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that endpoints work with."""

    database: Database
    keys: Keys
    clock: Clock
    exchange: Exchange
    feedback: Feedback
    caller_ids: CallerIds
    ledger: Ledger
    in_force: InForce  #: the gate
    recordings: Recordings
    archive: Archive
    mailboxes: Mailboxes
    deposits: Deposits
    post: Post | None = None  #: None: no mail is carried
    voice: Voice | None = None  #: None: no trunk carries calls
    scheduling: Scheduling | None = None  #: calls that are to be made later; None: no trunk carries calls
    chat: Chat | None = None  #: None: no conversations are carried
    video: Rooms | None = None  #: None: no video is served
    faxes: Faxes | None = None  #: None: no faxes are kept here
    no_fax: Callable[[], str] = lambda: ""  #: why no fax can be carried; "" where one can
    mms: Mms | None = None  #: None: no files are taken in here
    edition: Edition | None = None
    business_days: BusinessDays = BusinessDays()  #: by when an appeal is decided
    settings: Settings = Settings()
