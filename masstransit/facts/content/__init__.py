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

from masstransit.facts.content.content import Content
from masstransit.facts.content.labels import LABELS, POSITIVE, Score
from masstransit.facts.content.learner import ContentReader

__all__ = ["LABELS", "POSITIVE", "Content", "ContentReader", "Score"]
