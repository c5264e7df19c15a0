"""Fits the linear model to examples, and cross-validates it."""

from __future__ import annotations

import collections
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags
from sklearn.svm import LinearSVC

from bench.content.sets import FOLDS, Example
from masstransit.facts.content import LABELS
from masstransit.facts.content.features import BUCKETS, features
from masstransit.facts.content.model import Model
from masstransit.facts.content.normal import Normaliser

SEED = 20261125
_KNOWN_FROM = 12  # times that a word is met before it is known
_STEEP = 127.0  # the largest weight as a whole number


def vocabulary(texts: Sequence[str]) -> list[str]:
    """Words of letters alone that are met often enough to be no slip and no trick."""
    met: collections.Counter[str] = collections.Counter()
    for text in texts:
        met.update({word.strip(".,!?;:'\"()") for word in text.lower().split()})
    return sorted(w for w, n in met.items() if n >= _KNOWN_FROM and w.isalpha() and w.isascii() and 1 < len(w) < 16)


def matrix(plain: Sequence[str], written: Sequence[str]) -> csr_matrix:
    """Features as they are weighed: each counts one over the square root of their number."""
    indices, data, ends = [], [], [0]
    for start in range(0, len(plain), 256):
        rows, starts = features(plain[start : start + 256], written[start : start + 256])
        sizes = np.diff(starts)
        indices.append(rows.astype(np.int32))
        data.append(np.repeat(1.0 / np.sqrt(sizes), sizes).astype(np.float32))
        ends.extend((starts[1:] + ends[-1]).tolist() if start else starts[1:].tolist())
    found = csr_matrix((np.concatenate(data), np.concatenate(indices), np.array(ends)), shape=(len(plain), BUCKETS))
    found.sum_duplicates()
    return found


class Fit:
    """Examples with their features, ready to be learned from."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.examples = examples
        self.words = vocabulary([e.text for e in examples])
        normaliser = Normaliser(self.words)
        self.plain = [normaliser.normal(e.text[:4000]).text for e in examples]
        self.x = matrix(self.plain, [e.text[:4000] for e in examples])
        self.folds = np.array([e.fold for e in examples])
        self.weights = np.array([e.weight for e in examples], dtype=np.float32)
        self.known = {
            label: np.array([-1 if (held := e.known.get(label)) is None else int(held) for e in examples])
            for label in LABELS
        }

    def learn(self, rows: NDArray[Any], labels: Sequence[str] = LABELS) -> tuple[NDArray[Any], NDArray[Any]]:
        """Weights and biases of the labels from some of the examples: a linear SVM each, on features weighed by rarity."""
        weights = np.zeros((BUCKETS, len(LABELS)), dtype=np.float32)
        bias = np.full(len(LABELS), -10.0)
        rarity = _rarity(self.x[rows])
        weighed = self.x @ diags(rarity)
        for label in labels:
            known = self.known[label]
            used = rows[known[rows] >= 0]
            if not (known[used] == 1).any():
                continue
            learned = LinearSVC(C=1.0, random_state=SEED, max_iter=200, tol=0.01)
            learned.fit(weighed[used], known[used], sample_weight=self.weights[used])
            column = LABELS.index(label)
            weights[:, column] = learned.coef_[0] * rarity
            bias[column] = learned.intercept_[0]
        return weights, bias

    def cross_validated(self, labels: Sequence[str] = LABELS, folds: Sequence[int] = range(FOLDS)) -> NDArray[Any]:
        """The sum before the logistic curve of every example, by a model that has not seen its group."""
        found = np.full((len(self.examples), len(LABELS)), np.nan)
        for fold in folds:
            weights, bias = self.learn(np.flatnonzero(self.folds != fold), labels)
            tested = np.flatnonzero(self.folds == fold)
            found[tested] = self.x[tested] @ weights + bias
        return found


def _rarity(x: csr_matrix) -> NDArray[Any]:
    """How much a feature tells for being rare, on a scale that keeps the sums about as large as without it."""
    met = np.bincount(x.indices, minlength=BUCKETS)
    return (np.log(x.shape[0] / (1.0 + met)) / 5.0).astype(np.float32)


def packed(weights: NDArray[Any], bias: NDArray[Any], words: Sequence[str]) -> Model:
    """The weights as small whole numbers."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-6) / _STEEP
    small = np.rint(weights / scale).astype(np.int8)
    small[0] = 0
    return Model(small, scale, bias, words)
