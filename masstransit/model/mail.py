"""What came of asking whether a mail is from whom it says. The words are those of RFC 8601 and RFC 9989."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

#: What came of one way to authenticate mail. "none": it was not used; "policy": it holds, and proves too little.
Result: TypeAlias = Literal["none", "neutral", "policy", "pass", "softfail", "fail", "temperror", "permerror"]

#: What a domain's owner asks of receivers for mail that fails; "": the domain has no such record.
Wish: TypeAlias = Literal["", "none", "quarantine", "reject"]


class Authentication(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """What came of SPF, DKIM, DMARC and ARC for one mail."""

    domain: str = ""  #: of the From that people see
    spf: Result = "none"
    spf_domain: str = ""  #: of the envelope's sender, or of HELO where it has none
    dkim: Result = "none"  #: of the best signature
    dkim_domains: tuple[str, ...] = ()  #: whose signatures hold
    dmarc: Result = "none"
    policy: Wish = ""  #: for what fails; already lowered where its owner only tries it out (t=y)
    policy_domain: str = ""  #: where the record stands
    aligned: str = ""  #: the domain by which From is proven; "": by none
    arc: Result = "none"
    sealers: tuple[str, ...] = ()  #: whose seals hold, the last one first
    passed_before: bool = False  #: the first sealer saw it pass DMARC
    because: str = ""  #: what went wrong, in a sentence, where something did
