"""Pictures that tests draw themselves: one that looks like a photograph to a hash, and codes."""

from __future__ import annotations

import functools
import io
import struct
import zlib
from typing import Any

import numpy as np
import zxingcpp
from PIL import Image


@functools.cache
def scene(seed: int = 0, width: int = 960, height: int = 540) -> Image.Image:
    """Slopes of colour with a few dozen shapes in front, always the same for a seed."""
    drawn = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    turned, wide, high = drawn.uniform(0, 3), *drawn.uniform(25, 60, 2)
    waves = [np.sin(x / (wide + 9 * c) + turned) * np.cos(y / (high + 7 * c)) * 127 + 128 for c in range(3)]
    ground = np.stack(waves, -1).astype(np.uint8)
    for _ in range(30):
        left, top = int(drawn.integers(0, width - 130)), int(drawn.integers(0, height - 80))
        ground[top : top + int(drawn.integers(20, 80)), left : left + int(drawn.integers(20, 130))] = drawn.integers(
            0, 255, 3
        )
    return Image.fromarray(ground)


def jpeg(picture: Image.Image | None = None, **more: Any) -> bytes:
    return written(picture or scene(), "JPEG", **{"quality": 85, **more})


def written(picture: Image.Image, kind: str, **more: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def code(says: str, size: int = 240) -> Image.Image:
    """A QR code on white."""
    made = zxingcpp.create_barcode(says, zxingcpp.BarcodeFormat.QRCode)
    drawn = Image.fromarray(np.array(zxingcpp.write_barcode_to_image(made, scale=6))).convert("L")
    ground = Image.new("L", (max(size, drawn.width + 40), max(size, drawn.height + 40)), 255)
    ground.paste(drawn, (20, 20))
    return ground


def bomb(width: int, height: int) -> bytes:
    """A PNG of so many black pixels, in a few bytes."""
    rows = zlib.compress((b"\0" + bytes((width + 7) // 8)) * height, 9)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
