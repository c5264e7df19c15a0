"""The line at the top of each page (47 CFR 68.318(d))."""

from __future__ import annotations

from datetime import UTC, datetime

from PIL import Image, ImageChops, ImageDraw

from masstransit.carriage.fax.heading import Heading, headed
from masstransit.carriage.fax.pages import WIDTH

HIGH = 40  # rows of a fine page
HEADING = Heading(
    at=datetime(2026, 11, 26, 15, 4, tzinfo=UTC), name="Owl Dental", number="+12025550101", to="+13055550100"
)


def inked(page: Image.Image) -> tuple[int, int, int, int]:
    box = page.convert("L").point(lambda dot: 255 - dot).getbbox()
    assert box is not None
    return box


def a_page(top: int, bottom: int, *, height: int = 2156) -> Image.Image:
    page = Image.new("1", (WIDTH, height), 1)
    ImageDraw.Draw(page).rectangle((100, top, 1500, bottom - 1), fill=0)
    return page


def test_it_has_the_time_the_sender_its_number_and_the_page() -> None:
    assert (
        HEADING.text(2, 10) == "Nov 26 2026 15:04 UTC   FROM Owl Dental +12025550101   TO +13055550100   PAGE 2 OF 10"
    )


def test_it_lies_in_the_margin_and_changes_nothing_below() -> None:
    page = a_page(HIGH, 2000)
    made = headed(page, HEADING.text(1, 1), 196)
    assert made.size == page.size
    assert ImageChops.logical_xor(made, page).getbbox()[3] <= HIGH  # type: ignore[index]
    assert inked(made.crop((0, 0, WIDTH, HIGH)))[2] > 800  # it is there


def test_a_page_without_a_margin_at_its_top_is_moved_into_the_one_below() -> None:
    made = headed(a_page(10, 1000), HEADING.text(1, 1), 196)
    assert inked(made.crop((0, HIGH, WIDTH, 2156)))[1::2] == (0, 990)


def test_a_page_without_any_margin_is_drawn_smaller_and_loses_nothing() -> None:
    made = headed(a_page(0, 2156), HEADING.text(1, 1), 196)
    assert made.size == (WIDTH, 2156)
    left, top, right, bottom = inked(made.crop((0, HIGH, WIDTH, 2156)))
    assert (top, bottom) == (0, 2156 - HIGH)
    assert 1340 < right - left < 1400


def test_a_long_name_is_cut_and_the_number_stays() -> None:
    long = Heading(at=HEADING.at, name="x" * 200, number="+12025550101", to="+13055550100").text(1, 1)
    assert "x" * 49 not in long
    assert "+12025550101" in long
    headed(a_page(HIGH, 100), "W" * 500, 196)  # what does not fit is cut off


def test_coarse_pages_have_it_as_well() -> None:
    made = headed(a_page(20, 500, height=1078), HEADING.text(1, 1), 98)
    assert inked(made.crop((0, 0, WIDTH, 20)))[3] - inked(made.crop((0, 0, WIDTH, 20)))[1] > 6
