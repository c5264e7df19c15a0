"""One call in the switch: two legs, and the record that is made of what the far one tells.

    near  whoever called us        far  whom we call: the trunks in turn, or a registered contact

A leg never hangs: whichever side hangs up, gives up or is not there any more, the other one is told, and every wait has
an end. A trunk that says nothing, or fails before anything rang, is followed by the next one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from masstransit.channels.sip import message
from masstransit.channels.sip.message import Dialog, Header
from masstransit.channels.sip.relay import Relay
from masstransit.channels.sip.settings import Link, SwitchSettings
from masstransit.channels.sip.stack import Event, Far, Happened, Incoming, Leg, Stack
from masstransit.channels.sip.talk import MARK, Answer, Carry, Dial, Ended, FromSwitch, Refer, Side, Target
from masstransit.channels.sip.transfer import Transfer
from masstransit.channels.sip.waits import Waits
from masstransit.model.signalling import CALLEE, CALLER

log = logging.getLogger("masstransit.sip.call")

_CALLEES = frozenset({480, 486, 487, 600, 603, 606, 607, 608})  # statuses by which the called side itself declines
_NO_CIRCUIT, _NO_ANSWER, _NORMAL = 34, 19, 16  # Q.850
_REFUSED_US = (401, 407)


class Board(Protocol):
    """What a call needs of the switch."""

    stack: Stack
    settings: SwitchSettings

    def link(self, name: str) -> Link | None:
        """A trunk that answers, by its name; None: it is down."""
        ...

    def tell(self, told: FromSwitch) -> None:
        """Tell the house."""
        ...

    def stands(self, call: Ended) -> None:
        """How a call stands, for the journal."""
        ...

    def over(self, call: Call, record: Ended) -> None:
        """A call is over."""
        ...

    def refer(self, asked: Refer, told: Callable[[Answer], None]) -> None:
        """Ask the house to hand a side on; `told` is called with each of its answers, and with a refusal where it can't
        be reached."""
        ...

    def of_dialog(self, dialog: Dialog) -> tuple[Call, Side] | None:
        """The call that has such a dialog, and on which side."""
        ...


def made(board: Board, target: Target, told: Carry | Dial, hops: int = message.HOPS) -> Far | None:
    """The leg that calls a target; None: its trunk is down."""
    place: Link | Target | None = board.link(target.link) if target.link else target
    if place is None:
        return None
    link = place if isinstance(place, Link) else None
    return Far(
        host=place.host,
        port=place.port,
        called=target.user,
        shown=told.shown,
        name=told.name,
        username=link.username if link is not None else "",
        password=link.password if link is not None else "",
        headers=(*told.headers, Header(MARK, board.settings.mark)),
        hops=hops,
    )


def elsewhere(status: int) -> bool:
    """Whether it was the place that declined, and not the person: then another place may take the call."""
    return status in {408, *_REFUSED_US} or status // 100 in {3, 5}


def declined_by(status: int) -> str:
    """Who turned a call away with such a status."""
    return "callee" if status in _CALLEES else "network"


class Call:
    """A call that the house has let go on."""

    def __init__(self, board: Board, incoming: Incoming, carry: Carry, offered_at: datetime, *, guest: bool) -> None:
        """`guest`: the near side is no carrier's, and is answered where its request came from."""
        self.carry = carry
        self._board = board
        self._incoming = incoming
        self._guest = guest
        self._targets = list(carry.targets)
        self._offer = Event(what=Happened.OFFERED)
        self._legs = {incoming.read.value("call-id"): carry.trunk or CALLER}  # with whom each is, by its Call-ID
        self._near: Leg | None = None
        self._far: Leg | None = None
        self._at: tuple[str, int] | None = None
        self._attempt = 0
        self._waits = Waits(board.stack)
        self._relay: Relay | None = None  # where its sound goes through the house
        self._done = False
        self.transfer = Transfer(board, self)
        self.record = msgspec.structs.replace(carry.begun(offered_at, incoming.source[0]), status=0)

    def begin(self) -> None:
        """Take the near leg, and call out."""
        self._board.stands(self.record)
        self._near = self._incoming.take(self._guarded(self._heard_near))
        if self._guest:
            self._near.stay_at(self._incoming.source)
        if self._offer.raw is not None:
            self._guarded(lambda _: self._first())(self._offer)

    def _first(self) -> None:
        if self.carry.offer:
            self._relay = Relay(self._board, self.carry, self._waits, late=not self._offer.body)
            self._describes(self._near)
        self._next()

    def _describes(self, leg: Leg | None) -> None:
        if self._relay is not None and leg is not None:
            leg.describes()

    def accept(self, side: Side, body: str) -> None:
        """The house agrees to a change that a side asked for; "": it does not."""
        if self._relay is not None and not self._done:
            self._relay.accept(side, body)

    def given_up(self) -> None:
        """The caller gave up before the house let it go on."""
        self._finish("caller", 487)

    def stop(self, cause: int | None = None) -> None:
        """End it from here: a limit, a fault, the switch stops."""
        if self._near is not None and not self._near.over:
            if self._near.connected:
                self._near.hang_up(cause)
            else:
                self._near.fail(480, "Temporarily Unavailable")
        if self._far is not None and not self._far.over:
            self._far.hang_up(cause)
        self._finish("house", 200 if self.record.answered_at else 500)

    # --- handing on ------------------------------------------------------------------------------------------------

    @property
    def talks(self) -> bool:
        """Whether both sides are there, and the call is answered."""
        both = all(leg is not None and not leg.over for leg in (self._near, self._far))
        return both and not self._done and self.record.answered_at is not None

    def customer_at(self, side: Side) -> str | None:
        """The IP address of the customer's own phone or exchange, where that is what a side is."""
        if not self.carry.account:
            return None
        if side == "near":
            return None if self.carry.inbound else self._incoming.source[0]
        return self._at[0] if self._at is not None else None

    def side_of(self, dialog: Dialog) -> Side | None:
        """Which side of it has such a dialog."""
        if self._near is not None and self._near.is_dialog(dialog):
            return "near"
        return "far" if self._far is not None and self._far.is_dialog(dialog) else None

    def let_go(self, side: Side) -> Leg | None:
        """The call goes on without a side. Its leg, where it is still there."""
        leg = self._near if side == "near" else self._far
        if side == "near":
            self._near = None
        else:
            self._far = None
        return leg

    def hang_up(self) -> None:
        """The house ends it, or what is left of it where a side was handed on."""
        if not self.transfer.done:
            self.stop()
            return
        for leg in (self._near, self._far):
            if leg is not None and not leg.over:
                leg.hang_up(_NORMAL)
        self._finish(self.transfer.ended_by, 200)

    # --- the near leg ---------------------------------------------------------------------------------------------

    def _heard_near(self, event: Event) -> None:
        if event.what is Happened.OFFERED:
            self._offer = event
        elif self.transfer.sees_to("near", event):
            return
        elif event.what is Happened.ENDED:
            if self._far is not None:
                self._far.pass_on(event)
            self._finish("caller", 200 if self.record.answered_at else 487, event.cause)
        elif not self._of_sound("near", self._near, event) and self._far is not None:
            self._far.pass_on(event)

    def _of_sound(self, side: Side, leg: Leg | None, event: Event) -> bool:
        """Whether it is between that side and the house."""
        return self._relay is not None and leg is not None and self._relay.heard(side, leg, event)

    # --- the far leg ----------------------------------------------------------------------------------------------

    def _next(self, last: Event | None = None) -> None:
        """Call the next place that could take it; `last` is how the one before it failed."""
        self._waits.end_all()
        while self._targets:
            target = self._targets.pop(0)
            far = self._made(target)
            if far is not None:
                self._call(far, target)
                return
        self._failed(last or Event(what=Happened.FAILED, status=480, phrase="No Trunk Answers", cause=_NO_CIRCUIT))

    def _made(self, target: Target) -> Far | None:
        hops = max(self._incoming.read.hops - 1, 0)
        return made(self._board, target, self.carry, hops)

    def _call(self, far: Far, target: Target) -> None:
        self._attempt += 1
        attempt = self._attempt
        self.record = msgspec.structs.replace(self.record, trunk=target.link or self.carry.trunk)
        self._at = None if target.link else (target.host, target.port)
        settings = self._board.settings
        self._waits.begin("link", settings.link_within, self._silent)
        self._waits.begin("ring", settings.ring_for, self._unanswered)

        def heard(event: Event) -> None:
            if attempt == self._attempt:  # what an earlier place still says is for nobody
                self._heard_far(event)

        self._far = self._board.stack.call(far, self.carry.offer or self._offer, self._guarded(heard))
        self._legs[self._far.call_id] = target.link or CALLEE
        self._describes(self._far)

    def _heard_far(self, event: Event) -> None:
        self._waits.end("link")
        if self.transfer.sees_to("far", event):
            return
        match event.what:
            case Happened.RINGING:
                if self.record.ringing_at is None:
                    self.record = msgspec.structs.replace(self.record, ringing_at=_now())
                    self._board.tell(self.record.stands)
                self._rings(event)
            case Happened.ANSWERED if self.record.answered_at is None:
                self._answered()
                self._settle()
                self._take(event)
            case Happened.FAILED if self.record.answered_at is None:
                self._declined(event)
            case Happened.ENDED if self.record.answered_at is None:
                self._declined(Event(what=Happened.FAILED, status=480, phrase="Temporarily Unavailable"))
            case Happened.ENDED:
                self._pass_back(event)
                self._finish("callee", 200, event.cause)
            case Happened.ANSWERED | Happened.CHANGED | Happened.TOLD | Happened.FAILED:
                if not self._of_sound("far", self._far, event):
                    self._pass_back(event)

    def _rings(self, event: Event) -> None:
        if self._relay is not None and self._near is not None:
            self._relay.rings(self._near, event, self._home)
        else:
            self._pass_back(event)

    def _take(self, event: Event) -> None:
        if self._relay is not None and self._near is not None:
            self._relay.answered(self._near, event, self._home)
        else:
            self._pass_back(event)

    @property
    def _home(self) -> str:
        """Where a registered contact registered from; "": a trunk is called."""
        return self._at[0] if self._at is not None else ""

    def _pass_back(self, event: Event) -> None:
        if self._near is not None:
            self._near.pass_on(event)

    def _answered(self) -> None:
        self._waits.end("ring")
        self.record = msgspec.structs.replace(self.record, answered_at=_now(), status=200)
        self._board.tell(self.record.stands)
        self._board.stands(self.record)
        self._waits.begin("longest", self._board.settings.longest, lambda: self.stop(_NORMAL))
        self._waits.begin("alive", self._board.settings.alive_every, self._ask)

    def _settle(self) -> None:
        """A registered contact is spoken to where it registered from, whatever its answer names."""
        if self._far is not None and self._at is not None:
            self._far.stay_at(self._at)

    def _ask(self) -> None:
        """Ask both sides whether they are still there."""
        self._waits.begin("alive", self._board.settings.alive_every, self._ask)
        for leg in (self._near, self._far):
            if leg is not None:
                leg.ask(self._gone)

    def _gone(self) -> None:
        """One side does not know the call any more."""
        for leg in (self._near, self._far):
            if leg is not None and not leg.over:
                leg.hang_up()
        self._finish("network", 200)

    def _silent(self) -> None:
        """A place says nothing at all."""
        self._declined(Event(what=Happened.FAILED, status=408, phrase="Request Timeout"))

    def _unanswered(self) -> None:
        """It rang, and nobody took it."""
        rang = self.record.ringing_at is not None
        cause = _NO_ANSWER if rang else None
        self._failed(Event(what=Happened.FAILED, status=480 if rang else 408, phrase="No Answer", cause=cause))

    def _declined(self, event: Event) -> None:
        """A place can't take it. The next one is tried where nothing rang and the place, not the person, declined."""
        if elsewhere(event.status) and self.record.ringing_at is None and self._targets:
            self._leave()
            self._next(event)
        else:
            self._failed(event)

    def _failed(self, event: Event) -> None:
        """Nobody took it."""
        by = declined_by(event.status) if self._far is not None else "network"
        self._leave()
        status, phrase = _for_caller(event)
        if self._near is not None and not self._near.over:
            reason = (Header("reason", f"Q.850;cause={event.cause}"),) if event.cause else ()
            self._near.fail(status, phrase, reason)
        self._finish(by, event.status, event.cause)

    def _leave(self) -> None:
        """Give the far leg up, where it is not over by itself."""
        self._attempt += 1
        if self._far is not None and not self._far.over:
            self._far.hang_up()

    # --- its end --------------------------------------------------------------------------------------------------

    def _finish(self, by: str, status: int, cause: int | None = None) -> None:
        if self._done:
            return
        self._done = True
        self._waits.end_all()
        steps = self._board.stack.steps.of(self._legs)
        told = {"status": status, "cause": cause, "released_by": by, "steps": steps}
        self.record = msgspec.structs.replace(self.record, ended_at=_now(), **told)
        self._board.over(self, self.record)

    def _guarded(self, hear: Callable[[Event], None]) -> Callable[[Event], None]:
        """Whatever breaks in here ends this call, and no other."""

        def heard(event: Event) -> None:
            try:
                hear(event)
            except Exception:
                log.exception("%s broke", self.carry.call)
                self.stop()

        return heard


def _for_caller(event: Event) -> tuple[int, str]:
    """What the caller is told of a failure on the far side."""
    if event.status in _REFUSED_US:
        return 502, "Bad Gateway"  # the carrier refused us, not the caller
    if event.status // 100 == 3:
        return 480, "Temporarily Unavailable"  # nobody is sent elsewhere by a stranger
    if event.status == 503:
        return 500, "Server Internal Error"  # RFC 3261 section 16.7: theirs, not ours
    return event.status, event.phrase


def _now() -> datetime:
    return datetime.now(UTC)
