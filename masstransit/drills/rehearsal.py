"""Runs drills, each in a house of its own: one after the other, or spread over processes where there are many.

A drill's course depends on its seed and name alone, so that it is the same in whichever process it runs.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager

import uvloop

from masstransit import config
from masstransit.drills.drill import Drill
from masstransit.drills.reckoning import Result, reckon
from masstransit.drills.scene import Scene
from masstransit.drills.stage import Template, play, template

Told = Callable[[Result, float], None]

_MANY = 8  # drills for which it is worth starting processes
_MOST = 4  # processes: beyond that the disk is the bottleneck


def rehearse(drills: Sequence[Drill], seed: int, settings: config.Settings, told: Told) -> list[Result]:
    """Play drills with a seed under the operator's policy, and give their results in order; `told` hears each as it
    ends, with the seconds it took."""
    processes = min(_MOST, os.cpu_count() or 1)
    with template(settings) as prepared:
        if len(drills) < _MANY or processes == 1:
            return [_heard(_play(prepared, drill, seed), told) for drill in drills]
        with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
            playing = [pool.submit(_play, prepared, drill, seed) for drill in drills]
            return _as_they_end(playing, told)


def _as_they_end(playing: Sequence[Future[tuple[Result, float]]], told: Told) -> list[Result]:
    try:
        for ended in as_completed(playing):
            _heard(ended.result(), told)
    except BaseException:
        for waiting in playing:
            waiting.cancel()
        raise
    return [ended.result()[0] for ended in playing]


def _heard(ended: tuple[Result, float], told: Told) -> Result:
    told(*ended)
    return ended[0]


def _play(prepared: Template, drill: Drill, seed: int) -> tuple[Result, float]:
    """One drill, whole, and how many seconds it took."""
    begun = time.monotonic()
    scene = Scene(seed, drill.name, lawful=drill.sort == "lawful")
    with _quiet(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        record = runner.run(play(prepared, scene, drill.script(scene)))
    return reckon(drill, seed, record), time.monotonic() - begun


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
