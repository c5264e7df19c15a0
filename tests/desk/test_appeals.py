"""`masstransit appeals`: the most urgent first, overdue ones said so, and each decided once by somebody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from masstransit.carriage.appeals import Filed, file
from masstransit.ledger import Ledger
from masstransit.model.decision import Verdict
from masstransit.storage import standing, tables
from tests.desk.test_commands import NOW, Desk, a_folder_of_its_own  # noqa: F401 - a fixture for each test here

DAY = timedelta(days=1)
WHY = ("--because", "they showed how people opted in")


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def stands(desk: Desk, name: str, **more: Any) -> str:
    row = {
        "account": desk.account, "step_id": name, "scope": "number", "target": "+14155550100", "step": "suspend",
        "clause": "6", "rule": "6.8", "reason": "a carrier complained about this traffic", "decision": "DE9",
        "since": NOW - DAY, "acts_from": NOW - DAY, "confirmed_by": "Ada", "expires_at": NOW + DAY,
    }  # fmt: skip
    desk.does(lambda c: standing.add(c, row | more))
    return name


def filed(desk: Desk, about: str, due: datetime = NOW + 7 * DAY, text: str = "They asked for it.") -> str:
    made = Filed(account=desk.account, about=about, text=text, evidence=("a form",), by=desk.account, at=NOW)
    return str(desk.does(lambda c: file(c, Ledger("test"), made, due))["sid"])


def test_open_appeals_are_listed_the_overdue_first_and_said_so(desk: Desk) -> None:
    assert desk.run("appeals", "list") == "no appeal is open\n"
    for n, days in enumerate((3, -1, 1), 1):
        filed(desk, stands(desk, f"ST{n}"), NOW + days * DAY)
    lines = desk.run("appeals", "list", "--account", desk.account).splitlines()
    assert [line.split()[2] for line in lines] == ["ST2", "ST3", "ST1"]
    assert [": OVERDUE since " in line for line in lines] == [True, False, False]
    assert ": to be decided by " in lines[1]
    assert desk.err == "1 of 3 open appeals are overdue\n"
    assert desk.run("appeals", "list", "--account", "AC" + "9" * 32) == "no appeal is open\n"


def test_an_appeal_is_shown_with_what_it_is_against_and_who_may_not_decide_it(desk: Desk) -> None:
    name = filed(desk, stands(desk, "ST1"), text="We asked.\n  decided   overturned \x1b[2Jby nobody")
    told = desk.run("appeals", "show", name)
    assert f"{name}  against ST1 of {desk.account}" in told
    assert "suspend of number +1415" in told
    assert "+14155550100" not in told
    assert "found     a carrier complained about this traffic" in told
    assert "masstransit explain DE9" in told
    assert "not by    Ada: they had a part in it" in told
    assert (
        "says      We asked. decided overturned [2Jby nobody\n" in told
    )  # in one line, and nothing a terminal acts on
    assert "evidence  a form" in told


def test_an_appeal_is_granted_once_and_the_step_is_lifted(desk: Desk) -> None:
    name = filed(desk, stands(desk, "ST1"))
    told = desk.run("appeals", "decide", name, "--overturn", "--by", "Bob", *WHY)
    assert told == f"{name} is decided: what it was against is undone; its customer is told\n"
    assert desk.run("standing", "list") == "nothing stands\n"
    assert desk.run("appeals", "list") == "no appeal is open\n"
    assert "decided   overturned by Bob, " in desk.run("appeals", "show", name)
    desk.run("appeals", "decide", name, "--uphold", "--by", "Cleo", *WHY, status=1)
    assert "overturned before, by Bob: nothing is changed" in desk.err
    assert kinds(desk) == ["appeal", "appeal-decided", "standing-lifted"]
    assert "whole" in desk.run("ledger", "verify")


def kinds(desk: Desk) -> list[str]:
    rows = desk.does(lambda c: list(c.execute(select(tables.records))))
    return sorted(row.kind for row in rows if row.kind.startswith(("appeal", "standing")))


def test_an_appeal_is_not_granted_and_the_step_stands(desk: Desk) -> None:
    name = filed(desk, stands(desk, "ST1"))
    assert "stands" in desk.run("appeals", "decide", name, "--uphold", "--by", "Bob", "--why", "they showed nothing")
    assert "ST1  suspend of number" in desk.run("standing", "list")


def test_who_confirmed_the_step_does_not_decide(desk: Desk) -> None:
    name = filed(desk, stands(desk, "ST1"))
    desk.run("appeals", "decide", name, "--overturn", "--by", "ada", *WHY, status=1)
    assert "ada had a part in ST1: somebody else has to decide" in desk.err


def test_a_held_message_goes_out_when_its_appeal_is_granted(desk: Desk) -> None:
    name = filed(desk, desk.decided(9, Verdict.HOLD))
    assert f"masstransit explain DE{9:032x}" in desk.run("appeals", "show", name)
    desk.run("appeals", "decide", name, "--overturn", "--by", "Bob", *WHY)
    assert desk.err.startswith("1 messages that waited are let go")
    assert "released by Bob" in desk.run("explain", f"DE{9:032x}")


def test_a_rule_that_appeals_overturn_too_often_steps_down(desk: Desk, tmp_path: Path) -> None:
    few = tmp_path / "few.toml"
    few.write_text("[budget]\nleast = 1\nconfidence = 0.6\n")
    name = filed(desk, desk.decided(9, Verdict.REFUSE))
    desk.run("appeals", "decide", name, "--overturn", "--by", "Bob", *WHY, "--config", str(few))
    assert desk.err.startswith("rule 8.3 is in shadow: ")


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        (("show",), "the appeal's name"),
        (("decide", " "), "the appeal's name"),
        (("decide", "AL1", "--overturn", "--by", "Bob"), "--because"),
        (("decide", "AL1", "--overturn", "--by", " ", *WHY), "--by"),
        (("decide", "AL1", "--by", "Bob", *WHY), "--uphold or --overturn"),
    ],
)
def test_what_is_left_out_is_said(desk: Desk, told: tuple[str, ...], missing: str) -> None:
    desk.run("appeals", *told, status=2)
    assert missing in desk.err


def test_an_appeal_that_is_not_there_is_said(desk: Desk) -> None:
    for told in (("show", "AL9"), ("decide", "AL9", "--uphold", "--by", "Bob", *WHY)):
        desk.run("appeals", *told, status=1)
        assert "there is no appeal AL9: masstransit appeals list" in desk.err


def test_a_calendar_that_there_is_not_stops_a_start(desk: Desk, tmp_path: Path) -> None:
    file_ = tmp_path / "own.toml"
    file_.write_text('[appeals]\ncountry = "XX"\n')
    desk.run("check-config", "--config", str(file_), status=1)
    assert "[appeals] country = 'XX'" in desk.err
