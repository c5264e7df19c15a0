"""Words of drills: templates whose alternatives and slots a seed fills, and the disguises that abuse puts on.

A template holds alternatives in brackets, one of which is taken, and slots in braces: "[Hi|Hello] {name}, {amount}".
Brands and people are invented; links lead to names that nobody can own (RFC 2606: `.example`, `.test`).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

NAMES = (
    "Amara", "Ben", "Carla", "Dmitri", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jamal", "Kei", "Lucia", "Marek",
    "Nadia", "Omar", "Priya", "Quinn", "Rosa", "Sam", "Thuy", "Uwe", "Vera", "Wes", "Ximena", "Yusuf", "Zoe",
)  # fmt: skip
BRANDS = (
    "Alder Row", "Bluefin", "Cobalt Lane", "Dunmore", "Easterly", "Fennel & Co", "Glasswing", "Harrow Mill",
    "Iris Point", "Juniper Hall", "Kestrel", "Larkspur", "Marlow", "Nettlecombe", "Oakhanger", "Plumtree",
)  # fmt: skip
_STREETS = ("Elm St", "Mill Rd", "Harbor Ave", "3rd St", "Orchard Ln", "Station Rd", "Lake Dr", "Chapel Hill")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_HOST_WORDS = ("secure", "update", "verify", "help", "notice", "portal", "check", "care", "desk", "claims", "info")
_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")


class _Slots(dict[str, Any]):
    """Slots that were given, and those that every text may use."""

    def __init__(self, chance: random.Random, given: Mapping[str, Any], *, honest: bool) -> None:
        super().__init__(given)
        self._chance = chance
        self._honest = honest

    def __missing__(self, name: str) -> str:
        if name == "link":
            drawn = home(self._chance, self["brand"]) if self._honest else link(self._chance)
        else:
            drawn = _DRAWN[name](self._chance)
        self[name] = drawn
        return drawn


_DRAWN: Mapping[str, Callable[[random.Random], str]] = {
    "name": lambda chance: chance.choice(NAMES),
    "brand": lambda chance: chance.choice(BRANDS),
    "amount": lambda chance: f"${chance.randint(6, 480)}.{chance.randint(0, 99):02d}",
    "small": lambda chance: f"${chance.randint(1, 4)}.{chance.randint(1, 99):02d}",
    "large": lambda chance: f"${chance.randint(2, 95)},{chance.randint(0, 999):03d}",
    "rent": lambda chance: f"${chance.randint(80, 320) * 10}",
    "digits": lambda chance: f"{chance.randint(0, 9999):04d}",
    "count": lambda chance: str(chance.randint(2, 90)),
    "date": lambda chance: f"{chance.randint(1, 28)}/{chance.randint(1, 12)}",
    "code": lambda chance: f"{chance.randint(0, 999_999):06d}",
    "order": lambda chance: f"{chance.choice('ABCDEFGH')}{chance.randint(10_000, 99_999)}",
    "time": lambda chance: f"{chance.randint(8, 17)}:{chance.choice(('00', '15', '30', '45'))}",
    "day": lambda chance: chance.choice(_DAYS),
    "street": lambda chance: f"{chance.randint(1, 990)} {chance.choice(_STREETS)}",
    "percent": lambda chance: str(chance.choice((10, 15, 20, 25, 30, 40, 50))),
}


def say(chance: random.Random, template: str, *, honest: bool = False, **slots: Any) -> str:
    """A text out of a template: innermost alternatives first, then the slots. Who is `honest` links to a domain of
    their own, as carriers ask (CTIA Messaging Principles 5.3)."""
    while _CHOICE.search(template):
        template = _CHOICE.sub(lambda found: chance.choice(found[1].split("|")), template)
    return template.format_map(_Slots(chance, slots, honest=honest))


def link(chance: random.Random, about: str = "", *, scheme: bool = True) -> str:
    """A link to nowhere; `about` is a word its host pretends by."""
    words = [word for word in (about, chance.choice(_HOST_WORDS)) if word]
    host = chance.choice(("-", "", ".")).join(words) + chance.choice(("", str(chance.randint(1, 99))))
    path = "".join(chance.choices("abcdefghijkmnpqrstuvwxyz23456789", k=chance.randint(3, 7)))
    begin = chance.choice(("https://", "http://")) if scheme else ""
    return f"{begin}{host}.{chance.choice(('example', 'test'))}/{path}"


def home(chance: random.Random, brand: str) -> str:
    """A link to a brand's own domain."""
    path = "".join(chance.choices("abcdefghijkmnpqrstuvwxyz23456789", k=chance.randint(3, 7)))
    host = re.sub(r"[^a-z0-9]", "", brand.casefold()) or "shop"
    return f"https://{chance.choice(('', 'www.', 'go.', 'm.'))}{host}.{chance.choice(('example', 'test'))}/{path}"


# --- disguises ------------------------------------------------------------------------------------------------------

_LEET = str.maketrans("aeiostAEIOST", "4310574310$7")
_TWINS = str.maketrans("aceopxyijsABCEHKMOPTXY", "асеорхуіјѕАВСЕНКМОРТХУ")
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_WORD = re.compile(r"[A-Za-z]{4,}")
_URL = re.compile(r"https?://\S+")


def _some(chance: random.Random, text: str, change: Callable[[str], str], share: float = 0.6) -> str:
    """Some of a text's longer words, changed; links stay, else nobody could follow them."""
    parts = re.split(r"(https?://\S+)", text)
    return "".join(
        part if _URL.match(part) else _WORD.sub(lambda w: change(w[0]) if chance.random() < share else w[0], part)
        for part in parts
    )


def leet(chance: random.Random, text: str) -> str:
    """Digits for letters: "v3rify y0ur acc0unt"."""
    return _some(chance, text, lambda word: word.translate(_LEET))


def twins(chance: random.Random, text: str) -> str:
    """Letters of another script that look the same (UTS #39)."""
    return _some(chance, text, lambda word: word.translate(_TWINS))


def zero_width(chance: random.Random, text: str) -> str:
    """Characters without width within words."""
    unseen = chance.choice("\u200b\u200c\u200d\u2060")
    return _some(chance, text, lambda word: word[:2] + unseen + word[2:])


def spaced(chance: random.Random, text: str) -> str:
    """L e t t e r s apart."""
    by = chance.choice((" ", ".", "-"))
    return _some(chance, text, by.join, share=0.35)


def wide(chance: random.Random, text: str) -> str:
    """Full-width forms."""
    return _some(chance, text, lambda word: word.translate(_WIDE), share=0.4)


def cased(chance: random.Random, text: str) -> str:
    """mIxeD cAse."""
    return _some(chance, text, lambda word: "".join(chance.choice((c.lower(), c.upper())) for c in word))


def defanged(chance: random.Random, text: str) -> str:
    """Links that a machine should not see: hxxp, [.]"""

    def blunt(found: re.Match[str]) -> str:
        return (
            found[0]
            .replace("http", chance.choice(("hxxp", "http")))
            .replace(".", chance.choice(("[.]", "(dot)", " . ")))
        )

    return _URL.sub(blunt, text)


DISGUISES: Sequence[Callable[[random.Random, str], str]] = (leet, twins, zero_width, spaced, wide, cased, defanged)


def disguise(chance: random.Random, text: str) -> str:
    """One disguise or two, by chance."""
    for change in chance.sample(DISGUISES, chance.randint(1, 2)):
        text = change(chance, text)
    return text
