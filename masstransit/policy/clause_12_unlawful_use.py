"""Clause 12: unlawful use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from masstransit.clause import REPORTS, Case, Clause, Rulings, figure, rule
from masstransit.facts.consent import Consents
from masstransit.facts.content import POSITIVE, Content, Score
from masstransit.facts.content.evidence import shown
from masstransit.facts.law import LocalTime
from masstransit.facts.papers import Licences
from masstransit.facts.trades import Law
from masstransit.model.communication import Kind, Purpose
from masstransit.model.decision import Verdict, flag, hold

_EMBARGOES = (
    Law(citation="31 CFR part 515", trade="", asks="no services to Cuba without a licence", places=("CU",),
        licence="sanctions"),
    Law(citation="31 CFR part 560", trade="", asks="no services to Iran without a licence", places=("IR",),
        licence="sanctions"),
    Law(citation="31 CFR part 510", trade="", asks="no services to North Korea without a licence", places=("KP",),
        licence="sanctions"),
)  # fmt: skip
_TRADES = (
    Law(citation="18 USC 1084 and the states' gambling laws", trade="gambling",
        asks="gambling is offered only where the state licensed it", places=("US",), licence="gambling", by_state=True),
    Law(citation="Gambling Act 2005 s. 330", trade="gambling",
        asks="gambling is advertised only with a licence of the Gambling Commission", places=("GB",),
        licence="gambling"),
    Law(citation="21 USC 843(c)", trade="cannabis", asks="no advertisement that seeks or offers a Schedule I drug",
        places=("US", "PR", "VI", "GU", "AS", "MP")),
    Law(citation="Cannabis Act (S.C. 2018, c. 16) s. 17", trade="cannabis",
        asks="cannabis is promoted only by licence holders, to adults who are known", places=("CA",),
        licence="cannabis"),
    Law(citation="Misuse of Drugs Act 1971 s. 4", trade="cannabis", asks="nobody offers to supply a controlled drug",
        places=("GB",)),
    Law(citation="21 USC 829(e)", trade="drugs",
        asks="controlled substances are sold online only on a doctor's prescription, by a registered pharmacy",
        places=("US", "PR", "VI", "GU", "AS", "MP"), licence="pharmacy"),
    Law(citation="Misuse of Drugs Act 1971 s. 4", trade="drugs", asks="nobody offers to supply a controlled drug",
        places=("GB",)),
    Law(citation="the states' lending laws, such as Cal. Fin. Code 22100", trade="lending",
        asks="loans are offered only by who is licensed in the state", places=("US",), licence="lending",
        by_state=True),
    Law(citation="FSMA 2000 ss. 19, 21", trade="lending", asks="credit is promoted only by who is authorised",
        places=("GB",), licence="lending"),
    Law(citation="FSMA 2000 s. 21 with SI 2023/612", trade="crypto",
        asks="invitations to invest in crypto assets are approved by an authorised firm", places=("GB",),
        licence="financial-promotion"),
    Law(citation="18 USC 923(a)", trade="firearms", asks="who deals in firearms is licensed", places=("US",),
        licence="firearms"),
    Law(citation="Firearms Act 1968 s. 3", trade="firearms", asks="who deals in firearms is registered", places=("GB",),
        licence="firearms"),
)  # fmt: skip
_SOLICITATION = (
    Law(citation="Tex. Bus. & Com. Code ch. 302 (SB 140)", trade="",
        asks="who solicits people in Texas that did not agree is registered", places=("US-TX",),
        licence="telephone-solicitation"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class UnlawfulUse(Clause):
    """Nobody breaks a law through this platform or helps others to: the law of where the sender is, of where the
    recipient is, of where the number belongs. A finding here names the law and the place; where nobody can name one
    there is none.

    Who shows a licence that is valid in the place does nothing that this clause asks about. To advise about a law, or
    to help those who are harmed by what it forbids, breaks none.
    """

    number = "12"
    title = "Unlawful use"
    unheard = ((Kind.VIDEO, REPORTS),)
    rests_on = (
        "Which law was broken, and whether it was, rests on counsel; what is named here is what to look at first."
    )
    not_yet = (
        "Voice providers that are not in the Robocall Mitigation Database and emergency calls of multi-line systems "
        "(12.4, 12.5) wait for calls."
    )

    trades: tuple[Law, ...] = figure(
        _TRADES, "rulebook 12.3: each names its law; which are looked for is a default", "laws on what a text promotes"
    )
    embargoes: tuple[Law, ...] = figure(_EMBARGOES, "rulebook 12.3: each names its law; which is a default", "laws")
    solicitation: tuple[Law, ...] = figure(
        _SOLICITATION, "rulebook 12, 7.7: each names its law; which is a default", "laws on writing to strangers"
    )
    shows_from: Score = figure(POSITIVE, "docs/model-card.md: a label is positive from here, default", "score")
    rmd_update_days: int = figure(10, "47 CFR 64.6305", "business days", law="most")

    @rule("12.1", "where a law asks for a licence there is one", needs=(Content, LocalTime, Licences),
          about=Content, when_unknown=Verdict.FLAG, kinds=Kind.WORDS,
          law="the law that each finding names")  # fmt: skip
    def named_law(self, case: Case) -> Rulings:
        content, sent = case[Content], case.communication
        promoted = set(content.shaft_kind) if content.labels["shaft"] >= self.shows_from else set[str]()
        if content.crypto:
            promoted.add("crypto")
        advertised = sent.purpose is Purpose.MARKETING or content.labels["spam"] >= self.shows_from
        say = hold if advertised else flag  # between people such words are talk
        for law in self.trades if promoted else ():
            if law.trade not in promoted:
                continue
            places = _reached(law, case[LocalTime])
            unlicensed = [place for place in places if not case[Licences].cover(law.licence, place)]
            if unlicensed:
                yield say(
                    f"{law.asks} ({law.citation}), and no licence of yours is on record",
                    remedy=_remedy(law),
                    law=law.citation,
                    places=unlicensed,
                    **shown(content, "shaft"),
                )

    @rule("12.2", "nothing goes where a law forbids that it goes", needs=(LocalTime, Licences),
          when_unknown=Verdict.ALLOW, kinds=Kind.WORDS, law="31 CFR parts 510, 515, 560")  # fmt: skip
    def embargo(self, case: Case) -> Rulings:
        if case[LocalTime].country in self._embargoed and case.communication.purpose is not Purpose.EMERGENCY:
            yield from _unlicensed(self.embargoes, case)

    # Of calls and texts: a fax of which nothing is stated is most likely a letter, and advertising by fax is 7.12's.
    @rule("12.3", "who solicits strangers is registered where a law asks for it",
          needs=(LocalTime, Licences, Consents), when_unknown=Verdict.ALLOW, kinds=Kind.WORDS & ~Kind.FAX,
          purposes=(Purpose.MARKETING,), law="Tex. Bus. & Com. Code ch. 302")  # fmt: skip
    def cold(self, case: Case) -> Rulings:
        if not case[Consents].in_force:
            yield from _unlicensed(self.solicitation, case)

    @cached_property
    def _embargoed(self) -> frozenset[str]:
        """The countries of which any part is under an embargo: what goes elsewhere is let by at once."""
        return frozenset(place[:2] for law in self.embargoes for place in law.places)


def _unlicensed(laws: Iterable[Law], case: Case) -> Rulings:
    """Those that reach the person and for which no licence is on record."""
    for law in laws:
        places = _reached(law, case[LocalTime])
        if places and not any(case[Licences].cover(law.licence, place) for place in places):
            yield hold(f"{law.asks} ({law.citation})", remedy=_remedy(law), law=law.citation, places=places)


def _reached(law: Law, where: LocalTime) -> tuple[str, ...]:
    """The places of a law in which the person may be. Where no state is known, any of the country's may be it."""
    country = where.country
    if country in law.places and not law.by_state:
        return (country,)
    if country in law.places:
        return tuple(f"{country}-{state}" for state in where.states) or (country,)
    parts = _parts(law.places, country)
    if not parts or not where.states:
        return parts
    return tuple(place for state in where.states if (place := f"{country}-{state}") in parts)


@lru_cache(maxsize=4096)
def _parts(places: tuple[str, ...], country: str) -> tuple[str, ...]:
    """Those of a country's states that are among the places."""
    return tuple(place for place in places if place.startswith(f"{country}-"))


def _remedy(law: Law) -> str:
    if not law.licence:
        return "nothing makes this lawful there; leave it out, or write to places where it is lawful at both ends"
    return f"show the licence ({law.licence}) that is valid there, and it is put on record; or leave those people out"
