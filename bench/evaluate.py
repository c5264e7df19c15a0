"""`make evaluate`: what the recogniser of opt-outs makes of messages that people really wrote.

The sets are chats between people, so that almost nothing in them is meant as an opt-out: what is taken for one is an
error that would cut somebody off, or a person whose message deserves a second look (UNCLEAR). Duplicates are folded.
"""

from __future__ import annotations

import collections
import csv
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from masstransit.facts.revocation import IntentKind, intent

DATA = Path(__file__).parents[2] / "shared" / "data" / "train"
#: file -> (column of the text, label to keep; "" where the set has none)
SETS = {
    "a_uci_sms/sms.csv": ("text", "ham"),
    "a_mishra_soni/smishing_5971.csv": ("text", "ham"),
    "a_multilingual_uci_mt/en_hi_de_fr.csv": ("text_fr", "ham"),
    "a_nus_sms_en/nus_en.csv": ("text", ""),
}
_SHOWN = (IntentKind.STOP, IntentKind.STOP_MARKETING, IntentKind.STOP_PERSON, IntentKind.UNCLEAR, IntentKind.START)


def texts(file: Path, column: str, label: str) -> Iterator[str]:
    """The texts of one set, each once."""
    seen: set[str] = set()
    with file.open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            text = row[column].strip()
            if text and text.lower() not in seen and (not label or row["label"] == label):
                seen.add(text.lower())
                yield text


def main() -> int:
    """Print a row a set."""
    if not DATA.is_dir():
        print("skipped: ../shared/data/train is not here", file=sys.stderr)
        return 0
    names = [kind.name for kind in _SHOWN]
    print("  ".join(["set".ljust(40), "texts".rjust(6), *(name.rjust(14) for name in names), "us a text"]))
    for name, (column, label) in SETS.items():
        found: collections.Counter[IntentKind] = collections.Counter()
        started = time.process_time()
        for text in texts(DATA / name, column, label):
            found[intent(text).kind] += 1
        cost = (time.process_time() - started) / max(1, found.total()) * 1e6
        cells = [f"{found[kind]:>6} ({found[kind] / found.total():6.2%})" for kind in _SHOWN]
        print(
            "  ".join(
                [f"{name} {column}".ljust(40), f"{found.total():>6}", *(c.rjust(14) for c in cells), f"{cost:9.0f}"]
            )
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
