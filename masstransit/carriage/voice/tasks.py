"""Several things at once, of which the first that is done ends the others."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def cancelled(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks, and return when they have ended; what they raised meanwhile is nobody's any more."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def race(*works: Coroutine[Any, Any, Any], within: float | None = None) -> int | None:
    """Return which of them was done first; the others are cancelled. None: none was, in so many seconds. What the
    first raised is raised."""
    tasks = [asyncio.get_running_loop().create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        first = next((index for index, task in enumerate(tasks) if task in done), None)
        if first is not None:
            tasks[first].result()
        return first
    finally:
        await cancelled(*tasks)
