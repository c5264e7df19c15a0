"""A carried call whose sound goes through the house: what each side is told of sound, and what it says of its own.

Nothing that one side describes crosses to the other one. The answers were known before the call began; of a change (a
hold, another address) the house is asked, and the other side does not hear.
"""

from __future__ import annotations

from typing import Literal, Protocol

from masstransit.channels.sip.settings import SwitchSettings
from masstransit.channels.sip.stack import Event, Happened, Leg
from masstransit.channels.sip.talk import Carry, Described, FromSwitch, Side
from masstransit.channels.sip.waits import Waits


class Board(Protocol):
    """What it needs of the switch."""

    settings: SwitchSettings

    def tell(self, told: FromSwitch) -> None:
        """Tell the house."""
        ...


class Relay:
    """The descriptions of one call."""

    def __init__(self, board: Board, carry: Carry, waits: Waits, *, late: bool) -> None:
        """`late`: who calls made no offer. So ours goes in the answer, and theirs comes with ACK."""
        self._board = board
        self._carry = carry
        self._waits = waits
        self._late = late
        self._changing: dict[Side, tuple[Leg, bool]] = {}  # who waits for an answer to a change, or for an offer

    def rings(self, near: Leg, event: Event, host: str) -> None:
        """The far side rings; who calls hears its tones, where it sends some."""
        if event.body:
            self._tell("far", "early", event.body, host)
        near.ring(event.status, event.phrase, self._carry.answer if event.body and not self._late else "")

    def answered(self, near: Leg, event: Event, host: str) -> None:
        """The far side takes the call."""
        self._tell("far", "answered", event.body, host)
        near.answer(self._carry.answer, asks=self._late)

    def heard(self, side: Side, leg: Leg, event: Event) -> bool:
        """What a side says in the call. False: it is nothing about sound."""
        if event.what is Happened.ANSWERED:  # in ACK, to an offer of ours
            self._tell(side, "answered", event.body)
        elif event.what is Happened.CHANGED:
            self._changing[side] = leg, not event.body
            self._waits.begin(f"change {side}", self._board.settings.house_within, lambda: self.accept(side, ""))
            self._tell(side, "changed", event.body)
        else:
            return False
        return True

    def accept(self, side: Side, body: str) -> None:
        """The house agrees to a change, or does not; nothing where none is asked for."""
        self._waits.end(f"change {side}")
        leg, asks = self._changing.pop(side, (None, False))
        if leg is None or leg.over:
            return
        if body:
            leg.answer(body, asks=asks)
        else:
            leg.fail(488, "Not Acceptable Here")

    def _tell(self, side: Side, what: Literal["early", "answered", "changed"], body: str, host: str = "") -> None:
        self._board.tell(Described(call=self._carry.call, side=side, what=what, body=body, host=host))
