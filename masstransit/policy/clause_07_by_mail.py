"""Clause 7, by mail: consent, a sender who can be found, a subject that is true, and a way to get no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from masstransit.clause import Case, Rulings, figure, rule
from masstransit.facts.consent import Consents
from masstransit.facts.outgoing_mail import MailRight, MailStanding, Suppressed, shows_postal
from masstransit.facts.wording import offers_a_bargain, tells_how_to_stop
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.decision import Verdict, flag, hold, refuse
from masstransit.policy.clause_07_basis import BLOCKED, UNSTATED, Marketing, has, kinds, unstated

_UNREACHED = 30003  # "unreachable destination"
_RELATED = ("purchase", "inquiry")  # PECR reg. 22(3): whoever bought may be written to, until they say no
_ANSWERS = ("re:", "fwd:", "fw:", "aw:", "wg:", "rv:", "tr:", "sv:")
_TAIL = 1600  # characters at the end of a mail, where ways out are written
_SUPPRESSED = {
    "bounce": "another server said that there is no such mailbox",
    "complaint": "this person called your mail spam",
    "told": "you said that this address gets no more mail",
}


@dataclass(frozen=True, kw_only=True)
class MarketingByMail(Marketing):
    """Advertising by mail goes to who agreed to it, says whose it is and where they are, and ends by one click."""

    mails_bulk: int = figure(5000, "Google, Email sender guidelines: who is a bulk sender", "mails in 24 hours")
    mail_spam_most: float = figure(
        0.003, "Google, Email sender guidelines; Yahoo Sender Hub: never 0.3 %", "share of the mails of 30 days"
    )
    mail_spam_warn: float = figure(
        0.001, "Google, Email sender guidelines: keep below 0.1 %", "share of the mails of 30 days"
    )
    mails_least: int = figure(1000, "rulebook 7.11, default: fewer tell no share", "mails in 30 days")
    wireless: tuple[str, ...] = figure(
        (
            "vtext.com", "vzwpix.com", "txt.att.net", "mms.att.net", "tmomail.net", "messaging.sprintpcs.com",
            "pm.sprint.com", "email.uscc.net", "mms.uscc.net", "sms.cricketwireless.net", "mms.cricketwireless.net",
            "sms.myboostmobile.com", "myboostmobile.com", "mymetropcs.com", "msg.fi.google.com",
        ),
        "47 CFR 64.3100(e): the FCC's list of wireless domains; these by the carriers' own pages",
        "domains",
        law="least",
    )  # fmt: skip

    # The law lets who never asked be written to once (15 USC 7704); the policy does not.
    @rule("7.11", "advertising by mail goes to who agreed to it", needs=(Consents,), when_unknown=Verdict.HOLD,
          kinds=Kind.EMAIL, purposes=(Purpose.MARKETING,))  # fmt: skip
    def mail_consent(self, case: Case) -> Rulings:
        if not _advertises_by_mail(case.communication):
            return
        consents = case[Consents]
        told = consents.by_purpose.get("marketing")
        related = any(given.kind in _RELATED for _, given in consents.in_force)
        if related if told is None else told.withdrawn_at is None:
            return
        yield refuse(
            "nothing shows that this person agreed to advertising by mail" + unstated(case.communication),
            remedy="record their consent, their purchase or their inquiry (`masstransit import consents`), or say what "
            "else the mail is for (X-Purpose)",
            code=BLOCKED,
            on_file=kinds(consents),
        )

    @rule("7.11.1", "advertising by mail says where its sender is", needs=(MailRight,), when_unknown=Verdict.FLAG,
          kinds=Kind.EMAIL, purposes=(Purpose.MARKETING,), law="15 USC 7704(a)(5)(A)(iii)")  # fmt: skip
    def mail_postal(self, case: Case) -> Rulings:
        communication, told = case.communication, case[MailRight]
        if not _advertises_by_mail(communication) or shows_postal(communication.text, told.postal):
            return
        words = "advertising by mail has no postal address of its sender"
        remedy = "add it; where it is not recognised, tell it for your domain (PostalAddress) and write it just so"
        if communication.purpose is Purpose.MARKETING:
            yield refuse(words, remedy=remedy, code=30007, by_content=True, told=bool(told.postal))
        else:
            yield flag(words + UNSTATED, remedy=remedy)

    @rule("7.11.2", "a subject says what a mail is", when_unknown=Verdict.ALLOW, kinds=Kind.EMAIL,
          purposes=(Purpose.MARKETING,), law="15 USC 7704(a)(2)")  # fmt: skip
    def mail_subject(self, case: Case) -> Rulings:
        communication, letter = case.communication, case.communication.letter
        if letter is None or not _advertises_by_mail(communication):
            return
        if letter.subject.casefold().startswith(_ANSWERS) and not letter.answers:
            words, remedy = "the subject calls advertising an answer to somebody", "say what it is, without Re: or Fwd:"
            if communication.purpose is Purpose.MARKETING:
                yield refuse(words, remedy=remedy, code=30007, by_content=True)
            else:
                yield flag(words + UNSTATED, remedy=remedy)
        elif not letter.subject:
            yield flag("advertising has no subject", remedy="say what it is")

    # The one click of RFC 8058 is added to what says that it advertises; the law asks for words that a person can see.
    @rule("7.11.3", "advertising by mail says how to get no more", when_unknown=Verdict.ALLOW, kinds=Kind.EMAIL,
          purposes=(Purpose.MARKETING,), law="15 USC 7704(a)(3), (5)(A)(ii); 16 CFR 316.5")  # fmt: skip
    def mail_unsubscribe(self, case: Case) -> Rulings:
        communication = case.communication
        if not _advertises_by_mail(communication) or tells_how_to_stop(communication.text[-_TAIL:]):
            return
        words = "advertising by mail does not say how to get no more of it"
        remedy = "add a line such as: Unsubscribe, with a link or an address"
        if communication.purpose is Purpose.MARKETING:
            yield refuse(words, remedy=remedy, code=30007, by_content=True)
        else:
            yield flag(words + UNSTATED, remedy=remedy)

    @rule("7.11.4", "mail goes to no address that is not there", needs=(Suppressed,), about=Suppressed,
          when_unknown=Verdict.ALLOW, kinds=Kind.EMAIL)  # fmt: skip
    def mail_suppressed(self, case: Case) -> Rulings:
        listed = case[Suppressed]
        if listed.on_file:
            yield refuse(
                _SUPPRESSED.get(listed.why, "your mail does not reach this address"),
                remedy="take it off your lists; if it works again, say so (DELETE /policy/v1/MailSuppressions/PERSON)",
                code=_UNREACHED,
                why=listed.why,
                since=listed.since,
                said=listed.said or None,
            )

    # Receivers stop a sender's mail for good above their figure; who is stopped here first still has a name.
    @rule("7.11.5", "nobody goes on advertising when many people call it spam", needs=(MailStanding,),
          about=MailStanding, when_unknown=Verdict.ALLOW, kinds=Kind.EMAIL, purposes=(Purpose.MARKETING,))  # fmt: skip
    def mail_complaints(self, case: Case) -> Rulings:
        standing = case[MailStanding]
        if not _advertises_by_mail(case.communication) or standing.sent_30d < self.mails_least:
            return
        about: dict[str, Any] = {
            "complaints_30d": standing.complaints_30d,
            "sent_30d": standing.sent_30d,
            "bulk": standing.sent_24h >= self.mails_bulk,
        }
        remedy = "write only to those who asked for it lately, and make it easy to unsubscribe"
        if standing.complained >= self.mail_spam_most:
            yield hold("too many people call your advertising spam", remedy=remedy, **about)
        elif standing.complained >= self.mail_spam_warn:
            yield flag("many people call your advertising spam", remedy=remedy, **about)

    @rule("7.11.6", "mail that becomes a text message has been agreed to", needs=(Consents,), when_unknown=Verdict.HOLD,
          kinds=Kind.EMAIL, law="47 CFR 64.3100")  # fmt: skip
    def mail_to_wireless(self, case: Case) -> Rulings:
        communication, consents = case.communication, case[Consents]
        domain = communication.recipient.text.rpartition("@")[2]
        if domain not in self.wireless or not _advertises_by_mail(communication):
            return
        if not has(consents, "marketing", "written", "express"):
            yield refuse(
                "this address is a wireless phone's, and nobody agreed there to advertising" + unstated(communication),
                remedy="record their express consent, or leave the address out",
                code=BLOCKED,
                domain=domain,
            )


def _advertises_by_mail(communication: Communication) -> bool:
    """Whether a mail advertises: as was said, or by its signs where nothing was. What answers a person, or serves what
    they do with its sender, has none of these (16 CFR 316.3: the primary purpose)."""
    if communication.purpose is not None:
        return communication.purpose is Purpose.MARKETING
    letter = communication.letter
    if letter is None or letter.answers:
        return False
    return letter.list_mail or offers_a_bargain(f"{letter.subject}\n{communication.text}")
