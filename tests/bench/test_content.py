"""Our own templates, the tricks that evaluation plays, and the figures that it prints."""

from __future__ import annotations

import pytest

from bench.content.letters import lookalikes
from bench.content.measure import hatecheck, interval, share, stops
from bench.content.sets import TRAIN, Example, fingerprint
from bench.content.tricks import TRICKS
from bench.content.written import Filler, templates, written
from masstransit.facts.content import LABELS
from masstransit.facts.content.normal import Normaliser
from masstransit.facts.content.reading import content_model
from masstransit.facts.identity import Campaign
from masstransit.model.communication import Purpose
from masstransit.policy.clause_06_carrier_complaints_and_industry_rules import CarrierComplaints


def test_every_template_can_be_filled_and_knows_its_labels() -> None:
    found = written(1)
    assert len(found) > 5000
    assert all("{" not in example.text and set(example.known) <= set(LABELS) for example in found)
    assert {label for example in found for label, held in example.known.items() if held} == set(LABELS)


def test_the_same_seed_fills_the_same_and_another_does_not() -> None:
    template = next(line for _, line, _, _ in templates() if "{bank}" in line)
    assert Filler(1).fill(template) == Filler(1).fill(template)
    assert len({Filler(seed).fill(template) for seed in range(20)}) > 5


def test_an_unknown_slot_is_an_error() -> None:
    with pytest.raises(ValueError, match="no slot is called"):
        Filler(1).fill("hello {nobody}")


def test_fillings_of_one_line_are_tested_together() -> None:
    folds: dict[str, set[int]] = {}
    for example in written(1):
        folds.setdefault(example.group, set()).add(example.fold)
    assert all(len(found) == 1 for found in folds.values())


def test_texts_that_differ_in_numbers_alone_are_one() -> None:
    assert fingerprint("Call 0906 123 NOW!") == fingerprint("call 0871, 55 now")
    one, other = (Example(text=t, source="x", known={}, group=fingerprint(t)) for t in ("win 5", "WIN 77!"))
    assert one.fold == other.fold


@pytest.mark.parametrize("name", TRICKS)
def test_a_trick_changes_the_text_and_is_the_same_each_time(name: str) -> None:
    text = "Claim your free prize at www.example.com before Sunday evening, winner"
    assert TRICKS[name](text) == TRICKS[name](text)
    assert TRICKS[name](text) != text


_UNDONE = ("homoglyphs (Cyrillic)", "mathematical letters", "zero-width characters", "soft hyphens", "piled accents")


@pytest.mark.parametrize("name", [*_UNDONE, "all letters spaced out"])
def test_what_the_normaliser_undoes_leaves_the_same_text(name: str) -> None:
    text = "claim your free prize before sunday evening"
    assert Normaliser().normal(TRICKS[name](text)).text == text


def test_intervals_are_wilsons() -> None:
    assert [round(bound, 4) for bound in interval(0, 100)] == [0.0, 0.037]
    assert [round(bound, 4) for bound in interval(50, 100)] == [0.4038, 0.5962]
    assert share(1, 2).startswith("50.00% (")


@pytest.mark.parametrize(
    ("rule", "text", "stopped"),
    [
        ("6.5.3", "Huge sale at Northwind: 30% off everything this Friday! https://northwind.example/x", True),
        ("6.5.3", "Northwind: your parcel comes on Friday", False),
        ("6.4.1", "Half price vodka and rum at Northwind! Reply STOP to end", True),
        ("6.4.1", "Half price nail guns at Northwind! Reply STOP to end", False),
    ],
)
def test_what_rules_on_wording_take_is_told_by_the_rules_themselves(rule: str, text: str, *, stopped: bool) -> None:
    campaign = Campaign(sid="QE1", on_record=True, status="VERIFIED", use_case="DELIVERY_NOTIFICATION")
    (said,) = content_model().read([text])
    assert stops(CarrierComplaints(), rule, campaign, Purpose.TRANSACTIONAL, text, said) is stopped


def test_lookalikes_are_letters_drawn_like_one_ascii_letter() -> None:
    source = "0430 ;\t0061 ;\tMA\t# CYRILLIC SMALL LETTER A\n0031 ;\t006C ;\tMA\t# DIGIT ONE\nFF41 ;\t0061 ;\tMA\n"
    assert lookalikes(source) == {"а": "a"}


@pytest.mark.skipif(not TRAIN.is_dir(), reason="../shared/data/train is not here")
def test_few_of_our_sentences_are_in_the_public_test() -> None:
    cases = {fingerprint(case["test_case"]) for case in hatecheck()}
    assert sum(fingerprint(example.text) in cases for example in written(1)) < 20
