"""`masstransit cases`: what is due first, every act in a case, and what is sent as a file."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from pathlib import Path

import pytest

from masstransit.carriage.cases import acts
from masstransit.carriage.overturning import Word
from masstransit.desk.sending import Sent
from masstransit.errors import BadInput
from masstransit.ledger import Ledger
from masstransit.model.case import KINDS
from masstransit.model.decision import Verdict
from tests.carriage.cases.desk import CALENDAR
from tests.desk.test_commands import NOW, Desk, a_folder_of_its_own  # noqa: F401 - a fixture for each test here
from tests.makers import SENDER

SAID = ("--by", "Ada", "--because", "as they asked")
CALLED = ("called=+12025550110", "published=their own page", "spoke_to=Officer Kim")


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def opened(desk: Desk, kind: str, *told: str) -> str:
    return desk.run("cases", "open", kind, *told, *SAID).split()[3]


def traced(desk: Desk, reference: str = "7/26") -> str:
    at = f"{NOW - timedelta(hours=1):%Y-%m-%dT%H:%M}"
    return opened(desk, "traceback", "requester=the group", f"reference={reference}", f"sender={SENDER}", f"at={at}")


def test_open_cases_are_listed_the_overdue_first_and_said_so(desk: Desk) -> None:
    assert desk.run("cases", "list") == "no case is open\n"
    day = traced(desk)
    hour = opened(desk, "authority", f"account={desk.account}", "authority=Bureau", "reference=1", "process=emergency")
    late = desk.does(
        lambda c: acts.open_case(
            c, Ledger("test"), "trademark", {"account": desk.account, "holder": "Acme", "right": "a mark"},
            Word(by="Ada", at=NOW - timedelta(days=2)), calendar=CALENDAR,
        )
    )  # fmt: skip
    lines = [line for line in desk.run("cases", "list").splitlines() if line.startswith("CS")]
    assert [line.split()[0] for line in lines] == [late, hour, day]
    assert ": OVERDUE since " in lines[0]
    assert lines[1].endswith(": a person reviews the emergency")
    assert desk.err == "1 of 3 cases are overdue\n"
    assert desk.run("cases", "list", "--kind", "traceback").split()[0] == day
    assert desk.run("cases", "list", "--account", "AC9") == "no case is open\n"


def test_a_traceback_is_answered_into_a_file_that_is_there_once(desk: Desk, tmp_path: Path) -> None:
    desk.decided(3, Verdict.ALLOW)
    sid = traced(desk)
    desk.run("cases", "do", sid, "answer", "known_by=their portal", *SAID, status=2)
    assert desk.err == "masstransit: cases do answer needs --out: a file for what is sent\n"
    file = tmp_path / "record.csv"
    file.write_text("something of mine")
    desk.run("cases", "do", sid, "answer", "known_by=their portal", "--out", str(file), *SAID, status=1)
    assert f"{file} can't be written" in desk.err
    assert file.read_text() == "something of mine"
    assert "closed" not in desk.run("cases", "show", sid)
    file = tmp_path / "sent.csv"
    told = desk.run("cases", "do", sid, "answer", "known_by=their portal", "--out", str(file), *SAID)
    assert told == f"written to {file}\nit is closed: answered\n"
    assert file.stat().st_mode & 0o777 == 0o600
    with file.open(newline="") as source:
        (row,) = csv.DictReader(source)
    assert (row["from"], row["message"], row["upstream_account"]) == (SENDER, f"SM{3:032x}", desk.account)
    desk.run("cases", "do", sid, "answer", "known_by=their portal", "--out", str(file), *SAID, status=1)
    assert f"{sid} is closed: answered, by Ada" in desk.err


def test_messages_and_calls_of_a_traceback_are_two_tables_and_calls_alone_are_one(tmp_path: Path) -> None:
    rows = [{"from": SENDER}]
    with pytest.raises(BadInput, match="messages and calls are two tables"):
        Sent(tmp_path / "both.csv").take({"messages": rows, "calls": rows})
    Sent(tmp_path / "both.json").take({"messages": rows, "calls": rows})
    Sent(tmp_path / "calls.csv").take({"messages": [], "calls": rows})
    assert (tmp_path / "calls.csv").read_text().split() == ["from", SENDER]


def test_a_request_is_verified_disclosed_and_shown_with_its_record(desk: Desk, tmp_path: Path) -> None:
    sid = opened(
        desk, "authority", f"account={desk.account}", "authority=The Bureau", "reference=1", "process=subpoena",
        f"unit=number:{SENDER}",
    )  # fmt: skip
    out = tmp_path / "answer.json"
    desk.run("cases", "do", sid, "disclose", "what=subscriber", "--out", str(out), *SAID, status=1)
    assert "is not verified: call The Bureau back" in desk.err
    assert not out.exists()
    desk.run("cases", "do", sid, "verify", *CALLED, "genuine=yes", *SAID)
    table = tmp_path / "answer.csv"
    desk.run("cases", "do", sid, "disclose", "what=subscriber", "--out", str(table), *SAID, status=1)
    assert "name a file that ends in .json" in desk.err
    assert not table.exists()
    desk.run("cases", "do", sid, "disclose", "what=subscriber", "--out", str(out), *SAID)
    assert json.loads(out.read_text())["subscriber"]["friendly_name"] == "Northwind"
    told = desk.run("cases", "show", sid)
    assert "Request of an authority of " + desk.account in told
    assert "from      The Bureau, reference 1" in told
    assert SENDER not in told
    assert "holds     nothing of the account is erased" in told
    assert [line.split()[3] for line in told.splitlines() if " by Ada: as they asked" in line] == [
        "opened", "verified", "disclosed"
    ]  # fmt: skip
    assert desk.run("cases", "close", sid, "answered", *SAID) == f"{sid} is closed: answered\n"


def test_what_a_case_is_told_is_shown_and_what_is_missing_is_asked_for(desk: Desk) -> None:
    told = desk.run("cases", "kinds")
    assert [name for name in KINDS if f"\n{name}  " not in f"\n{told}"] == []
    assert "  open      account= authority= reference= process= [unit=] [contact=]" in told
    sid = traced(desk)
    for arguments, words in (
        (("open", "traceback"), "cases open needs --by"),
        (("open", "--by", "Ada"), "cases open needs a kind"),
        (("show",), "cases show needs the case's name"),
        (("do", sid, "--by", "Ada"), "cases do needs an act"),
        (("close", sid, "--by", "Ada"), "cases close needs an outcome"),
    ):
        desk.run("cases", *arguments, status=2)
        assert words in desk.err
    desk.run("cases", "open", "traceback", "requester", *SAID, status=1)
    assert "'requester': write it as NAME=VALUE" in desk.err
    desk.run("cases", "do", sid, "dance", *SAID, status=1)
    assert "'dance' is no act in a case of the kind traceback: of answer" in desk.err
    desk.run("cases", "show", "CS9", status=1)
    assert "there is no case CS9" in desk.err


def test_words_of_others_do_nothing_to_the_terminal(desk: Desk) -> None:
    sid = opened(desk, "trademark", f"account={desk.account}", "holder=Ac\x1b[2Jme", "right=a\nmark")
    told = desk.run("cases", "show", sid) + desk.run("cases", "list")
    assert "\x1b" not in told
    desk.run("cases", "note", sid, "--by", "Ada", "--because", "they\ncalled")
    assert "note by Ada: they called" in desk.run("cases", "show", sid)
