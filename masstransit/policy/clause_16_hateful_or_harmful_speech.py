"""Clause 16: hateful or harmful speech."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Clause, figure


@dataclass(frozen=True, kw_only=True)
class HatefulOrHarmfulSpeech(Clause):
    """Nobody uses this platform to slander, to degrade people for what they are or where they live, or to call for
    violence against them. To quote such words, to report on them or to answer them is not the same as to say them.
    """

    number = "16"
    title = "Hateful or harmful speech"
    rests_on = "What is meant rests on a person, and a suspension on two."
    not_yet = "It judges nothing yet: its facts are not learned so far."

    reviewers: int = figure(2, "rulebook 16.1, default", "people for a suspension")
    threat_minutes: int = figure(60, "rulebook 16.3, default", "minutes")
