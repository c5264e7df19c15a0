"""Hashed features of a batch of texts, worked out together.

    rows, starts = features(["you have won", "see you at 7"])
    # rows: bucket numbers, all texts one after another; text i has rows[starts[i]:starts[i + 1]]

Features are runs of 3, 4 and 5 characters, words, pairs of neighbouring words, and a few marks of shape (length, long
numbers, money, links, capitals). Characters are folded first: digits are all "0", accents are off, and "l" is "i", so
that what can't be told apart is one feature. Nothing loops over characters in Python: the texts of a batch are one array
of code points, and every feature is a few additions and products over it, wrapped at 32 bits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.uint32]

BITS = 18
BUCKETS = 1 << BITS  #: bucket 0 is kept for "no feature" and weighs nothing
WIDEST = 5  # characters of the longest run
_MIX = np.uint32(0x9E3779B1)
_BETWEEN = 0x10FFFF  # stands between texts; no character


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


_MARKS = re.compile(r"\d+|[$£€₹¥₺]|https?:|www\.|\w\.[a-z]{2,}/|@|!|\?|(?<![^\W\d_])[A-Z]{3,}(?![a-z])", re.ASCII)
_COUNTED = {"!": 50, "?": 60, "A": 70}


def shape(text: str) -> list[int]:
    """Marks of a text's shape as it was written: how long it is, which numbers, sums, links, signs and capitals."""
    marks = {min(len(text).bit_length(), 12)}
    counts = dict.fromkeys(_COUNTED, 0)
    for found in _MARKS.findall(text):
        first = found[0]
        if first in counts:
            counts[first] += 1
        elif found.isdigit():
            marks.add(20 + min(len(found), 12))
        elif found.isupper():
            counts["A"] += 1
        else:
            marks.add(40 if first == "@" else 42 if len(found) == 1 else 41)
    marks.update(base + min(counts[sign], 5) for sign, base in _COUNTED.items())
    return list(marks)


def features(texts: Sequence[str], written: Sequence[str]) -> tuple[Numbers, NDArray[np.int64]]:
    """Bucket numbers of all features, and where each text's begin; the end of the last one closes the list.

    `texts` are plain (`normal.py`), `written` are the same as they were written. The order inside a text has no meaning.
    """
    fold, letters = _tables()
    # a text begins with a space, so that a word at its beginning is like any other
    joined = "".join([f" {text} {chr(_BETWEEN)}" for text in texts])
    codes: Numbers = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    small = np.minimum(codes, np.uint32(0xFFFF))
    folded = np.where(codes < 0x10000, fold[small], codes)
    ends = np.flatnonzero(codes == _BETWEEN)
    begins = np.concatenate(([0], ends[:-1] + 1)).astype(np.int64)
    runs = _runs(folded, ends)
    words, where = _words(folded, letters[small] & (codes < 0x10000))
    return _together(runs, words, where, begins, ends, [shape(text) for text in written])


def _runs(codes: Numbers, ends: NDArray[Any]) -> Numbers:
    """Buckets of the runs that begin at each character, one column a length. Runs over a text's end are bucket 0."""
    mixed = codes * _MIX
    mixed ^= mixed >> np.uint32(15)
    padded = np.concatenate((mixed, np.zeros(WIDEST, dtype=np.uint32)))
    count = len(codes)
    left = np.repeat(ends, np.diff(np.concatenate(([-1], ends)))) - np.arange(count)  # characters before the end
    buckets = np.zeros((count, 3), dtype=np.uint32)
    run = mixed
    for length in range(2, WIDEST + 1):
        run = run * np.uint32(0x01000193) + padded[length - 1 : length - 1 + count]
        if length > 2:
            buckets[:, length - 3] = np.where(left >= length, _bucket(run, length), 0)
    return buckets


def _words(codes: Numbers, letter: NDArray[np.bool_]) -> tuple[Numbers, NDArray[Any]]:
    """A hash for each word, and where it begins."""
    edge = np.diff(np.concatenate(([False], letter, [False])).astype(np.int8))
    begin = np.flatnonzero(edge == 1)
    if not len(begin):
        return np.zeros(0, dtype=np.uint32), begin
    end = np.flatnonzero(edge == -1)
    place = _places(len(codes), begin)
    mixed = (codes + np.uint32(1)) * _MIX * (np.uint32(2) * place + np.uint32(0x01000193))
    mixed ^= mixed >> np.uint32(13)
    total = np.concatenate(([0], np.cumsum(np.where(letter, mixed, 0), dtype=np.uint32)))
    return (total[end] - total[begin]).astype(np.uint32), begin


def _places(count: int, begin: NDArray[Any]) -> Numbers:
    """The place of each character in its word."""
    last = np.zeros(count, dtype=np.int64)
    last[begin] = begin
    return (np.arange(count) - np.maximum.accumulate(last)).astype(np.uint32)


def _bucket(hashed: Numbers, salt: int) -> Numbers:
    """Spread over the buckets from 1 on."""
    mixed = (hashed + np.uint32(salt * 0x7F4A7C15 & 0xFFFFFFFF)) * np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(16)
    return (mixed * np.uint32(0xC2B2AE35) >> np.uint32(32 - BITS)) | np.uint32(1)


def _together(
    runs: Numbers,
    words: Numbers,
    where: NDArray[Any],
    begins: NDArray[np.int64],
    ends: NDArray[Any],
    shapes: Sequence[Sequence[int]],
) -> tuple[Numbers, NDArray[np.int64]]:
    """Runs, words, pairs and shapes of each text, text by text."""
    count = len(runs)
    table = np.zeros((count, 5), dtype=np.uint32)
    table[:, :3] = runs
    if len(words):
        table[where, 3] = _bucket(words, 11)
        text = np.searchsorted(ends, where)
        same = text[1:] == text[:-1]
        pairs = words[:-1] * np.uint32(31) + words[1:]
        table[where[1:], 4] = np.where(same, _bucket(pairs, 13), 0)
    marks = np.array([mark for marks in shapes for mark in marks], dtype=np.uint32)
    flat = table.reshape(-1)
    kept = flat != 0
    sizes = np.add.reduceat(kept.reshape(count, 5).sum(axis=1), begins)
    extra = np.array([len(marks) for marks in shapes], dtype=np.int64)
    starts = np.concatenate(([0], np.cumsum(sizes + extra))).astype(np.int64)
    rows = np.empty(starts[-1], dtype=np.uint32)
    shape_at = np.concatenate([np.arange(end - n, end) for end, n in zip(starts[1:], extra, strict=True)])
    is_shape = np.zeros(starts[-1], dtype=np.bool_)
    is_shape[shape_at.astype(np.int64)] = True
    rows[is_shape] = _bucket(marks, 17)
    rows[~is_shape] = flat[kept]
    return rows, starts
