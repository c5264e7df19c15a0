"""Documents as fax pages: a PDF is drawn, a picture is fitted to the page's width, what is a fax page stays as it is.

Greys become dots where there are many of them, as in a photograph, and a plain threshold else, so that letters stay
sharp.

What a document may ask for is bounded before anything is drawn, and one page is drawn at a time. What gets past that
ends with the process that this runs in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pypdfium2
from PIL import Image

from masstransit.carriage.fax.pages import (
    ACROSS,
    MOST_PAGES,
    PAGE_BREAK,
    QUALITIES,
    WIDTH,
    Document,
    checked,
    frames,
    resolution,
    tiff_of,
    type_of,
)
from masstransit.drawing.orders import NO_DOCUMENT
from masstransit.errors import BadInput

_LONGEST = 8.0  # how long a page may be for its width: a roll's banner; legal paper is 1.65
_SHORTEST_ROWS = 32
_GREYS_FROM = 0.3  # of what is not white: a photograph
_FIT = 0.03  # by how much a resolution may differ and still be that of a fax
_MOST_TEXT = 20_000  # characters of words that are read out of a document
_WORDS_FROM = 8  # letters and digits: a page with fewer is a picture, as far as anybody can tell


def read(data: bytes, quality: str = "fine", *, most: int = MOST_PAGES) -> Document:
    """The pages of a document. Raises `BadInput` for what can't be faxed, with what can be."""
    rows = QUALITIES[quality]
    kind = type_of(data)
    if kind == "application/pdf":
        return _of_pdf(data, rows, most)
    if kind:
        return _document((fitted(frame, rows) for frame in frames(data, most)), rows, [])
    raise BadInput("The document is no PDF, TIFF or PNG file: only these are faxed.", code=NO_DOCUMENT)


def _document(images: Iterable[Image.Image], rows: int, words: list[str]) -> Document:
    """What comes of pages, which are drawn as they are asked for; `words` of each, where there are any."""
    drawn = _Counted(images)
    tiff = tiff_of(drawn, rows)
    text = PAGE_BREAK.join(words)[:_MOST_TEXT].rstrip()
    known = sum(_has_words(page) for page in words)
    return Document(tiff=tiff, pages=drawn.number, text=text, pictures=drawn.number - known)


class _Counted:
    """Pages, and how many there were."""

    def __init__(self, images: Iterable[Image.Image]) -> None:
        self._images = images
        self.number = 0

    def __iter__(self) -> Iterator[Image.Image]:
        for image in self._images:
            self.number += 1
            yield image


def _has_words(page: str) -> bool:
    return sum(character.isalnum() for character in page) >= _WORDS_FROM


# --- PDF ------------------------------------------------------------------------------------------------------------


def _of_pdf(data: bytes, rows: int, most: int) -> Document:
    """A PDF's pages, drawn, with the words of each."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as wrong:
        said = "The PDF can't be opened: it is damaged or locked by a password. Save it without one."
        raise BadInput(said, code=NO_DOCUMENT) from wrong
    try:
        checked(len(document), most)
        words = [_words(page) for page in document]
        return _document((_draw(page, rows) for page in document), rows, words)
    except pypdfium2.PdfiumError as wrong:
        raise BadInput("A page of the PDF is damaged: save it again and send that.", code=NO_DOCUMENT) from wrong
    finally:
        document.close()


def _draw(page: pypdfium2.PdfPage, rows: int) -> Image.Image:
    width, height = page.get_size()
    if width <= 0 or height <= 0:
        raise BadInput("A page of the PDF has no size.", code=NO_DOCUMENT)
    high = rows_of(width, height, rows)
    drawn = page.render(
        scale=max(WIDTH / width, high / height), grayscale=True, fill_color=(255, 255, 255, 255)
    ).to_pil()
    return to_dots(drawn.convert("L").resize((WIDTH, high), Image.Resampling.LANCZOS))


def _words(page: pypdfium2.PdfPage) -> str:
    text = page.get_textpage().get_text_bounded()
    return str(text[:_MOST_TEXT]).replace(PAGE_BREAK, " ").replace("\r\n", "\n").replace("\0", "")


# --- pictures -------------------------------------------------------------------------------------------------------


def fitted(image: Image.Image, rows: int) -> Image.Image:
    """A picture as a page; what is a fax page of this quality already stays as it is."""
    across, down = resolution(image)
    if image.mode == "1" and image.width == WIDTH and abs(down / rows - 1) <= _FIT:
        return image
    high = rows_of(image.width / across, image.height / down, rows)
    return to_dots(_on_white(image).resize((WIDTH, high), Image.Resampling.LANCZOS))


def _on_white(image: Image.Image) -> Image.Image:
    """In greys; what lets light through lies on white paper."""
    if "A" in image.getbands() or "transparency" in image.info:
        clear = image.convert("RGBA")
        paper = Image.new("RGBA", clear.size, "white")
        image = Image.alpha_composite(paper, clear)
    return image.convert("L")


# --- what both share ------------------------------------------------------------------------------------------------


def rows_of(width: float, height: float, rows: int) -> int:
    """How many rows a page has whose width is the paper's."""
    if height > width * _LONGEST:
        raise BadInput("A page is too long for its width to be faxed: cut it into pages.", code=NO_DOCUMENT)
    return max(_SHORTEST_ROWS, round(WIDTH / ACROSS * rows * height / width))


def to_dots(grey: Image.Image) -> Image.Image:
    """Greys in black and white."""
    counts = grey.histogram()
    inked, between = sum(counts[:240]), sum(counts[64:192])
    if inked and between / inked >= _GREYS_FROM:
        return grey.convert("1")  # in dots (Floyd and Steinberg)
    return grey.point(lambda level: 255 * (level >= 144), mode="1")
