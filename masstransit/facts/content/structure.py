"""Who is meant, what is said of them, and whether it is turned round: what a bag of words can't tell.

    "no muslim should be attacked"      is for people     not . G . modal . violence
    "muslims should be attacked"        is against them   G . modal . violence
    'he wrote "kill all muslims"'       is a report       speech . "violence . all . G"

A text's words become classes (`lexicon/`): any protected group is "G", any word of violence is "violence"; small words
stay as they are, the rest is "*". What is inside quotation marks is marked. Features are the runs of up to four such
signs, pairs of classes at any distance in a sentence and in the text, and the words themselves. A linear model over
them says how much of hate, threat and harassment is in it. A word that is misspelt by one letter, or run together with
its neighbour, is read as what it was meant for.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from masstransit.facts.content.lexicon import GROUNDS, LISTS, SLURS, listed, swaps

BITS = 16
BUCKETS = 1 << BITS
LABELS = ("hate", "threat", "harassment")  #: what structure is asked about
_LONGEST = 120  # words that are read: abuse is short
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|[\"“”.!?;]|(?<!\w)'|'(?!\w)")
_PEOPLE = frozenset((
    "people", "person", "persons", "folk", "folks", "lives", "life", "man", "woman", "guys", "guy", "kids", "kid",
    "child", "children", "families", "family", "community", "communities", "couple", "couples", "student",
    "neighbours", "neighbors", "gente", "personas", "gens", "leute", "menschen",
))  # fmt: skip
#: Words of grammar, which tell nothing alone.
SMALL = frozenset((
    "i", "we", "you", "he", "she", "it", "they", "them", "him", "her", "us", "me", "my", "your", "our", "their",
    "his", "these", "those", "this", "that", "all", "every", "any", "some", "such", "both", "is", "are", "was",
    "were", "be", "been", "being", "am", "'s're", "do", "does", "did", "have", "has", "had", "will", "would",
    "should", "could", "must", "may", "might", "can", "shall", "ought", "need", "needs", "let's", "lets", "let",
    "a", "an", "the", "and", "or", "but", "if", "because", "who", "which", "what", "why", "how", "when", "where",
    "of", "to", "in", "on", "at", "by", "for", "from", "with", "about", "like", "as", "than", "just", "only", "so",
    "too", "very", "more", "most", "nothing", "out", "up", "down", "off", "back", "here", "there", "please", "im",
    "i'm", "youre", "you're", "u", "ur", "r", "gonna", "gotta", "want", "wants", "going", "think", "believe",
    "know", "see", "get", "got", "make", "makes", "made", "myself", "ourselves", "yourself", "themselves", "again",
    "ever", "always", "really", "even", "still", "yes",
))  # fmt: skip
_ALONE = ("slurs", "insults")
_GROUPS = ("G",)
_GROUND = {**GROUNDS, **SLURS}  # list -> ground
_BESIDE = ("violence", "lowly", "derogatory", "hating", "exclusion")
_ENDS = ".!?;"
_QUOTES = "\"“”'"


class Sentence:
    """The signs of one text: one a word, with the ground of each group that is named."""

    __slots__ = ("grounds", "quoted", "said", "signs")

    def __init__(self) -> None:
        self.signs: list[str] = []  #: "G", "violence", "should", "*", "." ...
        self.said: list[str] = []  #: the words themselves, beside their signs
        self.quoted: list[bool] = []
        self.grounds: list[str] = []


class Reader:
    """Reads the structure of plain texts. `known` are words that are no misspelling; `without` are lists left out."""

    def __init__(self, known: Collection[str], without: Collection[str] = frozenset()) -> None:
        self._listed = listed(frozenset(without))
        self._known = frozenset(known)
        self._near = _neighbours(self._listed)
        #: Words that call for a look at structure: alone; groups of people; and what does so beside one of those.
        self.triggers = tuple(self._on(names) for names in (_ALONE, _GROUPS, _BESIDE))

    def read(self, plain: str) -> Sentence:
        """The signs of a text."""
        read = Sentence()
        inside = False
        for word in _WORD.findall(plain)[:_LONGEST]:
            if word in _QUOTES:
                inside = not inside
                continue
            if word in _ENDS:
                self._add(read, word, word, inside=inside)
                continue
            for part in self._parts(word):
                self._add(read, self._sign(part, read), part, inside=inside)
        return read

    def _on(self, names: Collection[str]) -> frozenset[str]:
        return frozenset(word for word, name in self._listed.items() if LISTS[name] in names)

    def _add(self, read: Sentence, sign: str, word: str, *, inside: bool) -> None:
        read.signs.append(sign)
        read.said.append(word)
        read.quoted.append(inside)

    def _sign(self, word: str, read: Sentence) -> str:
        name = self._listed.get(word)
        if name is not None:
            if name in _GROUND:
                read.grounds.append(_GROUND[name])
            return LISTS[name]
        if word in _PEOPLE:
            return "P"
        return word if word in SMALL else "*"

    def _parts(self, word: str) -> Sequence[str]:
        """A word as it was meant: misspelt by one letter, or two words run together."""
        if word in self._listed or word in self._known or len(word) < 4 or not word.isascii():
            return (word,)
        if meant := self._meant(word):
            return (meant,)
        for cut in range(2, len(word) - 1):
            one, other = word[:cut], word[cut:]
            if self._whole(one) and self._whole(other) and (one in self._listed or other in self._listed):
                return (one, other)
        return (word,)

    def _whole(self, word: str) -> bool:
        return word in self._listed or word in self._known or word in SMALL

    def _meant(self, word: str) -> str:
        if found := self._near.get(word):
            return found
        return next((swapped for swapped in swaps(word) if swapped in self._listed), "")


@lru_cache(maxsize=8)
def _neighbours_of(words: frozenset[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for word in sorted(words):
        if len(word) >= 5:
            for at in range(1, len(word)):
                found.setdefault(word[:at] + word[at + 1 :], word)
    return {near: word for near, word in found.items() if near not in words}


def _neighbours(of: Mapping[str, str]) -> Mapping[str, str]:
    """What is left of a listed word when one letter is lost -> the word."""
    return _neighbours_of(frozenset(of))


def marks(read: Sentence) -> list[int]:
    """Buckets of a text's features of structure."""
    return [zlib.crc32(name.encode()) & (BUCKETS - 1) for name in dict.fromkeys(_names(read))]


def _names(read: Sentence) -> list[str]:
    signs = [("q:" + sign if quoted else sign) for sign, quoted in zip(read.signs, read.quoted, strict=True)]
    found = [f"1 {sign}" for sign in signs] + [f"w {word}" for word in read.said]
    for length in (2, 3, 4):
        found += [f"{length} " + " ".join(signs[i : i + length]) for i in range(len(signs) - length + 1)]
    sentence, telling = 0, []
    for sign in signs:
        if sign in _ENDS:
            sentence += 1
        elif sign != "*" and (sign not in SMALL or sign in ("you", "i", "they", "should", "must", "will")):
            telling.append((sentence, sign))
    for place, (one_in, one) in enumerate(telling[:24]):
        for other_in, other in telling[place + 1 : place + 12]:
            found.append(f"{'s' if one_in == other_in else 't'} {one} {other}")
    kinds = sorted({sign for _, sign in telling})
    found.append("k " + " ".join(kinds[:6]))
    return found


#: "No G should be attacked", "we must not let G suffer": violence denied. What denies a hindrance denies nothing.
_DENIED = re.compile(
    r"\bnegations (?:\S+ ){0,4}?(?:should|must|ought|may|can|could|has|have|will|would|deserve"
    r"|let) [^.!?;]*\bviolence\b"
    r"|\b(?:should|must|ought|may|can|could|will|would|did|do|does) negations [^.!?;]*\bviolence\b"
)
_SPOKEN = frozenset(("lowly", "derogatory", "hating", "insults", "slurs", "exclusion"))
_HINDERS = frozenset(("stop", "stops", "stopped", "prevent", "blame", "mind", "save", "help", "escape", "hide"))


def protects(read: Sentence) -> bool:
    """Whether a text denies violence against a group and says nothing against it."""
    if not _SPOKEN.isdisjoint(read.signs) or not _HINDERS.isdisjoint(read.said):
        return False
    return ("G" in read.signs or "P" in read.signs) and _DENIED.search(" ".join(read.signs)) is not None
