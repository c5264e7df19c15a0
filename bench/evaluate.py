"""`make evaluate`: what the readers of texts make of messages that people really wrote; writes docs/evaluation.md.

Content is cross-validated: each text of a training set is read by a model that has not seen its fold (`make train`
keeps those models), public tests by the model that is shipped. The recogniser of opt-outs is measured on chats between
people, so that almost nothing in them is meant as an opt-out: what is taken for one is an error that would cut somebody
off, or a person whose message deserves a second look (UNCLEAR). Duplicates are folded.
"""

from __future__ import annotations

import collections
import csv
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from masstransit.facts.revocation import IntentKind, intent

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "train"
PAGE = ROOT / "docs" / "evaluation.md"
#: file -> (column of the text, label to keep; "" where the set has none)
SETS = {
    "a_uci_sms/sms.csv": ("text", "ham"),
    "a_mishra_soni/smishing_5971.csv": ("text", "ham"),
    "a_multilingual_uci_mt/en_hi_de_fr.csv": ("text_fr", "ham"),
    "a_nus_sms_en/nus_en.csv": ("text", ""),
}
_SHOWN = (IntentKind.STOP, IntentKind.STOP_MARKETING, IntentKind.STOP_PERSON, IntentKind.UNCLEAR, IntentKind.START)

_OPTOUTS = "## Opt-outs\n\nChats between people: almost nothing in them is meant as an opt-out.\n\n"


def texts(file: Path, column: str, label: str) -> Iterator[str]:
    """The texts of one set, each once."""
    seen: set[str] = set()
    with file.open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            text = row[column].strip()
            if text and text.lower() not in seen and (not label or row["label"] == label):
                seen.add(text.lower())
                yield text


def optouts() -> Iterator[Sequence[str]]:
    """A row a set: how many texts are taken for what, and what one costs."""
    for name, (column, label) in SETS.items():
        found: collections.Counter[IntentKind] = collections.Counter()
        started = time.process_time()
        for text in texts(DATA / name, column, label):
            found[intent(text).kind] += 1
        cost = (time.process_time() - started) / max(1, found.total()) * 1e6
        cells = [f"{found[kind]} ({found[kind] / found.total():.2%})" for kind in _SHOWN]
        yield (f"{name} {column}", str(found.total()), *cells, f"{cost:.0f}")


def content() -> Iterator[str]:
    """The sections about content. Needs the models that `make train` keeps."""
    from bench.content import measure  # noqa: PLC0415 - scikit-learn is needed for these sections only

    measured = measure.Measured()
    cases = measure.hatecheck()
    hate = measure.hate_scores(measured.whole, cases)
    uci = [e.text for e in measured.examples if e.source == "uci"]
    head = ("set", "language", "labels", "texts", "precision", "recall", "F1", "false positives")
    yield "## Content, by set and language\n\n" + table(head, measure.sets(measured))
    yield (
        "## Tricks\n\nRecall of what is unwanted in UCI and Mishra-Soni (smishing); false positives of chats (NUS).\n\n"
        + table(("written with", "recall", "points", "false positives"), measure.tricks(measured))
    )
    yield "## HateCheck\n\nNever trained on. Scores from the shipped weights.\n\n" + table(
        ("threshold", "right", "hateful found", "others let pass"),
        (measure.hate_at(hate, cases, threshold) for threshold in (0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95)),
    )
    yield table(("function", "cases", "right at 0.5"), measure.hate_by_function(hate, cases))
    yield "## Without a list\n\nHateCheck at 0.5, unseen lines of our templates, and chats (NUS).\n\n" + table(
        ("list left out", "HateCheck", "hate found", "threats found", "abuse in chats"), measure.without_lists(measured)
    )
    yield table(("label", "list left out", "texts", "recall, unseen lines"), measure.without_wares(measured))
    yield (
        "## Rules on wording\n\nWhat clause 6 holds or refuses of texts that are not what its rules look for.\n\n"
        + table(("rule", "campaign", "set", "texts", "held or refused"), measure.wordings(measured))
    )
    yield "## Clinical tests\n\nThe public test sets of MTS-Dialog, never trained on.\n\n" + table(
        ("set", "dialogues", "phi", "robocall"), measure.clinic_tests(measured.whole)
    )
    yield (
        "## Verdicts\n\n`screen --profile open`, by shipped weights that have seen these texts; 2,000 a set.\n\n"
        + table(("set", "texts", "allow", "flag", "delay", "hold", "refuse"), _verdicts(measured))
    )
    reading, judging = measure.cost(measured.whole, uci), measure.cost_of_judging(uci)
    yield (
        "## Cost\n\nOf processor time an SMS (UCI), the best of five runs: "
        f"{reading:.0f} us to read its content (in batches of 64), {judging:.0f} us for the whole of "
        f"`screen --profile open`: {1e6 / judging:,.0f} texts a second on one core.\n"
    )


def _verdicts(measured: object) -> Iterator[Sequence[str]]:
    from bench.content import measure  # noqa: PLC0415

    by_source = collections.defaultdict(list)
    for example in getattr(measured, "examples", ()):
        spam = example.known.get("spam")
        by_source[f"{example.source} {'' if spam is None else 'spam' if spam else 'ham'}".strip()].append(example.text)
    for name in ("uci spam", "uci ham", "nus ham", "mishra-smishing spam", "written-business ham", "written-fraud"):
        told = measure.verdicts(by_source[name][:2000])
        yield (name, str(told.total()), *(f"{told[v]}" for v in ("ALLOW", "FLAG", "DELAY", "HOLD", "REFUSE")))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of the page, printed as it grows."""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    print(lines[0], flush=True)
    for row in rows:
        lines.append(f"| {' | '.join(row)} |")
        print(lines[-1], flush=True)
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure, print, and write the page."""
    if not DATA.is_dir():
        print("skipped: ../shared/data/train is not here", file=sys.stderr)
        return 0
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    now = datetime.now(UTC)
    names = [kind.name for kind in _SHOWN]
    sections = [
        f"# Evaluation\n\nWritten by `make evaluate` on {now:%Y-%m-%d}, commit {commit.stdout.strip() or 'unknown'}.\n",
        "Shares have Wilson's interval at 95 %. Content is positive from 0.5 on, for every label and every set.\n",
        *content(),
        _OPTOUTS + table(("set", "texts", *names, "us a text"), optouts()),
    ]
    PAGE.write_text("\n".join(sections), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
