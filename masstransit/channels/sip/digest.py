"""Challenges and their answers: digest authentication (RFC 3261 section 22, RFC 8760).

A challenge is offered by MD5 alone, unless `[sip_server] digests` adds SHA-256: there are phones that give up where it
is offered first (SIPp 3.6), or at all (baresip 1.0). Its nonce says when it was made and is marked
with a key of the installation, so that no process keeps a list of them; it opens for a minute, and each count of it
(`nc`) opens once.

What is kept of a password is H(login:realm:password) for each algorithm: the least by which an answer can be checked,
for the protocol has the client hash the password together with the challenge. It is as good as the password in this
realm and in no other, and so it is kept encrypted besides. Passwords are made here, at random: none can be guessed out
of its hash.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from masstransit.channels.sip.message import Header
from masstransit.errors import BadInput
from masstransit.storage.keys import Keys
from masstransit.storage.sip_logins import Secret

_OPENS_FOR = 60.0  # seconds, a default
_MOST_NONCES = 100_000
_PARAMETER = re.compile(r'\s*([A-Za-z0-9-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)')
_WAYS: Mapping[str, Callable[[bytes], hashlib._Hash]] = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to a challenge: an Authorization or Proxy-Authorization header of the scheme Digest."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str = "MD5"
    cnonce: str
    nc: str
    qop: str


def read(value: str) -> Given | None:
    """Read a header's value; None for another scheme, which is as good as none. Raises `BadInput`."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    told: dict[str, str] = {}
    place = 0
    while place < len(rest):
        found = _PARAMETER.match(rest, place)
        if found is None:
            raise BadInput("the digest can't be read")
        told[found[1].lower()] = found[3] if found[2] is None else re.sub(r"\\(.)", r"\1", found[2])
        place = found.end()
    try:
        return msgspec.convert({name: told[name] for name in Given.__struct_fields__ if name in told}, Given)
    except msgspec.ValidationError as wrong:
        raise BadInput(f"the digest lacks something: {wrong}") from wrong


def holds(given: Given, kept: Secret, method: str) -> bool:
    """Whether an answer is that of who knows the password, in constant time."""
    known = {"MD5": kept.md5, "SHA-256": kept.sha256}.get(given.algorithm)
    if known is None or given.qop != "auth":
        return False
    asked = _hex(given.algorithm, f"{method}:{given.uri}".encode())
    told = f"{known}:{given.nonce}:{given.nc}:{given.cnonce}:auth:{asked}"
    return hmac.compare_digest(_hex(given.algorithm, told.encode()), given.response.lower())


def about(given: Given, uri: str) -> bool:
    """Whether an answer is about this request: one that was overheard opens no other number. Some clients name the
    server alone (SIPp does)."""
    told, asked = (re.split("[;?]", each.partition(":")[2])[0].lower() for each in (given.uri, uri))
    return "@" not in told or told == asked


class Challenges:
    """Makes challenges, and knows which answers are used up."""

    def __init__(self, keys: Keys, realm: str, ways: Sequence[str]) -> None:
        self.realm = realm
        self._ways = tuple(ways)
        self._keys = keys
        self._used: dict[str, int] = {}  # nonce -> the highest count that opened; in the order of their making

    def headers(self, name: str, now: datetime, *, stale: bool = False) -> tuple[Header, ...]:
        """A challenge as headers, the preferred one first (RFC 8760 section 2.4)."""
        made = f"{int(now.timestamp() * 1000):x}.{secrets.token_hex(8)}"
        nonce = f"{made}.{self._mark(made)}"
        old = ",stale=true" if stale else ""
        return tuple(
            Header(name, f'Digest realm="{self.realm}",nonce="{nonce}",qop="auth",algorithm={way}{old}')
            for way in self._ways
        )

    def opens(self, given: Given, now: datetime) -> bool:
        """Whether the challenge is ours, young, and not used up. False: make another."""
        made, _, mark = given.nonce.rpartition(".")
        if not hmac.compare_digest(self._mark(made), mark) or given.realm != self.realm:
            return False
        if given.algorithm not in self._ways:
            return False
        try:
            age, count = now.timestamp() - int(made.partition(".")[0], 16) / 1000, int(given.nc, 16)
        except ValueError:
            return False
        return -1.0 <= age <= _OPENS_FOR and count > self._used.get(given.nonce, 0)

    def use(self, given: Given) -> None:
        """An answer was right: it opens nothing again."""
        self._used[given.nonce] = int(given.nc, 16)
        while len(self._used) > _MOST_NONCES:
            del self._used[next(iter(self._used))]

    def _mark(self, made: str) -> str:
        return self._keys.mark("sip-nonce", made)


def _hex(way: str, told: bytes) -> str:
    return _WAYS[way](told).hexdigest()
