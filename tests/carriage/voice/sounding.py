"""Lines with sound: phones of the loopback carrier whose people also talk, over RTP and with nothing of ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from masstransit.carriage.voice.line import Ending, Line
from masstransit.channels.loopback.calls import Handsets, PhoneCall
from masstransit.channels.media.leg import Leg, open_leg
from masstransit.channels.media.pulse import Pulse
from masstransit.channels.media.studio import Studio
from masstransit.model.decision import Cleared
from tests.stories.announcement import short
from tests.stories.talker import Talker


class CallStudio(Studio):
    """The sound of one line's call."""

    def admit(self, number: int, other: Line) -> None:
        if isinstance(other, SoundLine):
            self.add(number, other.leg)

    def apart(self) -> CallStudio:
        return CallStudio(self._pulse, self._prompts, self._folder)


class SoundLine:
    """A phone's call with its sound. What is not of the sound is the phone's."""

    def __init__(self, phone: PhoneCall, talker: Talker, leg: Leg, sound: CallStudio) -> None:
        self.phone = phone
        self.talker = talker
        self.leg = leg
        self.sound = sound
        sound.add(1, leg)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.phone, name)

    async def bridge(self, other: Line) -> None:
        assert isinstance(other, SoundLine)
        await self.phone.bridge(other.phone)

    async def confer(self, room: str, *, muted: bool, to: Line | None = None) -> None:
        await self.phone.confer(room, muted=muted, to=to.phone if isinstance(to, SoundLine) else None)


class Sounding:
    """Who calls people: the loopback carrier, with sound."""

    def __init__(self, handsets: Handsets, folder: Path) -> None:
        self._handsets = handsets
        self.folder = folder / "recordings"
        self._prompts = short(folder / "prompts")
        self._pulse = Pulse()
        self.lines: dict[str, SoundLine] = {}  #: number -> its last call

    def crowded(self, account: str, number: str, beside: int = 0) -> str:
        return self._handsets.crowded(account, number, beside)

    async def place(self, cleared: Cleared, *, ringing: Callable[[], None]) -> Line | Ending:
        phone = await self._handsets.place(cleared, ringing=ringing)
        if not isinstance(phone, PhoneCall):
            return phone
        talker = await Talker.open(440)
        leg = await open_leg(self._pulse)
        leg.hear(talker.description())
        talker.call(leg.description())
        line = SoundLine(phone, talker, leg, CallStudio(self._pulse, self._prompts, self.folder))
        self.lines[cleared.communication.recipient.text] = line
        return line

    def close(self) -> None:
        for line in self.lines.values():
            line.talker.hang_up()
            line.leg.close()
