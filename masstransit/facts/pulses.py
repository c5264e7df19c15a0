"""Facts about pulses: how an account's traffic presses its rate and pauses in between.

Whoever wants to know a limit sends a burst, looks, waits until all is as before, and sends another of another size. A
busy customer sends on until it is done. Both come near the rate; what differs is the pauses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from masstransit.clock import Clock
from masstransit.counters import Count, Counters, Distinct, Operation
from masstransit.facts.fact import Fact
from masstransit.facts.traffic import Allowances, Counting
from masstransit.model.communication import Communication, Direction
from masstransit.model.subject import Subject

_HALF_HOUR = 1800.0
_SECOND = 2.0  # the window that a second's count is kept
_PER_MINUTE = 6  # tens of seconds


class Pulses(Fact, frozen=True, kw_only=True):
    """An account's bursts in half an hour, this message included."""

    minutes_30m: int = 0  #: different minutes with a second in which at least half the account's rate was offered
    busy_share: float = 1.0  #: of the tens of seconds in minutes with any traffic, how many had some

    @property
    def speaks(self) -> bool:
        return self.minutes_30m > 0


_NONE = Pulses()


class PulseCounts(Counting):
    """Learns `Pulses`. `rate` (messages a second) is for accounts without one of their own."""

    def __init__(self, counters: Counters, clock: Clock, allowed: Allowances, *, rate: float) -> None:
        super().__init__(counters, clock)
        self._allowed = allowed
        self._rate = rate

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[Pulses]:
        seconds = Counter(int(s.at.timestamp()) for s in subjects if _counts(s))
        if not seconds:
            return [_NONE] * len(subjects)
        own = (await self._allowed.of([tag]))[tag].rate
        rate = own if own is not None and own > 0 else self._rate
        order = sorted(seconds)
        earlier = await self._ask([Count(tag, f"ps:{second}", _SECOND, seconds[second]) for second in order])
        pressed = {s // 60 for s, before in zip(order, earlier, strict=True) if 2 * (before + seconds[s]) >= rate}
        looks: list[Operation] = [
            Distinct(tag, "p-pressed", _HALF_HOUR, tuple(map(str, sorted(pressed)))),
            Distinct(tag, "p-minutes", _HALF_HOUR, tuple(map(str, sorted({s // 60 for s in order})))),
            Distinct(tag, "p-tens", _HALF_HOUR, tuple(map(str, sorted({s // 10 for s in order})))),
        ]
        minutes, any_minutes, tens = await self._ask(looks)
        found = Pulses(
            minutes_30m=minutes.count, busy_share=min(1.0, tens.count / max(1, _PER_MINUTE * any_minutes.count))
        )
        return [found if isinstance(subject, Communication) else _NONE for subject in subjects]


def _counts(subject: Subject) -> bool:
    return (
        isinstance(subject, Communication)
        and subject.attempt == 0
        and subject.exemption is None
        and subject.direction is Direction.OUTBOUND
    )
