"""Clause 19: unanswered and short calls."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Clause, figure


@dataclass(frozen=True, kw_only=True)
class UnansweredAndShortCalls(Clause):
    """Nobody places calls in masses that nobody answers or that end within seconds. Numbers, campaigns and
    customers are counted each for itself, so that spreading calls thin hides nothing. Calls that are short by
    design and declared as such are left out, and a fault of ours is nobody's strike.
    """

    number = "19"
    title = "Unanswered and short calls"
    rests_on = "Why calls end early rests on release causes, and where those are silent on a person."
    not_yet = "It judges nothing yet: its facts are not learned so far."

    short_seconds: int = figure(12, "the policy's own figure", "seconds")
    least_answered: int = figure(100, "rulebook 19.3, default", "answered calls a day")
    least_attempts: int = figure(200, "rulebook 19.3, default", "attempts a day")
    short_share_warn: float = figure(0.25, "rulebook 19.3, default", "share of answered calls")
    short_share_throttle: float = figure(0.35, "rulebook 19.3, default", "share of answered calls")
    short_share_suspend: float = figure(0.50, "rulebook 19.3, default", "share of answered calls")
    asr_warn: float = figure(0.40, "rulebook 19.3, default", "share of attempts")
    asr_throttle: float = figure(0.30, "rulebook 19.3, default", "share of attempts")
    asr_suspend: float = figure(0.20, "rulebook 19.3, default", "share of attempts")
