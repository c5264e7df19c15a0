"""Calls that are carried and whose sound goes through the house: a `Sound` of ours each, from placing to the record.

Each side speaks with the house. So a hold is between a phone and us, keys and laws are each side's own, and a call can
be recorded: it is on the air for `carriage.recording` from the answer on, and who called is its leg 1.

Where a customer calls or is called, sound goes to and comes from the address that it signals or registered from,
whatever its description says. Carriers may name other hosts of theirs.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from masstransit.carriage import recording
from masstransit.carriage.recording import OnAir, Recordings
from masstransit.channels.sip.talk import Accept, Described, FromHouse, HangUp, Invite, Side
from masstransit.clock import Clock
from masstransit.errors import BadInput
from masstransit.model.call import HELP
from masstransit.model.change import Participant
from masstransit.model.communication import Communication

log = logging.getLogger("masstransit.sip.carried")

_CALLER, _CALLED = 1, 2  # legs
_SDP = "v=0"  # how a description begins; a body of several parts is none, and goes on whole
_NOT_ACCEPTABLE = 488


class Sound(recording.Sound, Protocol):
    """The sound of one call: `channels.media.pair.Pair`."""

    def has(self, side: Side) -> bool:
        """Whether a side is in the call: it may have been handed on."""
        ...

    def offer(self, side: Side) -> str:
        """What a side is offered, near to what the other one speaks."""
        ...

    def description(self, side: Side) -> str:
        """What a side is answered; an offer where nothing was heard of it yet."""
        ...

    def hear(self, side: Side, description: str, home: str = "") -> None:
        """A side's session description; where it can be, if that is known. Raises `BadInput`."""
        ...

    def talk(self) -> None:
        """The call was answered."""
        ...

    def close(self) -> None: ...

    def voice(self, side: Side) -> object:
        """What somebody else's `admit` takes of a side."""
        ...

    def leave(self, side: Side) -> None:
        """A side is handed on, or hands on: it is not heard any more, and hears nobody."""
        ...

    def admit(self, number: int, voice: object) -> None:
        """Somebody else is a leg of this call too: to be told, and recorded. Nobody hears them yet."""
        ...

    def join(self, number: int) -> None:
        """Now they are heard, and hear the others."""
        ...

    def dismiss(self, number: int) -> None:
        """They are no leg of it any more."""
        ...

    async def ring(self, side: Side) -> None:
        """Let a side hear that it rings elsewhere, until cancelled."""
        ...


class Talk:
    """One of them."""

    def __init__(self, call: Communication, sound: Sound) -> None:
        self.call = call
        self.sound = sound
        self.answered = False
        self.said: set[Side] = set()  # who has described its sound


class Carried:
    """All of this process's switch. Implements `placing.Carrying` and `door.Carrying`."""

    def __init__(self, *, sounds: Callable[[], Awaitable[Sound]], recordings: Recordings, clock: Clock) -> None:
        """`sounds` raises `OSError` where no ports are free."""
        self._sounds = sounds
        self._recordings = recordings
        self._clock = clock
        self._calls: dict[str, Talk] = {}
        self._tell: Callable[[FromHouse], bool] = lambda _: False

    def reach(self, tell: Callable[[FromHouse], bool]) -> None:
        """How the switch is told something."""
        self._tell = tell

    async def begin(self, call: Communication, asked: Invite) -> tuple[str, str]:
        """Our descriptions for the far side and for the near one; ("", "") where the sound goes by other ways: a call
        for help, one in sound that is not spoken here, and when all ports are taken."""
        if not asked.relays or call.recipient.text in HELP or (asked.body and not asked.body.startswith(_SDP)):
            return "", ""
        try:
            sound = await self._sounds()
        except OSError as full:
            log.warning("the sound of %s does not go through here: %s", call.id, full)
            return "", ""
        one = Talk(call, sound)
        if asked.body and not _heard(one, "near", asked.body, "" if asked.link else asked.source):
            sound.close()
            return "", ""
        self._calls[call.id] = one
        return sound.offer("far"), sound.description("near")

    # --- what the switch says -----------------------------------------------------------------------------------------

    def hear(self, told: Described) -> None:
        """What a side says of its sound."""
        one = self._calls.get(told.call)
        if one is None:
            return
        if told.what == "changed":
            self._tell(Accept(told.call, _agreed(one, told), told.side))
            return
        spoken = _heard(one, told.side, told.body, told.host) if told.body else told.side in one.said
        if told.what == "early":
            return
        if not spoken:
            log.warning("%s: the %s side takes the call in no sound that is spoken here", told.call, told.side)
            self._tell(HangUp(told.call, _NOT_ACCEPTABLE))
        elif not one.answered:
            one.answered = True
            self._goes_on(one)

    def _goes_on(self, one: Talk) -> None:
        """They talk, and may be recorded from now on."""
        one.sound.talk()
        call, now = one.call, self._clock.now()
        people = {_CALLER: call.sender, _CALLED: call.recipient}
        self._recordings.began(
            OnAir(
                account=call.account,
                sid=call.id,
                direction=call.direction,
                end_user=call.end_user,
                participants={leg: Participant(leg=leg, address=who, since=now) for leg, who in people.items()},
                sound=one.sound,
            )
        )

    def talk(self, call: str) -> Talk | None:
        """A call that was answered, and goes on."""
        one = self._calls.get(call)
        return one if one is not None and one.answered else None

    async def ended(self, call: str) -> None:
        """It is over, and so is what was recorded of it; nothing where it was."""
        one = self._calls.pop(call, None)
        if one is None:
            return
        try:
            if one.answered:
                await self._recordings.ended(call)
        finally:
            one.sound.close()

    async def keep(self, live: Collection[str]) -> None:
        """A switch serves, and these are the calls that it has."""
        for call in self._calls.keys() - set(live):
            await self.ended(call)


def _agreed(one: Talk, told: Described) -> str:
    """Our answer to a change; "": it is none that can be agreed to. Where we are asked for an offer, that."""
    if not told.body and one.sound.has(told.side):
        return one.sound.offer(told.side)
    return one.sound.description(told.side) if _heard(one, told.side, told.body, told.host) else ""


def _heard(one: Talk, side: Side, description: str, home: str) -> bool:
    if not one.sound.has(side):
        return False
    try:
        one.sound.hear(side, description, home)
    except BadInput as strange:
        log.info("%s, the %s side: %s", one.call.id, side, strange)
        return False
    one.said.add(side)
    return True
