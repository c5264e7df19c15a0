"""A call for help that the house can't be asked about goes out all the same, with what tells where the caller is."""

from __future__ import annotations

from masstransit.channels.sip import message
from masstransit.channels.sip.message import Message
from masstransit.channels.sip.talk import Carry, Target
from masstransit.model.sid import new_sid

_LOCATION = ("geolocation", "geolocation-routing")  # where a caller in need is (RFC 6442); the body goes on in any case


def carried(read: Message, called: str, helpers: tuple[str, ...]) -> Carry:
    """How it goes on: to the first of these trunks that takes it."""
    name, caller = message.address(read.value("p-asserted-identity") or read.value("from"))
    user = message.uri(caller).user if caller.lower().startswith(("sip", "tel")) else ""
    return Carry(
        n=0,
        call=new_sid("CA"),
        account="",
        sender=user,
        recipient=called,
        shown=user or "anonymous",
        name=name,
        purpose="emergency",
        targets=tuple(Target(link=each, user=called) for each in helpers),
        headers=tuple(each for each in read.headers if each.name in _LOCATION),
    )
