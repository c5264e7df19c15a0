"""A name server on loopback that knows what a test tells it: the only one that is ever asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TXT
import dns.resolver
import dns.rrset

from masstransit.channels.smtp.names import resolver_at

#: (name without its last dot, type) -> values as in a zone file; those of TXT bare, or in the pieces it is sent in.
Records = Mapping[tuple[str, str], Sequence[str | Sequence[str]]]
LOST = "LOST"  #: the type under which a name is listed that the server fails for


def _data(kind: str, value: str | Sequence[str]) -> dns.rdata.Rdata:
    if kind != "TXT":
        return dns.rdata.from_text("IN", kind, str(value))
    whole = [value] if isinstance(value, str) else value or [""]
    raw = [piece.encode("latin-1") for piece in whole]
    pieces = [part for piece in raw for part in ([piece[at : at + 255] for at in range(0, len(piece), 255)] or [b""])]
    return dns.rdtypes.ANY.TXT.TXT(dns.rdataclass.IN, dns.rdatatype.TXT, pieces)


class Zone:
    """The server. `asked` are the questions, in order."""

    def __init__(self, records: Records) -> None:
        self.records = dict(records)
        self.asked: list[tuple[str, str]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    @property
    def resolver(self) -> dns.resolver.Resolver:
        return resolver_at([("127.0.0.1", self.port)], within=2.0)

    def _serve(self) -> None:
        while True:
            wire, who = self._socket.recvfrom(4096)
            if not wire:
                return
            self._socket.sendto(self._answer(dns.message.from_wire(wire)).to_wire(), who)

    def _answer(self, question: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        asked = question.question[0]
        name = b".".join(asked.name.labels[:-1]).decode("latin-1").lower()
        kind = dns.rdatatype.to_text(asked.rdtype)
        self.asked.append((name, kind))
        if (name, LOST) in self.records and (name, kind) not in self.records:
            answer.set_rcode(dns.rcode.SERVFAIL)
            return answer
        seen: set[str] = set()
        while (alias := self.records.get((name, "CNAME"))) and name not in seen:
            seen.add(name)
            target = str(alias[0]).rstrip(".").lower()
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", f"{target}."))
            name = target
        if values := self.records.get((name, kind)):
            whole = [_data(kind, value) for value in values]
            answer.answer.append(dns.rrset.from_rdata_list(dns.name.from_text(name), 60, whole))
        elif not any(each == name or each.endswith(f".{name}") for each, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer

    def __enter__(self) -> Zone:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(5)
        self._socket.close()


@contextmanager
def zone(records: Records) -> Iterator[Zone]:
    with Zone(records) as served:
        yield served
