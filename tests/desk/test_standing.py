"""`masstransit standing`: what stands is listed, confirmed and lifted, once, and on the ledger."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from masstransit.storage import standing, tables
from tests.desk.test_commands import NOW, Desk, a_folder_of_its_own  # noqa: F401 - a fixture for each test here

DAY = timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def stands(desk: Desk, name: str, **more: Any) -> None:
    row = {
        "account": desk.account, "step_id": name, "scope": "campaign", "target": "QE1", "step": "suspend",
        "clause": "6", "rule": "6.8", "reason": "a carrier complained about this traffic", "decision": "DE1",
        "since": NOW - DAY, "acts_from": NOW - DAY, "expires_at": NOW + DAY,
    }  # fmt: skip
    desk.does(lambda c: standing.add(c, row | more))


def kinds(desk: Desk) -> list[str]:
    table = tables.records
    return [row.kind for row in desk.does(lambda c: list(c.execute(select(table)))) if row.kind.startswith("standing")]


def test_what_stands_and_what_is_proposed_is_listed_with_its_clause_and_end(desk: Desk) -> None:
    assert desk.run("standing", "list") == "nothing stands\n"
    stands(desk, "ST1")
    stands(desk, "ST2", acts_from=None, clause="16", confirmed_by="Ada")
    stands(desk, "ST3", scope="number", target="+14155550100", step="warn")
    stands(desk, "ST4", undone_at=NOW)
    stands(desk, "ST5", expires_at=NOW - timedelta(hours=1))
    stands(desk, "ST6", step="throttle", clause="19", rule="19.3", per_minute=3.33)
    told = desk.run("standing", "list", "--account", desk.account)
    assert told.count("leaves    ") == 1
    assert "leaves    3.33 calls a minute" in told
    assert "ST1  suspend of campaign QE1: stands" in told
    assert "clause    6, rule 6.8: a carrier complained about this traffic" in told
    assert "ST2  suspend of campaign QE1: proposed, and confirmed by Ada" in told
    assert "ST3  warn of number" in told
    assert "+14155550100" not in told
    assert "ST4" not in told
    assert "ST5" not in told
    assert desk.run("standing", "list", "--account", "AC" + "9" * 32) == "nothing stands\n"


def test_a_step_is_lifted_once(desk: Desk) -> None:
    stands(desk, "ST1")
    assert "ST1 is lifted" in desk.run("standing", "lift", "ST1", "--by", "Ada", "--because", "they showed consent")
    desk.run("standing", "lift", "ST1", "--by", "Bob", "--because", "again", status=1)
    assert "lifted before, by Ada: nothing is changed" in desk.err
    assert kinds(desk) == ["standing-lifted"]
    (row,) = desk.does(lambda c: list(c.execute(select(tables.standing))))
    assert (row.undone_by, row.undone_because) == ("Ada", "they showed consent")


def test_what_is_proposed_is_confirmed_by_as_many_as_the_clause_wants(desk: Desk) -> None:
    stands(desk, "ST1", acts_from=None)
    stands(desk, "ST2", acts_from=None, clause="16")
    assert "ST1 acts within a second" in desk.run("standing", "confirm", "ST1", "--by", "Ada")
    assert "1 more" in desk.run("standing", "confirm", "ST2", "--by", "Ada")
    desk.run("standing", "confirm", "ST2", "--by", "Ada", status=1)
    assert "somebody else has to look at it too" in desk.err
    assert "ST2 acts within a second" in desk.run("standing", "confirm", "ST2", "--by", "Bob")
    assert kinds(desk) == ["standing-confirmed"] * 3


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        (("confirm",), "the step's name"),
        (("confirm", "ST1"), "--by"),
        (("lift", "ST1", "--by", " ", "--because", "x"), "--by"),
        (("lift", "ST1", "--by", "Ada"), "--because"),
    ],
)
def test_what_is_left_out_is_said(desk: Desk, told: tuple[str, ...], missing: str) -> None:
    desk.run("standing", *told, status=2)
    assert missing in desk.err


def test_a_step_that_is_not_there_is_said(desk: Desk) -> None:
    desk.run("standing", "lift", "ST9", "--by", "Ada", "--because", "x", status=1)
    assert "there is no step ST9 on record: masstransit standing list" in desk.err


def put(desk: Desk, *more: str, status: int = 0) -> str:
    told = ("--account", desk.account, "--by", "Ada", "--because", "they showed no consent", *more)
    return desk.run("standing", "put", *told, status=status)


def test_a_person_puts_a_step_of_their_own_once(desk: Desk) -> None:
    told = put(desk, "--what", "suspend", "--unit", "campaign:QE1", "--clause", "6")
    name = told.split()[3].rstrip(";")
    assert "it acts within a second" in told
    assert f"{name}  suspend of campaign QE1: stands" in desk.run("standing", "list")
    put(desk, "--what", "suspend", "--unit", "campaign:QE1", "--clause", "6", status=1)
    assert f"{name} is such a step already: they showed no consent" in desk.err
    desk.run("standing", "lift", name, "--by", "Bob", "--because", "they did")
    put(desk, "--what", "throttle", "--unit", "account", "--clause", "4")
    assert f"throttle of account {desk.account}: stands" in desk.run("standing", "list")


def test_under_clause_16_somebody_else_has_to_confirm_a_suspension(desk: Desk) -> None:
    told = put(desk, "--what", "suspend", "--unit", "end_user:u1", "--clause", "16")
    name = told.split()[3].rstrip(";")
    assert "somebody else confirms it" in told
    desk.run("standing", "confirm", name, "--by", "ada", status=1)
    assert "acts within a second" in desk.run("standing", "confirm", name, "--by", "Bob")


@pytest.mark.parametrize(
    ("unit", "clause", "words"),
    [
        ("brand:x", "6", "--unit brand:x: write it as"),
        ("campaign:", "6", "--unit"),
        ("campaign:QE1", "99", "--clause 99"),
    ],
)
def test_a_unit_or_clause_that_there_is_not_is_said(desk: Desk, unit: str, clause: str, words: str) -> None:
    put(desk, "--what", "warn", "--unit", unit, "--clause", clause, status=1)
    assert words in desk.err


def test_a_step_that_nobody_may_be_told_of_is_put_and_shown_with_the_reason(desk: Desk) -> None:
    told = put(desk, "--what", "suspend", "--unit", "campaign:QE1", "--clause", "17", "--silent", "csam")
    assert "acts within a second, and its customer is not told" in told
    assert "told      nobody of the customer's: abuse of children was reported" in desk.run("standing", "list")
    assert desk.does(lambda c: list(c.execute(select(tables.alerts)))) == []


def snooze(desk: Desk, rule: str, *more: str, days: float = 7, status: int = 0) -> str:
    until = (NOW + timedelta(days=days)).isoformat()
    told = (
        "--account",
        desk.account,
        "--unit",
        "campaign:QE1",
        "--until",
        until,
        "--by",
        "Ada",
        "--because",
        "a drill",
    )
    return desk.run("standing", "snooze", rule, *told, *more, status=status)


def test_a_rule_is_snoozed_once_listed_and_woken(desk: Desk) -> None:
    name = snooze(desk, "6.8").split()[3].rstrip(":")
    told = desk.run("standing", "list", "--account", desk.account)
    assert f"{name}  rule 6.8 binds nothing of campaign QE1 until " in told
    assert "said by   Ada: a drill" in told
    snooze(desk, "6.8", status=1)
    assert f"{name} is such a snooze already, until " in desk.err
    wake = ("standing", "wake", name, "--by", "Bob", "--because", "it is over")
    assert "the rule binds again" in desk.run(*wake)
    assert desk.run("standing", "list") == "nothing stands\n"
    desk.run(*wake, status=1)
    assert f"{name} has ended before" in desk.err
    rows = desk.does(lambda c: list(c.execute(select(tables.records))))
    assert [row.kind for row in rows] == ["snooze", "snooze-ended"]
    snooze(desk, "6.8")


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("14.4", "never snoozed: it is about what authorities order"),
        ("14.1", "never snoozed: 47 CFR 64.1200(n)(2)"),
        ("7.4", "never snoozed: 47 CFR 64.1200(a)(10)"),
        ("B6", "never snoozed: it carries out what somebody decided"),
        ("99.9", "there is no rule 99.9"),
    ],
)
def test_what_carries_out_a_law_an_order_or_a_persons_word_is_never_snoozed(desk: Desk, rule: str, why: str) -> None:
    snooze(desk, rule, status=1)
    assert why in desk.err


@pytest.mark.parametrize("days", [-1, 91])
def test_a_snooze_ends_within_ninety_days(desk: Desk, days: float) -> None:
    snooze(desk, "6.8", days=days, status=1)
    assert "a time to come, within 90 days" in desk.err


def test_a_snooze_that_is_told_badly_is_said_so(desk: Desk) -> None:
    desk.run("standing", "snooze", "6.8", "--by", "Ada", status=2)
    assert "--account, --unit, --until, --because" in desk.err
    desk.run("standing", "snooze", status=2)
    assert "the rule's number: masstransit rules" in desk.err
    snooze(desk, "6.8", "--unit", "brand:x", status=1)
    assert "--unit brand:x: write it as" in desk.err
    desk.run("standing", "wake", "SZ9", "--by", "Ada", "--because", "x", status=1)
    assert "there is no snooze SZ9" in desk.err
