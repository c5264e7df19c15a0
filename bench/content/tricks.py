"""A text as somebody writes it who wants to slip past a machine: one function a trick, always the same for a text."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Mapping

_CYRILLIC = str.maketrans("aeopcxyisjAEOPCXTHKMB", "аеорсхуіѕјАЕОРСХТНКМВ")
_GREEK = str.maketrans("aovutnkp", "αονυτηκρ")
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_SIGNS = str.maketrans("asiSA", "@$!$@")
_WORD = re.compile(r"[A-Za-z]{4,}")


def _chance(text: str) -> random.Random:
    return random.Random(zlib.crc32(text.encode()))


def _styled(base: int) -> Callable[[str], str]:
    def write(text: str) -> str:
        return "".join(
            chr(base + ord(c) - 65) if "A" <= c <= "Z" else chr(base + 26 + ord(c) - 97) if "a" <= c <= "z" else c
            for c in text
        )

    return write


def _some(text: str, change: Callable[[str], str], share: float) -> str:
    """Some of the longer words changed."""
    chance = _chance(text)
    return _WORD.sub(lambda m: change(m[0]) if chance.random() < share else m[0], text)


def _mixed(text: str) -> str:
    chance = _chance(text)
    return "".join(c.translate(_CYRILLIC) if chance.random() < 0.5 else c.translate(_GREEK) for c in text)


def _between(text: str, sign: str) -> str:
    return _WORD.sub(lambda m: sign.join(m[0]), text)


def _typo(word: str) -> str:
    return word[:2] + word[3] + word[2] + word[4:]


def _half(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: _some(text, change, 0.5)


def _joined(text: str) -> str:
    chance = _chance(text)
    return re.sub(" ", lambda _: "" if chance.random() < 0.34 else " ", text)


TRICKS: Mapping[str, Callable[[str], str]] = {
    "homoglyphs (Cyrillic)": lambda text: text.translate(_CYRILLIC),
    "homoglyphs (Greek)": lambda text: text.translate(_GREEK),
    "mixed scripts": _mixed,
    "mathematical letters": _styled(0x1D5D4),
    "full-width letters": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "zero-width characters": lambda text: _between(text, "\u200b"),
    "soft hyphens": lambda text: _between(text, "\u00ad"),
    "piled accents": lambda text: _between(text, "\u0336"),
    "leet, digits": lambda text: re.sub(r"[A-Za-z]{3,}", lambda m: m[0].translate(_LEET), text),
    "leet, signs": lambda text: re.sub(r"[A-Za-z]{3,}", lambda m: m[0].translate(_SIGNS), text),
    "half of the words in leet": _half(lambda word: word.translate(_LEET)),
    "half of the words spaced out": _half(" ".join),
    "half of the words dotted": _half(".".join),
    "all letters spaced out": " ".join,
    "points between the letters": lambda text: _between(text, "."),
    "emoji between the words": lambda text: text.replace(" ", " \U0001f525 "),
    "capitals at random": lambda text: "".join(c.upper() if i * 7 % 3 else c.lower() for i, c in enumerate(text)),
    "defanged links": lambda text: re.sub(r"(?<=\w)\.(?=\w)", "[.]", text.replace("http", "hxxp")),
    "capitals": str.upper,
    "small letters": str.lower,
    "a third of the words misspelt": lambda text: _some(text, _typo, 0.34),
    "no spaces between a third of the words": _joined,
}
