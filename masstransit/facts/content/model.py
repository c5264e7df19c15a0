"""The linear model: what each hashed feature says for or against each label, learned by `bench/content/train.py`.

    model().weigh(["you have won a prize"], ["You have WON a prize"]).sums  # a row a text, a column a label

The weights are small whole numbers in a NumPy file without pickles; they are read when the first text is scored. A
text's score is the sum of its features' weights, over the square root of their number, put through a logistic curve.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from importlib import resources
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from masstransit.facts.content.features import BUCKETS, WORD, Features, Numbers, features
from masstransit.facts.content.labels import LABELS
from masstransit.facts.content.structure import LABELS as OF_STRUCTURE
from masstransit.facts.content.structure import SMALL

#: What the model has weights for: the labels, and whether a text is a business's and no person's.
COLUMNS = (*LABELS, "business")
COLUMN = {label: place for place, label in enumerate(COLUMNS)}  #: the place of each
_WIDE = 16  # bytes of a row of weights as it is fetched; COLUMNS fit into it
_SHOWN = 3  # words of evidence
_DIGIT = re.compile(r"\d")
_TOGETHER = 24_000  # characters that are scored in one go: what the processor's caches hold


class Weighed:
    """Some texts' sums, and where they come from."""

    def __init__(self, model: Model, plain: Sequence[str], written: Sequence[str]) -> None:
        self._chunks = [
            Chunk(model, start, plain[start:end], features(plain[start:end], written[start:end]))
            for start, end in _chunks(plain)
        ]
        sums = [model.sums(chunk.found) for chunk in self._chunks]
        self.sums: NDArray[np.float64] = np.concatenate(sums) if sums else np.zeros((0, len(COLUMNS)))

    def topics(self, by_word: NDArray[np.uint8]) -> list[int]:
        """For each text the marks of all its words, put together. `by_word` has a mark for each bucket."""
        masks = [
            np.bitwise_or.reduceat(by_word.take(chunk.found.table[:, WORD]), chunk.found.begins)
            for chunk in self._chunks
        ]
        return np.concatenate(masks).tolist() if masks else []

    def evidence(self, place: int, labels: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The words of a text that speak most for each of some labels, in their order."""
        chunk = next(chunk for chunk in reversed(self._chunks) if chunk.start <= place)
        return {label: tuple(dict.fromkeys(words)) for label, words in chunk.evidence(place - chunk.start, labels)}


class Chunk:
    """Texts that are weighed in one go, from `start` on."""

    def __init__(self, model: Model, start: int, plain: Sequence[str], found: Features) -> None:
        self.start = start
        self.found = found
        self._model = model
        self._plain = plain

    def evidence(self, place: int, labels: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
        """Of one text: each label with the words that speak for it; of a text of signs and small words, its first."""
        begin = int(self.found.begins[place]) + 1
        text = self._plain[place]
        begins, ends = self.found.words
        first, last = np.searchsorted(begins, (begin, begin + len(text))).tolist()
        starts, stops = (begins[first:last] - begin).tolist(), (ends[first:last] - begin).tolist()
        weights = self._by_word[first:last].T[[COLUMN[label] for label in labels]].tolist()

        def word(at: int) -> str:
            return text[starts[at] : stops[at]]

        for label, column in zip(labels, weights, strict=True):
            ranked = sorted([(weight, at) for at, weight in enumerate(column) if weight > 0], reverse=True)
            told = sorted(islice((at for _, at in ranked if _tells(word(at))), _SHOWN))
            if not told and not any(_tells(word(at)) for at in range(len(starts))):
                told = [*range(min(len(starts), _SHOWN))]
            yield label, [_DIGIT.sub("#", word(at)) for at in told]

    @cached_property
    def _by_word(self) -> NDArray[np.int16]:
        """Of every word at once: they are few, and a look at each text's own would take much longer."""
        return self._model.told(self.found.table[self.found.words[0]])


def _tells(word: str) -> bool:
    """Whether a word alone says something."""
    return len(word) > 2 and word not in SMALL and not word.isdigit()


class Model:
    """Weights, and the words that training knew."""

    def __init__(
        self,
        weights: NDArray[np.int8],
        scale: NDArray[Any],
        bias: NDArray[Any],
        words: Sequence[str],
        structure: Structure,
    ) -> None:
        self.structure = structure
        self.words = frozenset(words)
        self._weights = weights
        self._wide = np.zeros((len(weights), _WIDE), dtype=np.int8)
        self._wide[:, : len(COLUMNS)] = weights
        self._scale = scale
        self._bias = bias

    @classmethod
    def read(cls, file: Path) -> Model:
        """From a file that `write` made. Raises `OSError` or `ValueError` where it is none."""
        with np.load(file, allow_pickle=False) as kept:
            weights = np.zeros((BUCKETS, len(COLUMNS)), dtype=np.int8)
            weights[kept["rows"]] = kept["weights"]
            structure = Structure(kept["structure"], kept["structure_scale"], kept["structure_bias"])
            return cls(weights, kept["scale"], kept["bias"], kept["words"].tolist(), structure)

    def write(self, file: Path) -> None:
        """Only the rows that say something."""
        rows = np.flatnonzero(self._weights.any(axis=1)).astype(np.uint32)
        np.savez_compressed(
            file,
            rows=rows,
            weights=self._weights[rows],
            scale=self._scale.astype(np.float32),
            bias=self._bias.astype(np.float32),
            words=np.array(sorted(self.words)),
            structure=self.structure.weights,
            structure_scale=self.structure.scale.astype(np.float32),
            structure_bias=self.structure.bias.astype(np.float32),
        )

    def shifted(self, shifts: Mapping[str, float], of_structure: Mapping[str, float]) -> Model:
        """The same weights with other points from which labels are positive, in units of the sums."""
        moved = self._bias - np.array([shifts.get(column, 0.0) for column in COLUMNS])
        told = self.structure.bias - np.array([of_structure.get(label, 0.0) for label in OF_STRUCTURE])
        structure = msgspec.structs.replace(self.structure, bias=told)
        return Model(self._weights, self._scale, moved, sorted(self.words), structure)

    def weigh(self, plain: Sequence[str], written: Sequence[str]) -> Weighed:
        """Texts made plain, and as they were written."""
        return Weighed(self, plain, written)

    def sums(self, found: Features) -> NDArray[np.float64]:
        """One row a text, one column a label, before the logistic curve."""
        wide = self._rows(found.rows).astype(np.float32)  # summed by a product with ones: half the time
        ones = np.ones(len(wide), dtype=np.float32)
        bounds = found.starts.tolist()
        sums = np.array([ones[: end - start] @ wide[start:end] for start, end in pairwise(bounds)], dtype=np.float64)
        sums = sums.reshape(-1, _WIDE)[:, : len(COLUMNS)]
        size = np.sqrt(np.diff(found.starts))[:, None]
        weighed: NDArray[np.float64] = sums / size * self._scale + self._bias
        return weighed

    def told(self, buckets: Numbers) -> NDArray[np.int16]:
        """Of each row of buckets their weights taken together, a label a column."""
        summed: NDArray[np.int16] = np.einsum("wbl->wl", self._rows(buckets).astype(np.int16))  # words, buckets, labels
        return summed

    def _rows(self, buckets: Numbers) -> NDArray[np.int8]:
        """The weights of buckets. Rows of sixteen bytes are fetched as one number each, which takes half the time."""
        fetched: NDArray[np.int8] = self._wide.view(np.complex128).take(buckets).view(np.int8)
        return fetched.reshape(*buckets.shape, _WIDE)


class Structure(msgspec.Struct, frozen=True):
    """Weights of the features of structure, for `structure.LABELS`."""

    weights: NDArray[np.int8]
    scale: NDArray[Any]
    bias: NDArray[Any]

    def sums(self, buckets: Sequence[int]) -> NDArray[np.float64]:
        """One text's sums before the logistic curve."""
        told = self.weights.take(buckets, axis=0).sum(axis=0, dtype=np.int64)
        weighed: NDArray[np.float64] = told / math.sqrt(len(buckets) or 1) * self.scale + self.bias
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
