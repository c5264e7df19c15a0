"""A verdict in SIP's words (RFC 3261, 3326, 8224; rulebook 18.5).

    ALLOW, FLAG              the call goes on
    DELAY                    480 Temporarily Unavailable, Retry-After, Reason
    HOLD                     480 Temporarily Unavailable, Reason: it goes to the desk
    REFUSE                   403 Forbidden, Reason; 428 and 436-438 where the caller's identity is what does not hold

A delay is never 503, which would take a whole exchange's trunk out, and 603, 607 and 608 are never ours: they say that
the called person, or an analysis at their end, declined. The Reason header says the clause and why, as it is for the
sender; a Warning says how to put it right.
"""

from __future__ import annotations

import math
from datetime import datetime

import msgspec

from masstransit.channels.sip.message import Header
from masstransit.model.caller import PHRASES
from masstransit.model.decision import Decision, Finding, Verdict

_LONGEST = 240  # characters of a quoted text
_LONGEST_WAIT = 86_400  # seconds
_AGAIN = 60  # seconds, for a delay whose end nobody knows


class Said(msgspec.Struct, frozen=True):
    """A final response."""

    status: int
    phrase: str
    headers: tuple[Header, ...] = ()


def verdict(decision: Decision, now: datetime, agent: str) -> Said | None:
    """What a decision is in SIP; None: the call goes on. `agent` is whose warning it is: our domain."""
    finding = decision.deciding
    if decision.verdict <= Verdict.FLAG:
        return None
    if decision.verdict is Verdict.DELAY:
        wait = (decision.until - now).total_seconds() if decision.until else _AGAIN
        after = Header("retry-after", str(min(max(math.ceil(wait), 1), _LONGEST_WAIT)))
        return Said(480, "Temporarily Unavailable", (after, *_why(480, finding, agent)))
    if decision.verdict is Verdict.HOLD:
        return Said(480, "Temporarily Unavailable", _why(480, finding, agent, "a person looks at it first: "))
    status = _identity(finding)
    return Said(status or 403, PHRASES[status] if status else "Forbidden", _why(status or 403, finding, agent))


def busy(what: str, agent: str) -> Said:
    """Too many calls at once, or too fast: a limit of the account's, no clause."""
    return Said(480, "Temporarily Unavailable", (Header("retry-after", "1"), warning(what, agent)))


def warning(text: str, agent: str) -> Header:
    """A Warning header (RFC 3261 section 20.43): 399, miscellaneous."""
    return Header("warning", f'399 {agent} "{quotable(text)}"')


def quotable(text: str) -> str:
    """Text as it can stand in a quoted string of a header: one line, ASCII, bounded."""
    plain = text.replace("\u2019", "'").encode("ascii", "replace").decode()
    return " ".join(plain.replace('"', "'").replace("\\", "/").split())[:_LONGEST]


def _identity(finding: Finding | None) -> int | None:
    """The status of RFC 8224 that a finding of clause 18 says in its evidence."""
    told = finding.evidence.get("sip") if finding is not None and finding.clause == "18" else None
    return told if told in PHRASES and told != 403 else None  # 403 says nothing more than any refusal


def _why(status: int, finding: Finding | None, agent: str, before: str = "") -> tuple[Header, ...]:
    if finding is None:
        return ()
    text = quotable(f"clause {finding.clause}: {before}{finding.reason}")
    reason = Header("reason", f'SIP;cause={status};text="{text}"')
    return (reason, warning(finding.remedy, agent)) if finding.remedy else (reason,)
