"""Files that go with messages of drills, each drawn anew: lawful documents and pictures, and what abuse puts in their
place. Nothing in them harms: a program is the beginning of one, and a script starts what is not there.
"""

from __future__ import annotations

import base64
import io
import random
import struct
import zipfile
import zlib
from typing import TypeAlias

File: TypeAlias = tuple[str, bytes]  #: its name and its bytes

_DOCUMENTS = ("invoice", "statement", "order", "receipt", "ticket", "report")
_PROGRAM = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0\xb8" + bytes(111)
_FETCHES = 'var w = new ActiveXObject("WScript.Shell"), h = new ActiveXObject("MSXML2.XMLHTTP"); w.Run("{name}.exe");'
_UNPACKS = """<html><body><script>
var bytes = Uint8Array.from(atob("{held}"), c => c.charCodeAt(0)), a = document.createElement("a");
a.href = URL.createObjectURL(new Blob([bytes])); a.download = "{name}.zip"; a.click();
</script></body></html>"""


def picture(chance: random.Random) -> File:
    """A small photograph, so to speak."""
    width, height = chance.randint(16, 64), chance.randint(16, 64)
    rows = b"".join(b"\0" + chance.randbytes(3 * width) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    whole = b"".join(struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
    return f"IMG_{chance.randint(1000, 9999)}.png", b"\x89PNG\r\n\x1a\n" + whole


def document(chance: random.Random, says: str) -> File:
    """A PDF of a page with a sentence."""
    page = f"BT /F1 12 Tf 40 700 Td ({says}) Tj ET".encode("ascii", "replace")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(page), page),
    )
    whole, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(whole))
        whole += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(whole)
    return f"{_name(chance)}.pdf", bytes(whole) + b"xref\n0 5\n0000000000 65535 f \n" + table + end


def card(name: str) -> File:
    """Somebody's card."""
    return f"{name}.vcf", f"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:{name}\r\nEND:VCARD\r\n".encode()


def disguised_program(chance: random.Random) -> File:
    """A program that looks like a document, on its own or in an archive."""
    name = _name(chance)
    shown = chance.choice((f"{name}.pdf.exe", f"{name}.pdf      .scr", f"{name}_\u202efdp.exe", f"{name}.jpg"))
    program = (shown, _PROGRAM + chance.randbytes(64))
    return program if chance.random() < 0.5 else (f"{name}.zip", _zipped(*program))


def script(chance: random.Random) -> File:
    """A script that fetches a program and starts it, in an archive."""
    name = _name(chance)
    said = _FETCHES.format(name=name).encode(chance.choice(("ascii", "utf-16")))
    return f"{name}.zip", _zipped(f"{name}.js", said)


def smuggling_page(chance: random.Random) -> File:
    """A page that builds a file in the browser."""
    name = _name(chance)
    held = base64.b64encode(_zipped(f"{name}.txt", chance.randbytes(60))).decode()
    return f"{name}.html", _UNPACKS.format(held=held, name=name).encode()


def closed_archive(chance: random.Random) -> File:
    """An archive that nobody here can open: of a kind that is not read, or one that swells without end."""
    name = _name(chance)
    if chance.random() < 0.5:
        return f"{name}.rar", b"Rar!\x1a\x07\x01\0" + chance.randbytes(200)
    return f"{name}.zip", _zipped(f"{name}.bin", bytes(chance.randint(12, 20) << 20))


def _name(chance: random.Random) -> str:
    return f"{chance.choice(_DOCUMENTS)}-{chance.randint(1000, 9999)}"


def _zipped(name: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(name, data)
    return made.getvalue()
