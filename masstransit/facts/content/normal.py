"""A text as a person reads it: what was written to slip past a machine is undone before anything is read.

    normal("Ｆr33 ass\u200bets: hxxps://bad[.]example")  # -> "free assets: https://bad.example", and what was undone

In order: compatibility forms (NFKC) and invisible characters; look-alike letters of other scripts, by the skeletons of
UTS #39; accents; links that were made harmless to look at ("hxxp", "[.]"); letters set apart ("f r e e", "f.r.e.e");
digits and signs for letters ("fr33", "a$$ets"). A text in Cyrillic, Greek, Arabic, Devanagari or Han is not obfuscated
for being so: a look-alike counts only in a word, or a text, that is otherwise Latin.

Everything is undone the same way in training and in reading. What can't be told ("1" is "i" or "l") is decided by the
vocabulary that the weights carry.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from importlib import resources

import msgspec

#: Nothing is seen of these. Joiners and direction marks are needed in other scripts and in emoji: see `_hidden`.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\U000e0000-\U000e0fff]+"
)
_HIDDEN = re.compile(f"(?<=[A-Za-z]){_INVISIBLE.pattern}(?=[A-Za-z])")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_PILED = re.compile("[A-Za-z][\u0300-\u036f]{2,}")
#: White letters on black circles and squares, which NFKC leaves.
_SHIELDS = {start + offset: chr(ord("a") + offset) for start in (0x1F150, 0x1F170) for offset in range(26)}
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
                                      "\u202f\u205f\u3000", " "))  # fmt: skip
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"})

_DEFANGED = re.compile(
    r"\bhxxp(?=s?:)|\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|(?<=\w) dot (?=(?:com|net|org|info)\b)|\[:\]|\[://\]"
)
_FANGS = {"hxxp": "http", "[:]": ":", "[://]": "://"}

_SIGN = r"a-z0-9@$!|+"
_APART = re.compile(
    rf"(?<![\w@$])(?P<first>[a-z0-9@$])(?P<sep>[ .*_\-~·•|/])(?:[{_SIGN}](?P=sep)){{1,60}}[a-z0-9@$](?![\w@$])"
)
_MIXED = re.compile(rf"(?<![\w@$./:&#-])(?=[0-9@$!|+]*[a-z])(?=[a-z]*[0-9@$!|+])[{_SIGN}]{{2,24}}(?![\w@/&-]|\.\w)")
#: Something in an ASCII text that may have to be undone.
_ODD = re.compile(
    r"[a-z][0-9@$!|+][a-z]|[0-9@$][a-z]{2}|[a-z]{2}[0-9@$|+]|(?<![\w])[a-z0-9@$][ .*_\-~|/][a-z0-9@$!|][ .*_\-~|/][a-z0-9@$]"
    r"|hxxp|[\[({](?:\.|dot|:)| dot "
)
_LEET = str.maketrans("4@305$7+89", "aaeosstt" + "bg")
_ONES = re.compile(r"[1!|]")
#: Digits that are no letters: amounts with their unit, ordinals, and the shorthand that people write.
_PLAIN = re.compile(
    r"\d+(?:p|ppm|pm|am|st|nd|rd|th|k|m|km|kg|g|gb|mb|mins?|min|hrs?|hr|h|d|s|x|yrs?|wks?|days?|pd|per|c|f|e|usd|eur|gbp)"
    r"|\D*\d{3,}\D*|[2-9]\w|\w[2-9]|(?:2|4)\w+|\w+(?:2|4)|\w*(?:8|9)\w*|\d{2,}\w+|[a-z]\d{1,2}|\w+!+|\w+\+"
)
_CYRILLIC = str.maketrans("aeopcxykmhtb", "аеорсхукмнтв")


class Normal(msgspec.Struct, frozen=True):
    """A text made plain, in lower case, and the kinds of obfuscation that were undone."""

    text: str
    undone: tuple[str, ...] = ()


class Normaliser:
    """Undoes obfuscation. `words` are those that are known: they decide where a sign may be one letter or another."""

    def __init__(self, words: Collection[str] = ()) -> None:
        self._words = frozenset(words)

    def normal(self, text: str) -> Normal:
        """The text made plain."""
        lowered = text.lower()
        if lowered.isascii() and _ODD.search(lowered) is None:
            return Normal(lowered)
        undone: dict[str, None] = {}
        plain = lowered if lowered.isascii() else self._letters(text, undone)
        if _ODD.search(plain) is not None:
            plain = self._signs(plain, undone)
        return Normal(plain, tuple(undone))

    def _letters(self, text: str, undone: dict[str, None]) -> str:
        """Compatibility forms, invisible characters, look-alikes and accents."""
        if _HIDDEN.search(text):
            undone["zero-width"] = None
        shown = _INVISIBLE.sub("", text).translate(_SHIELDS)
        folded = unicodedata.normalize("NFKC", shown)
        if _styled(shown):
            undone["homoglyphs"] = None
        latin = _latin(folded, undone)
        parts = unicodedata.normalize("NFD", latin)
        if _PILED.search(parts):
            undone["accents"] = None
        return unicodedata.normalize("NFC", _ACCENTS.sub("", parts)).lower().translate(_SPACES).translate(_QUOTES)

    def _signs(self, plain: str, undone: dict[str, None]) -> str:
        """Links, letters set apart, and digits for letters."""
        whole, links = _DEFANGED.subn(lambda m: _FANGS.get(m[0], "."), plain)
        joined, sets = _APART.subn(self._together, whole)
        if links:
            undone["defanged"] = None
        if sets and joined != whole:
            undone["spaced"] = None
        read = _MIXED.sub(self._word, joined)
        if read != joined:
            undone["leet"] = None
        return read

    def _together(self, match: re.Match[str]) -> str:
        """'f r e e' is 'free'. Three letters are joined only into a word that is known; digits are left."""
        joined = match[0][::2]
        if not any(c.isalpha() for c in joined) or joined.isdigit():
            return match[0]
        read = self._read(joined) if not joined.isalpha() else joined
        if read in self._words or (len(read) > 3 and match["sep"] not in "/|"):
            return self._cut(read)
        return match[0]

    def _cut(self, joined: str) -> str:
        """Letters that were set apart over several words: 'athreat' is 'a threat'."""
        if joined in self._words or not self._words:
            return joined
        best: list[tuple[float, int]] = [(0.0, 0)]
        for end in range(1, len(joined) + 1):
            best.append(min(self._costs(joined, end, best)))
        parts: list[str] = []
        end = len(joined)
        while end:
            start = best[end][1]
            parts.append(joined[start:end])
            end = start
        if sum(part not in self._words for part in parts) * 3 > len(parts):
            return joined
        return " ".join(reversed(parts))

    def _costs(self, joined: str, end: int, best: list[tuple[float, int]]) -> list[tuple[float, int]]:
        """What each last word would cost that ends here: a known word little, a long one less, an unknown letter much."""
        return [
            (best[start][0] + (1.0 if joined[start:end] in self._words else 2.5 * (end - start)), start)
            for start in range(max(0, end - 16), end)
        ]

    def _word(self, match: re.Match[str]) -> str:
        """'fr33' is 'free'; '150p', '2nd', 'gr8' and 'b4' are what they are."""
        written = match[0]
        tail = written.rstrip("!|+")
        end = written[len(tail) :]
        if not tail or tail.isalpha() or tail.isdigit():
            return written
        read = self._read(tail)
        if read in self._words or not _PLAIN.fullmatch(tail):
            return read + end
        return written

    def _read(self, written: str) -> str:
        """Letters for signs; a one is the letter that makes a known word."""
        letters = written.translate(_LEET)
        first = _ONES.sub("i", letters)
        if first in self._words or first == letters:
            return first
        second = _ONES.sub("l", letters)
        return second if second in self._words else first


@lru_cache(maxsize=1)
def lookalikes() -> dict[int, str]:
    """letter -> ASCII letter. A small letter that the table lacks looks like its capital does, where that is there."""
    rows = (resources.files(__package__) / "lookalikes.txt").read_text("utf-8").splitlines()
    table = {row[0]: row[2].lower() for row in rows if not row.startswith("#")}
    for capital, looks in list(table.items()):
        small = capital.lower()
        if len(small) == 1 and small not in table and not small.isascii():
            table[small] = looks
    return {ord(letter): looks for letter, looks in (table | {"\u03b7": "n", "\u0433": "r"}).items()}


_OTHER_WORD = re.compile(
    "[A-Za-z\u0180-\u024f\u0250-\u02af\u0370-\u058f\u13a0-\u13ff\u1c80-\u1c8f\u2c80-\u2cff\ua4d0-\ua4ff\ua640-\ua69f\uab30-\uabbf\U00010400-\U0001044f]+"
)  # noqa: E501


def _styled(text: str) -> bool:
    """Letters in mathematical, circled or full-width dress. Full-width is dress only where no Han is about."""
    return any("\U0001d400" <= c <= "\U0001d7ff" or "\u2460" <= c <= "\u24ff" for c in text) or (
        any("\uff21" <= c <= "\uff5a" for c in text) and not any("\u3040" <= c <= "\u9fff" for c in text)
    )


def _latin(text: str, undone: dict[str, None]) -> str:
    """Look-alikes replaced: in words that mix scripts, and in words of look-alikes alone where the text is Latin."""
    words = [word for word in _OTHER_WORD.findall(text) if not word.isascii()]
    table = lookalikes()
    if not any(ord(c) in table for word in words for c in word):
        return text
    latin = not any(_foreign(word, table) for word in words) and any(c.isascii() and c.isalpha() for c in text)

    def plain(match: re.Match[str]) -> str:
        word = match[0]
        if word.isascii():
            return word
        mixed = any(c.isascii() for c in word)
        if _foreign(word, table):
            if not mixed:
                return word
            undone["mixed-scripts"] = None
            own = sum(not c.isascii() for c in word)
            return word.lower().translate(_CYRILLIC) if own > len(word) / 2 else word.translate(table)
        if mixed or latin:
            read = word.translate(table)
            if read != word and any(ord(c) >= 0x250 and ord(c) in table for c in word):
                undone["homoglyphs"] = None
            return read
        return word

    return _OTHER_WORD.sub(plain, text)


def _foreign(word: str, table: dict[int, str]) -> bool:
    """Whether a word has letters of another script that look like no Latin letter."""
    return any(ord(c) >= 0x370 and ord(c) not in table for c in word)
