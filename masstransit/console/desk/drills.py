"""Attacks rehearsed, and the lawful traffic that looks like them: which drills there are, and what came of them.

    GET  /desk/drills                     the drills by clause, each with its last result, and a form
    POST /desk/drills                     play one, a clause's or all, with a seed
    GET  /desk/drills/runs/{errand}       what came of a run
    GET  /desk/drills/runs/{errand}/live  how far it has come
    POST /desk/drills/runs/{errand}/stop
    GET  /desk/drills/{drill}             one drill, and how it went from run to run

It is `masstransit drill`, run as an errand: in a database of its own in a temporary folder, with the house's policy.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row

from masstransit.console.asking import Answer, Asked, Live, Page, Shown, Went, act, page
from masstransit.console.desk import errand
from masstransit.console.house import House
from masstransit.errors import BadInput, NotFound
from masstransit.model.user import Right
from masstransit.storage import errands
from masstransit.storage.paging import Slice

KIND = "drill"
_LOOKED_AT = 30  # runs in which the results of a drill are looked for
_SEEDS = 2**31


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a drill in one run."""

    run: Row[Any]
    result: Mapping[str, Any]
    trend: str = ""  #: "better", "worse" or "" against the run before


async def listed(house: House, asked: Asked) -> Answer:
    """Every drill, by clause."""
    chosen = asked.query.get("clause") or None
    known = await _known(house)
    some = [each for each in known if chosen in (None, each["clause"])]
    done = await house.database.survey(lambda c: errands.done(c, KIND, _LOOKED_AT))
    runs = await house.database.read(lambda c: errands.listed(c, KIND, Slice(size=10)))
    histories = _histories(done)
    titles = {clause.number: clause.title for clause in house.in_force.policy}
    values = {
        "groups": [(number, [each for each in some if each["clause"] == number]) for number in _clauses(some)],
        "titles": titles,
        "histories": histories,
        "failing": {name for name, played in histories.items() if not played[0].result["ok"]},
        "clause": chosen,
        "runs": runs.rows,
        "running": {row.errand for row in runs.rows if house.errands.running(row.errand)},
        "total": len(known),
    }
    return Shown("desk/drills.html", values)


async def _known(house: House) -> Sequence[Mapping[str, Any]]:
    known: Sequence[Mapping[str, Any]] = await house.errands.told("drill", "--list", "--json")
    return known


def _clauses(drills: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    return list(dict.fromkeys(each["clause"] for each in drills))


def _histories(done: Sequence[Row[Any]]) -> Mapping[str, Sequence[Played]]:
    """Drill -> what came of it, the newest first; `done` are runs, the newest first."""
    found: dict[str, list[Played]] = {}
    for run in reversed(done):
        for result in run.result:
            before = found.setdefault(result["drill"], [])
            before.append(Played(run=run, result=result, trend=_trend(result, before[-1].result if before else None)))
    return {name: played[::-1] for name, played in found.items()}


def _trend(now: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    """Whether less leaked and fewer lawful messages were hindered, or more."""
    if before is None:
        return ""
    counts = [(each["leaked"], each["refused"] + each["held"] + each["delayed"]) for each in (now, before)]
    harm, was = counts
    if harm == was:
        return ""
    return "better" if harm[0] <= was[0] and harm[1] <= was[1] else "worse"


async def one(house: House, asked: Asked) -> Answer:
    """One drill, from run to run."""
    name = asked.parts["drill"]
    drill = next((each for each in await _known(house) if each["drill"] == name), None)
    if drill is None:
        raise NotFound(f"there is no drill {name[:64]}")
    done = await house.database.survey(lambda c: errands.done(c, KIND, _LOOKED_AT))
    return Shown("desk/drill.html", {"drill": drill, "played": _histories(done).get(name, ())})


async def begin(house: House, asked: Asked) -> Answer:
    """Play some."""
    name, seed = asked.form.need("drill", "Which", longest=64), asked.form.get("seed")
    if seed and not (seed.isascii() and seed.isdigit() and int(seed) < _SEEDS):
        raise BadInput("Seed: a number below 2147483648, or nothing", field="seed")
    known = await _known(house)
    picked = [each for each in known if name in ("all", each["drill"], each["clause"])]
    if not picked:
        raise NotFound(f"there is no drill {name}")
    told = {"drill": name, "seed": int(seed) if seed else secrets.randbelow(_SEEDS), "drills": len(picked)}
    arguments = ["drill", name, "--json", "--seed", str(told["seed"])]
    return Went(f"/desk/drills/runs/{await errand.begin(house, asked, KIND, told, arguments)}")


async def shown(house: House, asked: Asked) -> Answer:
    """What came of a run."""
    return Shown("desk/drill_run.html", await _look(house, asked.parts["errand"]))


async def live(house: House, asked: Asked) -> Answer:
    """How far it has come, and then what came of it."""
    return Live("desk/drill_results.html", lambda: _look(house, asked.parts["errand"]), every=1.0)


async def _look(house: House, id_: str) -> Mapping[str, Any]:
    found = await errand.look(house, KIND, id_)
    results: Sequence[Mapping[str, Any]] = found["row"].result or ()
    return {
        **found,
        "attacks": [each for each in results if each.get("attack")],
        "lawful": [each for each in results if each.get("lawful")],
        "bad": sum(1 for each in results if not each["ok"]),
    }


async def stop(house: House, asked: Asked) -> Answer:
    """End it before its end."""
    return Went(f"/desk/drills/runs/{await errand.stop(house, asked, KIND)}", "It is stopped.")


PAGES: Sequence[Page] = (
    page("/desk/drills", Right.TRY_POLICY, listed),
    act("/desk/drills", Right.TRY_POLICY, begin),
    page("/desk/drills/runs/{errand}", Right.TRY_POLICY, shown),
    page("/desk/drills/runs/{errand}/live", Right.TRY_POLICY, live),
    act("/desk/drills/runs/{errand}/stop", Right.TRY_POLICY, stop),
    page("/desk/drills/{drill}", Right.TRY_POLICY, one),
)
