"""What an observing account would have been stopped at: the findings that bound nothing, counted by rule.

A message counts under every rule that was in its way: where one clause is enforced and another is not, each has to be
known. What was in shadow by the house's own settings does not count: that binds nobody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from masstransit.clause import Clause
from masstransit.facts.consent import Consents
from masstransit.model.communication import Direction
from masstransit.model.decision import Finding, Mode, Verdict
from masstransit.replay.record import Decided
from masstransit.replay.replay import AFTERWARDS, Asked, Page, pages
from masstransit.storage import accounts, aftermath
from masstransit.storage.engine import Database

_EXAMPLES = 3  # decisions of each rule that are named
#: What T-Mobile takes for a violation, in USD, by clause or rule (rulebook 6.5: Sev-0, tiers 1 to 3; a carrier's list
#: changes, so that this says what is likely and no more).
FINES: Mapping[str, int] = {"5": 2000, "9": 2000, "10": 2000, "12": 1000, "6.5.3": 500, "17": 500}


@dataclass(kw_only=True)
class Touched:
    """What one rule would have stood in the way of."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    purposes: Counter[str] = field(default_factory=Counter)
    people: set[str] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    reasons: Counter[tuple[str, str, int | None]] = field(default_factory=Counter)  #: reason, remedy, the wire's code
    agreed: int = 0  #: to people of whom a consent is on record
    answered: int = 0  #: whose person wrote back afterwards, and asked for no end
    complained: int = 0  #: whose person complained or opted out afterwards
    examples: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(self.verdicts.values())


@dataclass(kw_only=True)
class Observed:
    """The whole."""

    messages: int = 0
    stopped: int = 0  #: that would have been delayed, held or refused
    accounts: set[str] = field(default_factory=set)
    rules: dict[str, Touched] = field(default_factory=lambda: defaultdict(Touched))


async def observe(
    database: Database, asked: Asked, resting: Collection[str], progress: Callable[[int], None]
) -> Observed:
    """Count what findings that bound nothing would have stopped. `resting` are the rules that the house has in shadow.
    Raises `StorageUnavailable`."""
    told = Observed()
    named = [asked.account] if asked.account else await database.survey(accounts.names)
    for account in named:
        async for page in pages(database, account, asked):
            await _count(database, account, list(_readable(page)), resting, told)
            progress(told.messages)
    return told


def _readable(page: Page) -> Iterator[Decided]:
    """The decisions of a page. What can't be read says nothing."""
    for row in page.rows:
        try:
            made = page.read(row)
        except msgspec.MsgspecError:
            continue
        yield made


async def _count(
    database: Database, account: str, made: Sequence[Decided], resting: Collection[str], told: Observed
) -> None:
    first = [one for one in made if one.decision.attempt == 0 and _outbound(one)]
    told.messages += len(first)
    touched = [(one, found) for one in first if (found := _in_the_way(one, resting))]
    told.stopped += len(touched)
    if first:
        told.accounts.add(account)
    got = [aftermath.Got(one.decision.subject, one.person, one.decision.at) for one, _ in touched if one.person]
    said = await database.survey(lambda c: aftermath.after(c, account, got, AFTERWARDS))
    for one, found in touched:
        for finding in found:
            _add(told.rules[finding.rule], one, finding, said)


def _add(rule: Touched, made: Decided, finding: Finding, said: aftermath.Aftermath) -> None:
    sid = made.decision.subject
    purpose = made.communication.purpose if made.communication is not None else None
    rule.verdicts[finding.verdict] += 1
    rule.accounts.add(made.decision.account)
    rule.people.add(made.person)
    rule.purposes[purpose.value if purpose is not None else "not stated"] += 1
    rule.reasons[finding.reason, finding.remedy, finding.code] += 1
    rule.agreed += _agreed(made)
    rule.answered += sid in said.answered
    rule.complained += sid in said.complained | said.opted_out
    if len(rule.examples) < _EXAMPLES:
        rule.examples.append(made.decision.id)


def _outbound(made: Decided) -> bool:
    return made.communication is not None and made.communication.direction is Direction.OUTBOUND


def _in_the_way(made: Decided, resting: Collection[str]) -> Sequence[Finding]:
    """What would have delayed, held or refused it and did not bind, the strictest finding of each rule."""
    found: dict[str, Finding] = {}
    for finding in made.decision.findings:
        counts = finding.mode is Mode.SHADOW and finding.verdict > Verdict.FLAG and finding.rule not in resting
        if counts and (finding.rule not in found or finding.verdict > found[finding.rule].verdict):
            found[finding.rule] = finding
    return tuple(found.values())


def _agreed(made: Decided) -> bool:
    kept = made.decision.facts.get(Consents.__name__, b"{}")
    try:
        return bool(msgspec.json.decode(kept, type=Consents).in_force)
    except msgspec.MsgspecError:  # it was silent then, or was redacted
        return False


# --- as it is told ----------------------------------------------------------------------------------------------------


def as_json(told: Observed, asked: Asked) -> dict[str, Any]:
    """Everything that was counted."""
    return {
        "since": asked.since,
        "until": asked.until,
        "accounts": sorted(told.accounts),
        "messages": told.messages,
        "would_be_stopped": told.stopped,
        "rules": {
            name: {
                "messages": rule.count,
                "verdicts": {verdict.name: count for verdict, count in rule.verdicts.items()},
                "purposes": dict(rule.purposes),
                "people": len(rule.people),
                "accounts": sorted(rule.accounts),
                "reasons": [
                    {"reason": reason, "remedy": remedy, "code": code, "messages": count}
                    for (reason, remedy, code), count in rule.reasons.most_common()
                ],
                "consent_on_record": rule.agreed,
                "answered_afterwards": rule.answered,
                "complained_or_opted_out": rule.complained,
                "likely_fine_usd": _fine(name),
                "examples": rule.examples,
            }
            for name, rule in sorted(told.rules.items())
        },
    }


def lines(told: Observed, asked: Asked, clauses: Sequence[Clause]) -> Iterator[str]:
    """The same for people: by clause, with the remedy, and what lawful traffic it would have touched."""
    whose = f"{len(told.accounts)} account{'s' if len(told.accounts) != 1 else ''}"
    yield f"{told.messages:,} messages of {whose}, {asked.since:%Y-%m-%d %H:%M} to {asked.until:%Y-%m-%d %H:%M} UTC"
    share = _share(told.stopped, told.messages)
    yield f"{told.stopped:,} ({share}) went out that would have been delayed, held or refused"
    for clause in clauses:
        found = {made.id: told.rules[made.id] for made in clause.rules() if made.id in told.rules}
        if not found:
            continue
        says = {made.id: made.says for made in clause.rules()}
        yield ""
        yield f"clause {clause.number}, {clause.title}"
        for name, rule in found.items():
            yield from _rule(name, says[name], rule, told.messages)


def _rule(name: str, says: str, rule: Touched, messages: int) -> Iterator[str]:
    verdicts = ", ".join(
        f"{count:,} {_DONE[verdict]}" for verdict, count in sorted(rule.verdicts.items(), reverse=True)
    )
    yield f"  {name}  {says}"
    yield f"      would be  {verdicts} ({_share(rule.count, messages)}), {len(rule.people):,} people"
    yield f"      purposes  {_counts(rule.purposes)}"
    for (reason, remedy, code), count in rule.reasons.most_common(_EXAMPLES):
        yield f"      reason    {reason} ({count:,}{f', error {code}' if code else ''})"
        yield f"      remedy    {remedy}"
    yield (
        f"      lawful?   {rule.agreed:,} to people with a consent on record, {rule.answered:,} answered afterwards; "
        f"{rule.complained:,} followed by a complaint or an opt-out"
    )
    if fine := _fine(name):
        yield f"      fines     carriers may take up to ${fine:,} for one that is reported"
    yield f"      such as   {', '.join(rule.examples)}"


_DONE: Mapping[Verdict, str] = {Verdict.DELAY: "delayed", Verdict.HOLD: "held", Verdict.REFUSE: "refused"}


def _fine(rule: str) -> int | None:
    return FINES.get(rule, FINES.get(rule.partition(".")[0]))


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counted.most_common())


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"
