"""Whether a mail is from whom it says: SPF, DKIM, DMARC and ARC in one go, against the operator's resolver.

All of it waits for names, and some of it reckons, so a mail is looked at in a thread; how many at once, how many names
and for how long is bounded. What could not be looked up is said as "temperror", never as a failure.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dkim
import dns.resolver
import msgspec

from masstransit.channels.smtp import dmarc, spf
from masstransit.channels.smtp.names import AT_MOST, WITHIN, Names, NamesSilent
from masstransit.model.mail import Authentication, Result

_SIGNATURES = 8  # of one mail that are looked at: RFC 6376 section 6.1 leaves it to the verifier
_SETS = 10  # of ARC headers: RFC 8617 section 4.2.1 allows 50, of mail that went over as many servers
_SHORTEST_KEY = 1024  # bits: RFC 8301 section 3.2
_PASSED = re.compile(rb"(?:^|[;\s])dmarc\s*=\s*pass\b", re.IGNORECASE)
_AT_ONCE = 8  # mails that are looked at; the others wait
#: Which result says most, where there are several.
_RANK: Mapping[Result, int] = {"pass": 4, "temperror": 3, "fail": 2, "policy": 1, "permerror": 1, "none": 0}


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """How a mail came."""

    ip: str  #: of the server that brought it
    helo: str = ""  #: what that calls itself
    mail_from: str = ""  #: the envelope's sender; "": it is about another mail


class Authenticator:
    """Looks at mails; `close` ends its threads."""

    def __init__(self, resolver: dns.resolver.Resolver, *, at_most: int = AT_MOST, within: float = WITHIN) -> None:
        self._names: Callable[[], Names] = lambda: Names(resolver, at_most=at_most, within=within)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="authentication")

    async def look(self, mail: bytes, envelope: Envelope, domain: str) -> Authentication:
        """What came of it, for the domain of its From."""
        work = asyncio.get_running_loop().run_in_executor
        return await work(self._threads, look, self._names(), mail, envelope, domain)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def look(names: Names, mail: bytes, envelope: Envelope, domain: str) -> Authentication:
    """What came of it. It waits for names, and never for longer than `names` lets it."""
    domain = domain.lower().rstrip(".")
    said, why = spf.check(names, ip=envelope.ip, mail_from=envelope.mail_from, helo=envelope.helo)
    signed, proven, wrong = _signatures(names, mail)
    found = Authentication(
        domain=domain,
        spf=said,
        spf_domain=(envelope.mail_from.rpartition("@")[2] or envelope.helo).lower(),
        dkim=signed,
        dkim_domains=proven,
        because=wrong or ("" if said in ("pass", "none") else why),
    )
    found = _judged(names, found)
    return found if found.dmarc == "pass" else _sealed(names, mail, found)


def _judged(names: Names, found: Authentication) -> Authentication:
    """DMARC on top of SPF and DKIM."""
    try:
        held = dmarc.find(names, found.domain)
        if held.record is None:
            return found
        by = _aligned(names, found, held, held.record)
    except NamesSilent as lost:
        return msgspec.structs.replace(found, dmarc="temperror", because=str(lost))
    unsure = not by and "temperror" in (found.spf, found.dkim)
    result: Result = "pass" if by else "temperror" if unsure else "fail"
    return msgspec.structs.replace(
        found, dmarc=result, policy=held.policy, policy_domain=held.record.domain, aligned=by
    )


def _aligned(names: Names, found: Authentication, held: dmarc.Found, record: dmarc.Record) -> str:
    """The domain that proves From; "" for none."""
    for each in found.dkim_domains:
        if dmarc.aligned(names, held, found.domain, each, strict=record.strict_dkim):
            return each
    by_spf = found.spf == "pass" and dmarc.aligned(
        names, held, found.domain, found.spf_domain, strict=record.strict_spf
    )
    return found.spf_domain if by_spf else ""


# --- signatures -------------------------------------------------------------------------------------------------------


def _signatures(names: Names, mail: bytes) -> tuple[Result, tuple[str, ...], str]:
    """The best result, the domains whose signatures hold, and what is wrong with the others."""
    try:
        held = dkim.DKIM(mail, minkey=_SHORTEST_KEY)
    except dkim.DKIMException as wrong:
        return "permerror", (), str(wrong)[:200]
    headers = [value for name, value in held.headers if name.lower() == b"dkim-signature"][:_SIGNATURES]
    seen = [_signature(names, held, at, value) for at, value in enumerate(headers)]
    none: Result = "none"
    best = max((result for result, _, _ in seen), key=_RANK.__getitem__, default=none)
    proven = tuple(dict.fromkeys(domain for result, domain, _ in seen if result == "pass"))
    return best, proven, "" if proven else next((why for _, _, why in seen if why), "")


def _signature(names: Names, held: Any, at: int, value: bytes) -> tuple[Result, str, str]:
    """What came of one, its domain, and why it fails."""
    try:
        tags = dkim.util.parse_tag_value(value)
        domain = tags.get(b"d", b"").decode("ascii", "replace").lower()
        if not held.verify(idx=at, dnsfunc=names.key):
            return "fail", domain, f"the signature of {domain[:64]} does not hold"
    except NamesSilent as lost:
        return "temperror", "", str(lost)
    except (dkim.ValidationError, dkim.KeyFormatError) as wrong:
        return "fail", "", str(wrong)[:200]
    except (dkim.DKIMException, dkim.util.InvalidTagValueList, ValueError, TypeError, KeyError) as wrong:
        return "permerror", "", str(wrong)[:200]
    if b"l" in tags:  # what was added behind the part that is signed would pass as its author's (RFC 6376 section 8.2)
        return "policy", domain, f"the signature of {domain[:64]} is for a part of the mail"
    return "pass", domain, ""


def _sealed(names: Names, mail: bytes, found: Authentication) -> Authentication:
    """ARC (RFC 8617): what servers on the way vouch for. Looked at where the mail itself proves nothing."""
    try:
        chain = dkim.ARC(mail, minkey=_SHORTEST_KEY)
        if not any(name.lower() == b"arc-seal" for name, _ in chain.headers):
            return found
        if sum(name.lower() == b"arc-seal" for name, _ in chain.headers) > _SETS:
            return msgspec.structs.replace(found, arc="fail")
        verdict, sets, _ = chain.verify(dnsfunc=names.key)
    except NamesSilent:
        return msgspec.structs.replace(found, arc="temperror")
    except (dkim.DKIMException, dkim.util.InvalidTagValueList, ValueError, TypeError, KeyError, IndexError):
        return msgspec.structs.replace(found, arc="fail")
    if verdict != dkim.CV_Pass:
        return msgspec.structs.replace(found, arc="fail")
    return msgspec.structs.replace(
        found,
        arc="pass",
        sealers=tuple(each["as-domain"].decode("ascii", "replace").lower() for each in sets),
        passed_before=bool(_PASSED.search(sets[-1]["aar-value"])),
    )
