"""The trunk that sends faxes: each is a call that the house places, with a fax terminal for its voice.

A line that is busy is called again, later and later, so often as the law lets machines do that by themselves (47 CFR
68.318(b)); one that nobody takes, or where nothing answers as a fax does, once more.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Row

from masstransit.carriage.channel import Arrivals, Carried, DeliveryReport, NotSent, Sent
from masstransit.carriage.fax import pages
from masstransit.carriage.fax.faxes import Faxes, Progress
from masstransit.carriage.fax.heading import Heading, headed
from masstransit.carriage.fax.line import FaxLine
from masstransit.carriage.fax.words import BROKEN_OFF, BUSY, NO_ANSWER, NO_FAX
from masstransit.carriage.voice.line import Dialler, Ending, Line
from masstransit.channels.fax import spandsp
from masstransit.channels.fax.terminal import Job, Result
from masstransit.channels.fax.transmission import Settings, Transmission, workplace
from masstransit.clock import Clock
from masstransit.errors import NotFound
from masstransit.model import call as calls
from masstransit.model.call import Party
from masstransit.model.communication import Communication, Kind
from masstransit.model.decision import Cleared

log = logging.getLogger("masstransit.fax")

NAME = "fax"
_NOBODY = (404, 410, 484, 604)  # RFC 3261: nobody has this number
_UNTAKEN = (408, 480, 487)
_NEVER_HEARD = frozenset({2, 3, 8, 9})  # spandsp's codes: what answered is no fax that takes pages
_HANGS_UP_WITHIN = 5.0  # seconds


class TrunkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How faxes are sent."""

    window: int = 10  #: faxes at once
    rings: float = 60.0  #: seconds: 47 CFR 68.318(b)(3)
    tries: int = 2  #: 47 CFR 68.318(b)(1), (4): of a line that nobody takes, or no fax
    busy_tries: int = 15  #: 47 CFR 68.318(b)(1)
    pause: float = 300.0  #: seconds between two tries
    most: float = 3600.0  #: and at most, when it has grown
    price: Decimal | None = None  #: of a page, in USD


class FaxTrunk:
    """Implements `carriage.channel.Trunk`."""

    name = NAME
    kinds = Kind.FAX
    prefixes: tuple[str, ...] = ()

    def __init__(
        self,
        settings: TrunkSettings,
        how: Settings,
        *,
        pool: ThreadPoolExecutor,
        clock: Clock,
        folder: Path,
    ) -> None:
        """`folder` is where pages lie while they are sent."""
        self.price = settings.price
        self._settings = settings
        self._how = how
        self._pool = pool
        self._clock = clock
        self._folder = folder
        self._dialler: Dialler | None = None
        self._faxes: Faxes | None = None
        self._arrivals: Arrivals | None = None
        self._taken: set[str] = set()
        self._reports: dict[str, DeliveryReport] = {}  # of faxes whose end is not on record yet
        self._reporting: set[asyncio.Task[None]] = set()

    def connect(self, arrivals: Arrivals) -> None:
        """Where it is reported that a fax went through."""
        self._arrivals = arrivals

    def use(self, dialler: Dialler, faxes: Faxes) -> None:
        """By whom people are called, and who has the pages."""
        self._dialler, self._faxes = dialler, faxes

    @property
    def up(self) -> bool:
        """See there."""
        return not self.amiss()

    def amiss(self) -> str:
        """Why no fax can be sent; "" where one can."""
        if self._dialler is None:
            return "faxes can't be sent: no trunk is set up that carries calls"
        return spandsp.amiss()

    @property
    def room(self) -> int:
        """See there."""
        return self._settings.window - len(self._taken)

    def settled(self, cleared: Cleared) -> None:
        """See there. What went through is delivered: the other side confirmed every page."""
        self._taken.discard(cleared.communication.id)
        told = self._reports.pop(cleared.communication.id, None)
        if told is not None and self._arrivals is not None:
            task = asyncio.get_running_loop().create_task(self._arrivals.report(told))
            self._reporting.add(task)
            task.add_done_callback(self._reporting.discard)

    async def drained(self) -> None:
        """Return when every report is on record."""
        if self._reporting:
            await asyncio.wait(self._reporting)

    # --- one fax ------------------------------------------------------------------------------------------------------

    async def deliver(self, cleared: Cleared) -> Carried:
        """See there."""
        fax = cleared.communication
        self._taken.add(fax.id)
        if self._faxes is None or self._dialler is None:
            return NotSent(reason="no trunk here carries calls", permanent=False, retry_after=60.0, code=NO_FAX)
        try:
            row, tiff = await self._faxes.began(fax.account, fax.id)
        except NotFound as gone:
            return NotSent(reason=str(gone), permanent=True, code=30008)
        name = await self._faxes.name_of(fax.account, fax.end_user)
        began = time.monotonic()
        outcome, progress = await self._tried(cleared, row, tiff, name)
        progress = msgspec.structs.replace(progress, seconds=time.monotonic() - began)
        carried = self._answer(fax, row, outcome)
        over = isinstance(carried, Sent) or carried.permanent
        await self._faxes.tried(row, progress, over=over)
        return carried

    async def _tried(self, cleared: Cleared, row: Row[Any], tiff: bytes, name: str) -> tuple[_Outcome, Progress]:
        """A call, with the pages drawn before it: who answers does not wait for them."""
        fax = cleared.communication
        async with workplace(self._folder) as file:
            await asyncio.to_thread(_drawn, file, tiff, self._heading(fax, name), pages.QUALITIES[row.quality])
            line = await self._called(cleared)
            if isinstance(line, Ending):
                return _of_ending(line), Progress(words=f"the call ended with {line.status}")
            try:
                return await self._sent(line, Job(sends=file, ident=fax.sender.text))
            finally:
                await _hung_up(line)

    async def _sent(self, line: Line, job: Job) -> tuple[_Outcome, Progress]:
        if not isinstance(line, FaxLine):
            return _Outcome("what answered is no fax machine", NO_FAX), Progress(words="no sound goes through here")
        sending = Transmission(line, job, pool=self._pool, settings=self._how)
        result = await sending.run()
        return _of_result(result), _progress(result, packets=sending.by_packets)

    async def _called(self, cleared: Cleared) -> Line | Ending:
        if self._dialler is None:
            raise AssertionError("nobody calls")
        try:
            async with asyncio.timeout(self._settings.rings):
                return await self._dialler.place(cleared, ringing=_unheard)
        except TimeoutError:
            return Ending(at=self._clock.now(), by=Party.CALLER, status=_UNTAKEN[0])

    def _heading(self, fax: Communication, name: str) -> Heading:
        return Heading(at=self._clock.now(), name=name, number=fax.sender.text, to=fax.recipient.text)

    def _answer(self, fax: Communication, row: Row[Any], outcome: _Outcome) -> Carried:
        if not outcome.why:
            self._reports[fax.id] = DeliveryReport(
                trunk=NAME, carrier_id=fax.id, state="delivered", at=self._clock.now()
            )
            return Sent((fax.id,))
        most = self._settings.busy_tries if outcome.code == BUSY else self._settings.tries
        permanent = outcome.permanent or (row.tries >= most and not outcome.ours)
        pause = min(self._settings.pause * row.tries, self._settings.most)
        return NotSent(reason=outcome.why, permanent=permanent, code=outcome.code, retry_after=pause)


class _Outcome(msgspec.Struct, frozen=True):
    """What came of a try."""

    why: str  #: it did not go through; "": it did
    code: int = 0
    permanent: bool = False
    ours: bool = False  #: the house could not call: it is tried again for as long as the fax may wait


def _of_ending(ending: Ending) -> _Outcome:
    if ending.by is Party.HOUSE:
        return _Outcome("no line of ours is free", NO_FAX, ours=True)
    if ending.status in calls.BUSY:
        return _Outcome("the line is busy", BUSY)
    if ending.status in _NOBODY:
        return _Outcome("nobody has this number", NO_FAX, permanent=True)
    if ending.status in _UNTAKEN:
        return _Outcome("nobody took the call", NO_ANSWER)
    return _Outcome(f"the call could not be made ({ending.status})", NO_FAX)


def _of_result(result: Result) -> _Outcome:
    if result.well:
        return _Outcome("")
    if result.code in _NEVER_HEARD:
        return _Outcome("what answered is no fax machine that takes pages", NO_FAX)
    return _Outcome(f"the fax broke off after {result.sent} of {result.of} pages: {result.words}", BROKEN_OFF)


def _progress(result: Result, *, packets: bool) -> Progress:
    return Progress(
        done=result.sent, rate=result.rate, ecm=result.ecm, packets=packets, far=result.far, words=result.words
    )


def _drawn(file: Path, tiff: bytes, heading: Heading, rows: int) -> None:
    """The pages as they go out, each with its line at the top."""
    images = pages.images_of(tiff)
    made = [headed(image, heading.text(at, len(images)), rows) for at, image in enumerate(images, 1)]
    file.write_bytes(pages.tiff_of(made, rows))


async def _hung_up(line: Line) -> None:
    try:
        async with asyncio.timeout(_HANGS_UP_WITHIN):
            await line.hang_up(Party.CALLER)
            await line.over()
    except TimeoutError:
        log.warning("a fax's line did not hang up in time")


def _unheard() -> None:
    """That it rings is told to nobody."""
