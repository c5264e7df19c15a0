"""Names of the DNS that mail goes by, of resolvers that the operator names; no other is ever asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.name
import dns.nameserver
import dns.resolver

from masstransit.errors import Unknown

_WITHIN = 5.0  # seconds for one name
_MOST_HOSTS = 10  # servers of a domain that are tried


class Names:
    """Looks names up. Without servers it knows none."""

    def __init__(self, servers: Sequence[tuple[str, int]]) -> None:
        self._resolver = dns.asyncresolver.Resolver(configure=False)
        self._resolver.nameservers = [dns.nameserver.Do53Nameserver(host, port) for host, port in servers]
        self._resolver.lifetime = _WITHIN
        self._resolver.timeout = _WITHIN / 2  # so that a lost packet is sent again
        self.known = bool(servers)  #: whether there is anybody to ask

    async def texts(self, name: str) -> list[str]:
        """A name's TXT records, the pieces of each put together. Raises `Unknown`."""
        return [b"".join(each.strings).decode("utf-8", "replace") for each in await self._ask(name, "TXT")]

    async def exchangers(self, domain: str) -> list[str]:
        """The servers that take a domain's mail, the best first; the domain itself where it names none (RFC 5321
        section 5.1); [] where it says that it takes none (RFC 7505), or is not there. Raises `Unknown`."""
        found = sorted(await self._ask(domain, "MX"), key=lambda each: each.preference)
        hosts = [each.exchange.to_text(omit_final_dot=True) for each in found]
        if hosts:
            return [host for host in hosts if host != "."][:_MOST_HOSTS]
        return [domain] if await self.addresses(domain) else []

    async def addresses(self, host: str) -> list[str]:
        """The internet addresses of a host, those of IPv4 first. Raises `Unknown`."""
        four = [each.address for each in await self._ask(host, "A")]
        return four + [each.address for each in await self._ask(host, "AAAA")]

    async def _ask(self, name: str, kind: str) -> list[Any]:
        if not self.known:
            raise Unknown("nobody is named to ask for names ([dns] servers)")
        try:
            absolute = dns.name.from_text(name)
            return list(await self._resolver.resolve(absolute, kind, search=False))
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            return []
        except (dns.name.LabelTooLong, dns.name.EmptyLabel, dns.name.NameTooLong, dns.name.BadEscape):
            return []
        except (dns.exception.DNSException, OSError, UnicodeError) as lost:
            raise Unknown(f"{name[:64]} could not be looked up ({type(lost).__name__})") from lost
