"""Session descriptions (RFC 8866, RFC 3264), as far as calls by G.711 need them: an offer, and the answer to it.

The payload type of telephone events is theirs to choose; an answer mirrors it. An offer to hold is answered by its
counterpart. Everything else of a description is passed over.
"""

from __future__ import annotations

from ipaddress import ip_address

import msgspec

from masstransit.channels.media.g711 import Law
from masstransit.errors import BadInput

_EVENTS = 101  # where nobody asked for another
_ANSWERS = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a call's sound."""

    host: str
    port: int  #: 0: it takes no sound
    laws: tuple[Law, ...]  #: the best first
    events: int | None = _EVENTS  #: the payload type of keys; None: it sends none
    way: str = "sendrecv"  #: sendrecv | sendonly | recvonly | inactive
    version: int = 1  #: of the description; a changed one counts up

    @property
    def on_hold(self) -> bool:
        """Whether they want to hear nothing for now."""
        return self.port == 0 or self.way in ("sendonly", "inactive") or self.host == "0.0.0.0"  # noqa: S104 - RFC 2543's


def read(text: str) -> Description:
    """What the other side says of its sound. Raises `BadInput` where there is none that we speak."""
    host, way, media = "", "sendrecv", None
    kinds: dict[int, str] = {0: "PCMU/8000", 8: "PCMA/8000"}
    for line in text.splitlines():
        key, _, value = line.strip().partition("=")
        if key == "m":
            if media is not None:
                break  # of several streams the first of sound is ours
            media = value.split() if value.startswith("audio ") else None
        elif key == "c":
            host = _host(value)
        elif key == "a":
            if value in _ANSWERS:
                way = value
            elif value.startswith("rtpmap:"):
                kind, _, name = value[7:].partition(" ")
                if kind.isdecimal():
                    kinds[int(kind)] = name.strip()
    if media is None or len(media) < 4 or not media[1].isdecimal() or not 0 <= int(media[1]) <= 65535:
        raise BadInput("the session description offers no sound: it needs a line m=audio with a port and a format")
    offered = [int(word) for word in media[3:] if word.isdecimal()]
    names = [(kind, kinds.get(kind, "").upper()) for kind in offered]
    laws = tuple(law for _, name in names for law in Law if name.startswith(f"{law.name}/8000"))
    if not laws or not host:
        raise BadInput("the session description offers neither PCMU nor PCMA: this house carries G.711")
    events = next((kind for kind, name in names if name.startswith("TELEPHONE-EVENT/8000")), None)
    return Description(host=host, port=int(media[1]), laws=laws, events=events, way=way)


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
    )


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
        f"m=audio {one.port} RTP/AVP {' '.join(map(str, kinds))}",
        *(f"a=rtpmap:{law.value} {law.name}/8000" for law in one.laws),
    ]
    if one.events is not None:
        lines += [f"a=rtpmap:{one.events} telephone-event/8000", f"a=fmtp:{one.events} 0-15"]
    return "\r\n".join([*lines, "a=ptime:20", f"a={one.way}", ""])
