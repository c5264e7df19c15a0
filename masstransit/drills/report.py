"""Results of drills as a table that a compliance officer can read, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from masstransit.drills.drill import Drill
from masstransit.drills.reckoning import Result

_HEAD = ("drill", "clause", "sent", "leaked", "stopped after", "by", "delayed", "held", "refused", "")


def as_json(result: Result) -> dict[str, Any]:
    """One drill of the array. The key `attack` or `lawful` says what it was; `delayed`, `held` and `refused` count
    lawful messages, also those beside an attack."""
    drill = result.drill
    return {
        "drill": drill.name,
        "clause": drill.clause,
        "seed": result.seed,
        drill.sort: True,
        "sent": result.sent,
        "leaked": result.leaked,
        "stopped_after_s": result.stopped_after,
        "delayed": result.delayed,
        "held": result.held,
        "refused": result.refused,
        "ok": result.ok,
        "stopped_by": result.stopped_by or None,
        "hindered_by": list(result.hindered_by),
    }


def as_told(drill: Drill) -> dict[str, Any]:
    """A drill itself, with its bounds: `leak` messages, `within` seconds."""
    return {
        "drill": drill.name,
        "clause": drill.clause,
        "sort": drill.sort,
        "says": drill.says,
        "leak": drill.leak,
        "within": drill.within.total_seconds(),
    }


def table(results: Sequence[Result], seed: int) -> Iterator[str]:
    """The table, attacks first, and a summary."""
    attacks = [r for r in results if r.drill.sort == "attack"]
    lawful = [r for r in results if r.drill.sort == "lawful"]
    rows = [_attack(r) for r in attacks] + [_lawful(r) for r in lawful]
    widths = [max(len(row[i]) for row in [_HEAD, *rows]) for i in range(len(_HEAD))]
    for title, some, first in (("ATTACKS", attacks, 0), ("LAWFUL TRAFFIC", lawful, len(attacks))):
        if some:
            yield title
            yield _line(_HEAD, widths)
            yield from (_line(row, widths) for row in rows[first : first + len(some)])
            yield ""
    yield from _summary(attacks, lawful, seed)


def listed(drills: Sequence[Drill]) -> Iterator[str]:
    """Names, each with its clause and its sentence."""
    width = max(len(drill.name) for drill in drills)
    for drill in drills:
        yield f"{drill.name:<{width}}  {drill.clause:>2}  {drill.sort}  {drill.says}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    left = [
        f"{cell:<{w}}" if i in (0, 5, 9) else f"{cell:>{w}}"
        for i, (cell, w) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(left).rstrip()


def _attack(result: Result) -> tuple[str, ...]:
    drill = result.drill
    after = "never" if result.stopped_after is None else _span(result.stopped_after)
    leaked = str(result.leaked) if drill.alarm else f"{result.leaked} of {drill.leak}"
    counts = [str(n) if result.innocent else "-" for n in (result.delayed, result.held, result.refused)]
    return (
        drill.name, drill.clause, str(result.sent), leaked,
        f"{after} of {_span(drill.within.total_seconds())}", result.stopped_by or "-", *counts, _verdict(result),
    )  # fmt: skip


def _lawful(result: Result) -> tuple[str, ...]:
    by = ", ".join(result.hindered_by) or "-"
    counts = (str(result.delayed), str(result.held), str(result.refused))
    return (result.drill.name, result.drill.clause, str(result.sent), "-", "-", by, *counts, _verdict(result))


def _verdict(result: Result) -> str:
    return "ok" if result.ok else "NOT OK"


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def _summary(attacks: Sequence[Result], lawful: Sequence[Result], seed: int) -> Iterator[str]:
    stopped = [r for r in attacks if r.stopped_after is not None]
    bulk = [r.leaked for r in attacks if r.drill.bulk]
    yield f"seed {seed}: the same again with --seed {seed}"
    if attacks:
        said = f"{len(stopped)} of {len(attacks)} attacks stopped, {sum(r.ok for r in attacks)} within their bounds"
        yield said + (f"; median leak of {len(bulk)} bulk attacks {median(bulk):g}" if bulk else "")
    innocent = [*attacks, *lawful]
    number = sum(r.innocent for r in innocent)
    if number:
        touched = sum(r.delayed + r.held for r in innocent)
        yield (
            f"{number} lawful messages: {sum(r.refused for r in innocent)} refused, {touched} delayed or held "
            f"({touched / number:.2%}); {sum(r.ok for r in lawful)} of {len(lawful)} lawful drills untouched"
        )
    bad = [r.drill.name for r in [*attacks, *lawful] if not r.ok]
    yield "all ok" if not bad else f"NOT OK: {', '.join(bad)}"
