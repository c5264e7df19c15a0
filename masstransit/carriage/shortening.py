"""Short links: in a text, `https://DOMAIN/CODE` stands for each link, on a domain of the sender's own.

The text as the customer wrote it is what the gate judges; what is made here is only how it goes out. Public shorteners
are no such domains: carriers turn their links away, because nobody can tell whose they are (rulebook 6.4).
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Collection

from masstransit.carriage.outside import check_url
from masstransit.errors import BadInput
from masstransit.facts.links import SHARED_SHORTENERS, domain_of
from masstransit.model.communication import ShortLink

CODE = r"[0-9A-Za-z]{12}"  # of 62 characters twelve are 71 bits: nobody guesses one
_LENGTH = 12
_ALPHABET = string.digits + string.ascii_letters
_URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_AFTER = ".,;:!?'…»”’。，！？"  # what ends a sentence, not a URL
_CLOSED = {")": "(", "]": "[", "}": "{", "）": "（"}
_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


def shorten(text: str, domain: str) -> tuple[str, tuple[ShortLink, ...]]:
    """A text with a short link for each http or https URL, and what these stand for; the same for the same URL.

    What leads to no public host, or to the domain itself, stays as it is.
    """
    made: dict[str, ShortLink] = {}
    pieces, done = [], 0
    for match in _URL.finditer(text):
        url = _trimmed(match[0])
        if not _leads_elsewhere(url, domain):
            continue
        link = made.setdefault(url, ShortLink(domain=domain, code=_code(), target=url))
        pieces += [text[done : match.start()], link.url]
        done = match.start() + len(url)
    return "".join((*pieces, text[done:])), tuple(made.values())


def _trimmed(url: str) -> str:
    """Without the punctuation of the sentence that it stands in; a bracket that it opened itself is its own."""
    while url:
        last = url[-1]
        opened = _CLOSED.get(last)
        if last not in _AFTER and (opened is None or url.count(opened) >= url.count(last)):
            break
        url = url[:-1]
    return url


def _leads_elsewhere(url: str, domain: str) -> bool:
    try:
        host = check_url(url, field="Body", allow_private=False).hostname or ""
    except BadInput:
        return False
    return host.rstrip(".") != domain


def _code() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def link_domain(name: str, *, ours: Collection[str] = ()) -> str:
    """A domain's name as it is kept, if short links can be on it; `ours` are those that the house answers to itself.

    Raises `BadInput`.
    """
    try:
        host = name.strip().rstrip(".").lower().encode("idna").decode("ascii")
    except UnicodeError:
        host = ""
    if not _HOST.fullmatch(host) or not domain_of(host):
        raise BadInput("'Domain' is a host name of yours, such as go.example.com.", field="Domain")
    if not SHARED_SHORTENERS.isdisjoint((host, domain_of(host))):
        raise BadInput("'Domain' is a public shortener, which carriers don't accept: take your own.", field="Domain")
    if any(host == own or host.endswith(f".{own}") for own in ours if own):
        raise BadInput("'Domain' is the platform's own: take one of yours.", field="Domain")
    return host
