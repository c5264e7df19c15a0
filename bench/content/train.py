"""`make train`: learns the weights of `facts/content` and writes them.

    python -m bench.content.train            # fits six models (all, and each fold left out), then writes the weights
    python -m bench.content.train --write    # only sets the points from which labels are positive anew (`SHIFTS`)

Reads ../shared/data/train and our own templates; the same input gives the same weights. The models that were fitted
without a fold are kept in data/content, and `make evaluate` tests each on its fold. Public tests (HateCheck, the test
sets of MTS-Dialog) are not read here.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from bench.content.fit import SEED, SLOPE, Fit
from bench.content.sets import FOLDS, TRAIN, Example, everything
from bench.content.written import written
from masstransit.facts.content.model import Model

ROOT = Path(__file__).parents[2]
WEIGHTS = ROOT / "masstransit" / "facts" / "content" / "weights.npz"
FITTED = ROOT / "data" / "content"

#: label -> the margin from which it is positive. Set on cross-validated margins of the training sets: the best F1 that
#: keeps chats between people below the bounds that docs/evaluation.md states. Read as "below 0: less is enough".
SHIFTS: dict[str, float] = {
    "spam": -0.38,
    "phishing": -0.35,
    "scam": -0.35,
    "impersonation": -0.35,
    "otp": -0.5,
    "threat": -0.4,
    "harassment": -0.2,
    "hate": -0.5,
    "sexual": -0.35,
    "shaft": -0.3,
    "phi": -0.55,
    "robocall": -0.4,
}
#: The same for what structure says.
STRUCTURE_SHIFTS: dict[str, float] = {"hate": -0.5, "threat": -0.45, "harassment": -0.2}


def examples() -> list[Example]:
    """Everything that is learned from, in one order."""
    return [*everything(), *written(SEED)]


def placed(model: Model) -> Model:
    """A fitted model with the points of `SHIFTS`."""
    sums = {label: margin * SLOPE for label, margin in SHIFTS.items()}
    return model.shifted(sums, {label: margin * SLOPE for label, margin in STRUCTURE_SHIFTS.items()})


def fitted(name: str) -> Model:
    """A model that training kept: "all", or the number of the fold that it has not seen."""
    file = FITTED / f"{name}.npz"
    if not file.is_file():
        raise FileNotFoundError(f"{file} is missing; run `make train` first, which takes some minutes")
    return placed(Model.read(file))


def fit() -> None:
    """Fit and keep all models."""
    FITTED.mkdir(parents=True, exist_ok=True)
    ready = Fit(examples())
    for name in ("all", *range(FOLDS)):
        started = time.process_time()
        ready.model(np.flatnonzero(ready.folds != (-1 if name == "all" else name))).write(FITTED / f"{name}.npz")
        print(f"{name}: {time.process_time() - started:.0f} s", flush=True)


def main() -> int:
    """Learn and write."""
    if not TRAIN.is_dir():
        print("skipped: ../shared/data/train is not here", file=sys.stderr)
        return 0
    if "--write" not in sys.argv:
        fit()
    fitted("all").write(WEIGHTS)
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
