"""The loopback carrier: phones that receive, and phones that fail on request."""

from __future__ import annotations

import asyncio

import pytest

from masstransit.carriage.channel import Carried, DeliveryReport, Inbound, NotSent, Sent
from masstransit.channels import loopback
from masstransit.channels.loopback import Behaviour, LoopbackTrunk, Phones
from masstransit.clock import HandClock
from masstransit.errors import BadAddress, NotFound, StorageUnavailable
from masstransit.model.communication import Communication
from masstransit.model.decision import Cleared, Decision, Verdict
from tests.makers import NOON, RECIPIENT, SENDER, an_sms


class Heard:
    """What the carrier brought."""

    def __init__(self) -> None:
        self.reports: list[DeliveryReport] = []
        self.inbound: list[Inbound] = []
        self.lost = 0

    async def report(self, report: DeliveryReport) -> None:
        if self.lost:
            self.lost -= 1
            raise StorageUnavailable("gone")
        self.reports.append(report)

    async def receive(self, inbound: Inbound) -> None:
        self.inbound.append(inbound)


class World:
    def __init__(self) -> None:
        self.phones = Phones([RECIPIENT])
        self.trunk = LoopbackTrunk(self.phones, HandClock(NOON))
        self.heard = Heard()
        self.trunk.connect(self.heard)

    async def carries(self, message: Communication) -> Carried:
        cleared = Cleared(communication=message, decision=allowed(message))
        answer = await self.trunk.deliver(cleared)
        self.trunk.settled(cleared)
        await asyncio.gather(*self.trunk._reporting)
        return answer


def allowed(message: Communication) -> Decision:
    return Decision(
        id="DE1",
        subject=message.id,
        account=message.account,
        moment=message.moment,
        attempt=0,
        at=NOON,
        verdict=Verdict.ALLOW,
        findings=(),
        facts={},
        revision="test",
    )


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(loopback, "_REPORT_AFTER", 0.0)
    monkeypatch.setattr(loopback, "_REPORT_AGAIN", (0.0, 0.0, 0.0))
    return World()


async def test_a_phone_shows_what_it_receives_and_reports(world: World) -> None:
    answer = await world.carries(an_sms())
    assert isinstance(answer, Sent)
    assert [shown.text for shown in world.phones.phone(RECIPIENT).messages] == ["Your parcel is here."]
    (report,) = world.heard.reports
    assert (report.state, report.carrier_id) == ("delivered", answer.carrier_ids[0])
    assert world.trunk.room == 200


@pytest.mark.parametrize(
    ("behaviour", "code", "permanent"), [(Behaviour.UNKNOWN, 30005, True), (Behaviour.BUSY, 30008, False)]
)
async def test_a_phone_that_is_unknown_or_busy_is_not_sent_to(
    world: World, behaviour: Behaviour, code: int, *, permanent: bool
) -> None:
    world.phones.phone(RECIPIENT).behaviour = behaviour
    answer = await world.carries(an_sms())
    assert isinstance(answer, NotSent)
    assert (answer.code, answer.permanent, world.heard.reports) == (code, permanent, [])


async def test_a_phone_that_is_switched_off_is_reported_so(world: World) -> None:
    world.phones.phone(RECIPIENT).behaviour = Behaviour.SWITCHED_OFF
    assert isinstance(await world.carries(an_sms()), Sent)
    assert [(r.state, r.error) for r in world.heard.reports] == [("failed", 30003)]
    assert not world.phones.phone(RECIPIENT).messages


async def test_a_number_without_a_phone_is_unknown(world: World) -> None:
    answer = await world.carries(an_sms(recipient="+12125550199"))
    assert isinstance(answer, NotSent)
    assert answer.code == 30005


async def test_a_report_that_was_not_taken_is_brought_again(world: World) -> None:
    world.heard.lost = 2
    await world.carries(an_sms())
    assert len(world.heard.reports) == 1


async def test_a_person_writes_from_a_phone(world: World) -> None:
    watched = world.phones.watch()
    first = asyncio.ensure_future(anext(watched))
    await asyncio.sleep(0)
    shown = await world.trunk.answer(RECIPIENT, SENDER, "STOP")
    assert (shown.direction, await first) == ("sent", (RECIPIENT, shown))
    (inbound,) = world.heard.inbound
    assert (inbound.sender.text, inbound.recipient.text, inbound.text) == (RECIPIENT, SENDER, "STOP")
    await watched.aclose()  # type: ignore[attr-defined]


async def test_nobody_writes_from_a_phone_that_is_not_there_or_to_nowhere(world: World) -> None:
    with pytest.raises(NotFound):
        await world.trunk.answer("+12125550199", SENDER, "x")
    with pytest.raises(BadAddress):
        await world.trunk.answer(RECIPIENT, "+", "x")
