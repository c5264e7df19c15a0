"""The names that fraud likes to borrow, and the domains that imitate them.

`brands.txt` has the names with the domains that their owners say are theirs. A name that is a common word too
("chase", "target") makes a domain an imitation only together with bait ("chase-verify.top"); an orchard may be called
apple-orchard.com.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

import msgspec

from masstransit.facts.content.normal import lookalikes

_DIGITS = str.maketrans("0134578", "oieastb")  # digits that stand for letters in a name
_ONE_AS_L = str.maketrans("1", "l")
_SHORT, _SHORT_WITH_BAIT = 4, 3  # letters of a name that is looked for in a domain
_NEAR = 6  # letters of a name of which one may be wrong
_NO_LETTER = re.compile(r"[^a-z0-9]+")
_WORDS_OF_BAIT = """
account accounts alert alerts apply approval auth bill billing block blocked cancel card cards case center centre
claim clearance confirm confirmation customer customs deliver delivery depot device dispute duty fee fees fix fraud
gift giftcard help helpdesk id info invoice key limit limited lock locked login logon mail mobile notice online pack
package parcel pay payee payment payments penalty pin portal post prime prize promo protect re reactivate rebate
recover redelivery redeliver refund refunds relief renew reschedule reset restore reward rewards safe safety secure
secured security service services session shipment shipping signin sms support survey suspend suspended tax team
ticket toll tolls track tracking transfer unlock unpaid update updates user validate validation verification verified
verify visa wallet web winner
"""
_BAIT = frozenset(_WORDS_OF_BAIT.split())


#: Words of firms' names that name no firm.
_EVERYBODYS = frozenset((
    "the", "and", "inc", "llc", "ltd", "limited", "corp", "corporation", "company", "gmbh", "plc", "pty", "group",
    "holding", "holdings", "international", "global", "services", "service", "shop", "store", "online", "solutions",
))  # fmt: skip


class Name(msgspec.Struct, frozen=True):
    """A well-known brand."""

    name: str
    others: tuple[str, ...]  #: other names by which it goes
    domains: tuple[str, ...]
    word: bool  #: its name is a common word too


@lru_cache(maxsize=1)
def well_known() -> tuple[Name, ...]:
    """The brands of `brands.txt`."""
    rows = (resources.files(__package__) / "brands.txt").read_text("utf-8").splitlines()
    return tuple(_read(row) for row in rows if row and not row.startswith("#"))


def _read(row: str) -> Name:
    name, others, domains, *word = row.split(";")
    return Name(name, tuple(o for o in others.split(",") if o), tuple(domains.split(",")), bool(word))


@lru_cache(maxsize=1)
def _by_shape() -> Mapping[str, Name]:
    return {_shape(each): brand for brand in well_known() for each in (brand.name, *brand.others)}


def _shape(name: str) -> str:
    return _NO_LETTER.sub("", name.casefold())


@lru_cache(maxsize=16_384)
def same_brand(claimed: str, name: str) -> bool:
    """Whether two names are one brand's: alike, one a part of the other word by word, or two names of a known one."""
    one, two = _shape(claimed), _shape(name)
    known = _by_shape()
    if not one or not two or one == two:
        return bool(one) and one == two
    words = set(re.findall(r"[^\W_]+", name.casefold()))
    alike = {claimed, *_names_of(known[one])} if one in known else {claimed}
    return known.get(two, two) is known.get(one) or any(set(each.casefold().split()) <= words for each in alike)


def _names_of(brand: Name) -> tuple[str, ...]:
    return (brand.name, *brand.others)


def domains_of(name: str) -> tuple[str, ...]:
    """The domains of a well-known brand of that name; () for any other."""
    brand = _by_shape().get(_shape(name))
    return () if brand is None else brand.domains


def well_known_as(name: str) -> Name | None:
    """The well-known brand that goes by just this name; None where it is a common word or a first name too."""
    brand = _by_shape().get(_shape(name))
    return None if brand is None or brand.word else brand


def speaks_of(text: str, name: str) -> bool:
    """Whether a text has a well-known brand's name among its words, those of its links left out."""
    words = " ".join(word for word in text.casefold().split() if "." not in word.strip(".,;:!?"))
    brand = _by_shape().get(_shape(name))
    named = (name,) if brand is None else _names_of(brand)
    return any(re.search(rf"(?<![^\W_]){re.escape(each)}(?![^\W_])", words) for each in named)


def names(text: str, name: str) -> bool:
    """Whether a text has a name in it, whole in any spacing, or one of its own words ("Northwind" of "Northwind Foods
    Inc."): people and firms shorten names."""
    if _shape(name) and _shape(name) in _shape(text):
        return True
    words = {*re.findall(r"[^\W\d_]{3,}", name.casefold())} - _EVERYBODYS
    return not words.isdisjoint(re.findall(r"[^\W\d_]+", text.casefold()))


def bears(domain: str, name: str) -> bool:
    """Whether a domain is a name with a suffix, hyphens aside."""
    return _shape(domain.partition(".")[0]) == _shape(name) != ""


def within(host: str, domain: str) -> bool:
    """Whether a host is a domain, or below it."""
    return host == domain or host.endswith(f".{domain}")


# --- imitation --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16_384)
def imitated(host: str, suffix: str) -> str:
    """The well-known brand that a host imitates; "" for none, and for a brand's own. `suffix`: the host's last part,
    which says nothing ("com", "co.uk")."""
    if any(within(host, domain) for brand in well_known() for domain in brand.domains):
        return ""
    parts = [unveiled(part) for part in re.split(r"[.-]", host.removesuffix(f".{suffix}")) if part and part != "www"]
    readings = dict.fromkeys((tuple(parts), *(tuple(read(part) for part in parts) for read in (_as_letters, _as_l))))
    return next((name for seen in readings if (name := _brand_in(seen, changed=list(seen) != parts))), "")


def _as_letters(part: str) -> str:
    return part.translate(_DIGITS).replace("rn", "m").replace("vv", "w")


def _as_l(part: str) -> str:
    return _as_letters(part.translate(_ONE_AS_L))


def unveiled(part: str) -> str:
    """The Latin letters that a name in other scripts shows (IDN, RFC 3492)."""
    if not part.startswith("xn--"):
        return part
    try:
        return part.encode("ascii").decode("idna").translate(lookalikes())
    except UnicodeError:
        return part


def _brand_in(parts: tuple[str, ...], *, changed: bool) -> str:
    """The brand that parts of a host show; `changed` where digits had to be read as letters, which nobody needs who
    means no brand."""
    bait = any(part in _BAIT or part.isdigit() for part in parts)
    least = _SHORT_WITH_BAIT if bait else _SHORT
    joined = _shape("".join(parts))
    for shape, brand in _by_shape().items():
        if len(shape) >= least and _shows(shape, parts, joined, sure=changed or not brand.word, bait=bait):
            return brand.name
    return ""


def _shows(shape: str, parts: tuple[str, ...], joined: str, *, sure: bool, bait: bool) -> bool:
    if shape in parts or (len(shape) >= _NEAR and shape == joined):
        return sure or bait
    rests = [part.replace(shape, "", 1).strip("0123456789") for part in parts if shape in part]
    if any(rest in _BAIT for rest in rests):
        return True  # "paypalsecure", "verifychase"
    return sure and len(shape) >= _NEAR and ((bool(rests) and bait) or any(_one_off(shape, part) for part in parts))


def _one_off(name: str, part: str) -> bool:
    """Whether one letter is wrong, missing, doubled, or has changed places with its neighbour."""
    if name == part or abs(len(name) - len(part)) > 1:
        return False
    head = next((i for i, (a, b) in enumerate(zip(name, part, strict=False)) if a != b), min(len(name), len(part)))
    a, b = name[head:], part[head:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
