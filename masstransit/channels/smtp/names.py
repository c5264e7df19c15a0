"""Look-ups for one mail, of one resolver: so many, and for so long.

The resolver is handed in, and no other is ever asked: not the system's, nor one that a library would find. Whoever
writes the mail chooses which names are looked up, so both figures are bounded for all of them together.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

AT_MOST = 60  #: look-ups for one mail: SPF takes some 30 at the worst, DMARC 8 a domain, DKIM and ARC one a signature
WITHIN = 20.0  #: seconds for all of them (RFC 7208 section 4.6.4)
_ONE = 5.0  # seconds for one


class NamesSilent(Exception):
    """A name could not be looked up: nobody knows what it says."""


class Names:
    """Asks `resolver` on behalf of one mail. Its methods wait, so they are called in a thread."""

    def __init__(self, resolver: dns.resolver.Resolver, *, at_most: int = AT_MOST, within: float = WITHIN) -> None:
        self._resolver = resolver
        self._left = at_most
        self._until = time.monotonic() + within
        self._known: dict[tuple[str, str], Sequence[Any] | None] = {}

    def ask(self, name: str, kind: str) -> Sequence[Any]:
        """The records of a name (dnspython's), of a kind such as "TXT"; () where there are none. Raises
        `NamesSilent`."""
        return self._asked(name, kind) or ()

    def exists(self, name: str) -> bool:
        """Whether there is such a name at all, whatever it has. Raises `NamesSilent`."""
        return self._asked(name, "A") is not None

    def texts(self, name: str) -> list[str]:
        """A name's TXT records, the pieces of each put together. Raises `NamesSilent`."""
        return [b"".join(each.strings).decode("utf-8", "replace") for each in self.ask(name, "TXT")]

    def key(self, name: bytes, timeout: float = _ONE) -> bytes | None:
        """A key record, as dkimpy asks for one. Raises `NamesSilent`."""
        found = self.ask(name.decode("ascii", "replace"), "TXT")
        return b"".join(found[0].strings) if found else None

    def _asked(self, name: str, kind: str) -> Sequence[Any] | None:
        """None: there is no such name."""
        key = (name.casefold().rstrip("."), kind)
        if key not in self._known:
            self._known[key] = self._look(*key)
        return self._known[key]

    def _look(self, name: str, kind: str) -> Sequence[Any] | None:
        rest = self._until - time.monotonic()
        if self._left <= 0 or rest <= 0:
            raise NamesSilent("this mail would have more names looked up than one may")
        self._left -= 1
        try:
            absolute = dns.name.from_text(name)
            return list(self._resolver.resolve(absolute, kind, lifetime=min(_ONE, rest), search=False))
        except dns.resolver.NoAnswer:
            return ()
        except (dns.resolver.NXDOMAIN, dns.name.LabelTooLong, dns.name.EmptyLabel, dns.name.NameTooLong):
            return None
        except (dns.exception.DNSException, OSError, UnicodeError) as lost:
            raise NamesSilent(f"{name[:64]} could not be looked up ({type(lost).__name__})") from lost


def resolver_at(servers: Sequence[tuple[str, int]], *, within: float = _ONE) -> dns.resolver.Resolver:
    """A resolver that asks these servers (IP address, port), and takes nothing from the system's settings."""
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = [host for host, _ in servers]
    made.nameserver_ports = dict(servers)
    made.lifetime = within
    made.timeout = within / 2  # so that a lost packet is sent again
    return made
