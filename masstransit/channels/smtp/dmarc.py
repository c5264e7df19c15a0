"""DMARC (RFC 9989, which took the place of RFC 7489): whether the domain that people see in From is proven by SPF or
DKIM, and what its owner asks for where it is not.

Which domains are one organisation's is told by the names themselves: the tree is walked upwards from a domain, and no
list of public suffixes is needed (section 4.10).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import msgspec

from masstransit.channels.smtp.names import Names
from masstransit.model.mail import Wish

_LABELS = 8  # of a name of which all are asked; of a longer one the walk goes on with the last seven
_LOWERED: Mapping[Wish, Wish] = {"reject": "quarantine", "quarantine": "none", "none": "none", "": ""}
_WISHES = ("none", "quarantine", "reject")


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What a domain's owner published at `_dmarc` below it."""

    domain: str
    policy: Wish = "none"  #: p
    subdomains: Wish = ""  #: sp; "": as `policy`
    nonexistent: Wish = ""  #: np: for names that there are not; "": as for subdomains
    strict_dkim: bool = False  #: adkim=s
    strict_spf: bool = False  #: aspf=s
    trial: bool = False  #: t=y, or pct=0 of older records: what is asked for is one step less
    psd: str = "u"  #: y: a public suffix; n: an organisation's top; u: not told
    reports_to: str = ""  #: rua


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a From domain."""

    record: Record | None = None
    organisation: str  #: the domain at the top of who owns it
    policy: Wish = ""


def find(names: Names, domain: str) -> Found:
    """The record and the wish that hold for a domain. Raises `NamesSilent`."""
    walked = _walk(names, domain)
    top = _organisation(domain, walked)
    record = walked.get(domain) or walked.get(top) or next((r for r in walked.values() if r.psd == "y"), None)
    if record is None:
        return Found(organisation=top)
    wish = record.policy
    if record.domain != domain:
        wish = record.subdomains or record.policy
        if record.nonexistent and not names.exists(domain):
            wish = record.nonexistent
    return Found(record=record, organisation=top, policy=_LOWERED[wish] if record.trial else wish)


def aligned(names: Names, found: Found, domain: str, proven: str, *, strict: bool) -> bool:
    """Whether a domain that SPF or DKIM proved speaks for the From domain. Raises `NamesSilent`."""
    if domain == proven:
        return True
    if strict or not (proven == found.organisation or proven.endswith(f".{found.organisation}")):
        return False
    return _organisation(proven, _walk(names, proven)) == found.organisation


def parse(domain: str, text: str) -> Record | None:
    """A record; None where it is none (section 4.7)."""
    tags = dict(_tags(text))
    if text.split(";", maxsplit=1)[0].replace(" ", "") != "v=DMARC1":
        return None
    policy = tags.get("p", "").lower()
    if policy not in _WISHES and "rua" not in tags:
        return None
    return Record(
        domain=domain,
        policy=_wish(policy) or "none",
        subdomains=_wish(tags.get("sp", "")),
        nonexistent=_wish(tags.get("np", "")),
        strict_dkim=tags.get("adkim", "").lower() == "s",
        strict_spf=tags.get("aspf", "").lower() == "s",
        trial=tags.get("t", "").lower() == "y" or tags.get("pct", "") == "0",
        psd=tags.get("psd", "u").lower(),
        reports_to=tags.get("rua", ""),
    )


def _tags(text: str) -> list[tuple[str, str]]:
    parted = (each.partition("=") for each in text.split(";")[:64] if "=" in each)
    return [(name.strip().lower(), value.strip()) for name, _, value in parted]


def _wish(said: str) -> Wish:
    return cast("Wish", said.lower()) if said.lower() in _WISHES else ""


def _walk(names: Names, domain: str) -> dict[str, Record]:
    """The records of a domain and of those above it, from below, as far as one says where the top is."""
    found: dict[str, Record] = {}
    for each in _steps(domain):
        record = _at(names, each)
        if record is not None:
            found[each] = record
            if record.psd in ("y", "n"):
                break
    return found


def _steps(domain: str) -> list[str]:
    """The names that are asked, from below."""
    labels = domain.split(".")
    above = labels[1:] if len(labels) <= _LABELS else labels[-(_LABELS - 1) :]
    return [domain, *(".".join(above[at:]) for at in range(len(above)))]


def _at(names: Names, domain: str) -> Record | None:
    records = [each for text in names.texts(f"_dmarc.{domain}") if (each := parse(domain, text)) is not None]
    return records[0] if len(records) == 1 else None  # of several none counts


def _organisation(domain: str, walked: Mapping[str, Record]) -> str:
    """The domain at the top, by what the walk found (section 4.10.2)."""
    for at, record in walked.items():
        if record.psd == "n":
            return at
        if record.psd == "y" and at != domain:
            return ".".join(domain.split(".")[-(at.count(".") + 2) :])
    return min(walked, key=lambda each: each.count("."), default=domain)
