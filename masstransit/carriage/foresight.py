"""What the gate says of something now that will still hold when it is due (`send_at`)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from masstransit.model.communication import Communication
from masstransit.model.decision import Decision, Finding, Mode, Verdict


def lasting(decision: Decision, communication: Communication) -> Decision:
    """The decision by what will hold then: a refusal does, a delay that ends later, and a hold where something is said,
    which is taken to be what it is for, and will be the same. What nothing may stop now is stopped by nothing then."""
    due = communication.send_at or communication.at
    findings = tuple(each for each in decision.findings if _lasts(each, due, said=not communication.wordless))
    binding = (each.verdict for each in findings if each.mode is Mode.ENFORCED)
    verdict = min(decision.verdict, max(binding, default=Verdict.ALLOW))
    return msgspec.structs.replace(decision, findings=findings, verdict=verdict)


def _lasts(finding: Finding, due: datetime, *, said: bool) -> bool:
    if finding.verdict is Verdict.DELAY:
        return finding.until is not None and finding.until > due
    return finding.verdict is not Verdict.HOLD or said
