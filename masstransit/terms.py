"""An account's own terms: what its Agreement says otherwise than the policy, and what no agreement can say.

Where the two contradict each other the Agreement wins, as far as they do (rulebook A3). Its terms may loosen what the
rulebook or the industry sets, and tighten anything. A rule that carries out a law stays in force, and a figure that a
law sets can be made stricter only: no term of a contract waives law.

Terms bind from the first message. They were signed, not tried, so that unlike a figure of the house they begin in no
shadow.

An account that observes, or a whole house, is judged by every rule and stopped by none: so its customer sees the policy
on its own traffic before anything is enforced. Then it is enforced clause by clause (`enforce`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from masstransit import policy
from masstransit.clause import Clause, Figure, Law
from masstransit.errors import ConfigError
from masstransit.facts.law import Hours
from masstransit.model.decision import Mode

_OF_AN_ACCOUNT = ("section", "policy", "observe", "enforce")
#: Rules that carry out what somebody decided: they bind also who only observes.
DECIDED = frozenset({"A5", "B6", "14.1"})
_SIDES: Mapping[Law, str] = {"most": "no more than that, or narrower hours", "least": "no less than that"}


def editions(house: Sequence[Clause], accounts: Mapping[str, Any]) -> dict[str, tuple[Clause, ...]]:
    """The clauses of each account that has terms of its own: the `[account]` table of the settings. Raises
    `ConfigError`."""
    return {account: _edition(house, f"account.{account}", told) for account, told in accounts.items()}


def _edition(house: Sequence[Clause], where: str, told: Any) -> tuple[Clause, ...]:
    if not isinstance(told, Mapping):
        raise ConfigError(f"[{where}] is a table")
    if unknown := sorted(set(told) - set(_OF_AN_ACCOUNT)):
        raise ConfigError(f"[{where}] {unknown[0]}: it may have {', '.join(_OF_AN_ACCOUNT)}")
    observes, tables, enforced = told.get("observe", False), told.get("policy", {}), told.get("enforce", [])
    if not isinstance(observes, bool):
        raise ConfigError(f"[{where}] observe: true or false")
    if enforced and not observes:
        raise ConfigError(f"[{where}] enforce: only of an account that observes; of others everything is enforced")
    policy.known_numbers(tables, f"{where}.policy")
    if not told.get("section") and (tables or not observes):
        raise ConfigError(f"[{where}]: say `section`, the place in the Agreement that allows these terms")
    agreed = tuple(
        _agreed(clause, tables[clause.number], f"{where}.policy.{clause.number}") if clause.number in tables else clause
        for clause in house
    )
    return observed(agreed, enforced, where) if observes else agreed


def observed(clauses: Sequence[Clause], enforced: Sequence[str], where: str) -> tuple[Clause, ...]:
    """Clauses in shadow: judged, and nothing is stopped. What was decided before stays: a suspension, an order. So do
    the clauses and rules that are `enforced`, by their numbers. Raises `ConfigError` for one that there is not."""
    numbers = {clause.number for clause in clauses} | {made.id for clause in clauses for made in clause.rules()}
    if unknown := sorted({*map(str, enforced)} - numbers):
        raise ConfigError(f"[{where}] enforce: there is no clause or rule {unknown[0]}; docs/policy.md lists them")
    return tuple(_observed(clause, frozenset(enforced)) for clause in clauses)


def _observed(clause: Clause, enforced: frozenset[str]) -> Clause:
    if clause.number in enforced:
        return clause
    resting = frozenset(made.id for made in clause.rules() if made.id not in DECIDED | enforced)
    return dataclasses.replace(clause, shadow=clause.shadow | resting)


def _agreed(clause: Clause, table: Any, where: str) -> Clause:
    """The house's clause as the Agreement changes it."""
    told = policy.read(type(clause), table, where)
    for one in type(clause)().figures():
        if one.name in told:
            _check_figure(clause, one, told[one.name], where)
    mode, silenced = told.pop("mode", clause.mode), told.pop("shadow", frozenset())
    for made in clause.rules():
        waived = mode is Mode.SHADOW or made.id in silenced
        if made.law and waived and clause.mode_of(made) is Mode.ENFORCED:
            raise ConfigError(f"[{where}]: rule {made.id} is law ({made.law}), and no term of an agreement waives law")
    enforced = table.get("mode") == Mode.ENFORCED.value  # said outright: what the house has in shadow binds here
    return dataclasses.replace(clause, **told, mode=mode, shadow=silenced if enforced else clause.shadow | silenced)


def _check_figure(clause: Clause, standard: Figure, own: Any, where: str) -> None:
    """Raise `ConfigError` for a figure that is no account's own, or looser than the law that sets it."""
    if not policy.rules_that_read(type(clause), {standard.name}):
        raise ConfigError(
            f"[{where}] {standard.name}: no rule reads it for one account, so that it would change nothing"
        )
    if standard.law and not _as_strict(standard.law, standard.value, own):
        raise ConfigError(
            f"[{where}] {standard.name}: {standard.source} sets it, and no term of an agreement waives law; it can be "
            f"{_SIDES[standard.law]} (a table with the same entries, each so)"
        )


def _as_strict(law: Law, standard: Any, own: Any) -> bool:
    """Whether an own figure is as strict as the one that a law sets. False too where nobody could tell: a table with
    other entries may be either."""
    if isinstance(standard, Mapping):
        return own.keys() == standard.keys() and all(_as_strict(law, standard[k], own[k]) for k in standard)
    if isinstance(standard, Hours):
        return bool(own.within(standard))
    if isinstance(standard, tuple):
        return set(own) >= set(standard) if law == "least" else set(own) <= set(standard)
    return bool(own >= standard if law == "least" else own <= standard)
