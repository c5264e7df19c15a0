"""The door for other servers' mail (MX), on aiosmtpd.

    EHLO, STARTTLS (RFC 3207), SIZE (RFC 1870), 8BITMIME, SMTPUTF8 (RFC 6531), PIPELINING (RFC 2920); XFORWARD from a
    Postfix of the operator's own, which says whom it took the mail from

Who brings mail does not log in, and nothing is relayed: mail is taken for an address that somebody here has, and each
recipient is asked about when it is named. What was answered 250 is on record; what could not be stored or looked up is
answered 451 and comes again. Every line, size, wait and number has a bound.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import logging
import re
import ssl
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from masstransit.carriage.channel import File, Inbound
from masstransit.carriage.mailroom.sorting import Mailroom, Use
from masstransit.carriage.mailroom.values import Complaint
from masstransit.channels.smtp import aggregate, arrived, bounce
from masstransit.channels.smtp.authentication import Authenticator
from masstransit.channels.smtp.authentication import Envelope as Came
from masstransit.clock import Clock
from masstransit.errors import BadAddress, BadInput, StorageUnavailable
from masstransit.model.address import EmailAddress, email_address
from masstransit.model.decision import Decision, Verdict
from masstransit.model.mail import Authentication

log = logging.getLogger("masstransit.smtp")
logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd's own tells addresses

NAME = "mx"  #: the channel's
_STRANGERS = 10  # recipients that nobody is, on a connection: whoever names more is guessing (clause 9)
_HOPS = 50  # servers that a mail went over: RFC 5321 section 6.3 asks for 100 at the most
_COMMANDS = 2000  # of one name on a connection
_MINUTE = 60.0
_CLIENTS = 10_000  # addresses whose mails are counted
_RECEIVED = re.compile(rb"^received:", re.IGNORECASE | re.MULTILINE)
_XTEXT = re.compile(r"\+([0-9A-Fa-f]{2})")
_NOT_NOW = "451 4.3.0 Nothing can be stored just now; try again"
_NOBODY = "<>"  # as aiosmtpd has the sender of what is about another mail
_TAKEN = "250 2.0.0 Ok: taken"
_LONGEST = 480  # octets of a reply line that are ours: RFC 5321 section 4.5.3.1.5 has 512


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much other servers may ask for."""

    largest: int = 26_214_400  #: bytes of a mail
    recipients: int = 100
    connections: int = 500
    a_client: int = 20  #: connections of one address
    a_minute: int = 600  #: mails of one address
    idle: float = 300.0  #: seconds


class Readers(msgspec.Struct, frozen=True):
    """What reads mails that another channel knows better."""

    feedback: Callable[[bytes], Complaint | None]  #: a feedback loop's report; None: it is no complaint


class Exchanger:
    """Listens. `in_front` are the operator's own servers, whose word counts for whom they took a mail from."""

    def __init__(
        self,
        mailroom: Mailroom,
        authenticator: Authenticator,
        readers: Readers,
        clock: Clock,
        *,
        name: str,
        limits: Limits,
        in_front: Sequence[str] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.mailroom = mailroom
        self.authenticator = authenticator
        self.readers = readers
        self.clock = clock
        self.limits = limits
        self._name = name
        self._in_front = frozenset(in_front)
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._open: dict[str, int] = defaultdict(int)
        self._mails: dict[str, deque[float]] = {}

    async def listen(self, host: str, port: int) -> int:
        """Open the door; the port it has. Raises `OSError`."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, host, port)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def close(self) -> None:
        """Close the door: who is in the middle of a mail brings it again."""
        if self._server is not None:
            self._server.close()
        self.authenticator.close()

    def trusts(self, ip: str) -> bool:
        return ip in self._in_front

    def enters(self, ip: str) -> bool:
        """Whether a connection from an address may stay; it counts until it `leaves`."""
        most = self.limits.connections if self.trusts(ip) else self.limits.a_client
        if sum(self._open.values()) >= self.limits.connections or self._open[ip] >= most:
            return False
        self._open[ip] += 1
        return True

    def leaves(self, ip: str) -> None:
        self._open[ip] -= 1
        if not self._open[ip]:
            del self._open[ip]

    def too_fast(self, ip: str) -> bool:
        """Whether an address brings more than it may; this mail is counted where it may not."""
        now = time.monotonic()
        sent = self._mails.setdefault(ip, deque())
        while sent and sent[0] < now - _MINUTE:
            sent.popleft()
        if len(sent) >= self.limits.a_minute:
            return True
        sent.append(now)
        if len(self._mails) > _CLIENTS:
            self._mails = {each: times for each, times in self._mails.items() if times[-1] > now - _MINUTE}
        return False

    def _session(self) -> SMTP:
        return _Session(
            self,
            _Mail(self),
            hostname=self._name,
            ident="MassTransit",
            data_size_limit=self.limits.largest,
            enable_SMTPUTF8=True,
            tls_context=self._tls,
            timeout=self.limits.idle,
            command_call_limit=_COMMANDS,
        )


class _Session(SMTP):
    """One connection."""

    def __init__(self, exchanger: Exchanger, handler: _Mail, **more: Any) -> None:
        super().__init__(handler, **more)
        self._exchanger = exchanger
        self._handler = handler
        self._ip = ""

    def connection_made(self, transport: Any) -> None:
        peer = transport.get_extra_info("peername")
        ip = peer[0] if isinstance(peer, tuple) else "127.0.0.1"
        if not self._ip and not self._exchanger.enters(ip):
            transport.write(b"421 4.7.0 Too many connections; try again later\r\n")
            transport.close()
            return
        self._ip = ip  # after STARTTLS the same connection is made again
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._ip:
            return  # it was turned away
        super().connection_lost(error)
        self._exchanger.leaves(self._ip)
        self._ip = ""

    @syntax("XFORWARD attribute=value...")
    async def smtp_XFORWARD(self, arg: str | None) -> None:  # noqa: N802 - as aiosmtpd finds it
        """Postfix says whom it took a mail from: ADDR and HELO, in xtext."""
        if not self._exchanger.trusts(self._ip):
            await self.push("550 5.7.1 Not from here")
            return
        told = dict(each.partition("=")[::2] for each in (arg or "").split())
        self._handler.forwarded |= {
            name.upper(): _XTEXT.sub(lambda found: chr(int(found[1], 16)), value) for name, value in told.items()
        }
        await self.push("250 2.0.0 Ok")


class _Mail:
    """What aiosmtpd asks, one command after the other."""

    def __init__(self, exchanger: Exchanger) -> None:
        self._exchanger = exchanger
        self.forwarded: dict[str, str] = {}  #: what a server of the operator's says of whom it took the mail from
        self._uses: dict[str, Use] = {}
        self._strangers = 0

    async def handle_EHLO(  # noqa: N802 - as aiosmtpd calls it
        self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        more = ["250-PIPELINING", "250-ENHANCEDSTATUSCODES"]
        if self._exchanger.trusts(_peer(session)):
            more.append("250-XFORWARD NAME ADDR PROTO HELO SOURCE PORT")
        return [*responses[:-1], *more, responses[-1]]

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str | None, options: list[str]
    ) -> str:
        self._uses = {}
        if address != _NOBODY:
            try:
                address = _mailbox(address or "").text
            except BadAddress:
                return "501 5.1.7 This sender is no mailbox"
        if self._exchanger.too_fast(self._came(session, "").ip):
            return "451 4.7.1 Too many mails a minute; try again later"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= self._exchanger.limits.recipients:
            return "452 4.5.3 Too many recipients; bring it again for the others"
        if self._strangers >= _STRANGERS:
            return "550 5.7.1 Too many of the recipients that you name are nobody's"
        try:
            recipient = _mailbox(address)
            use = await self._exchanger.mailroom.use_of(recipient)
        except BadAddress:
            use = None
        except StorageUnavailable:
            return _NOT_NOW
        if use is None:
            self._strangers += 1
            return "550 5.1.1 There is no such mailbox here"
        self._uses[recipient.text] = use
        if recipient.text not in envelope.rcpt_tos:
            envelope.rcpt_tos.append(recipient.text)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        mail = envelope.original_content or b""
        head = mail.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        if len(_RECEIVED.findall(head)) > _HOPS:
            return "554 5.4.6 This mail goes round in circles"
        posted = _Posted(self._exchanger, mail, self._came(session, envelope.mail_from or ""))
        try:
            answers = [await posted.to(email_address(each), self._uses[each]) for each in envelope.rcpt_tos]
        except StorageUnavailable:
            return _NOT_NOW
        return next((each for code in "425" for each in answers if each.startswith(code)), _TAKEN)

    async def handle_exception(self, error: Exception) -> str:
        log.error("a mail could not be taken", exc_info=error)
        return "451 4.3.0 Something broke here; try again"

    def _came(self, session: Session, mail_from: str) -> Came:
        """Whom a mail comes from: by what a server of the operator's says, else who is connected."""
        mail_from = "" if mail_from == _NOBODY else mail_from
        ip = self.forwarded.get("ADDR", "").removeprefix("IPV6:")
        try:
            ipaddress.ip_address(ip)
        except ValueError:
            return Came(ip=_peer(session), helo=session.host_name or "", mail_from=mail_from)
        return Came(ip=ip, helo=self.forwarded.get("HELO", ""), mail_from=mail_from)


def _peer(session: Session) -> str:
    """The internet address of who is connected."""
    return str((session.peer or ("",))[0])


def _mailbox(told: str) -> EmailAddress:
    """An address of the envelope. Raises `BadAddress`, also where its letters are those of no charset."""
    if any("\ud800" <= letter <= "\udfff" for letter in told):
        raise BadAddress("this address is not in UTF-8 (RFC 6531)")
    return email_address(told)


class _Posted:
    """One mail, read and authenticated once for all whom it goes to."""

    def __init__(self, exchanger: Exchanger, mail: bytes, came: Came) -> None:
        self._exchanger = exchanger
        self._mailroom = exchanger.mailroom
        self._mail = mail
        self._came = came
        self._read: arrived.Arrived | BadInput | None = None
        self._proof: Authentication | None = None

    async def to(self, recipient: EmailAddress, use: Use) -> str:
        """Bring it to one of them; what is answered. Raises `StorageUnavailable`."""
        try:
            if use == "customer":
                return await self._to_customer(recipient)
            if use == "unsubscribe":
                await self._mailroom.unsubscribed(recipient)
            elif use == "bounce":
                await self._to_return_path(recipient)
            elif use == "feedback":
                return await self._to_feedback()
            else:
                return await self._to_reports()
        except BadInput as wrong:
            return _plain(f"554 5.6.0 {wrong}")
        return _TAKEN

    async def _to_customer(self, recipient: EmailAddress) -> str:
        mail, proof = await self._opened()
        if not self._came.mail_from and (told := await asyncio.to_thread(bounce.read, self._mail)) is not None:
            await self._mailroom.bounced_to_customer(recipient, told)
        decision = await self._mailroom.receive(
            Inbound(
                trunk=NAME,
                sender=mail.sender,
                recipient=recipient,
                text=mail.text,
                at=self._exchanger.clock.now(),
                carrier_id=hashlib.sha256(self._mail + recipient.text.encode()).hexdigest(),
                letter=mail.letter,
                authentication=proof,
                html=mail.html,
                headers=mail.headers,
                source=self._mail,
                words=mail.words,
                files=tuple(File(data=f.data, name=f.name, content_type=f.claimed) for f in mail.files),
                automatic=mail.automatic,
                answered=True,  # mail's opt-outs are confirmed to nobody: a forged From would be written to
            )
        )
        return "550 5.1.1 There is no such mailbox here" if decision is None else _answer(decision)

    async def _to_return_path(self, recipient: EmailAddress) -> None:
        told = await asyncio.to_thread(bounce.read, self._mail)
        if told is not None:  # else an auto-reply, which says nothing of the mail
            await self._mailroom.bounced(recipient, told)

    async def _to_feedback(self) -> str:
        forged = await self._forged()
        told = await asyncio.to_thread(self._exchanger.readers.feedback, self._mail)
        if told is not None and not forged:
            await self._mailroom.complained(told, self._mail)
        return forged or _TAKEN

    async def _to_reports(self) -> str:
        forged = await self._forged()
        if not forged:
            await self._mailroom.reported(await asyncio.to_thread(aggregate.read, self._mail))
        return forged or _TAKEN

    async def _forged(self) -> str:
        """What is answered to a report that is not from whom it says; "" where it may be. Raises `BadInput`."""
        _, proof = await self._opened()
        if proof.dmarc == "temperror":
            return "451 4.7.5 Whether this mail is from whom it says can't be looked up just now"
        return "550 5.7.1 The domain in From is not proven" if proof.dmarc == "fail" else ""

    async def _opened(self) -> tuple[arrived.Arrived, Authentication]:
        """What it says, and whether it is from whom it says. Raises `BadInput`."""
        if self._read is None:
            try:
                self._read = await asyncio.to_thread(arrived.read, self._mail, self._came.mail_from)
            except BadInput as wrong:
                self._read = wrong
        if isinstance(self._read, BadInput):
            raise self._read
        if self._proof is None:
            domain = self._read.sender.text.rpartition("@")[2]
            self._proof = await self._exchanger.authenticator.look(self._mail, self._came, domain)
        return self._read, self._proof


def _answer(decision: Decision) -> str:
    """The gate's verdict in SMTP's words, with why, and what to do about it."""
    finding = decision.deciding
    if decision.verdict is Verdict.DELAY and finding is not None:
        return _plain(f"451 4.7.5 {finding.reason}; {finding.remedy}")
    if decision.verdict is Verdict.REFUSE and finding is not None:
        code = "554 5.7.1" if finding.by_content else "550 5.7.1"
        return _plain(f"{code} Clause {finding.clause}: {finding.reason}; {finding.remedy} [{decision.id}]")
    return f"250 2.0.0 Ok: {decision.subject}"


def _plain(reply: str) -> str:
    """One line of ASCII that no server chokes on."""
    return " ".join(reply.encode("ascii", "replace").decode().split())[:_LONGEST]
