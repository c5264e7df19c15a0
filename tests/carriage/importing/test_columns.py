"""A file that was made for others is read by its own columns, dates and numbers."""

from __future__ import annotations

import io
from typing import Any

import pytest

from masstransit.carriage.importing.columns import Reading
from masstransit.carriage.importing.lines import Lines
from masstransit.errors import BadInput

MUST, MAY = ("number", "since"), ("said",)


def lines(text: str, **how: Any) -> Lines:
    reading = Reading(**how)
    reading.check((*MUST, *MAY))
    return Lines(io.StringIO(text), "opt-outs", MUST, MAY, reading)


def rows(text: str, **how: Any) -> list[dict[str, str]]:
    read = lines(text, **how)
    return [read.read(values) for _, values in read]


def test_columns_have_the_files_own_names_and_constants_are_in_every_line() -> None:
    found = rows(
        "Tel,Ignored\n+12125550123,x\n+12125550124,y\n", mapped={"number": "Tel"}, constants={"since": "2026-01-01"}
    )
    assert found == [
        {"number": "+12125550123", "since": "2026-01-01"},
        {"number": "+12125550124", "since": "2026-01-01"},
    ]


def test_a_column_may_change_places_with_another() -> None:
    found = rows("number,since\n2026-01-01,+12125550123\n", mapped={"number": "since", "since": "number"})
    assert found == [{"number": "+12125550123", "since": "2026-01-01"}]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("31/12/2025", "2025-12-31T00:00:00"),
        ("05/05/2025", "2025-05-05T00:00:00"),  # the same day either way
        ("2025-12-31", "2025-12-31"),  # ISO 8601 stays what it is
        ("yesterday", "yesterday"),  # and what nobody can read is told by the kind
    ],
)
def test_dates_are_read_in_the_files_forms(written: str, read: str) -> None:
    (row,) = rows(f"number,since\n1,{written}\n", dates=("%d/%m/%Y", "%m/%d/%Y"))
    assert row["since"] == read


def test_a_date_that_two_forms_read_differently_is_bad() -> None:
    with pytest.raises(BadInput, match="can be read as 2025-01-02T00:00:00 and as 2025-02-01"):
        rows("number,since\n1,01/02/2025\n", dates=("%d/%m/%Y", "%m/%d/%Y"))


@pytest.mark.parametrize(
    ("country", "written", "read"),
    [
        ("US", "(212) 555-0123", "+12125550123"),
        ("US", "12125550123", "+12125550123"),
        ("US", "+442079460000", "+442079460000"),
        ("GB", "020 7946 0000", "+442079460000"),
        ("US", "555-0123", "555-0123"),  # without its area code it is nobody's
        ("US", "212-555-0123 ext. 4", "212-555-0123 ext. 4"),  # a text does not reach an extension
        ("US", "", ""),
    ],
)
def test_numbers_without_a_plus_are_the_countrys(country: str, written: str, read: str) -> None:
    (row,) = rows(f"number,since\n{written},2026-01-01\n", country=country)
    assert row["number"] == read


@pytest.mark.parametrize(
    ("text", "how", "why"),
    [
        ("number,since,mood\n", {}, "'mood' is not known"),
        ("number\n", {}, "'since' is missing"),
        ("Tel\n", {"mapped": {"number": "Tel"}}, "--set since="),
        ("Tel\n", {"mapped": {"number": "Phone"}}, "no such column; it has Tel"),
        ("number,since\n", {"constants": {"since": "2026-01-01"}}, "has a column of that name"),
        ("number,number,since\n", {}, "is there twice"),
        ("", {}, "is empty"),
        ("number,since\n", {"mapped": {"colour": "x"}}, "no column 'colour'"),
        ("number,since\n", {"mapped": {"since": "x"}, "constants": {"since": "y"}}, "either a column"),
        ("number,since\n", {"country": "ZZ"}, "ISO code of a country"),
        ("number,since\n", {"dates": ("%d %B",)}, "tells no day"),
    ],
)
def test_a_header_that_can_not_be_meant_is_refused(text: str, how: dict[str, Any], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        lines(text, **how)
