"""Words spoken by a local voice, for wires that carry sound.

The voice is eSpeak NG, run as a program of its own where the operator has installed it: it is under the GPL-3, so it is
no part of this package, and nothing of it is loaded into this process. It says four seconds in some hundredths of a
second, in over a hundred languages. Where it is missing, a prompt is not heard and the customer's alert says so.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
import wave
from collections import OrderedDict

from masstransit.carriage.voice.asking import pcm_of
from masstransit.carriage.voice.line import Spoken, Unspoken

PROGRAM = "espeak-ng"
_WITHIN = 10.0  # seconds
_KEPT = 32 * 1024 * 1024  # bytes of sound that are remembered: half an hour
_AT_ONCE = 4  # programs
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_VARIANTS = {"man": "+m3", "woman": "+f2", "alice": "+f2"}  # the SDKs' plain voices; any other is the usual one


class Speech:
    """Speaks, and remembers what it has said."""

    def __init__(self, program: str = PROGRAM) -> None:
        self._program = program
        self._said: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._running = asyncio.Semaphore(_AT_ONCE)

    async def pcm(self, spoken: Spoken) -> bytes:
        """The words as sound, as `voice.line` has it. Raises `Unspoken`."""
        language = spoken.language or "en-US"
        if not _LANGUAGE.fullmatch(language):
            raise Unspoken(f"'{language[:20]}' is no language such as en-US")
        voice = language.lower() + _VARIANTS.get(spoken.voice.lower(), "")
        key = hashlib.sha256(f"{voice}\n{spoken.text}".encode()).hexdigest()
        if key not in self._said:
            async with self._running:
                self._keep(key, await self._speak(voice, spoken.text))
        self._said.move_to_end(key)
        return self._said[key]

    def _keep(self, key: str, pcm: bytes) -> None:
        self._size += len(pcm) - len(self._said.get(key, b""))
        self._said[key] = pcm
        while self._size > _KEPT and len(self._said) > 1:
            self._size -= len(self._said.popitem(last=False)[1])

    async def _speak(self, voice: str, text: str) -> bytes:
        program = shutil.which(self._program)
        if program is None:
            raise Unspoken(f"no voice is installed here: the operator has to install {self._program}")
        pipe = asyncio.subprocess.PIPE
        running = await asyncio.create_subprocess_exec(
            program, "-v", voice, "-b", "1", "--stdin", "--stdout", stdin=pipe, stdout=pipe, stderr=pipe
        )
        try:
            async with asyncio.timeout(_WITHIN):
                sound, complaint = await running.communicate(text.encode())
        except TimeoutError as late:
            raise Unspoken(f"the voice took more than {_WITHIN:g} seconds") from late
        finally:
            if running.returncode is None:
                running.kill()
                await running.wait()
        if running.returncode:
            raise Unspoken(f"the voice can't say this in '{voice}': {complaint.decode(errors='replace').strip()[:120]}")
        try:
            return await asyncio.to_thread(pcm_of, sound)
        except (wave.Error, EOFError, ValueError) as wrong:
            raise Unspoken(f"the voice gave no sound: {wrong}") from wrong
