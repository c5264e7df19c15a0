"""An announcement that takes no time to hear."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from masstransit.channels.media.prompts import Prompts, read_folder
from tests.stories.talker import LOUD, mu_law

ANNOUNCED = 1500  # Hz


def short(folder: Path) -> Prompts:
    """An announcement of a third of a second: a tone."""
    folder.mkdir(exist_ok=True)
    sound = mu_law(LOUD * np.sin(2 * np.pi * ANNOUNCED * np.arange(2400) / 8000))
    form = struct.pack("<HHIIHH", 7, 1, 8000, 8000, 1, 8)
    chunks = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(sound)) + sound
    (folder / "a.wav").write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    line = 'language = "en"\nfile = "a.wav"\nacts = ["record", "listen"]\nagree = "1"\ndecline = "2"\ntext = "peep"\n'
    (folder / "prompts.toml").write_text(f"[[prompt]]\n{line}")
    return read_folder(folder)
