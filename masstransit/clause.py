"""What a clause of the policy is, and the case that comes before it.

A clause is a frozen dataclass: its docstring says the clause in our own words, its fields are its figures, its rules
are methods that look at a case and yield rulings. Rules are pure: the same case gives the same rulings, so that a
decision can be explained, replayed on other figures, and tested without a mock.

    @dataclass(frozen=True, kw_only=True)
    class UnwantedCommunications(Clause):
        '''Messages that somebody asked not to get ...'''

        number = "8"
        title = "Unwanted communications"

        unanswered: int = figure(5, "rulebook 8.3, default")

        @rule("8.1", "who asked to be left alone is left alone", needs=(Blocks,), when_unknown=Verdict.HOLD)
        def left_alone(self, case: Case) -> Rulings:
            if case[Blocks].on_file:
                yield refuse("this person asked you not to write", code=21610)
"""

from __future__ import annotations

import dataclasses
import inspect
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn, Protocol, TypeAlias, TypeVar, cast

import msgspec

from masstransit.errors import Unknown
from masstransit.facts.fact import Fact
from masstransit.model.change import Change
from masstransit.model.communication import Communication, Direction, Kind, Knock, Moment, Purpose
from masstransit.model.decision import Mode, Ruling, Verdict
from masstransit.model.outcome import Outcome
from masstransit.model.subject import Subject

Rulings: TypeAlias = Iterator[Ruling]
Law: TypeAlias = Literal["", "most", "least"]  # a law sets a figure: the most that it allows, or the least that it asks
F = TypeVar("F")
_NAME = operator.attrgetter("__name__")


class Case(dict[type, Any]):
    """One subject before the policy, with what was learned about it: `case[Fact]` is the fact.

    Looking up a fact raises `Unknown` where its source was silent. It is a dict because rules ask it some fifty times a
    message.
    """

    __slots__ = ("change", "communication", "knock", "outcome", "silent", "subject")

    change: Change  #: the subject of a CHANGE
    communication: Communication  #: the subject of an OFFER
    knock: Knock  #: the subject of an ADMISSION
    outcome: Outcome  #: the subject of an OUTCOME

    def __init__(self, subject: Subject, learned: Mapping[type, Any] | None = None) -> None:
        super().__init__()
        self.subject = subject
        self.silent: dict[type, Unknown] = {}  #: facts whose source said nothing, and why
        if isinstance(subject, Communication):
            self.communication = subject
        elif isinstance(subject, Knock):
            self.knock = subject
        elif isinstance(subject, Outcome):
            self.outcome = subject
        elif isinstance(subject, Change):
            self.change = subject
        for fact, value in (learned or {}).items():
            self.learn(fact, value)

    def __getattr__(self, name: str) -> NoReturn:
        """Of a subject that is another."""
        if name in self.__slots__:
            raise TypeError(f"a rule that asks for a {name} was given a {type(self.subject).__name__}")
        raise AttributeError(name)

    def learn(self, fact: type, value: Any) -> None:
        """Add what was learned; an `Unknown` is an answer too."""
        if isinstance(value, Unknown):
            self.silent[fact] = value
        else:
            self[fact] = value

    if TYPE_CHECKING:

        def __getitem__(self, fact: type[F], /) -> F: ...

    def __missing__(self, fact: type) -> Any:
        raise self.silent[fact]

    def record(self) -> dict[str, Any]:
        """Everything that was learned, by the facts' names."""
        told: dict[str, Any] = dict(zip(map(_NAME, self), self.values(), strict=True))  # twice as fast as a loop
        for fact, why in self.silent.items():
            told[fact.__name__] = {"unknown": str(why)}
        return told


class Figure(msgspec.Struct, frozen=True):
    """A number in a clause, with where it comes from."""

    name: str
    value: Any
    source: str  #: statute, standard or rulebook section; "default" where nothing outside prescribes it
    unit: str = ""
    law: Law = ""

    @property
    def shown(self) -> str:
        """The value for people to read: durations as ISO 8601, tables as JSON."""
        if isinstance(self.value, tuple | frozenset):
            each = list(map(str, self.value))
            return ", ".join(sorted(each) if isinstance(self.value, frozenset) else each) or "none"
        plain = msgspec.to_builtins(self.value, str_keys=True)
        return plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()


def figure(value: Any, source: str, unit: str = "", *, law: Law = "") -> Any:
    """A field of a clause: its value and its source. The source ends in "default" where no authority sets it; `law`
    says that a law does, and on which side it is stricter, so that no term of an agreement makes it looser (A3)."""
    told = {"source": source, "unit": unit, "law": law}
    if value.__class__.__hash__ is None:
        return dataclasses.field(default_factory=lambda: value, metadata=told)
    return dataclasses.field(default=value, metadata=told)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One obligation of a clause: which subjects it hears, which facts it needs, what follows when they are unknown."""

    id: str  #: "7.4", as in the rulebook
    says: str  #: the obligation in a few words
    needs: tuple[type[Fact], ...]
    when_unknown: Verdict
    kinds: Kind
    moments: Moment
    direction: Direction | None
    purposes: tuple[Purpose, ...]  #: those of which it has something to say; (): of all
    method: str
    law: str = ""  #: the law that it carries out, where no agreement can set the rule aside (A3)
    about: type[Fact] | None = None  #: it has nothing to say where this fact says nothing, and is not asked then
    first: bool = False  #: heard before others: of two refusals alike, the one to mend first is the one that is told

    def hears(self, subject: Subject) -> bool:
        """Whether such a subject is this rule's business."""
        if not subject.moment & self.moments:
            return False
        if subject.moment is not Moment.ADMISSION and not subject.kind.among(self.kinds):
            return False
        if self.purposes and isinstance(subject, Communication) and not self._concerns(subject.purpose):
            return False
        return self.direction is None or subject.direction is self.direction

    def _concerns(self, purpose: Purpose | None) -> bool:
        """What states no purpose may have any."""
        return purpose is None or purpose in self.purposes


class _Judging(Protocol):
    def __call__(self, clause: Any, case: Case, /) -> Rulings: ...


J = TypeVar("J", bound=_Judging)


def rule(
    id: str,  # noqa: A002 - the rulebook's word
    says: str,
    *,
    needs: tuple[type[Fact], ...] = (),
    when_unknown: Verdict,
    kinds: Kind = Kind.TEXT,
    moments: Moment = Moment.OFFER,
    direction: Direction | None = Direction.OUTBOUND,
    purposes: tuple[Purpose, ...] = (),
    law: str = "",
    about: type[Fact] | None = None,
    first: bool = False,
) -> Callable[[J], J]:
    """Mark a method of a clause as one of its rules.

    With `purposes` it hears messages of those, and such as state none. A fact that counts (traffic) is needed by a
    rule that hears every purpose, or it would count some messages only.

    A rule that only ever speaks when one fact is out of the ordinary says so (`about`): most messages have nothing on
    file, link nowhere and hide nothing, and some thirty rules need not be asked about those.
    """
    if about is not None and about not in needs:
        raise ValueError(f"rule {id} is about {about.__name__} and does not need it")

    def mark(method: J) -> J:
        made = Rule(
            id=id,
            says=says,
            needs=needs,
            when_unknown=when_unknown,
            kinds=kinds,
            moments=moments,
            direction=direction,
            purposes=purposes,
            method=cast("Any", method).__name__,
            law=law,
            about=about,
            first=first,
        )
        cast("Any", method).rule = made
        return method

    return mark


#: Why a clause hears nothing of a kind: it carries no words that a machine could read, so that it rests on those who
#: take part and complain (a report is an outcome, and standing follows).
REPORTS = "rests on reports"


@dataclass(frozen=True, kw_only=True)
class Clause:
    """A clause of the policy. Subclasses add figures (fields) and rules (methods marked with `rule`)."""

    number: ClassVar[str]  #: "1" to "19", "A", "B", "R"
    title: ClassVar[str]
    rests_on: ClassVar[str] = ""  #: what of it only a report or a person can tell, in a sentence
    not_yet: ClassVar[str] = ""  #: what it does not judge yet, in a sentence; "" when it judges all it can
    unheard: ClassVar[
        tuple[tuple[Kind, str], ...]
    ] = ()  #: kinds that no rule of it hears, and why: REPORTS or a sentence

    mode: Mode = Mode.ENFORCED  #: SHADOW silences the whole clause
    shadow: frozenset[str] = frozenset()  #: rules that are in shadow, by id

    @classmethod
    def rules(cls) -> tuple[Rule, ...]:
        """Its rules, in the order in which its file has them; then those of the files that it is made of."""
        members = (member for part in cls.__mro__ for member in vars(part).values())
        return tuple(made for member in members if (made := getattr(member, "rule", None)) is not None)

    def figures(self) -> tuple[Figure, ...]:
        """Its figures with their sources."""
        return tuple(
            Figure(f.name, getattr(self, f.name), f.metadata["source"], f.metadata["unit"], f.metadata["law"])
            for f in dataclasses.fields(self)
            if "source" in f.metadata
        )

    def mode_of(self, made: Rule) -> Mode:
        """Whether the rule binds."""
        return Mode.SHADOW if self.mode is Mode.SHADOW or made.id in self.shadow else Mode.ENFORCED

    @classmethod
    def says(cls) -> str:
        """The clause in our own plain words: its docstring."""
        return inspect.cleandoc(cls.__doc__ or "")
