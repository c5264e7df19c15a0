"""Who is meant and whether it is turned round shows in the signs of a text."""

from __future__ import annotations

import pytest

from masstransit.facts.content.lexicon import GROUNDS, LISTS, SLURS, listed, words
from masstransit.facts.content.structure import BUCKETS, Reader, marks, protects

KNOWN = frozenset(("the", "town", "is", "full", "of", "nice", "and", "people", "should", "all", "be", "they", "said"))


def signs(text: str) -> list[str]:
    return Reader(KNOWN).read(text).signs


def test_words_become_their_classes_and_small_words_stay() -> None:
    assert signs("muslims are vermin") == ["G", "are", "lowly"]
    assert signs("no gay person should be attacked") == ["negations", "G", "P", "should", "be", "violence"]


def test_the_ground_is_noted() -> None:
    assert Reader(KNOWN).read("jews and women").grounds == ["religion", "gender"]
    assert Reader(KNOWN).read("londoners are rats").grounds == ["location"]


def test_quoted_words_are_marked() -> None:
    read = Reader(KNOWN).read('they said "kill all jews"')
    assert read.quoted == [False, False, True, True, True]
    assert set(marks(read)) != set(marks(Reader(KNOWN).read("they said kill all jews")))


def test_misspelt_and_joined_words_are_read_as_meant() -> None:
    assert signs("muslms") == ["G"]
    assert signs("immgirants") == ["G"]
    assert signs("allmuslims") == ["all", "G"]
    assert signs("nice") == ["*"]


def test_a_list_left_out_leaves_its_words_plain() -> None:
    assert Reader(KNOWN, frozenset({"religion"})).read("muslims are vermin").signs == ["*", "are", "lowly"]


def test_marks_are_few_and_in_the_table() -> None:
    found = marks(Reader(KNOWN).read("all " * 5000))
    assert all(0 <= bucket < BUCKETS for bucket in found)
    assert len(found) < 2000
    assert marks(Reader(KNOWN).read("")) == marks(Reader(KNOWN).read(""))


def test_every_list_has_words_in_lower_case_and_every_word_one_class() -> None:
    assert set(LISTS) > {*GROUNDS, *SLURS}
    for name in LISTS:
        assert len(words(name)) >= 15, name
        assert all(word == word.lower() and " " not in word for word in words(name))
    assert listed()["muslim"] == "religion"
    assert "muslim" not in listed(frozenset({"religion"}))


@pytest.mark.parametrize(
    "text",
    ["no woman should be beaten", "we must not let refugees be attacked", "muslims should never be killed for praying"],
)
def test_violence_denied_protects(text: str) -> None:
    assert protects(Reader(KNOWN).read(text))


@pytest.mark.parametrize(
    "text",
    [
        "nobody can stop us from killing muslims",
        "women should not live",
        "no gay scum should be killed by us, let them burn",
        "muslims should be killed",
        "nobody should be late",
    ],
)
def test_other_denials_do_not(text: str) -> None:
    assert not protects(Reader(KNOWN).read(text))
