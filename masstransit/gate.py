"""The gate: every communication is decided here, and nowhere else.

For a batch of subjects it plans which rules hear each of them and which facts those need, has every fact learned once
for all of them, lets the rules judge, and keeps every finding. The strictest finding that binds is the verdict; what
rules find that are in shadow, or snoozed for whom it is about, binds nothing.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

import msgspec

from masstransit.clause import Case, Clause, Rule
from masstransit.clock import Clock
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.fact import Fact
from masstransit.facts.snoozes import Snoozed
from masstransit.model.communication import Communication, Direction, Kind, Moment, Purpose
from masstransit.model.decision import Decision, Finding, Mode, Ruling, Verdict, decision_id
from masstransit.model.subject import Subject

log = logging.getLogger("masstransit.gate")

#: What subjects have in common that the same rules hear: account ("" without terms of its own), kind, moment,
#: direction, the purpose that a communication states, and whether it is one without words.
Alike: TypeAlias = tuple[str, Kind, Moment, Direction, Purpose | None, bool]

#: A rule with its clause, whether it binds, and its bound method.
Heard: TypeAlias = tuple[Clause, Rule, Mode, Any]

#: In which cases of a batch, by their place in it, a fact says something.
Speaking: TypeAlias = Mapping[type, Set[int]]


class Learner(Protocol):
    """Learns one fact for a whole batch: one value a subject, in order. `Unknown` as a value is an answer."""

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]: ...


@runtime_checkable
class Reserving(Protocol):
    """A learner that counts what it is asked about gives back what was not accepted after all."""

    async def release(self, subjects: Sequence[Subject]) -> None: ...


@runtime_checkable
class Silent(Protocol):
    """A learner that has nothing to tell of anybody: rules about its fact alone are not asked."""

    silent: Literal[True]


class Plan(msgspec.Struct, frozen=True):
    """Which rules hear subjects that are alike, and which facts they need between them."""

    rules: tuple[Heard, ...]
    facts: tuple[type[Fact], ...]


class Gate:
    """Holds the policy and the learners; decides batches.

    `overrides` gives an account its own edition of some clauses (its Agreement's terms); `patience` is how long, in
    seconds, a fact may take to be learned before it is Unknown; `local` says that no source is on another machine.
    Where decisions are not kept (`keeps`), they come without the facts that they rest on.
    """

    def __init__(
        self,
        policy: Sequence[Clause],
        learners: Mapping[type, Learner],
        clock: Clock,
        *,
        text_date: str = "",
        overrides: Mapping[str, Sequence[Clause]] | None = None,
        patience: float = 2.0,
        local: bool = False,
        keeps: bool = True,
    ) -> None:
        self._given = tuple(policy)
        self._text_date = text_date
        self._learners = learners
        self._clock = clock
        self._patience = patience
        self._keeps = keeps
        self._learn_columns = self._one_by_one if local else self._side_by_side
        self._given_to = {account: self._merged(own) for account, own in (overrides or {}).items()}
        self._silent = frozenset(fact for fact, learner in learners.items() if isinstance(learner, Silent))
        self._reserving = tuple({id(x): x for x in learners.values() if isinstance(x, Reserving)}.values())
        self.put_in_shadow(frozenset())
        missing = {f.__name__ for c in self._policy for r in c.rules() for f in r.needs if f not in learners}
        if missing:
            raise ValueError(f"no learner for {', '.join(sorted(missing))}")

    @property
    def policy(self) -> tuple[Clause, ...]:
        """The clauses in force for accounts without terms of their own."""
        return self._policy

    @property
    def own(self) -> Mapping[str, tuple[Clause, ...]]:
        """The clauses in force for each account that has terms of its own."""
        return self._overrides

    @property
    def revision(self) -> str:
        """Of the policy in force."""
        return self._revision

    def put_in_shadow(self, rules: frozenset[str]) -> None:
        """From the next batch on these rules are in shadow, whatever the settings say, and no others beside theirs."""
        self._policy = silenced(self._given, rules)
        self._overrides = {account: silenced(own, rules) for account, own in self._given_to.items()}
        self._plans: dict[tuple[Alike, bool], Plan] = {}
        self._revision = revision(self._policy, self._text_date)

    async def decide(self, batch: Sequence[Subject]) -> list[Decision]:
        """A decision for each subject, in order. What facts counted for a refused one is given back."""
        decided = await self._decide(batch)
        not_carried = [
            subject
            for subject, decision in zip(batch, decided, strict=True)
            if subject.moment is Moment.OFFER and _not_accepted(decision)
        ]
        if not_carried:
            await self.release(not_carried)
        return decided

    async def rehearse(self, batch: Sequence[Subject]) -> list[Decision]:
        """The same decisions, with nothing counted."""
        decided = await self._decide(batch)
        await self.release(batch)
        return decided

    async def foretell(self, batch: Sequence[Subject]) -> list[Decision]:
        """What the rules that rest on what is on record of both parties make of subjects, before there is more of them.
        Nothing is counted."""
        return await self._decide(batch, foretold=True)

    async def release(self, subjects: Sequence[Subject]) -> None:
        """Give back what facts counted for these subjects."""
        await asyncio.gather(*(self._give_back(learner, subjects) for learner in self._reserving))

    async def _give_back(self, learner: Reserving, subjects: Sequence[Subject]) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await learner.release(subjects)
        except (CountersUnavailable, TimeoutError) as lost:  # counts are windows: they heal by themselves
            log.warning("counts of %d subjects could not be given back: %s", len(subjects), lost)

    async def _decide(self, batch: Sequence[Subject], *, foretold: bool = False) -> list[Decision]:
        alike: dict[Alike, list[int]] = defaultdict(list)
        for index, subject in enumerate(batch):
            account = subject.account if subject.account in self._overrides else ""
            said = (subject.purpose, subject.wordless) if isinstance(subject, Communication) else (None, False)
            alike[account, subject.kind, subject.moment, subject.direction, *said].append(index)
        plans = {key: self._plan(key, batch[indices[0]], foretold=foretold) for key, indices in alike.items()}
        edition = self._revision  # of these plans: while facts are learned, a rule may step down
        cases = [Case(subject) for subject in batch]
        speaking = await self._learn_all(cases, alike, plans)
        found: dict[int, list[Finding]] = {}
        for key, indices in alike.items():
            found |= hear(plans[key].rules, {index: cases[index] for index in indices}, speaking)
        for index, snoozed in (await self._snoozed(cases)).items():
            cases[index].learn(Snoozed, snoozed)
            found[index] = rested(found.get(index, ()), snoozed)
        now = self._clock.now()
        return [
            _decision(case, tuple(found.get(index, ())), case.record() if self._keeps else {}, now, edition)
            for index, case in enumerate(cases)
        ]

    async def _learn_all(
        self, cases: Sequence[Case], alike: Mapping[Alike, Sequence[int]], plans: Mapping[Alike, Plan]
    ) -> Speaking:
        """Each fact once for all cases whose rules need it; tells in which of them it says something."""
        asked: dict[type[Fact], list[int]] = defaultdict(list)
        for key, indices in alike.items():
            for fact in plans[key].facts:
                asked[fact].extend(indices)
        for indices in asked.values():
            indices.sort()  # facts that count (traffic) count in the order of arrival
        subjects = [case.subject for case in cases]
        columns = await self._learn_columns([(fact, [subjects[i] for i in indices]) for fact, indices in asked.items()])
        about = {made.about for plan in plans.values() for _, made, _, _ in plan.rules}
        speaking: dict[type, Set[int]] = {}
        for (fact, indices), column in zip(asked.items(), columns, strict=True):
            if Unknown in map(type, column):
                for index, value in zip(indices, column, strict=True):
                    cases[index].learn(fact, value)
            else:  # the same, without a call for each of some fifty facts a message
                for index, value in zip(indices, column, strict=True):
                    cases[index][fact] = value
            if fact in about:
                speaking[fact] = {indices[place] for place in fact.speaking(column)}
        return speaking

    async def _snoozed(self, cases: Sequence[Case]) -> Mapping[int, Snoozed]:
        """Of which cases a rule is snoozed. While it can't be known, every rule binds."""
        if Snoozed not in self._learners:
            return {}
        (column,) = await self._learn_columns([(Snoozed, [case.subject for case in cases])])
        return {index: fact for index, fact in enumerate(column) if isinstance(fact, Snoozed) and fact.of}

    async def _side_by_side(self, asked: Sequence[tuple[type, Sequence[Subject]]]) -> list[Sequence[Any]]:
        """A column a fact, where sources are far away: they answer while others are waited for."""

        async def within(fact: type, subjects: Sequence[Subject]) -> Sequence[Any]:
            try:
                async with asyncio.timeout(self._patience):
                    return await self._learn(fact, subjects)
            except TimeoutError:
                return self._too_slow(fact, subjects)

        return await asyncio.gather(*(within(fact, subjects) for fact, subjects in asked))

    async def _one_by_one(self, asked: Sequence[tuple[type, Sequence[Subject]]]) -> list[Sequence[Any]]:
        """A column a fact, where sources answer at once: a task and a timer for each would cost more than they do. The
        timer is set anew where those before have taken a while, so that none is out of time for what others took."""
        columns: list[Sequence[Any]] = []
        now = asyncio.get_running_loop().time
        while len(columns) < len(asked):
            try:
                async with asyncio.timeout(self._patience) as limit:
                    set_at = now()
                    for fact, subjects in asked[len(columns) :]:
                        if now() - set_at > self._patience / 4:
                            set_at = now()
                            limit.reschedule(set_at + self._patience)
                        columns.append(await self._learn(fact, subjects))
            except TimeoutError:
                columns.append(self._too_slow(*asked[len(columns)]))
        return columns

    async def _learn(self, fact: type, subjects: Sequence[Subject]) -> Sequence[Any]:
        try:
            return await self._learners[fact].learn(subjects)
        except Exception as broken:  # noqa: BLE001 - a silent source is an answer: Unknown, and the rule says what follows
            return [Unknown(f"{fact.__name__}: {type(broken).__name__}: {broken}")] * len(subjects)

    def _too_slow(self, fact: type, subjects: Sequence[Subject]) -> Sequence[Any]:
        return [Unknown(f"{fact.__name__}: not learned within {self._patience:g} s")] * len(subjects)

    def _plan(self, key: Alike, subject: Subject, *, foretold: bool) -> Plan:
        if (key, foretold) not in self._plans:
            account, *_, wordless = key
            clauses = self._overrides.get(account, self._policy)
            self._plans[key, foretold] = plan(clauses, subject, self._silent, wordless=wordless, foretold=foretold)
        return self._plans[key, foretold]

    def _merged(self, own: Sequence[Clause]) -> tuple[Clause, ...]:
        """The policy with an account's own edition of some clauses in place."""
        by_number = {clause.number: clause for clause in own}
        return tuple(by_number.get(clause.number, clause) for clause in self._given)


def silenced(clauses: Sequence[Clause], rules: frozenset[str]) -> tuple[Clause, ...]:
    """The clauses with these rules in shadow too."""
    return tuple(
        dataclasses.replace(clause, shadow=clause.shadow | own)
        if (own := rules & {made.id for made in clause.rules()} - clause.shadow)
        else clause
        for clause in clauses
    )


def plan(
    clauses: Sequence[Clause],
    subject: Subject,
    silent: Set[type] = frozenset(),
    *,
    wordless: bool = False,
    foretold: bool = False,
) -> Plan:
    """What subjects like this one are heard by, where some facts never say anything. Rules about words are not asked
    of what is `wordless`, and what only they need is not learned; `foretold` are the rules that rest on the parties."""

    def asked(made: Rule) -> bool:
        if made.about is not None and (made.about in silent or (wordless and made.about.of_words)):
            return False
        return not foretold or all(fact.of_parties for fact in made.needs)

    heard = [(c, made) for c in clauses for made in c.rules() if made.hears(subject) and asked(made)]
    heard.sort(key=lambda pair: not pair[1].first)
    rules = tuple((c, made, c.mode_of(made), getattr(c, made.method)) for c, made in heard)
    return Plan(rules, tuple(dict.fromkeys(fact for _, made, _, _ in rules for fact in made.needs)))


def judge(rules: Sequence[Heard], case: Case) -> tuple[Finding, ...]:
    """What rules find in one case whose facts are known: the same case, the same answer."""
    facts = {made.about for _, made, *_ in rules if made.about is not None}
    speaking = {fact: {0} if fact in case.silent or case[fact].speaks else set() for fact in facts}
    return tuple(hear(rules, {0: case}, speaking).get(0, ()))


def verdict_on(subject: Subject, findings: Sequence[Finding]) -> Verdict:
    """The strictest finding that binds, where nothing exempts the subject."""
    return _strictest(findings) if subject.exemption is None else Verdict.ALLOW


def _decision(
    case: Case, findings: tuple[Finding, ...], facts: Mapping[str, Any], now: datetime, edition: str
) -> Decision:
    subject = case.subject
    return Decision(
        id=decision_id(subject),
        subject=subject.id,
        account=subject.account,
        moment=subject.moment,
        attempt=subject.attempt,
        at=now,
        verdict=verdict_on(subject, findings),
        findings=findings,
        facts=facts,
        revision=edition,
    )


def hear(rules: Sequence[Heard], cases: Mapping[int, Case], speaking: Speaking) -> dict[int, list[Finding]]:
    """What the rules find in cases that are alike, where they find anything; what one could not learn is answered by
    its `when_unknown`. Rule by rule over all cases: its code is then at hand, which halves the time."""
    found: dict[int, list[Finding]] = defaultdict(list)
    for clause, made, mode, judging in rules:
        for index in cases if made.about is None else cases.keys() & speaking[made.about]:
            try:
                rulings = [*judging(cases[index])]
            except Unknown as unknown:
                found[index] += _unlearned(clause, made, mode, unknown)
            except Exception as broken:
                log.exception("rule %s broke", made.id)
                found[index] += _unlearned(clause, made, mode, Unknown(f"the rule broke: {type(broken).__name__}"))
            else:
                if rulings:
                    found[index] += [_finding(clause, made, mode, ruling) for ruling in rulings]
    return found


def rested(findings: Sequence[Finding], snoozed: Snoozed) -> list[Finding]:
    """The findings, of which those of snoozed rules bind nothing."""
    rules = snoozed.rules
    return [msgspec.structs.replace(f, mode=Mode.SHADOW) if f.rule in rules else f for f in findings]


def _finding(clause: Clause, made: Rule, mode: Mode, ruling: Ruling) -> Finding:
    return Finding(
        clause=clause.number,
        rule=made.id,
        verdict=ruling.verdict,
        reason=ruling.reason,
        remedy=ruling.remedy,
        code=ruling.code,
        until=ruling.until,
        overload=ruling.overload,
        by_content=ruling.by_content,
        mode=mode,
        evidence=ruling.evidence,
    )


def _unlearned(clause: Clause, made: Rule, mode: Mode, unknown: Unknown) -> Sequence[Finding]:
    if made.when_unknown is Verdict.ALLOW:
        return ()
    return (
        Finding(
            clause=clause.number,
            rule=made.id,
            verdict=made.when_unknown,
            reason="this could not be checked just now",
            remedy="try again; nothing is wrong with what you sent",
            code=None,
            until=None,
            mode=mode,
            unknown=True,
            evidence={"unknown": str(unknown)},
        ),
    )


def let_go(decision: Decision, rule: str | None) -> Decision:
    """The decision after a person has looked at what `rule` held: it goes, unless something else stands against it.
    What another rule of that clause makes of the same message they have seen as well."""
    if decision.verdict is not Verdict.HOLD or rule is None:
        return decision
    held_by = {f.clause for f in decision.findings if f.mode is Mode.ENFORCED and f.verdict is Verdict.HOLD}
    if held_by != {_clause_of(rule)}:
        return decision
    return msgspec.structs.replace(decision, verdict=Verdict.FLAG)


def _clause_of(rule: str) -> str:
    """The clause that a rule belongs to: 8 of 8.3, B of B4."""
    number = rule.partition(".")[0]
    return number if number.isdigit() else number[:1]


def _not_accepted(decision: Decision) -> bool:
    """Refused, or turned away for now because its sender is too fast: it will come again as another offer."""
    return decision.verdict is Verdict.REFUSE or (
        decision.verdict is Verdict.DELAY
        and any(f.overload and f.mode is Mode.ENFORCED and f.verdict is Verdict.DELAY for f in decision.findings)
    )


def _strictest(findings: Sequence[Finding]) -> Verdict:
    if not findings:  # as of most
        return Verdict.ALLOW
    return max([f.verdict for f in findings if f.mode is Mode.ENFORCED], default=Verdict.ALLOW)


def revision(policy: Sequence[Clause], text_date: str) -> str:
    """The policy's revision: the date of its text and a hash of every figure and mode."""
    figures = [
        (c.number, c.mode.value, sorted(c.shadow), [(f.name, repr(f.value)) for f in c.figures()]) for c in policy
    ]
    return f"{text_date or 'plain'}+{hashlib.blake2b(repr(figures).encode(), digest_size=8).hexdigest()}"
