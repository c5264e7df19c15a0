"""The calls of a drill that are recorded: the house's own way of asking everybody, with people who press what they are
told to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from masstransit.carriage.recording import Announcement, Asked, OnAir, Recordings, Ruled, State, Tape
from masstransit.clock import Clock
from masstransit.drills.acts import Capture, Card, InCall, Join, Resume, Talk, Talker
from masstransit.model.address import e164
from masstransit.model.change import Act, Participant
from masstransit.model.communication import Direction, Kind
from masstransit.model.decision import Decision

_AGREE, _DECLINE = "1", "9"


class Heard(msgspec.Struct, frozen=True):
    """What came of something that was asked of a call."""

    subject: str  #: RE...
    decision: Decision
    captured: bool


class Room:
    """All calls of a drill that are under way."""

    def __init__(self, recordings: Recordings, clock: Clock) -> None:
        self._recordings = recordings
        self._clock = clock
        self._voices: dict[str, _Voices] = {}
        self._running: dict[str, list[str]] = {}  # call -> its recordings

    async def perform(self, act: InCall) -> Sequence[Heard]:
        """What each recording of the call came to, where any was asked about."""
        match act:
            case Talk():
                self._begin(act)
            case Capture():
                return [await self._capture(act)]
            case Join():
                who = self._voices[act.talk].add(act.talker, self._clock)
                return [_heard(each) for each in await self._recordings.joined(act.talk, who, announce=act.announced)]
            case Card():
                await self._recordings.card(act.talk, read_out=act.read_out)
            case Resume():
                asked = self._running[act.talk]
                return [_heard(await self._recordings.resume(sid, announce=act.announced)) for sid in asked]
        return ()

    def _begin(self, talk: Talk) -> None:
        voices = self._voices[talk.id] = _Voices(talk.languages)
        self._running[talk.id] = []
        self._recordings.began(
            OnAir(
                account=talk.account,
                sid=talk.id,
                kind=Kind.VIDEO if talk.video else Kind.VOICEMAIL if talk.message else Kind.CALL,
                direction=Direction.INBOUND if talk.message else Direction.OUTBOUND,
                participants={who.leg: who for who in (voices.add(each, self._clock) for each in talk.talkers)},
                sound=voices,
                self_recorded=talk.message,
            )
        )

    async def _capture(self, act: Capture) -> Heard:
        asked = Asked(what=act.what, announce=act.announced, basis=act.basis, papers=act.papers)
        heard = _heard(await self._recordings.ask(act.talk, asked))
        if heard.captured:
            self._running[act.talk].append(heard.subject)
        return heard


class _Voices:
    """The sound of one call, as far as it matters who heard what and which key they pressed."""

    def __init__(self, languages: Sequence[str]) -> None:
        self._languages = languages
        self._people: dict[int, Talker] = {}

    def add(self, one: Talker, clock: Clock) -> Participant:
        leg = len(self._people) + 1
        self._people[leg] = one
        return Participant(
            leg=leg, role=one.role, address=e164(one.number) if one.number else None, country=one.country,
            state=one.state, language=one.language, since=clock.now(),
        )  # fmt: skip

    def announcement(self, acts: frozenset[Act], language: str) -> Announcement:
        spoken = language if language in self._languages else self._languages[0]
        text = f"{spoken}: {' and '.join(sorted(act.value for act in acts))}: press {_AGREE}, or {_DECLINE}"
        digest = hashlib.sha256(text.encode()).hexdigest()
        return Announcement(language=spoken, acts=tuple(acts), text=text, digest=digest, agree=_AGREE, decline=_DECLINE)

    async def announce(self, number: int, what: Announcement) -> bool:
        return self._people[number].hears

    async def key(self, number: int, within: float) -> str | None:
        return self._people[number].presses

    def asked(self, number: int) -> None:
        """Nothing is waited for."""

    def capture(self, sid: str) -> None:
        """There is no sound to keep."""

    def pause(self, sid: str) -> None:
        """There is no sound to keep."""

    async def finish(self, sid: str) -> Tape | None:
        return None

    async def discard(self, sid: str) -> None:
        """There is no sound to forget."""


def _heard(ruled: Ruled) -> Heard:
    return Heard(ruled.sid, ruled.decision, ruled.state is State.CAPTURING)
