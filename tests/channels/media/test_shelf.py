"""How loud a recording is, part by part, to be drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from masstransit.channels.media import wav
from masstransit.channels.media.shelf import Shelf

RE = "RE" + "1" * 32


def keep(folder: Path, leg: int, samples: list[int]) -> None:
    place = folder / RE
    place.mkdir(exist_ok=True)
    sound = np.array(samples, "<i2").tobytes()
    (place / f"leg-{leg}.wav").write_bytes(wav.header(len(samples)) + sound)


def test_each_leg_is_as_loud_as_its_loudest_sample_in_each_part(tmp_path: Path) -> None:
    keep(tmp_path, 1, [0, 100, -32768, 0, 0, 0, 16384, 0])
    keep(tmp_path, 2, [0, 0, 0, 0])  # who left earlier has a shorter file
    assert Shelf(tmp_path).peaks(RE, 4) == [[pytest.approx(0.003), 1.0, 0.0, 0.5], [0.0, 0.0, 0.0, 0.0]]


def test_where_there_is_no_sound_there_is_nothing_to_draw(tmp_path: Path) -> None:
    assert Shelf(tmp_path).peaks(RE, 4) == []
    keep(tmp_path, 1, [])
    assert Shelf(tmp_path).peaks(RE, 4) == [[]]


def test_of_hours_the_beginning_of_each_part_is_looked_at(tmp_path: Path) -> None:
    keep(tmp_path, 1, [0])
    file = tmp_path / RE / "leg-1.wav"
    with file.open("r+b") as held:  # a hole: it takes no room
        held.truncate(wav.START + 2 * 40_000)
        for at in (10, 19_999, 20_000):  # in two parts of 20,000
            held.seek(wav.START + 2 * at)
            held.write(np.array([8192], "<i2").tobytes())
    assert Shelf(tmp_path).peaks(RE, 2) == [[0.25, 0.25]]
    with file.open("r+b") as held:
        held.seek(wav.START + 2 * 10)
        held.write(bytes(2))
    assert Shelf(tmp_path).peaks(RE, 2) == [[0.0, 0.25]]  # 19,999 is behind what is looked at
