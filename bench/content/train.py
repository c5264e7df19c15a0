"""`make train`: learns the weights of `facts/content` and writes them.

    python -m bench.content.train

Reads ../shared/data/train and our own templates; the same input gives the same weights. Where a label becomes positive
(`SHIFTS`) was set once on cross-validated margins: so that chats between people stay under the bounds that
docs/evaluation.md states. Public tests (HateCheck, the test sets of MTS-Dialog) are not read here.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from bench.content.fit import SEED, Fit
from bench.content.sets import TRAIN, Example, everything
from bench.content.written import written

WEIGHTS = Path(__file__).parents[2] / "masstransit" / "facts" / "content" / "weights.npz"
#: label -> the margin at which it is positive
SHIFTS: dict[str, float] = {}


def examples() -> list[Example]:
    """Everything that is learned from, in one order."""
    return [*everything(), *written(SEED)]


def main() -> int:
    """Learn and write."""
    if not TRAIN.is_dir():
        print("skipped: ../shared/data/train is not here", file=sys.stderr)
        return 0
    started = time.process_time()
    fit = Fit(examples())
    model = fit.model(np.arange(len(fit.examples)), SHIFTS)
    model.write(WEIGHTS)
    size = WEIGHTS.stat().st_size / 1e6
    print(f"{len(fit.examples)} texts, {len(fit.words)} words known, {size:.1f} MB, {time.process_time() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
