"""Documents as fax pages: what stays as it is, what is drawn, what words are read, and what is too much."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from masstransit.carriage.fax import pages
from masstransit.drawing import documents
from masstransit.errors import BadInput
from tests.fax_documents import a_pdf, a_png, a_tiff, same


def test_what_is_a_fax_page_already_stays_dot_for_dot() -> None:
    document = documents.read(a_tiff("as it is", 3))
    assert (document.pages, document.pictures, document.text) == (3, 3, "")
    assert same(document.tiff, a_tiff("as it is", 3))


@pytest.mark.parametrize(("quality", "rows"), [("standard", 1078), ("fine", 2156), ("superfine", 4301)])
def test_a_letter_page_is_drawn_at_the_width_of_a_fax_and_the_height_of_its_quality(quality: str, rows: int) -> None:
    (page,) = pages.images_of(documents.read(a_pdf("Dear Anna,\nyour order is here."), quality).tiff)
    assert (page.mode, page.width) == ("1", pages.WIDTH)
    assert abs(page.height - rows) < rows / 100
    assert page.convert("L").point(lambda dot: 255 - dot).getbbox() is not None


def test_the_words_of_a_pdf_are_read_page_by_page() -> None:
    document = documents.read(a_pdf("Grand opening sale", "", "Second offer"))
    first, second, third = document.text.split(pages.PAGE_BREAK)
    assert (first.strip(), second.strip(), third.strip()) == ("Grand opening sale", "", "Second offer")
    assert (document.pages, document.pictures) == (3, 1)  # nobody but a person can read the one between


def test_a_picture_is_fitted_to_the_page_and_its_words_are_not_known() -> None:
    document = documents.read(a_png())
    (page,) = pages.images_of(document.tiff)
    assert (page.width, document.text, document.pictures) == (pages.WIDTH, "", 1)
    assert page.height == round(400 * 196 / 204)  # its dots are as high as they are wide


def test_greys_become_dots_and_letters_stay_sharp() -> None:
    grey = Image.linear_gradient("L").resize((600, 600))
    made = io.BytesIO()
    grey.save(made, "PNG")
    (photograph,) = pages.images_of(documents.read(made.getvalue()).tiff)
    light, dark = photograph.convert("L").resize((1, 8), Image.Resampling.BOX).tobytes()[-1::-7]
    assert light > 200
    assert dark < 60
    lettered = pages.images_of(documents.read(a_png()).tiff)[0]
    assert lettered.convert("L").histogram()[1:255] == [0] * 254


def test_what_shines_through_lies_on_white_paper() -> None:
    made = io.BytesIO()
    Image.new("RGBA", (200, 200), (0, 0, 0, 0)).save(made, "PNG")
    (page,) = pages.images_of(documents.read(made.getvalue()).tiff)
    assert page.convert("L").getextrema() == (255, 255)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"GIF89a" + bytes(20), b"%PDF-1.4\nbroken", b"II*\0broken", b"\x89PNG\r\n\x1a\nbroken"]
)
def test_what_is_no_document_is_refused_with_what_is(data: bytes) -> None:
    with pytest.raises(BadInput):
        documents.read(data)


def test_more_pages_than_may_be_are_refused() -> None:
    assert documents.read(a_tiff("few", 2), most=2).pages == 2
    with pytest.raises(BadInput, match="3 pages; 1 to 2"):
        documents.read(a_tiff("many", 3), most=2)
    with pytest.raises(BadInput, match="3 pages; 1 to 2"):
        documents.read(a_pdf("a", "b", "c"), most=2)


def test_a_bomb_is_not_unpacked() -> None:
    side = 30_000  # 900 million dots in 110 kB
    rows = zlib.compress(bytes(side // 8 + 1) * side, 9)
    made = b"\x89PNG\r\n\x1a\n"
    for kind, data in ((b"IHDR", struct.pack("!IIBBBBB", side, side, 1, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b"")):
        made += struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))
    with pytest.raises(BadInput):
        documents.read(made)


def test_a_page_that_is_a_mile_long_is_refused() -> None:
    made = io.BytesIO()
    Image.new("1", (10, 5000), 1).save(made, "PNG")
    with pytest.raises(BadInput, match="too long"):
        documents.read(made.getvalue())


def test_a_page_that_is_damaged_among_others_is_told() -> None:
    whole = a_tiff("some", 3)
    with pytest.raises(BadInput, match="damaged"):
        documents.read(whole[: len(whole) * 2 // 3])
