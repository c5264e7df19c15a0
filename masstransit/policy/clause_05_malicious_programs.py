"""Clause 5: malicious programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.brands import Brands
from masstransit.facts.content import POSITIVE, Content, Score
from masstransit.facts.content.evidence import shown
from masstransit.facts.domains import Domains
from masstransit.facts.links import Links
from masstransit.model.communication import Kind
from masstransit.model.decision import Verdict, flag, hold, refuse


@dataclass(frozen=True, kw_only=True)
class MaliciousPrograms(Clause):
    """Nothing that is sent carries a program that harms, whether it is attached or stands behind a link, and
    whether the sender knew of it or not. What can't be opened to look at waits for a person; a sender who was
    broken into is helped, not punished.

    A link is judged by what it shows and by what is on record of its domain; nothing is fetched. A customer's program
    on the customer's own domain is its own affair.
    """

    number = "5"
    title = "Malicious programs"
    rests_on = (
        "What stands behind a link, and what no list knows yet, rests on reports of those who followed it. Once a "
        "domain is blocked, whoever sent people there within the day is told (5.1)."
    )
    not_yet = "Attachments wait for MMS."

    suspect: Score = figure(POSITIVE, "docs/model-card.md: a label is positive from here, default", "score")
    look_again_hours: int = figure(24, "rulebook 5.1: looked at again for a day, default", "hours after it went out")
    keep_sample_days: int = figure(90, "rulebook 5.4, default", "days")
    young_domain_days: int = figure(7, "rulebook 5, default", "days")

    @rule("5.1", "links don't lead to what is known to harm", needs=(Domains,),
          about=Domains, when_unknown=Verdict.FLAG, kinds=Kind.WORDS, first=True)  # fmt: skip
    def blocked(self, case: Case) -> Rulings:
        domains = case[Domains]
        if domains.blocked:
            yield refuse(
                "a link leads to a domain that is known to harm those who follow it",
                remedy="take the link out; if the domain was yours and is clean again, appeal and it is looked at",
                code=30007,
                by_content=True,
                hosts=domains.blocked,
                sources=domains.sources,
            )

    @rule("5.2", "links don't lead to programs of strangers", needs=(Links, Brands),
          about=Links, when_unknown=Verdict.ALLOW, kinds=Kind.WORDS)  # fmt: skip
    def programs(self, case: Case) -> Rulings:
        found = [link for link in case[Links].found if link.program]
        if not found or case[Brands].home(found):
            return
        yield hold(
            "a link leads straight to a program: a person looks at it first",
            remedy="link to the app's page in its store, or to your own domain that is on record",
            code=30007,
            hosts=[link.host for link in found],
            programs=[link.program for link in found],
        )

    @rule("5.3", "links of doubtful texts don't lead to domains of yesterday", needs=(Domains, Content),
          about=Domains, when_unknown=Verdict.ALLOW, kinds=Kind.WORDS)  # fmt: skip
    def young(self, case: Case) -> Rulings:
        domains = case[Domains]
        if domains.age_days is None or domains.age_days >= self.young_domain_days:
            return
        content = case[Content]
        remedy = "wait until the domain is better known, or show that it is yours"
        about: dict[str, Any] = {"domain": domains.youngest, "age_days": domains.age_days} | shown(
            content, "phishing", "scam"
        )
        if max(content.labels["phishing"], content.labels["scam"]) >= self.suspect:
            yield hold("a doubtful text leads to a domain that was registered a few days ago",
                       remedy=remedy, **about)  # fmt: skip
        else:
            yield flag("a link leads to a domain that was registered a few days ago", remedy=remedy, **about)
