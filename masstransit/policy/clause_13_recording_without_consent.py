"""Clause 13: recording without consent."""

from __future__ import annotations

from dataclasses import dataclass

from masstransit.clause import Clause, figure


@dataclass(frozen=True, kw_only=True)
class RecordingWithoutConsent(Clause):
    """A call is recorded, transcribed or listened to only when everybody whose place asks for it has agreed, each
    of them and before it begins, late joiners too. Where it is not known where somebody is, everybody is asked. A
    refusal stops the recording and leaves the call alone.
    """

    number = "13"
    title = "Recording without consent"
    rests_on = "Where a participant is rests on what is known of their number and of what they say."
    not_yet = "It judges nothing yet: its facts are not learned so far."

    all_parties_in: tuple[str, ...] = figure(
        ("CA", "FL", "IL", "MD", "MA", "MT", "NH", "PA", "WA"), "rulebook 13.2: state statutes"
    )
