"""What the pages need of the house; `app.py` fills it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from masstransit.carriage.archive import Archive
from masstransit.carriage.budget import Budget, Reckon
from masstransit.carriage.business_days import BusinessDays
from masstransit.carriage.caller_ids import CallerIds
from masstransit.carriage.fax.faxes import Faxes
from masstransit.carriage.mailing.domains import MailDomains
from masstransit.carriage.mailroom.sources import Sources
from masstransit.carriage.media.unlocking import Unlocking
from masstransit.carriage.ongoing import Ongoing
from masstransit.carriage.reviewing import Reviewer
from masstransit.carriage.voice.scheduling import Scheduling
from masstransit.carriage.voicemail.deposits import Deposits
from masstransit.clock import Clock
from masstransit.console.errands import Errands
from masstransit.console.proving import Proving
from masstransit.counters import Counters
from masstransit.ledger import Ledger
from masstransit.model.communication import Knock
from masstransit.model.decision import Decision
from masstransit.model.edition import Edition
from masstransit.replay.editions import Change
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys


class InForce(Protocol):
    """The policy in force, which may change while the house serves: a rule steps down, and is put back."""

    @property
    def policy(self) -> tuple[Any, ...]: ...

    @property
    def own(self) -> Mapping[str, tuple[Any, ...]]: ...  # of accounts with terms of their own

    @property
    def revision(self) -> str: ...


class Exchange(Protocol):
    """The gate, as the pages see it."""

    async def admit(self, knock: Knock) -> Decision: ...


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator chose, as far as the pages act on it. The figures are defaults."""

    base_url: str = ""  #: as people reach us, without a slash at its end; "": as each request came in
    second_factor: bool = True  #: whether the desk's people need one; customers' people may have one
    capacity: int = 500  #: held messages that the desk can look at; more is shown as too many
    exposures: int = 40  #: harmful texts that one reviewer may uncover in a day
    mail: bool = False  #: whether notices go out by mail


class House(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that pages work with."""

    database: Database
    keys: Keys
    clock: Clock
    ledger: Ledger
    exchange: Exchange
    in_force: InForce  #: the gate
    reviewer: Reviewer
    caller_ids: CallerIds
    archive: Archive  #: the sound of recordings
    deposits: Deposits  #: what was left in mailboxes
    domains: MailDomains  #: by which customers send mail
    sources: Sources  #: of mail that arrived
    faxes: Faxes
    unlocking: Unlocking  #: passwords of locked files
    no_fax: Callable[[], str]  #: why none can be sent; "" where one can
    ongoing: Ongoing
    scheduling: Scheduling | None  #: calls that are to be made later; None: the house makes none
    counters: Counters
    reckon: Reckon
    edition: Edition | None = None
    business_days: BusinessDays = BusinessDays()
    budget: Budget  #: how much of what a rule stops people may find wrong
    stays: Mapping[str, str]  #: every rule, with why it never steps down by that; "" where it may
    settings: Settings = Settings()
    errands: Errands  #: commands of ours that run beside this process
    consider: Callable[[Sequence[Change]], None]  #: raises `ConfigError` for figures that can't be tried
    proving: Proving = msgspec.field(default_factory=Proving)  #: the ledger, once at a time
    released: Callable[[], None] = lambda: None  #: somebody let messages go: the courier looks
    stopping: Callable[[], bool] = lambda: False
