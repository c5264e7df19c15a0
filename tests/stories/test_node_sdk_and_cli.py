"""The Node SDK by its base URL, and the CLI through a CONNECT proxy: both unmodified."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.stories.conftest import needed
from tests.stories.house import House
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


def test_the_node_sdk_sends_lists_fetches_cancels_and_gets_the_documented_errors(house: House) -> None:
    demo = house.demo
    ran = subprocess.run(
        [
            node(),
            "send.js",
            demo["http"],
            demo["account_sid"],
            demo["auth_token"],
            demo["numbers"][0],
            house.phone()["number"],
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
    assert said["listed"] == 5
    assert (said["later"], said["canceled"]) == ("scheduled", "canceled")
    assert (said["badTo"]["status"], said["badTo"]["code"]) == (400, 21211)
    assert (said["notOurs"]["status"], said["notOurs"]["code"]) == (400, 21659)
    assert said["notOurs"]["details"]["clause"] == "18"
    assert (said["missing"]["status"], said["missing"]["code"]) == (404, 20404)


def test_the_cli_sends_and_lists_through_a_proxy_without_a_change(house: House, tmp_path: Path) -> None:
    program = [node(), str(NODE / "node_modules" / "twilio-cli" / "bin" / "run")]
    demo = house.demo
    host, _, port = demo["http"].removeprefix("http://").rpartition(":")
    with ConnectProxy(tmp_path, (host, int(port))) as proxy:
        environment = os.environ | {
            "TWILIO_ACCOUNT_SID": demo["account_sid"],
            "TWILIO_AUTH_TOKEN": demo["auth_token"],
            "HOME": str(tmp_path),
            "TWILIO_CONFIG_DIR": str(tmp_path),
            "HTTP_PROXY": proxy.url,
            "HTTPS_PROXY": proxy.url,
            "NODE_EXTRA_CA_CERTS": str(proxy.authority),
        }

        def cli(*arguments: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [*program, *arguments, "-o", "json"],
                env=environment,
                capture_output=True,
                text=True,
                timeout=90,
                check=False,
            )

        sent = cli(
            "api:core:messages:create",
            "--from",
            demo["numbers"][0],
            "--to",
            house.phone()["number"],
            "--body",
            "Hello.",
        )
        assert sent.returncode == 0, sent.stderr + sent.stdout
        sid = json.loads(sent.stdout)[0]["sid"]
        listed = cli("api:core:messages:list", "--to", house.phone()["number"])
        assert listed.returncode == 0, listed.stderr
        assert [row["sid"] for row in json.loads(listed.stdout)] == [sid]
        house.answer(house.phone(), demo["numbers"][0], "STOP")
        refused = cli(
            "api:core:messages:create",
            "--from",
            demo["numbers"][0],
            "--to",
            house.phone()["number"],
            "--body",
            "Hello.",
        )
        assert refused.returncode == 21, refused.stdout  # the first two digits of 21610
        assert "21610" in refused.stdout + refused.stderr
    assert "api.twilio.com:443" in proxy.hosts
