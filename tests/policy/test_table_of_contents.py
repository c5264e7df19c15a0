"""The policy's rooms, their order, and the settings of their figures."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from masstransit import policy, policy_page
from masstransit.clause import Clause
from masstransit.errors import ConfigError
from masstransit.model.decision import Mode

ROOT = Path(__file__).parents[2]
PLAIN = (ROOT / "masstransit/policy/plain.md").read_text()
OFFICIAL = ROOT.parent / "shared/policy/acceptable-use-policy.txt"
NUMBERS = ["A", "B", *map(str, range(1, 20)), "R"]


def clause(number: str, figures: dict[str, Any]) -> Clause:
    return next(c for c in policy.clauses({number: figures}) if c.number == number)


def test_there_are_twenty_two_rooms_in_order() -> None:
    assert [room.number for room in policy.AUP] == NUMBERS


@pytest.mark.parametrize("room", policy.AUP, ids=lambda room: room.number)
def test_a_room_says_its_clause_and_where_its_figures_come_from(room: type[Clause]) -> None:
    file = Path(inspect.getfile(room)).stem
    assert not room.number.isdigit() or file.startswith(f"clause_{int(room.number):02d}_")
    assert len(room.says()) > 80
    assert [figure.name for figure in room().figures() if not figure.source] == []
    assert room.rules() or room.not_yet


def test_the_plain_edition_has_the_same_clauses() -> None:
    assert re.findall(r"^## (\w+)\. (.+)$", PLAIN, re.MULTILINE) == [(r.number, r.title) for r in policy.AUP]


def test_the_policy_page_is_up_to_date() -> None:
    assert (ROOT / "docs/policy.md").read_text() == policy_page.page()


def official() -> str:
    if not OFFICIAL.exists():
        pytest.skip("the official text is not here")
    return OFFICIAL.read_text()


def test_the_official_text_has_the_same_numbers() -> None:
    assert re.findall(r"^\s*(\d+)\. ", official(), re.MULTILINE) == NUMBERS[2:-1]


def test_no_sentence_of_the_official_text_is_in_the_repository() -> None:
    words = _words(official())
    theirs = {tuple(words[i : i + 8]) for i in range(len(words) - 7)}
    ours = [
        PLAIN,
        (ROOT / "docs/policy.md").read_text(),
        *(p.read_text() for p in (ROOT / "masstransit").rglob("*.py")),
    ]
    for text in ours:
        mine = _words(text)
        assert [w for i in range(len(mine) - 7) if (w := tuple(mine[i : i + 8])) in theirs] == []


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


SHIPPED_IN_SHADOW = clause("12", {}).shadow


def test_a_changed_figure_puts_the_rules_that_read_it_in_shadow() -> None:
    changed = clause("6", {"opt_outs_warn": 0.02})
    assert changed.shadow == {"6.7"}
    assert changed.mode is Mode.ENFORCED


def test_a_figure_that_is_read_through_another_method_counts_too() -> None:
    assert clause("6", {"least_recipients": 100}).shadow == {"6.7", "6.7.1", "6.7.2", "6.7.3"}


def test_a_changed_figure_binds_at_once_where_the_settings_say_so() -> None:
    assert clause("6", {"opt_outs_warn": 0.02, "mode": "enforced"}).shadow == frozenset()


def test_what_ships_in_shadow_stays_there_when_a_figure_changes() -> None:
    assert clause("12", {"rmd_update_days": 5}).shadow >= SHIPPED_IN_SHADOW


def test_what_ships_in_shadow_is_enforced_where_the_settings_say_so() -> None:
    assert clause("12", {"shadow": []}).shadow == frozenset()


def test_a_figure_set_to_what_it_was_changes_nothing() -> None:
    assert clause("6", {"opt_outs_warn": 0.03}) == policy.AUP[7]()


def test_single_rules_go_into_shadow() -> None:
    assert clause("7", {"shadow": ["7.6"]}).shadow == {"7.6"}


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"20": {}}, "no such clause"),
        ({"6": {"opt_out": 1}}, "clause 6 has"),
        ({"6": {"least_recipients": "many"}}, "least_recipients"),
        ({"6": {"shadow": ["6.99"]}}, "no rule 6.99"),
        ({"10": {"hold_from": 0.1}}, "hold_from: Expected `float` >= 0.2"),
        ({"6": 3}, "must be a table"),
    ],
)
def test_a_setting_that_can_not_be_used_is_named(figures: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        policy.clauses(figures)


def test_the_text_and_its_date_are_no_clauses() -> None:
    assert len(policy.clauses({"text": "policy.txt", "dated": "2019-01-23"})) == 22
