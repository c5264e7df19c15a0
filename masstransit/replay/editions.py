"""The policy that is tried: the settings with what `--set` says otherwise.

A figure is read and checked as it is in the settings' file. But where the file puts the rules that read a changed
figure in shadow first, here they keep the mode that they have: what they would do if they bound is the question.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from masstransit import config, policy, terms, toml
from masstransit.clause import Clause
from masstransit.errors import ConfigError
from masstransit.gate import silenced
from masstransit.model.decision import Mode

_CHANGE = re.compile(r"policy\.(?P<clause>[0-9A-Z]{1,2})\.(?P<name>[a-z_0-9]+)\s*=\s*(?P<value>[^\n]+)")
_MODES = ("mode", "shadow")  # a clause's, beside its figures


class Change(msgspec.Struct, frozen=True):
    """One `--set`."""

    clause: str
    name: str  #: of a figure, or mode, or shadow
    value: Any

    def __str__(self) -> str:
        return f"policy.{self.clause}.{self.name} = {toml.inline(self.value)}"


class Editions(msgspec.Struct, frozen=True, kw_only=True):
    """A policy: the house's clauses, and those of accounts with terms of their own."""

    house: tuple[Clause, ...]
    own: Mapping[str, tuple[Clause, ...]] = {}
    begins_in_shadow: tuple[str, ...] = ()  #: rules that bind here, and would begin in shadow if the settings said so

    def of(self, account: str) -> tuple[Clause, ...]:
        """The clauses for an account."""
        return self.own.get(account, self.house)


def change(told: str) -> Change:
    """What `--set` says, such as `policy.8.unanswered=2`. Its value is TOML; a word needs no quotes. Raises
    `ConfigError`."""
    said = _CHANGE.fullmatch(told.strip())
    if said is None:
        raise ConfigError(f"--set {told}: say policy.CLAUSE.FIGURE=VALUE, such as policy.8.unanswered=2")
    return Change(said["clause"], said["name"], _value(said["value"]))


def as_settings(changes: Sequence[Change]) -> str:
    """Changes as the settings' file has them, a table a clause."""
    of_clause: dict[str, list[Change]] = {}
    for each in changes:
        of_clause.setdefault(each.clause, []).append(each)
    tables = (
        "\n".join([f"[policy.{clause}]", *(f"{each.name} = {toml.inline(each.value)}" for each in some)])
        for clause, some in of_clause.items()
    )
    return "\n\n".join(tables)


def _value(told: str) -> Any:
    try:
        return tomllib.loads(f"value = {told}")["value"]
    except tomllib.TOMLDecodeError:
        return told.strip()


def editions(settings: config.Settings, changes: Sequence[Change] = (), demoted: Collection[str] = ()) -> Editions:
    """The settings' policy with some changes; `demoted` rules are in shadow by their budget, unless a change says in
    which mode their clause is. Raises `ConfigError`."""
    before = policy.clauses(settings.policy)
    tables = {name: dict(table) if isinstance(table, Mapping) else table for name, table in settings.policy.items()}
    for each in changes:
        tables.setdefault(each.clause, {})[each.name] = each.value
    read = policy.clauses(tables)
    told = {clause.number: {c.name: c.value for c in changes if c.clause == clause.number} for clause in read}
    house = tuple(_binding(was, clause, told[clause.number]) for was, clause in zip(before, read, strict=True))
    begins = (
        made.id
        for clause, tried in zip(read, house, strict=True)
        for made in clause.rules()
        if clause.mode_of(made) is not tried.mode_of(made)
    )
    free = {made.id for clause in house if told[clause.number].keys() & set(_MODES) for made in clause.rules()}
    stays = frozenset(demoted) - free
    if settings.observe:
        binding = [each.clause for each in changes if (each.name, each.value) == ("mode", Mode.ENFORCED.value)]
        house = terms.observed(house, [*settings.enforce, *binding], "settings")
    own = terms.editions(house, settings.account)
    return Editions(
        house=silenced(house, stays),
        own={account: silenced(clauses, stays) for account, clauses in own.items()},
        begins_in_shadow=tuple(begins),
    )


def _binding(was: Clause, clause: Clause, told: Mapping[str, Any]) -> Clause:
    """The changed clause in the modes that it had, as far as no change says them."""
    shadow = frozenset(told["shadow"]) if "shadow" in told else was.shadow
    mode = clause.mode if "mode" in told else was.mode
    return dataclasses.replace(clause, mode=mode, shadow=shadow)
