"""What Kamailio and the house say to each other: what it adds to a request, what a 302 brings it, and how it tells that
a call is over. `deploy/kamailio/kamailio.cfg` is the other side of this file.

    INVITE, REGISTER   X-Source: ADDRESS:PORT       where the request came from; nobody outside can set it
    302                Contact: <sip:...>;q=1.0     the places that may take the call, best first
                       X-Give: NAME: VALUE          a header that the call goes on with; one each
                       X-From: URI, X-Name: "NAME"  what From says from here on, whatever the caller wrote
                       X-Record: TOKEN              Kamailio keeps it, and brings it with the call's record
    PUBLISH            a line NAME=VALUE each       the record of a call that is over; 200 says that it is durable
                       unheard=CSEQ CALL-ID         no answer of ours came in time: that call was not carried

The token is all that the record needs to begin with, so that the house may be started anew in the middle of a call.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec

from masstransit.channels.sip.message import Header, Message
from masstransit.channels.sip.settings import Link
from masstransit.channels.sip.talk import MARK, Carry, Ended, Target

SOURCE = "x-source"
_SAFE = "+-_.!~*'()&=$,;?/"  # what a user part may have unescaped (RFC 3261 section 25.1)
_PLACES = 5  # that are tried, at most
_TOLD = ("record", "unheard", "alone", "offered", "source", "sender", "recipient", "ringing", "answered", "ended",
    "status", "by", "reason", "place")  # fmt: skip
_PARTIES = frozenset({"caller", "callee", "house", "network"})
_CAUSE = re.compile(r"Q\.850\s*;\s*cause\s*=\s*(\d{1,3})", re.IGNORECASE)
_TOKEN = msgspec.json.Decoder(Ended)


class Routes(msgspec.Struct, frozen=True, kw_only=True):
    """Where calls can go, and what they are marked with on the way."""

    links: Mapping[str, Link] = {}  #: trunks by name
    domain: str  #: of the callers that we assert
    mark: str  #: of this installation: a call that comes back with it has been here before


class Strange(ValueError):
    """What Kamailio told can't be read; the sentence says what."""


def source(read: Message) -> tuple[str, int]:
    """Where a request came from, as Kamailio says it. Raises `Strange`."""
    host, _, port = read.value(SOURCE).rpartition(":")
    try:
        return str(ipaddress.ip_address(host.strip("[]"))), int(port[:5])
    except ValueError as wrong:
        raise Strange("X-Source: say ADDRESS:PORT of where the request came from") from wrong


def moved(carry: Carry, begun: Ended, routes: Routes) -> list[Header]:
    """The headers of a 302 for a call that may go on; an empty list where there is nowhere to go."""
    places = [found for target in carry.targets if (found := _place(target, routes.links))][:_PLACES]
    if not places:
        return []
    contacts = [f"<sip:{user}@{where}>;q={1 - n / 10:.1f}" for n, (user, where) in enumerate(places)]
    given = (
        Header("X-Call", carry.call),
        Header(MARK, routes.mark),
        *carry.headers,
    )
    return [
        Header("Contact", ", ".join(contacts)),
        Header("X-Record", _written(begun)),
        Header("X-From", f"sip:{quote(carry.shown, safe=_SAFE)}@{_domain(carry, routes.domain)}"),
        *((Header("X-Name", f'"{carry.name}"'),) if carry.name else ()),
        *(Header("X-Give", f"{each.name}: {each.value}") for each in given),
    ]


def told(body: bytes) -> dict[str, str]:
    """The lines that Kamailio told, by name; "" for what it did not."""
    lines = dict.fromkeys(_TOLD, "")
    for line in body.decode("utf-8", "replace").splitlines():
        name, equals, value = line.partition("=")
        if equals and name in lines:
            lines[name] = value.strip()
    return lines


def record(told: Mapping[str, str], links: Iterable[Link]) -> Ended:
    """The record of a call that is over. Raises `Strange`."""
    begun = _alone(told) if told["alone"] else _begun(told["record"])
    by = told["by"]
    if by not in _PARTIES:
        raise Strange(f"by={by[:20]}: say one of {', '.join(sorted(_PARTIES))}")
    if not re.fullmatch(r"[1-6][0-9][0-9]", told["status"]):
        raise Strange("status: say the final status of the call, such as 487")
    cause = _CAUSE.search(told["reason"])
    return msgspec.structs.replace(
        begun,
        trunk=next((each.name for each in links if place(each) == told["place"]), ""),
        ringing_at=_moment(told["ringing"], "ringing"),
        answered_at=_moment(told["answered"], "answered"),
        ended_at=_moment(told["ended"], "ended") or begun.offered_at,
        status=int(told["status"]),
        cause=int(cause[1]) if cause is not None else None,
        released_by=by,
    )


# --- inside ---------------------------------------------------------------------------------------------------------


def _place(target: Target, links: Mapping[str, Link]) -> tuple[str, str] | None:
    """Whom to ask for, and where; None: a trunk that the settings don't name any more."""
    user = quote(target.user, safe=_SAFE)
    if not target.link:
        return user, f"{_bracketed(target.host)}:{target.port}"
    link = links.get(target.link)
    return None if link is None else (user, place(link))


def place(link: Link) -> str:
    """Where a trunk is, as Kamailio writes it."""
    return f"{_bracketed(link.host)}:{link.port}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _domain(carry: Carry, domain: str) -> str:
    """RFC 3323 section 4.1.1.3 has a domain for those who are not shown."""
    return "anonymous.invalid" if carry.shown == "anonymous" else domain


def _written(begun: Ended) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(begun)).decode().rstrip("=")


def _begun(token: str) -> Ended:
    try:
        return _TOKEN.decode(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, msgspec.MsgspecError) as wrong:
        raise Strange("record: it is not the X-Record of a 302 of ours") from wrong


def _alone(told: Mapping[str, str]) -> Ended:
    """A call to an emergency service that Kamailio let go on without us: the same one, however often it is told."""
    at = _moment(told["offered"], "offered")
    if at is None:
        raise Strange("offered: say when the call came")
    return Ended(
        id="CA" + hashlib.blake2b(told["alone"].encode(), digest_size=16).hexdigest(),
        account="",
        source=told["source"],
        sender=told["sender"],
        recipient=told["recipient"],
        purpose="emergency",
        offered_at=at,
        ended_at=at,
        status=503,
        released_by="house",
    )


def _moment(text: str, name: str) -> datetime | None:
    """Seconds since 1970 with a fraction; "" and 0: it never came to that."""
    if text in {"", "0"}:
        return None
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError) as wrong:
        raise Strange(f"{name}: say seconds since 1970, such as 1767225600.25") from wrong
