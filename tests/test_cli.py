"""The command line: every command's words, answers and exit status."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import IO, Any, cast

import pytest

from masstransit import cli
from masstransit.carriage.importing import KINDS
from masstransit.facts.content import LABELS
from tests.postgres import Server
from tests.stories.house import House

UCI = Path(__file__).parents[2] / "shared/data/train/a_uci_sms/sms.csv"
LINE = {"kind": "sms", "from": "+14155550100", "to": "+12125550123", "text": "Your table is ready."}
COMMANDS = (
    "serve",
    "demo",
    "screen",
    "explain",
    "drill",
    "ledger",
    "migrate",
    "check-config",
    "backup",
    "restore",
    "import",
)


@pytest.fixture(autouse=True)
def a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP", "SMPP", "SIP", "SMTP", "DATABASE", "COUNTERS"):
        monkeypatch.delenv(f"MASSTRANSIT_{name}", raising=False)
    monkeypatch.setenv("MASSTRANSIT_DATA", str(tmp_path / "data"))


def said(*arguments: str, input: str = "") -> subprocess.CompletedProcess[str]:  # noqa: A002
    """A command in a process of its own, with this on its standard input."""
    command = [sys.executable, "-m", "masstransit", *arguments]
    return subprocess.run(command, input=input, capture_output=True, text=True, timeout=60, check=False)


def read(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


# --- help -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [*COMMANDS, "account", "allowance", "bind", "guideline", "order", "lift", "end-user"]
)
def test_help_says_what_a_command_does_and_its_exit_status(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.run([command, "--help"])
    told = capsys.readouterr().out
    assert left.value.code == 0
    assert "Exit status: 0" in told
    assert "MASSTRANSIT_DATABASE" in told
    assert "--database" not in told.split("\n\n")[0]  # the usage is the command's own


def test_no_command_shows_the_commands_and_is_a_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([]) == 2
    told = capsys.readouterr().out
    assert all(command in told for command in COMMANDS)


def test_an_unknown_command_is_a_misuse() -> None:
    with pytest.raises(SystemExit) as left:
        cli.run(["sned"])
    assert left.value.code == 2


# --- screen ---------------------------------------------------------------------------------------------------------


def test_screen_passes_over_broken_lines_and_counts_them() -> None:
    lines = [LINE, "not json", LINE | {"id": "mine"}, LINE | {"kind": "pigeon"}, LINE | {"id": 7, "surprise": 1}]
    lines += [LINE | {"at": "0001-01-01T00:00:00Z"}, "[" * 100_000]
    text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    done = said("screen", input=text)
    told = read(done.stdout)
    assert [line["id"] for line in told] == [1, 2, "mine", 4, 7, 6, 7]
    assert ["error" in line for line in told] == [False, True, False, True, True, True, True]
    assert (done.returncode, done.stderr) == (1, "5 bad lines\n")


def test_screen_asks_of_voice_mail_without_a_ring_what_it_asks_of_calls_by_machines() -> None:
    mail = LINE | {"kind": "voicemail", "text": "", "transcript": "Your order is ready.", "purpose": "transactional"}
    given = {"given_at": "2026-01-05T12:00:00Z", "kind": "express"}
    done = said("screen", "--profile", "strict", input=f"{json.dumps(mail)}\n{json.dumps(mail | {'consent': given})}\n")
    without, with_consent = read(done.stdout)
    assert without["verdict"] == "REFUSE"
    assert "7.1.2" in [f["rule"] for f in without["findings"]]
    assert "7.1.2" not in [f["rule"] for f in with_consent["findings"]]


def test_screen_tells_the_whole_decision_with_every_label() -> None:
    done = said("screen", "--profile", "open", input=json.dumps(LINE))
    (told,) = read(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(told) == ["id", "verdict", "findings", "labels", "policy"]
    assert (told["verdict"], told["findings"], list(told["labels"])) == ("ALLOW", [], list(LABELS))
    assert all(0 <= score < 0.5 for score in told["labels"].values())


def test_screen_labels_what_a_text_says() -> None:
    text = "EVRI: your parcel is on hold, pay the 1.99 redelivery fee at evri-parcel.xyz"
    (told,) = read(said("screen", "--profile", "open", input=json.dumps(LINE | {"text": text})).stdout)
    assert told["labels"]["phishing"] >= 0.5


def test_open_takes_as_proven_what_strict_does_not() -> None:
    (strict,) = read(said("screen", input=json.dumps(LINE)).stdout)
    assert strict["verdict"] in {"HOLD", "REFUSE"}
    assert {"clause", "rule", "verdict", "reason", "evidence"} <= set(strict["findings"][0])


def test_screen_answers_a_pipe_line_by_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "masstransit", "screen", "-", "--profile", "open"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for n in range(3):
            running.stdin.write(json.dumps(LINE | {"id": n}) + "\n")
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["id"] == n  # before the next is written
        running.stdin.close()
        assert running.wait(20) == 0
    assert not (tmp_path / "data").exists()  # it writes nothing


def test_screen_reads_a_line_that_comes_in_pieces_as_one() -> None:
    command = [sys.executable, "-m", "masstransit", "screen", "-", "--profile", "open"]
    first, second = json.dumps(LINE | {"id": "one", "text": "h\u00e9, " * 20_000}), json.dumps(LINE | {"id": "two"})
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        whole = f"{first}\n\n{second}".encode()
        for start in range(0, len(whole), 50_001):
            cast("IO[bytes]", running.stdin).write(whole[start : start + 50_001])
            cast("IO[bytes]", running.stdin).flush()
            time.sleep(0.05)
        told, _ = running.communicate(timeout=20)
        assert [line["id"] for line in read(told.decode())] == ["one", "two"]


def test_screen_reads_bytes_that_are_no_text_as_a_bad_line(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_bytes(json.dumps(LINE).encode().replace(b"table", b"\xff\xfe") + b"\n" + json.dumps(LINE).encode())
    done = said("screen", str(file), "--profile", "open")
    assert done.returncode == 1
    assert read(done.stdout)[0] == {"id": 1, "error": "the line is not UTF-8"}
    assert read(done.stdout)[1]["verdict"] == "ALLOW"


def test_screen_without_its_file_is_a_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["screen", "/nowhere/lines"]) == 2
    assert "can't be read" in capsys.readouterr().err


def test_a_consent_that_a_line_states_counts_also_without_a_time_zone() -> None:
    consented = LINE | {"purpose": "transactional", "consent": {"given_at": "2026-01-05T12:00:00", "kind": "express"}}
    done = said("screen", input=json.dumps(consented) + "\n" + json.dumps(LINE | {"purpose": "transactional"}))
    with_it, without = ({f["rule"] for f in line["findings"]} for line in read(done.stdout))
    assert "7.1" in without
    assert "7.1" not in with_it


def test_a_thousand_lines_of_a_public_collection_have_a_decision_each(tmp_path: Path) -> None:
    if not UCI.exists():
        pytest.skip("the UCI SMS collection is not here")
    with UCI.open(newline="", encoding="utf-8") as source:
        texts = [row["text"] for row in csv.DictReader(source)][:1000]
    file = tmp_path / "thousand.jsonl"
    file.write_text("".join(json.dumps(LINE | {"text": text}) + "\n" for text in texts), encoding="utf-8")
    done = said("screen", str(file), "--profile", "open")
    told = read(done.stdout)
    assert (done.returncode, len(told)) == (0, 1000)
    assert [line["id"] for line in told] == list(range(1, 1001))
    assert all(line["verdict"] in {"ALLOW", "FLAG", "DELAY", "HOLD", "REFUSE"} for line in told)


# --- settings -------------------------------------------------------------------------------------------------------


def test_good_settings_are_fine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "good.toml"
    file.write_text('[[trunk]]\nname = "a"\nhost = "192.0.2.1"\nport = 2775\n')
    assert cli.run(["check-config", "--config", str(file)]) == 0
    told = capsys.readouterr().out
    assert "1 trunks" in told
    assert "hint: [recipients]" in told
    assert "no mail is sent: [mail] relay and sender are not set" in told


def test_who_sends_recipients_their_codes_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "named.toml"
    file.write_text(f"[recipients]\naccount = 'AC{'1' * 32}'\nsender = 'Acme Codes'\n")
    assert cli.run(["check-config", "--config", str(file)]) == 0
    assert "hint: [recipients]" not in capsys.readouterr().out


def test_by_which_relay_mail_goes_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mail.toml"
    file.write_text("[mail]\nrelay = 'mail.example:587'\nsender = 'notices@house.example'\n")
    assert cli.run(["check-config", "--config", str(file)]) == 0
    told = capsys.readouterr().out
    assert "by mail through mail.example:587, from notices@house.example" in told
    assert "hint: base_url" in told


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('htpp = "127.0.0.1:80"', "htpp"),
        ('[[trunk]]\nname = "a"\nhost = "x"\nport = 1\nwindw = 5', "windw"),
        ('http = "127.0.0.1"', "http"),
        ('smpp = "127.0.0.1:99999"', "smpp"),
        ("[webhooks]\ntimeout = 'soon'", "timeout"),
        ('counters = "rabbit://x"', "counters"),
        ('database = "oracle://x/y"', "oracle"),
        ("[policy.99]\nfigure = 1", "99"),
        ("[policy.7]\nno_such_figure = 1", "no_such_figure"),
        ('[policy]\ntext = "/nowhere/policy.txt"', "/nowhere/policy.txt"),
        ("[budget]\nof = { '8.99' = 0.1 }", "8.99"),
        ("[account.AC1.policy.7]\n", "section"),
        ("[smpp_server]\ntls_listen = '127.0.0.1:0'", "tls_certificate"),
        ("[smpp_server]\ntls_listen = '127.0.0.1:0'\ntls_certificate = '/nowhere.pem'", "/nowhere.pem"),
        ("[smpp_server]\ntls_listen = '2776'", "tls_listen"),
        ("[mail]\nrelay = 'm.example:25'\nsender = 'n@h.example'\nauthority = '/nowhere.pem'", "/nowhere.pem"),
        (f"[recipients]\naccount = 'AC{'1' * 32}'\nsender = 'much too long a name'", "[recipients] sender"),
        ("not toml", "TOML"),
    ],
)
def test_bad_settings_are_named(text: str, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text)
    assert cli.run(["check-config", "--config", str(file)]) == 1
    told = capsys.readouterr().err
    assert told.startswith("masstransit: ")
    assert named in told


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_settings_file_that_can_not_be_read_is_said_so(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "settings.toml"
    if content is not None:
        file.write_bytes(content)
    assert cli.run(["check-config", "--config", str(file)]) == 1
    assert str(file) in capsys.readouterr().err


# --- the database ---------------------------------------------------------------------------------------------------


def test_migrate_applies_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["migrate"]) == 0
    assert capsys.readouterr().out.startswith("applied ")
    assert cli.run(["migrate"]) == 0
    assert capsys.readouterr().out == "the schema is up to date\n"


def test_the_database_is_for_its_owner_only(tmp_path: Path) -> None:
    assert said("migrate").returncode == 0
    made = [tmp_path / "data", tmp_path / "data" / "masstransit.db"]
    assert [path.stat().st_mode & 0o077 for path in made] == [0, 0]


@pytest.fixture
def account(capsys: pytest.CaptureFixture[str]) -> str:
    """A new customer's account."""
    assert cli.run(["account", "Northwind"]) == 0
    told = dict(line.split(" = ") for line in capsys.readouterr().out.replace("  ", " ").splitlines()[:2])
    assert len(told["auth_token"].split()[0]) == 32
    return told["account_sid"].strip()


def test_an_account_with_test_credentials_is_said_to_be_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["account", "Northwind", "--test"]) == 0
    told = capsys.readouterr().out
    assert "these are test credentials" in told
    assert cli.run(["account", "Southwind"]) == 0
    assert "test credentials" not in capsys.readouterr().out
    with sqlite3.connect(tmp_path / "data" / "masstransit.db") as connection:
        kept = connection.execute("SELECT friendly_name, test FROM accounts ORDER BY 1").fetchall()
    connection.close()
    assert kept == [("Northwind", 1), ("Southwind", 0)]


def test_an_account_gets_a_new_token_in_place_of_its_old_one(
    account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def kept() -> str:
        with closing(sqlite3.connect(tmp_path / "data" / "masstransit.db")) as connection:
            (token_hash,) = connection.execute("SELECT token_hash FROM accounts").fetchone()
            return str(token_hash)

    before = kept()
    assert cli.run(["account", "--rotate", account]) == 0
    token = capsys.readouterr().out.split("auth_token  = ")[1].split()[0]
    assert kept() == hashlib.sha256(token.encode()).hexdigest() != before
    assert cli.run(["ledger", "verify"]) == 0
    assert cli.run(["account", "--rotate", "AC" + "0" * 32]) == 1
    assert "there is no account" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["Northwind", "--rotate", "AC1"]])
def test_an_account_is_opened_or_rotated_and_not_both(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.run(["account", *arguments])
    assert left.value.code == 2


def test_what_an_account_is_allowed_is_shown_and_changed(account: str, capsys: pytest.CaptureFixture[str]) -> None:
    def allowed(*arguments: str) -> dict[str, str]:
        assert cli.run(["allowance", account, *arguments]) == 0, capsys.readouterr().err
        lines = (line.split("=") for line in capsys.readouterr().out.splitlines())
        return {name.strip(): value.strip() for name, value in lines}

    fresh = {"status": "active", "rate": "default", "queue": "default", "content": "kept", "proven": "no"}
    assert allowed() == fresh
    own = {"rate": "12.5 messages a second", "queue": "500 messages", "content": "dropped", "proven": "yes"}
    asked = ("--rate", "12.5", "--queue", "500", "--content", "dropped", "--proven", "yes")
    assert allowed(*asked, "--status", "suspended") == own | {"status": "suspended"}
    assert allowed("--rate", "default", "--queue", "default", "--content", "kept", "--proven", "no") == fresh | {
        "status": "suspended"
    }
    assert allowed("--status", "closed")["status"] == "closed"
    assert cli.run(["allowance", account, "--status", "active"]) == 1
    assert "closed" in capsys.readouterr().err
    assert allowed()["status"] == "closed"
    assert cli.run(["ledger", "verify"]) == 0


def test_contacts_are_named_changed_and_removed(account: str, capsys: pytest.CaptureFixture[str]) -> None:
    def told(*arguments: str) -> list[list[str]]:
        assert cli.run(["contact", account, *arguments]) == 0, capsys.readouterr().err
        out = capsys.readouterr().out
        assert "hint: no mail is sent" in out
        return [line.split("  ") for line in out.splitlines() if line.startswith("CT")]

    assert told() == []
    ((ada, *_),) = told("--add", "ada@northwind.example", "--name", "Ada Lovelace")
    rows = told("--add", "bob@northwind.example", "--for", "reclamation")
    bob = rows[1][0]
    assert rows == [
        [ada, "ada@northwind.example", "notices, reclamation", "Ada Lovelace"],
        [bob, "bob@northwind.example", "reclamation"],
    ]
    assert [row[0] for row in told("--first", bob)] == [bob, ada]
    assert told("--change", bob, "--address", "b@northwind.example", "--for", "notices")[0][1:] == [
        "b@northwind.example",
        "notices",
    ]
    bounced = told("--bounced", bob, "--because", "550 no such user", "--by", "Olga")
    assert bounced[0][3] == "(can't be reached: 550 no such user (told by Olga))"
    assert [row[0] for row in told("--remove", ada)] == [bob]
    assert cli.run(["ledger", "verify"]) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--add", "nobody"], "not an email address"),
        (["--add", "a@b.example", "--for", "weather"], "weather"),
        (["--remove", "CT1"], "no contact CT1"),
        (["--bounced", "CT1"], "--because"),
    ],
)
def test_a_contact_that_can_not_be_is_said_so(
    account: str, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["contact", account, *arguments]) == 1
    assert says in capsys.readouterr().err


def test_an_end_user_is_put_on_record_stopped_and_let_go_on(account: str, capsys: pytest.CaptureFixture[str]) -> None:
    for more, told in (
        ((), "active and did not accept its terms yet"),
        (("--terms-accepted", "--stop", "spam"), "stopped and accepted its terms"),
        (("--allow",), "active and accepted its terms"),
    ):
        assert cli.run(["end-user", account, "shop 7", *more]) == 0
        assert capsys.readouterr().out == f"on record: shop 7 is {told}\n"
    assert cli.run(["ledger", "verify"]) == 0


@pytest.mark.parametrize("rate", ["0", "-1", "fast", "inf", "nan"])
def test_a_rate_that_is_none_is_a_misuse(rate: str) -> None:
    with pytest.raises(SystemExit) as left:
        cli.run(["allowance", "AC1", "--rate", rate])
    assert left.value.code == 2


CSV = {
    "consents": "number,purpose,kind,given_at,medium,language,proof\n"
    "+12125550123,transactional,express,2026-01-05T12:00:00Z,web-form,en,form 7\n",
    "opt-outs": "number,scope,since\n+12125550124,all,2026-01-05T12:00:00Z\n",
    "numbers": "number,type\n+14155550100,local\n",
    "reassigned": "number,answer,consent_date,asked_at\n+12125550123,no,2025-01-05,2026-01-05\n",
    "registrations": f"brand,brand_name,campaign,use_case\nBN{'0' * 32},Northwind,QE{'0' * 32},MIXED\n",
}


LISTS = {
    "do-not-call": ("number\n+12125550123\n", ("--registry", "us-national", "--region", "US")),
    "inventory": ("number,type\n+14155550110,local\n", ()),
    "do-not-originate": ("number,source\n+14155550100,industry list\n", ()),
    "deactivations": ("number,at\n+12125550123,2026-01-05\n", ()),
    "allocations": ("prefix,status,as_of\n+1212555,allocated,2026-01-05\n", ()),
}


def imported(kind: str, account: str, tmp_path: Path, text: str | None = None) -> int:
    file = tmp_path / f"{kind}.csv"
    file.write_text(text or CSV[kind])
    return cli.run(["import", kind, str(file), "--account", account])


@pytest.mark.parametrize("kind", CSV)
def test_a_csv_is_taken_over(kind: str, account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(kind, account, tmp_path) == 0, capsys.readouterr().err
    assert capsys.readouterr().out == "1 taken over, 0 bad\n"
    assert cli.run(["ledger", "verify"]) == 0


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_that_the_house_goes_by_is_taken_over(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, more = LISTS[kind]
    file = tmp_path / "list.csv"
    file.write_text(text)
    assert cli.run(["import", kind, str(file), *more, "--dry-run"]) == 0, capsys.readouterr().err
    shown, *told = capsys.readouterr().out.splitlines()
    assert ("+1" in shown) == (kind != "deactivations")  # of a person's number nothing is kept but its HMAC
    assert told == ["1 fine, 0 bad", "nothing was kept (--dry-run)"]
    assert cli.run(["import", kind, str(file), *more]) == 0
    assert capsys.readouterr().out == "1 taken over, 0 bad\n"
    assert cli.run(["ledger", "verify"]) == 0


FOREIGN = """Phone,Opt-in date,Text shown,Notes
(212) 555-0123,12/31/2025,I agree to get offers,vip
212.555.0124,02/03/2026,I agree to get offers,
212-555-0125,31/12/2025,I agree to get offers,
"""
AS_THEIRS = (
    "--map", "number=Phone", "--map", "given_at=Opt-in date", "--map", "shown=Text shown", "--set", "purpose=marketing",
    "--set", "kind=written", "--dates", "%m/%d/%Y", "--country", "us",
)  # fmt: skip


def test_a_file_that_was_made_for_others_is_read_by_its_own_columns(
    account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, report = tmp_path / "crm.csv", tmp_path / "bad.csv"
    file.write_text(FOREIGN)
    command = ["import", "consents", str(file), "--account", account, *AS_THEIRS]
    assert cli.run([*command, "--dry-run"]) == 1
    told = capsys.readouterr()
    read = (
        "line {}: number {}, purpose marketing, kind written, given_at {}, medium import, shown I agree to get offers"
    )
    assert told.out.splitlines() == [
        read.format(2, "+1212***23", "2025-12-31T00:00:00+00:00"),
        read.format(3, "+1212***24", "2026-02-03T00:00:00+00:00"),
        "columns that are passed over: Notes",
        "2 fine, 1 bad",
        "nothing was kept (--dry-run)",
    ]
    assert told.err.startswith("line 4: 'given_at' is a time")
    assert cli.run([*command, "--bad", str(report)]) == 1
    told = capsys.readouterr()
    assert (told.out.splitlines()[-1], told.err) == ("2 taken over, 1 bad", f"bad lines are in {report}\n")
    assert [line.split(",")[0] for line in report.read_text().splitlines()] == ["line", "4"]
    assert cli.run([*command, "--bad", str(file)]) == 1
    assert "no report of bad lines" in capsys.readouterr().err
    assert file.read_text() == FOREIGN


def test_an_import_that_is_killed_goes_on_where_it_ended_and_takes_nothing_twice(account: str, tmp_path: Path) -> None:
    rows, data, report = 40_000, tmp_path / "data", tmp_path / "bad.csv"
    file = tmp_path / "stops.csv"
    lines = [f"+1{2_120_000_000 + n}" if n % 400 else "nobody" for n in range(rows)]
    file.write_text("number\n" + "\n".join(lines) + "\n")
    command = [sys.executable, "-m", "masstransit", "import", "opt-outs", str(file), "--account", account]
    command += ["--bad", str(report), "--data", str(data)]
    with contextlib.closing(sqlite3.connect(data / "masstransit.db")) as database:
        with subprocess.Popen(command) as killed:
            while not (done := database.execute("SELECT rows FROM imports WHERE rows > 0").fetchone()):
                assert killed.poll() is None
            killed.kill()
        (done,) = database.execute("SELECT rows FROM imports").fetchone()
        assert 0 < done < rows
        with report.open("a") as torn:
            torn.write(f"{done + 401},written before its batch was on rec")
        again = subprocess.run(command, capture_output=True, text=True, check=False)
        assert again.stdout.splitlines() == [
            f"{rows - rows // 400} taken over, {rows // 400} bad",
            f"{done} of them were done by an import that was killed",
        ]
        written = database.execute("SELECT count(*) FROM ledger WHERE kind = 'opt-out'").fetchone()
        assert written == (rows - rows // 400,)
        assert database.execute("SELECT count(*) FROM imports").fetchone() == (0,)
    told = [line.split(",")[0] for line in report.read_text().splitlines()[1:]]
    assert told == [str(n + 2) for n in range(0, rows, 400)]


def test_an_import_that_is_misused_is_told_how(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, why in (
        (["consents", "x.csv"], "say --account"),
        (["do-not-call", "x.csv"], "--registry is the list's name"),
        (["allocations", "x.csv", "--account", "AC1"], "leave --account out"),
        (["opt-outs", "x.csv", "--account", "AC1", "--map", "number"], "write it as COLUMN=VALUE"),
        (["opt-outs", "x.csv", "--account", "AC1", "--set", "via=a", "--set", "via=b"], "is there twice"),
        (["opt-outs", "x.csv", "--account", "AC1", "--set", "colour=red"], "there is no column 'colour'"),
        (["opt-outs", "x.csv", "--account", "AC1", "--dates", "%d/%m"], "tells no day"),
    ):
        assert cli.run(["import", *arguments]) == 2
        assert why in capsys.readouterr().err


def test_help_names_every_kind_of_import_with_its_columns(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.run(["import", "--help"])
    told = capsys.readouterr().out
    for name, kind in KINDS.items():
        assert f"  {name}: {kind.what}\n" in told
        assert all(column in told for column in kind.must)


def test_a_bad_row_is_named_by_its_line_and_passed_over(
    account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported("consents", account, tmp_path, CSV["consents"] + "nobody,x,y,z,,,\n") == 1
    told = capsys.readouterr()
    assert told.out == "1 taken over, 1 bad\n"
    assert told.err.startswith("line 3: ")


def test_an_import_for_nobody_or_from_nowhere_is_said_so(
    account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported("consents", "AC" + "0" * 32, tmp_path) == 1
    assert "there is no account" in capsys.readouterr().err
    assert cli.run(["import", "consents", "/nowhere.csv", "--account", account]) == 1
    assert "/nowhere.csv can't be read" in capsys.readouterr().err


def test_a_flipped_byte_breaks_the_ledger(account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported("consents", account, tmp_path)
    with sqlite3.connect(tmp_path / "data" / "masstransit.db") as connection:
        (record,) = connection.execute("SELECT record FROM records").fetchone()
        connection.execute("UPDATE records SET record = ?", (record.replace("form 7", "form 8"),))
    connection.close()
    capsys.readouterr()
    assert cli.run(["ledger", "verify"]) == 1
    assert "the ledger is broken in 1 places" in capsys.readouterr().out


def test_a_backup_is_restored_whole_also_onto_postgresql(
    account: str, tmp_path: Path, postgres_server: Server, worker: str, capsys: pytest.CaptureFixture[str]
) -> None:
    imported("consents", account, tmp_path)
    file = tmp_path / "backup"
    assert cli.run(["backup", str(file)]) == 0
    made = Path(capsys.readouterr().out.splitlines()[-1].removeprefix("written to "))
    name = f"restored_{worker}"
    try:
        for url in (f"sqlite:///{tmp_path / 'again.db'}", postgres_server.create(name)):
            assert cli.run(["restore", str(made), "--database", url]) == 0
            assert cli.run(["ledger", "verify", "--database", url]) == 0
            assert "the ledger is whole" in capsys.readouterr().out
            assert cli.run(["restore", str(made), "--database", url]) == 1  # only an empty one is filled
    finally:
        postgres_server.drop(name)


def test_an_import_that_is_killed_leaves_the_old_list_in_force(tmp_path: Path) -> None:
    lists = tmp_path / "data" / "lists"
    command = [sys.executable, "-m", "masstransit", "import", "do-not-call", "/dev/stdin"]
    command += ["--registry", "us-national", "--region", "US", "--data", str(tmp_path / "data")]
    assert subprocess.run(command, input=b"212,5550123\n", check=False).returncode == 0
    (old,) = lists.glob("*.numbers")
    with subprocess.Popen(command, stdin=subprocess.PIPE) as killed:
        assert killed.stdin is not None
        killed.stdin.write(b"".join(b"%d\n" % number for number in range(2_130_000_000, 2_130_500_000)))
        killed.stdin.flush()
        while not (lists / ".us-national.draft").exists():
            assert killed.poll() is None
        second = subprocess.run(command, input=b"212,5550124\n", capture_output=True, check=False)
        assert (second.returncode, b"another import of us-national is under way" in second.stderr) == (1, True)
        killed.kill()
    with sqlite3.connect(tmp_path / "data" / "masstransit.db") as database:
        assert database.execute("SELECT digest, numbers FROM registries").fetchall() == [(old.name.split(".")[1], 1)]
    database.close()
    assert list(lists.glob("*.numbers")) == [old]
    assert subprocess.run(command, input=b"212,5550124\n", check=False).returncode == 0
    assert not (lists / ".us-national.draft").exists()


def test_a_backup_says_what_lies_beside_the_database_and_a_restore_where_it_belongs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told() -> list[str]:
        lines = capsys.readouterr().out.splitlines()
        return [line.rpartition(" ")[2] if "belong" in line else line.split()[-2] for line in lines if "not in" in line]

    data, file = tmp_path / "data", tmp_path / "list.csv"
    file.write_text("212,5550123\n")
    assert cli.run(["import", "do-not-call", str(file), "--registry", "us-national", "--region", "US"]) == 0
    assert cli.run(["backup", str(tmp_path / "first")]) == 0
    assert told() == [f"{data}/lists"]  # there is nothing else yet
    (data / "media" / "00").mkdir(parents=True)
    assert cli.run(["backup", str(tmp_path / "second")]) == 0
    assert told() == [f"{data}/lists", f"{data}/media"]
    assert cli.run(["restore", str(tmp_path / "second"), "--data", str(tmp_path / "again")]) == 0
    assert told() == [f"{tmp_path}/again/lists"]  # no row says that there were files


def test_explain_of_an_unknown_id_and_of_no_database_is_a_sentence(
    account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert account
    for name in ("SM" + "0" * 32, "DE" + "0" * 32, "nonsense"):
        assert cli.run(["explain", name]) == 1
        assert "on record" in capsys.readouterr().err
    assert cli.run(["explain", "SM1", "--database", f"sqlite:///{tmp_path / 'none.db'}"]) == 1
    assert capsys.readouterr().err.startswith("masstransit: ")


def test_an_operator_puts_guidelines_and_orders_on_record(tmp_path: Path) -> None:
    """The order stops the account's traffic once it is verified; the house's own rules are tested with clause 14."""
    house = House(tmp_path / "house")
    opened = house.run("account", "Acme")
    account = opened.stdout.split()[2]
    sent = house.run("guideline", account, "tmobile-code-of-conduct", "2.3", "compliance@acme.example")
    assert (sent.returncode, sent.stdout.startswith("on record")) == (0, True), sent.stderr
    unverified = house.run("order", account, "account", account, "--authority", "FCC", "--reference", "EB-1")
    assert "stops nothing before it is verified" in unverified.stdout, unverified.stderr
    verified = house.run(
        "order", account, "account", account, "--authority", "FCC", "--reference", "EB-1", "--verified"
    )
    assert verified.returncode == 0, verified.stderr
    order = verified.stdout.split()[-1]
    assert house.run("lift", account, order).stdout == f"{order} has ended\n"
    again = house.run("lift", account, order)
    assert (again.returncode, "is in force" in again.stderr) == (1, True)
    bind = house.run("bind", account, "acme1", "--no-reasons", "--end-user", "shop 7")
    assert len(bind.stdout.split("password  = ")[1].split()[0]) == 8, bind.stderr
    assert house.run("bind", account, "x" * 16).returncode == 1
    assert house.run("guideline", "AC" + "0" * 32, "d", "1", "r").returncode == 1
    assert house.run("ledger", "verify").returncode == 0


def test_an_operator_gives_a_customer_a_login_for_calls(capsys: pytest.CaptureFixture[str]) -> None:
    def told(*words: str) -> tuple[int, str]:
        status = cli.run(list(words))
        heard = capsys.readouterr()
        return status, heard.out + heard.err

    account = told("account", "Acme")[1].split()[2]
    other = told("account", "Other")[1].split()[2]
    status, printed = told("sip-login", account, "ana", "--source", "192.0.2.7", "--calls", "3")
    assert status == 0, printed
    assert "username = ana\n" in printed
    assert "realm    = masstransit.example\n" in printed
    assert len(printed.split("password = ")[1].split()[0]) == 24
    for words, why in (
        ((other, "ana"), "belongs to another account"),
        ((account, "ben", "--source", "192.0.2.7"), "another login"),
        ((account, "a b"), "letters, digits"),
        ((account, "ben", "--source", "home"), "an IP address"),
        ((account, "ben", "--rate", "0"), "more than nothing"),
        ((account, "ben", "--number", "+14155550100"), "no number of this account"),
        (("AC" + "0" * 32, "ben"), ""),
    ):
        status, printed = told("sip-login", *words)
        assert (status, why in printed) == (1, True), printed


def test_an_operator_puts_papers_incidents_and_notices_on_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What stops or passes for them is tested with clauses 1, 9, 11, 12 and 15."""

    def told(*words: str) -> tuple[int, str]:
        status = cli.run(list(words))
        return status, capsys.readouterr().out

    account = told("account", "Acme")[1].split()[2]
    fine = [
        ("baa", account, "B-1", "--scope", "sms, mms", "--signed", "2026-01-05"),
        ("baa", account, "B-1", "--scope", "any", "--signed", "2026-01-05", "--ended", "2027-01-05T12:00:00"),
        ("licence", account, "gambling", "US-NJ", "--number", "7", "--authority", "DGE", "--from", "2026-01-01"),
        ("incident", "+1 (415) 555-0100", "our line was flooded", "--penalty", "900", "--hours", "3"),
        ("rights", account, "domain", "copies.example.com", "--holder", "Acme Verlag", "--work", "a film"),
        ("rights", account, "text", "Roses are red", "--holder", "P", "--work", "a poem", "--complete"),
        ("lookups", account, "fraud checks"),
    ]
    done = [told(*words) for words in fine]
    assert [status for status, _ in done] == [0] * len(fine)
    assert "stops nothing before it is complete" in done[4][1]
    assert told("rights", account, "countered", done[5][1].split()[-1])[0] == 0
    wrong = [
        ("baa", account, "B-2", "--scope", "pigeon", "--signed", "2026-01-05"),
        ("baa", account, "B-2", "--scope", "sms", "--signed", "soon"),
        ("licence", account, "gambling", "Jersey", "--number", "7", "--authority", "DGE", "--from", "2026-01-01"),
        ("rights", account, "domain", "no domain", "--holder", "A", "--work", "b"),
        ("rights", account, "suit", "RN0"),
        ("lookups", "AC" + "0" * 32, "none"),
    ]
    assert [told(*words)[0] for words in wrong] == [1] * len(wrong)
    assert told("rights", account, "text", "Roses")[0] == 2
    assert told("ledger", "verify")[0] == 0
    with sqlite3.connect(tmp_path / "data" / "masstransit.db") as database:
        assert database.execute("SELECT count(*) FROM records WHERE record LIKE '%Roses%'").fetchone() == (0,)
        assert database.execute("SELECT target FROM incidents").fetchone() == ("+14155550100",)
