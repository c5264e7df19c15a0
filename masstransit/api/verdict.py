"""The gate's verdict in REST's words: one table.

ALLOW, FLAG                     201 queued (accepted with a messaging service, scheduled when it is for later)
DELAY of this recipient         201 scheduled
DELAY of this sender            429, code 20429, Retry-After
HOLD                            201 accepted
REFUSE, known at once           400 or 403 with the finding's code
REFUSE by content               201 as if allowed; then the status callback says failed, 30007

A call rings now or never (`let_out`): what is more than a flag is refused at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from masstransit.api.dialect import Problem
from masstransit.carriage.statements import APPEALS
from masstransit.model.communication import Communication
from masstransit.model.decision import Decision, Mode, Verdict

_FORBIDDEN = frozenset({20003, 20005, 20403})  # what is wrong is the account, not the message
_CALL_BLOCKED = 21216  # "call blocked", where a finding has no code of its own
_UNNAMED = 30007  # permanent for every SDK user who sorts codes


def status_of(communication: Communication, decision: Decision, now: datetime, base: str) -> str:
    """The message's first status. Raises `Problem` where the verdict is no acceptance."""
    verdict = decision.verdict
    later = communication.send_at is not None and communication.send_at > now
    taken = "scheduled" if later else "accepted" if communication.service else "queued"
    if verdict <= Verdict.FLAG:
        return taken
    if verdict is Verdict.HOLD:
        return "accepted"
    finding = decision.deciding
    if verdict is Verdict.DELAY:
        if any(f.overload for f in decision.findings if f.mode is Mode.ENFORCED and f.verdict is Verdict.DELAY):
            wait = (decision.until - now).total_seconds() if decision.until else 1.0
            reason = finding.reason if finding else "Too many requests"
            raise Problem(429, 20429, reason, details=details_of(decision, base), retry_after=max(wait, 1.0))
        return "scheduled"
    if finding is not None and finding.by_content:
        return taken
    code = finding.code if finding and finding.code else _UNNAMED
    raise Problem(
        403 if code in _FORBIDDEN else 400,
        code,
        _sentence(finding.reason if finding else "The policy does not allow this"),
        details=details_of(decision, base),
    )


def let_out(decision: Decision, now: datetime, base: str, *, unnamed: int = _CALL_BLOCKED) -> None:
    """A call's verdict, or that on what is to begin in one: now or not at all. What is held is turned away too, and
    shown to the desk. `unnamed` is the code where the finding has none.

    Raises `Problem`: 429 where the sender has to slow down, else 400 or 403 with the finding's code; a delay says when
    to try again.
    """
    if decision.verdict <= Verdict.FLAG:
        return
    finding = decision.deciding
    overload = any(f.overload and f.mode is Mode.ENFORCED for f in decision.findings)
    wait = max((decision.until - now).total_seconds(), 1.0) if decision.until else None
    code = finding.code if finding and finding.code else unnamed
    delayed = decision.verdict is Verdict.DELAY
    status = 429 if delayed and overload else 403 if code in _FORBIDDEN else 400
    raise Problem(
        status,
        20429 if status == 429 else code,
        _sentence(finding.reason if finding else "The policy does not allow this"),
        details=details_of(decision, base),
        retry_after=wait if delayed else None,
    )


def details_of(decision: Decision, base: str) -> dict[str, Any]:
    """What a sender may know of a decision: the clause, a plain sentence, the remedy; no threshold, no span."""
    finding = decision.deciding
    return {
        "clause": finding.clause if finding else "",
        "rule": finding.rule if finding else "",
        "reason": finding.reason if finding else "",
        "remedy": finding.remedy if finding else "",
        "decision": decision.id,
        "appeal": f"{base}{APPEALS}",
    }


def _sentence(reason: str) -> str:
    return reason[:1].upper() + reason[1:]
