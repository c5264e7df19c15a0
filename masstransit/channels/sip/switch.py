"""The switch: what is done with each request. Whom to let in and where a call goes, the house says.

Where the house can't be asked, the switch fails closed: 503 at once. Only calls to emergency services go out all the
same, by the trunks that take them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec

from masstransit.channels.sip import emergency, message
from masstransit.channels.sip.call import Call
from masstransit.channels.sip.journal import Journal
from masstransit.channels.sip.led import Led
from masstransit.channels.sip.line import Line
from masstransit.channels.sip.message import Dialog, Header, Message
from masstransit.channels.sip.settings import Link, SwitchSettings
from masstransit.channels.sip.stack import Incoming, Stack
from masstransit.channels.sip.talk import (
    MARK,
    READ,
    Accept,
    Answer,
    Carry,
    Change,
    Dial,
    Ended,
    FromHouse,
    FromSwitch,
    HangUp,
    Here,
    Invite,
    Kept,
    Links,
    Progress,
    Refer,
    Register,
    Ring,
    Side,
    Take,
)

log = logging.getLogger("masstransit.sip.switch")

_MERGED_FOR = 32.0  # seconds, Timer B
_LINK_ANSWERS = 5.0  # seconds in which a trunk answers OPTIONS
_AGAIN = 5.0  # seconds until a record that the house did not acknowledge is brought again
_NORMAL = 16  # Q.850
_GRACE = 1.5  # seconds that records get at the end


class _Question:
    """A request that waits for the house."""

    def __init__(self, incoming: Incoming, at: datetime, late: Callable[[], None]) -> None:
        self.incoming = incoming
        self.at = at
        self.late = late
        self.cancelled = False


class Switch:
    """Implements `stack.Service` and `call.Board`."""

    def __init__(self, settings: SwitchSettings) -> None:
        """Opens the socket and the journal. Raises `OSError`."""
        self.settings = settings
        self.stack = Stack(self, settings.host, settings.port, settings.shown)
        self._hosts = {(settings.shown or settings.host, self.stack.port), (settings.host, self.stack.port)}
        self._links = {link.name: link for link in settings.links}
        self._sources = {source: link.name for link in settings.links for source in link.sources}
        self._down: set[str] = set()
        self._journal = Journal(Path(settings.journal), failed=self._not_kept)
        self._line = Line(
            Path(settings.socket), hear=self._hear, changed=self._changed, hand_over=self.stack.from_thread
        )
        self._reached = False
        self._questions: dict[int, _Question] = {}
        self._referrals: dict[int, Callable[[Answer], None]] = {}
        self._count = 0
        self._calls: dict[str, Call] = {}
        self._led: dict[str, Led] = {}
        self._merged: dict[tuple[str, str, str], Callable[[], None]] = {}
        self._stopping = False

    def run(self) -> None:
        """Serve until `stop`."""
        self._line.open()
        self.stack.every(1.0, self._journal.touch)
        self.stack.every(_AGAIN, self._say_again)
        for link in self.settings.links:
            self._watch(link)
            self.stack.every(self.settings.links_every, lambda link=link: self._watch(link))  # type: ignore[misc]
        self.stack.run()

    def stop(self) -> None:
        """End every call, see its record off as far as the house takes it, and end."""
        if self._stopping:
            return
        self._stopping = True
        for call in tuple(self._calls.values()):
            call.stop()
        self._end_led()
        self._leave(_GRACE)

    def _leave(self, left: float) -> None:
        if left <= 0 or (not self._calls and not self._journal.unkept()):
            self.stack.later(0.05, self.stack.stop)  # what is being sent is out by then
            return
        self.stack.later(0.1, lambda: self._leave(left - 0.1))

    # --- requests -------------------------------------------------------------------------------------------------

    def refused(self, read: Message, source: tuple[str, int]) -> tuple[int, str] | None:
        """Too many hops, or a loop: RFC 3261 sections 8.1.1.6, 16.3 and 16.11, RFC 5393."""
        if read.method == "CANCEL":
            return None
        if read.hops == 0:
            return 483, "Too Many Hops"
        if read.value(MARK) == self.settings.mark or any(self._is_ours(via) for via in read.values("via")):
            log.warning("%s: a call came back: 482", source[0])
            return 482, "Loop Detected"
        return None

    def _is_ours(self, via: str) -> bool:
        place = via.partition(" ")[2].partition(";")[0]
        host, _, port = place.rpartition(":") if ":" in place.rpartition("]")[2] else (place, "", "5060")
        return (host, int(port or 5060)) in self._hosts

    def known(self, source: str) -> bool:
        """Whether a carrier of ours calls from there."""
        return source in self._sources

    def asked(self, incoming: Incoming) -> None:
        """A request that begins something."""
        method = incoming.read.method
        if method == "OPTIONS":
            incoming.answer(200, "OK", (Header(*message.ALLOW), Header("accept", "application/sdp, multipart/mixed")))
        elif self._stopping:
            incoming.answer(503, "Service Unavailable", (Header("retry-after", "5"),))
        elif method == "REGISTER":
            self._ask(incoming)
        elif method == "INVITE":
            self._offered(incoming)
        elif method == "REFER":
            why = Header("warning", '399 masstransit "a call is handed on inside its dialog"')
            incoming.answer(603, "Decline", (why,))
        else:  # inside a call that is none of ours
            incoming.answer(481, "Call/Transaction Does Not Exist")

    def _offered(self, incoming: Incoming) -> None:
        read = incoming.read
        same = (read.value("call-id"), message.parameter(read.value("from"), "tag"), read.value("cseq"))
        if same in self._merged:  # the same request by another way: section 8.2.2.2
            incoming.answer(482, "Request Merged")
        elif len(self._calls) + len(self._led) >= self.settings.calls:
            incoming.answer(503, "Service Unavailable", (Header("retry-after", "5"),))
        else:
            self._merged[same] = self.stack.later(_MERGED_FOR, lambda: self._merged.pop(same, None) and None)
            self._ask(incoming)

    def tell(self, told: FromSwitch) -> None:
        """Tell the house; nothing where it can't be reached."""
        self._line.say(told)

    # --- the house ------------------------------------------------------------------------------------------------

    def _ask(self, incoming: Incoming) -> None:
        self._count += 1
        n, read = self._count, incoming.read
        kind = Invite if read.method == "INVITE" else Register
        question = _Question(
            incoming, datetime.now(UTC), self.stack.later(self.settings.house_within, lambda: self._late(n))
        )
        incoming.on_cancel = lambda: setattr(question, "cancelled", True)
        self._questions[n] = question
        told: dict[str, Any] = {"body": read.body.decode("utf-8", "replace"), "relays": True}
        asked = kind(
            n=n,
            source=incoming.source[0],
            port=incoming.source[1],
            link=self._sources.get(incoming.source[0], ""),
            uri=read.uri,
            headers=tuple(each for each in read.headers if each.name in READ),
            **(told if kind is Invite else {}),
        )
        if not self._reached or not self._line.say(asked):
            self._late(n)

    def _late(self, n: int) -> None:
        """The house does not answer: fail closed, but for those who call for help."""
        question = self._questions.get(n)
        if (
            question is None or question.cancelled
        ):  # then the house's answer is waited for: there may be a record to end
            return
        del self._questions[n]
        question.late()
        called = message.uri(question.incoming.read.uri).user
        helpers = tuple(link.name for link in self.settings.links if link.emergency)
        if question.incoming.read.method == "INVITE" and called in self.settings.emergency and helpers:
            log.warning("the house can't be asked; a call to %s goes out all the same", called)
            self._begin(question, emergency.carried(question.incoming.read, called, helpers))
        else:
            question.incoming.answer(503, "Service Unavailable", (Header("retry-after", "5"),))

    def _changed(self, how: Literal["reached", "lost"]) -> None:
        self._reached = how == "reached"
        if not self._reached:
            for n in tuple(self._questions):
                self._late(n)
            self._questions.clear()
            for n in tuple(self._referrals):
                self._answered(Answer(n=n, status=503, phrase="Service Unavailable"))
            self._end_led()
            return
        live = {sid: call.carry.account for sid, call in self._calls.items()}
        self._line.say(Here(host=self.settings.host, port=self.stack.port, live=live))
        for call in self._calls.values():
            self._line.say(call.record.stands)
        self._tell_links()
        for record in self._journal.unkept():
            self._line.say(record)

    def _say_again(self) -> None:
        """Bring records again that the house could not keep."""
        before = datetime.now(UTC) - timedelta(seconds=_AGAIN)
        for record in self._journal.unkept():
            if record.ended_at < before:
                self._line.say(record)

    def _hear(self, told: FromHouse) -> None:
        match told:
            case Kept(call):
                self._journal.kept(call)
            case Answer():
                self._answered(told)
            case Carry():
                self._carry(told)
            case Take():
                self._take(told)
            case Dial():
                self._dial(told)
            case Ring() | Accept() | Change() | HangUp():
                self._lead(told)

    def _answered(self, told: Answer) -> None:
        question = self._questions.pop(told.n, None)
        if question is not None:
            question.late()
            question.incoming.answer(told.status, told.phrase, told.headers)
        elif (hear := self._referrals.get(told.n)) is not None:
            if told.status >= 200:
                del self._referrals[told.n]
            hear(told)

    # --- calls that the house leads -----------------------------------------------------------------------------------

    def _take(self, take: Take) -> None:
        question = self._questions.pop(take.n, None)
        if question is None or question.cancelled:
            if question is not None:
                question.late()
            status, by = (487, "caller") if question is not None else (503, "house")
            self.tell(Progress(call=take.call, what="over", status=status, by=by))
            return
        question.late()
        led = self._begun(take.call, "caller")
        led.take(question.incoming, self._sources.get(question.incoming.source[0], ""))

    def _dial(self, dial: Dial) -> None:
        if self._stopping or len(self._calls) + len(self._led) >= self.settings.calls:
            self.tell(Progress(call=dial.call, what="over", status=503, by="house"))
            return
        self._begun(dial.call, "callee").dial(dial)

    def _begun(self, call: str, person: str) -> Led:
        def over() -> None:
            del self._led[call]

        self._led[call] = led = Led(self, call, person=person, over=over)
        return led

    def _lead(self, told: Ring | Accept | Change | HangUp) -> None:
        if (call := self._calls.get(told.call)) is not None:
            self._agree(call, told)
            return
        led = self._led.get(told.call)
        if led is None:  # it is over already, and the house was told
            return
        match told:
            case Ring():
                led.ring()
            case Accept():
                led.accept(told.body)
            case Change():
                led.change(told.body)
            case HangUp():
                led.hang_up(told.status)

    @staticmethod
    def _agree(call: Call, told: Ring | Accept | Change | HangUp) -> None:
        """What the house says of a call that is carried."""
        match told:
            case Accept(_, body, side) if side is not None:
                call.accept(side, body)
            case HangUp():
                call.hang_up()

    def _end_led(self) -> None:
        """Nobody leads these calls any more."""
        for led in tuple(self._led.values()):
            led.hang_up(480)

    def _carry(self, carry: Carry) -> None:
        question = self._questions.pop(carry.n, None)
        if question is None:  # it was answered without the house, which came too late
            now = datetime.now(UTC)
            self.over(None, carry.begun(now))
            return
        question.late()
        self._begin(question, carry)

    def _begin(self, question: _Question, carry: Carry) -> None:
        incoming = question.incoming
        call = Call(self, incoming, carry, question.at, guest=not self.known(incoming.source[0]))
        self._calls[carry.call] = call
        if question.cancelled:
            call.given_up()
        else:
            call.begin()

    # --- calls ----------------------------------------------------------------------------------------------------

    def link(self, name: str) -> Link | None:
        """A trunk that answers."""
        return self._links.get(name) if name not in self._down else None

    def stands(self, call: Ended) -> None:
        """How a call stands."""
        self._journal.going(call)

    def over(self, call: Call | None, record: Ended) -> None:
        """A call is over: its record is written down, then told."""
        if call is not None:
            self._calls.pop(call.carry.call, None)
        self._journal.ended(record)
        self._line.say(record)

    def refer(self, asked: Refer, told: Callable[[Answer], None]) -> None:
        """Ask the house to hand a side on."""
        self._count += 1
        asked = msgspec.structs.replace(asked, n=self._count)
        self._referrals[asked.n] = told
        if not self._reached or not self._line.say(asked):
            self._answered(Answer(n=asked.n, status=503, phrase="Service Unavailable"))

    def of_dialog(self, dialog: Dialog) -> tuple[Call, Side] | None:
        """The call that has such a dialog, and on which side."""
        found = ((call, call.side_of(dialog)) for call in self._calls.values())
        return next(((call, side) for call, side in found if side is not None), None)

    def _not_kept(self, why: OSError) -> None:
        log.error("the journal of calls can't be written: %s", why.strerror)

    # --- trunks ---------------------------------------------------------------------------------------------------

    def _watch(self, link: Link) -> None:
        """Ask a trunk whether it is there."""
        silent = self.stack.later(_LINK_ANSWERS, lambda: self._link_is(link.name, up=False))

        def heard(status: int) -> None:
            silent()
            self._link_is(link.name, up=status not in {408, 503})

        self.stack.options(link, heard)

    def _link_is(self, name: str, *, up: bool) -> None:
        if up == (name not in self._down):
            return
        (self._down.discard if up else self._down.add)(name)
        log.warning("trunk %s %s", name, "answers again" if up else "does not answer")
        self._tell_links()

    def _tell_links(self) -> None:
        up = tuple(name for name in self._links if name not in self._down)
        self._line.say(Links(up=up, down=tuple(sorted(self._down))))
