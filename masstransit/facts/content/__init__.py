"""What a text says: labels with scores, and the words that show them.

    Content(
        labels={"spam": 0.03, "phishing": 0.97, ...},         # all of LABELS, 0 to 1; 0.5 and more is positive
        spans={"phishing": ("verify your account", "link")},  # evidence for each positive label
        impersonates="bank",
        obfuscation=("homoglyphs",),
    )

A label says what a text looks like, never what follows from it: whether there was consent, whose brand it is, whether a
clinic has signed an agreement are other facts' and the clauses' business. One threshold holds for every kind of text
and every set that it was measured on (docs/evaluation.md; the data and the limits are in docs/model-card.md).

| label | positive where a text |
| --- | --- |
| spam | is advertising in look, solicited or not: offers, prizes, subscriptions, adult chat lines |
| phishing | wants the reader to open, call or answer something so that credentials, codes or card data are had |
| scam | promises or threatens something untrue for money: prizes, advance fees, jobs, investments, family in need |
| impersonation | speaks for a bank, authority, carrier, tech firm or relative and wants something of the reader |
| otp | hands over a one-time code |
| threat | announces or wishes violence against a person or a group |
| harassment | abuses the person it is written to |
| hate | attacks people for a protected ground, or says so of the group |
| sexual | is sexually explicit, or offers it |
| shaft | promotes what carriers gate: `shaft_kind` says what |
| phi | tells of somebody's health in a way that belongs to care: a condition, a result, a drug, with who it is about |
| robocall | is the speech of an unlawful recorded sales or fraud call |

A text is normalised before it is read (`normal.py`), then read twice: by a linear model over hashed pieces of words
(`features.py`, `model.py`), which decides by the whole of a text, and by structure (`lexicon/`), which knows who is
meant and whether something is quoted, denied or warned of. Neither is believed alone where they differ.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

#: Every label, in the order in which it is shown.
LABELS = (
    "spam", "phishing", "scam", "impersonation", "otp", "threat", "harassment", "hate", "sexual", "shaft", "phi",
    "robocall",
)  # fmt: skip

#: A label is positive from here on, for all texts alike.
POSITIVE = 0.5


def _none() -> Mapping[str, float]:
    return dict.fromkeys(LABELS, 0.0)


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a text says. Evidence has no digits: they are shown as "#", because a number is nobody's business."""

    labels: Mapping[str, float] = msgspec.field(
        default_factory=_none
    )  #: label -> score from 0 to 1, every one of `LABELS`
    spans: Mapping[str, tuple[str, ...]] = {}  #: label -> words that show it, for positive labels only

    ground: str = ""  #: of hate: race, religion, gender, orientation, disability, origin, age, location
    threat_to_life: bool = False  #: of a threat: it is to kill or maim somebody (16.3 asks for an hour's answer)
    quotation: bool = False  #: abusive words are there, but quoted or reported
    counter_speech: bool = False  #: abusive words are there, and the text speaks against them

    shaft_kind: tuple[str, ...] = ()  #: sex, hate, alcohol, firearms, tobacco, cannabis, gambling, lending
    impersonates: str = ""  #: bank, government, delivery, tech support, family, employer; "" for nobody
    brand_claimed: str = ""  #: the name it speaks for, where a well-known one is named (lower case)
    asks_code: bool = False  #: asks the reader to tell or send back a one-time code
    educates: bool = False  #: warns of fraud ("we will never ask for your PIN") and asks for nothing itself

    accuses: bool = False  #: says of a named person that they committed a crime
    excludes: bool = False  #: an offer of housing, work or credit that turns a protected group away (16.5)
    looks_like: str = ""  #: marketing, transactional, otp, conversation: the purpose by its look; "" where unclear
    obfuscation: tuple[str, ...] = ()  #: what was undone: homoglyphs, mixed-scripts, zero-width, leet, spaced, defanged

    def positive(self, label: str, threshold: float = POSITIVE) -> bool:
        """Whether a label holds. Clauses that act by themselves may ask for more than `POSITIVE`."""
        return self.labels[label] >= threshold
