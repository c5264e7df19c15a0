"""Clause 17: objectionable content."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Clause, figure


@dataclass(frozen=True, kw_only=True)
class ObjectionableContent(Clause):
    """What is sent is judged by published tiers and not by anybody's taste: abuse of children, intimate pictures
    without consent and obscenity, advertising for adults, coarse words. The last is looked at only when somebody
    complains. Health, art and help for those who were hurt are not meant.
    """

    number = "17"
    title = "Objectionable content"
    rests_on = "Tiers below the first rest on a person's look."
    not_yet = "It judges nothing yet: its facts are not learned so far."

    ncii_hours: int = figure(48, "TAKE IT DOWN Act", "hours")
    csam_keep_days: int = figure(365, "18 USC 2258A(h)", "days")
