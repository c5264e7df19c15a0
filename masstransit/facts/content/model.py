"""The linear model: what each hashed feature says for or against each label, learned by `bench/content/train.py`.

    model().weigh(["you have won a prize"], ["You have WON a prize"]).sums  # a row a text, a column a label

The weights are small whole numbers in a NumPy file without pickles; they are read when the first text is scored. A
text's score is the sum of its features' weights, over the square root of their number, put through a logistic curve.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from masstransit.facts.content.features import BUCKETS, LONGEST_RUN, WORD, Features, Numbers, features
from masstransit.facts.content.labels import LABELS
from masstransit.facts.content.structure import LABELS as OF_STRUCTURE
from masstransit.facts.content.structure import SMALL

#: What the model has weights for: the labels, and whether a text is a business's and no person's.
COLUMNS = (*LABELS, "business")
COLUMN = {label: place for place, label in enumerate(COLUMNS)}  #: the place of each
Evidence: TypeAlias = dict[str, tuple[str, ...]]  #: label -> words
Marks: TypeAlias = NDArray[np.uint16]
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

    def topics(self, by_word: Marks, by_run: Marks) -> list[int]:
        """For each text the marks of all its words and runs of characters, put together. Both have a mark for each
        bucket."""
        masks = [
            np.bitwise_or.reduceat(
                by_word.take(chunk.found.table[:, WORD]) | by_run.take(chunk.found.table[:, LONGEST_RUN]),
                chunk.found.begins,
            )
            for chunk in self._chunks
        ]
        return np.concatenate(masks).tolist() if masks else []

    def evidence(self, wanted: Sequence[tuple[int, Sequence[str]]]) -> Iterator[Evidence]:
        """Of some texts, given in order with labels of theirs, the words that speak most for each label."""
        for chunk in self._chunks:
            yield from chunk.evidence([(place - chunk.start, of) for place, of in wanted if chunk.holds(place)])


class Chunk:
    """Texts that are weighed in one go, from `start` on."""

    def __init__(self, model: Model, start: int, plain: Sequence[str], found: Features) -> None:
        self.start = start
        self.found = found
        self._model = model
        self._plain = plain

    def holds(self, place: int) -> bool:
        """Whether a text is among these, by its place among all."""
        return self.start <= place < self.start + len(self._plain)

    def evidence(self, wanted: Sequence[tuple[int, Sequence[str]]]) -> Iterator[Evidence]:
        """See `Weighed.evidence`. Their words are weighed together: one text's own, alone, would take much longer."""
        if not wanted:
            return
        begins, ends = self.found.words
        bounds = np.searchsorted(begins, np.append(self.found.begins, len(self.found.table))).tolist()
        spans = [(bounds[place], bounds[place + 1]) for place, _ in wanted]
        theirs = np.concatenate([np.arange(*span) for span in spans])
        columns = {label: place for place, label in enumerate(dict.fromkeys(chain(*(labels for _, labels in wanted))))}
        told = self._model.told(self.found.table[begins[theirs]])[:, [COLUMN[label] for label in columns]]
        offsets = (self.found.begins + 1).tolist()
        seen = 0
        for (place, labels), (first, last) in zip(wanted, spans, strict=True):
            text, offset = self._plain[place], offsets[place]
            own, seen = told[seen : seen + last - first], seen + last - first
            places = zip((begins[first:last] - offset).tolist(), (ends[first:last] - offset).tolist(), strict=True)
            words = [text[begin:end] for begin, end in places]
            yield {label: _telling(words, own[:, columns[label]]) for label in labels}


def _telling(words: Sequence[str], weights: NDArray[np.int16]) -> tuple[str, ...]:
    """Those words that speak most for a label, in their order; of a text of signs and small words, its first."""
    speaking = np.flatnonzero(weights > 0)
    ranked = speaking[np.argsort(weights[speaking], kind="stable")][::-1].tolist()
    told = sorted(islice((at for at in ranked if _tells(words[at])), _SHOWN))
    if not told and not any(map(_tells, words)):
        told = [*range(min(len(words), _SHOWN))]
    return tuple(dict.fromkeys(_DIGIT.sub("#", words[at]) for at in told))


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
