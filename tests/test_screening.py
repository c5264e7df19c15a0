"""Files of lines: where they are read from, and what is said of those that can't be."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from masstransit import policy
from masstransit.clock import HandClock
from masstransit.screening import Screen
from tests.makers import NOON

TEXT = {"kind": "sms", "from": "+14155550100", "to": "+12125550123", "text": "Look at this."}


async def screened(*lines: dict[str, Any]) -> list[dict[str, Any]]:
    """What is said where nothing looks files through."""
    sink = io.StringIO()
    screen = Screen(policy.clauses({}), HandClock(NOON), "open", "2026-11-26")
    await screen.run(io.StringIO("\n".join(map(json.dumps, lines))), sink)
    return [json.loads(line) for line in sink.getvalue().splitlines()]


async def test_a_text_with_a_file_is_an_mms_and_each_line_has_its_own_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("hello")
    said = await screened(TEXT | {"media": ["a.txt"]}, TEXT, TEXT | {"media": ["https://example.com/a.png"]})
    assert [told["verdict"] for told in said] == ["HOLD", "ALLOW", "ALLOW"]
    (finding,) = said[0]["findings"]
    assert (finding["rule"], finding["evidence"]["files"], finding["evidence"]["why"]) == (
        "5.5",
        ["a.txt"],
        ["no scanner"],
    )


@pytest.mark.parametrize(("path", "why"), [("nowhere.txt", "No such file or directory"), (".", "it is no file")])
async def test_a_file_that_cant_be_read_makes_a_bad_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert await screened(TEXT | {"id": "x", "media": [path]}) == [
        {"id": "x", "error": f"media: {path} can't be read: {why}"}
    ]


MAIL = {"kind": "email", "from": "Ada <ada@northwind.example>", "to": "bob@reader.test", "subject": "Your table"}


async def test_a_mail_is_judged_by_its_head_too() -> None:
    plain, borrowed, near, offer = await screened(
        MAIL | {"text": "It is ready.", "headers": {"Reply-To": "desk@tickets.example"}},
        MAIL | {"from": "PayPal <ada@northwind.example>", "text": "It is ready."},
        MAIL | {"text": "It is ready.", "headers": {"reply-to": "ada@northw1nd.example"}},
        MAIL | {"text": "Sale!", "purpose": "marketing", "headers": {"List-Unsubscribe": "<mailto:a@b.example>"}},
    )
    assert plain["verdict"] == "ALLOW"
    for told in (borrowed, near):
        assert (told["verdict"], [finding["rule"] for finding in told["findings"]]) == ("HOLD", ["18.7.3"])
    assert {finding["rule"] for finding in offer["findings"]} >= {"7.11.1", "7.11.3"}
