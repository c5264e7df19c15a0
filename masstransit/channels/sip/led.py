"""A call that the house leads: one leg in the switch, to a person, whose sound is the house's own.

The house says what is to be done, and is told what happens. A call that the house dials goes to its targets in turn, as
those of customers do (`call.py`). Whatever the person does, and when the house is gone, the call ends.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from masstransit.channels.sip.call import Board, declined_by, elsewhere, made
from masstransit.channels.sip.stack import Event, Far, Happened, Incoming, Leg, Referral
from masstransit.channels.sip.talk import Answer, Dial, Progress, Refer, Target
from masstransit.channels.sip.transfer import wanted
from masstransit.channels.sip.waits import Waits
from masstransit.model.signalling import CALLEE, CALLER

log = logging.getLogger("masstransit.sip.led")

_NO_CIRCUIT, _NO_ANSWER, _NORMAL = 34, 19, 16  # Q.850
_PHRASES = {404: "Not Found", 480: "Temporarily Unavailable", 486: "Busy Here", 603: "Decline"}


class Led:
    """One such call. `person` is who is at the other end: "caller" or "callee"."""

    def __init__(self, board: Board, call: str, *, person: str, over: Callable[[], None]) -> None:
        """`over` is called when it is."""
        self.call = call
        self._board = board
        self._person = person
        self._over = over
        self._leg: Leg | None = None
        self._dial: Dial | None = None
        self._targets: list[Target] = []
        self._link = ""
        self._host = ""  # of a registered contact
        self._legs: dict[str, str] = {}  # with whom each is, by its Call-ID
        self._attempt = 0
        self._referral: Referral | None = None  # that is being looked into
        self._waits = Waits(board.stack)
        self._rang = self._answered = self._changes = self._done = False
        self._offers = False  # that they go on by something else, and is not answered yet
        self._asks = False  # an offer of ours is wanted, and its answer comes with ACK

    # --- what the house says ----------------------------------------------------------------------------------------

    def dial(self, asked: Dial) -> None:
        """Call somebody."""
        self._dial, self._targets = asked, list(asked.targets)
        self._safely(lambda: self._next(480, _NO_CIRCUIT))

    def take(self, incoming: Incoming, link: str) -> None:
        """A person calls, and the house will say what becomes of it."""
        self._link = link
        self._legs[incoming.read.value("call-id")] = link or CALLER
        self._waits.begin("ring", self._board.settings.ring_for, lambda: self.hang_up(480, "house"))
        self._safely(lambda: self._answering(incoming))

    def _answering(self, incoming: Incoming) -> None:
        self._leg = incoming.take(self._guarded(self._heard))
        self._leg.describes()

    def ring(self) -> None:
        """Say that it rings."""
        if self._leg is not None and not self._answered and not self._done:
            self._leg.ring()

    def accept(self, body: str) -> None:
        """Answer it, or a change that the person asked for."""
        if self._leg is None or self._done or (self._answered and not self._changes):
            return
        self._changes = False
        if not body:
            self._leg.fail(488, "Not Acceptable Here")
            return
        self._leg.answer(body, asks=self._asks)
        if not self._answered:
            self._talks()

    def change(self, body: str) -> None:
        """Offer that they go on by something else. Who is changing it just now declines."""
        if self._leg is None or self._done:
            return
        if not self._answered or self._changes or self._offers or not self._leg.connected:
            self._tell(what="declined", status=491)
            return
        self._offers, leg = True, self._leg
        self._safely(lambda: leg.change(body))

    def hang_up(self, status: int, by: str = "house", cause: int | None = None) -> None:
        """End it; turned away with the status where it is not answered."""
        self._attempt += 1
        leg = self._leg
        if leg is not None and not leg.over:
            if self._answered or self._dial is not None:
                leg.hang_up(cause)
            else:
                leg.fail(status, _PHRASES.get(status, "Temporarily Unavailable"))
        self._finish(by, 200 if self._answered else status, cause)

    # --- calling out ------------------------------------------------------------------------------------------------

    def _next(self, status: int, cause: int | None) -> None:
        """Call the next place that could take it; how the one before failed."""
        self._waits.end_all()
        while self._dial is not None and self._targets:
            target = self._targets.pop(0)
            far = made(self._board, target, self._dial)
            if far is not None:
                self._try(self._dial, far, target)
                return
        self._finish("network", status, cause)

    def _try(self, dial: Dial, far: Far, target: Target) -> None:
        self._attempt += 1
        attempt, self._link, self._host = self._attempt, target.link, target.host
        settings = self._board.settings
        self._waits.begin("link", settings.link_within, lambda: self._declined(408, None))
        self._waits.begin("ring", settings.ring_for, lambda: self.hang_up(480, "callee", _NO_ANSWER))

        def heard(event: Event) -> None:
            if attempt != self._attempt:  # what an earlier place still says is for nobody
                return
            if event.what is Happened.ANSWERED and target.host and self._leg is not None:
                self._leg.stay_at((target.host, target.port))  # where it registered from, as in `call.py`
            self._heard(event)

        self._leg = self._board.stack.call(far, dial.body, self._guarded(heard))
        self._leg.describes()
        self._legs[self._leg.call_id] = target.link or CALLEE

    def _declined(self, status: int, cause: int | None) -> None:
        """A place, or the person, can't take it."""
        self._attempt += 1
        if self._leg is not None and not self._leg.over:
            self._leg.hang_up()
        if elsewhere(status) and not self._rang and self._targets:
            self._next(status, cause)
        else:
            self._finish(declined_by(status), status, cause)

    # --- what the person does ---------------------------------------------------------------------------------------

    def _heard(self, event: Event) -> None:
        self._waits.end("link")
        if self._offers and event.what in {Happened.ANSWERED, Happened.FAILED}:
            self._answered_offer(event)
            return
        match event.what:
            case Happened.OFFERED:
                self._asks = not event.body
            case Happened.RINGING if not self._rang and not self._answered:
                self._rang = True
                self._tell(what="ringing")
            case Happened.ANSWERED if not self._answered:
                self._talks()
                self._tell(what="answered", body=event.body)
            case Happened.ANSWERED:  # in ACK, to an offer of ours
                self._tell(what="changed", body=event.body)
            case Happened.CHANGED:
                self._changes, self._asks = True, not event.body
                self._tell(what="changed", body=event.body)
            case Happened.REFERRED if event.referral is not None:
                self._refer(event.referral)
            case Happened.FAILED if not self._answered:
                self._declined(event.status, event.cause)
            case Happened.ENDED if self._answered:
                self._finish(self._person, 200, event.cause)
            case Happened.ENDED if self._dial is not None:
                self._declined(480, event.cause)
            case Happened.ENDED:
                self._finish(self._person, 487, event.cause)

    def _answered_offer(self, event: Event) -> None:
        self._offers, agreed = False, event.what is Happened.ANSWERED
        self._tell(what="agreed" if agreed else "declined", body=event.body if agreed else "", status=event.status)

    def _refer(self, referral: Referral) -> None:
        """The person hands on whoever they talk to. The house knows whether they may: who was called by handing on."""
        target = wanted(referral, self.call, self._host or None, free=self._answered and self._referral is None)
        if target is None:
            return
        if target.replaces is not None:
            referral.decline(603, "Decline")
            return
        self._referral = referral
        referral.accept()
        asked = Refer(n=0, call=self.call, by="far", source=referral.source, to=target.uri)
        self._board.refer(asked, lambda answer: self._told(referral, answer))

    def _told(self, referral: Referral, answer: Answer) -> None:
        """What has come of it. Where it was done, the house hangs up."""
        if answer.status >= 200:
            self._referral = None
        referral.notify(answer.status, answer.phrase, answer.headers)

    def _talks(self) -> None:
        self._answered = True
        self._waits.end("ring")
        self._waits.begin("longest", self._board.settings.longest, lambda: self.hang_up(200, cause=_NORMAL))
        self._waits.begin("alive", self._board.settings.alive_every, self._ask)

    def _ask(self) -> None:
        """Ask now and then whether the person's side still knows the call."""
        self._waits.begin("alive", self._board.settings.alive_every, self._ask)
        if self._leg is not None:
            self._leg.ask(self._gone)

    def _gone(self) -> None:
        self.hang_up(200, "network")

    # --- its end ----------------------------------------------------------------------------------------------------

    def _finish(self, by: str, status: int, cause: int | None) -> None:
        if self._done:
            return
        self._done = True
        self._waits.end_all()
        self._tell(what="over", status=status, cause=cause, by=by)
        self._over()

    def _tell(self, **told: Any) -> None:
        steps = self._board.stack.steps.of(self._legs, over=self._done)
        self._board.tell(Progress(call=self.call, link=self._link, host=self._host, steps=steps, **told))

    def _guarded(self, hear: Callable[[Event], None]) -> Callable[[Event], None]:
        """Whatever breaks in here ends this call, and no other."""

        return lambda event: self._safely(lambda: hear(event))

    def _safely(self, do: Callable[[], None]) -> None:
        try:
            do()
        except Exception:
            log.exception("%s broke", self.call)
            self.hang_up(500)
