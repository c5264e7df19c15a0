"""What the rules of clause 7 share: whose law asks for consent in writing, and what is said where nobody said what a
message is for."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Clause, figure
from masstransit.facts.consent import Consents
from masstransit.model.communication import Communication

BLOCKED = 30004  # "message blocked": permanent to SDK users; 21610 is kept for opt-outs, which it means
UNSTATED = " (no purpose was stated, so the strictest one counts: marketing)"


@dataclass(frozen=True, kw_only=True)
class Marketing(Clause):
    """The figures that rules about more than one way of advertising go by."""

    written_in: tuple[str, ...] = figure(
        ("US", "PR", "VI", "GU", "AS", "MP"), "47 CFR 64.1200(a)(2), (f)(9): prior express written consent", law="least"
    )


def has(consents: Consents, purpose: str, *kinds: str) -> bool:
    """Whether there is consent of one of these kinds for a purpose, in force."""
    given = consents.by_purpose.get(purpose)
    return given is not None and given.withdrawn_at is None and given.kind in kinds


def kinds(consents: Consents) -> dict[str, str]:
    """The consents in force, as evidence: purpose -> kind."""
    return {purpose: given.kind for purpose, given in consents.in_force}


def unstated(communication: Communication) -> str:
    """What is added to a reason where nobody stated a purpose."""
    return "" if communication.purpose is not None else UNSTATED
