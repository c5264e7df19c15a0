"""Values as TOML: what is written is read again as it was."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from typing import Any

import pytest

from masstransit import toml


@pytest.mark.parametrize(
    "value",
    [
        2, -1.5, 1e30, True, "a word", 'quotes " and \\ and\nlines', "\x7f\x00\u2028", [], [1, [2]],
        {"weekday": [8, 21], "a key": {"b.c": "d"}}, {"": 1},
    ],
)  # fmt: skip
def test_a_value_is_read_as_it_was_written(value: Any) -> None:
    assert tomllib.loads(f"value = {toml.inline(value)}")["value"] == value


def test_what_is_no_value_of_toml_becomes_one() -> None:
    assert toml.inline(timedelta(minutes=15)) == '"PT900S"'
    assert toml.inline(("a", "b")) == '["a", "b"]'
    assert toml.inline(({"a": 1},)) == "[{a = 1}]"
    assert toml.inline({"there": 1, "not there": None}) == "{there = 1}"


def test_a_document_has_a_line_a_key() -> None:
    text = toml.lines({"a": 1, "b": {"c": [2]}, "d": None})
    assert text == '"a" = 1\n"b" = {c = [2]}\n'
    assert tomllib.loads(text) == {"a": 1, "b": {"c": [2]}}
