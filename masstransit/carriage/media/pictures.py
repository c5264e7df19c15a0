"""A picture made anew from its pixels alone, and what can be seen in it.

What is carried is never the file that came: a picture is decoded within bounds and written again, so that what was
hidden beside its pixels (a script behind the picture's end, where somebody stood who took it, a trick for a decoder) is
gone. Everything here blocks; `intake` runs it in a thread.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import pdqhash
import zxingcpp
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from masstransit.errors import BadInput

#: What is decoded, by content type: under what name it is written again. A BMP becomes a PNG, which handsets know.
WRITTEN = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP", "image/bmp": "PNG"}
_LOOKED_AT_ONLY = {"image/tiff": "TIFF"}  # a scan of many pages is a document: it is looked at, and left as it is
_READ = (*dict.fromkeys((*WRITTEN.values(), *_LOOKED_AT_ONLY.values())), "BMP")

LARGEST = 25_000_000  #: pixels that are decoded: 100 MB at four bytes; default
_LARGEST_JPEG = 100_000_000  # of a baseline JPEG, which can be decoded at an eighth of its size
_LARGEST_FILM = 50_000_000  # of all frames of a moving picture
_QUALITY = 90  # of JPEG and WebP: a loss that nobody sees
_FRAMES = 8  # of a moving picture that are looked at
_HASHED = 512  # longest side at which PDQ is computed: as near as at full size, in a twentieth of the time
_CODES_AT = 1600  # longest side at which codes are looked for
_SURE = 50  # PDQ's quality from which a hash says something: a plain surface is like any other
_READABLE = tuple(
    getattr(zxingcpp.BarcodeFormat, name)
    for name in ("QRCode", "MicroQRCode", "RMQRCode", "Aztec", "DataMatrix", "PDF417")
)
_LONGEST_CODE = 2048  # characters
_MOST_CODES = 20
_KEPT = ("transparency", "duration", "loop", "background", "disposal")  # of what a file says beside its pixels


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture made anew, and what was seen in it."""

    data: bytes
    content_type: str
    size: tuple[int, int]  #: width and height in pixels
    hashes: tuple[tuple[str, ...], ...]  #: PDQ of each frame that was looked at, in hex, turned and mirrored
    codes: tuple[str, ...]
    readable: bytes  #: its first frame as a grey PNG, for who reads what is written in it; nothing where nobody does


def is_picture(content_type: str) -> bool:
    """Whether a file of this type can be looked at."""
    return content_type in WRITTEN or content_type in _LOOKED_AT_ONLY


def anew(data: bytes, content_type: str, *, as_is: bool = False, readable: bool = False) -> Picture:
    """A picture from its pixels; with `as_is` it is looked at and left. Raises `BadInput` for one that can't be
    decoded, or would take too much room."""
    try:
        with Image.open(io.BytesIO(data), formats=_READ) as opened:
            _bound(opened)
            frames = _frames(opened)
            written = WRITTEN.get(content_type)
            made = data if as_is or written is None else _written(opened, frames, written)
            kept = content_type if made is data or written is None else Image.MIME[written]
            seen = [_upright(frame) for frame in _some(frames)]
            return Picture(
                data=made,
                content_type=kept,
                size=frames[0].size,
                hashes=tuple(found for frame in seen if (found := _hashes(frame))),
                codes=_all_codes(seen),
                readable=_png(seen[0]) if readable else b"",
            )
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError) as broken:
        raise BadInput(f"The picture can't be decoded: {broken}", code=_UNREADABLE) from broken


def shrinks(content_type: str) -> bool:
    """Whether a picture of this type is made smaller where it has to be: one that does not move."""
    return content_type in ("image/jpeg", "image/png", "image/webp")


def fitted(data: bytes, most: int) -> tuple[bytes, str] | None:
    """A picture in at most so many bytes, with its content type: as a JPEG, in steps of half its area. None: it would
    be too small to see. `data` is what `anew` made."""
    with Image.open(io.BytesIO(data), formats=_READ) as opened:
        opened.load()
        picture = _upright(opened)
    while min(picture.size) >= _SMALLEST:
        made = _as_jpeg(picture)
        if len(made) <= most:
            return made, "image/jpeg"
        picture = picture.resize((round(picture.width * _HALF_AREA), round(picture.height * _HALF_AREA)))
    return None


def _as_jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_SHRUNK_QUALITY)
    return out.getvalue()


_SHRUNK_QUALITY, _HALF_AREA, _SMALLEST = 80, 0.7071, 64

_UNREADABLE = 12300  # "invalid content type", as the SDKs know it


def _bound(opened: Image.Image) -> None:
    """Nothing is decoded yet: only the header was read. Raises `BadInput`."""
    width, height = opened.size
    pixels = width * height
    baseline = opened.format == "JPEG" and "progressive" not in opened.info
    if pixels > (_LARGEST_JPEG if baseline else LARGEST) or pixels == 0:
        raise BadInput(f"The picture has {width} x {height} pixels: that is more than is decoded.", code=_UNREADABLE)
    scale = 1
    while pixels / scale**2 > LARGEST:
        scale *= 2
    if scale > 1:
        opened.draft("RGB", (width // scale, height // scale))


def _frames(opened: Image.Image) -> list[Image.Image]:
    """Its frames; of everything but a GIF the first is all there is."""
    if opened.format != "GIF" or not getattr(opened, "is_animated", False):
        opened.load()
        return [opened]
    frames, pixels = [], 0
    for frame in ImageSequence.Iterator(opened):
        pixels += frame.width * frame.height
        if pixels > _LARGEST_FILM:
            raise BadInput("The moving picture has more frames than are decoded.", code=_UNREADABLE)
        frames.append(frame.copy())
    return frames


def _written(opened: Image.Image, frames: Sequence[Image.Image], kind: str) -> bytes:
    bare = [_bare(frame if len(frames) > 1 else ImageOps.exif_transpose(frame)) for frame in frames]
    out = io.BytesIO()
    more: dict[str, Any] = {"quality": _QUALITY} if kind in ("JPEG", "WEBP") else {}
    if len(bare) > 1:
        more |= {"save_all": True, "append_images": bare[1:], "loop": opened.info.get("loop", 0)}
        more["duration"] = [frame.info.get("duration", 100) for frame in bare]
    first = bare[0]
    if kind == "JPEG" and first.mode not in ("L", "RGB"):
        first = first.convert("RGB")
    first.save(out, kind, **more)
    return out.getvalue()


def _bare(frame: Image.Image) -> Image.Image:
    """Pixels without what the file says beside them: EXIF, comments, colour profiles."""
    plain = frame.copy()
    plain.info = {name: value for name, value in frame.info.items() if name in _KEPT}
    return plain


def _some(frames: Sequence[Image.Image]) -> Iterator[Image.Image]:
    """Frames of the whole length, the first and the last among them."""
    if len(frames) <= _FRAMES:
        yield from frames
        return
    for number in range(_FRAMES):
        yield frames[round(number * (len(frames) - 1) / (_FRAMES - 1))]


def _upright(frame: Image.Image) -> Image.Image:
    """As a person sees it: turned as the file says, and on white where it is transparent."""
    seen = ImageOps.exif_transpose(frame)
    if seen.mode in ("RGBA", "LA", "PA") or "transparency" in seen.info:
        clear = seen.convert("RGBA")
        ground = Image.new("RGBA", clear.size, "white")
        ground.alpha_composite(clear)
        return ground.convert("RGB")
    return seen.convert("RGB")


def _hashes(frame: Image.Image) -> tuple[str, ...]:
    """Its PDQ hash, and those of its seven turned and mirrored forms; nothing of a surface without features."""
    small = frame.copy()
    small.thumbnail((_HASHED, _HASHED))
    found, quality = pdqhash.compute_dihedral(np.asarray(small))
    return tuple(np.packbits(bits.astype(np.uint8)).tobytes().hex() for bits in found) if quality >= _SURE else ()


def _all_codes(frames: Sequence[Image.Image]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for frame in frames:
        small = frame.convert("L")
        small.thumbnail((_CODES_AT, _CODES_AT))
        for code in zxingcpp.read_barcodes(small, formats=_READABLE):
            found.setdefault(code.text[:_LONGEST_CODE])
    return tuple(found)[:_MOST_CODES]


def _png(frame: Image.Image) -> bytes:
    small = frame.convert("L")
    small.thumbnail((_CODES_AT, _CODES_AT))
    out = io.BytesIO()
    small.save(out, "PNG", compress_level=1)
    return out.getvalue()
