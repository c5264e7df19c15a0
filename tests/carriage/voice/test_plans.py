"""What is kept of a call that is to be made later comes back as it was."""

from __future__ import annotations

import msgspec
import pytest

from masstransit.carriage.recording import Asked
from masstransit.carriage.recording_events import Listener
from masstransit.carriage.voice.asking import Boxed, Given, Where
from masstransit.carriage.voice.legs import Watch
from masstransit.carriage.voice.line import Cadence
from masstransit.carriage.voice.live import Detection, Wish
from masstransit.carriage.voice.plans import kept, plan_of, read
from masstransit.model.communication import Purpose, Voice
from tests.makers import NOON, a_call

HOOK = "https://example.com/voice"
CALL = a_call(
    channel="rest",
    principal="SK1",
    source="192.0.2.7",
    purpose=Purpose.TRANSACTIONAL,
    end_user="shop-7",
    voice=Voice.ARTIFICIAL,
    words="Hello",
)
FULL = Wish(
    source=Where(url=HOOK, method="GET", more={"a": "b"}, fallback=HOOK, fallback_method="GET"),
    watch=Watch(url=HOOK, method="GET", events=("ringing", "completed")),
    rings=20,
    longest=90,
    digits="ww12#",
    record=Asked(source="call", channels=2, papers={1: "file 7"}, listener=Listener(url=HOOK, base="https://a.test")),
    detect=Detection(cadence=Cadence(to_the_end=True, within=20.0), beside=True, told=Watch(url=HOOK)),
)


@pytest.mark.parametrize("wish", [FULL, Wish(source=Given("<Response/>")), Wish(source=Where(url=HOOK))])
def test_a_call_and_how_it_is_made_come_back_as_they_were(wish: Wish) -> None:
    plan = read(msgspec.json.decode(msgspec.json.encode(kept(plan_of(CALL, wish)))))
    assert plan.call(CALL.id, CALL.account, NOON) == CALL
    assert plan.wish() == wish


def test_what_the_house_says_itself_is_not_kept() -> None:
    with pytest.raises(TypeError):
        plan_of(CALL, Wish(source=Boxed(mailbox="MB1")))


def test_a_plan_that_can_not_be_read_is_told() -> None:
    with pytest.raises(msgspec.ValidationError):
        read({})
