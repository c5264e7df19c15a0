"""`masstransit complaints`: a carrier's word is on record once, and standing follows."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from sqlalchemy import select

from masstransit.model.decision import Verdict
from masstransit.storage import numbers, tables
from tests.channels.arf.reports import a_report
from tests.desk.test_commands import NOW, Desk, a_folder_of_its_own  # noqa: F401 - a fixture for each test here

SF = "+14155550111"
CARRIER = ("--carrier", "T-Mobile", "--by", "Ada")


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    made = Desk(tmp_path, capsys)
    row = {"number": SF, "account": made.account, "sid": "PN1", "state": "in-use", "region": "US", "friendly_name": SF}
    made.does(lambda c: numbers.put(c, [row | {"acquired_at": NOW}], NOW))
    return made


def on_record(desk: Desk) -> list[tuple[str, str | None, float]]:
    rows = desk.does(lambda c: c.execute(select(tables.complaints).order_by(tables.complaints.c.at)).all())
    return [(row.kind, row.communication, row.attrs["fine_usd"]) for row in rows]


def test_one_about_a_message_is_on_record_once_and_its_account_is_warned(desk: Desk) -> None:
    sid = "SM" + desk.decided(1, Verdict.ALLOW)[2:]
    told = ("complaints", *CARRIER, "--reference", "TM-1", "--message", sid, "--said", "no opt-in", "--fine", "500")
    assert desk.run(*told) == "1 on record, 0 were before\n"
    assert desk.run(*told) == "0 on record, 1 were before\n"
    assert on_record(desk) == [("carrier-complaint", sid, 500.0)]
    (step,) = desk.does(lambda c: c.execute(select(tables.standing)).all())
    assert (step.account, step.step, step.rule) == (desk.account, "warn", "6.8")
    assert "warn of account" in desk.run("standing", "list")
    assert "the ledger is whole" in desk.run("ledger", "verify")
    stated = [json.loads(row.record) for row in desk.does(
        lambda c: c.execute(select(tables.records).where(tables.records.c.kind == "complaint")).all()
    )]  # fmt: skip
    assert (stated[0]["attrs"]["by"], stated[0]["source"]) == ("Ada", "T-Mobile")


def test_a_file_of_them_is_taken_and_what_can_not_be_read_is_told(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "july.csv"
    file.write_text(
        f"reference,kind,number,said,fine,at\nA,7726,{SF},spam,,2026-07-01\nB,fine,{SF},SHAFT,500,2026-07-02\n"
        f"C,rumour,{SF},,,\nD,,+19995550100,,,\nE,,{SF},,much,\n,,{SF},,,\nF,,{SF},,,someday\n"
    )
    told = desk.run("complaints", str(file), *CARRIER, status=1)
    assert told == "2 on record, 0 were before, 5 could not be read\n"
    assert on_record(desk) == [("spam-report", None, 0.0), ("carrier-complaint", None, 500.0)]
    for line, said in (
        (4, "one of complaint, fine, 7726"),
        (5, "nobody here has"),
        (6, "an amount in USD"),
        (7, "its reference"),
    ):
        assert f"line {line}: " in desk.err
        assert said in desk.err
    assert "line 8: 'someday' is no date" in desk.err
    assert desk.run("complaints", str(file), *CARRIER, status=1).startswith("0 on record, 2 were before")


def test_what_is_missing_is_said(desk: Desk, tmp_path: Path) -> None:
    desk.run("complaints", "--message", "SM1", status=2)
    assert "--carrier, --by, --reference" in desk.err
    desk.run("complaints", *CARRIER, "--reference", "A", "--message", "SM1", status=1)
    assert "there is no message SM1" in desk.err
    desk.run("complaints", str(tmp_path / "none.csv"), *CARRIER, status=1)
    assert "can't be read" in desk.err
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("ref,who\n1,2\n")
    desk.run("complaints", str(wrong), *CARRIER, status=1)
    assert "'reference' is missing" in desk.err
    desk.run("complaints", str(wrong), *CARRIER, "--mail", "x", status=2)
    assert "not both" in desk.err


def test_a_feedback_loops_mail_is_taken_and_what_is_no_complaint_is_told(desk: Desk, tmp_path: Path) -> None:
    sid, box = "SM" + desk.decided(1, Verdict.ALLOW)[2:], tmp_path / "loop.mbox"
    mails = [
        a_report(fields=f"Original-Envelope-Id: {sid}\n", original="", name="<1@loop>"),
        a_report(fields="Original-Mail-From: 14155550111@x.example\n", original="", name="<2@loop>"),
        a_report(kind="not-spam"),
        a_report(fields="Original-Mail-From: 14155550199@x.example\n", original="", name="<3@loop>"),
        b"Subject: out of office\n\nBack on Monday.\n",
    ]
    box.write_bytes(b"".join(b"From loop@carrier.example Thu Jul  2\n" + mail + b"\n" for mail in mails))
    told = desk.run("complaints", "--mail", str(box), *CARRIER, status=1)
    assert told == "2 on record, 0 were before, 3 could not be read\n"
    assert [(kind, about) for kind, about, _ in on_record(desk)] == [("spam-report", sid), ("spam-report", None)]
    for number, why in ((3, "no spam"), (4, "nobody here has the number"), (5, "no part of it is a feedback report")):
        assert f"mail {number}: " in desk.err
        assert why in desk.err
    again = desk.run("complaints", "--mail", str(box), *CARRIER, status=1)
    assert again.startswith("0 on record, 2 were before")
    desk.run("complaints", "--mail", str(tmp_path / "none"), *CARRIER, status=1)
    assert "can't be read" in desk.err


def test_a_single_mail_comes_through_a_pipe(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = a_report(fields="Original-Mail-From: 14155550111@x.example\n", original="")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(mail)))
    assert desk.run("complaints", "--mail", "-", *CARRIER, "--kind", "complaint") == "1 on record, 0 were before\n"
    assert on_record(desk) == [("carrier-complaint", None, 0.0)]


def test_a_carriers_own_columns_and_dates_are_read(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "theirs.csv"
    file.write_text("Ticket,From,When,Region\nT-9,(415) 555-0111,07/02/2026,West\n")
    more = ("--map", "reference=Ticket", "--map", "number=From", "--map", "at=When", "--dates", "%m/%d/%Y")
    assert desk.run("complaints", str(file), *CARRIER, *more, "--country", "US") == "1 on record, 0 were before\n"
    (row,) = desk.does(lambda c: c.execute(select(tables.complaints)).all())
    assert (row.sender, f"{row.at:%Y-%m-%d}") == (SF, "2026-07-02")
