"""Clause 10: fraud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.brands import Brands
from masstransit.facts.content import POSITIVE, Content
from masstransit.facts.content.evidence import shown
from masstransit.facts.identity import GeoPermission
from masstransit.facts.imitation import speaks_of
from masstransit.facts.links import Links
from masstransit.model.communication import Kind
from masstransit.model.decision import Verdict, flag, hold, refuse

_SPOKEN = Kind.CALL | Kind.VOICEMAIL


@dataclass(frozen=True, kw_only=True)
class Fraud(Clause):
    """Nobody deceives people for gain through this platform, nor helps others to: no passing for a bank or an office,
    no baiting for codes, no traffic that exists to be paid for. To countries where such traffic likes to end, an
    account sends only after it said that it means to.

    A bank that writes about its own customers' money is no impostor: whose brand is on record speaks for it. To warn of
    fraud is not to commit it.
    """

    number = "10"
    title = "Fraud"
    rests_on = "What a text pretends rests on reports, and on a person who knows the sender."
    not_yet = (
        "Whether codes that are sent get used (10.2) and the lists of sanctioned persons (10.5) wait for their facts."
    )

    off_by_default: tuple[str, ...] = figure(
        ("AF", "BY", "CD", "CU", "IR", "KG", "KP", "LY", "MM", "SD", "SO", "SS", "SY", "TJ", "TM", "UZ", "YE"),
        "rulebook 10.2: high-risk countries are off until enabled, the list a default",
        "countries",
    )

    suspect: float = figure(POSITIVE, "docs/model-card.md: a label is positive from here, default", "score")

    @rule("10.2", "an account sends where it said that it does", needs=(GeoPermission,), when_unknown=Verdict.HOLD,
          first=True)  # fmt: skip
    def enabled_country(self, case: Case) -> Rulings:
        permission = case[GeoPermission]
        off = permission.enabled is None and permission.region in self.off_by_default
        if off or permission.enabled is False:
            yield refuse(
                "messages to this country are not enabled for this account",
                remedy="enable the country in the account's geographic permissions",
                code=21408,
                region=permission.region,
            )

    # --- what a text says -------------------------------------------------------------------------------------------

    @rule("10.1", "nobody is deceived for money or secrets", needs=(Content, Links, Brands),
          when_unknown=Verdict.FLAG, kinds=Kind.WORDS)  # fmt: skip
    def deception(self, case: Case) -> Rulings:
        content = case[Content]
        labels = ("phishing", "scam", "robocall") if case.communication.kind & _SPOKEN else ("phishing", "scam")
        if content.educates or all(content.labels[label] < self.suspect for label in labels):
            return
        links, brands = case[Links], case[Brands]
        if self._genuine(content, links, brands):
            return
        worse = self._worse(content, links, brands)
        about = shown(content, *labels, "impersonation") | worse
        if worse:
            yield refuse(
                "this reads like fraud, and its link or its sender's name is not what it seems",
                remedy="write under your own name with links to your own domain; if the brand is yours, register it",
                code=30007,
                by_content=True,
                **about,
            )
        else:
            yield hold(
                "this reads like fraud: a person looks at it first",
                remedy="say who you are, link to your own domain, and ask for no secrets in a message",
                code=30007,
                **about,
            )

    @rule("10.3", "who speaks for a brand is that brand", needs=(Content, Brands), when_unknown=Verdict.ALLOW,
          kinds=Kind.WORDS)  # fmt: skip
    def impersonation(self, case: Case) -> Rulings:
        content = case[Content]
        if content.educates or content.labels["impersonation"] < self.suspect:
            return
        brands = case[Brands]
        if brands.own(content.brand_claimed):
            return
        about = shown(content, "impersonation") | {"speaks_for": content.brand_claimed or content.impersonates}
        remedy = "write under your own name, or register the brand that you write for with its owner's word"
        if content.brand_claimed and brands.on_record:
            yield hold("this speaks for a brand that is not the one on record for you", remedy=remedy, **about)
        else:
            yield flag("this speaks for somebody whom nothing on record shows you to be", remedy=remedy, **about)

    @rule("10.3.1", "links don't look like somebody else's", needs=(Links, Brands), when_unknown=Verdict.ALLOW,
          kinds=Kind.WORDS)  # fmt: skip
    def lookalike(self, case: Case) -> Rulings:
        links = case[Links]
        if not links.imitating:
            return
        brands, text = case[Brands], case.communication.text
        foreign = _imitated(links, brands)
        if not foreign:
            return
        remedy = "link to a domain that bears your own name; if the brand is yours, put its domain on record"
        if any(link.host in foreign and speaks_of(text, link.imitates) for link in links.found):
            yield hold("this names a well-known brand, and its link only looks like that brand's", remedy=remedy,
                       code=30007, imitates=foreign)  # fmt: skip
        else:
            yield flag("a link looks like a well-known brand's, and is not its own", remedy=remedy, imitates=foreign)

    @rule("10.4", "nobody is asked for a code that they were sent", needs=(Content,), when_unknown=Verdict.ALLOW,
          kinds=Kind.WORDS)  # fmt: skip
    def asks_for_code(self, case: Case) -> Rulings:
        content = case[Content]
        if not content.asks_code or content.educates:
            return
        about = shown(content, "phishing", "impersonation")
        remedy = "let people enter the code where they asked for it, never in an answer"
        if max(content.labels["phishing"], content.labels["impersonation"]) >= self.suspect:
            yield refuse("this asks for a one-time code that was sent to somebody", remedy=remedy, code=30007,
                         by_content=True, **about)  # fmt: skip
        else:
            yield hold("this asks a person to send a one-time code back", remedy=remedy, code=30007, **about)

    def _genuine(self, content: Content, links: Links, brands: Brands) -> bool:
        """Whether a brand on record writes in its own name, and all its links lead home."""
        return brands.own(content.brand_claimed) and brands.home(links.found)

    def _worse(self, content: Content, links: Links, brands: Brands) -> dict[str, Any]:
        """What shows, beside the words, that it is not what it seems."""
        found: dict[str, Any] = {}
        if foreign := _imitated(links, brands):
            found["imitates"] = foreign
        claimed = content.brand_claimed
        if claimed and content.labels["impersonation"] >= self.suspect and not brands.own(claimed):
            found["claims"] = claimed
        return found


def _imitated(links: Links, brands: Brands) -> tuple[str, ...]:
    """Links that imitate a brand which is not the sender's own."""
    return tuple(link.host for link in links.found if link.imitates and not brands.own(link.imitates))
