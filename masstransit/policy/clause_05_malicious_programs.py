"""Clause 5: malicious programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.brands import Brands
from masstransit.facts.content import POSITIVE, Content, Score
from masstransit.facts.content.evidence import shown
from masstransit.facts.domains import Domains
from masstransit.facts.harm_sent import HarmSent
from masstransit.facts.links import Links
from masstransit.facts.media import Attached, Attachments
from masstransit.model.communication import Direction, Kind, Moment
from masstransit.model.decision import Verdict, flag, hold, refuse
from masstransit.model.media import CARRIER, ENCRYPTED, MACROS, PROGRAM, REMOTE_TEMPLATE, SCRIPT, TURNED

_ATTACHING = Kind.MMS | Kind.EMAIL | Kind.FAX | Kind.CHAT
_FILTERED = 30007  # the SDKs' code for content that is not to be carried


@dataclass(frozen=True, kw_only=True)
class MaliciousPrograms(Clause):
    """Nothing that is sent carries a program that harms, whether it is attached or stands behind a link, and
    whether the sender knew of it or not. What can't be opened to look at waits for a person; a sender who was
    broken into is helped, not punished: one file that harms is refused and no more, and where another is met the
    smallest unit that they came from is suspended until it is cleaned up.

    A link is judged by what it shows and by what is on record of its domain; nothing is fetched. A customer's program
    on the customer's own domain is its own affair. A file is unpacked and looked through when it is taken in; what
    harms is not brought to customers either, whoever sends it. Programs go by link, not as files. What takes a password
    waits until that was given to us by another way, and nobody is struck for locking what is private. The page that a
    mail is itself is looked through as a file is: what it only shows harms nobody, and what is packed in it does.
    """

    number = "5"
    title = "Malicious programs"
    unheard = ((Kind.VIDEO, "Nothing is attached to a video call, and nothing in it is read."),)
    rests_on = (
        "What stands behind a link, and what no list knows yet, rests on reports of those who followed it. Once a "
        "domain is blocked, or a file is found to harm an hour or a day after it went out, its sender is told and the "
        "people whom it reached are warned (5.1, 5.4). Whether a program spreads by itself no look at it tells: then a "
        "person suspends for a single one."
    )

    refused: frozenset[str] = figure(
        frozenset({PROGRAM, CARRIER}), "rulebook 5.2: programs are blocked by default; what runs them as well, default",
        "kinds of files",
    )  # fmt: skip
    held: frozenset[str] = figure(
        frozenset({SCRIPT, MACROS, REMOTE_TEMPLATE, TURNED}), "rulebook 5.2: macros are blocked by default, default",
        "kinds of files",
    )  # fmt: skip
    suspect: Score = figure(POSITIVE, "docs/model-card.md: a label is positive from here, default", "score")
    first_look_hours: int = figure(1, "rulebook 5.1: looked at again after an hour, default", "hours after it went out")
    look_again_hours: int = figure(24, "rulebook 5.1: and after a day, default", "hours after it went out")
    keep_sample_days: int = figure(90, "rulebook 5.4, default", "days")
    young_domain_days: int = figure(7, "rulebook 5, default", "days")
    finds: int = figure(2, "rulebook 5, ladder: suspended on two confirmed ones or more", "different files in 90 days")

    @rule("5.1", "links don't lead to what is known to harm", needs=(Domains,),
          about=Domains, when_unknown=Verdict.FLAG, kinds=Kind.WORDS, first=True)  # fmt: skip
    def blocked(self, case: Case) -> Rulings:
        domains = case[Domains]
        if domains.blocked:
            yield refuse(
                "a link leads to a domain that is known to harm those who follow it",
                remedy="take the link out; if the domain was yours and is clean again, appeal and it is looked at",
                code=_FILTERED,
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
            code=_FILTERED,
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

    @rule("5.4", "files are free of what harms", needs=(Attachments,),
          about=Attachments, when_unknown=Verdict.HOLD, kinds=_ATTACHING, direction=None, first=True)  # fmt: skip
    def harmful_files(self, case: Case) -> Rulings:
        found = case[Attachments].in_state("found")
        if found:
            yield refuse(
                "a file harms who opens it",
                remedy="look for who put it there, clean the machine that it came from, and send the file anew",
                code=_FILTERED,
                by_content=True,
                **_of(found),
            )

    @rule("5.5", "files that can't be looked through wait", needs=(Attachments,),
          about=Attachments, when_unknown=Verdict.HOLD, kinds=_ATTACHING)  # fmt: skip
    def unscanned_files(self, case: Case) -> Rulings:
        unscanned = case[Attachments].in_state("unscanned")
        locked = [file for file in unscanned if file.scan.why == ENCRYPTED]
        if locked:
            yield hold(
                "a file takes a password, and nobody could look through it",
                remedy="give us its password, which the message goes without; the file is looked through and let go",
                code=_FILTERED,
                **_of(locked),
            )
        others = [file for file in unscanned if file.scan.why != ENCRYPTED]
        if others:
            yield hold(
                "a file could not be looked through: a person looks at it first",
                remedy="send it unpacked, or as PDF, or wait until a person has looked",
                code=_FILTERED,
                why=[file.scan.why for file in others],
                **_of(others),
            )

    @rule("5.6", "programs and macros are not sent as files", needs=(Attachments,),
          about=Attachments, when_unknown=Verdict.HOLD, kinds=_ATTACHING)  # fmt: skip
    def running_files(self, case: Case) -> Rulings:
        files = case[Attachments].files
        programs = [file for file in files if self.refused.intersection(file.scan.names)]
        if programs:
            yield refuse(
                "a file is a program",
                remedy="send a link to it, in a store or on your own domain that is on record",
                code=_FILTERED,
                by_content=True,
                **_of(programs),
            )
        running = [file for file in files if file not in programs and self.held.intersection(file.scan.names)]
        if running:
            yield hold(
                "a file brings macros or a script: a person looks at it first",
                remedy="send it without them, as PDF for example, or wait until a person has looked",
                code=_FILTERED,
                **_of(running),
            )

    # Whoever reports an attack quotes its link: such mail comes in, and its reader is told.
    @rule("5.7", "mail that arrives and leads to what harms says so", needs=(Domains,),
          about=Domains, when_unknown=Verdict.ALLOW, kinds=Kind.EMAIL, direction=Direction.INBOUND)  # fmt: skip
    def leads_to_harm(self, case: Case) -> Rulings:
        domains = case[Domains]
        if domains.blocked:
            yield flag(
                "a link in this mail leads to a domain that is known to harm those who follow it",
                remedy="don't follow it; if the domain is yours and is clean again, appeal and it is looked at",
                hosts=domains.blocked,
                sources=domains.sources,
            )

    # Harm is refused by 5.4 whether or not anybody can say how much there was; nobody is suspended in the dark.
    @rule("5.8", "who sends what harms again is suspended until it is cleaned up", needs=(HarmSent,),
          about=HarmSent, when_unknown=Verdict.ALLOW, kinds=_ATTACHING, moments=Moment.OUTCOME)  # fmt: skip
    def harms_again(self, case: Case) -> Rulings:
        met = case[HarmSent]
        if met.files_90d < self.finds:
            return
        outcome = case.outcome
        scope, target = ("campaign", met.campaign) if met.campaign else ("account", outcome.account)
        if outcome.end_user:
            scope, target = "end_user", outcome.end_user
        yield refuse(
            f"{met.files_90d} different files that harm came from here within 90 days",
            remedy="clean the machines that they came from, change passwords and keys, and tell the operator: what is "
            "suspended goes on then; a file that harms nobody counts no more once your appeal is granted",
            scope=scope,
            target=target,
            digests=met.digests,
            messages=met.messages,
        )


def _of(files: Sequence[Attached]) -> Mapping[str, Any]:
    """What the record keeps of files: which they are, and what was seen in them."""
    return {
        "files": [file.sid for file in files],
        "digests": [file.digest for file in files],
        "names": sorted({name for file in files for name in file.scan.names}),
    }
