"""The trunk that sends faxes: what becomes of a call that is busy, that nobody takes, or where no fax answers; and a
whole transmission between two lines without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from masstransit.carriage.channel import DeliveryReport, NotSent, Sent
from masstransit.carriage.fax import pages
from masstransit.carriage.fax.faxes import Progress
from masstransit.carriage.fax.words import BROKEN_OFF, BUSY, NO_ANSWER, NO_FAX, word_of
from masstransit.carriage.voice.line import Ending, Line
from masstransit.channels.fax import spandsp
from masstransit.channels.fax.terminal import Job, SoundTerminal
from masstransit.channels.fax.transmission import Settings
from masstransit.channels.fax.trunk import FaxTrunk, TrunkSettings
from masstransit.clock import HandClock
from masstransit.errors import NotFound
from masstransit.model.call import Party
from masstransit.model.communication import Communication, Kind, Moment
from masstransit.model.decision import Cleared, Decision, Verdict
from tests.fax_documents import a_tiff
from tests.makers import NOON, an_sms

pytestmark = pytest.mark.skipif(bool(spandsp.amiss()), reason="libspandsp2 is not installed")
FAX = an_sms(kind=Kind.FAX, id="FX1")


def cleared(fax: Communication) -> Cleared:
    decision = Decision(
        id="DE1",
        subject=fax.id,
        account=fax.account,
        moment=Moment.OFFER,
        attempt=0,
        at=NOON,
        verdict=Verdict.ALLOW,
        findings=(),
        facts={},
        revision="test",
    )
    return Cleared(communication=fax, decision=decision)


class Wire:
    """A line to a terminal that is played here, faster than time."""

    trunk, answered, sound = "carrier", True, None

    def __init__(self, far: SoundTerminal | None, *, drops_after: int = 0) -> None:
        self._far, self._drops_after, self._turns = far, drops_after, 0
        self._over: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    async def over(self) -> Ending:
        return await asyncio.shield(self._over)

    async def hang_up(self, by: Party, status: int = 200) -> None:
        if not self._over.done():
            self._over.set_result(Ending(at=NOON, by=by, status=status))

    def answer_offers(self, answers: Callable[[str, str], str]) -> None:
        self.answers = answers

    async def offer(self, description: str) -> str | None:
        return None

    async def modem(self, modem: Any) -> None:
        heard: Sequence[bytes] = [bytes(320)]
        while True:
            said = await modem.turn(heard, 1)
            heard = [bytes(320)] if self._far is None else self._far.turn(said, 1)
            self._turns += 1
            if self._turns == self._drops_after:
                await self.hang_up(Party.CALLEE)
            await asyncio.sleep(0)


async def _unasked(*_: object, **__: object) -> None:
    raise AssertionError("a fax asks nothing else of a line")


for _name in ("answer", "ring", "play", "key", "forget_keys", "send", "who_answered", "bridge", "confer"):
    setattr(Wire, _name, _unasked)


class Record:
    """What is kept, as the trunk sees it."""

    def __init__(self, tries: int) -> None:
        self.row = SimpleNamespace(account=FAX.account, sid=FAX.id, tries=tries, quality="fine")
        self.told: list[tuple[Progress, bool]] = []
        self.tiff = a_tiff("sent by the trunk")

    async def began(self, account: str, sid: str) -> tuple[Any, bytes]:
        if not self.tiff:
            raise NotFound("The pages are gone")
        return self.row, self.tiff

    async def name_of(self, account: str, end_user: str | None) -> str:
        return "Owl Dental"

    async def tried(self, row: Any, progress: Progress, *, over: bool) -> None:
        self.told.append((progress, over))


class Reports:
    def __init__(self) -> None:
        self.reports: list[DeliveryReport] = []

    async def report(self, report: DeliveryReport) -> None:
        self.reports.append(report)

    async def receive(self, inbound: Any) -> None: ...


class Scene:
    def __init__(self, folder: Path, pool: ThreadPoolExecutor) -> None:
        self.arrivals = Reports()
        told = TrunkSettings(tries=2, busy_tries=3, pause=60.0, most=100.0)
        self.trunk = FaxTrunk(told, Settings(packets="refused"), pool=pool, clock=HandClock(NOON), folder=folder)
        self.trunk.connect(self.arrivals)

    async def deliver(self, placed: Line | Ending, *, tries: int = 1) -> tuple[Any, Record]:
        class Dialler:
            def crowded(self, account: str, number: str, beside: int = 0) -> str:
                return ""

            async def place(self, cleared: Cleared, *, ringing: Callable[[], None]) -> Line | Ending:
                return placed

        faxes = Record(tries)
        self.trunk.use(Dialler(), faxes)  # type: ignore[arg-type]
        return await self.trunk.deliver(cleared(FAX)), faxes


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    with ThreadPoolExecutor(2) as pool:
        yield Scene(tmp_path, pool)


def ended(status: int) -> Ending:
    return Ending(at=NOON, by=Party.CALLEE, status=status)


@pytest.mark.parametrize(
    ("status", "tries", "code", "permanent", "pause"),
    [
        (486, 1, BUSY, False, 60.0),
        (600, 2, BUSY, False, 100.0),  # later and later, up to a bound
        (486, 3, BUSY, True, 100.0),
        (480, 1, NO_ANSWER, False, 60.0),
        (408, 2, NO_ANSWER, True, 100.0),
        (404, 1, NO_FAX, True, 60.0),
        (503, 1, NO_FAX, False, 60.0),
    ],
)
async def test_what_a_call_that_is_not_taken_comes_to(
    scene: Scene, status: int, tries: int, code: int, permanent: bool, pause: float
) -> None:  # fmt: skip
    carried, faxes = await scene.deliver(ended(status), tries=tries)
    assert isinstance(carried, NotSent)
    assert (carried.code, carried.permanent, carried.retry_after) == (code, permanent, pause)
    assert [over for _, over in faxes.told] == [permanent]


async def test_a_house_without_a_free_line_does_not_count_as_a_try(scene: Scene) -> None:
    carried, faxes = await scene.deliver(Ending(at=NOON, by=Party.HOUSE, status=503), tries=40)
    assert isinstance(carried, NotSent)
    assert (carried.permanent, faxes.told[0][1]) == (False, False)


async def test_a_fax_that_goes_through_is_reported_once_its_end_is_on_record(scene: Scene, tmp_path: Path) -> None:
    there = tmp_path / "there.tif"
    with SoundTerminal(Job(takes=there, ident="+13055550100")) as far:
        carried, faxes = await scene.deliver(Wire(far))  # type: ignore[arg-type]
    assert carried == Sent((FAX.id,))
    ((progress, over),) = faxes.told
    assert (progress.done, progress.rate, progress.ecm, progress.far, over) == (1, 14_400, True, "+13055550100", True)
    (page,), (sent,) = pages.images_of(there.read_bytes()), pages.images_of(faxes.tiff)
    below = (0, 40, page.width, page.height)
    assert (page.size, page.crop(below).tobytes()) == (sent.size, sent.crop(below).tobytes())
    assert page.crop((0, 0, page.width, 40)).tobytes() != sent.crop((0, 0, page.width, 40)).tobytes()  # its line
    assert (scene.trunk.room, scene.arrivals.reports) == (9, [])
    scene.trunk.settled(cleared(FAX))
    await scene.trunk.drained()
    assert (scene.trunk.room, [report.state for report in scene.arrivals.reports]) == (10, ["delivered"])


@pytest.mark.parametrize(("tries", "permanent"), [(1, False), (2, True)])
async def test_a_fax_that_breaks_off_is_tried_once_more(
    scene: Scene, tmp_path: Path, tries: int, permanent: bool
) -> None:  # fmt: skip
    with SoundTerminal(Job(takes=tmp_path / "there.tif")) as far:
        carried, faxes = await scene.deliver(Wire(far, drops_after=600), tries=tries)  # type: ignore[arg-type]
    assert isinstance(carried, NotSent)
    assert (carried.code, carried.permanent) == (BROKEN_OFF, permanent)
    assert faxes.told[0][0].words == "The call dropped prematurely"


async def test_where_nothing_answers_as_a_fax_does_it_is_told_so(scene: Scene) -> None:
    carried, _ = await scene.deliver(Wire(None))  # type: ignore[arg-type]
    assert isinstance(carried, NotSent)
    assert (carried.code, "no fax machine" in carried.reason) == (NO_FAX, True)


async def test_a_fax_whose_pages_are_gone_is_not_tried(scene: Scene) -> None:
    faxes = Record(1)
    faxes.tiff = b""
    assert scene.trunk.amiss()
    scene.trunk.use(SimpleNamespace(), faxes)  # type: ignore[arg-type]
    assert not scene.trunk.amiss()
    carried = await scene.trunk.deliver(cleared(FAX))
    assert isinstance(carried, NotSent)
    assert carried.permanent


@pytest.mark.parametrize(
    ("status", "error", "state", "word"),
    [
        ("queued", None, "waiting", "queued"),
        ("queued", None, "sending", "sending"),
        ("accepted", None, "waiting", "queued"),
        ("sent", None, "over", "delivered"),
        ("delivered", None, "over", "delivered"),
        ("failed", BUSY, "over", "busy"),
        ("failed", NO_ANSWER, "over", "no-answer"),
        ("failed", NO_FAX, "over", "failed"),
        ("failed", 30036, "waiting", "failed"),
        ("canceled", None, "waiting", "canceled"),
        ("received", None, "over", "received"),
    ],
)
def test_a_fax_is_called_what_the_sdks_call_it(status: str, error: int | None, state: str, word: str) -> None:
    assert word_of(status, error, state=state) == word
