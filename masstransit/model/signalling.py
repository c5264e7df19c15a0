"""The signalling of a call, as it went over the wire: what a ladder diagram is drawn from."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

import msgspec

CALLER, CALLEE = "caller", "callee"  #: legs that are no trunk's: a customer's own lines


class Step(msgspec.Struct, frozen=True, array_like=True):
    """One message of SIP: that it went, and nothing of what it said. No body, no number, no address."""

    at: int  #: milliseconds since 1970
    leg: str  #: with whom: a trunk by its name, or `CALLER`, `CALLEE`
    way: Literal["in", "out"]  #: to us, or from us
    what: str  #: a request's method: "INVITE"; a response's status and the method that it answers: "180 INVITE"

    @classmethod
    def at_time(cls, at: datetime, leg: str, way: Literal["in", "out"], what: str) -> Self:
        """One that the house tells of, and no switch."""
        return cls(int(at.timestamp() * 1000), leg, way, what)
