"""Facts about pressure: what one sender does to one person over a day, by all ways together.

Three missed calls, two chat messages and an email are each few; to the person they are six. Whoever is reached by
several addresses (`storage/persons.py`) is one person here. Facts count; what is too much is clause 8's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from masstransit.clock import Clock
from masstransit.counters import Counters, Sums
from masstransit.facts.consent import Roots
from masstransit.facts.content import POSITIVE, Content, ContentReader
from masstransit.facts.fact import Fact
from masstransit.facts.traffic import Allowances, CountingByRoot, is_new
from masstransit.model.address import Address
from masstransit.model.communication import Communication, Direction, Kind, Purpose
from masstransit.model.subject import Subject
from masstransit.storage import persons
from masstransit.storage.engine import Database

_TWO_DAYS = 2 * 86_400.0
#: What is counted under which number: the ways to a person, what threatens them, and what they say themselves.
_WAYS: Mapping[Kind, int] = {
    Kind.SMS: 0, Kind.MMS: 0, Kind.CALL: 1, Kind.VOICEMAIL: 1, Kind.FAX: 2, Kind.EMAIL: 3, Kind.CHAT: 4, Kind.VIDEO: 5,
}  # fmt: skip
_NAMES = ("texts", "calls", "faxes", "emails", "chats", "invitations")
_THREATS, _ANSWERS = 8, 9
_HARMS = ("threat", "harassment")
_TALK = (None, Purpose.CONVERSATION)

_Sums: TypeAlias = Mapping[int, int]


class Pressure(Fact, frozen=True, kw_only=True):
    """What a brand, or the end user it names, sent to one person today and yesterday (UTC) as people talk: with no
    purpose stated, or in a conversation. This communication is left out."""

    by_way: Mapping[str, int] = {}  #: texts | calls | faxes | emails | chats | invitations -> how many
    threats: int = 0  #: of these, those that read as threats or harassment
    answers: int = 0  #: what the person wrote or called themselves, by any way

    @property
    def speaks(self) -> bool:
        return bool(self.by_way)

    def ways(self, kind: Kind) -> tuple[str, ...]:
        """By which ways the person is reached, a communication of this kind among them."""
        return tuple(dict.fromkeys((*self.by_way, _NAMES[_WAYS[kind]])))


_NONE = Pressure()


class Pressures(CountingByRoot):
    """Learns `Pressure`. What was refused stays counted: what was tried is what presses."""

    def __init__(  # noqa: PLR0917 - what it counts by, and what it reads
        self,
        counters: Counters,
        clock: Clock,
        allowed: Allowances,
        person: Callable[[str], str],
        reader: ContentReader,
        database: Database,
        roots: Roots,
    ) -> None:
        super().__init__(counters, clock, allowed)
        self._person, self._reader, self._database, self._roots = person, reader, database, roots

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[Pressure]:
        facts = [_NONE] * len(subjects)
        talk = [(i, s) for i, s in enumerate(subjects) if isinstance(s, Communication) and _is_talk(s)]
        if not talk:
            return facts
        whom = await self._whom(tag, [subject for _, subject in talk])
        said = await self._reader.learn([subject for _, subject in talk])
        today = self._clock.now().toordinal()
        asked: list[Sums] = []
        for (_, subject), who, content in zip(talk, whom, said, strict=True):
            asked.append(Sums(tag, f"pr:{today - 1}:{who}", _TWO_DAYS))
            asked.append(Sums(tag, f"pr:{today}:{who}", _TWO_DAYS, _parts(subject, content) if is_new(subject) else ()))
        answers = iter(await self._ask(asked))
        for (i, subject), content in zip(talk, said, strict=True):
            own = dict(_parts(subject, content)) if subject.exemption is None else {}
            facts[i] = _told(next(answers), next(answers), own)
        return facts

    async def _whom(self, root: str, talk: Sequence[Communication]) -> list[str]:
        """Under which key each is counted: who presses, and the person whom it is about, by all their addresses."""
        about = [self._person(_other_side(subject).text) for subject in talk]
        wholes = await self._database.read(lambda connection: persons.wholes(connection, (root,), set(about)))
        return [
            f"{subject.end_user or ''}:{wholes.get((root, person), person)[:24]}"
            for subject, person in zip(talk, about, strict=True)
        ]


def _is_talk(communication: Communication) -> bool:
    """What is said in a conversation is said to all who take part, and to nobody alone."""
    if communication.recipient.text == communication.conversation:
        return False
    return communication.purpose in _TALK or communication.direction is Direction.INBOUND


def _other_side(communication: Communication) -> Address:
    inbound = communication.direction is Direction.INBOUND
    return communication.sender if inbound else communication.recipient


def _parts(communication: Communication, content: Content) -> tuple[tuple[int, int], ...]:
    if communication.direction is Direction.INBOUND:
        return ((_ANSWERS, 1),)
    threatens = max(content.labels[label] for label in _HARMS) >= POSITIVE
    return ((_WAYS[communication.kind], 1), *(((_THREATS, 1),) if threatens else ()))


def _told(before: _Sums, today: _Sums, own: Mapping[int, int]) -> Pressure:
    """The sums of both days, without what this communication added."""
    total = {part: before.get(part, 0) + today.get(part, 0) - own.get(part, 0) for part in {*before, *today}}
    by_way = {name: total[part] for part, name in enumerate(_NAMES) if total.get(part, 0) > 0}
    return Pressure(by_way=by_way, threats=max(0, total.get(_THREATS, 0)), answers=max(0, total.get(_ANSWERS, 0)))
