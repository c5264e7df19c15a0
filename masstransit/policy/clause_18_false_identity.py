"""Clause 18: false identity, forged headers and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.allocation import Allocation, Block
from masstransit.facts.identity import NeverOriginate, Numbering, SenderRight
from masstransit.model.communication import Kind
from masstransit.model.decision import Ruling, Verdict, flag, hold, refuse


@dataclass(frozen=True, kw_only=True)
class FalseIdentity(Clause):
    """Whoever gets a message can rely on who it says it is from. A customer sends from numbers, short codes and names
    that are its own or that it was allowed to use; not from numbers that only receive, not from numbers that nobody
    has, and not under a name that passes for somebody else. Calls may also show a number from elsewhere, where it is
    proven that the customer may: a doctor shows the clinic's, a call-centre its client's.
    """

    number = "18"
    title = "False identity"
    rests_on = (
        "Whether a name misleads, where it resembles another's, rests on a person who looks at both; whether a country "
        "has a name in its own register, on the operator who approves it; whether a block was given to anybody, on the "
        "administrators' data that the operator loads."
    )
    not_yet = "Signed caller identity (18.3), names of callers (18.6) and mail headers (18.7) wait for those channels."

    no_names_in: Mapping[str, str] = figure(
        dict.fromkeys(("US", "CA", "PR", "VI", "GU", "AS", "MP"), "North American carriers pass numbers only"),
        "carriers' published practice, default",
        "country and why",
    )
    allocation_days: float = figure(
        2.0, "rulebook 18.4: refreshed daily, with a day's grace, default", "days; older data on blocks flags only"
    )

    @rule("18.1", "the sender is the customer's own", needs=(SenderRight,), when_unknown=Verdict.HOLD,
          kinds=Kind.TEXT | Kind.CALL, law="47 USC 227(e); 47 CFR 64.1604", first=True)  # fmt: skip
    def right_to_sender(self, case: Case) -> Rulings:
        right = case[SenderRight]
        called = case.communication.kind is Kind.CALL
        ruling = _name(right) if right.kind == "alpha" else _shown(right) if called else _number(right)
        if ruling is not None:
            yield ruling

    @rule("18.2", "names go where they are carried, and pass for nobody else", needs=(SenderRight, Numbering),
          when_unknown=Verdict.HOLD)  # fmt: skip
    def sender_name(self, case: Case) -> Rulings:
        right = case[SenderRight]
        if right.kind != "alpha":
            return
        region = case[Numbering].recipient_region
        if region in self.no_names_in:
            yield refuse(
                "carriers in this country don't pass on sender names",
                remedy="send from a number",
                code=21612,
                region=region,
                because=self.no_names_in[region],
            )
        if right.resembles_other:
            yield hold(
                "this name looks like another customer's brand",
                remedy="show that you may use it; a person looks at both",
                name=right.resembles_other,
            )

    @rule("18.4", "both numbers exist", needs=(Numbering,), when_unknown=Verdict.FLAG,
          law="47 CFR 64.1200(o), (p)")  # fmt: skip
    def numbers_exist(self, case: Case) -> Rulings:
        numbering = case[Numbering]
        if not numbering.sender_valid:
            yield refuse(
                "no numbering plan has the sender's number", remedy="send from one of your numbers", code=21212
            )
        if not numbering.recipient_valid:
            yield refuse("no numbering plan has the recipient's number", remedy="take it off your list", code=21211)
        elif numbering.recipient_type == "landline":
            yield flag("the recipient's number is a landline, which may not take text messages",
                       remedy="ask for a mobile number, or call")  # fmt: skip

    @rule("18.4.1", "numbers that only receive send nothing", needs=(NeverOriginate,),
          about=NeverOriginate, when_unknown=Verdict.HOLD, law="47 CFR 64.1200(o), (p)")  # fmt: skip
    def never_originates(self, case: Case) -> Rulings:
        listed = case[NeverOriginate]
        if listed.listed:
            yield refuse(
                "this number only receives: its owner had it listed so that nobody sends from it",
                remedy="send from another number of yours",
                code=21606,
                source=listed.source,
            )

    @rule("18.4.2", "both numbers are in blocks that were given to somebody", needs=(Allocation,),
          about=Allocation, when_unknown=Verdict.FLAG, law="47 CFR 64.1200(o), (p)")  # fmt: skip
    def blocks_allocated(self, case: Case) -> Rulings:
        sender, recipient = case[Allocation].sender, case[Allocation].recipient
        if sender is not None and not sender.allocated:
            words, about = "nobody was given the numbers among which the sender's is", _about(sender)
            if case.communication.at - sender.as_of > timedelta(days=self.allocation_days):
                yield flag(f"{words}, by data that is old",
                           remedy="the operator loads the current data on blocks", **about)  # fmt: skip
            else:
                yield refuse(words, remedy="send from one of your numbers", code=21212, **about)
        if recipient is not None and not recipient.allocated:
            yield flag(
                "nobody was given the numbers among which the recipient's is",
                remedy="take it off your list",
                **_about(recipient),
            )


def _about(block: Block) -> dict[str, Any]:
    return {"block": block.prefix, "as_of": block.as_of}


def _name(right: SenderRight) -> Ruling | None:
    """What is wrong with a sender name."""
    if right.state == "registered":
        return None
    if right.state == "pending":
        return hold("this sender name is not approved yet", remedy="it goes out when the name is", code=21659)
    return refuse(
        "this sender name is not registered for you", remedy="register it with proof that it is yours", code=21659
    )


def _shown(right: SenderRight) -> Ruling | None:
    """What is wrong with a number that a call shows: a customer's own, or one that it proved that it may show."""
    if right.proven or (right.owned and right.state == "in-use"):
        return None
    return refuse(
        "it is not proven that you may show this number",
        remedy="call from one of your numbers, or prove this one by a code or a letter of its holder",
        code=21210,
    )


def _number(right: SenderRight) -> Ruling | None:
    """What is wrong with a number or short code that a text is from."""
    if right.proven and not right.owned:
        return refuse("this number is proven for calls only, not for texts", remedy="send from one of your numbers",
                      code=21660 if right.on_record else 21659)  # fmt: skip
    if not right.on_record:
        return refuse("this number is not one of ours", remedy="send from one of your numbers", code=21659)
    if not right.owned:
        return refuse("this number is not yours", remedy="send from one of your numbers", code=21660)
    if right.state == "hosted-pending":
        return hold("it is not proven yet that you may send from this number", remedy="finish its verification",
                    code=21606)  # fmt: skip
    if right.state != "in-use":
        return refuse("this number is not in use", remedy="send from another one", code=21606, state=right.state)
    if not right.sms:
        return refuse("this number can't send text messages", remedy="send from another one", code=21661)
    return None
