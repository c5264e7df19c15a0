"""What a fax is made of: black and white pages, 1,728 dots a row (ITU-T T.4), as TIFF files with T.6 compression.

Documents of strangers are made into such pages by processes of their own (`masstransit.drawing`); here is what both
sides know of them, and what is made of pages that are ours: a PDF, a small picture.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from PIL import Image, ImageSequence, TiffImagePlugin

from masstransit.errors import BadInput

WIDTH = 1728  #: dots a row: 215 mm
ACROSS = 204  #: dots an inch in a row
QUALITIES = {"standard": 98, "fine": 196, "superfine": 391}  #: rows an inch, by the SDKs' word
MOST_PAGES = 200
MOST_BYTES = 20 << 20  #: of a document
_MOST_DOTS = 60_000_000  # of one picture: a page of 600 dpi and legal size has 43 million

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


def frames(data: bytes, most: int) -> Iterator[Image.Image]:
    """The pictures of a TIFF or PNG file, one by one. Raises `BadInput`."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=("TIFF", "PNG")) as image:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            count = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
            checked(count, most)
            for at in range(count):
                image.seek(at)
                if image.width * image.height > _MOST_DOTS:
                    raise BadInput(
                        f"A picture has {image.width} x {image.height} dots: too many for a fax.", code=12300
                    )
                yield image.copy()
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError, Warning) as wrong:
        raise BadInput("The picture can't be opened: it is damaged.", code=12300) from wrong


def resolution(image: Image.Image) -> tuple[float, float]:
    """Dots an inch, across and down; as many where it says nothing that can be."""
    told = image.info.get("dpi", (1.0, 1.0))
    across, down = float(told[0] or 1), float(told[1] or 1)
    return (across, down) if 0.2 <= across / down <= 5 else (1.0, 1.0)


def checked(pages: int, most: int) -> None:
    """Raises `BadInput` for more pages than may be, or none."""
    if not 1 <= pages <= most:
        raise BadInput(f"The document has {pages} pages; 1 to {most} can be faxed.", code=30019)


def tiff_of(images: Iterable[Image.Image], rows: int) -> bytes:
    """Pages as a TIFF file that a fax terminal sends: T.6, one strip a page. Each is packed before the next is asked
    for: a page takes seven megabytes as it is, and some twenty kilobytes packed."""
    made = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(made, new=True) as file:
        for image in images:
            image.save(file, "TIFF", compression="group4", dpi=(ACROSS, rows), strip_size=1 << 24)
            file.newFrame()
    return made.getvalue()


def images_of(tiff: bytes) -> list[Image.Image]:
    """The pages of a file that a fax terminal received, or is to send; all with dots as high as they are wide have
    their own size. Raises `BadInput`."""
    return list(frames(tiff, MOST_PAGES))


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
    across, down = resolution(image)
    high = max(1, round(image.height * across / down))
    return image if high == image.height else image.resize((image.width, high), Image.Resampling.NEAREST)


def count_of(file: Path) -> int:
    """How many pages a TIFF file has; 0 where it is none, or not there."""
    try:
        with Image.open(file, formats=("TIFF",)) as image:
            return sum(1 for _ in ImageSequence.Iterator(image))
    except (OSError, SyntaxError, ValueError):
        return 0
