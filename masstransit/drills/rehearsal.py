"""Runs drills one after the other, each in a house of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from masstransit import config
from masstransit.drills.drill import Drill
from masstransit.drills.reckoning import Result, reckon
from masstransit.drills.scene import Scene
from masstransit.drills.stage import Template, play

Told = Callable[[Drill, Result, float], None]


async def rehearse(drills: Sequence[Drill], seed: int, settings: config.Settings, told: Told) -> list[Result]:
    """Play drills with a seed under the operator's policy; `told` hears each as it ends, with the seconds it took."""
    results: list[Result] = []
    with Template(settings) as template, _quiet():
        await template.fill()
        for drill in drills:
            begun = time.monotonic()
            scene = Scene(seed, drill.name)
            result = reckon(drill, seed, await play(template, scene, drill.script(scene)))
            told(drill, result, time.monotonic() - begun)
            results.append(result)
    return results


@contextmanager
def _quiet() -> Iterator[None]:
    """What the house logs of a drill's thousands of refusals would hide the table."""
    logger = logging.getLogger("masstransit")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
