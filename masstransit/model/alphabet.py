"""The alphabets of a text message, and how a long text is cut into segments.

A segment carries 140 octets: 160 septets of the GSM 7-bit default alphabet (3GPP TS 23.038 section 6.2.1) or 70 UTF-16
code units (UCS-2). A text of several segments spends six octets of each on the header that joins them (TS 23.040
section 9.2.3.24.1): 153 septets or 67 code units are left. Characters of the extension table count as two septets, and
those beyond the basic plane as two code units; neither is ever cut in half.

`encode` gives *unpacked* septets, one an octet, as SMPP carries them.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable

import msgspec


class Alphabet(enum.Enum):
    """How the characters of a text are written as octets."""

    GSM7 = "gsm7"
    LATIN1 = "latin1"
    UCS2 = "ucs2"


class Segmentation(msgspec.Struct, frozen=True):
    """A text as it goes over the air: one part a segment, at least one."""

    alphabet: Alphabet
    parts: tuple[str, ...]


_ESCAPE = 0x1B
_DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_TO_SEPTETS = {ord(c): chr(septet) for septet, c in enumerate(_DEFAULT) if septet != _ESCAPE} | {
    ord(c): chr(_ESCAPE) + chr(septet) for septet, c in _EXTENSION.items()
}
_FROM_SEPTETS = {septet: c for septet, c in enumerate(_DEFAULT) if septet != _ESCAPE} | {_ESCAPE: " "}
_GSM = frozenset(chr(code) for code in _TO_SEPTETS)
_TWO_SEPTETS = frozenset(_EXTENSION.values())
_ESCAPED = re.compile("\x1b(.)", re.DOTALL)

#: What smart encoding writes instead of characters that would double a message's price: the nearest of the default
#: alphabet that a reader does not trip over.
_LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″〃", '"'),
        **dict.fromkeys("‘’‚‛‹›′`´ʼʻ", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\t", " "),
        **dict.fromkeys("\u200b\u2060\ufeff", ""),
        "…": "...",
        "•": "*",
        "\u2028": "\n",
        "\u2029": "\n",
        "⁄": "/",
        "∶": ":",
        "¸": ",",
        "¯": "-",
        "¦": "|",
    }
)


def is_gsm(text: str) -> bool:
    """Whether every character is in the GSM default alphabet or its extension table."""
    return _GSM.issuperset(text)


def segment(text: str, *, smart: bool = False) -> Segmentation:
    """Cut a text into segments, in the alphabet that needs the fewest.

    `smart` replaces typographic quotes, dashes and spaces by look-alikes where that makes the text GSM 7-bit; a text
    that needs UCS-2 anyway keeps them.
    """
    if not is_gsm(text):
        plain = text.translate(_LOOK_ALIKES) if smart else text
        if plain is text or not is_gsm(plain):
            return Segmentation(Alphabet.UCS2, cut(text, Alphabet.UCS2))
        text = plain
    return Segmentation(Alphabet.GSM7, cut(text, Alphabet.GSM7))


def cut(text: str, alphabet: Alphabet) -> tuple[str, ...]:
    """Cut a text into the segments that it needs in an alphabet. Latin-1 counts as the GSM alphabet does, because the
    carrier that takes Latin-1 turns it into septets."""
    if alphabet is Alphabet.UCS2:
        if len(text) <= 35:
            return (text,)
        return _cut(text, 70, 67, _code_units)
    if len(text) <= 160 and _TWO_SEPTETS.isdisjoint(text):
        return (text,)
    return _cut(text, 160, 153, _septets)


def _cut(text: str, alone: int, joined: int, cost: Callable[[str], int]) -> tuple[str, ...]:
    costs = [cost(c) for c in text]
    if sum(costs) <= alone:
        return (text,)
    parts, start, filled = [], 0, 0
    for at, weight in enumerate(costs):
        if filled + weight > joined:
            parts.append(text[start:at])
            start, filled = at, 0
        filled += weight
    parts.append(text[start:])
    return tuple(parts)


def _septets(character: str) -> int:
    return 2 if character in _TWO_SEPTETS else 1


def _code_units(character: str) -> int:
    return 2 if ord(character) > 0xFFFF else 1


def encode(text: str, alphabet: Alphabet) -> bytes:
    """A text as octets. Raises `UnicodeEncodeError` where the alphabet lacks a character; half a surrogate pair, which
    is no character, goes out as a question mark."""
    if alphabet is Alphabet.UCS2:
        return text.encode("utf-16-be", "replace")
    if alphabet is Alphabet.LATIN1:
        return text.encode("latin-1")
    if not is_gsm(text):
        at = next(i for i, c in enumerate(text) if c not in _GSM)
        raise UnicodeEncodeError("gsm7", text, at, at + 1, "not in the GSM 7-bit alphabet")
    return text.translate(_TO_SEPTETS).encode("latin-1")


def decode(octets: bytes, alphabet: Alphabet) -> str:
    """Octets as a text. It never fails: half a surrogate pair becomes U+FFFD, an escape that stands for nothing a
    space (TS 23.038 6.2.1.1), and octets above 0x7F, which are no septets, are read as Latin-1 together with all the
    others: that is what those who send them mean."""
    if alphabet is Alphabet.UCS2:
        return octets.decode("utf-16-be", "replace")
    read = octets.decode("latin-1")
    if alphabet is Alphabet.LATIN1 or not octets.isascii():
        return read
    if _ESCAPE not in octets:
        return read.translate(_FROM_SEPTETS)
    pieces = _ESCAPED.split(read)  # plain, escaped, plain, escaped ...
    pieces[0::2] = [plain.translate(_FROM_SEPTETS) for plain in pieces[0::2]]
    pieces[1::2] = [_EXTENSION.get(ord(c)) or _FROM_SEPTETS[ord(c)] for c in pieces[1::2]]
    return "".join(pieces)
