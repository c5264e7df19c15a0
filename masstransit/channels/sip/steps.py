"""What went over the wire in each call: who sent what, and when. Never what it said.

Messages are noted as the socket sees them, sent again or not, by the Call-ID of a leg; a leg begins with the first
INVITE. Left out are questions whether a side is still there (OPTIONS): a long call has hundreds. Of a leg with many
messages the first and the last are kept.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Literal

from masstransit.channels.sip.message import Message
from masstransit.model.signalling import Step

_MOST_LEGS = 20_000  # of which something is kept; the one that was silent longest goes first
_MOST, _FIRST = 96, 64  # messages that are kept of a leg, and how many of them from its beginning
_START = re.compile(r"(?:SIP/2\.0 ([1-6][0-9]{2})|([A-Z]+) )")
_CALL_ID = re.compile(r"^(?:call-id|i):[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_METHOD = re.compile(r"^cseq:[ \t]*[0-9]+[ \t]+([A-Z]+)", re.IGNORECASE | re.MULTILINE)


class Steps:
    """Those of a switch."""

    def __init__(self) -> None:
        self._legs: OrderedDict[str, list[tuple[int, Literal["in", "out"], str]]] = OrderedDict()

    def heard(self, read: Message) -> None:
        """A message has come in."""
        method = read.value("cseq").rpartition(" ")[2]
        self._note(read.value("call-id"), read.method and method, "in", read.method or f"{read.start[8:11]} {method}")

    def sent(self, text: str) -> None:
        """A message goes out."""
        start, call, method = _START.match(text), _CALL_ID.search(text), _METHOD.search(text)
        if start is not None and call is not None and method is not None:
            what = start[2] or f"{start[1]} {method[1]}"
            self._note(call[1], start[2], "out", what)

    def _note(self, call: str, method: str | None, way: Literal["in", "out"], what: str) -> None:
        if what.endswith("OPTIONS"):
            return
        leg = self._legs.get(call)
        if leg is None:
            if method != "INVITE":
                return
            leg = self._legs[call] = []
            if len(self._legs) > _MOST_LEGS:
                self._legs.popitem(last=False)
        self._legs.move_to_end(call)
        leg.append((time.time_ns(), way, what))
        if len(leg) > _MOST:
            del leg[_FIRST]

    def of(self, legs: Mapping[str, str], *, over: bool = True) -> tuple[Step, ...]:
        """What went over the wire so far: `legs` are Call-IDs, with whom each was. `over`: it is asked for no more."""
        take = self._legs.pop if over else self._legs.get
        went = [(at, name, way, what) for call, name in legs.items() for at, way, what in take(call, ())]
        return tuple(Step(at // 1_000_000, name, way, what) for at, name, way, what in sorted(went))
