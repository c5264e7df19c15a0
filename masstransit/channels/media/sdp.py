"""Session descriptions (RFC 8866, RFC 3264), as far as calls by G.711 need them: an offer, and the answer to it.

The payload type of telephone events is theirs to choose; an answer mirrors it. An offer to hold is answered by its
counterpart. Other streams, such as video, are turned down; everything else of a description is passed over.
"""

from __future__ import annotations

from ipaddress import ip_address

import msgspec

from masstransit.channels.media.g711 import Law
from masstransit.errors import BadInput

_LAST_PORT = 65_535
EVENTS = 101  #: the payload type of keys, where nobody asked for another
NOWHERE = "0.0.0.0"  #: who hears here hears nothing: so calls were held before RFC 3264  # noqa: S104
_ANSWERS = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a call's sound."""

    host: str
    port: int  #: 0: it takes no sound
    laws: tuple[Law, ...]  #: the best first
    events: int | None = EVENTS  #: the payload type of keys; None: it sends none
    way: str = "sendrecv"  #: sendrecv | sendonly | recvonly | inactive
    version: int = 1  #: of the description; a changed one counts up
    others: tuple[str, ...] = ()  #: the lines m= of other streams, such as video
    place: int = 0  #: how many of those come before ours

    @property
    def on_hold(self) -> bool:
        """Whether they want to hear nothing for now."""
        return self.port == 0 or self.way in ("sendonly", "inactive") or self.host == NOWHERE


def read(text: str) -> Description:
    """What the other side says of its sound. Raises `BadInput` where there is none that we speak."""
    common, *streams = _sections(text)
    ours = next((at for at, stream in enumerate(streams) if _is_sound(stream[0])), None)
    if ours is None:
        raise BadInput(
            "the session description offers no sound: it needs a line m=audio with a port, RTP/AVP, a format"
        )
    _, port, _, *formats = streams[ours][0].split()
    host, way, names = _told([*common, *streams[ours]])
    offered = [(int(word), names.get(int(word), "")) for word in formats if word.isdecimal()]
    laws = tuple(law for _, name in offered for law in Law if name.startswith(f"{law.name}/8000"))
    if not laws or not host:
        raise BadInput("the session description offers neither PCMU nor PCMA: this house carries G.711")
    return Description(
        host=host,
        port=int(port),
        laws=laws,
        events=next((kind for kind, name in offered if name.startswith("TELEPHONE-EVENT/8000")), None),
        way=way,
        others=tuple(stream[0] for stream in streams[:ours] + streams[ours + 1 :]),
        place=ours,
    )


def _is_sound(line: str) -> bool:
    """Whether a line m= is of sound that is not encrypted (RTP/SAVP), which is none that we speak."""
    words = line.split()
    return len(words) > 3 and words[0] == "m=audio" and words[2] == "RTP/AVP" and _is_port(words[1])


def _is_port(word: str) -> bool:
    return word.isdecimal() and len(word) <= 5 and int(word) <= _LAST_PORT


def _sections(text: str) -> list[list[str]]:
    """Its lines: those of the whole, then those of each stream, which begin with m=."""
    sections: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line.strip())
    return sections


def _told(lines: list[str]) -> tuple[str, str, dict[int, str]]:
    """The address, the way, and the name of each payload type; what is said later counts."""
    host, way = "", "sendrecv"
    names = {0: "PCMU/8000", 8: "PCMA/8000"}
    for line in lines:
        key, _, value = line.partition("=")
        if key == "c":
            host = _host(value)
        elif key == "a" and value in _ANSWERS:
            way = value
        elif key == "a" and value.startswith("rtpmap:"):
            kind, _, name = value[7:].partition(" ")
            if kind.isdecimal():
                names[int(kind)] = name.strip().upper()
    return host, way, names


def _host(value: str) -> str:
    """The address of a c= line. Names are not looked up: whoever offers could have us ask anybody's server."""
    words = value.split()
    address = words[2].partition("/")[0] if len(words) > 2 else ""
    try:
        return str(ip_address(address))
    except ValueError:
        raise BadInput("the session description names no internet address in its line c=") from None


def answer(offer: Description, host: str, port: int, *, version: int = 1) -> Description:
    """Our side to an offer of theirs: their best law, their payload type of keys, the counterpart of their way."""
    return Description(
        host=host,
        port=port if offer.port else 0,
        laws=offer.laws[:1],
        events=offer.events,
        way=_ANSWERS[offer.way],
        version=version,
        others=tuple(_turned_down(line) for line in offer.others),
        place=offer.place,
    )


def _turned_down(line: str) -> str:
    """The line m= of a stream that we don't take: an answer has one for each that was offered (RFC 3264 section 6)."""
    kind, _, rest = line.partition(" ")
    return f"{kind} 0 {rest.partition(' ')[2]}"


def write(one: Description) -> str:
    """A description's text."""
    family = "IP6" if ":" in one.host else "IP4"
    kinds = [law.value for law in one.laws] + ([one.events] if one.events is not None else [])
    lines = [
        "v=0",
        f"o=- {one.port} {one.version} IN {family} {one.host}",
        "s=-",
        f"c=IN {family} {one.host}",
        "t=0 0",
        *one.others[: one.place],
        f"m=audio {one.port} RTP/AVP {' '.join(map(str, kinds))}",
        *(f"a=rtpmap:{law.value} {law.name}/8000" for law in one.laws),
    ]
    if one.events is not None:
        lines += [f"a=rtpmap:{one.events} telephone-event/8000", f"a=fmtp:{one.events} 0-15"]
    return "\r\n".join([*lines, "a=ptime:20", f"a={one.way}", *one.others[one.place :], ""])
