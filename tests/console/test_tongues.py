"""Languages of pages: the same sentences in each, and the one that the reader wants."""

from __future__ import annotations

import string
from typing import Any

import pytest

from masstransit.console.recipient import REASONS
from masstransit.console.tongues import chosen, day, tongues
from masstransit.model.communication import Purpose
from tests.makers import NOON


def flat(table: Any, path: str = "") -> dict[str, Any]:
    """Every sentence by its path."""
    if not isinstance(table, dict):
        return {path: table}
    return {key: said for name, part in table.items() for key, said in flat(part, f"{path}.{name}").items()}


def fields(sentence: Any) -> set[str | None]:
    """What is filled into a sentence."""
    return (
        {name for _, name, _, _ in string.Formatter().parse(sentence) if name} if isinstance(sentence, str) else set()
    )


def test_there_are_four_languages() -> None:
    assert set(tongues()) == {"de", "en", "es", "fr"}


@pytest.mark.parametrize("code", ["de", "es", "fr"])
def test_every_language_says_the_same_with_the_same_gaps(code: str) -> None:
    ours, english = flat(tongues()[code]), flat(tongues()["en"])
    assert ours.keys() == english.keys()
    assert {key: fields(said) for key, said in ours.items()} == {key: fields(said) for key, said in english.items()}
    assert all(said for said in ours.values())
    assert len(tongues()[code]["months"]) == 12
    same = {key for key, said in ours.items() if said == english[key]}
    alike = {".date", ".complaint.at", ".grounds.line", ".purpose.otp", ".purpose.conversation"}
    assert same <= alike, "left in English"


@pytest.mark.parametrize("code", ["de", "en", "es", "fr"])
def test_every_word_that_the_page_may_need_is_there(code: str) -> None:
    said = tongues()[code]
    assert set(said["purpose"]) == {"", *(purpose.value for purpose in Purpose)}
    assert set(said["reason"]) == set(REASONS)
    assert set(said["followed"]) == {"", "warn", "throttle", "block", "suspend"}


@pytest.mark.parametrize(
    ("asked", "accepted", "speaks"),
    [
        ("", "", "en"),
        ("fr", "de", "fr"),
        ("xx", "de-AT,de;q=0.9", "de"),
        ("", "es-MX", "es"),
        ("", "FR", "fr"),
        ("", "pt, fr;q=0.3, de;q=0.7", "de"),
        ("", "de;q=0, en;q=0.1", "en"),
        ("", "de;q=nonsense, es;q=0.2", "es"),
        ("", "zh-CN, *;q=0.5", "en"),
        ("../en", ",;q=,;;q=1", "en"),
    ],
)
def test_the_reader_decides_before_the_browser(asked: str, accepted: str, speaks: str) -> None:
    assert chosen(asked, accepted) == speaks


def test_dates_are_written_as_the_language_does() -> None:
    written = {code: day(NOON, said) for code, said in tongues().items()}
    assert written == {"de": "3. Juni 2026", "en": "3 June 2026", "es": "3 de junio de 2026", "fr": "3 juin 2026"}
