"""Keys that are waited for while something is heard: the first one cuts it short."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from masstransit.carriage.voice.line import Line
from masstransit.carriage.voice.tasks import cancelled
from masstransit.carriage.voice.verbs import Gather


async def keys(line: Line, gather: Gather, prompts: Coroutine[Any, Any, None]) -> tuple[str, bool]:
    """The keys that were pressed, and whether one that finishes was. `prompts` plays what is heard meanwhile; what it
    raises is raised."""
    first = asyncio.create_task(line.key())
    pressed = ""
    try:
        await _heard(prompts, first)
        while gather.digits is None or len(pressed) < gather.digits:
            async with asyncio.timeout(gather.timeout):
                key = await (line.key() if pressed else first)
            if key in gather.finish_on:
                return pressed, True
            pressed += key
    except TimeoutError:
        return pressed, False
    finally:
        first.cancel()
    return pressed, False


async def one_of(line: Line, keys: str) -> str:
    """The first of these keys that is pressed; others are passed over."""
    while (key := await line.key()) not in keys:
        pass
    return key


async def _heard(prompts: Coroutine[Any, Any, None], pressed: asyncio.Task[str]) -> None:
    """Play them until a key is pressed."""
    playing = asyncio.create_task(prompts)
    try:
        await asyncio.wait({playing, pressed}, return_when=asyncio.FIRST_COMPLETED)
        if playing.done():
            playing.result()
    finally:
        await cancelled(playing)
