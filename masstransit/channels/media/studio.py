"""The sound of one call as carriage asks for it: its legs and their bridge, announcements, keys, and recordings."""

from __future__ import annotations

import asyncio
from pathlib import Path

from masstransit.carriage.recording import Announcement, Tape
from masstransit.channels.media import g711, wav
from masstransit.channels.media.bridge import Bridge
from masstransit.channels.media.g711 import Law
from masstransit.channels.media.leg import Leg
from masstransit.channels.media.listening import Listening
from masstransit.channels.media.prompts import Prompts
from masstransit.channels.media.pulse import Pulse
from masstransit.channels.media.recorder import Recorder
from masstransit.model.change import Act


class Studio:
    """Of one call. `folder` is where recordings go, a folder each by its SID."""

    def __init__(self, pulse: Pulse, prompts: Prompts, folder: Path) -> None:
        self.legs: dict[int, Leg] = {}
        self.bridge = Bridge(pulse)
        self._pulse = pulse
        self._prompts = prompts
        self._folder = folder
        self._recorders: dict[str, Recorder] = {}
        self._hushed: set[int] = set()

    def add(self, number: int, leg: Leg) -> None:
        """A leg of the call. It hears the others when it is put through (`connect`)."""
        self.legs[number] = leg
        for recorder in self._recorders.values():
            recorder.add(number, leg)

    def connect(self, number: int) -> None:
        """Put a leg through to the others."""
        self.bridge.add(self.legs[number])

    def remove(self, number: int) -> None:
        """A leg hung up. What was recorded of it stays."""
        leg = self.legs.pop(number, None)
        if leg is not None:
            self.bridge.remove(leg)
            leg.close()

    def dismiss(self, number: int) -> None:
        """A leg is none of this call's any more, and goes on. Nothing more is recorded of it here."""
        self.hush(number, hushed=True)
        self._hushed.discard(number)  # who comes in under it later is another
        leg = self.legs.pop(number, None)
        if leg is not None:
            self.bridge.remove(leg)
            leg.asks = False

    def close(self) -> None:
        """The call is over."""
        for number in list(self.legs):
            self.remove(number)

    # --- what carriage asks for -------------------------------------------------------------------------------------

    def announcement(self, acts: frozenset[Act], language: str) -> Announcement:
        """What there is to be played about these acts. Raises `BadInput`."""
        return self._prompts.about(acts, language).announcement

    async def announce(self, number: int, what: Announcement) -> bool:
        """Play it to a leg; whether it was heard to its end. Keys pressed from now on are answers."""
        leg = self.legs.get(number)
        if leg is None:
            return False
        leg.ask()
        sound = self._prompts.by_digest(what.digest).sound
        await asyncio.to_thread(self._keep, what.digest, sound)
        return await leg.play(sound)

    def _keep(self, digest: str, sound: bytes) -> None:
        """What consents rest on: announcements as they were played, however the prompts change. The digest is that of
        the sound as mu-law."""
        file = self._folder / "announcements" / f"{digest}.wav"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.write_bytes(wav.header(len(sound)) + g711.decode(Law.PCMU, sound).astype("<i2").tobytes())

    async def key(self, number: int, within: float) -> str | None:
        """The key that a leg answers with; None: none in so many seconds, or it is gone."""
        leg = self.legs.get(number)
        return await leg.key(within) if leg is not None else None

    def asked(self, number: int) -> None:
        """A leg's keys are no answers any more."""
        leg = self.legs.get(number)
        if leg is not None:
            leg.asks = False

    async def quiet(self, number: int, seconds: float) -> None:
        """Return when a leg has said nothing for so long; at once for one that is gone."""
        leg = self.legs.get(number)
        if leg is None:
            return
        listening = Listening(leg)
        try:
            await listening.quiet(seconds)
        finally:
            listening.close()

    def capture(self, sid: str) -> None:
        """Keep what is said from this instant on."""
        recorder = self._recorders.get(sid)
        if recorder is None:
            recorder = self._recorders[sid] = Recorder(self._folder / sid)
            for number, leg in self.legs.items():
                recorder.add(number, leg)
                recorder.hush(number, hushed=number in self._hushed)
        recorder.go_on()

    def hush(self, number: int, *, hushed: bool) -> None:
        """Record nothing of a leg whom nobody in the call hears; or record it with the others again."""
        if hushed:
            self._hushed.add(number)
        else:
            self._hushed.discard(number)
        for recorder in self._recorders.values():
            recorder.hush(number, hushed=hushed)

    def pause(self, sid: str) -> None:
        """Keep nothing of what is said from this instant on."""
        recorder = self._recorders.get(sid)
        if recorder is not None:
            recorder.pause()

    async def finish(self, sid: str) -> Tape | None:
        """End a recording; None: nothing was ever kept."""
        recorder = self._recorders.pop(sid, None)
        if recorder is None:
            return None
        return await recorder.finish()

    async def discard(self, sid: str) -> None:
        """End a recording and keep nothing of it."""
        recorder = self._recorders.pop(sid, None)
        if recorder is not None:
            await asyncio.to_thread(recorder.discard)
