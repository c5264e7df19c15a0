"""Clause 7, by call: voices that are no person's, lines on which nobody speaks, phones that ring too short a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from masstransit.clause import Case, Rulings, figure, rule
from masstransit.facts.brands import Brands
from masstransit.facts.calls.abandoned import Abandoned
from masstransit.facts.calls.calling import RecordedVoices
from masstransit.facts.consent import Consents
from masstransit.facts.identity import Numbering
from masstransit.facts.wording import tells_a_number, tells_key_to_stop
from masstransit.model.address import E164
from masstransit.model.communication import Kind, Moment, Purpose
from masstransit.model.decision import Verdict, delay, flag, refuse
from masstransit.policy.clause_07_basis import BLOCKED, UNSTATED, Marketing

_QUARTER_MINUTES = 15


@dataclass(frozen=True, kw_only=True)
class MarketingByCall(Marketing):
    """A machine that calls says for whom, and how to be called no more; who picks up has time to, and finds somebody on
    the line."""

    recorded_a_month: int = figure(
        3, "47 CFR 64.1200(a)(3)(ii)-(iv): to residential lines, not telemarketing", "calls in 30 days", law="most"
    )
    abandoned_most: float = figure(
        0.03, "47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(4)(i)", "share of a campaign's live answers in 30 days", law="most"
    )
    abandoned_warn: float = figure(0.025, "rulebook 7.8, default: alert before", "share, as above")
    agent_seconds: float = figure(
        2.0, "47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(1)(iv)", "seconds from the greeting", law="most"
    )
    dropped_seconds: float = figure(
        12.0, "rulebook 19.5, default: a call that ends sooner without an agent was dropped", "seconds"
    )
    least_live: int = figure(100, "rulebook 7.8, default: fewer tell no rate", "live answers in 30 days")
    ring_seconds: float = figure(
        15.0, "47 CFR 64.1200(a)(6); 16 CFR 310.4(b)(4)(ii): or four rings, which take longer", "seconds", law="least"
    )
    least_unanswered: int = figure(
        100, "rulebook 7.8, default: fewer may be people who thought better of it", "unanswered calls in 30 days"
    )
    cut_short_warn: float = figure(0.03, "rulebook 19.5, default: as of abandoned calls", "share of unanswered calls")
    cut_short_most: float = figure(0.25, "rulebook 19.5, default: as of short calls", "share of unanswered calls")
    pace_left: float = figure(
        0.25, "rulebook 19, ladder: pacing, the share a default", "share of the busiest quarter of an hour's calls"
    )
    least_left: float = figure(1.0, "rulebook 19, default: a person may go on calling", "calls a minute")

    # What is said is known where the words came with the request. That an opt-out is offered in two seconds only a
    # sound could show; a name that nobody put on record may be the caller's all the same: a person looks.
    @rule("7.3", "a voice that is no person's says who calls, and how to be called no more", needs=(Brands,),
          when_unknown=Verdict.ALLOW, kinds=Kind.CALL, law="47 CFR 64.1200(b)(1)-(3)")  # fmt: skip
    def voice_says(self, case: Case) -> Rulings:
        call = case.communication
        if not call.automated or not call.words or call.purpose in (Purpose.OTP, Purpose.EMERGENCY):
            return
        if not isinstance(call.recipient, E164) or call.recipient.region not in self.written_in:
            return
        if call.purpose in (None, Purpose.MARKETING) and not tells_key_to_stop(call.words):
            words = "advertising by a voice that is no person's says how to be called no more"
            remedy = 'say it behind your name, such as "Press 9 to be called no more", and hear that key'
            if call.purpose is Purpose.MARKETING:
                yield refuse(words, remedy=remedy, code=BLOCKED, by_content=True)
            else:
                yield flag(words + UNSTATED, remedy=remedy)
        brands = case[Brands]
        unsaid = ["who calls"] if brands.on_record and not brands.signs(call.words, ()) else []
        unsaid += [] if tells_a_number(call.words) else ["at which number you are reached"]
        if unsaid:
            yield flag(
                f"a voice that is no person's does not say {' nor '.join(unsaid)}",
                remedy="say your name at the beginning, and your number before the end",
            )

    @rule("7.2.1", "recorded voices do not come to a home again and again", needs=(Consents, Numbering, RecordedVoices),
          about=RecordedVoices, when_unknown=Verdict.FLAG, kinds=Kind.SPOKEN,
          law="47 CFR 64.1200(a)(3)(ii)-(iv)")  # fmt: skip
    def recorded_cap(self, case: Case) -> Rulings:
        call, before = case.communication, case[RecordedVoices].person_30d
        if not call.automated or call.purpose in (Purpose.OTP, Purpose.EMERGENCY, Purpose.MARKETING):
            return
        if case[Consents].in_force or case[Numbering].recipient_type != "landline":
            return  # whoever agreed may be called; on other lines 7.1.2 asks for consent from the first call on
        if before >= self.recorded_a_month:
            yield refuse(
                "this home had as many calls by a voice that is no person's as the law allows without consent",
                remedy="have a person call, wait until the month has passed, or record the consent",
                code=BLOCKED,
                calls_30d=before,
            )

    # While counts are unknown nothing follows: what ended can't be undone, and they heal by themselves.
    @rule("7.8", "who is called for advertising is not left alone on the line", needs=(Abandoned,), about=Abandoned,
          when_unknown=Verdict.ALLOW, kinds=Kind.CALL, moments=Moment.OUTCOME,
          law="47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(1)(iv)")  # fmt: skip
    def abandoned(self, case: Case) -> Rulings:
        found = case[Abandoned]
        if found.live_30d < self.least_live:
            return
        alone = found.abandoned(self.agent_seconds, self.dropped_seconds)
        share = alone / found.live_30d
        about: dict[str, Any] = {
            "live_30d": found.live_30d, "abandoned_30d": alone, "abandoned_share": round(share, 4),
            "leaves_per_minute": self._left(found.busiest),
        }  # fmt: skip
        remedy = (
            "dial fewer at once, so that an agent is free within two seconds; where none is, say who called, a number, "
            "and how to be called no more"
        )
        if share > self.abandoned_most:
            yield delay(
                "too many people whom this campaign calls find nobody on the line",
                until=case.subject.at + timedelta(days=1),
                remedy=remedy,
                code=20429,
                **about,
            )
        elif share > self.abandoned_warn:
            yield flag("many people whom this campaign calls find nobody on the line", remedy=remedy, **about)

    # Each single call counts in law; a finger that slips is no dialler, so that the figures ask for a share of many.
    @rule("7.8.1", "who is called for advertising has the time to pick up", needs=(Abandoned,), about=Abandoned,
          when_unknown=Verdict.ALLOW, kinds=Kind.CALL, moments=Moment.OUTCOME,
          law="47 CFR 64.1200(a)(6); 16 CFR 310.4(b)(4)(ii)")  # fmt: skip
    def cut_short(self, case: Case) -> Rulings:
        found = case[Abandoned]
        if found.unanswered_30d < self.least_unanswered:
            return
        cut = found.cut_short(self.ring_seconds)
        share = cut / found.unanswered_30d
        about: dict[str, Any] = {
            "unanswered_30d": found.unanswered_30d, "cut_short_30d": cut, "cut_short_share": round(share, 4),
            "leaves_per_minute": self._left(found.busiest),
        }  # fmt: skip
        remedy = f"let it ring for {self.ring_seconds:g} seconds at least before you give up"
        if share > self.cut_short_most:
            yield delay(
                "this campaign hangs up on people before they can answer",
                until=case.subject.at + timedelta(days=1),
                remedy=remedy,
                code=20429,
                **about,
            )
        elif share > self.cut_short_warn:
            yield flag("many calls of this campaign ring too short a time to be answered", remedy=remedy, **about)

    def _left(self, busiest: int) -> float:
        """Calls a minute that a throttle leaves: a share of what was placed, so that it bites whoever is small too."""
        return max(self.least_left, round(self.pace_left * busiest / _QUARTER_MINUTES, 2))
