"""The door for customers' ESMEs: here we are the SMSC.

What a developer sees
- Transmitter, receiver and transceiver binds, plain or under TLS, several at once for one system_id. A connection that
  does not bind in time is closed.
- A window a session: what is submitted beyond it stays unread in the socket until earlier PDUs are answered. A sender
  faster than its agreed rate is answered ESME_RTHROTTLED.
- `submit_sm` is answered ESME_ROK only when the message is durably accepted. The segments of a long text are answered
  together, with the same message_id, when the last one is there: so a client needs a window of as many PDUs as its text
  has segments, or uses message_payload, which needs none. Segments whose others don't come in time are answered
  ESME_RSUBMITFAIL, and nothing is sent.
- One delivery report a message. registered_delivery 1 and 2 ask for it: 2 (failures only) gets the good ones too.
- A person's text longer than a segment comes as message_payload to ESMEs that bound with interface_version 0x34 or
  more, and in segments with a user data header to older ones.
- A refusal says why in additional_status_info_text. SMPP 3.4 has that parameter only in data_sm_resp; a bind whose
  client breaks on it (smpplib does) goes without (`BoundAs.reasons`).
- What we don't offer is refused by name: datagram and transaction modes, replace_if_present, protocol identifiers
  (silent messages, ...), predefined messages, reply paths, headers other than for joining, submit_multi, replace_sm.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import ssl
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any, Protocol

import msgspec

from masstransit.carriage.notices import Note
from masstransit.channels.smpp import dialect, parts, pdu, reports
from masstransit.channels.smpp.pdu import PduError, Status, Tag
from masstransit.channels.smpp.session import Session, Timers
from masstransit.clock import Clock
from masstransit.errors import BadAddress, StorageUnavailable, TrunkDown
from masstransit.model.address import Address, parse
from masstransit.model.alphabet import Alphabet, encode, segment
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.decision import Decision
from masstransit.model.sid import new_sid

log = logging.getLogger("masstransit.smpp.server")

_PARTS_AT_MOST = 2000  # segments that wait for their others, in all
_PARTS_OF_ONE = 50  # segments of one text: as many as any handset joins
_GRACE = 5.0  # seconds that messages under way have when the server closes


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of the door. Times are seconds."""

    system_id: str = "MassTransit"  #: as bind responses say it, 15 characters at most
    window: int = 500  #: unanswered PDUs a session may have, where the bind says nothing
    sessions: int = 10  #: sessions a system_id may have, likewise
    connections: int = 1000  #: in all
    bind_within: float = 10.0
    join_within: float = 30.0  #: how long segments wait for their others
    timers: Timers = Timers()


class BoundAs(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a bind lets in, and how far. 0: the server's own figures, and no rate."""

    account: str
    system_id: str
    window: int = 0
    sessions: int = 0
    rate: float = 0.0  #: messages a second over all sessions
    end_user: str | None = None  #: where a message does not name one
    reasons: bool = True  #: say why in additional_status_info_text; smpplib breaks on it in a submit_sm_resp


class Refusal(msgspec.Struct, frozen=True):
    """Why a bind is refused: ESME_RINVPASWD, ESME_RINVSYSID, ESME_RBINDFAIL ..."""

    status: Status


class Authenticator(Protocol):
    """Who knows the binds. It asks the gate at ADMISSION."""

    async def bind(self, system_id: str, password: str, source_ip: str, at: datetime) -> BoundAs | Refusal: ...


class Decided(Protocol):
    """What an offer came to. A repeated one keeps the communication that was first offered."""

    @property
    def communication(self) -> Communication: ...

    @property
    def decision(self) -> Decision: ...


class MessageState(msgspec.Struct, frozen=True, kw_only=True):
    """What query_sm is told."""

    state: str  #: the SDKs' word
    error: int | None = None
    done_at: datetime | None = None


class Exchange(Protocol):
    """Where offers go. All raise `StorageUnavailable` when nothing can be kept or known."""

    async def offer(self, communication: Communication) -> Decided: ...

    async def query(self, account: str, sid: str) -> MessageState | None: ...

    async def cancel(self, account: str, sid: str) -> bool: ...


class _Refused(Exception):
    """A request that is answered with a status."""

    def __init__(self, status: Status, why: str = "") -> None:
        self.answer = dialect.refusal(status, why) if why else dialect.Answer(status)


class _Bucket:
    """A token bucket that holds one second."""

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._tokens = max(1.0, rate)
        self._filled = now

    def take(self, now: float) -> bool:
        self._tokens = min(max(1.0, self._rate), self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class SmppServer:
    """Listens, and knows who is bound."""

    def __init__(
        self, settings: ServerSettings, *, authenticator: Authenticator, exchange: Exchange, clock: Clock
    ) -> None:
        self.settings = settings
        self.authenticator = authenticator
        self.exchange = exchange
        self.clock = clock
        self.joiner: parts.Joiner[tuple[EsmeSession, pdu.ShortMessage]] = parts.Joiner(
            within=settings.join_within, most=_PARTS_AT_MOST
        )
        self.connections: set[EsmeSession] = set()
        self._bound: dict[str, list[EsmeSession]] = {}
        self._buckets: dict[str, _Bucket] = {}
        self._turn = count()
        self._references = count(secrets.randbelow(256))
        self._listeners: list[asyncio.Server] = []
        self._sweeping: asyncio.TimerHandle | None = None
        self.closing = False

    # --- life -----------------------------------------------------------------------------------------------------

    async def listen(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> int:
        """Open a listener, and give its port (port 0: any free one). May be called again, such as for TLS."""
        loop = asyncio.get_running_loop()
        listener = await loop.create_server(
            lambda: EsmeSession(self),
            host,
            port,
            ssl=tls,
            ssl_handshake_timeout=self.settings.bind_within if tls is not None else None,
        )
        self._listeners.append(listener)
        if self._sweeping is None:
            self._sweep()
        return int(listener.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Take no more, answer what is under way, unbind everybody."""
        self.closing = True
        for listener in self._listeners:
            listener.close()
        if self._sweeping is not None:
            self._sweeping.cancel()
        sessions = list(self.connections)
        await asyncio.gather(*(session.leave(_GRACE) for session in sessions))
        if sessions:
            await asyncio.wait([session.lost for session in sessions], timeout=_GRACE)

    def _sweep(self) -> None:
        """Answer the segments whose others did not come."""
        loop = asyncio.get_running_loop()
        for late in self.joiner.overdue(loop.time()):
            found = dialect.refusal(
                Status.ESME_RSUBMITFAIL,
                "the other segments of this text did not come: send them within one window, or use message_payload",
            )
            for session, part in late.waiters:
                session.respond(part, found)
        self._sweeping = loop.call_later(min(1.0, self.settings.join_within / 4), self._sweep)

    # --- who is bound ---------------------------------------------------------------------------------------------

    def enter(self, session: EsmeSession, bound: BoundAs) -> bool:
        """Count a session in. False: this system_id has as many as it may."""
        sessions = self._bound.setdefault(bound.system_id, [])
        if len(sessions) >= (bound.sessions or self.settings.sessions):
            return False
        sessions.append(session)
        if bound.rate and bound.system_id not in self._buckets:
            self._buckets[bound.system_id] = _Bucket(bound.rate, asyncio.get_running_loop().time())
        return True

    def leave(self, session: EsmeSession) -> None:
        """Count a session out."""
        self.connections.discard(session)
        if session.bound is None:
            return
        sessions = self._bound.get(session.bound.system_id, [])
        if session in sessions:
            sessions.remove(session)
        if not sessions:
            self._bound.pop(session.bound.system_id, None)
            self._buckets.pop(session.bound.system_id, None)

    def within_rate(self, system_id: str, now: float) -> bool:
        """Whether one more message is within what was agreed."""
        bucket = self._buckets.get(system_id)
        return bucket is None or bucket.take(now)

    def bound(self) -> Sequence[str]:
        """The system_ids that have a receiver or transceiver here."""
        return [name for name, sessions in self._bound.items() if any(s.receives for s in sessions)]

    # --- to ESMEs -------------------------------------------------------------------------------------------------

    async def push(self, system_id: str, note: Note) -> bool:
        """Bring a delivery report or a person's message to one receiver of a system_id, in turn. True once it was
        taken (deliver_sm_resp with ESME_ROK, for every segment); False when none is bound or it was not."""
        receivers = [s for s in self._bound.get(system_id, ()) if s.receives]
        if not receivers:
            return False
        session = receivers[next(self._turn) % len(receivers)]
        made = _message(note, session.version, next(self._references)) if note.mo else [_receipt(note)]
        return await session.deliver(made)


def _receipt(note: Note) -> pdu.ShortMessage:
    """A deliver_sm with a receipt: from the recipient, to the sender."""
    source_ton, source_npi, source = dialect.ton_npi(parse(note.recipient))
    ton, npi, destination = dialect.ton_npi(parse(note.sender))
    return pdu.ShortMessage(
        command=pdu.DELIVER_SM,
        source_ton=source_ton,
        source_npi=source_npi,
        source=source,
        destination_ton=ton,
        destination_npi=npi,
        destination=destination,
        esm_class=0x04,
        short_message=reports.write_receipt(note.sid, note.state, note.error, note.submitted_at, note.done_at),
        tlvs={
            Tag.RECEIPTED_MESSAGE_ID: note.sid.encode("ascii") + b"\0",
            Tag.MESSAGE_STATE: bytes((reports.state_number(note.state, note.error),)),
        },
    )


def _message(note: Note, version: int, reference: int) -> list[pdu.ShortMessage]:
    """A person's text: one deliver_sm, or one a segment for ESMEs that don't know message_payload."""
    source_ton, source_npi, source = dialect.ton_npi(parse(note.sender))
    ton, npi, destination = dialect.ton_npi(parse(note.recipient))
    segmentation = segment(note.text)
    plain = pdu.ShortMessage(
        command=pdu.DELIVER_SM,
        source_ton=source_ton,
        source_npi=source_npi,
        source=source,
        destination_ton=ton,
        destination_npi=npi,
        destination=destination,
        data_coding=dialect.CODING[segmentation.alphabet],
    )
    octets = [encode(part, segmentation.alphabet) for part in segmentation.parts]
    if len(octets) == 1:
        return [msgspec.structs.replace(plain, short_message=octets[0])]
    if version >= pdu.VERSION:
        return [msgspec.structs.replace(plain, tlvs={Tag.MESSAGE_PAYLOAD: b"".join(octets)})]
    return [
        msgspec.structs.replace(
            plain, esm_class=parts.UDHI, short_message=parts.udh(parts.Part(reference, len(octets), number)) + part
        )
        for number, part in enumerate(octets, 1)
    ]


class EsmeSession(Session):
    """One connection of a customer."""

    def __init__(self, server: SmppServer) -> None:
        super().__init__(server.settings.timers)
        self._server = server
        self._window = server.settings.window
        self._open = 0  # requests that are being decided
        self._tasks: set[asyncio.Task[None]] = set()
        self._binding = False
        self._leaving = False
        self._mode = 0
        self._room = asyncio.Event()
        self._unbound: asyncio.TimerHandle | None = None
        self.bound: BoundAs | None = None
        self.version = 0

    @property
    def busy(self) -> bool:
        return self._open >= self._window

    @property
    def receives(self) -> bool:
        """Whether reports and messages can be brought here."""
        return self._mode in (pdu.BIND_RECEIVER, pdu.BIND_TRANSCEIVER) and not self._leaving

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._server.closing or len(self._server.connections) >= self._server.settings.connections:
            log.warning("%s: too many connections", self.peer)
            self.close()
            return
        self._server.connections.add(self)
        self._unbound = self._loop.call_later(self._server.settings.bind_within, self._not_bound)

    def _not_bound(self) -> None:
        log.info("%s: did not bind in time", self.peer)
        self.close()

    def on_lost(self) -> None:
        self._mode = 0
        self._room.set()
        if self._unbound is not None:
            self._unbound.cancel()
        self._server.leave(self)

    def on_unbind(self) -> None:
        self._leaving = True
        self._start(self._finish())

    async def _finish(self) -> None:
        """Answer what is under way, then close."""
        await self._drained(_GRACE)
        self.close()

    async def leave(self, grace: float) -> None:
        """The server closes: answer what is under way, unbind."""
        self._leaving = True
        await self._drained(grace)
        if self.bound is None:
            self.close()
        else:
            await self.unbind()

    async def _drained(self, grace: float) -> None:
        others = self._tasks - {task for task in (asyncio.current_task(),) if task is not None}
        if others:
            await asyncio.wait(others, timeout=grace)

    # --- requests -------------------------------------------------------------------------------------------------

    def on_request(self, request: pdu.Pdu) -> None:
        try:
            self._hear(request)
        except _Refused as refused:
            self.respond(request, refused.answer)

    def _hear(self, request: pdu.Pdu) -> None:
        match request:
            case pdu.ShortMessage(command=pdu.SUBMIT_SM):
                self._submit(request, self._transmits())
            case pdu.Bind():
                self._bind(request)
            case pdu.Query():
                self._begin(self._look(request, self._transmits()))
            case pdu.Cancel():
                self._cancel(request, self._transmits())
            case pdu.Pdu(command=pdu.REPLACE_SM | pdu.SUBMIT_MULTI | pdu.DATA_SM):
                self._transmits()
                raise _Refused(Status.ESME_RINVCMDID)
            case _:  # such as outbind or alert_notification, which only an SMSC says
                nack = pdu.Pdu(command=pdu.GENERIC_NACK, status=Status.ESME_RINVCMDID, sequence=request.sequence)
                self.send(nack)

    def _transmits(self) -> BoundAs:
        """Who it is, if bound for sending."""
        if self.bound is None or self._leaving or self._mode not in (pdu.BIND_TRANSMITTER, pdu.BIND_TRANSCEIVER):
            raise _Refused(Status.ESME_RINVBNDSTS)
        return self.bound

    def respond(self, request: pdu.Pdu, found: dialect.Answer, message_id: str = "") -> None:
        """The response to a submit_sm, or any refusal."""
        command = request.command | pdu.RESPONSE
        reasons = self.bound is None or self.bound.reasons
        if request.command == pdu.SUBMIT_SM:
            self.send(
                pdu.MessageResp(
                    command=command,
                    sequence=request.sequence,
                    status=found.status,
                    message_id=message_id,
                    tlvs=found.tlvs if reasons else {},
                )
            )
        else:
            self.send(pdu.Pdu(command=command, sequence=request.sequence, status=found.status))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Start on a request that counts in the window until `_decided`."""
        self._open += 1
        self._start(work)

    def _decided(self) -> None:
        """A request is answered: there is room for the next."""
        was_busy = self.busy
        self._open -= 1
        if was_busy:
            self._loop.call_soon(self.go_on)

    # --- bind -----------------------------------------------------------------------------------------------------

    def _bind(self, request: pdu.Bind) -> None:
        if self.bound is not None or self._binding:
            raise _Refused(Status.ESME_RALYBND)
        self._binding = True
        self._start(self._let_in(request))

    async def _let_in(self, request: pdu.Bind) -> None:
        try:
            bound = await self._server.authenticator.bind(
                request.system_id, request.password, self.peer, self._server.clock.now()
            )
        except StorageUnavailable:
            bound = Refusal(Status.ESME_RSYSERR)
        self._binding = False
        if self._closing:
            return
        if isinstance(bound, BoundAs) and not self._server.enter(self, bound):
            bound = Refusal(Status.ESME_RALYBND)
        if isinstance(bound, Refusal):
            log.info("%s: bind refused: %s", self.peer, bound.status.name)
            self.respond(request, dialect.Answer(bound.status))
            return
        self._bound_as(request, bound)

    def _bound_as(self, request: pdu.Bind, bound: BoundAs) -> None:
        if self._unbound is not None:
            self._unbound.cancel()
        self.bound = bound
        self._window = bound.window or self._window
        self._mode = request.command
        self.version = request.interface_version
        self.send(
            pdu.BindResp(
                command=request.command | pdu.RESPONSE,
                sequence=request.sequence,
                system_id=self._server.settings.system_id,
                tlvs={Tag.SC_INTERFACE_VERSION: bytes((pdu.VERSION,))},
            )
        )
        log.info("%s: %s bound", self.peer, bound.system_id)

    # --- submit_sm ------------------------------------------------------------------------------------------------

    def _submit(self, request: pdu.ShortMessage, bound: BoundAs) -> None:
        _refuse_unoffered(request)
        if not self._server.within_rate(bound.system_id, self._loop.time()):
            raise _Refused(Status.ESME_RTHROTTLED)
        part, octets = _part(request)
        if part is None:
            self._offer([(self, request)], octets, bound)
            return
        if part.total > _PARTS_OF_ONE:
            raise _Refused(Status.ESME_RINVMSGLEN)
        key = (bound.system_id, request.source, request.destination, request.data_coding)
        try:
            joined = self._server.joiner.add(key, part, octets, (self, request), self._loop.time())
        except parts.Full:
            raise _Refused(Status.ESME_RMSGQFUL) from None
        if joined is not None:
            self._offer(joined.waiters, b"".join(joined.pieces), bound)

    def _offer(self, waiters: Sequence[tuple[EsmeSession, pdu.ShortMessage]], octets: bytes, bound: BoundAs) -> None:
        first = min(waiters, key=lambda waiter: waiter[1].sequence)[1] if len(waiters) > 1 else waiters[0][1]
        try:
            communication = self._communication(first, octets, bound)
        except _Refused as refused:
            for session, request in waiters:
                session.respond(request, refused.answer)
            return
        self._begin(self._ask(communication, waiters))

    async def _ask(self, communication: Communication, waiters: Sequence[tuple[EsmeSession, pdu.ShortMessage]]) -> None:
        message_id = ""
        try:
            offered = await self._server.exchange.offer(communication)
            found = dialect.answer(offered.decision)
            if found.status is Status.ESME_ROK:
                message_id = offered.communication.id
        except StorageUnavailable:
            found = dialect.Answer(Status.ESME_RSYSERR)
        except Exception:  # whatever broke, the ESME is told and the session lives
            log.exception("%s could not be decided", communication.id)
            found = dialect.Answer(Status.ESME_RSYSERR)
        for session, request in waiters:
            session.respond(request, found, message_id)
        self._decided()

    def _communication(self, request: pdu.ShortMessage, octets: bytes, bound: BoundAs) -> Communication:
        now = self._server.clock.now()
        try:
            alphabet = dialect.alphabet_of(request.data_coding)
        except ValueError as not_carried:
            raise _Refused(Status.ESME_RSUBMITFAIL, str(not_carried)) from None
        if alphabet is Alphabet.UCS2 and len(octets) % 2:
            raise _Refused(Status.ESME_RINVMSGLEN)
        content = dialect.read_content(octets, alphabet)
        tlvs = request.tlvs
        return Communication(
            id=new_sid("SM"),
            account=bound.account,
            kind=Kind.SMS,
            channel="smpp",
            sender=_address(request.source_ton, request.source, Status.ESME_RINVSRCADR),
            recipient=_address(request.destination_ton, request.destination, Status.ESME_RINVDSTADR),
            text=content.text,
            binary=content.binary,
            at=now,
            purpose=_purpose(tlvs) if Tag.PURPOSE in tlvs else None,
            end_user=_end_user(tlvs) if Tag.END_USER in tlvs else bound.end_user,
            send_at=_time(request.schedule, now, Status.ESME_RINVSCHED) if request.schedule else None,
            expires_at=_expiry(request, now) if request.validity else None,
            receipt=request.registered_delivery & 3 in (1, 2),
            principal=bound.system_id,
        )

    # --- query_sm, cancel_sm -------------------------------------------------------------

    async def _look(self, request: pdu.Query, bound: BoundAs) -> None:
        try:
            found = await self._server.exchange.query(bound.account, request.message_id)
        except StorageUnavailable:
            self.respond(request, dialect.Answer(Status.ESME_RSYSERR))
        else:
            self._tell(request, found)
        self._decided()

    def _tell(self, request: pdu.Query, found: MessageState | None) -> None:
        if found is None:
            self.respond(request, dialect.Answer(Status.ESME_RINVMSGID))
            return
        self.send(
            pdu.QueryResp(
                command=request.command | pdu.RESPONSE,
                sequence=request.sequence,
                message_id=request.message_id,
                final_date=dialect.write_time(found.done_at) if found.done_at else "",
                message_state=reports.state_number(found.state, found.error),
                error_code=(found.error or 0) % 1000 % 256,
            )
        )

    def _cancel(self, request: pdu.Cancel, bound: BoundAs) -> None:
        if not request.message_id:
            raise _Refused(Status.ESME_RINVMSGID)
        self._begin(self._take_back(request, bound))

    async def _take_back(self, request: pdu.Cancel, bound: BoundAs) -> None:
        try:
            done = await self._server.exchange.cancel(bound.account, request.message_id)
            status = Status.ESME_ROK if done else Status.ESME_RCANCELFAIL
        except StorageUnavailable:
            status = Status.ESME_RSYSERR
        self.respond(request, dialect.Answer(status))
        self._decided()

    # --- to the ESME ----------------------------------------------------------------------------------------------

    async def deliver(self, made: Sequence[pdu.ShortMessage]) -> bool:
        """Bring some deliver_sm. True when all were taken."""
        while self.unanswered and self.unanswered + len(made) > self._window and self.receives:
            self._room.clear()
            await self._room.wait()
        if not self.receives:
            return False
        futures = [self.request(one) for one in made]
        for future in futures:
            future.add_done_callback(self._answer_came)
        answers = await asyncio.gather(*futures, return_exceptions=True)
        for answered in answers:
            if isinstance(answered, BaseException) and not isinstance(answered, TrunkDown | PduError):
                raise answered
        return all(isinstance(answered, pdu.Pdu) and answered.status == Status.ESME_ROK for answered in answers)

    def _answer_came(self, _: asyncio.Future[pdu.Pdu]) -> None:
        self._room.set()


def _refuse_unoffered(request: pdu.ShortMessage) -> None:
    """Fields that would change what happens to a message, and that nothing here would heed."""
    if request.esm_class & 0x03 not in (0, 3) or request.esm_class & 0x3C or request.esm_class & 0x80:
        raise _Refused(Status.ESME_RINVESMCLASS)  # datagram, transaction, acknowledgements, reply path
    if request.replace_if_present:
        raise _Refused(Status.ESME_RINVREPFLAG, "replace_if_present is not offered")
    if request.default_message_id:
        raise _Refused(Status.ESME_RINVDFTMSGID, "there are no predefined messages")
    if request.priority > 3:
        raise _Refused(Status.ESME_RINVPRTFLG)
    if request.protocol_id:
        raise _Refused(Status.ESME_RSUBMITFAIL, f"protocol_id 0x{request.protocol_id:02X} is not carried")
    if request.short_message and Tag.MESSAGE_PAYLOAD in request.tlvs:
        raise _Refused(Status.ESME_RINVMSGLEN)


def _part(request: pdu.ShortMessage) -> tuple[parts.Part | None, bytes]:
    """Where a segment belongs, and its user data without the header."""
    octets = request.payload
    try:
        if not request.esm_class & parts.UDHI:
            return (parts.read_sar(request.tlvs) if request.tlvs else None), octets
        headed = parts.read_udh(octets)
    except ValueError as broken:
        raise _Refused(Status.ESME_RSUBMITFAIL, str(broken)) from None
    if headed.others:
        raise _Refused(Status.ESME_RSUBMITFAIL, f"user data header element 0x{headed.others[0]:02X} is not carried")
    return headed.part, headed.rest


def _address(ton: int, text: str, wrong: Status) -> Address:
    try:
        return dialect.read_address(ton, text)
    except BadAddress:
        raise _Refused(wrong) from None


def _time(text: str, now: datetime, wrong: Status) -> datetime | None:
    try:
        return dialect.read_time(text, now)
    except ValueError as bad:
        raise _Refused(wrong, str(bad)) from None


def _expiry(request: pdu.ShortMessage, now: datetime) -> datetime | None:
    """The validity period's end, which has to be ahead."""
    expires_at = _time(request.validity, now, Status.ESME_RINVEXPIRY)
    if expires_at is not None and expires_at <= now:
        raise _Refused(Status.ESME_RINVEXPIRY, "the validity period is over")
    return expires_at


def _purpose(tlvs: Mapping[int, bytes]) -> Purpose | None:
    try:
        return dialect.read_purpose(tlvs[Tag.PURPOSE])
    except ValueError:
        names = ", ".join(purpose.value for purpose in Purpose)
        raise _Refused(Status.ESME_RINVOPTPARAMVAL, f"TLV 0x1400 is one of: {names}") from None


def _end_user(tlvs: Mapping[int, bytes]) -> str | None:
    value = tlvs[Tag.END_USER].rstrip(b"\0")
    if len(value) > 64:
        raise _Refused(Status.ESME_RINVPARLEN, "TLV 0x1401 has at most 64 octets")
    try:
        return value.decode() or None
    except UnicodeDecodeError:
        raise _Refused(Status.ESME_RINVOPTPARAMVAL, "TLV 0x1401 is UTF-8") from None
