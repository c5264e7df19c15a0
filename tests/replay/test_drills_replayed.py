"""Real traffic under the whole policy, replayed: the same policy gives the same decisions, facts and all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from masstransit import config, serving
from masstransit.channels.loopback import LoopbackTrunk, Phones
from masstransit.clock import HandClock
from masstransit.desk.trial import Trial, trial
from masstransit.drills.drill import chosen
from masstransit.drills.scene import Scene
from masstransit.drills.stage import Stage
from masstransit.replay.editions import change
from masstransit.replay.replay import Asked

DAY = timedelta(days=1)


async def replayed(folder: Path, drill: str, *changes: str, read_again: Sequence[bool] = (False,)) -> list[Trial]:
    """A drill that was played, replayed under changes of the policy."""
    (picked,) = chosen(drill)
    scene = Scene(7, picked.name, lawful=picked.sort == "lawful")
    settings = config.Settings(data=str(folder), database=f"sqlite:///{folder / 'drill.db'}")
    clock, phones = HandClock(scene.start), Phones(())
    loopback = LoopbackTrunk(phones, clock, rest=clock.sleep)
    async with serving.at_work(settings, (loopback,), clock) as parts:
        await Stage(parts, scene, phones, loopback, clock).perform(picked.script(scene))
    asked = Asked(since=scene.start - DAY, until=clock.now() + DAY)
    told = [change(one) for one in changes]
    return [await trial(settings, asked, told, read_again=anew, progress=lambda _: None) for anew in read_again]


@pytest.mark.parametrize("drill", ["evening-in-new-york", "answers-that-are-no-stop", "fraud-alerts-and-recalls"])
async def test_the_record_of_a_drill_is_decided_again_as_it_was(tmp_path: Path, drill: str) -> None:
    for done in await replayed(tmp_path, drill, read_again=(False, True)):
        assert done.tally.replayed >= 40
        assert (done.tally.changed, done.tally.left_out, done.tally.stands) == (0, {}, {})
        assert len(done.tally.revisions) == 1


async def test_with_clause_7_in_shadow_the_evening_is_let_go(tmp_path: Path) -> None:
    (done,) = await replayed(tmp_path, "evening-in-new-york", "policy.7.mode=shadow")
    told = done.tally.rules["7.6"]
    assert told.newly_let_go == told.then > 0
    assert (told.now, told.shadow_now) == (0, done.tally.replayed)
