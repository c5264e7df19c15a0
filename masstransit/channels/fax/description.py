"""Session descriptions of T.38 (ITU-T T.38 annex D; RFC 3264): one stream of image data, by UDPTL."""

from __future__ import annotations

from ipaddress import ip_address

import msgspec

from masstransit.channels.fax.udptl import LARGEST
from masstransit.errors import BadInput

_LAST_PORT = 65_535
_NONE = "the session description offers no fax by packets: it needs a line m=image with a port, udptl, t38"


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """One side's stream of fax packets."""

    host: str
    port: int
    largest: int = LARGEST  #: bytes of a datagram that it takes
    others: tuple[str, ...] = ()  #: the lines m= of other streams
    place: int = 0  #: how many of those come before it


def read(text: str) -> Image:
    """What the other side says of its packets. Raises `BadInput` where there are none that we speak."""
    common, *streams = _sections(text)
    at = next((at for at, stream in enumerate(streams) if _is_fax(stream[0])), None)
    if at is None:
        raise BadInput(_NONE)
    host, largest = "", LARGEST
    for line in (*common, *streams[at]):
        key, _, value = line.partition("=")
        name, _, figure = value.partition(":")
        if key == "c":
            host = _host(value)
        elif key == "a" and name.lower() == "t38faxmaxdatagram" and figure.strip().isdecimal():
            largest = int(figure) or LARGEST
    if not host:
        raise BadInput("the session description names no internet address in a line c=")
    return Image(
        host=host,
        port=int(streams[at][0].split()[1]),
        largest=min(largest, LARGEST),
        others=tuple(stream[0] for stream in streams[:at] + streams[at + 1 :]),
        place=at,
    )


def _is_fax(line: str) -> bool:
    words = line.lower().split()
    return (
        len(words) >= 4 and words[0] == "m=image" and words[2] == "udptl" and words[3] == "t38" and _is_port(words[1])
    )


def _is_port(word: str) -> bool:
    return word.isdecimal() and len(word) <= 5 and 0 < int(word) <= _LAST_PORT


def _sections(text: str) -> list[list[str]]:
    sections: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line.strip())
    return sections


def _host(value: str) -> str:
    words = value.split()
    try:
        return str(ip_address(words[2].partition("/")[0] if len(words) > 2 else ""))
    except ValueError:
        raise BadInput("the session description names no internet address in its line c=") from None


def write(host: str, port: int, *, to: Image | None = None, version: int = 2) -> str:
    """Ours: an offer, or the answer to theirs, in which their other streams are turned down."""
    family = "IP6" if ":" in host else "IP4"
    others = [_turned_down(line) for line in to.others] if to is not None else []
    place = to.place if to is not None else 0
    return "\r\n".join((
        "v=0",
        f"o=- {port} {version} IN {family} {host}",
        "s=-",
        f"c=IN {family} {host}",
        "t=0 0",
        *others[:place],
        f"m=image {port} udptl t38",
        "a=T38FaxVersion:0",
        "a=T38MaxBitRate:14400",
        "a=T38FaxRateManagement:transferredTCF",
        "a=T38FaxMaxBuffer:1800",
        f"a=T38FaxMaxDatagram:{LARGEST}",
        "a=T38FaxUdpEC:t38UDPRedundancy",
        *others[place:],
        "",
    ))  # fmt: skip


def _turned_down(line: str) -> str:
    kind, _, rest = line.partition(" ")
    return f"{kind} 0 {rest.partition(' ')[2]}"
