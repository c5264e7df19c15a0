"""Cases: what the desk has to answer for within a time, from the word that opened it to the word that closes it.

A case has a kind, one or several deadlines and a record of who said or did what. A deadline is a figure with its
source, set here and nowhere else; from when it counts stands in the case. Hours and days are the calendar's, weekends
included; business days are those of the operator's calendar (`carriage/business_days.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

#: Where a case stands that waits for nothing: behind all that do.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """By when one thing is done."""

    name: str
    says: str  #: what is to be done by then
    count: int
    unit: Literal["hours", "days", "business days"]
    source: str  #: who sets the figure, or that it is a default
    least: int = 0  #: and not before so many of the same unit
    at_opening: bool = True  #: it counts from the day on which the case is opened; else from what a person says later


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline of one case, as it is kept with it."""

    name: str
    due: datetime
    not_before: datetime | None = None
    met: datetime | None = None  #: when it was done, or needed no more


class CaseKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of case."""

    name: str
    title: str
    clause: str  #: of the policy, under which it is worked
    deadlines: tuple[Deadline, ...]
    outcomes: tuple[str, ...]  #: how one can end
    shown: bool = True  #: its customer may see it, unless the case itself is sealed

    def deadline(self, name: str) -> Deadline:
        """One of its deadlines."""
        return next(each for each in self.deadlines if each.name == name)


_DMCA = "17 USC 512(g)(2)(C)"
_CLAIMED = (
    Deadline(name="review", says="a person looks at the claim", count=24, unit="hours", source="rulebook 15, default"),
)
_CLAIM_ENDS = ("stopped", "not-stopped", "withdrawn")

#: Every kind, by its name.
KINDS: Mapping[str, CaseKind] = {
    kind.name: kind
    for kind in (
        CaseKind(
            name="copyright",
            title="Copyright notice",
            clause="15",
            deadlines=(
                Deadline(
                    name="take-down", says="take the material down, or have the notice put right", count=24,
                    unit="hours", source="17 USC 512(c)(1)(C) 'expeditiously'; rulebook 15.3, default",
                ),
                Deadline(
                    name="contest", says="its customer may answer; a notice that nobody answered is a strike", count=10,
                    unit="business days", source="rulebook 15.5 gives no time, default", at_opening=False,
                ),
                Deadline(
                    name="forward", says="send the counter-notice to who gave the notice", count=1,
                    unit="business days", source="17 USC 512(g)(2)(B) 'promptly', default", at_opening=False,
                ),
                Deadline(
                    name="restore", says="restore the material, unless a suit was filed", count=14, least=10,
                    unit="business days", source=_DMCA, at_opening=False,
                ),
            ),
            outcomes=("uncontested", "restored", "in-court", "withdrawn", "defective"),
        ),
        CaseKind(
            name="trademark", title="Trademark claim", clause="15", deadlines=_CLAIMED, outcomes=_CLAIM_ENDS
        ),
        CaseKind(
            name="likeness", title="Claim to somebody's name, voice or likeness", clause="15", deadlines=_CLAIMED,
            outcomes=_CLAIM_ENDS,
        ),
        CaseKind(name="privacy", title="Privacy claim", clause="15", deadlines=_CLAIMED, outcomes=_CLAIM_ENDS),
        CaseKind(
            name="end-user-stop",
            title="A customer's call to stop one of its end users",
            clause="B",
            deadlines=(
                Deadline(
                    name="stop-harm", says="stop it: phishing, malware or harassment", count=1, unit="hours",
                    source="rulebook B2, default", at_opening=False,
                ),
                Deadline(
                    name="stop", says="stop it", count=24, unit="hours", source="rulebook B2, default",
                    at_opening=False,
                ),
            ),
            outcomes=("stopped", "not-ours"),
        ),
        CaseKind(
            name="authority",
            title="Request of an authority",
            clause="14",
            deadlines=(
                Deadline(
                    name="review", says="a person reviews the emergency", count=1, unit="hours",
                    source="18 USC 2702(b)(8), (c)(4); rulebook 14.4, default", at_opening=False,
                ),
                Deadline(
                    name="suspend", says="verify the request, and stop what it names", count=4, unit="hours",
                    source="rulebook 14, default", at_opening=False,
                ),
                Deadline(
                    name="answer", says="verify the request, and answer it", count=10, unit="business days",
                    source="the day that the process sets, else a default", at_opening=False,
                ),
                Deadline(
                    name="preserve", says="renew the preservation once, or let it end", count=90, unit="days",
                    source="18 USC 2703(f)(2)", at_opening=False,
                ),
            ),
            outcomes=("answered", "nothing-found", "forged", "withdrawn", "ended", "refused"),
            shown=False,
        ),
        CaseKind(
            name="traceback",
            title="Traceback",
            clause="14",
            deadlines=(
                Deadline(
                    name="answer", says="send the record of the way", count=24, unit="hours",
                    source="47 CFR 64.1200(n)(1), weekends included",
                ),
            ),
            outcomes=("answered", "nothing-found", "forged"),
            shown=False,
        ),
        CaseKind(
            name="blocking-notice",
            title="Notice of suspected illegal traffic",
            clause="14",
            deadlines=(
                Deadline(
                    name="block", says="verify the notice, and block what is substantially similar", count=24,
                    unit="hours", source="47 CFR 64.1200(n)(2) 'promptly', default",
                ),
                Deadline(
                    name="report", says="report what was found and done", count=14, unit="days",
                    source="47 CFR 64.1200(n)(2): the day that the notice sets, 14 days at least",
                ),
            ),
            outcomes=("blocked", "not-illegal", "not-ours", "forged"),
        ),
        CaseKind(
            name="intimate-images",
            title="Intimate images without consent",
            clause="17",
            deadlines=(
                Deadline(
                    name="look", says="a person looks; most are down by then", count=4, unit="hours",
                    source="rulebook 17, default",
                ),
                Deadline(
                    name="remove", says="remove it with its copies", count=48, unit="hours",
                    source="TAKE IT DOWN Act, Pub. L. 119-12 s. 3(a)(3)",
                ),
            ),
            outcomes=("removed", "not-found", "not-intimate", "withdrawn"),
        ),
        CaseKind(
            name="csam",
            title="Sexual abuse of children",
            clause="17",
            deadlines=(
                Deadline(
                    name="report", says="report it to NCMEC", count=1, unit="hours",
                    source="18 USC 2258A(a)(1) 'as soon as reasonably possible'; rulebook 17, default",
                ),
                Deadline(
                    name="preserve", says="let what was preserved go, unless the law keeps it longer", count=366,
                    unit="days", source="18 USC 2258A(h): a year from the report", at_opening=False,
                ),
            ),
            outcomes=("reported", "not-csam"),
            shown=False,
        ),
        CaseKind(
            name="breach",
            title="Breach of data",
            clause="2",
            deadlines=(
                Deadline(
                    name="data-authority", says="notify the data protection authority", count=72, unit="hours",
                    source="Regulation (EU) 2016/679 Art. 33(1)", at_opening=False,
                ),
                Deadline(
                    name="agencies", says="notify FBI, Secret Service and FCC", count=7, unit="business days",
                    source="47 CFR 64.2011 (FCC 23-111)", at_opening=False,
                ),
                Deadline(
                    name="customers", says="notify the customers; counsel says whether the old wait of 7 business "
                    "days applies", count=30, unit="days", source="47 CFR 64.2011 (FCC 23-111)", at_opening=False,
                ),
                Deadline(
                    name="covered-entities", says="notify those whose health information it was", count=60,
                    unit="days", source="45 CFR 164.410(b)", at_opening=False,
                ),
            ),
            outcomes=("notified", "no-notice-due"),
            shown=False,
        ),
        CaseKind(
            name="sanctions",
            title="Sanctions hit",
            clause="12",
            deadlines=(
                Deadline(
                    name="review", says="a person says whether it is the one on the list", count=24, unit="hours",
                    source="rulebook 12, default",
                ),
                Deadline(
                    name="report", says="report to OFAC what was blocked or rejected", count=10, unit="business days",
                    source="31 CFR 501.603(b), 501.604(c)", at_opening=False,
                ),
            ),
            outcomes=("reported", "somebody-else"),
            shown=False,
        ),
    )
}  # fmt: skip
