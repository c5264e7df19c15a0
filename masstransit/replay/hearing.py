"""A decision made again: the rules of an edition hear a case that is on record.

What a rule rests on may be lost by now: a fact was redacted, or was not learned then, or the text is gone that the rule
reads itself. Such a rule is not heard: its findings stand as they were, in the mode that it has now. So are the rules
of clauses that nobody asked about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec

from masstransit import policy
from masstransit.clause import Case
from masstransit.gate import Heard, Plan, judge, let_go, plan, rested, verdict_on
from masstransit.model.communication import Communication, Direction, Kind, Purpose
from masstransit.model.decision import Decision, Finding
from masstransit.replay.editions import Editions
from masstransit.replay.record import Decided, Reader

_CONTENT = {"text", "on_air", "shortened", "binary"}  # by which a rule reads a communication's content itself

_Alike: TypeAlias = tuple[str, Kind, Direction, Purpose | None, bool]


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """A decision as it would be."""

    decision: Decision
    stands: Mapping[str, str] = {}  #: rules that could not be heard, and what of theirs is lost


class Hearing:
    """Hears cases under one edition; `only` names the clauses that are heard anew, none: all."""

    def __init__(self, editions: Editions, only: frozenset[str] = frozenset()) -> None:
        self._editions = editions
        self._only = only
        self._reader = Reader()
        self._plans: dict[_Alike, Plan] = {}
        self._read_content = frozenset[str]().union(
            *(policy.rules_that_read(type(clause), _CONTENT) for clause in editions.house)
        )

    def again(self, made: Decided, subject: Communication, fresh: Mapping[type, Any] = MappingProxyType({})) -> Again:
        """What is decided of it now; `fresh` facts take the place of those on record."""
        planned = self._plan(subject, wordless=made.has_content and subject.wordless)
        case, lost = self._reader.case(made, subject, planned.facts, fresh)
        stands = self._lost(planned.rules, lost, has_content=made.has_content)
        findings = self._findings(planned.rules, case, made, stands)
        if snoozed := self._reader.snoozed(made):
            findings = tuple(rested(findings, snoozed))
        decision = msgspec.structs.replace(
            made.decision, verdict=verdict_on(subject, findings), findings=findings, facts={}
        )
        return Again(decision=let_go(decision, made.let_go), stands=stands)

    def _plan(self, subject: Communication, *, wordless: bool) -> Plan:
        account = subject.account if subject.account in self._editions.own else ""
        alike = (account, subject.kind, subject.direction, subject.purpose, wordless)
        if alike not in self._plans:
            whole = plan(self._editions.of(account), subject, wordless=wordless)
            needed = dict.fromkeys(
                f for clause, made, *_ in whole.rules if self._asked(clause.number) for f in made.needs
            )
            self._plans[alike] = Plan(whole.rules, tuple(needed))
        return self._plans[alike]

    def _asked(self, clause: str) -> bool:
        return not self._only or clause in self._only

    def _lost(self, rules: Sequence[Heard], lost: Mapping[type, str], *, has_content: bool) -> dict[str, str]:
        """Rules that can't be heard for want of what they rest on."""
        if not lost and has_content:
            return {}
        found = {}
        for clause, made, *_ in rules:
            if not self._asked(clause.number):
                continue
            why = next((f"{fact.__name__} {lost[fact]}" for fact in made.needs if fact in lost), None)
            if why is None and not has_content and made.id in self._read_content:
                why = "text not on record"
            if why is not None:
                found[made.id] = why
        return found

    def _findings(
        self, rules: Sequence[Heard], case: Case, made: Decided, stands: Mapping[str, str]
    ) -> tuple[Finding, ...]:
        if not stands and not self._only:
            return judge(rules, case)
        then: dict[str, list[Finding]] = defaultdict(list)
        for finding in made.decision.findings:
            then[finding.rule].append(finding)
        found: list[Finding] = []
        for heard in rules:
            clause, rule, mode, _ = heard
            if not self._asked(clause.number):
                found += then.pop(rule.id, ())
            elif rule.id in stands:
                found += [msgspec.structs.replace(finding, mode=mode) for finding in then.pop(rule.id, ())]
            else:
                found += judge((heard,), case)
        return tuple(found)
