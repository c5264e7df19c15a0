"""Facts about probing: who fails at the door, how often, from where, and who walks along other people's ids.

What is counted are knocks (`model.communication.Knock`). By convention `wants` and `proven` say what happened:

    wants            proven  means
    "login"          True    the secret was right; the source becomes one that is known to be good for the principal
    "login"          False   the secret was wrong, or there is no such principal
    "fetch-missing"  False   an id was asked for that does not exist or is somebody else's (the two are not told apart)
    "create"         False   a privileged action that the credential does not reach was tried (a number bought ...)
    "lookup"         True    a number is looked up (clause 9 counts those)

`about` is what was asked for, where there was something; only its hash is counted.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace as changed

from masstransit.clock import Clock
from masstransit.counters import Count, Counters, Distinct, Operation
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.fact import Fact
from masstransit.model.communication import Knock
from masstransit.model.subject import Subject

_TEN_MINUTES = 600.0
_KNOWN_GOOD = 30 * 86_400.0  # a source that logged in within the month is known


class Failures(Fact, frozen=True, kw_only=True):
    """Failed knocks of the last ten minutes, this one included."""

    principal_10m: int  #: failures of this principal from sources that are not known to be good for it
    known_source_10m: int  #: failures of this principal from this very source
    source_principals_10m: int  #: different principals that failed from this source
    source_known: bool  #: whether this principal logged in from this source within the month


class Walk(Fact, frozen=True, kw_only=True):
    """Ids that were asked for and were not the asker's, in ten minutes, by the principal, this one included."""

    misses_10m: int
    distinct_10m: int


class _Probing:
    """Counts knocks one by one, side by side: a batch of them goes to the counters in one round."""

    def __init__(self, counters: Counters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        return await asyncio.gather(*(self._learn(subject) for subject in batch))

    async def _learn(self, subject: Subject) -> Any:
        if not isinstance(subject, Knock):
            return Unknown("only who knocks can probe")
        try:
            return await self._of(subject)
        except CountersUnavailable as gone:
            return Unknown(str(gone))

    async def _of(self, knock: Knock) -> Any:
        raise NotImplementedError

    async def _ask(self, operations: Sequence[Operation]) -> list[Any]:
        return await self._counters.ask(operations, self._clock.now())


class FailedKnocks(_Probing):
    """Learns `Failures`.

    A source becomes known to be good for a principal by the right secret at a time when nobody fails for that
    principal, and nobody from that source: so that a guess that hits does not make the guesser's source a good one.
    """

    async def _of(self, knock: Knock) -> Failures:
        principal, source = _tag("p", knock.principal), _tag("s", knock.source)
        good = Count(principal, f"good:{source}", _KNOWN_GOOD)
        strange = Count(principal, "strange", _TEN_MINUTES)
        known = Count(principal, f"known:{source}", _TEN_MINUTES)
        failing = Distinct(source, "principals", _TEN_MINUTES)
        times_good, from_strange, from_known, principals = await self._ask(
            [changed(good, add=0), changed(strange, add=0), changed(known, add=0), failing]
        )
        failed = not knock.proven and knock.wants != "fetch-missing"  # whoever asks for what is gone fails at no lock
        if failed and knock.attempt == 0:
            failure = known if times_good else strange
            before, principals = await self._ask([failure, changed(failing, members=(knock.principal,))])
            from_known, from_strange = (before + 1, from_strange) if times_good else (from_known, before + 1)
        elif knock.proven and not times_good and not from_strange and not principals.count:
            await self._ask([good])  # the right secret from where nobody is guessing
        return Failures(
            principal_10m=from_strange,
            known_source_10m=from_known,
            source_principals_10m=principals.count,
            source_known=times_good > 0,
        )


class Walks(_Probing):
    """Learns `Walk`."""

    async def _of(self, knock: Knock) -> Walk:
        principal = _tag("p", knock.principal)
        missed = int(knock.wants == "fetch-missing" and knock.attempt == 0)
        asked = (knock.about,) if missed and knock.about else ()
        misses, seen = await self._ask(
            [
                Count(principal, "misses", _TEN_MINUTES, missed),
                Distinct(principal, "missed", _TEN_MINUTES, asked),
            ]
        )
        return Walk(misses_10m=misses + missed, distinct_10m=seen.count)


def _tag(sort: str, name: str) -> str:
    """Principals and sources are counted under tags of their own: they may name no account at all."""
    return f"{sort}-{hashlib.blake2b(name.encode('utf-8', 'surrogatepass'), digest_size=9).hexdigest()}"
