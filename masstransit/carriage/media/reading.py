"""What is written in a picture, read by Tesseract where the machine has it.

It is a program of its own and runs as one: a picture that breaks it breaks nothing else, and what takes too long is
ended. Without it nothing is read, and the record says so (`Look.text` is None).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from typing import Protocol

from masstransit.errors import ConfigError

log = logging.getLogger("masstransit.media")

_PATIENCE = 10.0  # seconds for one picture; default
_AT_ONCE = 2
_LONGEST = 4000  # characters that are kept: more than any message has
_SPARSE = "11"  # Tesseract's mode for text anywhere in a picture, in no order


class Reader(Protocol):
    """Reads what is written in a picture."""

    async def read(self, png: bytes) -> str | None:
        """The text; "" where there is none, None where it could not be read."""
        ...


class Tesseract:
    """Reads with a program. Raises `ConfigError` where the machine does not have it."""

    def __init__(self, program: str, languages: str = "eng", *, patience: float = _PATIENCE) -> None:
        found = shutil.which(program)
        if found is None:
            raise ConfigError(f"[media] reader = '{program}': there is no such program; Debian's is in tesseract-ocr")
        self._program = found
        self._languages = languages
        self._patience = patience
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def read(self, png: bytes) -> str | None:
        async with self._room:
            process = await asyncio.create_subprocess_exec(
                self._program, "stdin", "stdout", "-l", self._languages, "--psm", _SPARSE,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
                env={"OMP_THREAD_LIMIT": "1", "PATH": "/usr/bin:/bin"},
            )  # fmt: skip
            try:
                async with asyncio.timeout(self._patience):
                    said, _ = await process.communicate(png)
            except TimeoutError:
                log.warning("a picture could not be read within %g seconds", self._patience)
                return None
            finally:
                if process.returncode is None:
                    with contextlib.suppress(ProcessLookupError):
                        process.kill()
                    await process.wait()
        if process.returncode != 0:
            log.warning("%s ended with %d", self._program, process.returncode)
            return None
        return "\n".join(line for line in said.decode("utf-8", "replace").split("\n") if line.strip())[:_LONGEST]
