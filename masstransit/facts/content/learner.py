"""Learns `Content`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from masstransit.facts import fax_notice
from masstransit.facts.content.content import Content
from masstransit.facts.content.normal import Normal
from masstransit.facts.content.reading import HEAD, TAIL, content_model
from masstransit.facts.written import Written, is_settled, legible
from masstransit.model.communication import Communication, Kind
from masstransit.model.subject import Subject

_TOGETHER = 64_000  # characters that are read before others get their turn
_NOTHING = Content()


class ContentReader:
    """Learns `Content` from the text, and from what is `written` in its pictures. What has no text says nothing.

    Reading is work for the processor, about 50 us a short message. A batch of long texts is read in parts, between
    which the loop is free, so that the gate's time limit holds. A message is read once, whoever asks, and so is what
    goes to several people alike.
    """

    def __init__(self, written: Written | None = None) -> None:
        self._written = written or Written()
        self._model = content_model()  # loaded before the first message waits for it
        (self._wordless,) = self._model.read([""])  # as calls are

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Content]:
        """One a subject, in order."""
        await self._written.note(batch)
        unread = [s for s in batch if isinstance(s, Communication) and legible(s) and Content not in s.notes]
        for place, part in enumerate(_parts(_alike(unread))):
            if place:
                await asyncio.sleep(0)
            plain = [normal_of(first) for first, *_ in part]
            for same, normal, said in zip(part, plain, self._model.judge(plain), strict=True):
                for communication in same:
                    communication.notes[Content] = said
                    if is_settled(communication):
                        communication.notes[Normal] = normal
        return [self._said(subject) for subject in batch]

    def _said(self, subject: Subject) -> Content:
        if not isinstance(subject, Communication):
            return _NOTHING
        return subject.notes[Content] if legible(subject) else self._wordless


def normal_of(communication: Communication) -> Normal:
    """A message's text as a person reads it, made plain once."""
    found: Normal | None = communication.notes.get(Normal)
    if found is None:
        text = legible(communication)
        if communication.kind is Kind.FAX:
            text = fax_notice.without(text)
        found = content_model().normal(text)
        if is_settled(communication):
            communication.notes[Normal] = found
    return found


def _alike(communications: Sequence[Communication]) -> list[list[Communication]]:
    """Those together that say the same."""
    found: dict[tuple[bool, str], list[Communication]] = {}
    for communication in communications:
        found.setdefault((communication.kind is Kind.FAX, legible(communication)), []).append(communication)
    return list(found.values())


def _parts(texts: Sequence[list[Communication]]) -> list[list[list[Communication]]]:
    parts: list[list[list[Communication]]] = []
    room = 0
    for same in texts:
        size = min(len(legible(same[0])), HEAD + TAIL)
        if size > room or not parts:
            parts.append([])
            room = _TOGETHER
        parts[-1].append(same)
        room -= size
    return parts
