"""What a drill is, and how drills are found: every marked function in `scenarios/`, without a list to keep."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import ModuleType
from typing import Literal, TypeAlias

import msgspec

from masstransit.drills import scenarios
from masstransit.drills.acts import Course
from masstransit.drills.scene import Scene
from masstransit.errors import BadInput

Script: TypeAlias = Callable[[Scene], Course]
Sort: TypeAlias = Literal["attack", "lawful"]

BULK_LEAK = 20  #: messages of a bulk attack that may get out before it is stopped


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario with what is expected of the house.

    An attack has to be stopped by a rule of its clause (or of one that it names in `also`) with no more than `leak`
    messages carried, `within` so much time from its first message. A lawful one has to go through untouched.
    """

    name: str
    clause: str
    says: str  #: in a sentence
    sort: Sort
    script: Script
    leak: int = 0
    within: timedelta = timedelta(0)
    bulk: bool = False  #: an attack by quantity: some have to be seen before it can be told
    alarm: bool = False  #: the rulebook asks that it be noticed, not stopped: a flag is enough, and only time is judged
    also: tuple[str, ...] = ()  #: clauses whose rules stop it as well, where the scenario belongs to two

    @property
    def stoppers(self) -> tuple[str, ...]:
        return (self.clause, *self.also)


def attack(
    clause: str,
    *,
    within: timedelta = timedelta(minutes=15),
    leak: int | None = None,
    bulk: bool = False,
    alarm: bool = False,
    also: tuple[str, ...] = (),
) -> Callable[[Script], Script]:
    """Mark an attack. Its bounds are the rulebook's; a bulk attack may leak `BULK_LEAK`, any other nothing, unless the
    scenario says otherwise."""
    bound = (BULK_LEAK if bulk else 0) if leak is None else leak

    def mark(script: Script) -> Script:
        made = Drill(
            name=_name(script), clause=clause, says=_says(script), sort="attack", script=script, leak=bound,
            within=within, bulk=bulk, alarm=alarm, also=also,
        )  # fmt: skip
        script.drill = made  # type: ignore[attr-defined]
        return script

    return mark


def lawful(clause: str) -> Callable[[Script], Script]:
    """Mark lawful traffic that looks like what the clause forbids."""

    def mark(script: Script) -> Script:
        script.drill = Drill(  # type: ignore[attr-defined]
            name=_name(script), clause=clause, says=_says(script), sort="lawful", script=script
        )
        return script

    return mark


def drills(where: ModuleType = scenarios) -> tuple[Drill, ...]:
    """Every drill of a package, in the order of its files. Raises `BadInput` where two have one name."""
    found: dict[str, Drill] = {}
    for drill in _found(where):
        if drill.name in found:
            raise BadInput(f"two drills are called {drill.name}")
        found[drill.name] = drill
    return tuple(found.values())


def _found(where: ModuleType) -> Iterator[Drill]:
    for module in sorted(pkgutil.iter_modules(where.__path__), key=lambda each: each.name):
        loaded = importlib.import_module(f"{where.__name__}.{module.name}")
        for member in vars(loaded).values():
            drill = getattr(member, "drill", None)
            if isinstance(drill, Drill) and member.__module__ == loaded.__name__:
                yield drill


def chosen(name: str) -> tuple[Drill, ...]:
    """The drills of a name: one, all, or all of a clause ("7"). Raises `BadInput`."""
    every = drills()
    if name == "all":
        return every
    some = tuple(drill for drill in every if name in (drill.name, drill.clause))
    if not some:
        raise BadInput(f"there is no drill {name}; `masstransit drill --list` names them")
    return some


def _name(script: Script) -> str:
    return script.__name__.replace("_", "-")


def _says(script: Script) -> str:
    return " ".join((script.__doc__ or "").split())
