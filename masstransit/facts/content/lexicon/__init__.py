"""Lists of words by what they do in a sentence: whom it is about, what is said of them, whether it is turned round.

One file a list, one word a line; a line that begins with "#" says what the list is. No list decides alone: a word's
class is one of many features (`structure.py`), training leaves lists out at random so that none is relied on, and
docs/evaluation.md shows what becomes of the figures without each of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from importlib import resources

#: Lists of words for people, and the ground on which those are protected.
GROUNDS: Mapping[str, str] = {
    "religion": "religion", "race": "race", "origin": "origin", "migration": "origin", "location": "location",
    "gender": "gender", "orientation": "orientation", "disability": "disability", "age": "age",
}  # fmt: skip

#: Lists of slurs, and the ground that each attacks.
SLURS: Mapping[str, str] = {
    "slurs-race": "race",
    "slurs-gender": "gender",
    "slurs-orientation": "orientation",
    "slurs-disability": "disability",
}
VIOLENCE = ("killing", "weapons", "harming")

#: Lists of gated goods, by kind, and of words of sex.
WARES = ("sex", "hate", "alcohol", "firearms", "tobacco", "cannabis", "drugs", "gambling", "lending")
EXPLICIT = ("explicit-body", "explicit-acts", "explicit-trade")

#: Every list that structure reads, and its class. A word that is on several is what the first of them says.
LISTS: Mapping[str, str] = {
    **dict.fromkeys(GROUNDS, "G"), "negations": "negations", **dict.fromkeys(SLURS, "slurs"), "lowly": "lowly",
    **dict.fromkeys(VIOLENCE, "violence"), "hating": "hating", "insults": "insults", "derogatory": "derogatory",
    "against": "against", "exclusion": "exclusion", "speech": "speech", "trades": "trades", "things": "things",
    "kindness": "kindness",
}  # fmt: skip


@lru_cache(maxsize=64)
def words(name: str) -> frozenset[str]:
    """The words of one list."""
    lines = (resources.files(__package__) / f"{name}.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=64)
def listed(without: Collection[str] = frozenset()) -> Mapping[str, str]:
    """word -> the list it is on, with some lists left out."""
    found: dict[str, str] = {}
    for name in LISTS:
        if name not in without:
            for word in words(name):
                found.setdefault(word, name)
    return found


@lru_cache(maxsize=64)
def explicit(without: Collection[str] = frozenset()) -> frozenset[str]:
    """Words of sex, with some lists left out."""
    return frozenset().union(*(words(name) for name in EXPLICIT if name not in without))


@lru_cache(maxsize=64)
def wares(without: Collection[str] = frozenset()) -> Mapping[str, str]:
    """word or pair of words -> the kind of gated goods that it names."""
    kinds = [kind for kind in WARES if f"wares-{kind}" not in without]
    return {word: kind for kind in reversed(kinds) for word in words(f"wares-{kind}")}


def swaps(word: str) -> Iterator[str]:
    """The word with two neighbouring letters the wrong way round, in every way."""
    return (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))
