"""The desk's commands: their words, answers and exit status."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection, update

from masstransit import cli
from masstransit.carriage.exchange import Offered, hold_row
from masstransit.facts.consent import Consents
from masstransit.facts.traffic import PairHistory
from masstransit.ledger import Ledger
from masstransit.model.communication import Communication, Moment
from masstransit.model.decision import Decision, Finding, Verdict
from masstransit.storage import alerts, communications, decisions, demotions, queue, tables
from masstransit.storage.engine import Database
from tests.makers import an_sms

T = TypeVar("T")
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP", "SMPP", "SIP", "SMTP", "DATABASE", "COUNTERS"):
        monkeypatch.delenv(f"MASSTRANSIT_{name}", raising=False)
    monkeypatch.setenv("MASSTRANSIT_DATA", str(tmp_path / "data"))


class Desk:
    """A house that nobody serves, its record, and the commands."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._url = f"sqlite:///{folder / 'data' / 'masstransit.db'}"
        self._capsys = capsys
        self.err = ""
        assert cli.run(["account", "Northwind"]) == 0
        self.account = capsys.readouterr().out.split()[2]

    def run(self, *arguments: str, status: int = 0) -> str:
        """What a command printed; it leaves with that status."""
        left = cli.run(arguments)
        told = self._capsys.readouterr()
        self.err = told.err
        assert left == status, told.err
        return told.out

    def does(self, work: Callable[[Connection], T]) -> T:
        async def write() -> T:
            database = Database(self._url)
            try:
                return await database.write(work)
            finally:
                await database.close()

        return asyncio.run(write())

    def decided(self, n: int, verdict: Verdict, *, rule: str = "8.3", ago: timedelta = timedelta(hours=1)) -> str:
        """The n-th message, with what was decided of it; the decision's id. One that is held waits."""
        message = an_sms(id=f"SM{n:032x}", account=self.account, at=NOW - ago)
        found = (Finding(clause=rule.partition(".")[0], rule=rule, verdict=verdict, reason="so it was"),)
        decision = Decision(
            id=f"DE{n:032x}",
            subject=message.id,
            account=self.account,
            moment=Moment.OFFER,
            attempt=0,
            at=NOW - ago,
            verdict=verdict,
            findings=found if verdict else (),
            facts={
                "PairHistory": PairHistory(alternations_60s=0, unanswered_24h=n, answered=False),
                "Consents": Consents(),
            },
            revision="then",
        )
        self.does(lambda c: _keep(c, message, decision))
        return decision.id


def _keep(connection: Connection, message: Communication, decision: Decision) -> None:
    kept = decisions.record(decision)
    salts = Ledger("test").append(connection, [(decision.account, "decision", decision.id, kept)], decision.at)
    decisions.add(connection, [(decision, kept, salts[0])])
    row = communications.row(message, person="p", segments=1, status="accepted", decision=decision.id)
    communications.add(connection, [row])
    if decision.verdict is Verdict.HOLD:
        queue.hold(connection, [hold_row(Offered(message, decision), decision.at)])


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


@pytest.fixture
def few(tmp_path: Path) -> str:
    """Settings under which three are enough."""
    file = tmp_path / "few.toml"
    file.write_text("[budget]\nleast = 3\n")
    return str(file)


# --- replay ---------------------------------------------------------------------------------------------------------


def test_replay_says_what_another_figure_would_change(desk: Desk) -> None:
    made = [desk.decided(n, Verdict.HOLD if n >= 5 else Verdict.ALLOW) for n in range(3, 8)]
    told = desk.run("replay", "--clause", "8", "--set", "policy.8.unanswered=4", status=1)
    lines = [" ".join(line.split()) for line in told.splitlines()]
    assert lines[0].startswith("replayed 5 decisions about offers, ")
    assert lines[1:3] == [
        "tried: policy.8.unanswered = 4",
        "heard as if it bound; in the settings a changed figure begins in shadow: 8.3",
    ]
    assert "ALLOW -> HOLD 1" in lines
    assert "unchanged 4" in lines
    assert "8. Unwanted communications" in lines
    assert "8.3 3 4 1 (0 complained, 0 opted out) 0 0 0 0" in lines
    assert f"newly stopped: {made[1]}" in lines
    assert f"newly stopped most: {desk.account} 1" in lines


def test_replay_of_the_same_settings_changes_nothing(desk: Desk) -> None:
    desk.decided(3, Verdict.ALLOW)
    told = desk.run("replay", "--clause", "8")
    assert "tried: the settings as they are" in told
    assert "unchanged" in told


def test_replay_tells_a_machine_the_same(desk: Desk) -> None:
    desk.decided(9, Verdict.HOLD)
    told = json.loads(desk.run("replay", "--clause", "8", "--set", "policy.8.unanswered=100", "--json", status=1))
    assert told["verdicts"] == [{"then": "HOLD", "now": "ALLOW", "decisions": 1}]
    assert (told["read"], told["replayed"], told["changed"], told["already"]) == (1, 1, 1, 0)
    assert told["rules"]["8.3"] == {
        "in_the_way": {"then": 1, "now": 0}, "newly_stopped": 0, "complained": 0, "opted_out": 0, "newly_let_go": 1,
        "overturned": 0, "otherwise": 0, "still_overturned": 0, "shadow": {"then": 0, "now": 0},
        "examples": {"newly let go": [f"DE{9:032x}"]},
    }  # fmt: skip
    assert told["tried"] == {
        "changes": ["policy.8.unanswered = 100"], "read_again": [], "begins_in_shadow": ["8.3"],
    }  # fmt: skip


def test_replay_tries_a_whole_settings_file(desk: Desk, tmp_path: Path) -> None:
    desk.decided(9, Verdict.HOLD)
    file = tmp_path / "other.toml"
    file.write_text('[policy.8]\nmode = "shadow"\n')
    told = desk.run("replay", "--clause", "8", "--config", str(file), status=1)
    assert "HOLD -> ALLOW" in told


def test_replay_goes_as_far_back_as_it_is_told(desk: Desk) -> None:
    desk.decided(1, Verdict.ALLOW, ago=timedelta(hours=30))
    desk.decided(2, Verdict.ALLOW, ago=timedelta(days=6))
    for since, count in (("24h", 0), ("2d", 1), ("7d", 2), (f"{NOW - timedelta(days=2):%Y-%m-%d}", 1)):
        assert json.loads(desk.run("replay", "--since", since, "--clause", "8", "--json"))["read"] == count
    assert json.loads(desk.run("replay", "--since", "7d", "--until", "5d", "--clause", "8", "--json"))["read"] == 1
    assert "there was nothing to replay" in desk.run("replay", "--account", desk.account)


def test_the_other_clauses_stand_as_they_were_and_what_can_not_be_heard_is_said(desk: Desk) -> None:
    desk.decided(3, Verdict.REFUSE, rule="7.1")
    assert "unchanged" in desk.run("replay", "--clause", "8")
    told = desk.run("replay")
    assert "rule 7.1 stands as it was in 1: " in told
    assert "rule 8.1 stands as it was in 1: Blocks not on record" in told


def test_a_rule_that_stepped_down_is_replayed_in_shadow(desk: Desk) -> None:
    desk.decided(9, Verdict.HOLD)
    row = {"rule": "8.3", "since": NOW, "stopped": 30, "overturned": 25, "budget": 0.01, "ended_at": None}
    desk.does(lambda c: demotions.add(c, row | {"ended_by": ""}))
    assert "HOLD -> ALLOW" in desk.run("replay", "--clause", "8", status=1)
    assert "unchanged" in desk.run("replay", "--clause", "8", "--set", "policy.8.mode=enforced")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--set", "policy.8.unansered=2"), "[policy.8] unansered: clause 8 has"),
        (("--set", "unanswered=2"), "say policy.CLAUSE.FIGURE=VALUE"),
        (("--since", "last week"), "'last week' is no date"),
        (("--since", "1h", "--until", "2h"), "does not lie before --until"),
        (("--clause", "99"), "--clause 99: there is no such clause"),
        (("--account", "AC" + "0" * 32), "there is no account"),
        (("--database", "oracle://x/y"), "oracle"),
    ],
)
def test_a_replay_that_can_not_be_done_leaves_with_2_and_the_reason(
    desk: Desk, arguments: tuple[str, ...], why: str
) -> None:
    assert desk.run("replay", *arguments, status=2) == ""
    assert why in desk.err


# --- a person's word --------------------------------------------------------------------------------------------------


def test_a_held_message_is_let_go_by_name(desk: Desk) -> None:
    decision = desk.decided(9, Verdict.HOLD)
    told = desk.run("release", f"SM{9:032x}", "--by", "dana", "--because", "they asked for it")
    assert told == f"SM{9:032x} is let go: the gate looks at it once more, and it is sent\n"
    story = desk.run("explain", decision)
    assert "wrong     released by dana, " in story
    assert ": they asked for it" in story
    assert "status    queued" in story
    assert desk.run("release", f"SM{9:032x}", "--by", "dana", status=1) == ""
    assert "is not held" in desk.err
    assert desk.run("release", "SM0", "--by", "dana", status=1) == ""
    assert "there is no message SM0" in desk.err
    assert "whole" in desk.run("ledger", "verify")


def test_a_refusal_is_overturned_by_name_and_the_rule_steps_down_when_it_is_enough(desk: Desk, few: str) -> None:
    made = [desk.decided(n, Verdict.REFUSE) for n in range(1, 5)]
    for decision in made[:2]:
        desk.run("overturn", decision, "--by", "noor", "--because", "lawful", "--config", few)
        assert desk.err == ""
    told = desk.run("overturn", made[2], "--by", "noor", "--because", "lawful", "--config", few)
    assert told == f"on record: {made[2]} was wrong; its sender may offer the message again\n"
    assert desk.err.startswith("rule 8.3 is in shadow: 1 person overturned 3 of 4 that it stopped, of 1 account")
    assert [a.about for a in desk.does(lambda c: alerts.for_operator(c, NOW - timedelta(days=1)))] == ["8.3"]
    assert "overturned by noor" in desk.run("explain", made[0])
    assert "whole" in desk.run("ledger", "verify")


@pytest.mark.parametrize(
    ("verdict", "why"),
    [
        (Verdict.ALLOW, "neither held nor refused"),
        (Verdict.HOLD, "masstransit release"),
        (None, "there is no decision"),
    ],
)
def test_what_can_not_be_overturned_is_said_so(desk: Desk, verdict: Verdict | None, why: str) -> None:
    decision = f"DE{9:032x}" if verdict is None else desk.decided(9, verdict)
    assert desk.run("overturn", decision, "--by", "noor", "--because", "lawful", status=1) == ""
    assert why in desk.err


@pytest.mark.parametrize("command", [("release", "SM1"), ("overturn", "DE1", "--because", "x"), ("reinstate", "8.3")])
def test_nobody_changes_a_decision_without_a_name(command: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.run(command)
    assert left.value.code == 2


# --- rules ----------------------------------------------------------------------------------------------------------


def test_rules_shows_each_with_its_mode_its_law_and_its_counts(desk: Desk, tmp_path: Path) -> None:
    made = [desk.decided(n, Verdict.REFUSE) for n in range(1, 4)]
    desk.run("overturn", made[0], "--by", "noor", "--because", "lawful")
    lines = {line.split()[0]: " ".join(line.split()) for line in desk.run("rules").splitlines()}
    assert lines["8.3"].startswith("8.3 enforced 3 stopped, 1 overturned ")
    assert lines["14.1"].endswith("[47 CFR 64.1200(n)(2)]")
    file = tmp_path / "own.toml"
    file.write_text('[policy.8]\nshadow = ["8.3"]\n')
    told = json.loads(desk.run("rules", "--clause", "8", "--json", "--config", str(file)))
    (shown,) = [each for each in told if each["rule"] == "8.3"]
    assert (shown["mode"], shown["stopped"], shown["overturned"], shown["budget"]) == ("shadow", 3, 1, 0.01)
    assert desk.run("rules", "--clause", "99", status=2) == ""


def test_a_rule_of_law_that_stops_too_much_is_pointed_out_and_stays(desk: Desk, few: str) -> None:
    for decision in [desk.decided(n, Verdict.REFUSE, rule="7.6") for n in range(1, 4)]:
        desk.run("overturn", decision, "--by", "noor", "--because", "lawful", "--config", few)
    assert "rule 7.6 stops too much" in desk.err
    (shown,) = [e for e in json.loads(desk.run("rules", "--json", "--config", few)) if e["rule"] == "7.6"]
    assert shown["mode"] == "enforced"
    assert shown["note"] == (
        "1 person overturned 3 of 3 that it stopped, of 1 account, more than 1.0%; it stays in force"
    )


def test_a_rule_is_put_back_once(desk: Desk) -> None:
    row = {"rule": "8.3", "since": NOW, "stopped": 30, "overturned": 25, "budget": 0.01, "ended_at": None}
    desk.does(lambda c: demotions.add(c, row | {"ended_by": ""}))
    told = desk.run("rules", "--clause", "8")
    assert "8.3    shadow" in told
    assert "people overturned 25 of 30 that it stopped, more than 1.0%" in told
    assert desk.run("reinstate", "8.3", "--by", "noor").startswith("rule 8.3 is back within seconds")
    assert desk.run("reinstate", "8.3", "--by", "noor", status=1) == ""
    assert "rule 8.3 did not step down" in desk.err
    assert "8.3    enforced" in desk.run("rules", "--clause", "8")


def test_a_share_for_a_rule_that_there_is_not_is_refused(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[budget]\nof = { '8.99' = 0.1 }\n")
    assert desk.run("rules", "--config", str(file), status=1) == ""
    assert "[budget.of] '8.99': there is no such rule" in desk.err


def test_what_was_observed_leaves_out_a_record_that_can_not_be_read(desk: Desk) -> None:
    desk.decided(1, Verdict.ALLOW)
    broken = desk.decided(2, Verdict.ALLOW)
    assert desk.run("observed").startswith("2 messages of 1 account")
    desk.does(lambda c: c.execute(update(tables.decisions).where(tables.decisions.c.id == broken).values(record="{}")))
    assert desk.run("observed").startswith("1 messages of 1 account")
    desk.run("observed", "--since", "1h", "--until", "2h", status=1)
    assert "does not lie before" in desk.err
