"""Features of a batch are those of each text alone."""

from __future__ import annotations

import numpy as np
import pytest

from masstransit.facts.content.features import BUCKETS, features, shape

TEXTS = [
    "You have WON £1,000!! Call 0906 123456 now",
    "",
    "ok",
    "नमस्ते आप कैसे हैं",
    "see you at 7 👍",
    "a\ud800b",
    "x" * 5000,
]


def of(texts: list[str]) -> list[list[int]]:
    found = features([text.lower() for text in texts], texts)
    return [sorted(found.rows[a:b].tolist()) for a, b in zip(found.starts, found.starts[1:], strict=False)]


def test_together_is_as_one_by_one() -> None:
    assert of(TEXTS) == [of([text])[0] for text in TEXTS]


def test_every_bucket_is_in_the_table_and_none_is_the_one_for_nothing() -> None:
    rows = features(TEXTS, TEXTS).rows
    assert rows.min() >= 1
    assert rows.max() < BUCKETS


@pytest.mark.parametrize(
    ("one", "other"), [("call 0906", "call 1234"), ("café", "cafe"), ("will", "wiii"), ("a\u00a0b", "a b")]
)
def test_what_cannot_be_told_apart_is_one_feature(one: str, other: str) -> None:
    assert features([one], ["x"]).rows.tolist() == features([other], ["x"]).rows.tolist()


def test_words_differ_from_runs_of_characters_and_from_pairs() -> None:
    alone, other = (set(features([text], ["x"]).rows.tolist()) for text in ("good day sir", "day good sir"))
    assert alone != other


def test_shape_tells_of_money_links_numbers_and_capitals() -> None:
    assert set(shape("hi")) != set(shape("£5 hi"))
    assert set(shape("see www.example.com")) - set(shape("see example there"))
    assert set(shape("CALL NOW")) != set(shape("call now"))
    assert set(shape("call 07123456789")) != set(shape("call 5"))


def test_hashes_are_the_same_on_every_machine() -> None:
    rows = features(["free prize"], ["FREE prize"]).rows
    assert rows.dtype == np.uint32
    assert int(rows.astype(np.uint64).sum()) == SUM_OF_FREE_PRIZE


SUM_OF_FREE_PRIZE = 4150323
