"""What the record of one call that is over tells: whether it counts, how long it lasted, and why it ended."""

from __future__ import annotations

from collections.abc import Mapping

from masstransit.model.call import HELP, AnsweredBy, CallRecord, Party
from masstransit.model.communication import Direction, Purpose
from masstransit.model.outcome import Outcome
from masstransit.model.subject import Subject

LONGEST = 30  #: seconds up to which it is kept how long calls lasted: figures may lie below
WIDTH = 100  #: how far sums lie apart in which it is kept
_AT_ONCE = 1.0  # second: a person takes longer, and a mailbox that is called straight away is none either

# ITU-T Q.850: 34 no circuit, 38 out of order, 41 temporary failure, 42 congestion, 43 access information discarded,
# 44 circuit not available, 47 resource unavailable, 58 capability not available, 65, 79 not implemented,
# 88 incompatible destination (a codec), 102 recovery on timer expiry, 111 protocol error.
_TECHNICAL = frozenset({34, 38, 41, 42, 43, 44, 47, 58, 65, 79, 88, 102, 111})
_NO_CODEC = (415, 488, 606)  # RFC 3261 sections 21.4.13, 21.4.26, 21.6.4


def is_counted(subject: Subject) -> bool:
    """Whether a call is a dialler's doing, as far as its record tells (rulebook 19.6)."""
    return isinstance(subject, Outcome) and subject.record is not None and counts(subject.record)


def counts(record: CallRecord) -> bool:
    """The same of a record."""
    if record.direction is not Direction.OUTBOUND or record.internal or record.brief:
        return False
    return record.purpose is not Purpose.EMERGENCY and record.recipient.text not in HELP


def doubled(seconds: float) -> int:
    """Seconds as they are kept: doubled, and one more where they are no whole ones, so that the two are told apart."""
    whole = int(seconds)
    return 2 * whole + (seconds > whole)


def is_technical(record: CallRecord) -> bool:
    """Whether a carrier, a codec or the caller's own equipment failed, rather than somebody did something."""
    if record.cause is not None and record.cause in _TECHNICAL:
        return True
    if record.answered:
        return record.released_by is Party.NETWORK
    return 500 <= record.status < 600 or record.status in _NO_CODEC


def why(record: CallRecord) -> str:
    """Who ended an answered call, or why."""
    if is_technical(record):
        return "fault"
    if record.answered_by in (AnsweredBy.MACHINE, AnsweredBy.FAX):
        return "machine"
    if record.ringing_at is None and _waited(record) < _AT_ONCE:
        return "false_answer"
    return "callee" if record.released_by is Party.CALLEE else "caller"


def let_ring(record: CallRecord) -> float:
    """How long an unanswered call was left to ring. Of a carrier that does not tell when it rings: how long the caller
    waited, for it rang no longer than that."""
    return record.rang if record.ringing_at is not None else _waited(record)


def _waited(record: CallRecord) -> float:
    return ((record.answered_at or record.ended_at) - record.offered_at).total_seconds()


def below(ends: Mapping[int, int], most: float) -> int:
    """How many lasted less, in doubled seconds."""
    return sum(count for at, count in ends.items() if at < most)
