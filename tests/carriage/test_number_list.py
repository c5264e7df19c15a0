"""A registry's file is read in pieces, and says what it would say line by line."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from masstransit.carriage import number_list, rows
from masstransit.carriage.number_list import NumberList
from masstransit.carriage.rows import Whose
from masstransit.errors import BadInput
from masstransit.storage.keys import Keys
from tests.makers import NOON

US = Whose(keys=Keys.for_tests(), now=NOON, registry="us-national", region="US", calling_code="1")
GB = Whose(keys=Keys.for_tests(), now=NOON, registry="gb-tps", region="GB", calling_code="44")
ONE, TWO = 12125550123, 12125550124


def read(text: str | bytes, whose: Whose = US) -> tuple[list[int], list[tuple[int, str]]]:
    """The numbers of a file, sorted, and its bad lines."""
    source = io.BytesIO(text.encode() if isinstance(text, str) else text)
    pieces = list(NumberList(source, whose))
    numbers = [number for piece in pieces for number in piece.numbers.tolist()]
    return sorted(numbers), sorted(bad for piece in pieces for bad in piece.bad)


def line_by_line(lines: list[str], whose: Whose) -> tuple[list[int], list[int]]:
    """What `rows.on_a_list` says of each line of a file of one column."""
    numbers, bad = [], []
    for place, line in enumerate(lines):
        try:
            for row in csv.DictReader([line.replace("\0", "")], ["number"], strict=True):
                numbers.append(rows.on_a_list(rows.trimmed(row), whose))
        except (BadInput, csv.Error):
            bad.append(place + 2)
    return sorted(numbers), bad


NUMBERS = st.integers(0, 10**16).map(str) | st.integers(2 * 10**9, 10**10 - 1).map(str)
ODD = st.text(st.sampled_from('0123456789+ ()-./\t,"x\0é\u2011'), max_size=20)
LINES = st.lists(
    NUMBERS | NUMBERS.map("+{}".format) | NUMBERS.map("+1{}".format) | NUMBERS.map("44{}".format) | ODD, max_size=30
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # other work on the machine is no fault
@given(LINES, st.sampled_from([US, GB]), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_what_is_read_together_is_what_is_read_line_by_line(
    lines: list[str], whose: Whose, ending: str, ended: bool
) -> None:
    text = ending.join(["number", *lines]) + (ending if ended else "")
    numbers, bad = read(text, whose)
    assert (numbers, [line for line, _ in bad]) == line_by_line(lines, whose)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_a_file_may_be_cut_anywhere(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_list, "_AT_ONCE", size)
    for ending in ("\n", "\r\n", "\r"):
        text = ending.join(
            ["\ufeffnumber", "2125550123", "x", "", "+12125550124", '"2125550125"', "(212) 555-0126", "y"]
        )
        numbers, bad = read(text)
        assert numbers == [ONE, TWO, TWO + 1, TWO + 2]
        assert [line for line, _ in bad] == [3, 8]


@pytest.mark.parametrize(
    "text",
    [
        "2125550123\n2125550124\n",  # as registries give it out, without names of columns
        "212,5550123\r\n212,5550124\r\n",
        "212,5550123,2024-01-05\n212,5550124,2024-01-06\n",
        "12125550123\n+12125550124",
        "(212) 555-0123\n212.555.0124\n",
        '"2125550123"\n"212-555-0124"\n',
        "2125550123,A,2024-01-05\n2125550124,A,2024-01-05\n",
        "number\n2125550123\n2125550124\n",
        "number,since\n2125550123,2024\n+1 212 555 0124,\n",
        'number,name\n2125550123,"Doe, Jo"\n2125550124,O\'Hara\n',
        "area_code,number\n212,5550123\n212,555-0124\n",
        '"area_code","number"\n"212","5550123"\n212,5550124\n',
        "since,number\n2024,2125550123\n2024,2125550124\n",
        "since,area_code,number\n2024,212,5550123\n2024,212,5550124\n",
        "number,area_code\n5550123,212\n5550124,212\n",
        "\ufeffnumber\n\n2125550123\n\n\n2125550124\n\n",
    ],
)
def test_lists_come_in_many_forms(text: str) -> None:
    assert read(text) == ([ONE, TWO], [])


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("number\n2125550123\n555\n", 3, "not a phone number"),
        ("number\n2125550123\n442079460000\n", 3, "is not a number of US"),
        ("number\n2125550123\n0125550123\n", 3, "not a phone number"),
        ("number\n2125550123\n22125550123\n", 3, "is not a number of US"),
        ("number\n2125550123\n2125550124,x\n", 3, "more values than columns"),
        ("number,x\n2125550123,\n2125550124\n", 3, "fewer values than columns"),
        ("number,x\n2125550123,\n2125550124,,\n", 3, "more values than columns"),
        ('number\n2125550123\n"2125550124\n', 3, "a quote is not closed"),
        ("2125550123\nx\n", 2, "not a phone number"),
        ("212,5550123\n212,555012\n", 2, "is not a number of US"),
        ("212,5550123\n2125,550124x\n", 2, "not a phone number"),
        ("212,5550123\n2125550124\n", 2, "fewer values than columns"),
        (b"number\n2125550123\n212555\xff0124\n", 3, "not a phone number"),
        (b"number\n2125550123\n" + b"9" * 5000 + b"\n", 3, "longer than 4096"),
    ],
)
def test_a_bad_line_is_told_with_its_number(text: str | bytes, line: int, why: str) -> None:
    numbers, ((at, said),) = read(text)
    assert (numbers, at) == ([ONE], line)
    assert why in said


def test_a_list_of_another_country_has_its_numbers_only() -> None:
    numbers, bad = read("number\n442079460000\n+442079460001\n2125550123\n+4420\n02079460000\n", GB)
    assert numbers == [442079460000, 442079460001]
    assert [line for line, _ in bad] == [4, 5, 6]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "the first line is empty"),
        (b"\n2125550123\n", "the first line is empty"),
        (b"phone\n2125550123\n", "'number' is missing"),
        (b"area_code,phone\n212,5550123\n", "'number' is missing"),
        (b"number\n" + b"\x00" * 3_000_000, "no list of numbers"),
    ],
)
def test_what_is_no_list_is_told(text: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read(text)


def test_lines_that_are_alike_are_read_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """One by one, 250 million would take an hour."""
    alone: list[str] = []
    by_hand = rows.on_a_list

    def noted(row: rows.Given, whose: Whose) -> int:
        alone.append(row["number"])
        return by_hand(row, whose)

    monkeypatch.setattr(rows, "on_a_list", noted)
    lines = [f"{2_120_000_000 + n}" for n in range(3000)]
    dashed = [f"{line[:3]}-{line[3:6]}-{line[6:]}" for line in lines]
    split = [f"{line[:3]},{line[3:]}" for line in lines]
    assert len(read("\n".join([*lines, *dashed]))[0]) == 6000
    assert len(read("number,x\n" + ",y\n".join([*lines, *dashed, ""]))[0]) == 6000
    assert len(read("\n".join(split))[0]) == 3000
    assert alone == []
    read("2125550123\n 2125550124\t\n")
    assert alone == ["2125550124"]
