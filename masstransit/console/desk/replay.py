"""Other figures tried on the traffic that was, before they are in the settings.

    GET  /desk/replay                 a form, and what was tried before; `clause` shows the figures of one
    POST /desk/replay                 try
    GET  /desk/replay/{errand}        what came of it: what would be newly stopped, and newly let go
    GET  /desk/replay/{errand}/live   how far it has come, and then what came of it
    POST /desk/replay/{errand}/stop

It is `masstransit replay`, run as an errand: it reads the record, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from masstransit import toml
from masstransit.clause import Clause, Figure
from masstransit.console.asking import Answer, Asked, Live, Page, Shown, Went, act, instant, page
from masstransit.console.desk import errand
from masstransit.console.house import House
from masstransit.errors import BadInput, ConfigError, NotFound
from masstransit.model.user import Right
from masstransit.replay.editions import Change, as_settings, change
from masstransit.storage import accounts, errands

KIND = "replay"
_SPANS: Mapping[str, timedelta] = {
    "24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30),
}  # fmt: skip
_MOST_CHANGES = 40
_MODES = ("", "enforced", "shadow")


async def listed(house: House, asked: Asked) -> Answer:
    """The form, and what was tried."""
    part, chosen = asked.slice(instant, str), asked.query.get("clause")
    policy: Sequence[Clause] = house.in_force.policy
    clause = next((each for each in policy if each.number == chosen), None)
    sheet = await house.database.read(lambda c: errands.listed(c, KIND, part))
    values = {
        "sheet": sheet,
        "clauses": policy,
        "clause": clause,
        "figures": [(figure, written(figure)) for figure in clause.figures()] if clause is not None else (),
        "spans": tuple(_SPANS),
        "runs": {row.errand for row in sheet.rows if house.errands.running(row.errand)},
    }
    return Shown("desk/replay.html", values)


def written(figure: Figure) -> str:
    """A figure's value as the settings have it."""
    return toml.inline(figure.value)


async def begin(house: House, asked: Asked) -> Answer:
    """Try what a form says."""
    since, until = _time(asked)
    account, clause = asked.form.get("account"), _clause(house, asked)
    changes = [*_lines(asked), *(_of_form(asked, clause) if clause is not None else ())]
    if len(changes) > _MOST_CHANGES:
        raise BadInput(f"at most {_MOST_CHANGES} changes at once")
    try:
        house.consider(changes)
    except ConfigError as wrong:
        raise BadInput(f"this can't be tried: {wrong}") from wrong
    if account and await house.database.read(lambda c: accounts.find(c, account)) is None:
        raise NotFound(f"there is no account {account[:64]}")
    only = [clause.number] if clause is not None and asked.form.get("only") else []
    told = {
        "since": since, "until": until, "account": account, "changes": list(map(str, changes)), "clauses": only,
        "read_again": bool(asked.form.get("read_again")),
    }  # fmt: skip
    return Went(f"/desk/replay/{await errand.begin(house, asked, KIND, told, _arguments(told))}")


def _time(asked: Asked) -> tuple[datetime, datetime]:
    """From when to before when: so long ago, or two days. Raises `BadInput`."""
    span = asked.form.get("span", "24h")
    if span in _SPANS:
        return asked.now - _SPANS[span], asked.now
    since, last = _day(asked, "since", "From"), _day(asked, "until", "To")
    if since > last:
        raise BadInput("From: it lies after To", field="since")
    return since, min(last + timedelta(days=1), asked.now)


def _day(asked: Asked, name: str, called: str) -> datetime:
    told = asked.form.need(name, called, longest=10)
    try:
        return datetime.strptime(told, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as wrong:
        raise BadInput(f"{called}: a day, such as 2026-11-24", field=name) from wrong


def _clause(house: House, asked: Asked) -> Clause | None:
    number = asked.form.get("clause")
    policy: Sequence[Clause] = house.in_force.policy
    return next((each for each in policy if each.number == number), None)


def _lines(asked: Asked) -> Iterator[Change]:
    """The changes that are written out, a line each. Raises `BadInput`."""
    for line in asked.form.get("changes").splitlines():
        if line.strip():
            yield _change(line)


def _of_form(asked: Asked, clause: Clause) -> Iterator[Change]:
    """The figures of one clause that were given other values. Raises `BadInput`."""
    for figure in clause.figures():
        told, was = asked.form.get(f"figure.{figure.name}"), written(figure)
        if told and told != was:
            yield _change(f"policy.{clause.number}.{figure.name}={told}")
    mode = asked.form.get("mode")
    if mode and mode in _MODES:
        yield _change(f"policy.{clause.number}.mode={mode}")


def _change(told: str) -> Change:
    try:
        return change(told[:1000])
    except ConfigError as wrong:
        raise BadInput(str(wrong).removeprefix("--set ")) from wrong


def _arguments(told: Mapping[str, Any]) -> Sequence[str]:
    """The command line that tries it."""
    pairs = [("--since", told["since"].isoformat()), ("--until", told["until"].isoformat())]
    pairs += [("--account", told["account"])] if told["account"] else []
    pairs += [("--set", each) for each in told["changes"]] + [("--clause", each) for each in told["clauses"]]
    flags = ["--read-again"] if told["read_again"] else []
    return ["replay", "--json", "--progress", *flags, *(f"{name}={value}" for name, value in pairs)]


async def one(house: House, asked: Asked) -> Answer:
    """What was tried, and what came of it."""
    return Shown("desk/replay_one.html", await _look(house, asked.parts["errand"]))


async def live(house: House, asked: Asked) -> Answer:
    """How far it has come, and then what came of it."""
    return Live("desk/replay_result.html", lambda: _look(house, asked.parts["errand"]), every=1.0)


async def _look(house: House, id_: str) -> Mapping[str, Any]:
    found = await errand.look(house, KIND, id_)
    row = found["row"]
    changes = [change(told) for told in row.asked["changes"]]
    policy: Sequence[Clause] = house.in_force.policy
    return {
        **found,
        "says": {made.id: made.says for clause in policy for made in clause.rules()},
        "toml": as_settings(changes),
        "result": row.result,
        "sums": _sums(row.result) if row.result else {},
    }


def _sums(result: Mapping[str, Any]) -> Mapping[str, int]:
    """A result's counts over all rules."""
    names = ("newly_stopped", "complained", "opted_out", "newly_let_go", "overturned")
    return {name: sum(rule[name] for rule in result["rules"].values()) for name in names}


async def stop(house: House, asked: Asked) -> Answer:
    """End it before its end."""
    return Went(f"/desk/replay/{await errand.stop(house, asked, KIND)}", "It is stopped.")


PAGES: Sequence[Page] = (
    page("/desk/replay", Right.TRY_POLICY, listed),
    act("/desk/replay", Right.TRY_POLICY, begin),
    page("/desk/replay/{errand}", Right.TRY_POLICY, one),
    page("/desk/replay/{errand}/live", Right.TRY_POLICY, live),
    act("/desk/replay/{errand}/stop", Right.TRY_POLICY, stop),
)
