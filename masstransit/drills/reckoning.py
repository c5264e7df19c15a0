"""What a drill came to: how much leaked before an attack was stopped and how soon that was, and which lawful messages
were hindered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from masstransit.drills.drill import Drill
from masstransit.drills.stage import Played, Record
from masstransit.model.decision import Decision, Finding, Mode, Verdict

MOST_HINDERED = 0.002  #: share of lawful messages that may be delayed or held


class Stop(msgspec.Struct, frozen=True):
    """The first time that a rule of the drill's clause stood in the way of the attack."""

    at: datetime
    finding: Finding


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a drill.

    Of an attack: `sent` are its messages (or knocks), `leaked` those that reached a phone (or were let in), before the
    stop and after it; `delayed`, `held` and `refused` are the lawful messages beside it. Of lawful traffic: `sent` are
    its messages.
    """

    drill: Drill
    seed: int
    sent: int
    leaked: int
    stop: Stop | None
    stopped_after: float | None  #: simulated seconds from the attack's first message
    delayed: int
    held: int
    refused: int
    innocent: int  #: lawful messages, of which those were hindered
    hindered_by: tuple[str, ...]  #: the rules that hindered them

    @property
    def ok(self) -> bool:
        spared = self.refused == 0 and self.delayed + self.held <= MOST_HINDERED * self.innocent
        if self.drill.sort == "lawful":
            return spared and self.sent > 0
        if self.stopped_after is None:
            return False
        bounded = self.drill.alarm or self.leaked <= self.drill.leak
        return spared and bounded and self.stopped_after <= self.drill.within.total_seconds()

    @property
    def stopped_by(self) -> str:
        """The rule that stopped it, such as "8.3"."""
        return self.stop.finding.rule if self.stop else ""


def reckon(drill: Drill, seed: int, record: Record) -> Result:
    """The result of a drill, from what is on record."""
    everything = drill.sort == "lawful"
    hostile = [one for one in record.played if not everything and not one.bystander]
    innocent = [one for one in record.played if everything or one.bystander]
    stops = _stops(drill, hostile, record.decisions)
    stop = min((each for _, each in stops), key=lambda each: each.at, default=None)
    marked = {subject for subject, _ in stops}
    began = min((one.at for one in hostile), default=None)
    worst = _worst(innocent, record.decisions)
    verdicts = [decision.verdict for decision in worst.values()]
    return Result(
        drill=drill,
        seed=seed,
        sent=len(innocent if everything else hostile),
        leaked=sum(one.carried for one in hostile if not (drill.alarm and one.id in marked)),
        stop=stop,
        stopped_after=(stop.at - began).total_seconds() if stop and began else None,
        delayed=verdicts.count(Verdict.DELAY),
        held=verdicts.count(Verdict.HOLD),
        refused=verdicts.count(Verdict.REFUSE),
        innocent=len(innocent),
        hindered_by=tuple(sorted({f.rule for d in worst.values() for f in _binding(d) if f.verdict is d.verdict})),
    )


def _stops(drill: Drill, hostile: Sequence[Played], made: Sequence[Decision]) -> list[tuple[str, Stop]]:
    """What stood in the attack's way, with the message that it stopped. What a rule says for want of facts stops
    nothing: the attack goes on when the facts are back."""
    about = {one.id: one for one in hostile}
    least = Verdict.FLAG if drill.alarm else Verdict.DELAY
    return [
        (decision.subject, Stop(decision.at, finding))
        for decision in made
        if _counts(decision, about)
        for finding in _binding(decision, least)
        if _answers_for(finding, drill.stoppers) and not finding.unknown
    ]


def _counts(decision: Decision, about: Mapping[str, Played]) -> bool:
    """Whether it is the decision about one of these, or one of those about it."""
    one = about.get(decision.subject)
    return one is not None and one.decision in ("", decision.id)


def _answers_for(finding: Finding, clauses: Sequence[str]) -> bool:
    """Whether it is a finding of these clauses, or rests on a step that was taken for one (B6 to B8)."""
    return finding.clause in clauses or finding.evidence.get("clause") in clauses


def _binding(decision: Decision, least: Verdict = Verdict.DELAY) -> Iterator[Finding]:
    """The findings that keep a message from being carried now, or mark it."""
    return (f for f in decision.findings if f.mode is Mode.ENFORCED and f.verdict >= least)


def _worst(innocent: Sequence[Played], made: Sequence[Decision]) -> dict[str, Decision]:
    """The strictest decision about each lawful message that was hindered at all."""
    about = {one.id: one for one in innocent}
    worst: dict[str, Decision] = {}
    for decision in made:
        if _counts(decision, about) and decision.verdict >= Verdict.DELAY:
            before = worst.get(decision.subject)
            worst[decision.subject] = decision if before is None or decision.verdict > before.verdict else before
    return worst
