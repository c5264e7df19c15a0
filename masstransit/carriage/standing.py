"""Standing: what findings about outcomes do to the smallest responsible unit, over time.

Here a finding becomes a step on the ladder (rulebook 0.4), recorded with its clause and its end; each step is noted
once while it lasts, and its customer is told at that moment (`statements`). Clause B judges by the steps that stand;
what a person says of one is `lifting`.

Each step is a strike, and weighs less as time passes: half after 30 days, and nothing after 90. Another finding climbs:
to a throttle, and then to a suspension, which is only proposed. Nobody has proved anything yet, and a person has to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.carriage.statements import PROPOSED, of_step
from masstransit.clock import Clock
from masstransit.ledger import Ledger
from masstransit.model.decision import Decision, Finding, Mode, Verdict
from masstransit.model.sid import new_sid
from masstransit.model.subject import Subject
from masstransit.storage import communications, standing
from masstransit.storage.engine import Database

#: What a finding about an outcome comes to, and for how long it stands (defaults of the rulebook's ladder).
STEPS = {
    Verdict.FLAG: ("warn", timedelta(days=30)),
    Verdict.DELAY: ("throttle", timedelta(days=1)),
    Verdict.HOLD: ("block", timedelta(days=7)),
    Verdict.REFUSE: ("suspend", timedelta(days=30)),
}
LASTS = dict(STEPS.values())
LADDER = tuple(LASTS)  #: from the mildest to the strictest

#: Whose suspension a person has to confirm, and how many have to (rulebook 16 and 17: a person before L4; of calls
#: only figures are known, and not why).
PEOPLE = {"16": 2, "17": 1, "19": 1}

# Defaults to rulebook 0.4, which gives the ladder but no weights.
_STRIKES_LAST = timedelta(days=90)
_HALF_LIFE = timedelta(days=30)
_TIME_TO_MEND = timedelta(days=1)  # what is found so soon after a step is the same affair
_THROTTLE_FROM, _SUSPEND_FROM = 1.5, 2.5  # strikes, the new one included

ORDERS = "14"  #: a request that nobody verified is no strike, and the customer may not be allowed to hear of it


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
                self._note(connection, subject, decision, finding, now)

        await self._database.write(keep)

    def _note(
        self, connection: Connection, subject: Subject, decision: Decision, finding: Finding, now: datetime
    ) -> None:
        scope, target = _unit(connection, subject, finding, now)
        account = str(finding.evidence.get("owner") or subject.account)  # whose unit it is
        earlier = steps_before(connection, account, scope, target, now)
        what, people = step_for(finding, earlier, now)
        if any(_is_same(row, what, finding, now) for row in earlier):
            return
        row: dict[str, Any] = {
            "account": account,
            "step_id": new_sid("ST"),
            "scope": scope,
            "target": target,
            "step": what,
            "clause": finding.clause,
            "rule": finding.rule,
            "reason": finding.reason[:256],
            "remedy": finding.remedy[:512],
            "silent": "request" if finding.clause == ORDERS else "",
            "decision": decision.id,
            "per_minute": finding.evidence.get("leaves_per_minute"),
            "since": now,
            "acts_from": None if people else now,
            "expires_at": now + LASTS[what],
        }
        put(connection, self._ledger, row)


def put(connection: Connection, ledger: Ledger, row: Mapping[str, Any], at: datetime | None = None) -> None:
    """Put a step (a row of `standing`) on record, `at` its beginning unless told otherwise, and tell its customer; not
    of one that is over by then."""
    at = at or row["since"]
    standing.add(connection, row)
    ledger.record(connection, row["account"], "standing", row["step_id"], row, at)
    if row["expires_at"] is None or row["expires_at"] > at:
        of_step(connection, ledger, row, row["step"] if row["acts_from"] is not None else PROPOSED, at)


def steps_before(connection: Connection, account: str, scope: str, target: str, at: datetime) -> Sequence[Row[Any]]:
    """A unit's steps that weigh at a time."""
    made = standing.against(connection, account, scope, target, at - _STRIKES_LAST)
    return [row for row in made if row.since <= at]


def strikes(earlier: Sequence[Row[Any]], now: datetime) -> float:
    """What a unit's steps weigh now. Those that were undone, and what was only proposed, are none."""
    made = [row.since for row in earlier if row.clause != ORDERS and row.acts_from is not None]
    return sum(float(0.5 ** ((now - since) / _HALF_LIFE)) for since in made)


def step_for(finding: Finding, earlier: Sequence[Row[Any]], now: datetime) -> tuple[str, int]:
    """The step that a finding comes to, and how many people have to confirm it."""
    asked = STEPS[finding.verdict][0]
    people = PEOPLE.get(finding.clause, 0) if asked == "suspend" else 0
    climbed = _climbed(finding, earlier, now)
    if LADDER.index(climbed) <= LADDER.index(asked):
        return asked, people
    return climbed, PEOPLE.get(finding.clause, 1) if climbed == "suspend" else 0


def _climbed(finding: Finding, earlier: Sequence[Row[Any]], now: datetime) -> str:
    """Where the unit's strikes have brought it, this one included."""
    recent = any(row.clause != ORDERS and row.since > now - _TIME_TO_MEND for row in earlier)
    if finding.clause == ORDERS or recent:
        return "warn"
    weight = 1.0 + strikes(earlier, now)
    if weight >= _SUSPEND_FROM:
        return "suspend"
    return "throttle" if weight >= _THROTTLE_FROM else "warn"


def _is_same(row: Row[Any], what: str, finding: Finding, now: datetime) -> bool:
    """Whether such a step stands already, or waits for a person."""
    lasts = row.expires_at is None or row.expires_at > now
    return lasts and (row.step, row.rule) == (what, finding.rule)


def _unit(connection: Connection, subject: Subject, finding: Finding, now: datetime) -> tuple[str, str]:
    """The smallest responsible unit: campaign, then end user, then account; a finding may name its own. Where several
    end users send by one campaign the end user answers, so that the others are not touched."""
    scope = finding.evidence.get("scope")
    if scope is not None:
        return str(scope), str(finding.evidence.get("target", ""))
    campaign, end_user = getattr(subject, "campaign", None), getattr(subject, "end_user", None)
    if campaign and end_user:
        among = communications.is_shared(connection, subject.account, campaign, end_user, now - _STRIKES_LAST)
        return ("end_user", end_user) if among else ("campaign", campaign)
    if campaign:
        return "campaign", campaign
    if end_user:
        return "end_user", end_user
    return "account", subject.account
