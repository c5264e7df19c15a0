"""What becomes of a fax, in the words and by the codes of the SDKs."""

from __future__ import annotations

BUSY, NO_ANSWER, NO_FAX, BROKEN_OFF = 31486, 31480, 34005, 34004

_OF_STATUS = {
    "accepted": "queued",  # a person is to look at it first
    "scheduled": "queued",
    "queued": "queued",
    "sending": "sending",
    "sent": "delivered",  # all its pages are confirmed by the other side
    "delivered": "delivered",
    "received": "received",
    "canceled": "canceled",
}
_OF_ERROR = {BUSY: "busy", NO_ANSWER: "no-answer"}


def word_of(status: str, error: int | None = None, *, state: str = "") -> str:
    """A fax's status out of its communication's: queued, processing, sending, delivered, received, no-answer, busy,
    failed or canceled. `state` is the fax's own."""
    word = _OF_STATUS.get(status, _OF_ERROR.get(error or 0, "failed"))
    return "sending" if word == "queued" and state == "sending" else word
