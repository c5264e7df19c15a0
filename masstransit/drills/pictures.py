"""Pictures that drills draw: such as a photograph is to a hash, and codes. The same for a seed wherever it is drawn."""

from __future__ import annotations

import functools
import io
from typing import Any

import numpy as np
import zxingcpp
from PIL import Image


@functools.cache
def photograph(seed: int = 0, width: int = 960, height: int = 540) -> Image.Image:
    """Slopes of colour with a few dozen shapes in front."""
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


def code(says: str, size: int = 240) -> Image.Image:
    """A QR code on white."""
    made = zxingcpp.create_barcode(says, zxingcpp.BarcodeFormat.QRCode)
    drawn = Image.fromarray(np.array(zxingcpp.write_barcode_to_image(made, scale=6))).convert("L")
    ground = Image.new("L", (max(size, drawn.width + 40), max(size, drawn.height + 40)), 255)
    ground.paste(drawn, (20, 20))
    return ground


def jpeg(picture: Image.Image, quality: int = 85, **more: Any) -> bytes:
    """A picture as a JPEG file."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, **more)
    return out.getvalue()
