"""What an account's Agreement may say otherwise, and what no agreement can say (A3)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

import pytest

from masstransit import config, policy, terms
from masstransit.clause import Clause
from masstransit.edition import clauses_of
from masstransit.errors import ConfigError
from masstransit.facts.consent import Consents, OptOut
from masstransit.facts.law import Hours
from masstransit.facts.traffic import PairHistory
from masstransit.model.decision import Mode, Verdict
from tests.makers import ACCOUNT, an_sms, rulings

_NIGHTS = Hours((0, 24), (0, 24), (0, 24))


def agreed(number: str, table: dict[str, Any], house: dict[str, Any] | None = None) -> Clause:
    """A clause as the terms of an account's Agreement make it."""
    told = {ACCOUNT: {"section": "4.2", "policy": {number: table}}}
    editions = terms.editions(policy.clauses(house or {}), told)
    return next(clause for clause in editions[ACCOUNT] if clause.number == number)


def test_an_agreement_loosens_what_the_rulebook_sets() -> None:
    clause = agreed("8", {"unanswered": 50})
    pair = PairHistory(alternations_60s=1, unanswered_24h=10, answered=False)
    assert rulings(clause, "8.3", an_sms(), pair, Consents()) == []
    assert [r.verdict for r in rulings(policy.AUP[9](), "8.3", an_sms(), pair, Consents())] == [Verdict.HOLD]


def test_terms_bind_from_the_first_message() -> None:
    assert agreed("8", {"unanswered": 50}).shadow == frozenset()


def test_a_rule_of_the_rulebook_may_be_put_in_shadow() -> None:
    assert agreed("8", {"shadow": ["8.3"]}).shadow == {"8.3"}
    assert agreed("9", {"mode": "shadow"}).mode is Mode.SHADOW


def test_what_the_house_has_in_shadow_stays_there_until_the_terms_enforce_it() -> None:
    house = {"7": {"shadow": ["7.6"]}}
    assert agreed("7", {"codes_a_day": 5}, house).shadow == {"7.6"}
    assert agreed("7", {"codes_a_day": 5, "mode": "enforced"}, house).shadow == frozenset()
    assert agreed("12", {}, {"12": {"mode": "shadow"}}).mode is Mode.SHADOW


def test_the_other_clauses_are_the_houses() -> None:
    house = policy.clauses({"6": {"opt_outs_warn": 0.02}})
    (edition,) = terms.editions(house, {ACCOUNT: {"section": "4.2", "policy": {"8": {"unanswered": 6}}}}).values()
    assert [c for c in edition if c.number != "8"] == [c for c in house if c.number != "8"]


@pytest.mark.parametrize(
    ("number", "table"),
    [
        ("7", {"shadow": ["7.4"]}),
        ("7", {"shadow": ["7.5", "7.6"]}),
        ("7", {"mode": "shadow"}),
        ("8", {"shadow": ["8.2"]}),
        ("14", {"mode": "shadow"}),
        ("18", {"shadow": ["18.1"]}),
    ],
)
def test_no_term_sets_a_law_aside(number: str, table: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="no term of an agreement waives law"):
        agreed(number, table)


def test_a_rule_of_law_that_the_house_has_in_shadow_is_not_waived_by_the_terms() -> None:
    assert agreed("7", {"shadow": ["7.6"]}, {"7": {"shadow": ["7.6"]}}).shadow == {"7.6"}


@pytest.mark.parametrize(
    ("name", "looser", "stricter"),
    [
        ("healthcare_a_week", 4, 2),
        ("purchase_months", 19, 18),
        ("hours", {"weekday": [8, 22], "saturday": [8, 21], "sunday": [8, 21]},
         {"weekday": [9, 20], "saturday": [10, 14], "sunday": None}),
        ("written_in", ["US"], ["US", "PR", "VI", "GU", "AS", "MP", "CA"]),
        ("presumed_in_state", [], ["FL", "OK", "WA"]),
        ("state_caps", {"FL": 4, "OK": 3, "MD": 3, "OR": 3}, {"FL": 1, "OK": 3, "MD": 3, "OR": 2}),
        ("registry_days", {"": 31, "us-tx": 61}, {"": 10, "us-tx": 60}),
        ("implied", {"CA": {"purchase": 900, "inquiry": 183}, "GB": {"purchase": 730}},
         {"CA": {"purchase": 365, "inquiry": 90}, "GB": {"purchase": 730}}),
    ],
)  # fmt: skip
def test_a_figure_that_a_law_sets_can_only_be_made_stricter(name: str, looser: Any, stricter: Any) -> None:
    with pytest.raises(ConfigError, match=f"{name}: .*waives law"):
        agreed("7", {name: looser})
    assert agreed("7", {name: stricter}).shadow == frozenset()


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("state_caps", {"FL": 3}),
        ("state_caps", {"FL": 3, "OK": 3, "MD": 3, "OR": 3, "TX": 3}),
        ("implied", {"CA": {"purchase": 365}, "GB": {"purchase": 730}}),
    ],
)
def test_a_table_with_other_entries_may_be_either_and_is_refused(name: str, own: Any) -> None:
    with pytest.raises(ConfigError, match="the same entries"):
        agreed("7", {name: own})


def test_the_law_is_the_measure_and_not_what_the_house_has_made_of_it() -> None:
    assert agreed("7", {"healthcare_a_week": 3}, {"7": {"healthcare_a_week": 1}}).figures()
    with pytest.raises(ConfigError, match="waives law"):
        agreed("7", {"healthcare_a_week": 4}, {"7": {"healthcare_a_week": 5, "mode": "enforced"}})


@pytest.mark.parametrize("name", ["messages_per_second", "burst_seconds"])
def test_a_figure_that_no_rule_reads_is_no_term(name: str) -> None:
    with pytest.raises(ConfigError, match="would change nothing"):
        agreed("4", {name: 1.0})


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"policy": {"7": {}}}, "section"),
        (3, "is a table"),
        ({"observe": False}, "section"),
        ({"observe": "yes"}, "true or false"),
        ({"observe": False, "enforce": ["7"], "section": "1"}, "only of an account that observes"),
        ({"observe": True, "enforce": ["7", "7.99"]}, "no clause or rule 7.99"),
        ({"observe": True, "policy": {"7": {"reply_hours": 6}}}, "section"),
        ({"section": "4.2", "polcy": {}}, "polcy"),
        ({"section": "4.2", "policy": 3}, "must be a table"),
        ({"section": "4.2", "policy": {"20": {}}}, "no such clause"),
        ({"section": "4.2", "policy": {"7": 3}}, "must be a table"),
        ({"section": "4.2", "policy": {"8": {"unanswerd": 3}}}, "clause 8 has"),
        ({"section": "4.2", "policy": {"8": {"shadow": ["8.9"]}}}, "no rule 8.9"),
    ],
)
def test_terms_that_can_not_be_used_are_named(told: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as wrong:
        terms.editions(policy.clauses({}), {ACCOUNT: told})
    assert f"account.{ACCOUNT}" in str(wrong.value)


def test_an_account_that_observes_has_every_rule_in_shadow_but_those_that_carry_out_a_decision() -> None:
    house = policy.clauses({})
    own = terms.editions(house, {ACCOUNT: {"observe": True}})[ACCOUNT]
    binding = [made.id for clause in own for made in clause.rules() if clause.mode_of(made) is Mode.ENFORCED]
    assert binding == ["A5", "B6", "14.1"]
    assert [clause.shadow for clause in house] == [room().shadow for room in policy.AUP]
    assert [clause.number for clause in own] == [clause.number for clause in house]


def test_clauses_and_rules_are_enforced_one_by_one_on_who_observes() -> None:
    def binding(clauses: Sequence[Clause]) -> set[str]:
        return {made.id for clause in clauses for made in clause.rules() if clause.mode_of(made) is Mode.ENFORCED}

    whole = policy.clauses({})
    fraud = {made.id for clause in whole if clause.number == "10" for made in clause.rules()} & binding(whole)
    own = terms.editions(whole, {ACCOUNT: {"observe": True, "enforce": ["10", "7.4"]}})[ACCOUNT]
    assert binding(own) == {"A5", "B6", "14.1", "7.4"} | fraud
    house, _ = clauses_of(config.Settings(observe=True, enforce=("10", "7.4")))
    assert binding(house) == binding(own)
    in_shadow = policy.clauses({"10": {"mode": "shadow"}})
    assert not binding(terms.observed(in_shadow, ["10"], "here")) & fraud


def test_the_settings_give_the_house_and_each_account_its_clauses() -> None:
    settings = config.Settings(
        policy={"8": {"unanswered": 7, "mode": "enforced"}},
        account={ACCOUNT: {"section": "4.2", "policy": {"4": {"alternations": 20}}}},
    )
    house, own = clauses_of(settings)
    by_number = {clause.number: dataclasses.asdict(clause) for clause in own[ACCOUNT]}
    assert by_number["8"]["unanswered"] == 7
    assert by_number["4"]["alternations"] == 20
    assert dataclasses.asdict(house[5])["alternations"] == 10


_STATUTE = re.compile(r"\d+ (?:CFR|USC) |[A-Z][a-z]+\. Stat\.|state statutes|Canada: ")


@pytest.mark.parametrize("room", [r for r in policy.AUP if r.rules()], ids=lambda room: room.number)
def test_a_figure_whose_source_is_a_statute_says_on_which_side_the_law_is(room: type[Clause]) -> None:
    """One that ends in "default" is the house's reading of it, and may be agreed otherwise."""
    statutes = [f for f in room().figures() if _STATUTE.match(f.source) and not f.source.endswith("default")]
    assert [f.name for f in statutes if not f.law] == []
    assert [f.name for f in room().figures() if f.law and not f.source] == []


def test_a_stop_is_obeyed_whatever_was_agreed() -> None:
    clause = agreed("7", {"codes_a_day": 100, "conversation_days": 365})
    stopped = rulings(clause, "7.4", an_sms(), OptOut(on_file=True))
    assert [r.verdict for r in stopped] == [Verdict.REFUSE]
    assert clause.mode_of(next(made for made in clause.rules() if made.id == "7.4")) is Mode.ENFORCED
