"""What a fax is made of: black and white pages, 1,728 dots a row (ITU-T T.4), as TIFF files with T.6 compression.

A PDF is drawn, a picture is fitted to the page's width; what is a fax page already stays as it is, dot for dot. Greys
become dots where there are many of them, as in a photograph, and a plain threshold else, so that letters stay sharp.

Documents come from outside: what they may ask of this machine is bounded before anything is drawn.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import pypdfium2
from PIL import Image, ImageSequence

from masstransit.errors import BadInput

WIDTH = 1728  #: dots a row: 215 mm
ACROSS = 204  #: dots an inch in a row
QUALITIES = {"standard": 98, "fine": 196, "superfine": 391}  #: rows an inch, by the SDKs' word
MOST_PAGES = 200
MOST_BYTES = 20 << 20  #: of a document
_MOST_DOTS = 60_000_000  # of one picture: a page of 600 dpi and legal size has 43 million
_LONGEST = 8.0  # how long a page may be for its width: a roll's banner; legal paper is 1.65
_SHORTEST_ROWS = 32
_MOST_TEXT = 20_000  # characters of words that are read out of a document
_WORDS_FROM = 8  # letters and digits: a page with fewer is a picture, as far as anybody can tell
_GREYS_FROM = 0.3  # of what is not white: a photograph
_FIT = 0.03  # by how much a resolution may differ and still be that of a fax
_ONE_AT_A_TIME = threading.Lock()  # PDFium is not to be entered twice

FILE_TYPES: Mapping[str, bytes | tuple[bytes, ...]] = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/tiff": (b"II*\0", b"MM\0*"),
}

PAGE_BREAK = "\f"  #: between the words of two pages


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody handed in to be faxed."""

    tiff: bytes  #: its pages
    pages: int
    text: str  #: its words, the pages parted by `PAGE_BREAK`; "" where it has none that a program can read
    pictures: int  #: pages whose words nobody but a person can read


def type_of(data: bytes) -> str:
    """What a file is by its first bytes; "" for what is no document here."""
    return next((kind for kind, begins in FILE_TYPES.items() if data.startswith(begins)), "")


def read(data: bytes, quality: str = "fine", *, most: int = MOST_PAGES) -> Document:
    """The pages of a document. It blocks. Raises `BadInput` for what can't be faxed, with what can be."""
    if len(data) > MOST_BYTES:
        raise BadInput(f"The document has {len(data)} bytes; {MOST_BYTES} are the most.", code=30019)
    rows = QUALITIES[quality]
    kind = type_of(data)
    if kind == "application/pdf":
        images, words = _drawn(data, rows, most)
    elif kind:
        images, words = _pictured(data, rows, most), []
    else:
        raise BadInput("The document is no PDF, TIFF or PNG file: only these are faxed.", code=12300)
    text = PAGE_BREAK.join(words)[:_MOST_TEXT].rstrip()
    known = sum(_has_words(page) for page in words)
    return Document(tiff=tiff_of(images, rows), pages=len(images), text=text, pictures=len(images) - known)


def _has_words(page: str) -> bool:
    return sum(character.isalnum() for character in page) >= _WORDS_FROM


# --- PDF ------------------------------------------------------------------------------------------------------------


def _drawn(data: bytes, rows: int, most: int) -> tuple[list[Image.Image], list[str]]:
    """A PDF's pages, drawn, and the words of each."""
    with _ONE_AT_A_TIME:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as wrong:
            raise BadInput(
                "The PDF can't be opened: it is damaged or locked by a password. Save it without one.", code=12300
            ) from wrong
        try:
            _count(len(document), most)
            return [_draw(page, rows) for page in document], [_words(page) for page in document]
        except pypdfium2.PdfiumError as wrong:
            raise BadInput("A page of the PDF is damaged: save it again and send that.", code=12300) from wrong
        finally:
            document.close()


def _draw(page: pypdfium2.PdfPage, rows: int) -> Image.Image:
    width, height = page.get_size()
    if width <= 0 or height <= 0:
        raise BadInput("A page of the PDF has no size.", code=12300)
    high = _rows_of(width, height, rows)
    drawn = page.render(
        scale=max(WIDTH / width, high / height), grayscale=True, fill_color=(255, 255, 255, 255)
    ).to_pil()
    return _to_dots(drawn.convert("L").resize((WIDTH, high), Image.Resampling.LANCZOS))


def _words(page: pypdfium2.PdfPage) -> str:
    text = page.get_textpage().get_text_bounded()
    return str(text[:_MOST_TEXT]).replace(PAGE_BREAK, " ").replace("\r\n", "\n").replace("\0", "")


# --- pictures -------------------------------------------------------------------------------------------------------


def _pictured(data: bytes, rows: int, most: int) -> list[Image.Image]:
    return [_fitted(frame, rows) for frame in _frames(data, most)]


def _frames(data: bytes, most: int) -> Iterator[Image.Image]:
    """The pictures of a TIFF or PNG file, one by one. Raises `BadInput`."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=("TIFF", "PNG")) as image:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            count = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
            _count(count, most)
            for at in range(count):
                image.seek(at)
                if image.width * image.height > _MOST_DOTS:
                    raise BadInput(
                        f"A picture has {image.width} x {image.height} dots: too many for a fax.", code=12300
                    )
                yield image.copy()
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError, Warning) as wrong:
        raise BadInput("The picture can't be opened: it is damaged.", code=12300) from wrong


def _fitted(image: Image.Image, rows: int) -> Image.Image:
    """A picture as a page; what is a fax page of this quality already stays as it is."""
    across, down = _resolution(image)
    if image.mode == "1" and image.width == WIDTH and abs(down / rows - 1) <= _FIT:
        return image
    high = _rows_of(image.width / across, image.height / down, rows)
    return _to_dots(_on_white(image).resize((WIDTH, high), Image.Resampling.LANCZOS))


def _resolution(image: Image.Image) -> tuple[float, float]:
    """Dots an inch, across and down; as many where it says nothing that can be."""
    told = image.info.get("dpi", (1.0, 1.0))
    across, down = float(told[0] or 1), float(told[1] or 1)
    return (across, down) if 0.2 <= across / down <= 5 else (1.0, 1.0)


def _on_white(image: Image.Image) -> Image.Image:
    """In greys; what lets light through lies on white paper."""
    if "A" in image.getbands() or "transparency" in image.info:
        clear = image.convert("RGBA")
        paper = Image.new("RGBA", clear.size, "white")
        image = Image.alpha_composite(paper, clear)
    return image.convert("L")


# --- what both share ------------------------------------------------------------------------------------------------


def _count(pages: int, most: int) -> None:
    if not 1 <= pages <= most:
        raise BadInput(f"The document has {pages} pages; 1 to {most} can be faxed.", code=30019)


def _rows_of(width: float, height: float, rows: int) -> int:
    """How many rows a page has whose width is the paper's."""
    if height > width * _LONGEST:
        raise BadInput("A page is too long for its width to be faxed: cut it into pages.", code=12300)
    return max(_SHORTEST_ROWS, round(WIDTH / ACROSS * rows * height / width))


def _to_dots(grey: Image.Image) -> Image.Image:
    """Greys in black and white."""
    counts = grey.histogram()
    inked, between = sum(counts[:240]), sum(counts[64:192])
    if inked and between / inked >= _GREYS_FROM:
        return grey.convert("1")  # in dots (Floyd and Steinberg)
    return grey.point(lambda level: 255 * (level >= 144), mode="1")


def tiff_of(images: Sequence[Image.Image], rows: int) -> bytes:
    """Pages as a TIFF file that a fax terminal sends: T.6, one strip a page."""
    made = io.BytesIO()
    head, *rest = images
    head.save(
        made, "TIFF", save_all=True, append_images=rest, compression="group4", dpi=(ACROSS, rows), strip_size=1 << 24
    )
    return made.getvalue()


def images_of(tiff: bytes) -> list[Image.Image]:
    """The pages of a file that a fax terminal received, or is to send; all with dots as high as they are wide have
    their own size. Raises `BadInput`."""
    return list(_frames(tiff, MOST_PAGES))


def pdf_of(tiff: bytes) -> bytes:
    """The same pages as a PDF."""
    images = images_of(tiff)
    made = io.BytesIO()
    head, *rest = [_squared(image) for image in images]
    head.save(made, "PDF", save_all=True, append_images=rest, resolution=ACROSS)
    return made.getvalue()


def preview(tiff: bytes, page: int, *, width: int = 432) -> bytes:
    """A page, counted from 1, as a small PNG in greys. Raises `BadInput` where there is none."""
    images = images_of(tiff)
    if not 1 <= page <= len(images):
        raise BadInput(f"There is no page {page}: the fax has {len(images)}.", code=20404)
    whole = _squared(images[page - 1]).convert("L")
    made = io.BytesIO()
    whole.resize((width, max(1, round(whole.height * width / whole.width))), Image.Resampling.BOX).save(made, "PNG")
    return made.getvalue()


def _squared(image: Image.Image) -> Image.Image:
    """With dots as high as they are wide."""
    across, down = _resolution(image)
    high = max(1, round(image.height * across / down))
    return image if high == image.height else image.resize((image.width, high), Image.Resampling.NEAREST)


def count_of(file: Path) -> int:
    """How many pages a TIFF file has; 0 where it is none, or not there."""
    try:
        with Image.open(file, formats=("TIFF",)) as image:
            return sum(1 for _ in ImageSequence.Iterator(image))
    except (OSError, SyntaxError, ValueError):
        return 0
