"""`masstransit evidence`: a file about one thing, that proves itself anywhere; that it was taken out is on record."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from masstransit.ledger import Ledger
from masstransit.model.decision import Verdict
from masstransit.storage import standing, tables
from masstransit.storage.keys import public_key
from tests.desk.test_commands import NOW, Desk, a_folder_of_its_own  # noqa: F401 - a fixture for each test here

DAY = timedelta(days=1)
PERSON = "+12125550123"


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def disclosures(desk: Desk) -> list[dict[str, str]]:
    table = tables.records
    found = desk.does(lambda c: list(c.execute(select(table).where(table.c.kind == "disclosure"))))
    return [json.loads(row.record) for row in found]


def test_a_messages_evidence_is_proven_without_a_database(desk: Desk, tmp_path: Path) -> None:
    decision = desk.decided(1, Verdict.REFUSE)
    desk.decided(2, Verdict.REFUSE)
    file, sid = tmp_path / "one.evidence", "SM" + decision[2:]
    told = desk.run("evidence", sid, "--by", "Ada", "--because", "subpoena 12", "--out", str(file))
    assert f"1 entries about {sid}" in told
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key = desk.run("ledger", "key").strip()
    nowhere = ("--database", f"sqlite:///{tmp_path}/nowhere/none.db")
    proven = desk.run("ledger", "verify", "--bundle", str(file), "--key", key, *nowhere)
    assert "the evidence is whole" in proven
    assert f"decision {decision}" in proven
    assert "DE" + f"{2:032x}" not in file.read_text()
    assert json.loads(file.read_text().splitlines()[0])["beside"]["message"]["sid"] == sid
    assert disclosures(desk) == [{"about": sid, "by": "Ada", "because": "subpoena 12", "entries": 1}]
    assert "the ledger is whole" in desk.run("ledger", "verify")


def test_changed_evidence_is_broken_and_said_where(desk: Desk, tmp_path: Path) -> None:
    decision, file = desk.decided(1, Verdict.REFUSE), tmp_path / "one.evidence"
    desk.run("evidence", decision, "--by", "Ada", "--out", str(file))
    file.write_text(file.read_text().replace("so it was", "so it wAs"))
    told = desk.run("ledger", "verify", "--bundle", str(file), status=1)
    assert "the bundle was changed" in told
    assert f"(decision {decision}) was changed" in told
    desk.run("ledger", "verify", "--bundle", str(file), "--key", "no hex", status=1)
    assert "64 hex digits" in desk.err
    file.write_text("hello")
    desk.run("ledger", "verify", "--bundle", str(file), status=1)
    assert "this is no evidence" in desk.err
    desk.run("ledger", "verify", "--bundle", str(tmp_path / "none"), status=1)
    assert "can't be read" in desk.err


def test_a_steps_evidence_has_the_message_that_it_rests_on(desk: Desk, tmp_path: Path) -> None:
    decision = desk.decided(1, Verdict.REFUSE)
    row = {
        "account": desk.account, "step_id": "ST1", "scope": "campaign", "target": "QE1", "step": "warn", "clause": "6",
        "rule": "6.8", "reason": "a carrier complained", "decision": decision, "since": NOW, "acts_from": NOW,
        "expires_at": NOW + DAY,
    }  # fmt: skip
    desk.does(lambda c: standing.add(c, row))
    desk.does(lambda c: Ledger("t").record(c, desk.account, "standing", "ST1", {"step": "warn"}, NOW))
    for asked in ("ST1", decision, "SM" + decision[2:]):
        file = tmp_path / asked
        assert "2 entries" in desk.run("evidence", asked, "--by", "Ada", "--out", str(file))
    assert [told["about"] for told in disclosures(desk)] == ["ST1", decision, "SM" + decision[2:]]


def test_a_persons_proof_tells_which_consent_was_anothers(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "person.proof"
    command = ("proof", desk.account, PERSON, "--by", "Ada", "--because", "she asked", "--out", str(file))
    desk.run(*command, status=1)
    assert "nothing on record about +1212***23" in desk.err
    assert not file.exists()
    given = f"{NOW - 30 * DAY:%Y-%m-%d}"
    consents, answers = tmp_path / "consents.csv", tmp_path / "answers.csv"
    consents.write_text(
        f"number,purpose,kind,given_at,proof,shown\n{PERSON},marketing,written,{given},form 7,I want offers by text.\n"
    )
    answers.write_text(f"number,answer,consent_date,asked_at\n{PERSON},yes,{given},{NOW - DAY:%Y-%m-%d}\n")
    desk.run("import", "consents", str(consents), "--account", desk.account)
    desk.run("import", "reassigned", str(answers), "--account", desk.account)
    assert "was given before the number changed hands" in desk.run(*command)
    told = desk.run("ledger", "verify", "--bundle", str(file), "--key", desk.run("ledger", "key").strip())
    assert "consent to marketing" in told
    assert "was given before the number changed hands" in told
    assert "the evidence is whole" in told
    assert "form 7" in file.read_text()
    assert "I want offers by text." in file.read_text()
    assert [(told["by"], told["because"]) for told in disclosures(desk)] == [("Ada", "she asked")]


def test_what_is_missing_is_said_and_nothing_is_overwritten(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "one.evidence"
    desk.run("proof", desk.account, PERSON, "--out", str(file), status=2)
    assert "proof needs --by" in desk.err
    desk.run("proof", desk.account, "nobody", "--by", "Ada", "--out", str(file), status=1)
    assert "not a phone number" in desk.err
    desk.run("proof", "AC" + "0" * 32, PERSON, "--by", "Ada", "--out", str(file), status=1)
    assert "there is no account" in desk.err
    desk.run("evidence", "SM1", status=2)
    assert "--out, --by" in desk.err
    desk.run("evidence", "SM" + "9" * 32, "--by", "Ada", "--out", str(file), status=1)
    assert "nothing on record about" in desk.err
    assert not file.exists()
    file.write_text("mine")
    desk.run("evidence", desk.decided(1, Verdict.REFUSE), "--by", "Ada", "--out", str(file), status=1)
    assert "can't be written" in desk.err
    assert file.read_text() == "mine"
    assert disclosures(desk) == []


def test_the_public_key_is_told(desk: Desk) -> None:
    assert desk.run("ledger", "key").strip() == desk.does(public_key).hex()
