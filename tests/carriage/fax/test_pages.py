"""Pages that are ours: shown again as a PDF and as small pictures, handed over one by one."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from masstransit.carriage.fax import pages
from masstransit.drawing import documents
from masstransit.errors import BadInput
from tests.fax_documents import a_page, a_tiff, same


def test_pages_are_a_pdf_again_and_small_pictures() -> None:
    tiff = a_tiff("shown", 2)
    assert documents.read(pages.pdf_of(tiff)).pages == 2
    with Image.open(io.BytesIO(pages.preview(tiff, 2, width=100))) as small:
        assert (small.format, small.width) == ("PNG", 100)
    with pytest.raises(BadInput, match="no page 3"):
        pages.preview(tiff, 3)


def test_pages_differ_by_one_dot() -> None:
    page = a_page("the same")
    other = page.copy()
    other.putpixel((5, 5), 0)
    one, two = pages.tiff_of([page], 196), pages.tiff_of([other], 196)
    assert same(one, one)
    assert not same(one, two)
    assert not same(one, pages.tiff_of([page, page], 196))


def test_pages_may_be_handed_over_one_by_one() -> None:
    drawn = (a_page(name) for name in ("first", "second"))
    assert same(pages.tiff_of(drawn, 196), pages.tiff_of([a_page("first"), a_page("second")], 196))
