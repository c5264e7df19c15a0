"""Fits what reads content to examples: the linear model over pieces of words, and the one over structure."""

from __future__ import annotations

import collections
import random
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, vstack
from sklearn.svm import LinearSVC

from bench.content.sets import Example
from masstransit.facts.content import structure
from masstransit.facts.content.features import BUCKETS, features, marks_of_shape
from masstransit.facts.content.lexicon import LISTS
from masstransit.facts.content.model import COLUMNS, Model, Structure
from masstransit.facts.content.normal import Normaliser

SEED = 20261125
_KNOWN_FROM = 12  # times that a word is met before it is known
_STEEP = 127.0  # the largest weight as a whole number
SLOPE = 4.0  # of the logistic curve: a margin of one is a score of 0.98
_READ = 4000  # characters of a text that are learned from
_LEFT_OUT = 7  # lists that are left out of a second reading of each text, so that none is relied on
_SHAPE = 7.0  # times that a mark of shape counts in learning: it is one among hundreds of runs of characters
_ABUSE = (
    "davidson",
    "edos",
    "paradetox",
    "paradetox-neutral",
    "written-abuse",
    "written-chat",
    "written-adult",
    "written-lawful",
)
#: Advertising is known from sets of real messages; our lines count a fifth there, and the fit is freer elsewhere.
_OURS: Mapping[str, float] = {"spam": 0.2}
_FREEDOM: Mapping[str, float] = {"spam": 0.5}
#: Sets whose labels of abuse are many people's guesses about tweets; our frames are plain.
_GUESSED: Mapping[str, float] = {"edos": 0.1, "davidson": 0.03, "paradetox-neutral": 0.3, "paradetox": 0.3}


def vocabulary(texts: Sequence[str]) -> list[str]:
    """Words of letters alone that are met often enough to be no slip and no trick."""
    met: collections.Counter[str] = collections.Counter()
    for text in texts:
        met.update({word.strip(".,!?;:'\"()") for word in text.lower().split()})
    return sorted(w for w, n in met.items() if n >= _KNOWN_FROM and w.isalpha() and w.isascii() and 1 < len(w) < 16)


def matrix(plain: Sequence[str], written: Sequence[str]) -> csr_matrix:
    """Features as they are weighed: each counts one over the square root of their number."""
    rows, sizes = [], []
    for start in range(0, len(plain), 256):
        found = features(plain[start : start + 256], written[start : start + 256])
        rows.append(found.rows)
        sizes.append(np.diff(found.starts))
    return _sparse(np.concatenate(rows), np.concatenate(sizes), BUCKETS)


def _sparse(rows: NDArray[Any], sizes: NDArray[Any], width: int) -> csr_matrix:
    data = np.repeat(1.0 / np.sqrt(np.maximum(sizes, 1)), sizes).astype(np.float32)
    ends = np.concatenate(([0], np.cumsum(sizes)))
    found = csr_matrix((data, rows.astype(np.int32), ends), shape=(len(sizes), width))
    found.sum_duplicates()
    return found


def _signs(readers: Sequence[structure.Reader], plain: Sequence[str]) -> csr_matrix:
    """Features of structure, each text by one of the readers."""
    chance = random.Random(SEED)
    marks = [structure.marks(chance.choice(readers).read(text)) for text in plain]
    flat = np.array([bucket for found in marks for bucket in found])
    return _sparse(flat, np.array([len(found) for found in marks]), structure.BUCKETS)


class Fit:
    """Examples with their features, ready to be learned from."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.examples = examples
        self.words = vocabulary([e.text for e in examples])
        self.sources = np.array([e.source for e in examples])
        self.folds = np.array([e.fold for e in examples])
        normaliser = Normaliser(self.words)
        normal = [normaliser.normal(e.text[:_READ]) for e in examples]
        plain = [made.text for made in normal]
        self._x = matrix(plain, [made.written for made in normal])
        self._thin = np.array([zlib.crc32(e.text.encode()) % 3 == 0 for e in examples])
        self._weights = np.array([e.weight for e in examples], dtype=np.float32)
        self.known = {column: _known(examples, column) for column in COLUMNS}
        self._abuse = np.flatnonzero(
            np.isin(self.sources, _ABUSE) | (self._thin & np.char.startswith(self.sources, "n"))
        )
        chosen = [plain[i] for i in self._abuse]
        full = structure.Reader(self.words)
        chance = random.Random(SEED)
        partial = [structure.Reader(self.words, frozenset(chance.sample(list(LISTS), _LEFT_OUT))) for _ in range(12)]
        self._structure = _signs([full], chosen), _signs(partial, chosen)

    def model(self, rows: NDArray[Any]) -> Model:
        """A model that has learned from some of the examples, positive from a margin of 0 on."""
        weights, bias = self._learn(rows)
        small, scale = _small(weights)
        small[0] = 0
        signs, signs_bias = self._learn_structure(rows)
        signs_small, signs_scale = _small(signs)
        told = Structure(signs_small, signs_scale * SLOPE, signs_bias * SLOPE)
        return Model(small, scale * SLOPE, bias * SLOPE, self.words, told)

    def _learn(self, rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """A linear SVM a label, on features weighed by rarity."""
        weights = np.zeros((BUCKETS, len(COLUMNS)), dtype=np.float32)
        bias = np.full(len(COLUMNS), -1.0)
        rarity = _rarity(self._x[rows])
        weighed = self._x @ diags(rarity)
        for column, name in enumerate(COLUMNS):
            used = self._used(rows, name)
            learned = LinearSVC(C=_FREEDOM.get(name, 1.0), random_state=SEED, max_iter=200, tol=0.03)
            learned.fit(weighed[used], self.known[name][used], sample_weight=self._trusted(used, name))
            weights[:, column] = learned.coef_[0] * rarity
            bias[column] = learned.intercept_[0]
        return weights, bias

    def _trusted(self, used: NDArray[Any], name: str) -> NDArray[Any]:
        """How much each example counts for a label: twenty fillings of one line of ours tell what one text tells."""
        counted: NDArray[Any] = self._weights[used].copy()
        counted[self._ours[used]] *= _OURS.get(name, 1.0)
        return counted

    def _used(self, rows: NDArray[Any], name: str) -> NDArray[Any]:
        """The examples that tell of a label. Where there are very many that don't have it, a third of them."""
        known = self.known[name][rows]
        whole = name == "spam" and ~np.isin(self.sources[rows], _ABUSE)
        kept: NDArray[Any] = rows[(known == 1) | ((known == 0) & (self._thin[rows] | whole | self._ours[rows]))]
        return kept

    @property
    def _ours(self) -> NDArray[np.bool_]:
        ours: NDArray[np.bool_] = np.char.startswith(self.sources, "written")
        return ours

    def _learn_structure(self, rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        weights = np.zeros((structure.BUCKETS, len(structure.LABELS)), dtype=np.float32)
        bias = np.zeros(len(structure.LABELS))
        chosen = np.isin(self._abuse, rows)
        trust = np.array([_GUESSED.get(self.sources[i], 1.0) for i in self._abuse])
        for column, label in enumerate(structure.LABELS):
            known = self.known[label][self._abuse]
            used = np.flatnonzero(chosen & (known >= 0))
            learned = LinearSVC(C=0.3, random_state=SEED, max_iter=300, tol=0.01)
            both = vstack([signs[used] for signs in self._structure])
            learned.fit(both, np.tile(known[used], 2), sample_weight=np.tile(trust[used], 2))
            weights[:, column] = learned.coef_[0]
            bias[column] = learned.intercept_[0]
        return weights, bias


def _known(examples: Sequence[Example], column: str) -> NDArray[Any]:
    """1, 0, or -1 where it is not known."""
    if column == "business":
        return np.array([_business(example) for example in examples])
    return np.array([-1 if (held := e.known.get(column)) is None else int(held) for e in examples])


def _business(example: Example) -> int:
    if example.source in ("written-business", "written-fraud", "written-languages", "written-health", "written-lawful"):
        return -1 if any(example.known.get(label, True) for label in ("phishing", "scam", "robocall")) else 1
    return 0 if example.source in ("nus", "written-chat", "written-abuse", "mishra-ham", "edos", "davidson") else -1


def _rarity(x: csr_matrix) -> NDArray[Any]:
    """How much a feature tells for being rare, on a scale that keeps the sums about as large as without it."""
    met = np.bincount(x.indices, minlength=BUCKETS)
    rarity: NDArray[Any] = np.log(x.shape[0] / (1.0 + met)) / 5.0
    rarity[marks_of_shape()] *= _SHAPE
    return rarity.astype(np.float32)


def _small(weights: NDArray[Any]) -> tuple[NDArray[np.int8], NDArray[Any]]:
    """Weights as small whole numbers, and what one is worth."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-6) / _STEEP
    return np.rint(weights / scale).astype(np.int8), scale
