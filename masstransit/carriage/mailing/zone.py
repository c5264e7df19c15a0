"""The records that belong into the zone of a domain that sends mail, and whether they stand there.

    proof    _masstransit.shop.example               that the domain is its customer's (ours)
    dkim     mt2611r1a2b._domainkey.shop.example     the public half of each key that signs its mail (RFC 6376)
    spf      shop.example                            by which servers its mail leaves (RFC 7208), where they are named
    dmarc    _dmarc.shop.example                     what receivers do with mail that neither proves (RFC 9989)

Proof and DKIM stand as they are told or they do not count. SPF and DMARC are their owner's to word: what counts is that
there is one, and that it names our servers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import msgspec

from masstransit.carriage.mailing.names import Names
from masstransit.errors import Unknown
from masstransit.model.letter import zones_of

Use: TypeAlias = Literal["proof", "dkim", "spf", "dmarc"]
#: What a look at a record found. "unchecked": nobody looked yet; "unknown": it could not be looked up.
State: TypeAlias = Literal["unchecked", "published", "missing", "different", "unknown"]

PROOF = "_masstransit"  #: the label under which the proof stands
_SPF, _DMARC = "v=spf1", "v=dmarc1"
_WORST: tuple[State, ...] = ("missing", "different", "unknown", "unchecked", "published")


class ZoneRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A TXT record that belongs into a domain's zone."""

    name: str
    text: str
    use: Use
    state: State = "unchecked"
    said: str = ""  #: what stands there instead, or besides, in a sentence


class Asks(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator has domains publish."""

    spf: str = ""  #: the terms that name its servers, such as "include:_spf.example.com"; "": none are named
    reports: str = ""  #: where receivers' reports are taken; "": nowhere
    bounces: str = ""  #: domain of the return paths, which is then the one that SPF is asked of


def proof_of(domain: str, token: str) -> ZoneRecord:
    """The record by which a domain is proven."""
    return ZoneRecord(name=f"{PROOF}.{domain}", text=f"masstransit-domain={token}", use="proof")


def spf_of(domain: str, asks: Asks) -> tuple[ZoneRecord, ...]:
    """The SPF record of a domain; none where the operator names no servers."""
    return (ZoneRecord(name=domain, text=f"{_SPF} {asks.spf} ~all", use="spf"),) if asks.spf else ()


def dmarc_of(domain: str, asks: Asks) -> ZoneRecord:
    """The DMARC record of a domain that asks for nothing yet but for reports, where they are taken."""
    reports = f"; rua=mailto:{asks.reports}" if asks.reports else ""
    return ZoneRecord(name=f"_dmarc.{domain}", text=f"v=DMARC1; p=none{reports}", use="dmarc")


def state_of(records: Sequence[ZoneRecord], use: Use) -> State | None:
    """How all records of a use stand together: as the worst of them; None: there are none."""
    states = {each.state for each in records if each.use == use}
    return next((state for state in _WORST if state in states), None)


async def look(names: Names, domain: str, records: Sequence[ZoneRecord], asks: Asks) -> list[ZoneRecord]:
    """The records as they stand in a domain's zone just now, all looked up at once."""
    return list(await asyncio.gather(*(_looked_up(names, domain, each, asks) for each in records)))


async def _looked_up(names: Names, domain: str, record: ZoneRecord, asks: Asks) -> ZoneRecord:
    try:
        texts = [text.strip() for text in await names.texts(record.name)]
        state, said = _READ[record.use](record, texts, asks)
        if record.use == "dmarc" and state == "missing":
            state, said = await _above(names, domain)
    except Unknown as silent:
        state, said = "unknown", f"it could not be looked up: {silent}"
    return msgspec.structs.replace(record, state=state, said=said)


async def _above(names: Names, domain: str) -> tuple[State, str]:
    """Whether a domain above has a DMARC record, which counts for what is below it (RFC 9989 section 4.10)."""
    for above in zones_of(domain)[1:]:
        found = [text for text in await names.texts(f"_dmarc.{above}") if _is(text, _DMARC)]
        if len(found) == 1:
            return "published", f"that of {above} counts: {found[0][:120]}"
    return "missing", ""


def _proof(record: ZoneRecord, texts: Sequence[str], _: Asks) -> tuple[State, str]:
    if record.text in texts:
        return "published", ""
    return ("different", "its TXT records say something else") if texts else ("missing", "")


def _dkim(record: ZoneRecord, texts: Sequence[str], _: Asks) -> tuple[State, str]:
    wanted = _tag(record.text, "p")
    if any(_tag(text, "p") == wanted for text in texts):
        return "published", ""
    return ("different", "another key stands there") if texts else ("missing", "")


def _spf(_: ZoneRecord, texts: Sequence[str], asks: Asks) -> tuple[State, str]:
    found = [text for text in texts if _is(text, _SPF)]
    if not found:
        return "missing", ""
    if len(found) > 1:
        return "different", "there are several SPF records, and so none counts (RFC 7208 section 3.2): keep one"
    terms = {term.lower().lstrip("+") for term in found[0].split()}
    if set(asks.spf.lower().split()) <= terms:
        return "published", ""
    return "different", f"it says '{found[0][:120]}': add {asks.spf} before its last term"


def _dmarc(_: ZoneRecord, texts: Sequence[str], asks: Asks) -> tuple[State, str]:
    found = [text for text in texts if _is(text, _DMARC)]
    if not found:
        return "missing", ""
    if len(found) > 1:
        return "different", "there are several DMARC records, and so none counts (RFC 9989 section 4.10): keep one"
    told = f"it says '{found[0][:120]}'"
    if asks.reports and f"mailto:{asks.reports}".lower() not in found[0].lower():
        return "published", f"{told}; add rua=mailto:{asks.reports} to have receivers' reports here"
    return "published", told


_READ: dict[Use, Callable[[ZoneRecord, Sequence[str], Asks], tuple[State, str]]] = {
    "proof": _proof,
    "dkim": _dkim,
    "spf": _spf,
    "dmarc": _dmarc,
}


def _is(text: str, version: str) -> bool:
    """Whether a TXT record is of this kind: its first term says so."""
    return "".join(text.replace(";", " ").split()[:1]).lower() == version


def _tag(text: str, name: str) -> str:
    """The value of a tag, without blanks (RFC 6376 section 3.2); "" where it has none."""
    for part in text.split(";"):
        key, _, value = part.partition("=")
        if key.strip().lower() == name:
            return "".join(value.split())
    return ""
