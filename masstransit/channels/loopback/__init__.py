"""A world of one machine: a carrier whose handsets are virtual phones.

The demo's trunk. A phone keeps what it received in memory; a person at the page (or a test) reads, answers, complains,
or has it fail: switched off (the carrier gives up), full, or slow to report.
"""

from __future__ import annotations

import asyncio
import enum
import secrets
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from masstransit.carriage.channel import Arrivals, Carried, DeliveryReport, File, Inbound, NotSent, Sent
from masstransit.carriage.media.sharing import Shared
from masstransit.clock import Clock
from masstransit.errors import NotFound, StorageUnavailable
from masstransit.model.address import parse
from masstransit.model.communication import Communication, Kind
from masstransit.model.decision import Cleared

_KEPT = 500  # messages a phone remembers
_WINDOW = 200
_REPORT_AGAIN = (1.0, 2.0, 5.0, 15.0, 60.0)  # seconds between tries
_REPORT_AFTER = 0.02  # seconds: a handset takes a moment


class Behaviour(enum.Enum):
    """What a phone does with a message."""

    RECEIVES = "receives"
    SWITCHED_OFF = "switched-off"  #: accepted by the carrier, never delivered: 30003
    UNKNOWN = "unknown"  #: refused by the carrier: 30005
    BUSY = "busy"  #: the carrier says: not now


class ShownMedium(msgspec.Struct, frozen=True, kw_only=True):
    """A picture or another file as a phone shows it."""

    content_type: str
    path: str  #: where the page has it from


class Shown(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from", "recipient": "to"}):
    """A message as a phone shows it."""

    id: str
    sender: str
    recipient: str
    text: str
    at: datetime
    direction: Literal["received", "sent"]
    media: tuple[ShownMedium, ...] = ()


class ShownCall(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from", "recipient": "to"}):
    """A call as a phone shows it."""

    id: str
    sender: str
    recipient: str
    at: datetime
    direction: Literal["received", "made"]
    state: Literal["ringing", "talking", "over"]
    heard: tuple[str, ...] = ()  #: what was said and played, in order


class Phone:
    """One virtual handset."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.behaviour = Behaviour.RECEIVES
        self.messages: deque[Shown] = deque(maxlen=_KEPT)


class Phones:
    """The handsets, and who watches them."""

    def __init__(self, numbers: Sequence[str]) -> None:
        self._phones = {number: Phone(number) for number in numbers}
        self._watchers: set[asyncio.Queue[tuple[str, Shown | ShownCall]]] = set()

    @property
    def all(self) -> Mapping[str, Phone]:
        return self._phones

    def add(self, number: str) -> None:
        """One more handset, unless it is there."""
        self._phones.setdefault(number, Phone(number))

    def phone(self, number: str) -> Phone:
        """Raises `NotFound`."""
        try:
            return self._phones[number]
        except KeyError:
            raise NotFound(f"there is no phone {number} here") from None

    def show(self, number: str, message: Shown) -> None:
        """Put a message on a phone's screen, and tell who watches."""
        self._phones[number].messages.append(message)
        self.tell(number, message)

    def tell(self, number: str, what: Shown | ShownCall) -> None:
        """Tell who watches."""
        for watcher in self._watchers:
            if watcher.full():
                watcher.get_nowait()  # who does not keep up misses the oldest; the page can load the list again
            watcher.put_nowait((number, what))

    async def watch(self) -> AsyncIterator[tuple[str, Shown | ShownCall]]:
        """Messages and calls on any phone, as they come; a call whenever something about it changes."""
        mine: asyncio.Queue[tuple[str, Shown | ShownCall]] = asyncio.Queue(maxsize=1000)
        self._watchers.add(mine)
        try:
            while True:
                yield await mine.get()
        finally:
            self._watchers.discard(mine)


class LoopbackTrunk:
    """The carrier of the virtual phones. Implements `carriage.channel.Trunk`.

    `rest` is how it waits before it reports; one that goes by a hand-moved clock is given that clock's `sleep`.
    """

    name = "loopback"
    up = True
    price: Decimal | None = None  # nobody pays here

    def __init__(
        self,
        phones: Phones,
        clock: Clock,
        *,
        beside_others: bool = False,
        rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.kinds = Kind.TEXT
        self.shared: Shared | None = None  #: by what links the phones' page shows files
        self.prefixes = tuple(phones.all) if beside_others else ()  # alone it serves all, and says who is not there
        self._phones = phones
        self._clock = clock
        self._rest = rest
        self._arrivals: Arrivals | None = None
        self._taken = 0
        self._reporting: set[asyncio.Task[None]] = set()

    def connect(self, arrivals: Arrivals) -> None:
        """Where reports and answers go."""
        self._arrivals = arrivals

    @property
    def room(self) -> int:
        return _WINDOW - self._taken

    async def deliver(self, cleared: Cleared) -> Carried:
        self._taken += 1
        communication = cleared.communication
        phone = self._phones.all.get(communication.recipient.text)
        if phone is None or phone.behaviour is Behaviour.UNKNOWN:
            return NotSent(reason="no such handset", permanent=True, code=30005)
        if phone.behaviour is Behaviour.BUSY:
            return NotSent(reason="the carrier is busy", permanent=False, retry_after=1.0)
        carrier_id = secrets.token_hex(8)
        if phone.behaviour is Behaviour.RECEIVES:
            self._phones.show(
                phone.number,
                Shown(
                    id=communication.id,
                    sender=communication.sender.text,
                    recipient=phone.number,
                    text=communication.on_air,
                    at=self._clock.now(),
                    direction="received",
                    media=self._shown(communication) if communication.kind is Kind.MMS else (),
                ),
            )
        task = asyncio.create_task(self._report(carrier_id, delivered=phone.behaviour is Behaviour.RECEIVES))
        self._reporting.add(task)
        task.add_done_callback(self._reporting.discard)
        return Sent((carrier_id,))

    def settled(self, cleared: Cleared) -> None:
        self._taken -= 1

    async def answer(self, number: str, to: str, text: str, files: Sequence[File] = ()) -> Shown:
        """A person at the phone writes to somebody, with pictures perhaps. Raises `NotFound` and `BadAddress`."""
        phone = self._phones.phone(number)
        inbound = Inbound(
            trunk=self.name,
            sender=parse(phone.number),
            recipient=parse(to),
            text=text,
            at=self._clock.now(),
            carrier_id=secrets.token_hex(8),
            files=tuple(files),
        )
        shown = Shown(
            id=inbound.carrier_id,
            sender=number,
            recipient=inbound.recipient.text,
            text=text,
            at=inbound.at,
            direction="sent",
            media=tuple(ShownMedium(content_type=file.content_type, path="") for file in files),
        )
        self._phones.show(number, shown)
        if self._arrivals is not None:
            await self._arrivals.receive(inbound)
        return shown

    def _shown(self, sent: Communication) -> tuple[ShownMedium, ...]:
        if self.shared is None:
            return ()
        way = self.shared.path
        return tuple(
            ShownMedium(content_type=file.content_type, path=way(sent.account, file.sid)) for file in sent.attachments
        )

    async def _report(self, carrier_id: str, *, delivered: bool) -> None:
        await self._rest(_REPORT_AFTER)
        if self._arrivals is None:
            return
        report = DeliveryReport(
            trunk=self.name,
            carrier_id=carrier_id,
            state="delivered" if delivered else "failed",
            error=None if delivered else 30003,
            carrier_code="000" if delivered else "027",
            at=self._clock.now(),
        )
        for pause in _REPORT_AGAIN:
            try:
                await self._arrivals.report(report)
                return
            except StorageUnavailable:  # a carrier reports again to who did not take it
                await self._rest(pause)
