"""Lists of words by what they do in a sentence: whom it is about, what is said of them, whether it is turned round.

One file a list, one word a line; a line that begins with "#" says what the list is. No list decides alone: a word's
class is one of many features (`structure.py`), training leaves lists out at random so that none is relied on, and
docs/evaluation.md shows what becomes of the figures without each of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from importlib import resources

#: Lists of words for people, by the ground on which they are protected.
GROUNDS = ("religion", "race", "origin", "location", "gender", "orientation", "disability", "age")

#: Other lists. A word that is on several is what the first of them says.
CLASSES = (
    "negations", "slurs", "lowly", "violence", "hating", "insults", "derogatory", "against", "exclusion", "speech",
    "trades", "things", "kindness",
)  # fmt: skip
LISTS = (*GROUNDS, *CLASSES)


@lru_cache(maxsize=64)
def words(name: str) -> frozenset[str]:
    """The words of one list."""
    lines = (resources.files(__package__) / f"{name}.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=64)
def classes(without: Collection[str] = frozenset()) -> Mapping[str, str]:
    """word -> the list it is on, with some lists left out."""
    found: dict[str, str] = {}
    for name in LISTS:
        if name not in without:
            for word in words(name):
                found.setdefault(word, name)
    return found
