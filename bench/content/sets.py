"""The labelled sets of ../shared/data/train as examples: a text, what is known of its labels, and what it belongs to.

What a set does not say of a label is unknown, not negative: a chat corpus says nothing about coarse words of love.
Texts that are the same but for numbers and punctuation share a `group`, and so do robocalls of one campaign and
Presidio sentences of one template: a group is never on both sides of a split.
"""

from __future__ import annotations

import collections
import csv
import email
import email.policy
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from masstransit.facts.content.labels import LABELS

SHARED = Path(__file__).parents[3] / "shared" / "data"
TRAIN = SHARED / "train"
FOLDS = 5
_LONGEST = 3000  # characters of a mail or a dialogue that are learned from


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A text with the labels that are known of it."""

    text: str
    source: str  #: the set, or "written" for our own templates
    known: Mapping[str, bool]  #: label -> whether it holds; a label that is missing is unknown
    group: str  #: what it must not be parted from
    language: str = "en"
    weight: float = 1.0

    @property
    def fold(self) -> int:
        """Which part of a cross-validation it is tested in."""
        return zlib.crc32(self.group.encode()) % FOLDS


def _known(positive: Iterable[str] = (), unknown: Iterable[str] = ()) -> dict[str, bool]:
    """All labels negative but these."""
    held, open_ = set(positive), set(unknown)
    return {label: label in held for label in LABELS if label not in open_}


def fingerprint(text: str) -> str:
    """The same for texts that differ in numbers, case, spaces and punctuation alone."""
    return re.sub(r"[\W_]+", "", re.sub(r"\d+", "0", text.lower()))


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (TRAIN / name).open(encoding="utf-8", newline="") as source:
        yield from csv.DictReader(source)


_ACCOUNT = re.compile(
    r"account|verif|kyc|log ?in|suspend|password|\botp\b|bank|unauthori|card|refund|paypal|apple|icloud|hmrc|tax", re.I
)


def _smishing(text: str) -> str:
    """Mishra and Soni have one label for both: what asks for an account is phishing, the rest promises something."""
    return (
        "phishing"
        if _ACCOUNT.search(text) and not re.search(r"\bwon\b|winner|award|prize|guaranteed", text, re.I)
        else "scam"
    )


def sms() -> Iterator[Example]:
    """UCI, its translations, and Mishra and Soni. What the latter call smishing is phishing or a scam in both."""
    smishing = {
        fingerprint(r["text"]): _smishing(r["text"])
        for r in _rows("a_mishra_soni/smishing_5971.csv")
        if r["label"] == "smishing"
    }
    adult = ("sexual", "shaft", "harassment")
    fraud = ("phishing", "scam", "impersonation")
    for row in _rows("a_uci_sms/sms.csv"):
        key = fingerprint(row["text"])
        positive = ["spam"] if row["label"] == "spam" else []
        unknown = adult + (fraud if positive else ())
        known = _known(positive, unknown)
        if key in smishing:
            known |= {smishing[key]: True}
        yield Example(text=row["text"], source="uci", known=known, group=key, weight=4.0)
    for row in _rows("a_mishra_soni/smishing_5971.csv"):
        key = fingerprint(row["text"])
        known = _known([] if row["label"] == "ham" else ["spam"], adult + (() if row["label"] == "ham" else fraud))
        if key in smishing:
            known |= {smishing[key]: True}
        source = {"ham": "mishra-ham", "spam": "mishra-spam", "smishing": "mishra-smishing"}[row["label"]]
        yield Example(text=row["text"], source=source, known=known, group=key, weight=4.0)
    for row in _rows("a_multilingual_uci_mt/en_hi_de_fr.csv"):
        key = fingerprint(row["text"])
        for language in ("hi", "de", "fr"):
            known = _known(
                ["spam"] if row["label"] == "spam" else [], adult + (fraud if row["label"] == "spam" else ())
            )
            yield Example(
                text=row[f"text_{language}"], source="uci-mt", known=known, group=key, language=language, weight=0.03
            )


def chats() -> Iterator[Example]:
    """NUS: chats between people, coarse words among friends included."""
    for row in _rows("a_nus_sms_en/nus_en.csv"):
        yield Example(text=row["text"], source="nus", known=_known(unknown=("sexual",)), group=fingerprint(row["text"]))


_COMMERCE = ("spam", "phishing", "scam", "impersonation", "otp", "phi", "robocall", "shaft")


def abuse() -> Iterator[Example]:
    """Davidson, EDOS and ParaDetox. They are no messages of a business: every such label is negative."""
    business = dict.fromkeys(_COMMERCE, False)
    for row in _rows("b_davidson/davidson.csv"):
        text = re.sub(r"&amp;", "&", re.sub(r"&#\d+;", " ", re.sub(r"https?://\S+|@\w+|\bRT\b", " ", row["text"])))
        known = business | {"hate": row["label"].startswith("hate")}
        if row["label"] == "neither":
            known |= {"harassment": False, "threat": False, "sexual": False}
        yield Example(text=text, source="davidson", known=known, group=fingerprint(text), weight=0.5)
    for row in _rows("b_edos/edos.csv"):
        text = re.sub(r"\[(?:USER|URL)\]", " ", row["text"])
        category = row["label_category"][:1]
        known = dict(business)
        if category in "12n":
            known |= {"hate": category in "12"}
        if category in "1n":
            known |= {"threat": category == "1"}
        if category == "n":
            known |= {"harassment": False}
        yield Example(text=text, source="edos", known=known, group=fingerprint(text), weight=0.7)
    for row in _rows("b_paradetox/paradetox.csv"):
        group = fingerprint(row["toxic"])
        if re.search(r"\b(?:you|your|ur|u|youre)\b", row["toxic"]):
            yield Example(text=row["toxic"], source="paradetox", known=business | {"harassment": True}, group=group)
        neutral = business | {"harassment": False, "hate": False, "threat": False, "sexual": False}
        yield Example(text=row["neutral"], source="paradetox-neutral", known=neutral, group=group)


def clinic() -> Iterator[Example]:
    """MTS-Dialog: talk and notes of care. Its test sets are not read here."""
    for name in ("TrainingSet", "ValidationSet"):
        for row in _rows(f"c_mts_dialog/{name}.csv"):
            group = fingerprint(row["dialogue"])[:80]
            for text, source in ((row["dialogue"], "mts-dialogue"), (row["section_text"], "mts-note")):
                if len(text) > 40:
                    known = _known(["phi"], ("sexual", "shaft", "harassment"))
                    yield Example(text=text[:_LONGEST], source=source, known=known, group=group)


def robocalls() -> Iterator[Example]:
    """FTC robocalls. Whether each one is also fraud or advertising is not said."""
    texts = list(
        dict.fromkeys((row["transcript"], row["language"]) for row in _rows("e_robocall_transcripts/robocalls.csv"))
    )
    campaigns = _campaigns([text for text, _ in texts])
    for (text, language), campaign in zip(texts, campaigns, strict=True):
        known = _known(["robocall"], ("spam", "phishing", "scam", "impersonation", "shaft"))
        yield Example(text=text, source="robocall", known=known, group=f"campaign {campaign}", language=language)


def _campaigns(texts: list[str]) -> list[int]:
    """A number for each text; texts that share three runs of five words have the same."""
    leader = list(range(len(texts)))

    def lead(i: int) -> int:
        while leader[i] != i:
            i = leader[i]
        return i

    shared: collections.Counter[tuple[int, int]] = collections.Counter()
    seen: dict[tuple[str, ...], list[int]] = collections.defaultdict(list)
    for i, text in enumerate(texts):
        words = re.sub(r"[^\w\s]", "", text.lower()).split() if " " in text else list(text)
        for shingle in {tuple(words[j : j + 5]) for j in range(len(words) - 4)}:
            for other in seen[shingle]:
                shared[other, i] += 1
            seen[shingle].append(i)
    for (one, other), count in shared.items():
        if count >= 3:
            leader[lead(other)] = lead(one)
    return [lead(i) for i in range(len(texts))]


def identifiers() -> Iterator[Example]:
    """Presidio: sentences with names, numbers and addresses and no health in them."""
    for item in json.loads((TRAIN / "c_presidio/synth_dataset_v2.json").read_text("utf-8")):
        yield Example(
            text=item["full_text"],
            source="presidio",
            known=_known(unknown=("spam",)),
            group=f"template {item['template_id']}",
        )


def mails() -> Iterator[Example]:
    """SpamAssassin: subject and text of mails."""
    for row in _rows("f_spamassassin/index.csv"):
        text = _mail(TRAIN / "f_spamassassin" / row["file"])
        if len(text) < 20:
            continue
        spam = row["label"] == "spam"
        known = {"spam": spam, "otp": False, "phi": False, "robocall": False, "hate": False, "threat": False}
        yield Example(text=text, source="spamassassin", known=known, group=fingerprint(text)[:200], weight=0.5)


def _mail(file: Path) -> str:
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.compat32)
    parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    parts.sort(key=lambda part: part.get_content_subtype() != "plain")
    raw = parts[0].get_payload(decode=True) if parts else b""
    body = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
    if parts and parts[0].get_content_subtype() == "html":
        body = re.sub(r"(?s)<(script|style).*?</\1>|<[^>]*>|&\w+;", " ", body)
    plain = " ".join(body.split())[:_LONGEST]
    return f"{message.get('subject', '')}\n{plain}"


def everything() -> list[Example]:
    """All sets, each text once a set."""
    found: dict[tuple[str, str], Example] = {}
    for read in (sms, chats, abuse, clinic, robocalls, identifiers, mails):
        for example in read():
            found.setdefault((example.source, example.language + fingerprint(example.text)), example)
    return list(found.values())
