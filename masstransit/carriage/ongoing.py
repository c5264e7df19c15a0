"""Calls that go on in this process, whoever leads them, as the desk sees and ends them.

Those that a customer's document leads are known to `voice.live`; those that go through from one end to another, to the
door for calls. What each call is and whose, is on record.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

from masstransit.carriage.voice.live import LiveCalls
from masstransit.errors import Conflict
from masstransit.model.call import Party


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """How far a call has come that goes through."""

    trunk: str = ""
    ringing_at: datetime | None = None
    answered_at: datetime | None = None


class Carried(Protocol):
    """Calls that go through (`channels.sip.Service`)."""

    def going(self, sid: str) -> Going | None:
        """How far it has come; None: it is none of these."""
        ...

    def hang_up(self, sid: str) -> bool:
        """End it. False: it is none of these."""
        ...


class Ongoing:
    """See above."""

    def __init__(self, led: LiveCalls | None, carried: Carried) -> None:
        self._led = led
        self._carried = carried

    def here(self, account: str, sid: str) -> bool:
        """Whether a call goes on in this process, and can be ended here."""
        led = self._led is not None and self._led.has(account, sid)
        return led or self._carried.going(sid) is not None

    def going(self, sid: str) -> Going | None:
        """How far a call has come that goes through; of one that is led the record tells."""
        return self._carried.going(sid)

    def end(self, account: str, sid: str) -> None:
        """End a call in the house's name. Raises `Conflict`."""
        if self._led is not None and self._led.has(account, sid):
            self._led.end(account, sid, unanswered_only=False, by=Party.HOUSE)
        elif not self._carried.hang_up(sid):
            raise Conflict("the call is over, or goes on in another process of the house: end it at that one's pages")
