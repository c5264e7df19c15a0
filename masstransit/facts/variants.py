"""Facts about variants: one text offered again and again in other letters, after it was refused for what it says.

A text counts here only where something was undone in it (look-alike letters, invisible ones, letters set apart, digits
for letters): an A/B test, a corrected opt-out line and a language in another script hide nothing. Variants read nearly
the same once they are made plain, links cut out and numbers folded: about four words in five in common (MinHash over
words; Broder 1997). They differ where something was undone, so that one odd brand name in a thousand personal messages
is one variant.
"""

from __future__ import annotations

import hashlib
import re
import struct
import unicodedata
from collections.abc import Collection, Sequence
from datetime import timedelta

import msgspec
from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.counters import Counters, Distinct, Operation
from masstransit.facts.content.normal import Normaliser
from masstransit.facts.fact import Fact
from masstransit.facts.traffic import Allowances, CountingByRoot
from masstransit.facts.written import Written, legible
from masstransit.model.communication import Communication
from masstransit.model.subject import Subject
from masstransit.storage import communications, queue
from masstransit.storage.engine import Database

_DAY = 86_400.0
_OF_WORDS = ("5", "10", "12", "16", "17")  # clauses that hold a text for what it says ...
_GOODS_AND_LINKS = ("6.4", "6.4.1")  # ... and such rules of clause 6
_BANDS, _ROWS = 5, 3  # alike in 4 of 5 words: found in 97 of 100; alike in half: in 49 of 100, and then five times over
_LINK = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}(?:[/?#]\S*)?")
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W_]+")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_CURLY = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")


class Variants(Fact, frozen=True, kw_only=True):
    """How a text was varied by the customer (root account) in 24 hours."""

    of_words = True

    undone: tuple[str, ...] = ()  #: what was undone in this one: homoglyphs, zero-width, leet, spaced ...
    different: int = 0  #: different spellings of nearly this text, this one included
    refused: int = 0  #: messages refused or held for what they say, by us or a carrier; looked up where it matters


class _Spelling(msgspec.Struct, frozen=True):
    """How a text is written."""

    undone: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()  #: names that it shares with texts which read nearly the same
    spelled: str = ""  #: a name for the words in which something was undone


_STRAIGHT, _PLAIN = Variants(), _Spelling()


class VariantCounts(CountingByRoot):
    """Learns `Variants`. What was refused stays counted: that it was tried is what counts."""

    def __init__(self, counters: Counters, clock: Clock, allowed: Allowances, database: Database) -> None:
        super().__init__(counters, clock, allowed)
        self._database = database
        self._written = Written(database)
        self._normaliser = Normaliser()

    async def _of_tag(self, tag: str, subjects: Sequence[Subject]) -> Sequence[Variants]:
        await self._written.note(subjects)
        found = [self._undone(subject) for subject in subjects]
        if not any(one.undone for one in found):
            return [_STRAIGHT] * len(subjects)
        looks: list[Operation] = []
        for subject, one in zip(subjects, found, strict=True):
            spelled = (one.spelled,) if subject.attempt == 0 else ()
            looks += [Distinct(tag, f"v:{band}", _DAY, spelled) for band in one.bands]
        answers = iter(await self._ask(looks))
        facts = [
            Variants(undone=one.undone, different=max(next(answers).count for _ in one.bands))
            if one.undone
            else _STRAIGHT
            for one in found
        ]
        if max(fact.different for fact in facts) < 2:
            return facts
        refused = await self._refused({subject.account for subject in subjects})
        return [msgspec.structs.replace(f, refused=refused) if f.different > 1 else f for f in facts]

    def _undone(self, subject: Subject) -> _Spelling:
        if not isinstance(subject, Communication):
            return _PLAIN
        normal = self._normaliser.normal(legible(subject))
        undone = tuple(kind for kind in normal.undone if kind != "accents")
        if not undone:
            return _PLAIN
        plain = set(normal.text.split())
        odd = [word for word in _unaccented(legible(subject)).split() if word not in plain]
        return _Spelling(undone, tuple(bands(normal.text)), _digest(" ".join(odd)))

    async def _refused(self, accounts: Collection[str]) -> int:
        since = self._clock.now() - timedelta(seconds=_DAY)

        def look(connection: Connection) -> int:
            refused = communications.refused_for_content(connection, accounts, since)
            return refused + queue.held_by(connection, accounts, since, _OF_WORDS, _GOODS_AND_LINKS)

        return await self._database.read(look)


def _unaccented(text: str) -> str:
    return _ACCENTS.sub("", unicodedata.normalize("NFD", text.casefold().translate(_CURLY)))


def bands(plain: str) -> list[str]:
    """Names that texts which read nearly the same have in common, with high likelihood at least one of them."""
    words = set(_WORD.findall(_DIGITS.sub("0", _LINK.sub(" ", plain)))) or {plain}
    hashes = [struct.unpack(f"<{_BANDS * _ROWS}I", _wide(word)) for word in words]
    least = [min(column) for column in zip(*hashes, strict=True)]
    return [f"{i}:{_digest(repr(least[i * _ROWS : (i + 1) * _ROWS]))}" for i in range(_BANDS)]


def _wide(word: str) -> bytes:
    return hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=_BANDS * _ROWS * 4).digest()


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()
