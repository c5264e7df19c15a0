"""Pictures that tests draw themselves: the drills' photographs and codes, as files of every kind, and a bomb."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

from masstransit.drills.pictures import code
from masstransit.drills.pictures import photograph as scene

__all__ = ("bomb", "code", "jpeg", "scene", "written")


def jpeg(picture: Image.Image | None = None, **more: Any) -> bytes:
    return written(picture or scene(), "JPEG", **{"quality": 85, **more})


def written(picture: Image.Image, kind: str, **more: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of so many black pixels, in a few bytes."""
    rows = zlib.compress((b"\0" + bytes((width + 7) // 8)) * height, 9)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
