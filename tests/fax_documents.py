"""Documents to be faxed, made for tests: words on pages, as PDF and as pictures."""

from __future__ import annotations

import io

from PIL import Image, ImageChops, ImageDraw

from masstransit.carriage.fax import pages


def a_page(words: str, *, rows: int = 400) -> Image.Image:
    """A fax page with some words below its margin."""
    page = Image.new("1", (pages.WIDTH, rows), 1)
    draw = ImageDraw.Draw(page)
    for row in range(80, rows - 60, 120):
        draw.text((100, row), f"{words}, row {row}", fill=0, font_size=40)
    return page


def a_tiff(words: str, count: int = 1, *, rows: int = 400) -> bytes:
    """Fax pages, fine."""
    return pages.tiff_of([a_page(f"{words}, page {at}", rows=rows) for at in range(1, count + 1)], 196)


def a_png(words: str = "a picture") -> bytes:
    made = io.BytesIO()
    a_page(words).convert("L").save(made, "PNG")
    return made.getvalue()


def same(one: bytes, other: bytes) -> bool:
    """Whether two files have the same pages, dot for dot."""
    ours, theirs = pages.images_of(one), pages.images_of(other)
    return len(ours) == len(theirs) and all(
        a.size == b.size and ImageChops.logical_xor(a.convert("1"), b.convert("1")).getbbox() is None
        for a, b in zip(ours, theirs, strict=True)
    )


def a_pdf(*texts: str) -> bytes:
    """A PDF of letter pages, each with its words as text (the simplest that PDFium reads)."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for text in texts:
        lines = "".join(f"({_quoted(line)}) Tj 0 -16 Td " for line in text.split("\n"))
        content = f"BT /F1 12 Tf 72 700 Td {lines}ET".encode("latin-1")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            b"/Contents %d 0 R >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, each in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(made)


def _quoted(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
