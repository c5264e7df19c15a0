"""The Acceptable Use Policy: its table of contents, and the reading of its figures from the settings."""

from __future__ import annotations

import dataclasses
import inspect
import types
from collections.abc import Iterator, Mapping
from datetime import timedelta
from importlib import resources
from typing import Any, get_type_hints

import msgspec

from masstransit.clause import Clause
from masstransit.errors import ConfigError
from masstransit.policy.agreement import Acceptance
from masstransit.policy.clause_01_interference import Interference
from masstransit.policy.clause_02_security_bypass import SecurityBypass
from masstransit.policy.clause_03_reverse_engineering import ReverseEngineering
from masstransit.policy.clause_04_denial_of_service import DenialOfService
from masstransit.policy.clause_05_malicious_programs import MaliciousPrograms
from masstransit.policy.clause_06_carrier_complaints_and_industry_rules import CarrierComplaints
from masstransit.policy.clause_07_unsolicited_marketing import UnsolicitedMarketing
from masstransit.policy.clause_08_unwanted_communications import UnwantedCommunications
from masstransit.policy.clause_09_harvesting import Harvesting
from masstransit.policy.clause_10_fraud import Fraud
from masstransit.policy.clause_11_protected_health_information import ProtectedHealthInformation
from masstransit.policy.clause_12_unlawful_use import UnlawfulUse
from masstransit.policy.clause_13_recording_without_consent import RecordingWithoutConsent
from masstransit.policy.clause_14_authority_requests import AuthorityRequests
from masstransit.policy.clause_15_intellectual_property import IntellectualProperty
from masstransit.policy.clause_16_hateful_or_harmful_speech import HatefulOrHarmfulSpeech
from masstransit.policy.clause_17_objectionable_content import ObjectionableContent
from masstransit.policy.clause_18_false_identity import FalseIdentity
from masstransit.policy.clause_19_unanswered_and_short_calls import UnansweredAndShortCalls
from masstransit.policy.end_users import EndUsersConduct
from masstransit.policy.number_reclamation import NumberReclamation

AUP: tuple[type[Clause], ...] = (
    Acceptance,
    EndUsersConduct,
    Interference,
    SecurityBypass,
    ReverseEngineering,
    DenialOfService,
    MaliciousPrograms,
    CarrierComplaints,
    UnsolicitedMarketing,
    UnwantedCommunications,
    Harvesting,
    Fraud,
    ProtectedHealthInformation,
    UnlawfulUse,
    RecordingWithoutConsent,
    AuthorityRequests,
    IntellectualProperty,
    HatefulOrHarmfulSpeech,
    ObjectionableContent,
    FalseIdentity,
    UnansweredAndShortCalls,
    NumberReclamation,
)

PLAIN = resources.files(__package__).joinpath("plain.md").read_text(encoding="utf-8")
PLAIN_DATED = "2026-11-24"  #: the date of the plain-language edition

_ABOUT_THE_TEXT = ("text", "dated")  # of the [policy] table: not a clause's


def clauses(figures: Mapping[str, Any]) -> tuple[Clause, ...]:
    """The policy with the figures of the settings: the `[policy]` table, with a table a clause.

    Rules that read a changed figure begin in shadow, unless the clause's table says `mode = "enforced"`. Raises
    `ConfigError`, naming the clause and what can be set in it.
    """
    known_numbers(figures, "policy", also=_ABOUT_THE_TEXT)
    return tuple(_set(clause, figures.get(clause.number, {})) for clause in AUP)


def known_numbers(tables: Any, where: str, *, also: tuple[str, ...] = ()) -> None:
    """Raise `ConfigError` for a table of a clause that there is not."""
    if not isinstance(tables, Mapping):
        raise ConfigError(f"[{where}] must be a table, with a table a clause in it")
    numbers = [clause.number for clause in AUP]
    unknown = [n for n in tables if n not in numbers and n not in also]
    if unknown:
        raise ConfigError(f"[{where}.{unknown[0]}]: there is no such clause; there are {', '.join(numbers)}")


def read(clause: type[Clause], table: Any, where: str) -> dict[str, Any]:
    """A clause's table, as the clause's fields: its figures, `mode` and `shadow`. Raises `ConfigError`."""
    if not isinstance(table, Mapping):
        raise ConfigError(f"[{where}] must be a table")
    fields = [field.name for field in dataclasses.fields(clause)]
    types_of = get_type_hints(clause, include_extras=True)
    told: dict[str, Any] = {}
    for name, value in table.items():
        if name not in fields:
            raise ConfigError(f"[{where}] {name}: clause {clause.number} has {', '.join(fields)}")
        told[name] = _converted(f"[{where}] {name}", value, types_of[name])
    known = {made.id for made in clause.rules()}
    if missing := sorted(told.get("shadow", frozenset()) - known):
        raise ConfigError(f"[{where}] shadow: no rule {missing[0]}; there are {', '.join(sorted(known))}")
    return told


def _set(clause: type[Clause], table: Any) -> Clause:
    told = read(clause, table, f"policy.{clause.number}")
    standard = clause()
    changed = {f for f in told if f not in ("mode", "shadow") and told[f] != getattr(standard, f)}
    if changed and "mode" not in told:
        told["shadow"] = told.get("shadow", standard.shadow) | rules_that_read(clause, changed)
    return clause(**told)


def _converted(where: str, value: Any, wanted: Any) -> Any:
    if wanted is timedelta and isinstance(value, int | float) and not isinstance(value, bool):
        return timedelta(seconds=value)
    try:
        return msgspec.convert(value, wanted)
    except msgspec.ValidationError as wrong:
        raise ConfigError(f"{where}: {wrong}") from wrong


def rules_that_read(clause: type[Clause], figures: set[str]) -> frozenset[str]:
    """The rules whose method, or one that it calls, names one of these figures."""
    return frozenset(made.id for made in clause.rules() if figures & set(_names(clause, made.method, set())))


def _names(clause: type[Clause], method: str, seen: set[str]) -> Iterator[str]:
    seen.add(method)
    found = inspect.getattr_static(clause, method, None)
    function = found.fget if isinstance(found, property) else getattr(found, "__func__", found)
    if not isinstance(function, types.FunctionType):
        return
    for name in _names_in(function.__code__):
        yield name
        if name not in seen:
            yield from _names(clause, name, seen)


def _names_in(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names_in(constant)
