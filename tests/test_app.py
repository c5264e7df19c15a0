"""The parts are chosen by the settings: here, which edition of the policy an account is judged by."""

from __future__ import annotations

from pathlib import Path

import pytest

from masstransit import app, config
from masstransit.errors import ConfigError
from masstransit.model.decision import Mode
from masstransit.policy.clause_07_unsolicited_marketing import UnsolicitedMarketing
from tests.makers import ACCOUNT


def settings(tmp_path: Path, text: str) -> config.Settings:
    file = tmp_path / "masstransit.toml"
    file.write_text(text)
    return config.load(file, environment={})


def test_an_account_that_observes_has_every_rule_in_shadow_but_those_that_carry_out_a_decision(tmp_path: Path) -> None:
    house, own = app.clauses_of(settings(tmp_path, f"[account.{ACCOUNT}]\nobserve = true\n"))
    binding = [made.id for clause in own[ACCOUNT] for made in clause.rules() if clause.mode_of(made) is Mode.ENFORCED]
    assert binding == ["A5", "14.1"]
    assert not any(clause.shadow for clause in house)
    assert [clause.number for clause in own[ACCOUNT]] == [clause.number for clause in house]


def test_an_accounts_own_terms_stand_over_those_of_the_house(tmp_path: Path) -> None:
    text = "[policy.7]\nmode = 'enforced'\nconversation_days = 20\nreply_hours = 12\n"
    text += f"[account.{ACCOUNT}]\nsection = '4.2'\n[account.{ACCOUNT}.policy.7]\nreply_hours = 6\n"
    _, own = app.clauses_of(settings(tmp_path, text))
    clause = next(clause for clause in own[ACCOUNT] if isinstance(clause, UnsolicitedMarketing))
    assert (clause.conversation_days, clause.reply_hours, clause.mode) == (20, 6, Mode.ENFORCED)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("observe = 'yes'", "observe"),
        ("observ = true", "observ"),
        ("observe = false", "section"),
        ("observe = true\n[account.AC1.policy.7]\nreply_hours = 6", "section"),
        ("section = '4.2'\npolicy = 7", "policy"),
        ("section = '4.2'\n[account.AC1.policy.99]\nx = 1", "99"),
    ],
)
def test_terms_that_make_no_sense_are_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        app.clauses_of(settings(tmp_path, f"[account.AC1]\n{text}\n"))


def test_an_account_that_is_no_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a table"):
        app.clauses_of(settings(tmp_path, "[account]\nAC1 = true\n"))
