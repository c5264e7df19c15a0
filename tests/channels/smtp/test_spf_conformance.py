"""RFC 7208's own suite of tests, where it lies beside the project (its text is never copied here)."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dns.reversename
import pytest

from masstransit.channels.smtp.names import Names
from masstransit.channels.smtp.spf import check
from tests.channels.smtp.zone import LOST, Zone

SUITE = Path(__file__).parents[4] / "shared/data/conformance/f_spf_rfc7208/rfc7208-tests.yml"
DOT = "."
READ = "import json,sys,yaml; json.dump(list(yaml.safe_load_all(open(sys.argv[1]))), sys.stdout, default=str)"


@pytest.fixture(scope="module")
def suite() -> list[dict[str, Any]]:
    if not SUITE.exists():
        pytest.skip("RFC 7208's suite is not beside the project")
    read = subprocess.run(["/usr/bin/python3", "-c", READ, str(SUITE)], capture_output=True, check=False)
    if read.returncode:
        pytest.skip("Debian's python3-yaml is not installed here")
    found: list[dict[str, Any]] = json.loads(read.stdout)
    return found


def records(zonedata: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """A scenario's names, as a name server has them. SPF stands for TXT, where a name has no TXT of its own."""
    for name, held in zonedata.items():
        own = {kind for each in held if isinstance(each, dict) for kind in each}
        for each in held:
            if each == "TIMEOUT":
                yield (name.lower(), LOST), ""
                continue
            ((kind, value),) = each.items()
            if kind == "SPF" and "TXT" not in own:
                yield (name.lower(), "TXT"), value
            elif kind != "SPF" and value != "NONE":
                yield (name.lower(), kind), value


def written(kind: str, value: Any) -> Any:
    if kind == "TXT":
        return value
    if kind == "MX":
        return f"{value[0]} {value[1].rstrip(DOT)}."
    return f"{value.rstrip(DOT)}." if kind in ("PTR", "CNAME") else str(value)


def zone_of(zonedata: Mapping[str, Any]) -> dict[tuple[str, str], list[Any]]:
    made: dict[tuple[str, str], list[Any]] = {}
    for (name, kind), value in records(zonedata):
        asked = dns.reversename.from_address(name).to_text(omit_final_dot=True) if _IP.fullmatch(name) else name
        made.setdefault((asked, kind), []).append(written(kind, value) if kind != LOST else "")
    return made


_IP = re.compile(r"[0-9.]+|[0-9a-f:]*:[0-9a-f:.]*")


def test_every_scenario_of_the_suite_gives_an_expected_result(suite: list[dict[str, Any]]) -> None:
    wrong, seen = [], 0
    for scenario in suite:
        with Zone(zone_of(scenario["zonedata"])) as served:
            for name, test in scenario["tests"].items():
                expected = test["result"] if isinstance(test["result"], list) else [test["result"]]
                names = Names(served.resolver)
                got, why = check(names, ip=test["host"], mail_from=test["mailfrom"] or "", helo=test["helo"])
                seen += 1
                if got not in expected:
                    wrong.append((name, got, expected, why))
    assert seen == 203
    assert not wrong
