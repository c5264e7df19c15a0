"""The only module that knows the package `sippy`: its transactions and user agents behind a typed seam.

What is mended of sippy 2.5.0, each with a test in tests/channels/sip/test_stack.py or the stories:
- `Contact: ...;transport=UDP` in upper case broke every later request to that leg, so that it never heard BYE. A
  transport that we don't speak is reached by UDP all the same: that is how its request came.
- datagrams that it can't parse were printed whole, with numbers and content. They are read by `message.py` first.
- bodies were counted in characters, not bytes; bytes above 127 now travel as surrogates.
- a re-INVITE without an offer was taken for a hold; where our descriptions are told, it gets an offer.
- what broke inside it left the sender without an answer. Now it is 500, and the kind of fault is logged.
- REFER was answered 202, and the leg that it came by was hung up at once: nobody could refuse, and no NOTIFY told what
  came of it. It ended a change that this side had asked for, and had no answer while the other side was being asked.
  Now it is told, as a `Referral`, and whoever does not take it has refused it.

What took half the time of a call, and is done otherwise here:
- every field was asked whether it is "ours" by listing all its attributes, some hundred times a call.
- the clock was read by ctypes, and read for each timer.
- what was sent waited for a thread of its own, which looked each address up. Now only names are looked up there.

The dispatcher of sippy belongs to the thread that imports it: everything here happens in the main thread of the switch,
and `from_thread` is the one way in from another.
"""

from __future__ import annotations

import enum
import errno
import logging
import os
import re
import socket
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from masstransit.channels.sip import message
from masstransit.channels.sip.message import Dialog, Header, Message, Unreadable
from masstransit.channels.sip.settings import Link
from masstransit.channels.sip.steps import Steps

log = logging.getLogger("masstransit.sip.stack")

_SPOKEN = ("udp",)
_NUMERIC = re.compile(r"[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")  # an IP address, and not a name to be looked up
_LONGEST = 86_400.0


def _quiet(what: str, *__: object, **___: object) -> None:
    """In place of sippy's `dump_exception`, which prints the message that broke it."""
    kind, _, trace = sys.exc_info()
    where = traceback.extract_tb(trace)[-1] if trace is not None else None
    place = f" at {os.path.basename(where.filename)}:{where.lineno}" if where is not None else ""
    log.warning("%s: %s%s", what.split(":", maxsplit=1)[0], kind.__name__ if kind is not None else "fault", place)


import sippy.Core.Exceptions  # noqa: E402 - before all others, which take what they have
import sippy.Time.clock_dtime  # noqa: E402

sippy.Core.Exceptions.dump_exception = _quiet
sippy.Time.clock_dtime.clock_getdtime = time.clock_gettime

import sippy.SipConf  # noqa: E402
import sippy.SipTransactionManager  # noqa: E402
import sippy.SipURL  # noqa: E402
import sippy.SipVia  # noqa: E402
from sippy.CCEvents import (  # noqa: E402
    CCEventConnect,
    CCEventDisconnect,
    CCEventFail,
    CCEventGeneric,
    CCEventInfo,
    CCEventPreConnect,
    CCEventRedirect,
    CCEventRing,
    CCEventTry,
    CCEventUpdate,
)
from sippy.Core.EventDispatcher import ED2  # noqa: E402
from sippy.MsgBody import MsgBody  # noqa: E402
from sippy.SipAddress import SipAddress  # noqa: E402
from sippy.SipCallId import SipCallId  # noqa: E402
from sippy.SipConf import SipConf  # noqa: E402
from sippy.SipContact import SipContact  # noqa: E402
from sippy.SipContentType import SipContentType  # noqa: E402
from sippy.SipFrom import SipFrom  # noqa: E402
from sippy.SipHeader import SipHeader  # noqa: E402
from sippy.SipReason import SipReason  # noqa: E402
from sippy.SipRequest import SipRequest  # noqa: E402
from sippy.SipTransactionManager import SipTransactionManager  # noqa: E402
from sippy.SipURL import SipURL  # noqa: E402
from sippy.Time.Timeout import Timeout  # noqa: E402
from sippy.UA import UA  # noqa: E402
from sippy.UacStateUpdating import UacStateUpdating  # noqa: E402
from sippy.UasStateUpdating import UasStateUpdating  # noqa: E402
from sippy.UaStateConnected import UaStateConnected  # noqa: E402
from sippy.Udp_server import Udp_server, Udp_server_opts  # noqa: E402


def _reached(url: Any) -> tuple[tuple[Any, Any], str]:
    """`SipURL.getTAddr`, mended: transports are compared without regard to case (RFC 3261 section 7.3.1)."""
    transport = str(url.transport).lower() if url.transport is not None else "udp"
    return url.getAddr(), transport if transport in _SPOKEN else "udp"


def _reinvited(state: Any, request: Any) -> Any:
    """A re-INVITE in place of sippy's, which takes one without an offer for a hold. It asks for an offer (RFC 3261
    section 14.2), and gets one where ours are told here."""
    ua = state.ua
    if request.getBody() is not None or not getattr(ua, "describes", False):
        return _as_sippy_has_it(state, request)
    ua.uasResp = request.genResponse(100, "Trying")
    ua.global_config["_sip_tm"].sendResponse(ua.uasResp)
    ua.equeue.append(CCEventUpdate(None, rtime=request.rtime, origin=ua.origin))
    return (ua.UasStateUpdating,)


def _offered_back(state: Any, event: Any, headers: Any) -> Any:
    """A 200 to a re-INVITE, with an offer: the answer comes with ACK."""
    ua = state.ua
    status, phrase, ua.lSDP = event.getData()
    ua.sendUasResponse(status, phrase, ua.lSDP, (ua.lContact,), extra_headers=headers, ack_wait=True)
    return (ua.UaStateConnected,)


def _marks(field: object) -> tuple[str, ...]:
    """In place of `dir`, of which one thing is asked: whether a field is marked as ours."""
    return ("my",) if hasattr(field, "my") else ()


for asks in (sippy.SipConf, sippy.SipTransactionManager, sippy.SipURL, sippy.SipVia):
    asks.dir = _marks
SipURL.getTAddr = _reached
_as_sippy_has_it = UaStateConnected.recv_request_handlers["INVITE"]
UaStateConnected.recv_request_handlers["INVITE"] = _reinvited
UasStateUpdating.recv_event_handlers[CCEventPreConnect] = _offered_back
SipConf.my_uaname = "MassTransit"
SipConf.autoconvert_tel_url = True


class _Referred(CCEventGeneric):  # type: ignore[misc]
    """A REFER came; its data is the request."""

    name = "Referred"


def _refer(state: Any, request: Any) -> None:
    state.ua.equeue.append(_Referred(request, rtime=request.rtime, origin=state.ua.origin))


for _state in (UaStateConnected, UasStateUpdating, UacStateUpdating):
    _state.recv_request_handlers["REFER"] = _refer


class Happened(enum.Enum):
    """What a leg of a call tells."""

    OFFERED = enum.auto()
    RINGING = enum.auto()  #: any provisional response but 100
    TRYING = enum.auto()  #: 100
    ANSWERED = enum.auto()
    CHANGED = enum.auto()  #: a re-INVITE: hold, other media
    TOLD = enum.auto()  #: INFO, such as a digit
    REFERRED = enum.auto()  #: REFER: the other side is to be handed on
    FAILED = enum.auto()  #: a final response that is no answer
    ENDED = enum.auto()  #: BYE, CANCEL, or nobody is there any more


_WORDS: tuple[tuple[Any, Happened], ...] = (
    (CCEventTry, Happened.OFFERED),
    (CCEventRing, Happened.RINGING),
    (CCEventPreConnect, Happened.ANSWERED),
    (CCEventConnect, Happened.ANSWERED),
    (CCEventUpdate, Happened.CHANGED),
    (CCEventInfo, Happened.TOLD),
    (_Referred, Happened.REFERRED),
    (CCEventRedirect, Happened.FAILED),
    (CCEventFail, Happened.FAILED),
    (CCEventDisconnect, Happened.ENDED),
)


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something a leg tells. It is passed to the other leg as it is, with its body."""

    what: Happened
    status: int = 0
    phrase: str = ""
    cause: int | None = None  #: Q.850, where a Reason header says one (RFC 3326)
    raw: Any = None
    referral: Referral | None = None  #: of REFERRED

    @property
    def body(self) -> str:
        """The session description that came with it; "" where none did."""
        data = self.raw.getData()
        if self.what in {Happened.RINGING, Happened.ANSWERED}:
            data = data[2] if data is not None else None
        elif self.what is Happened.OFFERED:
            data = data[3]
        text = "" if data is None else str(data)
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


Hear = Callable[[Event], None]


class Referral:
    """A REFER (RFC 3515) inside a call, and the subscription that it made: who asked hears by NOTIFY what came of it,
    unless it said `Refer-Sub: false` (RFC 4488)."""

    def __init__(self, ua: Any, manager: Any, request: Any) -> None:
        self._ua = ua
        self._manager = manager
        self._request = request
        self.read: Message = manager.reading
        self._quiet = self.read.value("refer-sub").lower().startswith("false")
        ua.referred = getattr(ua, "referred", 0) + 1
        self._event = "refer" if ua.referred == 1 else f"refer;id={self.read.value('cseq').partition(' ')[0]}"
        self.open = True  #: it is not answered yet
        self.over = False  #: the last NOTIFY has gone out

    @property
    def source(self) -> str:
        """The IP address that it came from."""
        return str(self._request.getSource()[0])

    def accept(self) -> None:
        """202: it is looked into."""
        self._answer(202, "Accepted", (Header("refer-sub", "false"),) if self._quiet else ())
        self.notify(100, "Trying")

    def decline(self, status: int, phrase: str, headers: Sequence[Header] = ()) -> None:
        """Refuse it at once, before anything was looked into."""
        self.over = True
        self._answer(status, phrase, headers)

    def notify(
        self, status: int, phrase: str, headers: Sequence[Header] = (), *, then: Callable[[], None] | None = None
    ) -> None:
        """Tell what has come of it so far; a final status is the last. `then` is done when the other side has heard it,
        or won't."""
        if self._quiet or self.over or self._ua.isDead():
            if then is not None:
                then()
            return
        self.over = status >= 200
        told = Header("subscription-state", "terminated;reason=noresource" if self.over else "active;expires=180")
        lines = [f"{message.VERSION} {status} {phrase}", *(f"{each.name.title()}: {each.value}" for each in headers)]
        body = MsgBody("\r\n".join([*lines, ""]), SipContentType("message/sipfrag;version=2.0"))
        request = self._ua.genRequest("NOTIFY", body, extra_headers=_headers((Header("event", self._event), told)))

        def heard(response: Any) -> None:
            if response.getSCode()[0] >= 200 and then is not None:
                then()

        self._manager.newTransaction(request, resp_cb=heard)

    def _answer(self, status: int, phrase: str, headers: Sequence[Header]) -> None:
        if not self.open:
            return
        self.open = False
        response = self._request.genResponse(status, phrase)
        response.appendHeaders((SipHeader(name="contact", body=self._ua.lContact), *(_headers(headers) or ())))
        self._manager.sendResponse(response)


class Leg:
    """One side of a call."""

    def __init__(self, ua: Any, manager: Any) -> None:
        self._ua = ua
        self._manager = manager

    @property
    def call_id(self) -> str:
        return str(self._ua.cId)

    @property
    def over(self) -> bool:
        """Whether it is hanging up, or has."""
        state = self._ua.state
        return state is None or state.sname in {"Disconnected", "Dead", "Failed", "Cancelling(UAC)"}

    @property
    def connected(self) -> bool:
        return bool(self._ua.isConnected())

    def is_dialog(self, dialog: Dialog) -> bool:
        """Whether this is its side here of what somebody names in Replaces (RFC 3891 section 3)."""
        return tuple(self._ua.getCID()) == (dialog.call_id, dialog.to_tag, dialog.from_tag)

    def pass_on(self, event: Event) -> None:
        """Tell this side what the other one told."""
        self._ua.recvEvent(event.raw)

    def ring(self, status: int = 180, phrase: str = "Ringing", body: str = "") -> None:
        """Say that it rings, with a session description of ours where there is something to be heard."""
        self._ua.recvEvent(CCEventRing((status, phrase, MsgBody(body) if body else None)))

    def answer(self, body: str, *, asks: bool = False) -> None:
        """Take it, or agree to its change, with a session description of ours. `asks`: ours is an offer, and the answer
        to it is what this leg tells next as ANSWERED."""
        self._ua.recvEvent((CCEventPreConnect if asks else CCEventConnect)((200, "OK", MsgBody(body))))

    def change(self, body: str) -> None:
        """Offer to go on by something else, with a session description of ours: told as ANSWERED or FAILED."""
        self._ua.recvEvent(CCEventUpdate(MsgBody(body)))

    def describes(self) -> None:
        """What this side is told of sound is ours: one that changes the call without an offer gets an offer."""
        self._ua.describes = True

    def fail(self, status: int, phrase: str, headers: Sequence[Header] = ()) -> None:
        """Answer an INVITE that is not answered yet, the first or one that would change the call."""
        event = CCEventFail((status, phrase))
        event.extra_headers = _headers(headers)
        self._ua.recvEvent(event)

    def hang_up(self, cause: int | None = None, text: str = "") -> None:
        """CANCEL, or BYE, with its reason."""
        event = CCEventDisconnect()
        if cause is not None:
            event.reason_rfc3326 = SipReason(protocol="Q.850", cause=cause, reason=text or None)
        self._ua.recvEvent(event)

    def ask(self, gone: Callable[[], None]) -> None:
        """Ask whether it is still there: OPTIONS inside its dialog. `gone` is called when it does not know the call
        (481) or says nothing at all."""
        if not self.connected or self._ua.state.sname != "Connected":
            return

        def heard(response: Any) -> None:
            if response.getSCode()[0] in {408, 481}:
                gone()

        self._manager.newTransaction(self._ua.genRequest("OPTIONS"), resp_cb=heard)

    def stay_at(self, place: tuple[str, int]) -> None:
        """Send what follows to where its request came from, whatever its Contact says: to somebody behind NAT, and
        never to an address that a stranger names."""
        self._ua.rAddr = self._ua.rAddr0 = (place, "udp")


class Incoming:
    """A request that waits for its answer."""

    def __init__(self, stack: Stack, read: Message, source: tuple[str, int], raw: Any, transaction: Any) -> None:
        self.read = read
        self.source = source
        self._stack = stack
        self._raw = raw
        self._transaction = transaction
        self.open = True
        self.on_cancel: Callable[[], None] = lambda: None

    def answer(self, status: int, phrase: str, headers: Sequence[Header] = ()) -> None:
        """Answer it for good. Nothing happens where that was done, such as by a CANCEL."""
        if not self.open:
            return
        self.open = False
        response = self._raw.genResponse(status, phrase)
        response.appendHeaders(_headers(headers) or ())
        self._stack.manager.sendResponse(response, self._transaction)

    def take(self, hear: Hear) -> Leg:
        """Make it the near leg of a call. The first event is the offer."""
        self.open = False
        ua = UA(self._stack.globals, _told(hear))
        ua.lContact = _here()
        leg = Leg(ua, self._stack.manager)
        transaction = self._transaction
        told = ua.recvRequest(self._raw, transaction)
        if told is not None:
            _, transaction.cancel_cb, transaction.noack_cb = told
        return leg

    def cancelled(self, *_: object) -> None:
        """A CANCEL came; the stack has answered it and the INVITE (487)."""
        if self.open:
            self.open = False
            self.on_cancel()


class Service(Protocol):
    """Who hears requests that begin something. Requests inside a call go to its legs."""

    def refused(self, read: Message, source: tuple[str, int]) -> tuple[int, str] | None:
        """A status for what may not be so: too many hops, a loop. None: go on."""
        ...

    def known(self, source: str) -> bool:
        """Whether somebody is a carrier of ours, who means what its Via says."""
        ...

    def asked(self, incoming: Incoming) -> None:
        """An INVITE, REGISTER or OPTIONS."""
        ...


class Far(msgspec.Struct, frozen=True, kw_only=True):
    """The other leg of a call, to be made."""

    host: str
    port: int
    called: str
    shown: str
    name: str = ""
    username: str = ""
    password: str = ""
    headers: tuple[Header, ...] = ()
    hops: int = message.HOPS


class _NoLog:
    """Messages are not logged."""

    level = 99

    def write(self, *_: object, **__: object) -> None:
        """Nothing."""

    shutdown = write


class _Text(str):
    """A datagram as the stack is given it: bytes above 127 are surrogates, which it has to encode for a checksum."""

    __slots__ = ()

    def encode(self, *_: str, **__: str) -> bytes:
        return str.encode(self, "utf-8", "surrogateescape")


class _Options(Udp_server_opts):  # type: ignore[misc]
    """One thread reads and one writes: of several, the later datagram may be the first to arrive, such as a CANCEL
    before its INVITE."""

    nworkers = 1


class _Socket(Udp_server):  # type: ignore[misc]
    """UDP, byte for byte, under the address that others know."""

    shown = ""
    steps = Steps()

    def getSIPaddr(self) -> Any:  # noqa: N802 - sippy's name
        (host, port), transport = super().getSIPaddr()
        return (self.shown or host, port), transport

    def send_to(self, data: Any, address: Any, delayed: bool = False) -> None:
        if isinstance(data, str):
            self.steps.sent(data)
            data = data.encode("utf-8", "surrogateescape")
        if not self._sent(data, address[0].strip("[]"), address[1]):
            super().send_to(data, address, delayed)

    def _sent(self, data: bytes, host: str, port: int) -> bool:
        """Whether it could go at once: nothing waits before it, and nothing has to be looked up."""
        if not self.sendqueue.empty() or _NUMERIC.fullmatch(host) is None:
            return False
        try:
            self.skt.sendto(data, socket.MSG_DONTWAIT, (host, port))
        except OSError as lost:
            return lost.errno not in {errno.EAGAIN, errno.ENOBUFS}  # else it is lost, as datagrams are
        return True


class _Transactions(SipTransactionManager):  # type: ignore[misc]
    """Sippy's transactions, shown only what was read before."""

    model_udp_server = (_Socket, _Options)
    service: Service
    reading: Message

    def handleIncoming(self, data_in: Any, ra: Any, server: Any, rtime: Any) -> None:  # noqa: N802 - sippy's name
        try:
            read = message.read(data_in)
        except Unreadable as wrong:
            log.info("%s: a message that can't be read: %d %s", ra.address[0], wrong.status, wrong.phrase)
            if wrong.answer:
                server.send_to(wrong.answer, ra.address)
            return
        if read is None:
            return
        if read.method and read.method != "ACK" and (wrong_status := self.service.refused(read, ra.address)):
            server.send_to(message.answer(read.headers, *wrong_status), ra.address)
            return
        _Socket.steps.heard(read)
        self.reading = read
        guest = bool(read.method) and read.sent_by != ra.address[0] and not self.service.known(ra.address[0])
        try:
            super().handleIncoming(_Text(read.text(symmetric=guest)), ra, server, rtime)
        except Exception:  # noqa: BLE001 - whatever broke in the stack, the sender is told and the switch lives
            _quiet("a message broke the stack")
            if read.method and read.method != "ACK":
                server.send_to(message.answer(read.headers, 500, "Server Internal Error"), ra.address)


class Stack:
    """Transactions over one UDP socket."""

    def __init__(self, service: Service, host: str, port: int, shown: str = "") -> None:
        """Opens the socket. Raises `OSError`."""
        self._service = service
        _Socket.shown = shown
        _Socket.steps = self.steps = Steps()
        self.globals: dict[str, Any] = {"_sip_address": host, "_sip_port": port, "_sip_logger": _NoLog()}
        self.manager = _Transactions(self.globals, self._asked)
        self.manager.service = service
        self.globals["_sip_tm"] = self.manager
        (_, self.port), _ = self.manager.l4r.getServer((host, port)).getSIPaddr()

    def run(self) -> None:
        """Serve until `stop`."""
        ED2.loop()

    def stop(self) -> None:
        """End `run`."""
        ED2.breakLoop()

    @staticmethod
    def from_thread(do: Callable[..., None], *what: object) -> None:
        """Have something done in the stack's own thread."""
        ED2.callFromThread(do, *what)

    @staticmethod
    def later(seconds: float, do: Callable[[], None]) -> Callable[[], None]:
        """Have something done later; what is returned takes it back."""
        timer = Timeout(do, min(seconds, _LONGEST))
        return lambda: timer.cancel() if timer.cb_func is not None else None

    @staticmethod
    def every(seconds: float, do: Callable[[], None]) -> None:
        """Have something done again and again."""
        Timeout(do, seconds, -1)

    def call(self, far: Far, offer: Event | str, hear: Hear) -> Leg:
        """Make a leg that calls, with what the near one offered, or with a session description of our own."""
        body = MsgBody(offer) if isinstance(offer, str) else offer.raw.getData()[3]
        ua = UA(
            self.globals,
            _told(hear),
            username=far.username or None,
            password=far.password or None,
            nh_address=(far.host, far.port),
            nh_transport="udp",
        )
        ua.lContact = _here()
        event = CCEventTry((None, far.shown, far.called, body, None, far.name or None), origin="caller")
        event.max_forwards = far.hops
        event.extra_headers = _headers(far.headers)
        leg = Leg(ua, self.manager)
        ua.recvEvent(event)
        return leg

    def options(self, link: Link, heard: Callable[[int], None]) -> None:
        """Ask a trunk whether it is there. `heard` gets the status, 408 where it says nothing."""
        there = SipURL(host=link.host, port=link.port)
        here = SipFrom(address=SipAddress(url=SipURL(username="masstransit"), hadbrace=True))
        here.genTag()
        asked = SipRequest(method="OPTIONS", ruri=there, fr0m=here, cseq=1, callid=SipCallId())

        def told(response: Any) -> None:
            if response.getSCode()[0] >= 200:
                heard(int(response.getSCode()[0]))

        self.manager.newTransaction(asked, resp_cb=told)

    def _asked(self, raw: Any, transaction: Any) -> Any:
        """A request outside all calls."""
        read = self.manager.reading
        if raw.getHFBody("to").getTag() is not None and read.method not in {"REGISTER", "OPTIONS"}:
            return raw.genResponse(481, "Call/Transaction Does Not Exist"), None, None
        host, port = raw.getSource()
        incoming = Incoming(self, read, (host, int(port)), raw, transaction)
        if read.method == "INVITE":
            self.manager.sendResponse(raw.genResponse(100, "Trying"), transaction)
        self._service.asked(incoming)
        return None, incoming.cancelled, None


def _here() -> Any:
    """Where we are reached inside a call: sippy fills its address in."""
    return SipContact(address=SipAddress(url=SipURL(), hadbrace=True))


def _headers(headers: Sequence[Header]) -> tuple[Any, ...] | None:
    made = tuple(SipHeader(name=each.name, bodys=each.value) for each in headers)
    return made or None


def _told(hear: Hear) -> Callable[[Any, Any], None]:
    """What sippy calls with its events."""

    def told(event: Any, ua: Any) -> None:
        what = next((word for kind, word in _WORDS if isinstance(event, kind)), None)
        if what is None:
            return
        status, phrase = 0, ""
        data = event.getData()
        if what in {Happened.RINGING, Happened.ANSWERED, Happened.FAILED} and data is not None:
            status, phrase = (int(data[0]) if str(data[0]).isdigit() else 200), str(data[1])
        if what is Happened.RINGING and status == 100:
            what = Happened.TRYING
        referral = Referral(ua, ua.global_config["_sip_tm"], data) if what is Happened.REFERRED else None
        hear(Event(what=what, status=status, phrase=phrase, cause=_cause(event), raw=event, referral=referral))
        if referral is not None and referral.open:
            referral.decline(603, "Decline")

    return told


def _cause(event: Any) -> int | None:
    reason = event.reason_rfc3326
    if reason is None or str(reason.protocol or "").upper() != "Q.850":
        return None
    return int(reason.cause) if 0 < int(reason.cause) < 128 else None
