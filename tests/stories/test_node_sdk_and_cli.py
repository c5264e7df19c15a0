"""The Node SDK by its base URL, and the CLI through a CONNECT proxy: both unmodified."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.stories.conftest import needed
from tests.stories.house import House, only_receives
from tests.stories.proxy import ConnectProxy

pytestmark = pytest.mark.story
NODE = Path(__file__).parent / "node"


def node() -> str:
    """Node itself, where the SDK is installed beside."""
    found = needed("node")
    if not (NODE / "node_modules" / "twilio").is_dir():
        if os.environ.get("CI") == "true":
            raise AssertionError("the Node SDK is missing, and in CI nothing is skipped: run `make node`")
        pytest.skip("the Node SDK is not installed here (make node)")
    return found


def test_the_node_sdk_sends_lists_fetches_cancels_and_gets_the_documented_errors(house: House, tmp_path: Path) -> None:
    demo, phone, stopped = house.demo, house.phone(), house.phone(1)
    house.answer(stopped, demo["numbers"][0], "STOP")
    ran = subprocess.run(
        [
            node(),
            "send.js",
            demo["http"],
            demo["account_sid"],
            demo["auth_token"],
            demo["numbers"][0],
            phone["number"],
            stopped["number"],
            only_receives(house, tmp_path),
        ],
        cwd=NODE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said["fetched"] == said["sent"]
    assert said["status"] == "queued"
    assert said["listed"] == said["made"][::-1]  # three pages, the newest first
    assert (said["later"], said["canceled"]) == ("scheduled", "canceled")
    names = ("badTo", "noBody", "notOurs", "silent", "stopped", "missing", "wrongToken")
    assert {name: (said[name]["status"], said[name]["code"]) for name in names} == {
        "badTo": (400, 21211),
        "noBody": (400, 21602),
        "notOurs": (400, 21659),
        "silent": (400, 21606),
        "stopped": (400, 21610),
        "missing": (404, 20404),
        "wrongToken": (401, 20003),
    }
    assert said["notOurs"]["details"]["clause"] == "18"


class Cli:
    """The CLI, unmodified, behind a proxy that leads to the house."""

    def __init__(self, house: House, proxy: ConnectProxy, folder: Path) -> None:
        self._program = [node(), str(NODE / "node_modules" / "twilio-cli" / "bin" / "run")]
        self._environment = os.environ | {
            "TWILIO_ACCOUNT_SID": house.demo["account_sid"],
            "TWILIO_AUTH_TOKEN": house.demo["auth_token"],
            "HOME": str(folder),
            "TWILIO_CONFIG_DIR": str(folder),
            "TWILIO_SKIP_NEW_VERSION_CHECK": "true",  # it would ask a registry at every call
            "HTTP_PROXY": proxy.url,
            "HTTPS_PROXY": proxy.url,
            "NODE_EXTRA_CA_CERTS": str(proxy.authority),
        }

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._program, *arguments, "-o", "json"],
            env=self._environment | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def told(self, *arguments: str) -> list[dict[str, str]]:
        """What a command that succeeds prints."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr + done.stdout
        read: list[dict[str, str]] = json.loads(done.stdout)
        return read

    def send(self, **fields: str) -> tuple[str, ...]:
        """The command that sends a message."""
        flags = (word for name, value in fields.items() for word in (f"--{name.replace('_', '-')}", value))
        return ("api:core:messages:create", *flags)


@pytest.fixture
def cli(house: House, tmp_path: Path) -> Iterator[Cli]:
    host, _, port = house.demo["http"].removeprefix("http://").rpartition(":")
    with ConnectProxy(tmp_path, (host, int(port))) as proxy:
        yield Cli(house, proxy, tmp_path)
    assert "api.twilio.com:443" in proxy.hosts


def test_the_cli_sends_lists_page_by_page_fetches_and_cancels_through_a_proxy(house: House, cli: Cli) -> None:
    number, to = house.demo["numbers"][0], house.phone()["number"]
    sids = [cli.told(*cli.send(**{"from": number}, to=to, body=f"Ticket {n} is called."))[0]["sid"] for n in range(3)]
    listed = cli.told("api:core:messages:list", "--to", to, "--page-size", "2")
    assert [row["sid"] for row in listed] == sids[::-1]
    (fetched,) = cli.told("api:core:messages:fetch", "--sid", sids[0])
    assert (fetched["sid"], fetched["body"], fetched["to"]) == (sids[0], "Ticket 0 is called.", to)

    (service,) = cli.told("api:messaging:v1:services:create", "--friendly-name", "Reminders")
    (owned,) = cli.told("api:core:incoming-phone-numbers:list", "--phone-number", number)
    join = ("--service-sid", service["sid"], "--phone-number-sid", owned["sid"])
    cli.told("api:messaging:v1:services:phone-numbers:create", *join)
    at = f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    scheduling = {"messaging_service_sid": service["sid"], "send_at": at, "schedule_type": "fixed"}
    (later,) = cli.told(*cli.send(to=to, body="See you tomorrow.", **scheduling))
    assert later["status"] == "scheduled"
    (canceled,) = cli.told("api:core:messages:update", "--sid", later["sid"], "--status", "canceled")
    assert canceled["status"] == "canceled"


def test_the_cli_is_told_the_documented_errors_with_their_exit_status(house: House, cli: Cli, tmp_path: Path) -> None:
    number, phone, stopped = house.demo["numbers"][0], house.phone(), house.phone(1)
    house.answer(stopped, number, "STOP")
    silent = only_receives(house, tmp_path)
    text = {"body": "x"}
    commands: dict[int, tuple[str, ...]] = {
        21211: cli.send(**{"from": number}, to="nobody", **text),
        21606: cli.send(**{"from": silent}, to=phone["number"], **text),
        21610: cli.send(**{"from": number}, to=stopped["number"], **text),
        21659: cli.send(**{"from": "+14155559999"}, to=phone["number"], **text),
        20404: ("api:core:messages:fetch", "--sid", "SM" + "0" * 32),
    }
    with ThreadPoolExecutor(2) as pool:
        ran = dict(zip(commands, pool.map(lambda command: cli.run(*command), commands.values()), strict=True))
    ran[20003] = cli.run("api:core:messages:list", TWILIO_AUTH_TOKEN="0" * 32)
    for code, done in ran.items():
        assert str(code) in done.stdout + done.stderr, f"{code}: {done.stdout}{done.stderr}"
        assert done.returncode == code // 1000, f"{code}: {done.returncode}"  # its first two digits
