"""One unit's calls in a day of UTC: the sums that are kept of it, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

import msgspec

from masstransit.facts.calls.records import LONGEST, WIDTH, below, counts, doubled, is_technical, let_ring, why
from masstransit.model.call import CallRecord, Party

# Which sum is which. How long calls lasted follows at the offset of the party that ended them.
ATTEMPTS, _ANSWERED, _SECONDS, _EFFECTIVE, _UNALLOCATED, _FAILED = range(6)
# Above them stands how many calls ended in each quarter of an hour of the day.
_ENDED = {"caller": 100, "callee": 200, "machine": 300, "false_answer": 400, "fault": 500, "given_up": 600}
_QUARTERS = 1000
QUARTER = 900  #: seconds

_NOBODYS = (404, 604)
_UNALLOCATED_CAUSE = 1
_REACHED = (408, 480, 486, 487, 600, 603)  # it rang out, was busy, or was declined: the network did its part (E.425)
_REACHED_CAUSES = (17, 18, 19, 21)

Parts: TypeAlias = list[tuple[int, int]]  #: what a call adds: which sum, how much


class Unit(NamedTuple):
    """Whose calls are counted together, on one day."""

    tag: str  # the root account
    day: str
    scope: str
    target: str

    def key(self) -> str:
        return f"calls:{self.day}:{self.scope}:{self.target}"

    def days_before(self, days: int) -> list[Unit]:
        """The same on the days before, the last first."""
        today = datetime.strptime(self.day, "%Y%m%d")  # noqa: DTZ007 - a day has no zone
        return [self._replace(day=f"{today - timedelta(days=n):%Y%m%d}") for n in range(1, days + 1)]


class Ends(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """How long calls lasted that ended within half a minute, by who ended them or why: in doubled seconds, so that
    whole ones are told from others: 12 is exactly six seconds, 13 more than six and less than seven."""

    caller: Mapping[int, int] = {}
    callee: Mapping[int, int] = {}
    machine: Mapping[int, int] = {}  #: answered by a machine, as far as detection can tell, whoever ended it
    false_answer: Mapping[int, int] = {}  #: answered before it could ring
    fault: Mapping[int, int] = {}  #: by the network, or for a technical cause
    given_up: Mapping[int, int] = {}  #: never answered: how long it rang until the caller gave up


class CallDay(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What became of one unit's calls in a day of UTC."""

    attempts: int = 0
    answered: int = 0
    seconds: int = 0  #: from answers to ends, all together
    effective: int = 0  #: answered, or it rang, was busy or was declined
    unallocated: int = 0  #: to numbers that are nobody's
    failed: int = 0  #: not answered because a carrier or a codec failed
    busiest: int = 0  #: calls that ended in one quarter of an hour, of all quarters the most
    ends: Ends = Ends()

    @property
    def asr(self) -> float:
        """Answer-seizure ratio: answered of attempts (ITU-T E.425), those left out that a carrier failed."""
        seized = self.attempts - self.failed
        return self.answered / seized if seized else 1.0

    @property
    def ner(self) -> float:
        """Network effectiveness ratio: what the network did its part in (ITU-T E.425)."""
        return self.effective / self.attempts if self.attempts else 1.0

    @property
    def acd(self) -> float:
        """Average call duration in seconds: from answer to end (ITU-T E.425)."""
        return self.seconds / self.answered if self.answered else 0.0

    @property
    def persons(self) -> int:
        """Answered calls of which it counts how long they lasted: not those that machines or faults cut short."""
        aside = (self.ends.machine, self.ends.false_answer, self.ends.fault)
        return self.answered - sum(sum(each.values()) for each in aside)

    def under(self, seconds: float) -> int:
        """Answered calls that a person ended in less than so many seconds."""
        return below(self.ends.caller, 2 * seconds) + below(self.ends.callee, 2 * seconds)

    def within(self, seconds: float) -> int:
        """Answered calls that a person ended in so many seconds, or less."""
        return below(self.ends.caller, 2 * seconds + 1) + below(self.ends.callee, 2 * seconds + 1)

    def pinged(self, seconds: float) -> int:
        """Calls that a person answered and the caller hung up in less than so many seconds."""
        return below(self.ends.caller, 2 * seconds)

    def by_machine(self, seconds: float) -> int:
        """Calls that ended on a machine in less than so many seconds."""
        return below(self.ends.machine, 2 * seconds)

    def at_once(self, seconds: float) -> int:
        """Answered calls that ended in less than so many seconds, whoever or whatever ended them."""
        return sum(below(getattr(self.ends, name), 2 * seconds) for name in _ENDED if name != "given_up")

    def given_up(self, seconds: float) -> int:
        """Calls that the caller gave up before they had rung so long."""
        return below(self.ends.given_up, 2 * seconds)


def without(day: CallDay, part: CallDay) -> CallDay:
    """A day less a part of it; never less than nothing, because the two were not looked at in one instant."""
    told = {
        name: max(0, getattr(day, name) - getattr(part, name)) for name in CallDay.__struct_fields__ if name != "ends"
    }
    ends = [_less(getattr(day.ends, name), getattr(part.ends, name)) for name in Ends.__struct_fields__]
    return CallDay(**told, ends=Ends(*ends))


def _less(ends: Mapping[int, int], part: Mapping[int, int]) -> dict[int, int]:
    return {at: left for at, count in ends.items() if (left := count - part.get(at, 0)) > 0}


def parts_of(record: CallRecord) -> Parts:
    """What one call adds to the sums of its units."""
    if record.answered:
        return [(ATTEMPTS, 1), (_ANSWERED, 1), (_EFFECTIVE, 1), *_lasted(record)]
    parts = [(ATTEMPTS, 1)]
    if record.status in _NOBODYS or record.cause == _UNALLOCATED_CAUSE:
        return [*parts, (_UNALLOCATED, 1)]
    if is_technical(record):
        return [*parts, (_FAILED, 1)]
    if record.status in _REACHED or record.cause in _REACHED_CAUSES:
        parts.append((_EFFECTIVE, 1))
    if record.released_by is Party.CALLER and (rang := let_ring(record)) < LONGEST:
        parts.append((_ENDED["given_up"] + doubled(rang), 1))
    return parts


def quarter_of(record: CallRecord) -> int:
    """To which sum a call adds as one of its quarter of an hour."""
    return _QUARTERS + (record.ended_at.hour * 3600 + record.ended_at.minute * 60) // QUARTER


def _lasted(record: CallRecord) -> Iterable[tuple[int, int]]:
    talked = record.talked
    yield (_SECONDS, round(talked))
    if talked < LONGEST:
        yield (_ENDED[why(record)] + doubled(talked), 1)


def add(sums: dict[int, int], parts: Iterable[tuple[int, int]], sign: int = 1) -> None:
    """Add parts to sums, or take them back."""
    for which, much in parts:
        sums[which] = sums.get(which, 0) + sign * much


def day_of(sums: Mapping[int, int]) -> CallDay:
    """The sums by their names. It is asked of each call that ends, several times: so in one pass."""
    plain, busiest = [0] * (_FAILED + 1), 0
    ends: list[dict[int, int]] = [{} for _ in _ENDED]  # in the order of `Ends`
    for which, count in sums.items():
        if count <= 0:
            continue
        if which >= _QUARTERS:
            busiest = max(busiest, count)
        elif which >= WIDTH:
            ends[which // WIDTH - 1][which % WIDTH] = count
        else:
            plain[which] = count
    return CallDay(
        attempts=plain[ATTEMPTS],
        answered=plain[_ANSWERED],
        seconds=plain[_SECONDS],
        effective=plain[_EFFECTIVE],
        unallocated=plain[_UNALLOCATED],
        failed=plain[_FAILED],
        busiest=busiest,
        ends=Ends(*ends),
    )


def day_of_calls(records: Iterable[CallRecord]) -> CallDay:
    """What calls that are over come to, those left out that are no dialler's doing: reckoned as the counters do it, of
    what they don't count for itself (a trunk, a part of the world)."""
    sums: dict[int, int] = {}
    for record in records:
        if counts(record):
            add(sums, parts_of(record))
    return day_of(sums)


def busiest_of(sums: Mapping[int, int]) -> int:
    """How many calls ended in the busiest quarter of an hour of a day."""
    return max([count for which, count in sums.items() if which >= _QUARTERS], default=0)
