"""Clause 7, by fax: permission or a customer at the other end, and a first page that says how to get no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from masstransit.clause import Case, Rulings, figure, rule
from masstransit.facts import fax_notice
from masstransit.facts.consent import Consents
from masstransit.facts.content import Content
from masstransit.facts.faxes import Broadcast
from masstransit.facts.wording import offers_a_bargain
from masstransit.model.address import E164
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.decision import Verdict, flag, hold, refuse
from masstransit.policy.clause_07_basis import BLOCKED, Marketing, has, kinds, unstated

_CUSTOMER = ("purchase", "inquiry")  # an established business relationship (47 CFR 64.1200(f)(6))
_PAGE_BREAK = "\f"  # between the words of two pages of a fax


@dataclass(frozen=True, kw_only=True)
class MarketingByFax(Marketing):
    """Nobody pays with paper for an advertisement that they did not ask for."""

    fax_stop_days: int = figure(
        30,
        "47 CFR 64.1200(a)(4)(iii)(B): by when a request for no more faxes is honoured; here at once",
        "days",
        law="most",
    )
    fax_broadcast: int = figure(20, "rulebook 7.12, default", "numbers that the same pages go to in 24 hours")

    # An advertisement is one whatever its pages are called (47 CFR 64.1200(f)); a line of one on a bill does not make
    # the bill one (FCC 06-42, para. 49). Pages that are pictures are taken for what their sender states.
    @rule("7.12", "who faxes advertising has permission, or a customer at the other end",
          needs=(Consents, Content, Broadcast), when_unknown=Verdict.HOLD, kinds=Kind.FAX,
          law="47 USC 227(b)(1)(C); 47 CFR 64.1200(a)(4)(i)-(ii)")  # fmt: skip
    def fax_permission(self, case: Case) -> Rulings:
        fax, consents = case.communication, case[Consents]
        if not self._is_faxed_here(fax) or _permits_faxes(consents):
            return
        relation = next((given for _, given in consents.in_force if given.kind in _CUSTOMER), None)
        look = _advertises(fax, case[Content])
        if look == "no":
            return
        about: dict[str, Any] = {"on_file": kinds(consents), "pages": fax.pages, "pictures": fax.pictures}
        if look == "unknown":
            yield from self._unread_broadcast(fax, case[Broadcast].numbers_24h, about, known=relation is not None)
        elif relation is not None:
            if not (relation.source or relation.proof or relation.medium):
                yield hold(
                    "this person is a customer, and nothing on file says how their fax number came to you",
                    remedy="record where they gave it: in an order, a directory, on their own pages (Consents: medium, "
                    "source or proof)",
                    **about,
                )
        elif look == "yes":
            yield refuse(
                "this fax advertises, to somebody who neither asked for it nor is a customer" + unstated(fax),
                remedy="ask for their permission and record it (Consents), or state the purpose that the fax has; a "
                "purpose that is not true is itself against the policy",
                code=BLOCKED,
                **about,
            )
        else:
            yield flag(
                "this fax is called something else, and its words advertise",
                remedy="take the offer off it, or ask for permission to advertise and record it (Consents)",
                **about,
            )

    def _unread_broadcast(self, fax: Communication, numbers: int, about: dict[str, Any], *, known: bool) -> Rulings:
        """Of pictures: one is somebody's letter, the same to many who are strangers most likely no letter."""
        if known or numbers < self.fax_broadcast:
            return
        words = "the same pages go to many who are no customers, and as they are pictures nobody can say what they tell"
        remedy = "send a PDF whose words can be read, state its purpose, and record who asked for it (Consents)"
        if fax.purpose is None:
            yield hold(words, remedy=remedy, numbers_24h=numbers, **about)
        else:
            yield flag(words, remedy=remedy, numbers_24h=numbers, **about)

    # Whoever gave permission need not be told (Bais Yaakov of Spring Valley v. FCC, 852 F.3d 1078 (D.C. Cir. 2017)).
    @rule("7.12.1", "a fax that advertises says on its first page how to get no more", needs=(Consents, Content),
          when_unknown=Verdict.FLAG, kinds=Kind.FAX, law="47 CFR 64.1200(a)(4)(iii)")  # fmt: skip
    def fax_notice(self, case: Case) -> Rulings:
        fax = case.communication
        if not self._is_faxed_here(fax) or _advertises(fax, case[Content]) != "yes":
            return
        permitted, first = _permits_faxes(case[Consents]), fax.text.partition(_PAGE_BREAK)[0]
        remedy = (
            f"say on the first page that whoever asks gets no more faxes within {self.fax_stop_days} days, and give a "
            "telephone number and a fax number for it that cost nothing and answer at any hour"
        )
        if not any(letter.isalnum() for letter in first):
            if not permitted:
                yield hold(
                    "the first page is a picture: whether it says how to get no more faxes only a person can read",
                    remedy=f"send a PDF whose words can be read; {remedy}",
                )
            return
        lacks = fax_notice.lacks(first, self.fax_stop_days)
        if not lacks:
            return
        words = f"the first page of this advertisement does not say {', nor '.join(lacks)}"
        if permitted:
            yield flag(words, remedy=remedy)
        else:
            yield refuse(words, remedy=remedy, code=BLOCKED)

    def _is_faxed_here(self, fax: Communication) -> bool:
        """Whether the law of junk faxes is meant at all: of the United States, and nothing that somebody waits for."""
        if fax.purpose in (Purpose.OTP, Purpose.EMERGENCY) or not isinstance(fax.recipient, E164):
            return False
        return fax.recipient.region in self.written_in


def _permits_faxes(consents: Consents) -> bool:
    """Prior express invitation or permission to advertise (47 CFR 64.1200(a)(4)), which need not be signed."""
    return has(consents, "marketing", "written", "express")


def _advertises(fax: Communication, content: Content) -> str:
    """Whether a fax advertises: "yes" by what is stated or, where nothing is, by its words; "perhaps" by its words
    alone; "unknown" where somebody would have to read pictures; or "no"."""
    if fax.purpose is Purpose.MARKETING:
        return "yes"
    if content.looks_like == "marketing" and offers_a_bargain(fax.text):  # one alone is on bills and contracts too
        return "yes" if fax.purpose is None else "perhaps"
    return "unknown" if fax.pictures else "no"
