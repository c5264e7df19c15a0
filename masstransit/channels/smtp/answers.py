"""The gate's verdict in SMTP's words (RFC 5321, RFC 3463): one table.

ALLOW, FLAG, HOLD, DELAY of a recipient     250: it is on record, and goes when it may
DELAY of this sender                        451 4.7.1
REFUSE known at once                        550 5.7.1
REFUSE by content                           554 5.7.1

Of several recipients, what is true of all is answered; where some are refused, the letter was taken (250) and its
sender hears of those by a delivery status notification.
"""

from __future__ import annotations

from collections.abc import Sequence

from masstransit.carriage.exchange import Offered, binding
from masstransit.model.decision import Decision, Verdict

_LONGEST = 480  # octets of a reply line that are ours: RFC 5321 section 4.5.3.1.5 has 512


def accepted(decision: Decision) -> bool:
    """Whether it is on record to go out, now or later."""
    return decision.verdict < Verdict.REFUSE and not overloaded(decision)


def overloaded(decision: Decision) -> bool:
    """Whether this sender is too fast."""
    return decision.verdict is Verdict.DELAY and any(finding.overload for finding in binding(decision))


def no(decision: Decision) -> str:
    """The reply to what was not accepted."""
    if overloaded(decision):
        return line("451 4.7.1", decision)
    finding = decision.deciding
    return line("554 5.7.1" if finding is not None and finding.by_content else "550 5.7.1", decision)


def after_data(offered: Sequence[Offered]) -> str:
    """The reply to a letter, once it was decided for each of its recipients."""
    refused = [o.decision for o in offered if not accepted(o.decision)]
    if len(refused) == len(offered):
        return no(max(refused, key=_finality))
    taken = [o for o in offered if accepted(o.decision)]
    ids = " ".join(o.communication.id for o in taken[:10])
    held = ", held for review" if all(o.decision.verdict is Verdict.HOLD for o in taken) else ""
    some = f", {len(refused)} of {len(offered)} recipients refused" if refused else ""
    return plain(f"250 2.0.0 Ok: queued as {ids}{held}{some}")


def line(code: str, decision: Decision) -> str:
    """A reply with why, what to do about it, and the decision that can be appealed from."""
    finding = decision.deciding
    if finding is None:
        return plain(f"{code} Refused by the policy [{decision.id}]")
    told = f"{code} Clause {finding.clause}: {finding.reason}"
    told += f"; {finding.remedy}" if finding.remedy else ""
    return f"{plain(told, _LONGEST - len(decision.id) - 3)} [{decision.id}]"


def plain(text: str, longest: int = _LONGEST) -> str:
    """On one line of ASCII, as clients without SMTPUTF8 read it."""
    flat = " ".join(text.split()).encode("ascii", "replace").decode()
    return flat if len(flat) <= longest else f"{flat[: longest - 3]}..."


def _finality(decision: Decision) -> int:
    """Of several refusals the one told: what may be tried again comes before what may not, so that nothing is lost."""
    return 2 if overloaded(decision) else 1
