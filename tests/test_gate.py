"""The gate: strictest wins, all findings are kept, facts are learned once a batch, silence is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import pytest

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.clock import HandClock
from masstransit.errors import Unknown
from masstransit.facts.fact import Fact
from masstransit.facts.snoozes import Snooze, Snoozed
from masstransit.gate import Gate, let_go
from masstransit.model.communication import Direction, Exemption, Kind, Moment, Purpose
from masstransit.model.decision import Cleared, Mode, Verdict, delay, flag, hold, refuse
from masstransit.model.outcome import OutcomeKind
from masstransit.model.subject import Subject
from tests.makers import NOON, a_knock, an_answer, an_outcome, an_sms


class Weather(Fact, frozen=True):
    """A fact for these tests."""

    rain: float


class Tides(Fact, frozen=True):
    """Another, that is known before there is a message."""

    of_parties = True

    high: bool


class Fog(Fact, frozen=True):
    """One that mostly says nothing."""

    thick: bool = False


class Wit(Fact, frozen=True):
    """One that tells of words."""

    of_words = True

    funny: bool = False


@dataclass(frozen=True, kw_only=True)
class Umbrellas(Clause):
    """Sending people out into the rain."""

    number = "1"
    title = "Umbrellas"

    drizzle: float = figure(0.2, "these tests, default")

    @rule("1.1", "nobody gets wet", needs=(Weather,), when_unknown=Verdict.HOLD)
    def dry(self, case: Case) -> Rulings:
        if case[Weather].rain > self.drizzle:
            yield refuse("it rains", remedy="wait", code=21610, rain=case[Weather].rain)

    @rule("1.2", "clouds are looked at", needs=(Weather,), when_unknown=Verdict.ALLOW)
    def clouds(self, case: Case) -> Rulings:
        if case[Weather].rain > 0:
            yield flag("it may rain")


@dataclass(frozen=True, kw_only=True)
class Beaches(Clause):
    """Sending people into the sea."""

    number = "2"
    title = "Beaches"

    @rule("2.1", "nobody drowns", needs=(Tides,), when_unknown=Verdict.FLAG)
    def low_tide(self, case: Case) -> Rulings:
        if case[Tides].high:
            yield delay("the tide is high", until=NOON + timedelta(hours=6))


@dataclass(frozen=True, kw_only=True)
class Lighthouses(Clause):
    """Sending people out in a fog."""

    number = "3"
    title = "Lighthouses"

    @rule("3.1", "nobody runs aground", needs=(Fog,), about=Fog, when_unknown=Verdict.FLAG)
    def seen(self, case: Case) -> Rulings:
        yield hold("there is fog", thick=case[Fog].thick)


@dataclass(frozen=True, kw_only=True)
class Jests(Clause):
    """Making people laugh."""

    number = "4"
    title = "Jests"

    @rule("4.1", "nobody laughs", needs=(Wit, Weather), about=Wit, when_unknown=Verdict.FLAG)
    def solemn(self, case: Case) -> Rulings:
        yield refuse("it is funny")


class Told:
    """A learner that says what it is told to, and remembers what it was asked."""

    def __init__(self, *values: Any, pause: float = 0.0) -> None:
        self.values = values
        self.pause = pause
        self.asked: list[list[str]] = []
        self.released: list[str] = []

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        self.asked.append([subject.id for subject in batch])
        await asyncio.sleep(self.pause)
        values = self.values * len(batch) if len(self.values) == 1 else self.values
        return values[: len(batch)]

    async def release(self, subjects: Sequence[Subject]) -> None:
        self.released += [subject.id for subject in subjects]


class Broken:
    """A learner whose source is down."""

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        raise ConnectionError("no answer")


def a_gate(weather: Any, tides: Any, *clauses: Clause, **more: Any) -> Gate:
    return Gate(clauses or (Umbrellas(), Beaches()), {Weather: weather, Tides: tides}, HandClock(NOON), **more)


async def test_the_strictest_finding_decides_and_every_finding_is_kept() -> None:
    (decision,) = await a_gate(Told(Weather(0.9)), Told(Tides(high=True))).decide([an_sms()])
    assert decision.verdict is Verdict.REFUSE
    assert [(f.rule, f.verdict) for f in decision.findings] == [
        ("1.1", Verdict.REFUSE),
        ("1.2", Verdict.FLAG),
        ("2.1", Verdict.DELAY),
    ]
    assert decision.deciding is not None
    assert decision.deciding.rule == "1.1"
    assert decision.deciding.evidence == {"rain": 0.9}
    assert decision.facts["Weather"] == Weather(0.9)


async def test_nothing_found_is_allowed() -> None:
    (decision,) = await a_gate(Told(Weather(0)), Told(Tides(high=False))).decide([an_sms()])
    assert (decision.verdict, decision.findings) == (Verdict.ALLOW, ())


async def test_a_fact_is_learned_once_for_a_batch_in_the_order_of_arrival() -> None:
    weather = Told(Weather(0), Weather(0.9), Weather(0))
    sent = [an_sms(id=f"SM{n}") for n in range(3)]
    decided = await a_gate(weather, Told(Tides(high=False))).decide(sent)
    assert weather.asked == [["SM0", "SM1", "SM2"]]
    assert [d.verdict for d in decided] == [Verdict.ALLOW, Verdict.REFUSE, Verdict.ALLOW]
    assert [d.subject for d in decided] == ["SM0", "SM1", "SM2"]


async def test_a_broken_source_is_unknown_and_each_rule_says_what_follows() -> None:
    (decision,) = await a_gate(Broken(), Told(Tides(high=False))).decide([an_sms()])
    assert decision.verdict is Verdict.HOLD
    (finding,) = decision.findings  # 1.2 says ALLOW: nothing to record
    assert (finding.rule, finding.unknown) == ("1.1", True)
    assert "no answer" in finding.evidence["unknown"]


async def test_a_rule_about_one_fact_is_asked_only_where_that_says_something() -> None:
    seas = Told(Fog(), Fog(thick=True), Unknown("no answer"), Fog())
    sent = [an_sms(id=f"SM{n}") for n in range(4)]
    decided = await Gate((Lighthouses(),), {Fog: seas}, HandClock(NOON)).decide(sent)
    assert [d.verdict for d in decided] == [Verdict.ALLOW, Verdict.HOLD, Verdict.FLAG, Verdict.ALLOW]
    assert [len(d.findings) for d in decided] == [0, 1, 1, 0]
    assert decided[0].facts == {"Fog": Fog()}  # it was learned all the same


async def test_rules_about_words_are_not_asked_of_what_has_none_and_their_facts_are_not_learned() -> None:
    wit, weather = Told(Wit(funny=True)), Told(Weather(0.9))
    gate = Gate((Umbrellas(), Jests()), {Wit: wit, Weather: weather}, HandClock(NOON))
    sent = [an_sms(id="SM0", text=""), an_sms(id="SM1", text="Knock, knock.")]
    silent, said = await gate.decide(sent)
    assert [f.rule for f in silent.findings] == ["1.1", "1.2"]
    assert [f.rule for f in said.findings] == ["1.1", "1.2", "4.1"]
    assert (set(silent.facts), set(said.facts)) == ({"Weather"}, {"Weather", "Wit"})
    assert (wit.asked, weather.asked) == ([["SM1"]], [["SM0", "SM1"]])


RESTS = Snoozed(of=(Snooze(rule="1.1", snooze="SZ1", until=NOON + timedelta(days=1)),))


def a_gate_that_rests(weather: Any, snoozed: Any) -> Gate:
    learners: dict[type, Any] = {Weather: weather, Tides: Told(Tides(high=False)), Snoozed: snoozed}
    return Gate((Umbrellas(), Beaches()), learners, HandClock(NOON))


async def test_what_a_snoozed_rule_finds_is_kept_and_binds_nothing_of_that_one_alone() -> None:
    told = Told(RESTS, Snoozed())
    resting, other = await a_gate_that_rests(Told(Weather(0.9)), told).decide([an_sms(id="SM0"), an_sms(id="SM1")])
    assert [(f.rule, f.mode) for f in resting.findings] == [("1.1", Mode.SHADOW), ("1.2", Mode.ENFORCED)]
    assert (resting.verdict, other.verdict) == (Verdict.FLAG, Verdict.REFUSE)
    assert resting.facts["Snoozed"] == RESTS
    assert "Snoozed" not in other.facts  # it says nothing of most
    assert told.asked == [["SM0", "SM1"]]


async def test_a_snoozed_rule_whose_facts_are_unknown_binds_nothing_either() -> None:
    (decision,) = await a_gate_that_rests(Broken(), Told(RESTS)).decide([an_sms()])
    assert (decision.verdict, [f.mode for f in decision.findings]) == (Verdict.ALLOW, [Mode.SHADOW])


async def test_while_it_is_unknown_what_is_snoozed_every_rule_binds() -> None:
    for silent in (Broken(), Told(Unknown("no answer"))):
        (decision,) = await a_gate_that_rests(Told(Weather(0.9)), silent).decide([an_sms()])
        assert decision.verdict is Verdict.REFUSE


async def test_a_source_that_never_tells_anything_is_not_asked_for_rules_about_it_alone() -> None:
    class Sealed(Told):
        silent: Literal[True] = True

    sealed = Sealed(Fog())
    (decision,) = await Gate((Lighthouses(),), {Fog: sealed}, HandClock(NOON)).decide([an_sms()])
    assert (decision.verdict, decision.facts, sealed.asked) == (Verdict.ALLOW, {}, [])


async def test_decisions_that_are_not_kept_come_without_their_facts() -> None:
    gate = a_gate(Told(Weather(0.9)), Told(Tides(high=True)), keeps=False)
    (decision,) = await gate.decide([an_sms()])
    assert (decision.verdict, decision.facts) == (Verdict.REFUSE, {})


def test_a_rule_needs_what_it_is_about() -> None:
    with pytest.raises(ValueError, match="does not need it"):
        rule("3.1", "nobody runs aground", needs=(Tides,), about=Fog, when_unknown=Verdict.FLAG)


@pytest.mark.parametrize("local", [True, False])
async def test_a_source_that_dawdles_is_unknown_and_spoils_no_other(local: bool) -> None:
    gate = a_gate(Told(Weather(0)), Told(Tides(high=False), pause=5), patience=0.02, local=local)
    (decision,) = await gate.decide([an_sms()])
    assert [(f.rule, f.verdict, f.unknown) for f in decision.findings] == [("2.1", Verdict.FLAG, True)]
    gate = a_gate(Told(Weather(0.9), pause=5), Told(Tides(high=True)), patience=0.02, local=local)
    (decision,) = await gate.decide([an_sms()])
    assert [(f.rule, f.unknown) for f in decision.findings] == [("1.1", True), ("2.1", False)]


async def test_a_source_has_its_own_time_however_long_those_before_it_took() -> None:
    class Slow(Told):
        async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
            time.sleep(0.25)
            return await super().learn(batch)

    gate = a_gate(Slow(Weather(0)), Told(Tides(high=False), pause=0.01), patience=0.2, local=True)
    (decision,) = await gate.decide([an_sms()])
    assert decision.findings == ()


@dataclass(frozen=True, kw_only=True)
class Fireworks(Clause):
    """Selling fireworks."""

    number = "3"
    title = "Fireworks"

    @rule("3.1", "nobody is talked into it", needs=(Weather,), when_unknown=Verdict.FLAG, purposes=(Purpose.MARKETING,))
    def talked(self, case: Case) -> Rulings:
        yield flag("fireworks are advertised")


async def test_a_rule_of_one_purpose_hears_that_and_what_states_none_and_else_nothing_is_learned_for_it() -> None:
    weather = Told(Weather(0))
    gate = a_gate(weather, Told(Tides(high=False)), Fireworks())
    batch = [an_sms(id=f"SM{i}", purpose=p) for i, p in enumerate((Purpose.MARKETING, None, Purpose.OTP))]
    assert [len(decision.findings) for decision in await gate.decide(batch)] == [1, 1, 0]
    assert weather.asked == [["SM0", "SM1"]]


async def test_unknown_as_a_value_concerns_only_its_subject() -> None:
    gate = a_gate(Told(Unknown("fog"), Weather(0)), Told(Tides(high=False)))
    first, second = await gate.decide([an_sms(id="SM0"), an_sms(id="SM1")])
    assert (first.verdict, second.verdict) == (Verdict.HOLD, Verdict.ALLOW)


async def test_a_rule_in_shadow_is_recorded_and_does_not_bind() -> None:
    for shadowed in (Umbrellas(mode=Mode.SHADOW), Umbrellas(shadow=frozenset({"1.1", "1.2"}))):
        gate = a_gate(Told(Weather(0.9)), Told(Tides(high=False)), shadowed, Beaches())
        (decision,) = await gate.decide([an_sms()])
        assert decision.verdict is Verdict.ALLOW
        assert [f.mode for f in decision.findings] == [Mode.SHADOW, Mode.SHADOW]


@dataclass(frozen=True, kw_only=True)
class Tickets(Clause):
    """Travelling without one."""

    number = "4"
    title = "Tickets"

    @rule("4.1", "tickets are shown first", when_unknown=Verdict.HOLD, first=True)
    def shown(self, case: Case) -> Rulings:
        yield refuse("there is no ticket")


async def test_of_two_refusals_alike_the_one_to_mend_first_is_told() -> None:
    gate = a_gate(Told(Weather(0.9)), Told(Tides(high=False)), Umbrellas(), Beaches(), Tickets())
    (decision,) = await gate.decide([an_sms()])
    assert decision.deciding is not None
    assert decision.deciding.rule == "4.1"


@dataclass(frozen=True, kw_only=True)
class Kites(Clause):
    """Flying kites near wires."""

    number = "3"
    title = "Kites"

    @rule("3.1", "nobody is struck", when_unknown=Verdict.HOLD)
    def wires(self, case: Case) -> Rulings:
        yield flag(f"one kite in {1 / len(case)}")


async def test_a_rule_that_breaks_is_answered_by_its_when_unknown_and_spoils_no_other() -> None:
    gate = Gate((Kites(),), {}, HandClock(NOON))
    (decision,) = await gate.decide([an_sms()])  # no facts: it divides by nothing
    assert [(f.rule, f.verdict, f.unknown) for f in decision.findings] == [("3.1", Verdict.HOLD, True)]


async def test_an_exempt_communication_is_carried_with_its_findings_on_record() -> None:
    gate = a_gate(Told(Weather(0.9)), Told(Tides(high=True)))
    (decision,) = await gate.decide([an_sms(exemption=Exemption.OPT_OUT_CONFIRMATION)])
    assert decision.verdict is Verdict.ALLOW
    assert len(decision.findings) == 3


async def test_what_is_none_of_a_rules_business_is_not_heard() -> None:
    weather, tides = Told(Weather(0.9)), Told(Tides(high=True))
    decided = await a_gate(weather, tides).decide(
        [an_answer(text="hello"), an_outcome(OutcomeKind.DELIVERED), a_knock(), an_sms(kind=Kind.CALL)]
    )
    assert [d.findings for d in decided] == [()] * 4
    assert weather.asked == []


async def test_what_was_counted_for_a_refused_offer_is_given_back() -> None:
    weather = Told(Weather(0), Weather(0.9))
    gate = a_gate(weather, Told(Tides(high=False)))
    await gate.decide([an_sms(id="SM0"), an_sms(id="SM1")])
    assert weather.released == ["SM1"]


async def test_a_rehearsal_counts_nothing() -> None:
    weather = Told(Weather(0))
    await a_gate(weather, Told(Tides(high=False))).rehearse([an_sms(id="SM0")])
    assert weather.released == ["SM0"]


async def test_an_early_word_rests_on_what_is_known_alone_and_counts_nothing() -> None:
    weather, tides = Told(Weather(0.9)), Told(Tides(high=True))
    gate = a_gate(weather, tides)
    (early,) = await gate.foretell([an_sms()])
    assert (early.verdict, {f.clause for f in early.findings}) == (Verdict.DELAY, {"2"})
    assert (weather.asked, weather.released) == ([], [])
    (whole,) = await gate.decide([an_sms()])
    assert whole.verdict is Verdict.REFUSE


async def test_an_account_may_have_terms_of_its_own() -> None:
    lenient = Umbrellas(drizzle=0.95)
    gate = a_gate(Told(Weather(0.9)), Told(Tides(high=False)), overrides={"ACown": [lenient]})
    ours, theirs = await gate.decide([an_sms(id="SM0"), an_sms(id="SM1", account="ACown")])
    assert (ours.verdict, theirs.verdict) == (Verdict.REFUSE, Verdict.FLAG)


async def test_the_same_offer_asked_again_has_the_same_decision_id() -> None:
    gate = a_gate(Told(Weather(0)), Told(Tides(high=False)))
    first, again, later = await gate.decide(
        [
            an_sms(id="SM0", idempotency_key="k"),
            an_sms(id="SM1", idempotency_key="k"),
            an_sms(id="SM0", idempotency_key="k", attempt=1),
        ]
    )
    assert first.id == again.id != later.id


async def test_the_revision_changes_with_a_figure() -> None:
    usual = a_gate(Told(), Told()).revision
    assert usual == a_gate(Told(), Told()).revision
    assert usual != a_gate(Told(), Told(), Umbrellas(drizzle=0.3), Beaches()).revision
    assert a_gate(Told(), Told(), text_date="2019-01-23").revision.startswith("2019-01-23+")


async def test_only_a_favourable_decision_makes_a_stamp() -> None:
    gate = a_gate(Told(Weather(0), Weather(0.9)), Told(Tides(high=False)))
    fine, wet = an_sms(id="SM0"), an_sms(id="SM1")
    allowed, refused = await gate.decide([fine, wet])
    assert Cleared(communication=fine, decision=allowed).communication is fine
    with pytest.raises(ValueError, match="REFUSE is not carried"):
        Cleared(communication=wet, decision=refused)
    with pytest.raises(ValueError, match="another communication"):
        Cleared(communication=wet, decision=allowed)


def test_a_fact_without_a_learner_is_noticed_at_the_start() -> None:
    with pytest.raises(ValueError, match="no learner for Tides"):
        Gate((Umbrellas(), Beaches()), {Weather: Told()}, HandClock(NOON))


def test_rules_are_listed_in_the_order_of_the_file() -> None:
    assert [made.id for made in Umbrellas.rules()] == ["1.1", "1.2"]
    (drizzle,) = Umbrellas().figures()
    assert (drizzle.name, drizzle.value, drizzle.source) == ("drizzle", 0.2, "these tests, default")
    assert all(made.moments is Moment.OFFER and made.direction is Direction.OUTBOUND for made in Umbrellas.rules())


async def test_what_a_person_let_go_is_not_held_again_by_the_same_clause() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Piers(Clause):
        """Walking on piers."""

        number = "3"
        title = "Piers"

        @rule("3.1", "nobody walks on piers", when_unknown=Verdict.ALLOW)
        def walking(self, case: Case) -> Rulings:
            yield hold("this is a pier")

        @rule("3.1.1", "nobody dances on piers", when_unknown=Verdict.ALLOW)
        def dancing(self, case: Case) -> Rulings:
            yield hold("this is a pier, and there is music")

    (held,) = await Gate((Piers(),), {}, HandClock(NOON)).decide([an_sms()])
    assert let_go(held, "3.1").verdict is Verdict.FLAG
    assert let_go(held, "2.1").verdict is Verdict.HOLD  # somebody looked at something else
    assert let_go(held, None).verdict is Verdict.HOLD


async def test_a_rule_whose_clause_is_a_letter_is_let_go_too() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Quays(Clause):
        """Sending people onto the quays."""

        number = "B"
        title = "Quays"

        @rule("B4", "nobody fishes on quays", when_unknown=Verdict.ALLOW)
        def fishing(self, case: Case) -> Rulings:
            yield hold("this is a quay")

    (held,) = await Gate((Quays(),), {}, HandClock(NOON)).decide([an_sms()])
    assert let_go(held, "B4").verdict is Verdict.FLAG
    assert let_go(held, "A4").verdict is Verdict.HOLD
