"""Facts about pumped traffic: where one-time codes go, and whether they come back.

Whoever is paid for the traffic of a range of numbers has a customer's log-in page send codes there, which nobody types
in. So codes are counted by how numbers begin, and so are those of which the customer says that they were used (the
REST's message feedback, an Outcome CODE_USED). All of a brand's accounts count together, under the root account.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import phonenumbers

from masstransit.clock import Clock
from masstransit.counters import Count, Counters, Distinct, Operation
from masstransit.facts.fact import Fact
from masstransit.facts.traffic import Allowances, CountingByRoot, is_new
from masstransit.model.address import E164
from masstransit.model.communication import Communication, Direction, Purpose
from masstransit.model.outcome import Outcome, OutcomeKind
from masstransit.model.subject import Subject
from masstransit.storage import safelist
from masstransit.storage.engine import Database

_YOUNG = 120.0
_HOUR = 3600.0
_WEEK = 7 * 86_400.0
_FORTNIGHT = 14 * 86_400.0
_NATIONAL = 4  # digits after the country's code: a block of an operator, an area with its first exchange digit


class Prefix(Fact, frozen=True, kw_only=True):
    """Where a one-time code goes, and what became of those before it; nothing of other messages.

    `codes` are counted before the one that is asked about; `used` are those that the customer said were used.
    """

    begins: str = ""  #: the country's code and the next four digits of the recipient's number
    codes_1h: int = 0  #: codes to numbers that begin so
    codes_2m: int = 0  #: ... in the last two minutes: too young to have been used
    used_1h: int = 0
    days_14d: int = 0  #: different days on which codes went there, today included
    used_days_14d: int = 0  #: ... on which one was used
    all_codes_1h: int = 0  #: of the brand, wherever to
    all_codes_7d: int = 0
    all_used_7d: int = 0
    safe: bool = False  #: the customer vouches for the recipient's number


_NONE = Prefix()


class Prefixes(CountingByRoot):
    """Learns `Prefix`: eight counters a code, and one query a batch for the safe list."""

    def __init__(
        self, counters: Counters, clock: Clock, person: Callable[[str], str], allowed: Allowances, database: Database
    ) -> None:
        super().__init__(counters, clock, allowed)
        self._person = person
        self._database = database

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Prefix]:
        if not any(_is_code(subject) or _is_used(subject) for subject in batch):
            return [_NONE] * len(batch)
        return await super().learn(batch)

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[Prefix]:
        await self._note_used(tag, [s for s in subjects if isinstance(s, Outcome) and _is_used(s)])
        codes = [s for s in subjects if isinstance(s, Communication) and _is_code(s)]
        learned = iter(await self._of_codes(tag, codes))
        return [next(learned) if _is_code(subject) else _NONE for subject in subjects]

    async def _note_used(self, tag: str, used: Sequence[Outcome]) -> None:
        noted = [operation for outcome in used for operation in _used_counts(tag, outcome)]
        if noted:
            await self._ask(noted)

    async def _of_codes(self, tag: str, codes: Sequence[Communication]) -> list[Prefix]:
        if not codes:
            return []
        safe = await self._safe(tag, codes)
        asked = [_code_counts(tag, code) for code in codes]
        answers = iter(await self._ask([operation for operations in asked for operation in operations]))
        facts = []
        for code, operations, listed in zip(codes, asked, safe, strict=True):
            self._remember(code, operations)
            facts.append(_prefix(code, [next(answers) for _ in operations], safe=listed))
        return facts

    async def _safe(self, tag: str, codes: Sequence[Communication]) -> list[bool]:
        """Whether the account, or the root account for all of the brand, vouches for each number."""
        persons = [self._person(code.recipient.text) for code in codes]
        accounts = {tag, *(code.account for code in codes)}
        found = await self._database.read(lambda connection: safelist.safe(connection, accounts, set(persons)))
        return [bool({(tag, p), (code.account, p)} & found) for code, p in zip(codes, persons, strict=True)]

    def _remember(self, code: Communication, operations: Sequence[Operation]) -> None:
        counted = [msgspec.structs.replace(o, add=-1) for o in operations if isinstance(o, Count) and o.add]
        if counted:
            self._can_undo(code.id, *counted)


def _code_counts(tag: str, code: Communication) -> tuple[Operation, ...]:
    begins, new = _beginning(code.recipient), int(is_new(code))
    today = (f"{code.at:%Y%m%d}",) if new else ()
    return (
        Count(tag, f"p:{begins}", _HOUR, new),
        Count(tag, f"p-young:{begins}", _YOUNG, new),
        Count(tag, "p-all", _HOUR, new),
        Count(tag, "p-week", _WEEK, new),
        Count(tag, f"p-used:{begins}", _HOUR, 0),
        Count(tag, "p-used-week", _WEEK, 0),
        Distinct(tag, f"p-days:{begins}", _FORTNIGHT, today),
        Distinct(tag, f"p-used-days:{begins}", _FORTNIGHT),
    )


def _used_counts(tag: str, outcome: Outcome) -> tuple[Operation, ...]:
    begins = _beginning(outcome.recipient)
    return (
        Count(tag, f"p-used:{begins}", _HOUR),
        Count(tag, "p-used-week", _WEEK),
        Distinct(tag, f"p-used-days:{begins}", _FORTNIGHT, (f"{outcome.at:%Y%m%d}",)),
    )


def _prefix(code: Communication, answers: Sequence[Any], *, safe: bool) -> Prefix:
    hour, young, every, week, used, used_week, days, used_days = answers
    itself = int(code.attempt > 0 and code.exemption is None)  # it is among what was counted when it was offered
    return Prefix(
        begins=_beginning(code.recipient),
        codes_1h=max(0, hour - itself),
        codes_2m=young,
        used_1h=used,
        days_14d=days.count,
        used_days_14d=used_days.count,
        all_codes_1h=max(0, every - itself),
        all_codes_7d=max(0, week - itself),
        all_used_7d=used_week,
        safe=safe,
    )


def _is_code(subject: Subject) -> bool:
    return (
        isinstance(subject, Communication)
        and subject.purpose is Purpose.OTP
        and subject.direction is Direction.OUTBOUND
        and isinstance(subject.recipient, E164)
    )


def _is_used(subject: Subject) -> bool:
    return isinstance(subject, Outcome) and subject.what is OutcomeKind.CODE_USED


def _beginning(address: object) -> str:
    return begins(address.text) if isinstance(address, E164) else ""


@lru_cache(maxsize=65_536)
def begins(number: str) -> str:
    """How a number in E.164 form begins: its country's code and four digits ("+44 7911 123456": "+447911")."""
    try:
        country = phonenumbers.parse(number).country_code
    except phonenumbers.NumberParseException:
        return number[: 1 + _NATIONAL]
    return number[: len(f"+{country}") + _NATIONAL]
