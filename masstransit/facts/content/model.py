"""The linear model: what each hashed feature says for or against each label, learned by `bench/content/train.py`.

    model().weigh(["you have won a prize"], ["You have WON a prize"])  # one row a text, one column a label

The weights are small whole numbers in a NumPy file without pickles; they are read when the first text is scored. A
text's score is the sum of its features' weights, over the square root of their number, to be put through a logistic curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from masstransit.facts.content.features import features

_TOGETHER = 24_000  # characters that are scored in one go: what the processor's caches hold


class Model:
    """Weights, and the words that training knew."""

    def __init__(self, weights: NDArray[np.int8], scale: NDArray[Any], bias: NDArray[Any], words: Sequence[str]) -> None:
        self._weights = weights
        self._scale = scale
        self._bias = bias
        self.words = frozenset(words)

    @classmethod
    def read(cls, file: Path) -> Model:
        """From a file that `write` made. Raises `OSError` or `ValueError` where it is none."""
        with np.load(file, allow_pickle=False) as kept:
            weights = np.zeros(tuple(kept["shape"]), dtype=np.int8)
            weights[kept["rows"]] = kept["weights"]
            return cls(weights, kept["scale"], kept["bias"], kept["words"].tolist())

    def write(self, file: Path) -> None:
        """Only the rows that say something."""
        rows = np.flatnonzero(self._weights.any(axis=1)).astype(np.uint32)
        np.savez_compressed(
            file,
            shape=np.array(self._weights.shape),
            rows=rows,
            weights=self._weights[rows],
            scale=self._scale.astype(np.float32),
            bias=self._bias.astype(np.float32),
            words=np.array(sorted(self.words)),
        )

    def weigh(self, plain: Sequence[str], written: Sequence[str]) -> NDArray[np.float64]:
        """The sums before the logistic curve, for texts made plain and as they were written."""
        found = [self._weigh(plain[start:end], written[start:end]) for start, end in _chunks(plain)]
        return np.concatenate(found) if found else np.zeros((0, len(self._bias)))

    def _weigh(self, plain: Sequence[str], written: Sequence[str]) -> NDArray[np.float64]:
        rows, starts = features(plain, written)
        sums = np.add.reduceat(self._weights.take(rows, axis=0), starts[:-1], axis=0, dtype=np.int32)
        size = np.sqrt(np.diff(starts))[:, None]
        weighed: NDArray[np.float64] = sums / size * self._scale + self._bias
        return weighed


def _chunks(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Stretches of texts, each of about `_TOGETHER` characters."""
    ends, room = [0], _TOGETHER
    for place, text in enumerate(texts):
        if room < len(text) and place > ends[-1]:
            ends.append(place)
            room = _TOGETHER
        room -= len(text)
    return [(start, end) for start, end in zip(ends, [*ends[1:], len(texts)], strict=True) if end > start]


@lru_cache(maxsize=1)
def model() -> Model:
    """The weights that are shipped."""
    with resources.as_file(resources.files(__package__) / "weights.npz") as file:
        return Model.read(file)
