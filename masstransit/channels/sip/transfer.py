"""Handing on in the switch (REFER: RFC 3515, 5589): one side of a call lets the other one go to somebody else.

    transferor  the side that asks: a customer's own        held  the other side, which stays in the call

Only a customer's side may ask: whom a carrier's side wants called would be called at the customer's expense. The house
says what comes of it; until then the transferor may stay or hang up, and the held side stays where it is. When somebody
has taken the transferor's place, it hears so (NOTIFY) and is hung up. The call goes on with the held side alone, whose
sound the house joins with another's, and ends with it: so its record has how long that person was really on the line.

Where nobody took the place, the call is as it was before; the held side is hung up if the transferor has gone.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from masstransit.channels.sip import message
from masstransit.channels.sip.message import Dialog, Header, Referred, Unreadable
from masstransit.channels.sip.stack import Event, Happened, Referral
from masstransit.channels.sip.talk import Answer, Refer, Side

if TYPE_CHECKING:
    from masstransit.channels.sip.call import Board, Call

log = logging.getLogger("masstransit.sip.transfer")

_HEARD_WITHIN = 2.0  # seconds that a transferor has to hear that it can go, until it is hung up all the same
_NORMAL = 16  # Q.850
_ROLES: dict[Side, str] = {"near": "caller", "far": "callee"}


class Transfer:
    """What becomes of one call by handing on."""

    def __init__(self, board: Board, call: Call) -> None:
        self._board = board
        self._call = call
        self._referral: Referral | None = None  # that is being looked into
        self._by: Side = "near"
        self._other: tuple[Call, Side] | None = None  # whose held side takes the place, and who lets it go there
        self._gone: Side | None = None  # who has left, while the other one stays

    def sees_to(self, side: Side, event: Event) -> bool:
        """Whether what a side tells has to do with handing on, and is no matter for the call itself."""
        if side == self._gone:
            return True
        if event.what is Happened.REFERRED:
            if event.referral is not None:
                self._asked(side, event.referral)
            return True
        if event.what is not Happened.ENDED or self._referral is None:
            return False
        if side == self._by:
            self._gone = side
            self._call.let_go(side)
            return True
        self._referral.notify(487, "Request Terminated")  # nobody is there any more who could be handed on
        self._referral = None
        return False

    def release(self, side: Side, referral: Referral | None = None) -> None:
        """A side's place is taken: let it go, once it has heard so."""
        leg = self._call.let_go(side)
        self._gone = side

        def bye() -> None:
            if leg is not None and not leg.over:
                leg.hang_up(_NORMAL)

        if referral is None:
            bye()
            return
        self._board.stack.later(_HEARD_WITHIN, bye)
        referral.notify(200, "OK", then=bye)

    @property
    def done(self) -> bool:
        """Whether a side has left, while the other one stays."""
        return self._gone is not None

    @property
    def ended_by(self) -> str:
        """In whose name the house ends what is left of the call: who took a side's place has hung up."""
        return _ROLES[self._gone] if self._gone is not None else "house"

    @property
    def can_begin(self) -> bool:
        """Whether both sides talk, and nobody is being handed on."""
        return self._referral is None and self._gone is None and self._call.talks

    # --- asking -------------------------------------------------------------------------------------------------------

    def _asked(self, side: Side, referral: Referral) -> None:
        place, carry = self._call.customer_at(side), self._call.carry
        target = wanted(referral, carry.call, place, free=self.can_begin)
        if target is None:
            return
        referral.accept()
        self._other = self._in(target.replaces) if target.replaces is not None else None
        if target.replaces is not None and self._other is None:
            referral.notify(481, "Call/Transaction Does Not Exist")
            return
        self._by, self._referral = side, referral
        asked = Refer(
            n=0,
            call=carry.call,
            by=side,
            source=referral.source,
            to=target.uri,
            replaces=self._other[0].carry.call if self._other is not None else "",
            replaces_by=self._other[1] if self._other is not None else "near",
        )
        self._board.refer(asked, lambda answer: self._told(referral, answer))

    def _in(self, dialog: Dialog) -> tuple[Call, Side] | None:
        """The other call of the transferor, both of whose sides talk."""
        found = self._board.of_dialog(dialog)
        if found is None:
            return None
        other, side = found
        mine = other is not self._call and other.carry.account == self._call.carry.account
        return found if mine and other.customer_at(side) is not None and other.transfer.can_begin else None

    # --- what came of it ----------------------------------------------------------------------------------------------

    def _told(self, referral: Referral, answer: Answer) -> None:
        if referral is not self._referral:  # the held side has hung up meanwhile
            return
        if answer.status < 200:
            referral.notify(answer.status, answer.phrase)
            return
        self._referral = None
        if answer.status < 300:
            self.release(self._by, referral)
            if self._other is not None:
                other, side = self._other
                other.transfer.release(side)
            return
        referral.notify(answer.status, answer.phrase, answer.headers)
        if self._gone is not None:
            self._call.hang_up()


def wanted(referral: Referral, call: str, place: str | None, *, free: bool) -> Referred | None:
    """To whom the other side is to be handed on; None: it was declined. `place` is the IP address of the customer's
    phone or exchange, where that is what asks, `free` whether it can be done just now."""
    if place is None:
        _decline(referral, call, 603, "Decline", "only the customer's own side hands a call on")
    elif referral.source != place:
        _decline(referral, call, 403, "Forbidden", "it came from elsewhere than the call")
    elif not free:
        _decline(referral, call, 603, "Decline", "a call is handed on while both sides talk, once")
    else:
        try:
            return message.referred(referral.read.values("refer-to"))
        except Unreadable as strange:
            _decline(referral, call, strange.status, strange.phrase)
    return None


def _decline(referral: Referral, call: str, status: int, phrase: str, why: str = "") -> None:
    log.info("%s is not handed on: %d %s", call, status, why or phrase)
    headers = (Header("warning", f'399 masstransit "{why}"'),) if why else ()
    referral.decline(status, phrase, headers)
