"""The labels, and from where on they are positive."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

#: Every label, in the order in which it is shown.
LABELS = (
    "spam", "phishing", "scam", "impersonation", "otp", "threat", "harassment", "hate", "sexual", "shaft", "phi",
    "robocall",
)  # fmt: skip

#: A label is positive from here on, for all texts alike.
POSITIVE = 0.5

#: Scores below are noise, in which no clause looks for anything.
LEAST = 0.2

#: A score from which a clause does something, as its figure.
Score: TypeAlias = Annotated[float, msgspec.Meta(ge=LEAST, le=1.0)]
