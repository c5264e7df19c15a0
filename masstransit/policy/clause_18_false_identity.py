"""Clause 18: false identity, forged headers and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from masstransit.clause import Case, Clause, Rulings, figure, rule
from masstransit.facts.allocation import Allocation, Block
from masstransit.facts.arriving_mail import Authenticated, Guise
from masstransit.facts.brands import Brands
from masstransit.facts.calls.callers import CallerName, CallerRight, UnusedNumber, Verified
from masstransit.facts.faxes import FaxName
from masstransit.facts.identity import NeverOriginate, Numbering, SenderRight
from masstransit.facts.outgoing_mail import MailRight
from masstransit.model.address import E164
from masstransit.model.communication import Direction, Kind, Purpose
from masstransit.model.decision import Ruling, Verdict, delay, flag, hold, refuse
from masstransit.model.mail import Authentication


@dataclass(frozen=True, kw_only=True)
class FalseIdentity(Clause):
    """Whoever gets a message or a call can rely on who it says it is from. A customer sends and calls from numbers,
    short codes and names that are its own or that it was allowed to use; not from numbers that only receive, not from
    numbers that nobody has, and not under a name that passes for somebody else. Calls may also show a number from
    elsewhere, where it is proven that the customer may: a doctor shows the clinic's, a call centre its client's.
    Whoever hides its number deceives nobody, unless it sells something. What another provider signed of a call has to
    be true.
    """

    number = "18"
    title = "False identity"
    unheard = (
        (Kind.VOICEMAIL, "It came by a call, which it hears."),
        (Kind.CHAT | Kind.VIDEO, "Who takes part is named by the customer's own server, which signs for them."),
    )
    rests_on = (
        "Whether a name misleads, where it resembles another's, rests on a person who looks at both; whether a country "
        "has a name in its own register, on the operator who approves it; whether a block was given to anybody, on the "
        "administrators' data that the operator loads; whether a signed call is what it says, on the certificates and "
        "trust anchors that the operator has."
    )
    no_names_in: Mapping[str, str] = figure(
        dict.fromkeys(("US", "CA", "PR", "VI", "GU", "AS", "MP"), "North American carriers pass numbers only"),
        "carriers' published practice, default",
        "country and why",
    )
    allocation_days: float = figure(
        2.0, "rulebook 18.4: refreshed daily, with a day's grace, default", "days; older data on blocks flags only"
    )
    require_identity: bool = figure(
        value=False, source="RFC 8224 6.2.2 leaves it to the operator; not all carriers can sign, default"
    )
    refused_identities: frozenset[int] = figure(
        frozenset((403, 437, 438)),
        "RFC 8224 6.2.2; an unknown certificate (436) may be one that the operator lacks, default",
        "statuses of failed verifications that turn a call away; others flag",
    )
    vouched_less: tuple[str, ...] = figure(
        ("18", "19"),
        "rulebook 18, ladder: downgrade attestation; for clause 19 a default",
        "clauses whose throttle, block or suspension, while it stands, makes an A a B, and a B a C",
    )
    name_length: int = figure(15, "rulebook 18.6; GR-1188-CORE for names of callers", "characters")
    sealers: frozenset[str] = figure(
        frozenset(), "RFC 8617 7.2: whose seals are trusted is the receiver's choice, default",
        "domains whose word counts for mail that they passed on",
    )  # fmt: skip
    names_again: float = figure(10.0, "RFC 5321 4.5.4.1: a sender tries again after 30 minutes, default",
                                "minutes until mail is brought again that could not be looked up")  # fmt: skip
    near: int = figure(1, "rulebook 18: edit distance, default", "letters in which two domains differ that look alike")
    near_from: int = figure(5, "shorter names are near each other by chance, default", "letters of the shorter name")

    @rule("18.1", "the sender is the customer's own", needs=(SenderRight,), when_unknown=Verdict.HOLD,
          law="47 USC 227(e); 47 CFR 64.1604", first=True)  # fmt: skip
    def right_to_sender(self, case: Case) -> Rulings:
        right = case[SenderRight]
        ruling = _name(right) if right.kind == "alpha" else _number(right)
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

    # --- calls --------------------------------------------------------------------------------------------------------

    @rule("18.1.1", "a caller may show the number it shows", needs=(CallerRight,), when_unknown=Verdict.HOLD,
          kinds=Kind.DIALLED, law="47 USC 227(e); 47 CFR 64.1604", first=True)  # fmt: skip
    def right_to_number(self, case: Case) -> Rulings:
        right = case[CallerRight]
        if right.grounds or not right.shown:
            return
        about: dict[str, Any] = {"neighbour": right.neighbour or None, "state": right.state}
        if right.owned:
            yield refuse(
                "this number of yours is not in use yet, or no longer",
                remedy="call from another one",
                code=21210,
                **about,
            )
        else:
            yield refuse(
                "you have shown no right to this number",
                remedy="call from one of yours, or prove this one by a code that goes to it or a letter of its holder",
                code=21210,
                **about,
            )

    # The house draws the line with the time, the number and this name on every page by itself.
    @rule("18.8", "each page of a fax says who sends it", needs=(FaxName,), about=FaxName,
          when_unknown=Verdict.FLAG, kinds=Kind.FAX,
          law="47 USC 227(d)(1)(B); 47 CFR 68.318(d)")  # fmt: skip
    def pages_are_signed(self, case: Case) -> Rulings:
        if case[FaxName].missing and not case.communication.end_user:
            yield refuse(
                "nobody's name would stand at the top of these pages",
                remedy="give the account a name or a brand, or name the end user whose fax it is (EndUser)",
                code=30004,
            )

    @rule("18.2.1", "who sells by phone shows a number that can be called back", needs=(CallerRight,),
          when_unknown=Verdict.FLAG, kinds=Kind.CALL, purposes=(Purpose.MARKETING,),
          law="47 CFR 64.1601(e); 16 CFR 310.4(a)(8)")  # fmt: skip
    def telemarketers_show_theirs(self, case: Case) -> Rulings:
        call, right = case.communication, case[CallerRight]
        if call.purpose is not Purpose.MARKETING or not right.shown:
            return
        if call.anonymous:
            yield refuse("a call that sells something may not hide its number", remedy="show the number", code=21210)
        elif right.grounds == "owned" and not right.voice:
            yield refuse(
                "nobody can call this number back and ask not to be called",
                remedy="call from a number that takes calls, or let this one take them",
                code=21210,
            )

    @rule("18.3", "what another provider signed of a call is true", needs=(Verified,), about=Verified,
          when_unknown=Verdict.FLAG, kinds=Kind.CALL, direction=None, law="47 CFR 64.6301, 64.6302")  # fmt: skip
    def identity_holds(self, case: Case) -> Rulings:
        told = case[Verified].verification
        if told is None or told.status is None:
            return
        about: dict[str, Any] = {
            "sip": told.status,
            "found": told.reason,
            "signer": told.signer,
            "neighbour": case[Verified].neighbour or None,
        }
        if not told.signed:
            if self.require_identity:
                yield refuse("this call is not signed by a provider", remedy="sign it, or have it signed", **about)
        elif told.status in self.refused_identities:
            yield refuse("what this call says of its caller does not hold", remedy=_MENDED[told.status], **about)
        else:
            yield flag("what this call says of its caller can't be verified", remedy=_MENDED[told.status], **about)

    @rule("18.4.3", "both numbers of a call exist", needs=(Numbering,), when_unknown=Verdict.FLAG, kinds=Kind.DIALLED,
          direction=None, law="47 CFR 64.1200(k)(2), (o)")  # fmt: skip
    def numbers_of_call_exist(self, case: Case) -> Rulings:
        numbering, call = case[Numbering], case.communication
        if not numbering.sender_valid:
            yield refuse(
                "no numbering plan has the caller's number", remedy="call from one of your numbers", code=21212
            )
        if isinstance(call.recipient, E164) and not numbering.recipient_valid:
            yield refuse("no numbering plan has the called number", remedy="take it off your list", code=21211)

    @rule("18.4.4", "numbers that only receive call nobody", needs=(NeverOriginate,), about=NeverOriginate,
          when_unknown=Verdict.HOLD, kinds=Kind.DIALLED, direction=None, law="47 CFR 64.1200(k)(1), (o)")  # fmt: skip
    def never_calls(self, case: Case) -> Rulings:
        listed = case[NeverOriginate]
        if listed.listed:
            yield refuse(
                "this number only receives: its owner had it listed so that nobody calls from it",
                remedy="call from another number of yours",
                code=21212,
                source=listed.source,
            )

    @rule("18.4.5", "both numbers of a call are in blocks that were given to somebody", needs=(Allocation,),
          about=Allocation, when_unknown=Verdict.FLAG, kinds=Kind.DIALLED, direction=None,
          law="47 CFR 64.1200(k)(2), (o)")  # fmt: skip
    def blocks_of_call_allocated(self, case: Case) -> Rulings:
        yield from self.blocks_allocated(case)

    @rule("18.4.6", "a number of ours that nobody has calls nobody", needs=(UnusedNumber,), about=UnusedNumber,
          when_unknown=Verdict.FLAG, kinds=Kind.CALL, direction=None, law="47 CFR 64.1200(k)(2), (o)")  # fmt: skip
    def unused_numbers(self, case: Case) -> Rulings:
        if case[UnusedNumber].state:
            yield refuse(
                "nobody has the number that this call shows",
                remedy="call from a number that somebody has",
                code=21212,
                state=case[UnusedNumber].state,
            )

    @rule("18.6", "a caller's name fits, and is its own", needs=(CallerName, Brands), about=CallerName,
          when_unknown=Verdict.FLAG, kinds=Kind.CALL)  # fmt: skip
    def caller_name(self, case: Case) -> Rulings:
        told, brands = case[CallerName], case[Brands]
        if told.resembles_other and not brands.own(told.name):
            yield hold(
                "the name of this caller looks like the brand of somebody else",
                remedy="show that you may use it, or call without it; a person looks at both",
                name=told.name,
                brand=told.resembles_other,
            )
        elif len(told.name) > self.name_length:
            yield flag(
                "networks cut a caller's name that is as long as this", remedy="give a shorter one", name=told.name
            )

    # --- mail that arrives --------------------------------------------------------------------------------------------

    @rule("18.7", "mail is from the domain that it says", needs=(Authenticated,), about=Authenticated,
          when_unknown=Verdict.FLAG, kinds=Kind.EMAIL, direction=Direction.INBOUND, first=True)  # fmt: skip
    def mail_is_proven(self, case: Case) -> Rulings:
        told = case[Authenticated].authentication
        if told is None:
            return
        about = _proof(told)
        if told.dmarc == "temperror":
            yield delay(
                "whether this mail is from whom it says can't be looked up just now",
                until=case.communication.at + timedelta(minutes=self.names_again),
                remedy="bring it again later",
                **about,
            )
        elif told.dmarc == "fail" and self._vouched(told):
            yield flag("this mail was changed on its way, by a list whose word is trusted",
                       remedy="nothing: the list vouches for it", **about)  # fmt: skip
        elif told.dmarc == "fail" and told.policy == "reject":
            yield refuse(
                "the domain in From is not proven, and its owner asks that such mail is refused (RFC 9989)",
                remedy="send it from a server that its SPF record names, or sign it with the domain's key (DKIM)",
                **about,
            )
        elif told.dmarc == "fail" or told.spf == "fail":
            yield flag(
                "the domain in From is not proven",
                remedy="send it from a server that its SPF record names, or sign it with the domain's key (DKIM)",
                suspicious=told.policy == "quarantine" or None,
                **about,
            )

    def _vouched(self, told: Authentication) -> bool:
        """Whether all who passed it on are trusted, and the first of them saw it proven."""
        return told.arc == "pass" and told.passed_before and self.sealers.issuperset(told.sealers)

    @rule("18.7.1", "the head of a mail passes for nobody else", needs=(Guise,), about=Guise,
          when_unknown=Verdict.FLAG, kinds=Kind.EMAIL, direction=Direction.INBOUND)  # fmt: skip
    def head_is_plain(self, case: Case) -> Rulings:
        guise = case[Guise]
        if guise.recipient_edits == 0 and guise.letters >= self.near_from:
            yield refuse(
                "the domain in From is written to look like the one that this mail goes to",
                remedy="send it from a domain that is not taken for another's",
            )
        elif guise.recipient_edits <= self.near and guise.letters >= self.near_from:
            yield flag(
                "the domain in From is a letter away from the one that this mail goes to",
                remedy="read it with care: it may be from somebody else",
                edits=guise.recipient_edits,
            )
        if guise.reply_edits <= self.near and guise.letters >= self.near_from:
            yield flag("an answer would go to a domain that only looks like the one in From",
                       remedy="answer to an address that you know", edits=guise.reply_edits)  # fmt: skip
        if guise.at_recipient:
            yield flag("in the place of a name stands a mailbox of yours, and the mail is from elsewhere",
                       remedy="read the address in From, not the name")  # fmt: skip
        elif guise.named_mailbox:
            yield flag("in the place of a name stands a mailbox that this mail is not from",
                       remedy="read the address in From, not the name", named=guise.named_mailbox)  # fmt: skip

    # --- mail that goes out -------------------------------------------------------------------------------------------

    # While no letter is there yet, nobody can say what its From will be; the envelope's sender may be a server's own.
    @rule("18.7.2", "mail is from a domain that its sender has", needs=(MailRight,), when_unknown=Verdict.HOLD,
          kinds=Kind.EMAIL, law="15 USC 7704(a)(1)", first=True)  # fmt: skip
    def right_to_domain(self, case: Case) -> Rulings:
        right = case[MailRight]
        if case.communication.letter is None or right.proven:
            return
        about: dict[str, Any] = {"from_domain": right.domain, "found": right.found or None}
        if right.claimed:
            yield refuse(
                "it is not proven yet that the domain in From is yours",
                remedy="put its TXT record into the zone, then have it looked up (MailDomains/SID/Proof)",
                code=21606,
                **about,
            )
        else:
            yield refuse(
                "the domain in From is not one of yours",
                remedy="send from a domain of yours, and claim it before (POST /policy/v1/MailDomains)",
                code=21659,
                **about,
            )

    @rule("18.7.3", "mail that goes out passes for nobody else's", needs=(Guise, Brands), about=Guise,
          when_unknown=Verdict.FLAG, kinds=Kind.EMAIL, law="15 USC 7704(a)(1)")  # fmt: skip
    def goes_out_plain(self, case: Case) -> Rulings:
        guise, brands = case[Guise], case[Brands]
        brand = guise.named_brand or guise.imitates
        if brand and not brands.own(brand):
            yield hold(
                "this mail looks as if a well-known brand sent it",
                remedy="show that you may speak for it, or send under a name and from a domain of your own",
                brand=brand,
            )
        if guise.recipient_edits <= self.near and guise.letters >= self.near_from:
            yield hold(
                "the domain in From looks like the one that this mail goes to",
                remedy="send it from a domain that is not taken for another's",
                edits=guise.recipient_edits,
            )
        if guise.reply_edits <= self.near and guise.letters >= self.near_from:
            yield hold(
                "answers would go to a domain that only looks like the one in From",
                remedy="have answers sent to the domain in From, or to one that nobody takes for it",
                edits=guise.reply_edits,
            )
        if guise.named_mailbox:
            yield hold(
                "in the place of a name stands a mailbox that this mail is not from",
                remedy="write the name of whoever sends it",
                named=guise.named_mailbox,
            )

    @rule("18.7.4", "the head of a mail says each thing once", when_unknown=Verdict.ALLOW, kinds=Kind.EMAIL,
          law="15 USC 7704(a)(1)")  # fmt: skip
    def head_is_whole(self, case: Case) -> Rulings:
        letter = case.communication.letter
        if letter is not None and letter.faults:
            yield refuse(
                "programs would show one thing of this mail's head and check another",
                remedy=f"mend these header fields: {', '.join(letter.faults)}",
                code=30007,
                by_content=True,
                faults=letter.faults,
            )


#: What mends a verification that failed, by its status.
_MENDED: Mapping[int, str] = {
    403: "sign the call when it is made, by a clock that is right",
    436: "have the certificate where its address says; the operator adds it to those that are known",
    437: "sign with a certificate of a trusted authority that speaks for this number",
    438: "sign the very numbers of the call, and pass the header on unchanged",
}


def _about(block: Block) -> dict[str, Any]:
    return {"block": block.prefix, "as_of": block.as_of}


def _proof(told: Authentication) -> dict[str, Any]:
    """What was found of a mail, for the record."""
    return {
        "from_domain": told.domain,
        "spf": told.spf,
        "dkim": told.dkim,
        "dmarc": told.dmarc,
        "policy": told.policy or None,
        "arc": told.arc if told.arc != "none" else None,
        "sealers": told.sealers or None,
        "found": told.because or None,
    }


def _name(right: SenderRight) -> Ruling | None:
    """What is wrong with a sender name."""
    if right.state == "registered":
        return None
    if right.state == "pending":
        return hold("this sender name is not approved yet", remedy="it goes out when the name is", code=21659)
    return refuse(
        "this sender name is not registered for you", remedy="register it with proof that it is yours", code=21659
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
