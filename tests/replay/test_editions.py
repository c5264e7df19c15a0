"""What `--set` says is read like the settings' file, and tried as if it bound."""

from __future__ import annotations

from typing import Any

import pytest

from masstransit import config
from masstransit.clause import Clause
from masstransit.errors import ConfigError
from masstransit.model.decision import Mode
from masstransit.replay.editions import Change, Editions, change, editions
from tests.makers import ACCOUNT


def tried(*told: str, demoted: tuple[str, ...] = (), **settings: Any) -> Editions:
    return editions(config.Settings(**settings), [change(one) for one in told], demoted)


def clause(made: Editions, number: str, account: str = "") -> Clause:
    return next(c for c in made.of(account) if c.number == number)


def mode(made: Editions, rule: str, account: str = "") -> Mode:
    found = next((c, r) for c in made.of(account) for r in c.rules() if r.id == rule)
    return found[0].mode_of(found[1])


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("policy.8.unanswered=2", Change("8", "unanswered", 2)),
        ("policy.10.hold_from = 0.9", Change("10", "hold_from", 0.9)),
        ("policy.10.mode=shadow", Change("10", "mode", "shadow")),
        ('policy.10.mode="shadow"', Change("10", "mode", "shadow")),
        ('policy.7.shadow=["7.6", "7.1"]', Change("7", "shadow", ["7.6", "7.1"])),
        ("policy.A.window_days=10", Change("A", "window_days", 10)),
        ("policy.17.tiers={a = 1}", Change("17", "tiers", {"a": 1})),
    ],
)
def test_a_change_is_a_clause_a_name_and_a_value_as_the_file_has_it(told: str, read: Change) -> None:
    assert change(told) == read


@pytest.mark.parametrize(
    "told", ["", "policy.8", "policy.8.unanswered", "8.unanswered=2", "policy.8.unanswered=", "x=1"]
)
def test_what_is_no_change_is_told_how_one_is_written(told: str) -> None:
    with pytest.raises(ConfigError, match=r"say policy.CLAUSE.FIGURE=VALUE"):
        change(told)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ("policy.8.unansered=2", r"\[policy.8\] unansered: clause 8 has"),
        ("policy.8.unanswered=few", r"\[policy.8\] unanswered: Expected `int`"),
        ("policy.99.unanswered=2", r"\[policy.99\]: there is no such clause"),
        ("policy.8.mode=silent", r"\[policy.8\] mode"),
        ('policy.8.shadow=["7.6"]', r"\[policy.8\] shadow: no rule 7.6"),
    ],
)
def test_a_change_that_can_not_be_is_refused_in_the_words_of_the_settings(told: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        tried(told)


def test_a_changed_figure_is_tried_as_if_it_bound_and_what_the_settings_would_do_is_said() -> None:
    made = tried("policy.8.unanswered=2")
    assert clause(made, "8").unanswered == 2  # type: ignore[attr-defined]
    assert mode(made, "8.3") is Mode.ENFORCED
    assert made.begins_in_shadow == ("8.3",)


def test_a_rule_that_is_in_shadow_stays_there_when_only_its_figure_is_tried() -> None:
    made = tried("policy.8.unanswered=2", policy={"8": {"shadow": ["8.3"]}})
    assert mode(made, "8.3") is Mode.SHADOW
    assert made.begins_in_shadow == ()


def test_modes_are_tried_as_they_are_said() -> None:
    assert mode(tried("policy.10.mode=shadow"), "10.1") is Mode.SHADOW
    both = tried("policy.8.unanswered=2", 'policy.8.shadow=["8.1"]')
    assert (mode(both, "8.1"), mode(both, "8.3")) == (Mode.SHADOW, Mode.ENFORCED)
    back = tried("policy.8.shadow=[]", policy={"8": {"shadow": ["8.3"]}})
    assert mode(back, "8.3") is Mode.ENFORCED


def test_other_figures_of_the_settings_stand() -> None:
    made = tried("policy.8.unanswered=2", policy={"7": {"shadow": ["7.6"]}, "8": {"unanswered": 9}})
    assert mode(made, "7.6") is Mode.SHADOW
    assert clause(made, "8").unanswered == 2  # type: ignore[attr-defined]


def test_an_accounts_own_terms_stand_on_what_is_tried() -> None:
    own = {ACCOUNT: {"section": "4.2", "policy": {"9": {"mode": "shadow"}}}}
    made = tried("policy.8.unanswered=2", account=own)
    assert clause(made, "8", ACCOUNT).unanswered == 2  # type: ignore[attr-defined]
    assert clause(made, "9", ACCOUNT).mode is Mode.SHADOW
    assert clause(made, "9").mode is Mode.ENFORCED


def test_a_rule_that_stepped_down_is_in_shadow_unless_its_clause_is_said_to_bind() -> None:
    assert mode(tried(demoted=("10.1",)), "10.1") is Mode.SHADOW
    assert mode(tried("policy.10.hold_from=0.9", demoted=("10.1",)), "10.1") is Mode.SHADOW
    assert mode(tried("policy.10.mode=enforced", demoted=("10.1",)), "10.1") is Mode.ENFORCED
    own = {ACCOUNT: {"observe": True}}
    assert mode(tried(demoted=("10.1",), account=own), "10.1", ACCOUNT) is Mode.SHADOW


def test_where_the_house_observes_a_change_can_say_what_is_enforced() -> None:
    settings = config.Settings(observe=True, enforce=("7.4",))
    made = editions(settings, [change("policy.10.mode=enforced")])
    assert mode(made, "10.1") is Mode.ENFORCED
    assert mode(made, "7.4") is Mode.ENFORCED
    assert mode(made, "7.1") is Mode.SHADOW
