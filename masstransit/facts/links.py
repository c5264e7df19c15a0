"""Facts about the links in a text: which domains it leads to, which of those are shared shorteners, which imitate a
well-known brand, and whether a program is what is fetched.

Links are read as a person would read them: with or without a scheme, with "hxxp" and "[.]" (defanged), with full-width
and ideographic dots, with a dot set apart or spelt out ("bit . ly/x", "bit-dot-ly/x"), in letters of another script.
The text is only looked at, never followed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import lru_cache

import msgspec
from publicsuffixlist import PublicSuffixList

from masstransit.facts.fact import Fact
from masstransit.facts.imitation import imitated, unveiled
from masstransit.facts.written import Written, is_settled, legible
from masstransit.model.communication import Communication
from masstransit.model.subject import Subject

_READ = 2000  # characters of a text that are looked at
_READ_OF_MAIL = 100_000  # and of a mail's, where its HTML leads is said after its words
_RESERVED = ("example", "test")  # RFC 2606: nobody can own such a name, and whoever tries out a text writes them
_MOST = 20  # links of a text that are kept
_MOST_OF_MAIL = 100  # and of a mail
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_DOTS = re.compile(r"\[\.\]|\(\.\)|\[dot\]|\(dot\)|[\u3002\uff0e\uff61\u2024]", re.IGNORECASE)
_DOTTED = re.compile(r"\.\w")
#: A dot that was set apart, spelt out or made a comma, before a name that has a path after it.
_HIDDEN_DOT = re.compile(
    r"(?<![\w.-])(?P<name>[a-z0-9](?:[a-z0-9-]{0,61}?[a-z0-9])?)(?P<dot> \. ?|[-_ ]dot[-_ ]| ?, ?)"
    r"(?P<top>[a-z]{2,18})(?=/\w)",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?P<scheme>h(?:tt|xx)ps?\s?:\s?//)?(?:[^\s/@:]{1,64}(?::[^\s/@]{0,64})?@)?"
    r"(?P<host>(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_](?:[\w-]{0,61}[^\W_])?)\.?(?::\d{1,5})?(?P<path>/[^\s<>\"]*)?",
    re.IGNORECASE,
)

#: What installs or runs when it is opened, by its ending (not what only holds others, such as "zip").
_PROGRAM = re.compile(
    r"\.(apk|apkm|xapk|aab|ipa|exe|msi|msix|appx|scr|bat|cmd|pif|vbs|vbe|jse|wsf|hta|ps1|jar|dmg|pkg|deb|rpm|iso"
    r"|img|lnk|docm|xlsm|pptm)(?=$|[?#;&])",
    re.IGNORECASE,
)

#: Well-known public shorteners that anybody can put any target behind, by their own public pages. Configuration adds.
SHARED_SHORTENERS = frozenset({
    "bit.ly", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "ow.ly", "rb.gy", "rebrand.ly", "s.id", "shorturl.at",
    "t.co", "t.ly", "tiny.cc", "tinyurl.com", "v.gd",
})  # fmt: skip


class Link(msgspec.Struct, frozen=True):
    """A link, by where it leads. Paths are not kept: they can name a person."""

    host: str
    domain: str  #: the registrable domain
    shared: bool = False  #: a public shortener
    imitates: str = ""  #: the well-known brand that the host is made to look like
    program: str = ""  #: the kind of program that the path ends in: "apk", "exe" ...


class Leads:
    """Where the page of a mail leads that arrives, and its words do not say: a note on it (`Communication.notes`), an
    address a line. Of mail that goes out it stands in the text."""


class Links(Fact, frozen=True, kw_only=True):
    """The links of a text, in their order, each host once."""

    of_words = True

    found: tuple[Link, ...] = ()

    @property
    def shared(self) -> tuple[str, ...]:
        """The shared shorteners among them."""
        return tuple(link.host for link in self.found if link.shared)

    @property
    def imitating(self) -> tuple[str, ...]:
        """Those that imitate a well-known brand."""
        return tuple(link.host for link in self.found if link.imitates)


_NO_LINKS = Links()


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)


@lru_cache(maxsize=16_384)
def domain_of(host: str) -> str:
    """The registrable domain of a host; "" where it ends in no public suffix, so that "see you.Then" is no link. Names
    that are kept for examples and tests count as suffixes."""
    name, _, suffix = host.rpartition(".")
    if suffix in _RESERVED:
        return f"{name.rpartition('.')[2]}.{suffix}"
    return _suffixes().privatesuffix(host) or ""


def links_in(
    text: str, shorteners: Collection[str] = SHARED_SHORTENERS, read: int = _READ, most: int = _MOST
) -> tuple[Link, ...]:
    """Every host that a text leads to, once, in order; `most` of them, in its first `read` characters."""
    plain = _plain(text[:read], shorteners)
    if _DOTTED.search(plain) is None:
        return ()  # as most texts: a host has a dot and no space
    found: dict[str, Link] = {}
    for word in plain.split():
        if "." not in word:
            continue
        for match in _LINK.finditer(word):
            host = _ascii(match["host"])
            domain = domain_of(host)
            if domain and (host not in found or match["path"]) and len(found) < most:
                found[host] = _link(host, domain, match["path"] or "", shorteners, found.get(host))
    return tuple(found.values())


def links_of(communication: Communication) -> tuple[Link, ...]:
    """Those of a message's text, read once."""
    found: tuple[Link, ...] | None = communication.notes.get(Link)
    if found is None:
        found = _links_of(communication, SHARED_SHORTENERS)
        if is_settled(communication):
            communication.notes[Link] = found
    return found


def _links_of(communication: Communication, shorteners: Collection[str]) -> tuple[Link, ...]:
    text = legible(communication)
    if communication.letter is None:
        return links_in(text, shorteners)
    led = communication.notes.get(Leads, "")
    return links_in(f"{led}\n{text}" if led else text, shorteners, _READ_OF_MAIL, _MOST_OF_MAIL)


def _link(host: str, domain: str, path: str, shorteners: Collection[str], before: Link | None) -> Link:
    program = _PROGRAM.search(path)
    return Link(
        host,
        domain,
        shared=domain in shorteners or host in shorteners or _shown(host) in shorteners,
        imitates=imitated(host, domain.partition(".")[2]),
        program=program[1].lower() if program else before.program if before else "",
    )


def _plain(text: str, shorteners: Collection[str]) -> str:
    """With dots for all that stands for a dot, and without what can't be seen."""
    plain = text
    if not text.isascii() or "[" in text or "(" in text:
        plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", _DOTS.sub(".", text)))
    if "/" not in plain:
        return plain

    def dotted(found: re.Match[str]) -> str:
        host = f"{found['name']}.{found['top']}"
        meant = "," not in found["dot"] or host.lower() in shorteners  # "red,blue/green" leads nowhere
        return host if meant else found[0]

    return _HIDDEN_DOT.sub(dotted, plain)


def _shown(host: str) -> str:
    """The host as it looks, where it is in another script."""
    return ".".join(unveiled(part) for part in host.split(".")) if "xn--" in host else host


def _ascii(host: str) -> str:
    lowered = host.lower()
    if lowered.isascii():
        return lowered
    try:
        return lowered.encode("idna").decode("ascii")
    except UnicodeError:
        return lowered


class LinkReader:
    """Learns `Links`. `shorteners` are domains that the operator adds to the well-known ones."""

    def __init__(self, shorteners: Collection[str] = (), written: Written | None = None) -> None:
        self._written = written or Written()
        _suffixes()  # loaded before the first message waits for it
        self._shorteners = SHARED_SHORTENERS | {name.lower() for name in shorteners}

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Links]:
        await self._written.note(batch)
        return [self._links(s) if isinstance(s, Communication) else _NO_LINKS for s in batch]

    def _links(self, communication: Communication) -> Links:
        found = links_of(communication)
        if found and len(self._shorteners) > len(SHARED_SHORTENERS):
            found = _links_of(communication, self._shorteners)
        return Links(found=found) if found else _NO_LINKS
