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
    which the loop is free, so that the gate's time limit holds. A message is read once, whoever asks.
    """

    def __init__(self, written: Written | None = None) -> None:
        self._written = written or Written()
        self._model = content_model()  # loaded before the first message waits for it
        (self._wordless,) = self._model.read([""])  # as calls are

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Content]:
        """One a subject, in order."""
        await self._written.note(batch)
        unread = [s for s in batch if isinstance(s, Communication) and legible(s) and Content not in s.notes]
        for place, part in enumerate(_parts(unread)):
            if place:
                await asyncio.sleep(0)
            for communication, said in zip(part, self._model.judge([normal_of(c) for c in part]), strict=True):
                communication.notes[Content] = said
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


def _parts(communications: Sequence[Communication]) -> list[list[Communication]]:
    parts: list[list[Communication]] = []
    room = 0
    for communication in communications:
        size = min(len(legible(communication)), HEAD + TAIL)
        if size > room or not parts:
            parts.append([])
            room = _TOGETHER
        parts[-1].append(communication)
        room -= size
    return parts
