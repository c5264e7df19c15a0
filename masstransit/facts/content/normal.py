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
from collections.abc import Callable, Collection
from functools import lru_cache
from importlib import resources

import msgspec

#: Nothing is seen of these. Other scripts and emoji need joiners and direction marks: see `_HIDDEN`.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\U000e0000-\U000e0fff]+"
)
_HIDDEN = re.compile(f"(?<=[A-Za-z]){_INVISIBLE.pattern}(?=[A-Za-z])")
_ACCENTS = re.compile("[\u0300-\u036f]+")
#: Marks that no language writes so: struck through, or two beyond what makes a letter of an alphabet.
_PILED = re.compile("[a-z][\u0334-\u0338]|[^\\W\\d_][\u0300-\u036f]{2,}", re.IGNORECASE)
#: White letters on black circles and squares, which NFKC leaves.
_SHIELDS = {start + offset: chr(ord("a") + offset) for start in (0x1F150, 0x1F170) for offset in range(26)}
_PUNCTUATION = (
    ("\u00a0", " "),
    ("\u2019", "'"),
    ("\u2018", "'"),
    ("\u201c", '"'),
    ("\u201d", '"'),
    ("\u2013", "-"),
    ("\u2014", "-"),
)
#: Beyond the Latin letters with accents, punctuation and the signs of money.
_STRANGE = re.compile("[^\x00-\xac\xae-\u024f\u2010-\u2027\u2030-\u203a\u20a0-\u20bf]")
_DRESSED = re.compile("[\u2460-\u24ff\U0001d400-\U0001d7ff\U0001f130-\U0001f169\U0001f170-\U0001f189]")
_WIDE = re.compile("[\uff21-\uff3a\uff41-\uff5a]")
_HAN = re.compile("[\u3040-\u9fff\uac00-\ud7a3]")

_DEFANGED = re.compile(
    r"\bhxxp(?=s?:)|\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|(?<=\w) dot (?=(?:com|net|org|info)\b)|\[:\]|\[://\]"
)
_FANGS = {"hxxp": "http", "[:]": ":", "[://]": "://"}

_RUN = re.compile(r" (?:[^ ] ){3}")
_APART = re.compile(
    r"(?<![\w@$])(?:[^\W_]|[@$])(?P<sep>[ .*_\-~\u00b7\u2022|/])(?:[\w@$!|+](?P=sep)){1,60}(?:[^\W_]|[@$])"
    r"(?![\w@$])"
)
_SIGN = r"a-z0-9@$!|+"
_MIXED = re.compile(rf"(?<![\w@$./:&#-])(?=[0-9@$!|+]*[a-z])(?=[a-z]*[0-9@$!|+])[{_SIGN}]{{2,24}}(?![\w@/&-]|\.\w)")
_LEET = str.maketrans("4@305$7+89", "aaeosst" + "tbg")
_ONES = re.compile(r"[1!|]")
#: Digits that are no letters: amounts with their unit, ordinals, codes, and the shorthand that people write.
_PLAIN = re.compile(
    r"\d+(?:p|ppm|pm|am|st|nd|rd|th|k|m|km|kg|g|gb|mb|mins?|hrs?|h|d|s|x|yrs?|wks?|days?|pd|per|c|f|e|usd|eur|gbp)"
    r"|.*\d{3,}.*|.\d|\d.|(?:2|4)\w+|\w+(?:2|4)|\w*(?:8|9)\w*|\d{2,}\w+|[a-z]\d{1,2}|\w+\+"
)
_INSIDE = re.compile(r"(?:[a-z]+[01345$7]){1,4}[a-z]+")  # an unknown word is read so only where letters stand around
_CYRILLIC = str.maketrans("aeopcxykmhtb", "аеорсхукмнтв")
_BEFORE, _AFTER = "\"'(", "\"').,:;?!"  # what stands around words
_LONGEST = 40  # characters of a word that is looked at for signs
_MOST = 50_000  # words that are remembered


class Normal(msgspec.Struct, frozen=True):
    """A text made plain, in lower case, and the kinds of obfuscation that were undone."""

    text: str
    undone: tuple[str, ...] = ()
    written: str = ""  #: as it was written, with its capitals, in letters that can be read


class _Words(dict[str, str]):
    """word as written -> word as read, worked out once. Forgotten together when they are too many."""

    def __init__(self, read: Callable[[str], str]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, written: str) -> str:
        if len(self) >= _MOST:
            self.clear()
        read = self[written] = self._read(written)
        return read


class Normaliser:
    """Undoes obfuscation. `words` are those that are known: they decide where a sign may be one letter or another."""

    def __init__(self, words: Collection[str] = ()) -> None:
        self._known = frozenset(words)
        self._words = _Words(self._word)

    def normal(self, text: str) -> Normal:
        """The text made plain."""
        undone: dict[str, None] = {}
        shown = text if text.isascii() or _STRANGE.search(text) is None else _shown(text, undone)
        if "   " in shown:
            shown = _closed_up(shown, undone)
        plain = shown.lower() if shown.isascii() else self._letters(shown, undone)
        plain = f" {plain} ".replace("\n", " ").replace("\t", " ")
        if "[" in plain or "(" in plain or "hxxp" in plain or " dot " in plain or "{" in plain:
            plain = self._links(plain, undone)
        if _RUN.search(plain) is not None:
            plain = self._joined(plain, undone)
        words = plain.split()
        read = [word if word.isalpha() else self._words[word] for word in words]
        if read != words:
            apart = any(_APART.search(word) for word, now in zip(words, read, strict=True) if word != now)
            undone["spaced" if apart else "leet"] = None
        return Normal(" ".join(read), tuple(undone), shown)

    def _links(self, plain: str, undone: dict[str, None]) -> str:
        whole, links = _DEFANGED.subn(lambda m: _FANGS.get(m[0], "."), plain)
        if links:
            undone["defanged"] = None
        return whole

    def _joined(self, plain: str, undone: dict[str, None]) -> str:
        joined = _APART.sub(self._together, plain)
        if joined != plain:
            undone["spaced"] = None
        return joined

    def _letters(self, shown: str, undone: dict[str, None]) -> str:
        """Without accents, in small letters, with plain quotation marks."""
        if _ACCENTS.search(shown) and _PILED.search(unicodedata.normalize("NFC", shown)):
            undone["accents"] = None
        parts = unicodedata.normalize("NFD", shown)
        plain = unicodedata.normalize("NFC", _ACCENTS.sub("", parts)).lower()
        for written, read in _PUNCTUATION:
            plain = plain.replace(written, read)
        return plain

    def _together(self, match: re.Match[str]) -> str:
        """'f r e e' is 'free'. Three letters are joined only into a word that is known; digits are left."""
        joined = match[0][::2]
        if not any(c.isalpha() for c in joined):
            return match[0]
        read = joined if joined.isalpha() else self._read(joined)
        if read in self._known or (len(read) > 3 and match["sep"] not in "/|"):
            return self._cut(read)
        return match[0]

    def _cut(self, joined: str) -> str:
        """Letters that were set apart over several words: 'athreat' is 'a threat'."""
        if joined in self._known or not self._known:
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
        if sum(part not in self._known for part in parts) * 3 > len(parts):
            return joined
        return " ".join(reversed(parts))

    def _costs(self, joined: str, end: int, best: list[tuple[float, int]]) -> list[tuple[float, int]]:
        """What each last word would cost that ends here: a known word little, an unknown letter much."""
        return [
            (best[start][0] + (1.0 if joined[start:end] in self._known else 2.5 * (end - start)), start)
            for start in range(max(0, end - 16), end)
        ]

    def _word(self, written: str) -> str:
        """'f.r.e.e' and 'fr33' are 'free'; '150p', '2nd', 'gr8' and links are what they are."""
        if written.upper() == written or len(written) > _LONGEST:  # no letter in it
            return written
        if written.lstrip(_BEFORE).rstrip(_AFTER).isalpha():  # as most: a word at the end of a sentence
            return written
        joined = _APART.sub(self._together, written)
        return _MIXED.sub(self._unsigned, joined)

    def _unsigned(self, match: re.Match[str]) -> str:
        written = match[0]
        tail = written.rstrip("!|+")
        if not tail or tail.isalpha() or tail.isdigit():
            return written
        read = self._read(tail)
        if read in self._known or (_INSIDE.fullmatch(tail) and not _PLAIN.fullmatch(tail)):
            return read + written[len(tail) :]
        return written

    def _read(self, written: str) -> str:
        """Letters for signs; a one is the letter that makes a known word."""
        letters = written.translate(_LEET)
        first = _ONES.sub("i", letters)
        if first in self._known or first == letters:
            return first
        second = _ONES.sub("l", letters)
        return second if second in self._known else first


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
    "[A-Za-z\u0180-\u024f\u0250-\u02af\u0370-\u058f\u13a0-\u13ff\u1c80-\u1c8f\u2c80-\u2cff"
    "\ua4d0-\ua4ff\ua640-\ua69f\uab30-\uabbf\U00010400-\U0001044f]+"
)


def _shown(text: str, undone: dict[str, None]) -> str:
    """Compatibility forms folded, what is invisible gone, look-alikes in Latin."""
    if _HIDDEN.search(text):
        undone["zero-width"] = None
    shown = _INVISIBLE.sub("", text)
    if _DRESSED.search(shown):
        shown = shown.translate(_SHIELDS)
        undone["homoglyphs"] = None
    if _WIDE.search(shown) and _HAN.search(shown) is None:
        undone["homoglyphs"] = None
    return _latin(unicodedata.normalize("NFKC", shown), undone)


def _closed_up(text: str, undone: dict[str, None]) -> str:
    """A text of words in which every other character is a space ("w i n   a   p r i z e"), without those."""
    if len(text) < 12 or set(text[1::2]) != {" "}:
        return text
    undone["spaced"] = None
    return text[::2]


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
