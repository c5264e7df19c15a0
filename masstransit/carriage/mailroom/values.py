"""What a channel reads out of mail that other servers wrote, before carriage follows it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec


class Bounce(msgspec.Struct, frozen=True, kw_only=True):
    """What another server says became of a mail (a delivery status notification, RFC 3464, or its own words)."""

    action: Literal["failed", "delayed", "delivered"]
    status: str = ""  #: RFC 3463: "5.1.1"; "": it says none
    recipient: str = ""  #: the address that it is about; "": it says none
    said: str = ""  #: the other server's words, on one line
    message_id: str = ""  #: of the mail that is meant, in angle brackets; "": it says none

    @property
    def permanent(self) -> bool:
        return self.action == "failed" and not self.status.startswith("4")


class Tally(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Mails of one source in a DMARC report."""

    source: str  #: the IP address that they came from
    count: int
    disposition: str = "none"  #: what was done with them: none | quarantine | reject
    spf: str = ""  #: whether SPF passed and its domain is From's: pass | fail
    dkim: str = ""  #: the same of DKIM
    header_from: str = ""
    overridden: tuple[str, ...] = ()  #: why its owner's wish was not followed: forwarded, mailing_list ...
    spf_domains: tuple[str, ...] = ()  #: "example.com=pass"
    dkim_domains: tuple[str, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A receiver's report of a domain's mail in some time (DMARC aggregate report, RFC 9990)."""

    organisation: str  #: who reports
    reference: str  #: the receiver's own name for it
    domain: str
    policy: str = ""  #: p, as the receiver found it
    begins: datetime
    ends: datetime
    tallies: tuple[Tally, ...] = ()
    truncated: int = 0  #: mails in rows that were too many to be kept

    @property
    def mails(self) -> int:
        return sum(each.count for each in self.tallies) + self.truncated

    @property
    def failed(self) -> int:
        """Mails that neither proved From's domain."""
        return sum(each.count for each in self.tallies if "pass" not in (each.spf, each.dkim))


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """What a feedback loop reports (ARF, RFC 5965)."""

    type: str  #: abuse | fraud | virus
    reporter: str  #: the domain that reports
    reference: str  #: the report's own name, so that it counts once
    at: datetime | None = None  #: when the mail came
