"""Our own templates as examples: what the published sets are too old, too small or too English to have.

A file of `written/` has lines of templates under headings. A heading begins with "@", names the labels that hold, those
that are left open ("?label"), and after ";" the language:

    @ phishing impersonation ?spam ; es
    {bank}: su cuenta está (bloqueada|suspendida). Entre en {badlink}

A slot in braces is filled from `slots.txt` or with made-up letters and digits ({n4}: four digits, {c}: a path); a
choice in round brackets that has a bar is made. Every filling of one line is one group, so that a line is learned from
or tested on, never both.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from bench.content.sets import Example
from masstransit.facts.content.labels import LABELS

FOLDER = Path(__file__).parent / "written"
_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
_SLOT = re.compile(r"\{(\w+)(?:\|[^{}]*)?\}")
FILLINGS = 20  # of each line
#: What a business writes is written with more before and after it, so that a way out, a number to call or a link is no
#: sign of anything: files whose lines without a label are so.
_BUSINESS = ("lawful", "business", "health", "shaft")
_BEFORE, _AFTER, _BARE = 0.2, 0.5, 0.35  # how often
_SHORT = 45  # characters of a line that is nothing without its link
_SLIPS, _HALF = 0.12, 0.5
_WAYS = re.compile(r"[.,:]? ?\{(?:optout|goodlink)\}")
_ENDS = re.compile(r"\{(?:optout|phone|goodlink|badlink)\}|\|")


@lru_cache(maxsize=1)
def _slots() -> Mapping[str, tuple[str, ...]]:
    found = {}
    for line in (FOLDER / "slots.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, values = line.partition(":")
            found[name.strip()] = tuple(value.strip() for value in values.split(" | "))
    return found


class Filler:
    """Fills templates, the same way for the same seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def fill(self, template: str) -> str:
        """One text out of a template."""
        text = template
        for _ in range(6):
            text = _CHOICE.sub(lambda m: self._chance.choice(m[1].split("|")), text)
            filled = _SLOT.sub(lambda m: self._slot(m[1]), text)
            if filled == text:
                break
            text = filled
        return self._dressed(text)

    def _slot(self, name: str) -> str:
        if values := _slots().get(name):
            return self._chance.choice(values)
        if name == "c":
            return "".join(self._chance.choices("abcdefghkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=6))
        if name == "L":
            return self._chance.choice("ABCDEFGHJKLMNPQRSTUVWXYZ")
        if name[0] == "n" and name[1:].isdigit():
            return str(self._chance.randint(1, 9)) + "".join(self._chance.choices("0123456789", k=int(name[1:]) - 1))
        raise ValueError(f"no slot is called '{name}'; add it to slots.txt")

    def framed(self, template: str) -> str:
        """A business's line with something before it or after it, as often as not."""
        if not template.startswith(("{", "(")) and self._chance.random() < _BEFORE:
            template = "{head} " + template
        if _ENDS.search(template[-24:]) is None and self._chance.random() < _AFTER:
            template += ("" if template.endswith((".", "!", "?")) else ".") + " {tail}"
        return template

    def bare(self, template: str) -> str:
        """A line of advertising without its link or its way out, now and then."""
        return _WAYS.sub("", template) if self._chance.random() < _BARE else template

    def aside(self, template: str) -> str:
        """A line of abuse with a word to the reader before it, now and then."""
        return "{aside} " + template if self._chance.random() < _BEFORE else template

    def _slipped(self, text: str) -> str:
        """Two letters of a word swapped, or two words run together."""
        words = text.split(" ")
        at = self._chance.randrange(len(words))
        word = words[at]
        if self._chance.random() < _HALF and len(word) > 4 and word.isalpha():
            cut = self._chance.randrange(1, len(word) - 2)
            words[at] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
        elif word.isalpha() and at + 1 < len(words):
            words[at : at + 2] = [word + words[at + 1]]
        return " ".join(words)

    def _dressed(self, text: str) -> str:
        """Case and points as people happen to write them."""
        if self._chance.random() < _SLIPS:
            text = self._slipped(text)
        dress = self._chance.random()
        if dress < 0.08:
            return text.lower()
        if dress < 0.12:
            return text.upper()
        if dress < 0.3:
            return text + self._chance.choice((".", "!", "..", " ", "!!"))
        return text


def templates() -> Iterator[tuple[str, str, Mapping[str, bool], str]]:
    """file, template, what is known of its labels, language."""
    for file in sorted(FOLDER.glob("*.txt")):
        known: Mapping[str, bool] = {}
        language = "en"
        for line in file.read_text("utf-8").splitlines() if file.stem != "slots" else ():
            if line.startswith("@"):
                known, language = _heading(line)
            elif line and not line.startswith("#"):
                yield file.stem, line, known, language


def _heading(line: str) -> tuple[Mapping[str, bool], str]:
    names, _, language = line[1:].partition(";")
    named = names.split()
    unknown = {name[1:] for name in named if name.startswith("?")}
    held = {name for name in named if not name.startswith("?")}
    if wrong := (unknown | held) - set(LABELS):
        raise ValueError(f"no label is called {', '.join(sorted(wrong))}")
    return {label: label in held for label in LABELS if label not in unknown}, language.strip() or "en"


def _around(filler: Filler, file: str, template: str, known: Mapping[str, bool], language: str) -> str:
    if language == "en" and file in _BUSINESS and not any(known.values()):
        return filler.framed(template)
    if language == "en" and known.get("spam") and len(template) > _SHORT:
        return filler.bare(template)
    if language == "en" and known.get("threat"):
        return filler.aside(template)
    return template


def written(seed: int) -> list[Example]:
    """Every template, filled."""
    found: dict[str, Example] = {}
    for file, template, known, language in templates():
        filler = Filler(seed + zlib.crc32(template.encode()))
        for _ in range(FILLINGS if _SLOT.search(template) or _CHOICE.search(template) else 4):
            text = filler.fill(_around(filler, file, template, known, language))
            found.setdefault(
                text,
                Example(text=text, source=f"written-{file}", known=known, group=f"line {template}", language=language),
            )
    return list(found.values())
