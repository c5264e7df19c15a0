"""A picture is its pixels, made anew within bounds; and what is met of one that was changed."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from PIL import Image, ImageOps

from masstransit.carriage.media import pictures
from masstransit.errors import BadInput
from tests.carriage.media import drawn


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def distance(one: Image.Image, other: Image.Image) -> int:
    """Bits in which two pictures differ at the least, either turned and mirrored as it may be."""
    first = pictures.anew(drawn.jpeg(one), "image/jpeg").hashes[0][0]
    forms = pictures.anew(drawn.jpeg(other), "image/jpeg").hashes[0]
    return min((int(first, 16) ^ int(form, 16)).bit_count() for form in forms)


def test_what_stands_behind_and_beside_the_pixels_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010E] = "a place"
    came = drawn.jpeg(exif=exif, comment=b"a secret") + b"<script>alert(1)</script>"
    made = pictures.anew(came, "image/jpeg")
    for hidden in (b"a place", b"a secret", b"<script>", b"Exif"):
        assert hidden in came
        assert hidden not in made.data
    assert opened(made.data).size == drawn.scene().size == made.size


def test_a_polyglot_gif_is_a_gif_and_nothing_else() -> None:
    came = drawn.written(drawn.scene().convert("P"), "GIF", comment=b"*/=1;alert(1)//") + b";alert(2)"
    made = pictures.anew(came, "image/gif")
    assert b"alert" not in made.data
    assert opened(made.data).format == "GIF"


def test_a_picture_is_turned_upright_before_it_forgets_how_it_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright
    made = pictures.anew(drawn.jpeg(exif=exif), "image/jpeg")
    width, height = drawn.scene().size
    assert opened(made.data).size == (height, width)


def test_a_moving_gif_moves_on() -> None:
    frames = [drawn.scene(n, 320, 240) for n in range(12)]
    came = drawn.written(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=70, loop=0)
    made = pictures.anew(came, "image/gif")
    again = opened(made.data)
    assert (getattr(again, "n_frames", 1), again.info["duration"], again.info["loop"]) == (12, 70, 0)
    assert len(made.hashes) == 8  # the first and the last, and some between


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_what_is_transparent_stays_so(kind: str) -> None:
    clear = drawn.scene(0, 200, 200).convert("RGBA")
    clear.putalpha(Image.fromarray(np.tri(200, dtype=np.uint8) * 255))
    made = pictures.anew(drawn.written(clear, kind), f"image/{kind.lower()}")
    assert opened(made.data).convert("RGBA").getpixel((199, 0))[3] == 0  # type: ignore[index]


def test_a_bmp_becomes_a_png_and_a_tiff_stays_as_it_is() -> None:
    assert pictures.anew(drawn.written(drawn.scene(), "BMP"), "image/bmp").content_type == "image/png"
    came = drawn.written(drawn.scene(), "TIFF")
    made = pictures.anew(came, "image/tiff")
    assert (made.data, made.content_type) == (came, "image/tiff")
    assert made.hashes


def test_what_is_to_be_left_as_it_is_is_looked_at_all_the_same() -> None:
    came = drawn.jpeg() + b"trailer"
    made = pictures.anew(came, "image/jpeg", as_is=True)
    assert made.data == came
    assert made.hashes == pictures.anew(came, "image/jpeg").hashes


@pytest.mark.parametrize("size", [(30_000, 30_000), (6_400, 6_400), (25_001, 1_000)])
def test_a_bomb_is_turned_away_before_it_is_decoded(size: tuple[int, int]) -> None:
    came, begun = drawn.bomb(*size), time.perf_counter()
    with pytest.raises(BadInput, match=r"25001 x 1000 pixels|6400 x 6400 pixels|900000000 pixels"):
        pictures.anew(came, "image/png")
    assert time.perf_counter() - begun < 0.5


def test_a_picture_of_the_largest_size_is_decoded() -> None:
    assert pictures.anew(drawn.bomb(5_000, 5_000), "image/png").size == (5_000, 5_000)


def test_a_moving_picture_of_too_many_pixels_is_turned_away() -> None:
    frames = [Image.new("P", (4000, 4000), n) for n in range(4)]
    came = drawn.written(frames[0], "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(BadInput, match="more frames"):
        pictures.anew(came, "image/gif")


def test_a_photograph_of_a_large_phone_is_taken_in_smaller() -> None:
    came = drawn.jpeg(Image.new("RGB", (8064, 6048), "teal"))  # 48 megapixels
    assert pictures.anew(came, "image/jpeg").size == (4032, 3024)


@pytest.mark.parametrize("data", [drawn.jpeg()[:4000], b"\xff\xd8\xff\xe0" + bytes(40), b"GIF89a" + bytes(20)])
def test_what_is_broken_is_said_to_be(data: bytes) -> None:
    with pytest.raises(BadInput, match="can't be decoded"):
        pictures.anew(data, "image/jpeg")


def test_a_code_is_read_wherever_it_stands() -> None:
    page = drawn.scene().copy()
    page.paste(drawn.code("https://example.com/a?b=c").convert("RGB").rotate(90), (500, 150))
    assert pictures.anew(drawn.jpeg(page), "image/jpeg").codes == ("https://example.com/a?b=c",)


def test_a_plain_surface_has_no_hash() -> None:
    assert pictures.anew(drawn.jpeg(Image.new("RGB", (400, 300), "navy")), "image/jpeg").hashes == ()


@pytest.mark.parametrize("seed", range(3))
def test_a_picture_that_was_made_smaller_greyed_or_mirrored_is_met(seed: int) -> None:
    picture = drawn.scene(seed)
    near = {
        "quality 20": distance(picture, opened(drawn.jpeg(picture, quality=20))),
        "half size": distance(picture, picture.resize((480, 270))),
        "grey": distance(picture, picture.convert("L").convert("RGB")),
        "mirrored": distance(picture, ImageOps.mirror(picture)),
        "upside down": distance(picture, picture.rotate(180)),
        "on its side": distance(picture, picture.rotate(90, expand=True)),
    }
    assert all(bits <= 31 for bits in near.values()), near


@pytest.mark.parametrize("seed", range(3))
def test_one_that_was_cropped_and_another_one_are_not_met(seed: int) -> None:
    """The limit: what cuts a twentieth off each side is another picture to this hash."""
    picture = drawn.scene(seed)
    assert distance(picture, picture.crop((48, 27, 912, 513))) > 31
    assert distance(picture, drawn.scene(seed + 10)) > 31
