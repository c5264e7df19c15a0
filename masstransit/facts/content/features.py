"""Hashed features of a batch of texts, worked out together.

    found = features(["you have won", "see you at #"], ["You have WON", "see you at #"])
    # found.rows: bucket numbers, all texts one after another; text i has rows[starts[i]:starts[i + 1]]

Features are runs of 3, 4 and 5 characters, words, pairs of neighbouring words, and a few marks of shape (length, long
numbers, money, links, capitals). Characters are folded first: digits are all "0", accents are off, and "l" is "i", so
that what can't be told apart is one feature. Nothing loops over characters in Python: the texts of a batch are one
array of code points, and every feature is a few additions and products over it, wrapped at 32 bits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.uint32]

BITS = 18
BUCKETS = 1 << BITS  #: bucket 0 is kept for "no feature" and weighs nothing
WIDEST = 5  #: characters of the longest run
LONGEST_RUN, WORD = 2, 3  #: the columns of `Features.table` with the longest runs, and with words
_MIX = np.uint32(0x9E3779B1)
_BETWEEN = "\U0010ffff"  # stands between texts; no character


def _folded(code: int) -> int:
    """A code point below U+10000 as a feature sees it."""
    character = chr(code)
    if character.isdigit():
        return ord("0")
    if character.isspace():
        return ord(" ")
    base = unicodedata.normalize("NFD", character.lower())[:1] if code < 0x250 else character.lower()[:1]
    return ord("i") if base == "l" else ord(base or character)


@lru_cache(maxsize=1)
def _tables() -> tuple[Numbers, NDArray[np.bool_]]:
    """Folding, and whether a code point is part of a word, for the Basic Multilingual Plane."""
    codes = [code if 0xD800 <= code < 0xE000 else _folded(code) for code in range(0x10000)]
    # a vowel sign of Devanagari is part of its word
    word = [unicodedata.category(chr(code))[0] in "LMN" for code in range(0x10000)]
    return np.array(codes, dtype=np.uint32), np.array(word, dtype=np.bool_)


_FIGURES = re.compile(r"\d+", re.ASCII)
_MONEY = re.compile("[$£€₹¥₺]")
_HOST = re.compile(r"\w\.[a-z]{2,}/", re.ASCII)
_CAPITALS = re.compile("[A-Z]{3}")
_SHOUTED = re.compile(r"(?<![^\W\d_])[A-Z]{3,}(?![a-z])", re.ASCII)
_SHAPES = 80  # marks are numbers below


def shape(text: str) -> list[int]:
    """Marks of a text's shape as it was written: how long it is, which numbers, sums, links, signs and capitals."""
    shouted = len(_SHOUTED.findall(text)) if _CAPITALS.search(text) else 0
    marks = {
        min(len(text).bit_length(), 12),
        50 + min(text.count("!"), 5),
        60 + min(text.count("?"), 5),
        70 + min(shouted, 5),
    }
    if figures := _FIGURES.findall(text):
        marks.update([20 + min(len(figure), 12) for figure in figures])
    if "@" in text:
        marks.add(40)
    if "http:" in text or "https:" in text or "www." in text or ("/" in text and _HOST.search(text)):
        marks.add(41)
    if "$" in text or (not text.isascii() and _MONEY.search(text)):
        marks.add(42)
    return list(marks)


class Features(msgspec.Struct, frozen=True):
    """The features of a batch, by text and, for evidence, by character."""

    rows: Numbers
    starts: NDArray[np.int64]  #: where each text's rows begin; the end of the last one closes the list
    table: Numbers  #: the buckets at each character of all texts together, 0 where there is none
    begins: NDArray[np.int64]  #: the character at which each text begins
    words: tuple[NDArray[Any], NDArray[Any]]  #: the characters at which words begin and end


def features(texts: Sequence[str], written: Sequence[str]) -> Features:
    """Features of plain texts (`normal.py`); `written` are the same as they were written."""
    fold, letters = _tables()
    # a text begins with a space, so that a word at its beginning is like any other
    joined = "".join([f" {text} {_BETWEEN}" for text in texts])
    codes: Numbers = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    small = np.minimum(codes, np.uint32(0xFFFF))
    folded = np.where(codes < 0x10000, fold[small], codes)
    ends = np.flatnonzero(codes == ord(_BETWEEN))
    begins = np.concatenate(([0], ends[:-1] + 1)).astype(np.int64)
    table = np.zeros((len(codes), 5), dtype=np.uint32)
    _runs(folded, ends, table)
    words = _words(folded, letters[small] & (codes < 0x10000), ends, table)
    marks = [shape(text) for text in written]
    return _together(table, begins, words, marks)


def marks_of_shape() -> Numbers:
    """The buckets of all marks of shape."""
    return _bucket(np.arange(_SHAPES, dtype=np.uint32), 17)


def words_of(words: Sequence[str]) -> Numbers:
    """The bucket of each of some words, as `Features.table` has it in its fourth column."""
    if not words:
        return np.zeros(0, dtype=np.uint32)
    found = features(list(words), list(words))
    buckets: Numbers = found.table[found.words[0], WORD]
    return buckets


def runs_of(words: Sequence[str]) -> Numbers:
    """The bucket of the first `WIDEST` characters of each of some words, which are so long at least."""
    if not words:
        return np.zeros(0, dtype=np.uint32)
    found = features(list(words), list(words))
    buckets: Numbers = found.table[found.begins + 1, LONGEST_RUN]
    return buckets


def _runs(codes: Numbers, ends: NDArray[Any], table: Numbers) -> None:
    """Buckets of the runs that begin at each character, one column a length. Runs over a text's end are bucket 0."""
    mixed = codes * _MIX
    mixed ^= mixed >> np.uint32(15)
    padded = np.concatenate((mixed, np.zeros(WIDEST, dtype=np.uint32)))
    count = len(codes)
    left = np.repeat(ends, np.diff(ends, prepend=-1)) - np.arange(count)  # characters before the end
    run = mixed
    for length in range(2, WIDEST + 1):
        run = run * np.uint32(0x01000193) + padded[length - 1 : length - 1 + count]
        if length > 2:
            table[:, length - 3] = np.where(left >= length, _bucket(run, length), 0)


def _words(
    codes: Numbers, letter: NDArray[np.bool_], ends: NDArray[Any], table: Numbers
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Buckets of words and of pairs of words, at the character at which the (second) word begins."""
    edge = np.diff(letter.astype(np.int8), prepend=0, append=0)
    begin, end = np.flatnonzero(edge == 1), np.flatnonzero(edge == -1)
    if not len(begin):
        return begin, end
    mixed = (codes + np.uint32(1)) * _MIX * (np.uint32(2) * _places(len(codes), begin) + np.uint32(0x01000193))
    mixed ^= mixed >> np.uint32(13)
    total = np.zeros(len(codes) + 1, dtype=np.uint32)
    np.cumsum(np.where(letter, mixed, 0), dtype=np.uint32, out=total[1:])
    hashed = total[end] - total[begin]
    table[begin, WORD] = _bucket(hashed, 11)
    text = np.searchsorted(ends, begin)
    pairs = _bucket(hashed[:-1] * np.uint32(31) + hashed[1:], 13)
    table[begin[1:], 4] = np.where(text[1:] == text[:-1], pairs, 0)
    return begin, end


def _places(count: int, begin: NDArray[Any]) -> Numbers:
    """The place of each character in its word."""
    last = np.zeros(count, dtype=np.int64)
    last[begin] = begin
    return (np.arange(count) - np.maximum.accumulate(last)).astype(np.uint32)


def _bucket(hashed: Numbers, salt: int) -> Numbers:
    """Spread over the buckets from 1 on."""
    mixed = (hashed + np.uint32(salt * 0x7F4A7C15 & 0xFFFFFFFF)) * np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(16)
    found: Numbers = np.maximum(mixed * np.uint32(0xC2B2AE35) >> np.uint32(32 - BITS), np.uint32(1))
    return found


def _together(
    table: Numbers, begins: NDArray[np.int64], words: tuple[NDArray[Any], NDArray[Any]], shapes: Sequence[Sequence[int]]
) -> Features:
    """All features text by text: those of its characters, then its marks of shape."""
    kept = table != 0
    sizes = np.add.reduceat(kept.sum(axis=1), begins)
    extra = np.fromiter(map(len, shapes), dtype=np.int64, count=len(shapes))
    starts = np.zeros(len(begins) + 1, dtype=np.int64)
    np.cumsum(sizes + extra, out=starts[1:])
    rows = np.empty(starts[-1], dtype=np.uint32)
    marks = np.fromiter((mark for one in shapes for mark in one), dtype=np.uint32, count=int(extra.sum()))
    first = np.cumsum(extra) - extra  # where a text's marks begin among all marks
    at = np.repeat(starts[1:] - extra - first, extra) + np.arange(len(marks))
    others = np.ones(len(rows), dtype=np.bool_)
    others[at] = False
    rows[at] = _bucket(marks, 17)
    rows[others] = table[kept]
    return Features(rows, starts, table, begins, words)
