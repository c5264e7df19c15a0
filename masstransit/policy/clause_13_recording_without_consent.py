"""Clause 13: recording without consent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.calls.recording_law import Regime, Whereabouts, places_of
from masstransit.model.change import Act, Answer, Change, How, Participant, Role
from masstransit.model.communication import Kind, Moment
from masstransit.model.decision import Verdict, flag, refuse

_KINDS = Kind.CALL | Kind.VIDEO | Kind.VOICEMAIL | Kind.CHAT
_HEARD: Mapping[str, Any] = {"kinds": _KINDS, "moments": Moment.CHANGE, "direction": None}
_SOURCE = "facts/calls/recording_laws.txt, a source a place (rulebook 13.2)"


@dataclass(frozen=True, kw_only=True)
class RecordingWithoutConsent(Clause):
    """A call is recorded, transcribed or listened to only when everybody whose place asks for it has agreed, each
    of them and before it begins, late joiners too. Where it is not known where somebody is, everybody is asked. A
    refusal stops the recording and leaves the call alone.

    The strictest place of all who talk counts for all of them. Where everybody has to agree, staying on the line is
    not enough: a key, a word that is kept, or a paper. Where it is enough to know, it is enough to be told to the end
    and to have a way out. A machine that takes notes hears for somebody else and counts as writing down.
    """

    number = "13"
    title = "Recording without consent"
    unheard = (
        (
            Kind.SMS | Kind.MMS | Kind.FAX | Kind.EMAIL,
            "It is itself the record that its sender made; nothing is recorded of it.",
        ),
    )
    rests_on = (
        "Where a participant is rests on what is known of their number and of what they say; whether a customer told "
        "its own staff, and whether a paper of consent is true, on the customer; when a card is read out, on who asks "
        "for it."
    )

    all_parties_in: tuple[str, ...] = figure(places_of(Regime.ALL), _SOURCE, "places", law="least")
    notice_in: tuple[str, ...] = figure(places_of(Regime.NOTICE), _SOURCE, "places", law="least")
    basis_in: tuple[str, ...] = figure(places_of(Regime.PRIVACY), _SOURCE, "places", law="least")
    one_party_in: tuple[str, ...] = figure(places_of(Regime.ONE), _SOURCE, "places", law="most")
    tone_is_notice_in: tuple[str, ...] = figure(
        ("US-CT",), "Conn. Gen. Stat. 52-570d (rulebook 13.5: 47 CFR 64.501 is repealed)", "places", law="most"
    )
    bases: tuple[str, ...] = figure(
        ("consent", "contract", "legal obligation", "vital interests", "public task", "legitimate interests"),
        "GDPR art. 6(1)", law="most",
    )  # fmt: skip

    @rule("13.1", "one of those who talk agrees", when_unknown=Verdict.REFUSE, law="18 USC 2511(2)(d)", **_HEARD)
    def one_party(self, case: Case) -> Rulings:
        change = case.change
        if not _captures(change):
            return
        speaking = [each for each in change.participants if each.role is not Role.BOT]
        if not any(each.role is Role.STAFF or _agrees(each.answer, change) for each in speaking):
            yield refuse("nobody who talks has agreed to this, and you take no part in it yourself",
                         remedy="ask one of them, or take part in the call")  # fmt: skip

    @rule("13.2", "everybody agrees where the strictest place of the call asks for it", needs=(Whereabouts,),
          when_unknown=Verdict.REFUSE, law="Cal. Penal Code 632.7 and the like of other places", **_HEARD)  # fmt: skip
    def all_parties(self, case: Case) -> Rulings:
        change = case.change
        if not _captures(change) or change.acts == (Act.CAPTION,):
            return
        regime, place = self._strictest(case)
        if regime is not Regime.ALL:
            return
        silent = [each.leg for each in _asked(change) if not _said_yes(each.answer, change)]
        unproven = [each.leg for each in _asked(change) if each.leg not in silent and not _agrees(each.answer, change)]
        if silent:
            yield refuse(
                f"{_legs(silent)} did not agree, and {_law_of(place)} asks for everybody's consent",
                remedy=f"play the announcement to {_legs(silent)} to its end and ask for a key, or show the consent",
                legs=silent, place=place or "unknown")  # fmt: skip
        if unproven:
            yield refuse(f"nothing is kept that shows the consent of {_legs(unproven)}",
                         remedy="keep the clip of the word, or the paper, and name it; or ask for a key",
                         legs=unproven, place=place or "unknown")  # fmt: skip

    @rule("13.4", "everybody is told to the end before it begins, and may leave", needs=(Whereabouts,),
          when_unknown=Verdict.REFUSE, law="Wash. Rev. Code 9.73.030(3); GDPR art. 13", **_HEARD)  # fmt: skip
    def told_before(self, case: Case) -> Rulings:
        change = case.change
        if not _captures(change):
            return
        regime, place = self._strictest(case)
        if regime is Regime.ONE or self._hears_a_tone(case):
            return
        untold = [each.leg for each in _asked(change) if not _was_told(each, change)]
        if untold:
            yield refuse(
                f"{_legs(untold)} had not heard the announcement of this to its end, as {_law_of(place)} asks",
                remedy=f"begin when it has been played to {_legs(untold)} to its end",
                legs=untold, place=place or "unknown")  # fmt: skip
        shut_in = [
            each.leg
            for each in _asked(change)
            if each.leg not in untold and each.told and not (each.told.way_out or _on_paper(each, change))
        ]
        if shut_in:
            yield refuse(f"the announcement told {_legs(shut_in)} no way to go on without this",
                         remedy="say in it by which key the call goes on without this", legs=shut_in)  # fmt: skip

    @rule("13.4.1", "who says no is left alone", when_unknown=Verdict.REFUSE, **_HEARD)
    def said_no(self, case: Case) -> Rulings:
        if not _captures(case.change):
            return
        against = [each.leg for each in case.change.participants if each.answer and not each.answer.agreed]
        if against:
            yield refuse(f"{_legs(against)} said no to this",
                         remedy="go on with the call without it", legs=against)  # fmt: skip

    @rule("13.4.2", "the announcement is in a language that is theirs", when_unknown=Verdict.ALLOW, **_HEARD)
    def understood(self, case: Case) -> Rulings:
        if not _captures(case.change):
            return
        strange = [each for each in _asked(case.change) if _in_another_language(each)]
        if strange:
            legs = [each.leg for each in strange]
            yield flag(
                f"the announcement was not in the language of {_legs(legs)}",
                remedy="choose the announcement by the language in which you speak with them",
                legs=legs, theirs=[each.language for each in strange],
                announced=[each.told.language for each in strange if each.told])  # fmt: skip

    @rule("13.6", "a lawful basis is named where the law of data protection asks for one", needs=(Whereabouts,),
          when_unknown=Verdict.REFUSE, law="GDPR art. 6(1)", **_HEARD)  # fmt: skip
    def basis(self, case: Case) -> Rulings:
        if not _captures(case.change) or case.change.basis in self.bases:
            return
        places = sorted({p for each in case[Whereabouts].of for p in each.places if p in self.basis_in})
        if places:
            yield refuse(f"no lawful basis is named, and the law of {', '.join(places)} asks for one",
                         remedy=f"name one of these: {', '.join(self.bases)}", places=places)  # fmt: skip

    @rule("13.6.1", "nothing is kept while a card is read out", when_unknown=Verdict.REFUSE, **_HEARD)
    def card_data(self, case: Case) -> Rulings:
        if _captures(case.change) and case.change.card_data:
            yield refuse("a card is being read out, and its code is kept by nobody (PCI DSS 3.3)",
                         remedy="go on when the payment is over")  # fmt: skip

    def _strictest(self, case: Case) -> tuple[Regime, str]:
        """The strictest law of all who talk, and whose it is; "" where somebody may be anywhere."""
        bots = {each.leg for each in case.change.participants if each.role is Role.BOT}
        talking = [each for each in case[Whereabouts].of if each.leg not in bots]
        places = [place for each in talking for place in each.places or ("",)]
        found = [(self._regime(place), place) for place in places]
        return max(found, key=lambda each: each[0], default=(Regime.ALL, ""))

    def _regime(self, place: str) -> Regime:
        """The strictest under which a place is listed. A state that has none has its country's; what has none at all,
        the strictest there is."""
        listed = (
            (Regime.ALL, self.all_parties_in),
            (Regime.PRIVACY, self.basis_in),
            (Regime.NOTICE, self.notice_in),
            (Regime.ONE, self.one_party_in),
        )
        for name in (place, place.partition("-")[0]):
            for regime, places in listed:
                if name in places:
                    return regime
        return Regime.ALL

    def _hears_a_tone(self, case: Case) -> bool:
        """Whether a tone is notice in every place of the call that asks for notice, and everybody hears one."""
        talking = [place for each in case[Whereabouts].of for place in each.places or ("",)]
        strict = {place for place in talking if self._regime(place) is not Regime.ONE}
        return strict <= set(self.tone_is_notice_in) and all(each.beeps for each in _asked(case.change))


def _captures(change: Change) -> bool:
    """Whether anybody but those who talk has any of it. A message that somebody leaves is recorded by themselves."""
    return bool(change.acts) and not change.self_recorded


def _asked(change: Change) -> Sequence[Participant]:
    """Those whose word it takes: the customer answers for its staff, and a machine has none."""
    return [each for each in change.participants if each.role is Role.PERSON]


def _covers(answer: Answer, change: Change) -> bool:
    return answer.at <= change.at and _about(answer.acts, change)


def _about(acts: Sequence[Act], change: Change) -> bool:
    """Whether words about these acts are about all that would be done. To be listened to is one thing, however it is
    done; captions are a kind of writing down."""
    said = {_ALIKE.get(act, act) for act in acts}
    return said.issuperset(_ALIKE.get(act, act) for act in change.acts)


def _said_yes(answer: Answer | None, change: Change) -> bool:
    return answer is not None and answer.agreed and _covers(answer, change)


def _agrees(answer: Answer | None, change: Change) -> bool:
    """Whether an answer is a consent that can be shown: by a key it is itself, else there is a clip or a paper."""
    if answer is None or not _said_yes(answer, change):
        return False
    return answer.how is How.KEY or bool(answer.proof)


def _on_paper(one: Participant, change: Change) -> bool:
    return one.answer is not None and one.answer.how is How.STATED and _agrees(one.answer, change)


def _was_told(one: Participant, change: Change) -> bool:
    """Whether they had heard to the end what would be done, since they came in or since it was last interrupted; who
    agreed on paper knew before."""
    told = one.told
    heard = told is not None and one.since <= told.at <= change.at and _about(told.acts, change)
    return heard or _on_paper(one, change)


def _in_another_language(one: Participant) -> bool:
    told = one.told
    return bool(told and told.language and one.language and told.language != one.language)


_ALIKE: Mapping[Act, Act] = {Act.WHISPER: Act.LISTEN, Act.BARGE: Act.LISTEN, Act.CAPTION: Act.TRANSCRIBE}


def _legs(legs: Sequence[int]) -> str:
    *first, last = map(str, legs)
    return f"legs {', '.join(first)} and {last}" if first else f"leg {last}"


def _law_of(place: str) -> str:
    return f"the law of {place}" if place else "the strictest law, because somebody may be anywhere,"
