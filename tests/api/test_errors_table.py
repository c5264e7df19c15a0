"""Behind every `more_info` there is a page."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import masstransit
from masstransit.api.errors_table import CODES, page

_HOUSE = Path(masstransit.__file__).parent
_ROOMS = ("policy", "api", "carriage", "model", "channels", "storage")
#: Ranges that the SDKs' codes come from: webhooks and TwiML, requests, delivery and registration, look-ups.
_RANGES = (range(11001, 13000), range(20001, 20600), range(21001, 22200), range(30001, 31000), range(60600, 60601))


def _given() -> Iterator[tuple[int, str]]:
    """Every number in the rooms that looks like a code, and where it stands."""
    for room in _ROOMS:
        for file in sorted((_HOUSE / room).rglob("*.py")):
            if file.name == "errors_table.py":
                continue
            for node in ast.walk(ast.parse(file.read_text())):
                value = node.value if isinstance(node, ast.Constant) else None
                if isinstance(value, int) and any(value in each for each in _RANGES):
                    yield value, f"{file.relative_to(_HOUSE)}:{getattr(node, 'lineno', 0)}"


def test_every_code_that_can_be_given_has_its_page() -> None:
    given = list(_given())
    assert {21408, 21610, 30007} <= {code for code, _ in given}
    assert [f"{code} in {where}" for code, where in given if code not in CODES] == []


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_page_says_what_happened_and_what_to_do(code: int) -> None:
    what, remedy = CODES[code]
    shown = page(code)
    assert shown is not None
    assert what in shown
    assert remedy in shown
    assert what.endswith(".")
    assert remedy.endswith(".")
