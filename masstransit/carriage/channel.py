"""What carriage asks of a channel, and what a channel hears back. The one who needs it defines it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Protocol, TypeAlias

import msgspec

from masstransit.model.address import Address
from masstransit.model.communication import Kind
from masstransit.model.decision import Cleared, Decision
from masstransit.model.letter import Letter
from masstransit.model.mail import Authentication


class Sent(msgspec.Struct, frozen=True):
    """A carrier took it, under these names (one a segment)."""

    carrier_ids: tuple[str, ...]


class NotSent(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier did not take it."""

    reason: str
    permanent: bool  #: True: no use in trying again, here or elsewhere
    code: int = 30008  #: the SDKs' error code
    retry_after: float = 1.0  #: seconds, where not permanent


Carried: TypeAlias = Sent | NotSent


class Trunk(Protocol):
    """A carrier link that delivers."""

    @property
    def name(self) -> str: ...

    @property
    def kinds(self) -> Kind:
        """What it can carry."""
        ...

    @property
    def prefixes(self) -> tuple[str, ...]:
        """E.164 prefixes that it serves, such as "+1"; empty: all."""
        ...

    @property
    def price(self) -> Decimal | None:
        """What it takes for a segment, in USD; None: not known."""
        ...

    @property
    def up(self) -> bool:
        """Whether it can take a message just now."""
        ...

    @property
    def room(self) -> int:
        """How many messages it could take at once just now (its window's rest)."""
        ...

    async def deliver(self, cleared: Cleared) -> Carried:
        """Hand a message to the carrier and wait for its answer. Raises `TrunkDown` when the link is lost before the
        answer came: nobody knows, and it is sent again. The slot in the window stays taken until `settled`."""
        ...

    def settled(self, cleared: Cleared) -> None:
        """What `deliver` answered is durably on record: its slot is free."""
        ...


class DeliveryReport(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier's DLR, already out of its wire format."""

    trunk: str
    carrier_id: str
    state: str  #: "delivered" | "failed" | "accepted" | "buffered" (still trying)
    error: int | None = None  #: the SDKs' error code when failed
    carrier_code: str = ""  #: the carrier's own, as it came
    at: datetime


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file that came with a person's message, as it came."""

    data: bytes
    name: str = ""
    content_type: str = ""  #: as its sender says


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """A person's message to one of our numbers (MO), whole: its segments are joined; or a mail, by its `letter`."""

    trunk: str
    sender: Address
    recipient: Address
    text: str
    at: datetime
    carrier_id: str = ""  #: by which a carrier's repeat of the same message is recognised
    binary: bytes | None = None
    files: tuple[File, ...] = ()  #: then a text is an MMS
    letter: Letter | None = None  #: of mail: what its head says
    authentication: Authentication | None = None  #: of mail: whether it is from whom it says
    html: str = ""  #: of mail: the same as a page
    headers: str = ""  #: of mail: its header as it came
    source: bytes = b""  #: of mail: all of it as it came
    words: str | None = None  #: what of the text its writer says now, without what it quotes; None: all of it
    automatic: bool = False  #: no person wrote it: it asks for nothing
    answered: bool = False  #: the carrier answers STOP, HELP and START itself; another answer would be one too many


class Arrivals(Protocol):
    """Where trunks hand in what comes from carriers. Both return when it is durably on record."""

    async def report(self, report: DeliveryReport) -> None: ...

    async def receive(self, inbound: Inbound) -> Decision | None: ...
