"""Writes `masstransit/facts/content/lookalikes.txt`: letters of other scripts that are drawn like ASCII letters.

    python -m bench.content.letters ../shared/data/lists/g_confusables/confusables.txt

The source is confusables.txt of UTS #39 (Unicode Security Mechanisms). Kept are letters of the alphabets that stand in
one line with Latin, whose skeleton is one ASCII letter; what NFKC folds anyway is left out.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

TARGET = Path(__file__).parents[2] / "masstransit" / "facts" / "content" / "lookalikes.txt"
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "LISU", "COPTIC", "DESERET")
_NOTICE = """\
# Letters drawn like ASCII letters: letter, what it looks like.
# Derived from confusables.txt, Unicode Security Mechanisms (UTS #39), version 14.0.0.
# Copyright (c) 2021 Unicode, Inc. Used under the Unicode License (https://www.unicode.org/license.txt).
# Made by bench/content/letters.py.
"""


def lookalikes(source: str) -> dict[str, str]:
    """letter -> ASCII letter, lower case only where the letter is."""
    found: dict[str, str] = {}
    for line in source.splitlines():
        cells = line.split("#")[0].split(";")
        if len(cells) != 3:
            continue
        letter, looks = (_letters(cell) for cell in cells[:2])
        if len(letter) == 1 and _kept(letter, looks):
            found[letter] = looks
    return found


def _letters(cell: str) -> str:
    return "".join(chr(int(code, 16)) for code in cell.split())


def _kept(letter: str, looks: str) -> bool:
    if letter.isascii() or not (len(looks) == 1 and looks.isascii() and looks.isalpha()):
        return False
    folds = unicodedata.normalize("NFKC", letter).isascii()
    return not folds and unicodedata.name(letter, "").split(" ")[0] in _SCRIPTS


def main() -> int:
    """Read the file named on the command line."""
    found = lookalikes(Path(sys.argv[1]).read_text("utf-8-sig"))
    TARGET.write_text(_NOTICE + "".join(f"{letter} {looks}\n" for letter, looks in sorted(found.items())), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
