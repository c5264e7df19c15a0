"""What is written in pictures: by Tesseract where the machine has it; any program keeps to the bounds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from masstransit.carriage.media.reading import Tesseract
from masstransit.errors import ConfigError
from tests.carriage.media import drawn


def program(folder: Path, does: str) -> str:
    """A program of the test's own in its place."""
    file = folder / "reads"
    file.write_text(f"#!/bin/sh\n{does}\n")
    file.chmod(0o755)
    return str(file)


def written() -> bytes:
    page = Image.new("L", (700, 160), 255)
    ImageDraw.Draw(page).text((30, 50), "Claim your prize", fill=0, font=ImageFont.load_default(60))
    return drawn.written(page, "PNG")


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract (Debian: tesseract-ocr) is not installed")
async def test_tesseract_reads_what_is_written() -> None:
    assert "Claim your prize" in (await Tesseract("tesseract").read(written()) or "")


async def test_the_program_is_given_the_picture_and_its_words_are_taken(tmp_path: Path) -> None:
    told = 'head -c 4 | tail -c 3; echo; echo; echo "$@"'
    assert (
        await Tesseract(program(tmp_path, told), "eng+deu").read(written()) == "PNG\nstdin stdout -l eng+deu --psm 11"
    )


async def test_one_that_fails_or_takes_too_long_has_read_nothing(tmp_path: Path) -> None:
    assert await Tesseract(program(tmp_path, "cat >/dev/null; exit 1")).read(written()) is None
    assert await Tesseract(program(tmp_path, "exec sleep 30"), patience=0.2).read(written()) is None


def test_one_that_is_not_there_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match="tesseract-ocr"):
        Tesseract("no-such-program")
