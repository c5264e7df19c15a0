"""A link to a carrier: here we are the ESME.

- It binds, and binds again after every loss, waiting longer each time (with jitter, a minute at most).
- `deliver` answers when the carrier has: one submit_sm a segment, all sent at once. A place in the window stays taken
  until `settled`, so that a crash sends at most the open window twice.
- A carrier that says ESME_RTHROTTLED or ESME_RMSGQFUL slows the whole link down: it has no `room` for a while.
- When a later segment is refused after others of the same text were accepted, that segment alone is tried again while
  the refusal is temporary; when it stays refused the message has failed for good (`NotSent`, permanent), because
  sending the whole again would ring the handset twice.
- Receipts and people's messages are answered ESME_ROK when they are durably on record, and with temporary errors
  (ESME_RX_T_APPN) when they can't be, so that the carrier brings them again.
- The segments of a person's message are joined. When some don't come in time, what came is handed in as it is: a STOP
  must not be lost to a missing segment.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Coroutine, Sequence
from decimal import Decimal
from itertools import count
from typing import Any, Literal

import msgspec

from masstransit.carriage.channel import Arrivals, Carried, DeliveryReport, Inbound, NotSent, Sent
from masstransit.channels.smpp import dialect, parts, pdu, reports
from masstransit.channels.smpp.pdu import PduError, Status, Tag
from masstransit.channels.smpp.session import Session, Timers
from masstransit.clock import Clock
from masstransit.errors import BadAddress, StorageUnavailable, TrunkDown
from masstransit.model.alphabet import Alphabet, cut, encode, segment
from masstransit.model.communication import Communication, Kind
from masstransit.model.decision import Cleared

log = logging.getLogger("masstransit.smpp.trunk")

_FIRST_PAUSE = 0.5  # seconds before binding again, doubled each time
_LONGEST_PAUSE = 60.0
_CONNECT_WITHIN = 10.0
_SLOWEST = 30.0  # seconds a throttled link rests at most
_TRIES = 5  # for a segment whose siblings were accepted
_PARTS_AT_MOST = 5000  # inbound segments that wait for others
_BINARY_ALONE, _BINARY_JOINED = 140, 134  # octets of a segment

_Incoming = pdu.ShortMessage | pdu.DataMessage


class TrunkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier link. Times are seconds."""

    name: str
    host: str
    port: int
    system_id: str = ""
    password: str = ""
    system_type: str = ""
    prefixes: tuple[str, ...] = ()  #: E.164 prefixes that it serves; none: all
    price: Decimal | None = None  #: what it takes for a segment, in USD; None: not known
    rate: float = 0.0  #: submit_sm a second; 0: as fast as the window allows
    window: int = 100  #: unanswered submit_sm at once
    tls: bool = False
    bind: Literal["transceiver", "separate"] = "transceiver"
    default_alphabet: Literal["gsm7", "latin1"] = "gsm7"  #: what data_coding 0 means there
    id_format: reports.IdFormat = "as-is"
    join_within: float = 10.0  #: how long segments of an inbound message wait for their others
    timers: Timers = Timers(idle=600.0)


class SmppTrunk:
    """Implements `carriage.channel.Trunk`. `run` keeps it bound; `connect` says where what comes in goes."""

    def __init__(self, settings: TrunkSettings, clock: Clock, *, tls: ssl.SSLContext | None = None) -> None:
        self.settings = settings
        self.name = settings.name
        self.kinds = Kind.SMS
        self.prefixes = settings.prefixes
        self.price = settings.price
        self._clock = clock
        self._tls = (tls or ssl.create_default_context()) if settings.tls else None
        self._arrivals: Arrivals | None = None
        self._sessions: dict[int, CarrierSession] = {}
        self._taken: dict[str, int] = {}  # communication -> places in the window
        self._used = 0
        self._references = count(random.randrange(256))
        self._next_slot = 0.0
        self._rests_until = 0.0
        self._pause = 0.0
        self._arriving: set[asyncio.Task[None]] = set()
        self._joiner: parts.Joiner[tuple[CarrierSession, _Incoming]] = parts.Joiner(
            within=settings.join_within, most=_PARTS_AT_MOST
        )

    def connect(self, arrivals: Arrivals) -> None:
        """Where reports and people's messages go."""
        self._arrivals = arrivals

    # --- the link -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the link bound until cancelled, then unbind."""
        transceiver = self.settings.bind == "transceiver"
        modes = (pdu.BIND_TRANSCEIVER,) if transceiver else (pdu.BIND_TRANSMITTER, pdu.BIND_RECEIVER)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._sweep())
            for mode in modes:
                group.create_task(self._keep_bound(mode))

    async def _keep_bound(self, mode: int) -> None:
        pause = _FIRST_PAUSE
        while True:
            session = await self._bind(mode)
            if session is not None:
                pause = _FIRST_PAUSE
                self._sessions[mode] = session
                log.info("trunk %s: bound", self.name)
                try:
                    await asyncio.shield(session.lost)
                except asyncio.CancelledError:
                    await self._leave(mode, session)
                    raise
                self._sessions.pop(mode, None)
                log.warning("trunk %s: the link was lost", self.name)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _leave(self, mode: int, session: CarrierSession) -> None:
        self._sessions.pop(mode, None)
        if self._arriving:
            await asyncio.wait(self._arriving, timeout=5.0)
        await session.unbind()

    async def _bind(self, mode: int) -> CarrierSession | None:
        """Connect and bind. None when it could not be."""
        settings = self.settings
        session: CarrierSession | None = None
        bound = False
        try:
            async with asyncio.timeout(_CONNECT_WITHIN):
                _, session = await asyncio.get_running_loop().create_connection(
                    lambda: CarrierSession(settings.timers, self), settings.host, settings.port, ssl=self._tls
                )
                answer = await session.request(
                    pdu.Bind(
                        command=mode,
                        system_id=settings.system_id,
                        password=settings.password,
                        system_type=settings.system_type,
                    )
                )
            bound = answer.status == Status.ESME_ROK
            if not bound:
                log.error("trunk %s: bind refused: %s", self.name, pdu.status_name(answer.status))
        except (OSError, TimeoutError, TrunkDown, PduError) as failed:
            log.warning("trunk %s: can't bind: %s", self.name, failed or type(failed).__name__)
        finally:
            if session is not None and not bound:
                session.close()
        return session if bound else None

    # --- carriage.channel.Trunk -----------------------------------------------------------------------------------

    @property
    def _transmitter(self) -> CarrierSession | None:
        session = self._sessions.get(pdu.BIND_TRANSCEIVER) or self._sessions.get(pdu.BIND_TRANSMITTER)
        return session if session is not None and session.alive else None

    @property
    def up(self) -> bool:
        """Whether it is bound for sending."""
        return self._transmitter is not None

    @property
    def room(self) -> int:
        """Places left in the window; none while the carrier asked for patience."""
        if not self.up or asyncio.get_running_loop().time() < self._rests_until:
            return 0
        return max(0, self.settings.window - self._used)

    async def deliver(self, cleared: Cleared) -> Carried:
        """Send every segment and wait for all answers. Raises `TrunkDown` when the link was lost before them."""
        communication = cleared.communication
        made = self._submits(communication)
        self._taken[communication.id] = len(made)
        self._used += len(made)
        names: list[str | None] = [None] * len(made)
        for attempt in count(1):
            missing = [i for i, name in enumerate(names) if name is None]
            answers = await self._send([made[i] for i in missing])
            refusal = self._note(missing, answers, names)
            if refusal is None:
                break
            nothing_accepted = all(name is None for name in names)
            if refusal.permanent or nothing_accepted or attempt == _TRIES:
                return _not_sent(refusal, whole=nothing_accepted, pause=self._pause)
            await asyncio.sleep(max(self._pause, 0.1 * 2**attempt))
        return Sent(tuple(name for name in names if name is not None))

    def settled(self, cleared: Cleared) -> None:
        """The answer is on record: the places in the window are free."""
        self._used -= self._taken.pop(cleared.communication.id, 0)

    def _note(
        self, missing: Sequence[int], answers: Sequence[pdu.Pdu], names: list[str | None]
    ) -> dialect.Refused | None:
        """Keep the names of accepted segments. Gives the worst refusal, if there is one."""
        worst: dialect.Refused | None = None
        throttled = False
        for i, answer in zip(missing, answers, strict=True):
            if answer.status == Status.ESME_ROK and isinstance(answer, pdu.MessageResp):
                names[i] = reports.accepted_id(answer.message_id, self.settings.id_format)
                continue
            throttled = throttled or answer.status in dialect.THROTTLED
            refusal = dialect.refused(answer.status)
            if worst is None or refusal.permanent:
                worst = refusal
        self._slow_down(throttled=throttled)
        return worst

    def _slow_down(self, *, throttled: bool) -> None:
        """Rest longer each time that the carrier throttles; an accepted message after the rest ends it."""
        now = asyncio.get_running_loop().time()
        if not throttled:
            if now >= self._rests_until:
                self._pause = 0.0
        elif now >= self._rests_until:  # the answers to one burst count as one
            self._pause = min(max(0.25, self._pause * 2), _SLOWEST)
            self._rests_until = now + self._pause
            log.info("trunk %s: throttled, resting %.2f s", self.name, self._pause)

    # --- sending --------------------------------------------------------------------------------------------------

    async def _send(self, made: Sequence[pdu.ShortMessage]) -> list[pdu.Pdu]:
        futures: list[asyncio.Future[pdu.Pdu]] = []
        for submit in made:
            if self.settings.rate:
                await self._pace()
            session = self._transmitter
            if session is None:
                await asyncio.gather(*futures)  # they have failed: it was lost while we paced
                raise TrunkDown(f"trunk {self.name} is not bound")
            futures.append(session.request(submit))
        try:
            if len(futures) == 1:
                return [await futures[0]]
            return list(await asyncio.gather(*futures))
        except PduError as unreadable:
            raise TrunkDown(f"trunk {self.name}: the answer can't be read: {unreadable}") from unreadable

    async def _pace(self) -> None:
        """Wait for this submit's turn at `rate` a second."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next_slot)
        self._next_slot = turn + 1 / self.settings.rate
        if turn > now:
            await asyncio.sleep(turn - now)

    def _submits(self, communication: Communication) -> list[pdu.ShortMessage]:
        """One submit_sm a segment."""
        coding, octets = self._octets(communication)
        source_ton, source_npi, source = dialect.ton_npi(communication.sender)
        ton, npi, destination = dialect.ton_npi(communication.recipient)
        total = len(octets)
        reference = next(self._references) & 0xFF if total > 1 else 0
        validity = dialect.write_time(communication.expires_at) if communication.expires_at else ""
        return [
            pdu.ShortMessage(
                command=pdu.SUBMIT_SM,
                source_ton=source_ton,
                source_npi=source_npi,
                source=source,
                destination_ton=ton,
                destination_npi=npi,
                destination=destination,
                esm_class=parts.UDHI if total > 1 else 0,
                validity=validity,
                registered_delivery=1,
                data_coding=coding,
                short_message=parts.udh(parts.Part(reference, total, number)) + part if total > 1 else part,
            )
            for number, part in enumerate(octets, 1)
        ]

    def _octets(self, communication: Communication) -> tuple[int, list[bytes]]:
        """data_coding, and the user data of each segment."""
        binary = communication.binary
        if binary is not None:
            if len(binary) <= _BINARY_ALONE:
                return dialect.BINARY, [binary]
            return dialect.BINARY, [binary[at : at + _BINARY_JOINED] for at in range(0, len(binary), _BINARY_JOINED)]
        segmentation = segment(communication.on_air)
        alphabet, texts = segmentation.alphabet, segmentation.parts
        if alphabet is Alphabet.GSM7 and self.settings.default_alphabet == "latin1":
            alphabet = Alphabet.LATIN1
            if any(ord(c) > 0xFF for c in communication.on_air):  # Greek capitals and the euro sign
                alphabet, texts = Alphabet.UCS2, cut(communication.on_air, Alphabet.UCS2)
        return dialect.CODING[alphabet], [encode(text, alphabet) for text in texts]

    # --- what comes in --------------------------------------------------------------------------------------------

    def arrive(self, session: CarrierSession, request: _Incoming) -> None:
        """A deliver_sm or data_sm: a receipt, a message, or a segment of one."""
        if self._arrivals is None:
            session.answer(request, Status.ESME_RX_T_APPN)
        elif reports.is_receipt(request):
            self._start(self._report(session, request, self._arrivals))
        else:
            self._take(session, request, self._arrivals)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._arriving.add(task)
        task.add_done_callback(self._arriving.discard)

    async def _report(self, session: CarrierSession, request: _Incoming, arrivals: Arrivals) -> None:
        receipt = reports.read_receipt(request, self.settings.id_format)
        if receipt is None:
            log.warning("trunk %s: a receipt that can't be read", self.name)
            session.answer(request, Status.ESME_RX_R_APPN)
            return
        report = DeliveryReport(
            trunk=self.name,
            carrier_id=receipt.id,
            state=receipt.state,
            error=receipt.error,
            carrier_code=receipt.carrier_code,
            at=self._clock.now(),
        )
        await self._recorded(arrivals.report(report), [(session, request)])

    def _take(self, session: CarrierSession, request: _Incoming, arrivals: Arrivals) -> None:
        octets = request.payload
        part: parts.Part | None = None
        try:
            if request.esm_class & parts.UDHI:
                headed = parts.read_udh(octets)
                part, octets = headed.part, headed.rest
            elif request.tlvs:
                part = parts.read_sar(request.tlvs)
        except ValueError as broken:
            log.warning("trunk %s: %s", self.name, broken)  # what it says is taken all the same
        if part is None:
            self._start(self._receive([(session, request)], octets, arrivals))
            return
        key = (request.source, request.destination, request.data_coding)
        try:
            joined = self._joiner.add(key, part, octets, (session, request), asyncio.get_running_loop().time())
        except parts.Full:
            session.answer(request, Status.ESME_RX_T_APPN)
            return
        if joined is not None:
            self._start(self._receive(joined.waiters, b"".join(joined.pieces), arrivals))

    async def _sweep(self) -> None:
        """Hand in what came of messages whose other segments did not."""
        while True:
            await asyncio.sleep(min(1.0, self.settings.join_within / 4))
            for late in self._joiner.overdue(asyncio.get_running_loop().time()):
                if self._arrivals is not None:
                    self._start(self._receive(late.waiters, b"".join(late.pieces), self._arrivals))

    async def _receive(
        self, waiters: Sequence[tuple[CarrierSession, _Incoming]], octets: bytes, arrivals: Arrivals
    ) -> None:
        request = waiters[0][1]
        try:
            inbound = self._inbound(request, octets)
        except (BadAddress, ValueError) as wrong:
            log.warning("trunk %s: a message that can't be read: %s", self.name, type(wrong).__name__)
            for session, waiting in waiters:
                session.answer(waiting, Status.ESME_RX_R_APPN)
            return
        await self._recorded(arrivals.receive(inbound), waiters)

    def _inbound(self, request: _Incoming, octets: bytes) -> Inbound:
        default = Alphabet.LATIN1 if self.settings.default_alphabet == "latin1" else Alphabet.GSM7
        content = dialect.read_content(octets, dialect.alphabet_of(request.data_coding, default))
        return Inbound(
            trunk=self.name,
            sender=dialect.read_address(request.source_ton, request.source),
            recipient=dialect.read_address(request.destination_ton, request.destination),
            text=content.text,
            at=self._clock.now(),
            carrier_id=request.tlvs.get(Tag.RECEIPTED_MESSAGE_ID, b"").split(b"\0")[0].decode("latin-1"),
            binary=content.binary,
        )

    async def _recorded(
        self, recording: Coroutine[Any, Any, object], waiters: Sequence[tuple[CarrierSession, _Incoming]]
    ) -> None:
        """Answer when it is on record, or that it can't be just now."""
        status = Status.ESME_ROK
        try:
            await recording
        except StorageUnavailable as lost:
            log.warning("trunk %s: an arrival can't be stored: %s", self.name, lost)
            status = Status.ESME_RX_T_APPN
        except Exception:  # whatever broke, the carrier is told to bring it again
            log.exception("trunk %s: an arrival could not be taken", self.name)
            status = Status.ESME_RX_T_APPN
        for session, request in waiters:
            session.answer(request, status)


def _not_sent(refusal: dialect.Refused, *, whole: bool, pause: float) -> NotSent:
    if whole:
        return NotSent(
            reason=refusal.reason,
            permanent=refusal.permanent,
            code=refusal.code,
            retry_after=max(pause, 1.0),
        )
    reason = f"{refusal.reason} to a segment after it had accepted others"
    return NotSent(reason=reason, permanent=True, code=refusal.code)


class CarrierSession(Session):
    """One connection of a trunk."""

    def __init__(self, timers: Timers, trunk: SmppTrunk) -> None:
        super().__init__(timers)
        self._trunk = trunk

    def on_request(self, request: pdu.Pdu) -> None:
        if isinstance(request, pdu.ShortMessage | pdu.DataMessage) and request.command != pdu.SUBMIT_SM:
            self._trunk.arrive(self, request)
        elif not isinstance(request, pdu.AlertNotification | pdu.Outbind):  # these two have no response
            self.send(pdu.Pdu(command=pdu.GENERIC_NACK, status=Status.ESME_RINVCMDID, sequence=request.sequence))

    def answer(self, request: pdu.Pdu, status: Status) -> None:
        """deliver_sm_resp or data_sm_resp."""
        self.send(pdu.MessageResp(command=request.command | pdu.RESPONSE, sequence=request.sequence, status=status))
