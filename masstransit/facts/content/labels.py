"""The labels, and from where on they are positive."""

from __future__ import annotations

#: Every label, in the order in which it is shown.
LABELS = (
    "spam", "phishing", "scam", "impersonation", "otp", "threat", "harassment", "hate", "sexual", "shaft", "phi",
    "robocall",
)  # fmt: skip

#: A label is positive from here on, for all texts alike.
POSITIVE = 0.5
