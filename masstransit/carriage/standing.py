"""Standing: what findings about outcomes do to the smallest responsible unit, over time.

Here a finding becomes a step on the ladder (rulebook 0.4), recorded with its clause and its end; each step is noted
once while it lasts. Notices, cures and appeals of steps belong to the cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.ledger import Ledger
from masstransit.model.communication import Subject
from masstransit.model.decision import Decision, Finding, Mode, Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import reports
from masstransit.storage.engine import Database

#: What a finding about an outcome comes to, and for how long it stands (defaults of the rulebook's ladder).
STEPS = {
    Verdict.FLAG: ("warn", timedelta(days=30)),
    Verdict.DELAY: ("throttle", timedelta(days=1)),
    Verdict.HOLD: ("block", timedelta(days=7)),
    Verdict.REFUSE: ("suspend", timedelta(days=30)),
}


class Standing:
    """Writes steps."""

    def __init__(self, database: Database, ledger: Ledger, clock: Clock) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock

    async def follow(self, subjects: Sequence[Subject], decided: Sequence[Decision]) -> None:
        """Note the steps that findings about outcomes call for."""
        found = [
            (subject, decision, finding)
            for subject, decision in zip(subjects, decided, strict=True)
            for finding in decision.findings
            if finding.mode is Mode.ENFORCED and not finding.unknown
        ]
        if not found:
            return
        now = self._clock.now()

        def keep(connection: Connection) -> None:
            for subject, decision, finding in found:
                step, lasts = STEPS[finding.verdict]
                scope, target = _unit(subject, finding)
                step_id = new_sid("ST")
                row = {
                    "account": subject.account,
                    "step_id": step_id,
                    "scope": scope,
                    "target": target,
                    "step": step,
                    "clause": finding.clause,
                    "rule": finding.rule,
                    "reason": finding.reason[:256],
                    "decision": decision.id,
                    "since": now,
                    "expires_at": now + lasts,
                }
                if reports.stands(connection, row, now):
                    continue
                reports.add_step(connection, row)
                self._ledger.record(connection, subject.account, "standing", step_id, row, now)

        await self._database.write(keep)


def _unit(subject: Subject, finding: Finding) -> tuple[str, str]:
    """The smallest responsible unit: campaign, then end user, then account; a finding may name its own."""
    scope = finding.evidence.get("scope")
    if scope is not None:
        return str(scope), str(finding.evidence.get("target", ""))
    campaign, end_user = getattr(subject, "campaign", None), getattr(subject, "end_user", None)
    if campaign:
        return "campaign", campaign
    if end_user:
        return "end_user", end_user
    return "account", subject.account
