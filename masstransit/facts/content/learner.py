"""Learns `Content`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from masstransit.facts.content.content import Content
from masstransit.facts.content.reading import HEAD, TAIL, content_model
from masstransit.model.communication import Communication, Subject

_TOGETHER = 64_000  # characters that are read before others get their turn


class ContentReader:
    """Learns `Content` from the text alone: no query, no clock. What has no text says nothing.

    Reading is work for the processor, about 50 us a short message. A batch of long texts is read in parts, between
    which the loop is free, so that the gate's time limit holds.
    """

    def __init__(self) -> None:
        self._model = content_model()  # loaded before the first message waits for it

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Content]:
        """One a subject, in order."""
        texts = [subject.text if isinstance(subject, Communication) else "" for subject in batch]
        found: list[Content] = []
        for part in _parts(texts):
            if found:
                await asyncio.sleep(0)
            found += self._model.read(part)
        return found


def _parts(texts: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = []
    room = 0
    for text in texts:
        size = min(len(text), HEAD + TAIL)
        if size > room or not parts:
            parts.append([])
            room = _TOGETHER
        parts[-1].append(text)
        room -= size
    return parts
