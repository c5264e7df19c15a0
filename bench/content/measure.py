"""What `make evaluate` measures of content: each set by the model that has not seen the fold, tests by the whole.

One threshold (0.5) for every label and every set. "Unwanted" is a text with at least one of the labels spam, phishing
and scam: the sets differ in which of the three they call a message.
"""

from __future__ import annotations

import asyncio
import collections
import csv
import io
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from bench.content.sets import FOLDS, SHARED, TRAIN, Example
from bench.content.train import examples, fitted
from bench.content.tricks import TRICKS
from masstransit.clause import Case
from masstransit.clock import SystemClock
from masstransit.facts.content import POSITIVE, Content
from masstransit.facts.content.lexicon import EXPLICIT, LISTS, WARES
from masstransit.facts.content.reading import ContentModel
from masstransit.facts.identity import Campaign, Numbering
from masstransit.facts.traffic import PairHistory
from masstransit.model.address import parse
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.decision import Verdict
from masstransit.policy import AUP
from masstransit.policy.clause_06_carrier_complaints_and_industry_rules import CarrierComplaints
from masstransit.screening import Screen

UNWANTED = ("spam", "phishing", "scam")
_Z = 1.96  # of a normal curve: 95 %
Read = tuple[Example, Content]
Row = Sequence[str]


def interval(hits: int, of: int) -> tuple[float, float]:
    """Wilson's interval at 95 % for a share."""
    if not of:
        return 0.0, 1.0
    share, spread = hits / of, _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def share(hits: int, of: int) -> str:
    """A share with its interval, in per cent."""
    if not of:
        return "none"
    low, high = interval(hits, of)
    return f"{hits / of:.2%} ({low:.2%} to {high:.2%})"


def any_of(content: Content, labels: Sequence[str]) -> bool:
    """Whether a text has one of the labels."""
    return any(content.labels[label] >= POSITIVE for label in labels)


class Measured:
    """Every example, read by the model that has not seen its fold."""

    def __init__(self) -> None:
        self.examples = examples()
        self.models = [ContentModel(fitted(str(fold))) for fold in range(FOLDS)]
        self.whole = ContentModel(fitted("all"))
        self._by_source: dict[str, list[Example]] = collections.defaultdict(list)
        for example in self.examples:
            self._by_source[example.source].append(example)

    def read(
        self, source: str, change: Callable[[str], str] = str, only: Callable[[Example], bool] | None = None
    ) -> list[Read]:
        """The examples of a set as they are read, changed first."""
        found: list[Read] = []
        for fold, model in enumerate(self.models):
            tested = [e for e in self._by_source[source] if e.fold == fold and (only is None or only(e))]
            for start in range(0, len(tested), 64):
                part = tested[start : start + 64]
                found += zip(part, model.read([change(e.text) for e in part]), strict=True)
        return found


def scores(read: Sequence[Read], labels: Sequence[str], truth: Callable[[Example], bool | None]) -> Row:
    """Texts, precision, recall, F1 and false positives of some labels taken together."""
    judged = [(truth(example), any_of(content, labels)) for example, content in read]
    known = [(held, said) for held, said in judged if held is not None]
    hits = sum(t and p for t, p in known)
    said, true = sum(p for _, p in known), sum(t for t, _ in known)
    false, clean = said - hits, len(known) - true
    f1 = f"{2 * hits / (said + true):.3f}" if true else ""
    return (
        str(len(known)),
        share(hits, said) if true else "",
        share(hits, true) if true else "",
        f1,
        share(false, clean) if clean else "",
    )


def _label(label: str) -> Callable[[Example], bool | None]:
    return lambda example: example.known.get(label)


def sets(measured: Measured) -> Iterator[Row]:
    """A row a set, language and label."""
    always: Callable[[Example], bool | None] = lambda _: True  # noqa: E731
    never: Callable[[Example], bool | None] = lambda _: False  # noqa: E731
    plan = (
        ("uci", ("spam",), _label("spam")),
        ("uci", UNWANTED, _label("spam")),
        ("mishra-smishing", UNWANTED, always),
        ("mishra-smishing", ("phishing", "scam"), always),
        ("mishra-spam", UNWANTED, always),
        ("mishra-ham", UNWANTED, never),
        ("nus", ("spam",), never),
        ("nus", UNWANTED, never),
        ("nus", ("hate", "threat", "harassment"), never),
        ("nus", ("otp", "shaft", "phi", "robocall"), never),
        ("spamassassin", ("spam",), _label("spam")),
        ("robocall", ("robocall",), always),
        ("mts-dialogue", ("robocall",), never),
        ("mts-dialogue", UNWANTED, never),
        ("nus", ("robocall",), never),
        ("written-chat", ("robocall",), never),
        ("written-calls", ("robocall",), _label("robocall")),
        ("mts-dialogue", ("phi",), always),
        ("mts-note", ("phi",), always),
        ("presidio", ("phi",), never),
        ("nus", ("phi",), never),
        ("written-business", UNWANTED, _unwanted),
        ("written-lawful", UNWANTED, _unwanted),
        ("edos", ("hate",), _label("hate")),
        ("edos", ("threat",), _label("threat")),
        ("davidson", ("hate",), _label("hate")),
        ("paradetox", ("harassment",), always),
        ("paradetox-neutral", ("harassment",), never),
    )
    for source, labels, truth in plan:
        yield (source, "en", ", ".join(labels), *scores(measured.read(source), labels, truth))
    for source in ("uci-mt", "written-languages"):
        read = measured.read(source)
        for language in sorted({example.language for example, _ in read}):
            part = [pair for pair in read if pair[0].language == language]
            yield (source, language, ", ".join(UNWANTED), *scores(part, UNWANTED, _unwanted))
    for label in ("phishing", "scam", "impersonation", "otp", "sexual", "shaft", "phi", "threat", "harassment", "hate"):
        read = [pair for source in _WRITTEN for pair in measured.read(source)]
        yield ("our templates, unseen lines", "all", label, *scores(read, (label,), _label(label)))


_WRITTEN = tuple(f"written-{file}" for file in ("fraud", "business", "lawful", "languages", "abuse", "adult", "shaft",
                                                "health", "chat", "calls"))  # fmt: skip


def _unwanted(example: Example) -> bool | None:
    held = [example.known.get(label) for label in UNWANTED]
    return True if True in held else None if None in held else False


def tricks(measured: Measured) -> Iterator[Row]:
    """Recall of unwanted messages through each trick, and what the trick makes of chats."""
    sources = (("uci", _label("spam")), ("mishra-smishing", lambda _: True))
    plain = _recall(measured, sources, str)
    sample: Callable[[Example], bool] = lambda e: len(e.text) % 8 == 0  # noqa: E731
    for name, change in ({"as written": str} | dict(TRICKS)).items():
        hits, of = _recall(measured, sources, change)
        chats = measured.read("nus", change, sample)
        false = sum(any_of(content, UNWANTED) for _, content in chats)
        yield name, share(hits, of), f"{(hits / of - plain[0] / plain[1]) * 100:+.1f}", share(false, len(chats))


def _recall(
    measured: Measured, sources: Sequence[tuple[str, Callable[[Example], bool | None]]], change: Callable[[str], str]
) -> tuple[int, int]:
    read = [(truth(e), content) for source, truth in sources for e, content in measured.read(source, change)]
    return sum(any_of(content, UNWANTED) for held, content in read if held), sum(bool(held) for held, _ in read)


def hatecheck() -> list[dict[str, str]]:
    """The cases of HateCheck."""
    with (SHARED / "conformance/b_hatecheck/test_suite_cases.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def hate_scores(model: ContentModel, cases: Sequence[Mapping[str, str]]) -> list[float]:
    """The score for hate of each case."""
    return [content.labels["hate"] for content in model.read([case["test_case"] for case in cases])]


def hate_at(found: Sequence[float], cases: Sequence[Mapping[str, str]], threshold: float) -> Row:
    """Cases right, hateful ones found, and others let pass."""
    said = [score >= threshold for score in found]
    gold = [case["label_gold"] == "hateful" for case in cases]
    right = sum(s == g for s, g in zip(said, gold, strict=True))
    hits = sum(s and g for s, g in zip(said, gold, strict=True))
    passed = sum(not s and not g for s, g in zip(said, gold, strict=True))
    return f"{threshold:.2f}", share(right, len(gold)), share(hits, sum(gold)), share(passed, len(gold) - sum(gold))


def hate_by_function(found: Sequence[float], cases: Sequence[Mapping[str, str]]) -> Iterator[Row]:
    """The share of right answers, by what is tested."""
    kinds: dict[str, list[bool]] = collections.defaultdict(list)
    for score, case in zip(found, cases, strict=True):
        kinds[case["functionality"]].append((score >= POSITIVE) == (case["label_gold"] == "hateful"))
    for kind, right in kinds.items():
        yield kind, str(len(right)), share(sum(right), len(right))


def without_lists(measured: Measured) -> Iterator[Row]:
    """HateCheck, and recall and false positives of abuse, with each list of words left out."""
    cases = hatecheck()
    for name in ("none", *LISTS):
        model = ContentModel(fitted("all"), frozenset({name}))
        right = hate_at(hate_scores(model, cases), cases, POSITIVE)[1].split(" ")[0]
        yield (name, right, *_abuse_without(measured, frozenset({name})))


def _abuse_without(measured: Measured, without: frozenset[str]) -> Row:
    models = [ContentModel(fitted(str(fold)), without) for fold in range(FOLDS)]
    cells = []
    for source, labels, held in (
        ("written-abuse", ("hate",), True),
        ("written-abuse", ("threat",), True),
        ("nus", ("hate", "threat", "harassment"), False),
    ):
        hits = of = 0
        for fold, model in enumerate(models):
            texts = [
                e.text
                for e in measured.examples
                if e.source == source and e.fold == fold and _counts(e, labels, held=held)
            ]
            hits += sum(any_of(content, labels) for content in model.read(texts))
            of += len(texts)
        cells.append(f"{hits / of:.2%}")
    return cells


def _counts(example: Example, labels: Sequence[str], *, held: bool) -> bool:
    return example.known.get(labels[0]) is True if held else len(example.text) % 8 == 0


def without_wares(measured: Measured) -> Iterator[Row]:
    """What becomes of labels that lean on lists of goods, of words of sex and of brands: recall on unseen lines."""
    plan = {"sexual": EXPLICIT, "shaft": tuple(f"wares-{kind}" for kind in WARES), "impersonation": ("brands",)}
    for label, names in plan.items():
        for name in ("none", *names):
            models = [ContentModel(fitted(str(fold)), frozenset({name})) for fold in range(FOLDS)]
            hits = of = 0
            for fold, model in enumerate(models):
                held = [e for e in measured.examples if e.source in _WRITTEN and e.fold == fold and e.known.get(label)]
                hits += sum(any_of(content, (label,)) for content in model.read([e.text for e in held]))
                of += len(held)
            yield label, name, str(of), share(hits, of)


#: Rules on wording, the use case and purpose of what they hear, and the label that their texts must not have.
_WORDINGS = (
    ("6.5.3", "DELIVERY_NOTIFICATION", Purpose.TRANSACTIONAL, "spam"),
    ("6.5.3", "2FA", Purpose.OTP, "spam"),
    ("6.4.1", "MARKETING", Purpose.MARKETING, "shaft"),
)
_LAWFUL = ("uci", "mishra-ham", "nus", "written-business", "written-lawful", "written-health", "written-languages")


def wordings(measured: Measured) -> Iterator[Row]:
    """What clause 6 holds or refuses of texts that are not what its rules on wording look for: read by the model that
    has not seen their fold, and judged by the rule itself."""
    clause = CarrierComplaints()
    for rule, use, purpose, label in _WORDINGS:
        campaign = Campaign(sid="QE1", on_record=True, status="VERIFIED", use_case=use)
        for source in _LAWFUL:
            read = measured.read(source, only=_lawful(label))
            stopped = sum(stops(clause, rule, campaign, purpose, example.text, said) for example, said in read)
            yield rule, use, source, str(len(read)), share(stopped, len(read))


def _lawful(label: str) -> Callable[[Example], bool]:
    """Texts that are neither what a rule looks for nor anything that another rule stops."""
    bad = ("phishing", "scam", "hate", "threat", "harassment", "sexual")
    return lambda e: e.known.get(label) is False and not any(e.known.get(other) for other in bad)


def stops(clause: CarrierComplaints, rule: str, campaign: Campaign, purpose: Purpose, text: str, said: Content) -> bool:
    """Whether a rule of clause 6 holds or refuses a text of which that was read."""
    sms = Communication(
        id="SM1", account="AC1", kind=Kind.SMS, channel="rest", sender=parse("+12025550123"),
        recipient=parse("+12125550123"), text=text, at=_THEN, purpose=purpose,
    )  # fmt: skip
    pair = PairHistory(alternations_60s=0, unanswered_24h=0, answered=False)
    learned: dict[type, Any] = {
        Content: said,
        Campaign: campaign,
        PairHistory: pair,
        Numbering: Numbering(recipient_region="US"),
    }
    judge = {"6.4.1": clause.shaft, "6.5.3": clause.wording}[rule]
    return any(ruling.verdict >= Verdict.HOLD for ruling in judge(Case(sms, learned)))


_THEN = datetime(2026, 6, 3, 17, tzinfo=UTC)  # any time: none of these rules looks at it


def clinic_tests(model: ContentModel) -> Iterator[Row]:
    """The public test sets of MTS-Dialog."""
    for name in ("TestSet-1-MEDIQA-Chat-2023", "TestSet-2-MEDIQA-Sum-2023"):
        with (TRAIN / f"c_mts_dialog/{name}.csv").open(encoding="utf-8", newline="") as source:
            texts = [row["dialogue"] for row in csv.DictReader(source)]
        read = model.read(texts)
        yield (
            name,
            str(len(texts)),
            *(share(sum(any_of(c, (label,)) for c in read), len(read)) for label in ("phi", "robocall")),
        )


def cost(model: ContentModel, texts: Sequence[str]) -> float:
    """Microseconds of processor time a text, in batches of 64: the best of five runs, as the machine is shared."""
    return min(_run(model, texts) for _ in range(5)) / len(texts) * 1e6


def _run(model: ContentModel, texts: Sequence[str]) -> float:
    started = time.process_time()
    for start in range(0, len(texts), 64):
        model.read(texts[start : start + 64])
    return time.process_time() - started


def cost_of_judging(texts: Sequence[str]) -> float:
    """The same of the whole of `screen --profile open`: all facts of texts and all rules, from line to line."""
    screen, lines = _screen(), _lines(texts)
    return min(_screened(screen, lines) for _ in range(5)) / len(texts) * 1e6


def _screened(screen: Screen, lines: str) -> float:
    started = time.process_time()
    asyncio.run(screen.run(io.StringIO(lines), io.StringIO()))
    return time.process_time() - started


def verdicts(texts: Sequence[str]) -> collections.Counter[str]:
    """What `screen --profile open` says of texts, with the weights that are shipped."""
    out = io.StringIO()
    asyncio.run(_screen().run(io.StringIO(_lines(texts, purpose="transactional")), out))
    return collections.Counter(msgspec.json.decode(line)["verdict"] for line in out.getvalue().splitlines())


def _screen() -> Screen:
    return Screen([clause() for clause in AUP], SystemClock(), "open", "")


def _lines(texts: Sequence[str], **more: str) -> str:
    line = {"kind": "sms", "from": "+12025550123", "to": "+12125550123", **more}
    return "".join(json.dumps(line | {"text": text}) + "\n" for text in texts)
