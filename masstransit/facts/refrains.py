"""Facts about refrains: what an account keeps saying, hour by hour.

One text that reads like abuse may be misread. When much of what an account sends reads so, it was not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from masstransit.clock import Clock
from masstransit.counters import Count, Counters
from masstransit.facts.content import POSITIVE, Content, ContentReader
from masstransit.facts.content.learner import normal_of
from masstransit.facts.content.reading import content_model
from masstransit.facts.fact import Fact
from masstransit.facts.traffic import Counting, is_new
from masstransit.model.communication import Communication
from masstransit.model.subject import Subject

_HOUR = 3600.0
_COUNTED = ("hate", "threat", "harassment")  # labels


class Refrain(Fact, frozen=True, kw_only=True):
    """What an account's messages of the hour said that this one says too; this one is among them."""

    read_1h: Mapping[str, int] = {}  #: label -> messages that had it, for labels that this message has
    accusations_1h: int = 0  #: messages that say of the same named person that they did a crime, in whatever words


_NONE = Refrain()


class Refrains(Counting):
    """Learns `Refrain`. Only messages that say something of the kind are counted, so that most ask no counter. What was
    refused stays counted: what was tried is what tells."""

    def __init__(self, counters: Counters, clock: Clock, reader: ContentReader) -> None:
        super().__init__(counters, clock)
        self._reader = reader

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[Refrain]:
        keys = [list(_keys(*each)) for each in zip(subjects, await self._reader.learn(subjects), strict=True)]
        if not any(keys):
            return [_NONE] * len(subjects)
        new = [is_new(subject) for subject in subjects]
        looks = [
            Count(tag, f"refrain:{key}", _HOUR, int(counted))
            for each, counted in zip(keys, new, strict=True)
            for key in each
        ]
        before = iter(await self._ask(looks))
        return [_told({key: next(before) + counted for key in each}) for each, counted in zip(keys, new, strict=True)]


def _keys(subject: Subject, content: Content) -> Iterator[str]:
    """Under which keys a message is counted: its labels, and whom it accuses."""
    yield from (label for label in _COUNTED if content.labels[label] >= POSITIVE)
    if content.accuses and isinstance(subject, Communication):
        name = content_model().accused(normal_of(subject))
        yield f"of:{hashlib.blake2b(name.encode('utf-8', 'surrogatepass'), digest_size=9).hexdigest()}"


def _told(counted: Mapping[str, int]) -> Refrain:
    if not counted:
        return _NONE
    return Refrain(
        read_1h={key: count for key, count in counted.items() if key in _COUNTED},
        accusations_1h=max((count for key, count in counted.items() if key.startswith("of:")), default=0),
    )
