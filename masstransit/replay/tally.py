"""What would have changed, counted by rule. It grows with the rules and not with the record."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from masstransit.model.decision import Decision, Finding, Mode, Verdict
from masstransit.replay.hearing import Again
from masstransit.replay.record import Decided, stands_in_the_way

_EXAMPLES = 3  # decision ids of each kind of change of each rule


@dataclass(kw_only=True)
class RuleTally:
    """One rule: what it stood in the way of, then and now, and what it found in shadow."""

    then: int = 0  #: decisions in whose way it stood
    now: int = 0
    newly_stopped: int = 0  #: carried then, and not now, by this rule
    complained: int = 0  #: of those: their person complained afterwards
    opted_out: int = 0  #: of those: their person opted out afterwards
    newly_let_go: int = 0  #: stopped then, by this rule, and carried now
    overturned: int = 0  #: of those: a person found then that it was stopped wrongly
    otherwise: int = 0  #: stopped then and now, more or less strictly; or flagged now and not then, or the reverse
    still_overturned: int = 0  #: stopped by it then, and stopped now, though a person found that wrong
    shadow_then: int = 0  #: decisions in which it found something in shadow
    shadow_now: int = 0
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def example(self, kind: str, decision: str) -> None:
        """Keep the first few."""
        if len(self.examples[kind]) < _EXAMPLES:
            self.examples[kind].append(decision)


@dataclass(kw_only=True)
class Tally:
    """A replay's counts."""

    read: int = 0  #: decisions about offers that were read
    replayed: int = 0
    changed: int = 0  #: whose verdict would be another
    already: int = 0  #: of those: also without the change, because the settings or the program changed since
    elsewhere: int = 0  #: decisions about knocks and outcomes: what those were is not on record
    verdicts: Counter[tuple[Verdict, Verdict]] = field(default_factory=Counter)
    revisions: Counter[str] = field(default_factory=Counter)  #: of the policy by which it was decided then
    rules: dict[str, RuleTally] = field(default_factory=lambda: defaultdict(RuleTally))
    senders: Counter[str] = field(default_factory=Counter)  #: accounts of which something is newly stopped
    left_out: Counter[str] = field(default_factory=Counter)  #: why -> decisions that could not be replayed
    stands: Counter[tuple[str, str]] = field(default_factory=Counter)  #: (rule, what is lost) -> as they were then
    seconds: float = 0.0  #: spent in judging

    def add(self, made: Decided, again: Again, *, already: bool) -> None:
        """Count one decision that was made again."""
        then, now = made.decision, again.decision
        self.replayed += 1
        self.revisions[then.revision] += 1
        self.verdicts[then.verdict, now.verdict] += 1
        self.stands.update(again.stands.items())
        self._shadow(then.findings, now.findings)
        stood, stands = stands_in_the_way(then), stands_in_the_way(now)
        if stood is not None:
            self.rules[stood].then += 1
            self.rules[stood].still_overturned += made.overturned and stands is not None
        if stands is not None:
            self.rules[stands].now += 1
        if then.verdict is not now.verdict:
            self.changed += 1
            self.already += already
            self._changed(then, now, overturned=made.overturned)

    def followed(self, rule: str, *, complained: bool, opted_out: bool) -> None:
        """What a person said after something that would be newly stopped."""
        self.rules[rule].complained += complained
        self.rules[rule].opted_out += opted_out

    def _shadow(self, then: Iterable[Finding], now: Iterable[Finding]) -> None:
        for rule in {f.rule for f in then if f.mode is Mode.SHADOW}:
            self.rules[rule].shadow_then += 1
        for rule in {f.rule for f in now if f.mode is Mode.SHADOW}:
            self.rules[rule].shadow_now += 1

    def _changed(self, then: Decision, now: Decision, *, overturned: bool) -> None:
        stood, stands = stands_in_the_way(then), stands_in_the_way(now)
        if stood is None and stands is not None:
            self.rules[stands].newly_stopped += 1
            self.rules[stands].example("newly stopped", then.id)
            self.senders[then.account] += 1
        elif stood is not None and stands is None:
            self.rules[stood].newly_let_go += 1
            self.rules[stood].overturned += overturned
            self.rules[stood].example("newly let go", then.id)
        elif (rule := stands or stood or _flagging(now) or _flagging(then)) is not None:
            self.rules[rule].otherwise += 1
            self.rules[rule].example("otherwise", then.id)


def _flagging(decision: Decision) -> str | None:
    return decision.deciding.rule if decision.deciding is not None else None
