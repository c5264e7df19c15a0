"""`masstransit numbers` and `daily`: what is wanted back, what stands in the way, and people's words on it."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from masstransit.storage import numbers, tables
from tests.desk.test_commands import NOW, Desk, a_folder_of_its_own  # noqa: F401 - a fixture for each test here

SF, LA = "+14155550111", "+12135550122"
WORD = ("--by", "Ada", "--because", "their letter of May 30")


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    made = Desk(tmp_path, capsys)
    rows = [
        {
            "number": number, "account": made.account, "sid": f"PN{place:032}", "state": "in-use", "region": "US",
            "acquired_at": NOW - timedelta(days=100), "provider": "carrier-a", "friendly_name": number,
        }
        for place, number in enumerate((SF, LA))
    ]  # fmt: skip
    made.does(lambda c: numbers.put(c, rows, NOW))
    return made


def test_a_rule_opens_cases_and_the_day_tells_what_it_did(desk: Desk) -> None:
    assert desk.run("numbers", "list") == "nothing is wanted back or locked\n"
    assert "after 60 days without use" in desk.run("numbers", "rule", "Carrier-A", "--days", "60", *WORD)
    assert "is never reclaimed" in desk.run("numbers", "keep", LA, "--for", "an alarm line", "--by", "Ada")
    assert "cases: 1 opened, 1 with a notice today" in desk.run("daily")
    assert "cases: 0 opened, 0 with a notice today" in desk.run("daily")
    told = desk.run("numbers", "list", "--account", desk.account)
    assert "carrier-a by" in told
    assert "notices of 30 days given" in told
    assert "kept: an alarm line" in told
    assert SF not in told


def test_a_determination_is_told_answered_and_shown_with_its_efforts(desk: Desk) -> None:
    deadline = f"{NOW + timedelta(days=40):%Y-%m-%d}"
    told = desk.run("numbers", "determine", SF, "--provider", "carrier-b", "--deadline", deadline, *WORD)
    sid = told.split()[3].rstrip(":")
    desk.run("numbers", "effort", sid, "--by", "Ada", "--because", "called them")
    shown = json.loads(desk.run("numbers", "show", sid))
    assert (shown["provider"], shown["said"]) == ("carrier-b", "their letter of May 30")
    assert [each["said"] for each in shown["done"]] == ["called them"]
    assert "goes on" in desk.run("numbers", "answer", sid, "--by", "Ada", "--because", "they insist")
    assert "the number stays" in desk.run("numbers", "answer", sid, "--withdrawn", *WORD)
    desk.run("numbers", "answer", sid, *WORD, status=1)
    assert "is closed: kept" in desk.err
    desk.run("numbers", "restore", sid, *WORD, status=1)
    assert "nothing of it was reclaimed" in desk.err
    (case,) = json.loads(desk.run("numbers", "show", SF))["cases"]
    assert case["outcome"] == "kept"


def test_a_number_is_locked_and_unlocked_by_name(desk: Desk) -> None:
    assert "is locked (hold)" in desk.run("numbers", "lock", SF, "--for", "hold", *WORD)
    assert f"hold since {NOW:%Y-%m-%d}: their letter of May 30" in desk.run("numbers", "list")
    assert "is locked (dispute)" in desk.run("numbers", "lock", SF, "--for", "dispute", *WORD)
    assert [each["kind"] for each in json.loads(desk.run("numbers", "show", SF))["held"]] == ["hold", "dispute"]
    desk.run("numbers", "unlock", SF, *WORD, status=1)
    assert "say which one ends" in desk.err
    told = desk.run("numbers", "unlock", SF, "--for", "dispute", *WORD)
    assert "is not locked by dispute any more, but by hold" in told
    assert "is not locked by hold any more" in desk.run("numbers", "unlock", SF, *WORD)
    desk.run("numbers", "unlock", SF, *WORD, status=1)
    assert "is not held" in desk.err
    assert desk.run("numbers", "list") == "nothing is wanted back or locked\n"
    assert "the ledger is whole" in desk.run("ledger", "verify")


def test_what_nobody_used_for_sixty_days_is_listed_and_nothing_follows_from_that(desk: Desk) -> None:
    today = NOW.date()
    seen = [
        {"number": number, "day": (today - timedelta(days=ago)).isoformat(), "inbound": 1, "outbound": 0}
        for number, ago in ((SF, 61), (LA, 60))
    ]
    desk.does(lambda c: c.execute(insert(tables.number_usage), seen))
    (told,) = desk.run("numbers", "list", "--idle").splitlines()
    assert told.startswith("+1415***11 of AC")
    assert f"used last on {seen[0]['day']}" in told
    assert "every number was used within 60 days" in desk.run("numbers", "list", "--idle", "--account", "AC0")
    assert "cases: 0 opened" in desk.run("daily")


def test_a_number_is_ported_in_and_out_by_name(desk: Desk) -> None:
    port = ("numbers", "port-in", "+14155550133", "--account", desk.account, "--by", "Ada", "--because", "LOA 7")
    assert "is on its way here" in desk.run(*port)
    desk.run(*port, status=1)
    assert "the inventory has +14155550133 already" in desk.err
    assert "is here" in desk.run("numbers", "ported", "+14155550133", *WORD)
    assert json.loads(desk.run("numbers", "show", "+14155550133"))["state"] == "in-use"
    desk.run("numbers", "ported", SF, *WORD, status=1)
    assert "no port of +14155550111 is under way" in desk.err
    desk.run("numbers", "lock", SF, "--for", "port-out", *WORD)
    assert "nobody here has it any more" in desk.run("numbers", "ported", SF, *WORD)
    assert json.loads(desk.run("numbers", "show", SF))["state"] == "ported-out"
    assert "the ledger is whole" in desk.run("ledger", "verify")


def test_what_is_missing_or_makes_no_sense_is_said(desk: Desk) -> None:
    desk.run("numbers", "lock", SF, status=2)
    assert "--for, --by, --because" in desk.err
    desk.run("numbers", "show", status=2)
    assert "the number, the case, or the provider" in desk.err
    for wrong, said in (
        (("lock", SF, "--for", "whim", *WORD), "one of hold, dispute, port-out, quarantine"),
        (("show", "+19995550100"), "the inventory has no number"),
        (("show", "RC1"), "there is no case RC1"),
        (("show", "Acme"), "is no number in E.164 form"),
        (("rule", "carrier-a", "--days", "-1", *WORD), "one at least"),
        (("determine", SF, "--provider", "b", "--deadline", "2001-01-01", *WORD), "a day to come"),
    ):
        desk.run("numbers", *wrong, status=1)
        assert said in desk.err


def test_a_letter_is_looked_at_and_confirmed_or_refused(desk: Desk, tmp_path: Path) -> None:
    assert desk.run("numbers", "letters") == "no letter waits\n"
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"We allow Acme to show our number.")
    digest, clinic = hashlib.sha256(letter.read_bytes()).hexdigest(), "+12125550143"
    claims = [
        {
            "account": desk.account, "sid": f"CV{place:032}", "number": number, "how": "loa", "filed_at": NOW,
            "letter": {"holder": "Clinic", "reference": "17", "signed_on": f"{NOW:%Y-%m-%d}", "digest": digest},
        }
        for place, number in enumerate((clinic, "+12125550144"))
    ]  # fmt: skip
    desk.does(lambda c: c.execute(insert(tables.caller_id_claims), claims))
    first, second = (str(claim["sid"]) for claim in claims)
    told = desk.run("numbers", "letters")
    assert (first in told, "Clinic, signed on" in told, clinic in told) == (True, True, False)
    assert json.loads(desk.run("numbers", "show", first))["number"] == clinic
    other = tmp_path / "other.pdf"
    other.write_bytes(b"something else")
    desk.run("numbers", "confirm", first, "--document", str(other), *WORD, status=1)
    assert "its SHA-256 is another" in desk.err
    desk.run("numbers", "confirm", first, "--document", str(tmp_path / "none.pdf"), *WORD, status=1)
    assert "can't be read" in desk.err
    assert "is proven for" in desk.run("numbers", "confirm", first, "--document", str(letter), *WORD)
    assert "is not proven for" in desk.run("numbers", "refuse", second, *WORD)
    assert desk.run("numbers", "letters") == "no letter waits\n"
    desk.run("numbers", "refuse", second, *WORD, status=1)
    assert "decided already" in desk.err
    desk.run("numbers", "show", "CV0", status=1)
    assert "there is no letter" in desk.err
