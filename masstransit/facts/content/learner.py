"""Learns `Content`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from masstransit.facts.content.content import Content
from masstransit.facts.content.reading import HEAD, TAIL, content_model
from masstransit.model.communication import Communication, Subject

_REMEMBERED = 1024  # texts: a batch, and a mailing's one text
_TOGETHER = 64_000  # characters that are read before others get their turn


class ContentReader:
    """Learns `Content` from the text alone: no query, no clock. What has no text says nothing.

    Reading is work for the processor, about 50 us a short message. A batch of long texts is read in parts, between
    which the loop is free, so that the gate's time limit holds. What was just read is remembered: others who count what
    texts say ask about it too (`refrains.py`), and a mailing's text goes out in copies.
    """

    def __init__(self) -> None:
        self._read: dict[str, Content] = {}

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Content]:
        """One a subject, in order."""
        texts = [subject.text if isinstance(subject, Communication) else "" for subject in batch]
        if len(self._read) > _REMEMBERED:
            self._read.clear()
        found = {text: self._read[text] for text in texts if text in self._read}
        for place, part in enumerate(_parts([text for text in dict.fromkeys(texts) if text not in found])):
            if place:
                await asyncio.sleep(0)
            found |= zip(part, content_model().read(part), strict=True)
        self._read |= found
        return [found[text] for text in texts]


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
