"""The door for customers' mail (RFC 6409), on aiosmtpd.

    EHLO, STARTTLS (RFC 3207), AUTH PLAIN and LOGIN (RFC 4954), SIZE (RFC 1870), 8BITMIME, SMTPUTF8 (RFC 6531),
    PIPELINING (RFC 2920), DSN (RFC 3461), ENHANCEDSTATUSCODES (RFC 2034)

Nobody hands in mail who did not log in, and nobody logs in over a line that others can read: from another machine only
in TLS. Each recipient is asked about when it is named, so that who can't be written to is refused by name; the letter
is decided when it is there. Every line, size, wait and number has a bound, and what breaks one is answered in SMTP's
words. What was answered 250 is on record.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
import ssl
from collections.abc import Coroutine, Sequence
from typing import Any, cast

import msgspec
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from masstransit.carriage.mailing.outbox import Handed, Recipient
from masstransit.channels.smtp import answers
from masstransit.channels.smtp.door import Admitted, Door
from masstransit.errors import BadAddress, BadInput, StorageUnavailable
from masstransit.model.address import EmailAddress, email_address
from masstransit.model.decision import Verdict

log = logging.getLogger("masstransit.smtp")
logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd's own tells addresses

_GUESSES = 3  # wrong log-ins on a connection
_COMMANDS = 2000  # of one name on a connection
_NOTIFY = re.compile(r"NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY)){0,2}", re.IGNORECASE)
_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")  # RFC 3461 section 4
_PLAIN = re.compile(r"<([\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*)@([\w.-]+)>(.*)", re.ASCII)
_NOT_NOW = "451 4.3.0 Nothing can be stored just now; try again"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a connection may ask for."""

    largest: int = 26_214_400  #: bytes of a letter
    recipients: int = 100
    connections: int = 500
    idle: float = 300.0  #: seconds


class Submission:
    """Listens."""

    def __init__(self, door: Door, *, name: str, limits: Limits, tls: ssl.SSLContext | None) -> None:
        self._door = door
        self._name = name
        self._limits = limits
        self._tls = tls
        self._servers: list[asyncio.Server] = []
        self._sessions: set[_Session] = set()

    async def listen(self, host: str, port: int) -> int:
        """Open it; the port that it has. Raises `OSError`."""
        server = await asyncio.get_running_loop().create_server(self._session, host, port, backlog=512)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Take nobody in any more, and let letters be answered that are under way."""
        for server in self._servers:
            server.close()
        for session in list(self._sessions):
            await session.finish()

    def _session(self) -> asyncio.Protocol:
        return _Session(self._door, self._sessions, name=self._name, limits=self._limits, tls=self._tls)


class _Session(SMTP):
    """One connection."""

    line_length_limit = 1001  # RFC 5321 section 4.5.3.1.6, and a dot
    local_part_limit = 64

    def __init__(
        self, door: Door, others: set[_Session], *, name: str, limits: Limits, tls: ssl.SSLContext | None
    ) -> None:
        super().__init__(
            _Hooks(door, limits),
            data_size_limit=limits.largest,
            enable_SMTPUTF8=True,
            hostname=name,
            ident="ESMTP",
            tls_context=tls,
            timeout=limits.idle,
            auth_required=True,
            command_call_limit={"*": _COMMANDS},
            loop=asyncio.get_running_loop(),
        )
        self._door = door
        self._others = others
        self._most = limits.connections
        self._guesses = 0
        self._deciding = asyncio.Lock()
        self._grouped = False  # whether the reply to this command may wait for the next one's
        self._replies: list[bytes] = []

    # --- the connection -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername") or ("",)
        self._auth_require_tls = not _is_here(str(peer[0]))
        if self not in self._others and len(self._others) >= self._most:
            cast("asyncio.Transport", transport).write(b"421 4.3.2 Too many connections\r\n")
            transport.close()
            return
        self._others.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self in self._others:
            self._others.discard(self)
            super().connection_lost(error)

    async def finish(self) -> None:
        """Close, once a letter that is being decided was answered."""
        async with self._deciding:
            if self.transport is not None:
                self.transport.close()

    async def push(self, status: str | bytes) -> None:
        """Reply. Replies to commands that came together leave together (RFC 2920 section 3.2)."""
        self._replies.append(status.encode() if isinstance(status, str) else status)
        if self._grouped and b"\n" in self._reader._buffer:  # type: ignore[attr-defined] # noqa: SLF001
            return
        self._writer.write(b"\r\n".join([*self._replies, b""]))
        self._replies.clear()
        await self._writer.drain()

    async def handle_exception(self, error: Exception) -> str:
        if isinstance(error, StorageUnavailable):
            return _NOT_NOW
        log.exception("a connection for mail broke", exc_info=error)
        return "451 4.3.0 Something broke here; try again"

    # --- log-in ---------------------------------------------------------------------------------------------------

    def _authenticate(self, mechanism: str, auth_data: Any) -> AuthResult:
        """What was brought; it is looked at by `_known`, which can wait."""
        return AuthResult(success=False, handled=False, auth_data=auth_data)

    async def auth_PLAIN(self, _: Any, args: list[str]) -> AuthResult:  # noqa: N802 - as aiosmtpd finds it
        return await self._known(await super().auth_PLAIN(_, args))

    async def auth_LOGIN(self, _: Any, args: list[str]) -> AuthResult:  # noqa: N802
        return await self._known(await super().auth_LOGIN(_, args))

    async def _known(self, brought: AuthResult) -> AuthResult:
        told = brought.auth_data
        if not isinstance(told, LoginPassword) or self.session is None:
            return brought
        user, password = told.login.decode("utf-8", "replace"), told.password.decode("utf-8", "replace")
        answer = await self._door.log_in(user, password, _host_of(self.session.peer))
        if isinstance(answer, Admitted):
            return AuthResult(success=True, auth_data=answer)
        self._guesses += 1
        if self._guesses < _GUESSES:
            return AuthResult(success=False, handled=False, message=answer.answer)
        await self.push("421 4.7.0 Too many wrong log-ins")
        if self.transport is not None:
            self.transport.close()
        return AuthResult(success=False, handled=True)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The mailbox and what follows it. Most are plain, and the parser of header fields takes long for those."""
        plain = _PLAIN.fullmatch(arg)
        if plain is None or len(plain[1]) > self.local_part_limit:
            return super()._getaddr(arg)
        return f"{plain[1]}@{plain[2]}", plain[3]

    # --- parameters that aiosmtpd does not know ---------------------------------------------------------------------

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        rest, told = _taken_out(arg, ("RET", "ENVID"))
        if told is None or told.get("RET", "HDRS").upper() not in {"HDRS", "FULL"}:
            await self.push("501 5.5.4 RET is HDRS or FULL, ENVID is written as RFC 3461 says")
            return
        await self._in_group(super().smtp_MAIL(rest))
        if isinstance(self.envelope, _Envelope) and self.envelope.mail_from is not None:
            self.envelope.envid = told.get("ENVID", "")[:100]

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        rest, told = _taken_out(arg, ("NOTIFY", "ORCPT"))
        if told is None or not _NOTIFY.fullmatch(told.get("NOTIFY", "NEVER")):
            await self.push("501 5.5.4 NOTIFY is NEVER, or SUCCESS, FAILURE, DELAY; ORCPT is rfc822;ADDRESS")
            return
        if isinstance(self.envelope, _Envelope):
            self.envelope.asked = (told.get("NOTIFY", "").upper(), told.get("ORCPT", "")[:500])
        await self._in_group(super().smtp_RCPT(rest))

    async def _in_group(self, command: Coroutine[Any, Any, None]) -> None:
        """Those commands after which a client may go on without waiting (RFC 2920 section 3.1)."""
        self._grouped = True
        try:
            await command
        finally:
            self._grouped = False

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        async with self._deciding:
            await super().smtp_DATA(arg)

    def _create_envelope(self) -> Envelope:
        return _Envelope()


class _Envelope(Envelope):
    """An envelope with what its sender wants to hear."""

    def __init__(self) -> None:
        super().__init__()
        self.envid = ""
        self.asked: tuple[str, str] = ("", "")  # of the recipient that is being named
        self.sender: EmailAddress | None = None  # None: no bounces are wanted
        self.recipients: list[Recipient] = []


class _Hooks:
    """What aiosmtpd asks as a letter comes in."""

    def __init__(self, door: Door, limits: Limits) -> None:
        self._door = door
        self._limits = limits

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname[:255]
        return [*responses[:-1], "250-PIPELINING", "250-DSN", "250-ENHANCEDSTATUSCODES", responses[-1]]

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: _Envelope, address: str, options: list[str]
    ) -> str:
        if address == "<>":
            envelope.mail_from, envelope.sender = "<>", None
            return "250 2.1.0 Ok"
        try:
            envelope.sender = _mailbox(address)
        except BadAddress as wrong:
            return answers.plain(f"553 5.1.7 {wrong}")
        envelope.mail_from = envelope.sender.text
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: _Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.recipients) >= self._limits.recipients:
            return f"452 4.5.3 A mail goes to {self._limits.recipients} at the most; send it again to the others"
        try:
            recipient = _mailbox(address)
        except BadAddress as wrong:
            return answers.plain(f"553 5.1.3 {wrong}")
        decision = await self._door.foretell(_who(session), envelope.sender or recipient, recipient)
        finding = decision.deciding
        if answers.overloaded(decision):
            return answers.no(decision)
        if decision.verdict is Verdict.REFUSE and not (finding is not None and finding.by_content):
            return answers.no(decision)
        notify, original = envelope.asked
        if recipient not in (named.address for named in envelope.recipients):
            envelope.recipients.append(Recipient(address=recipient, notify=notify, original=original))
        envelope.rcpt_tos.append(recipient.text)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: _Envelope) -> str:  # noqa: N802
        who = _who(session)
        handed = Handed(
            account=who.account,
            principal=who.principal,
            channel="smtp",
            source=bytes(envelope.original_content or b""),
            return_path=envelope.sender.text if envelope.sender else "",
            recipients=tuple(envelope.recipients),
            envelope=envelope.envid,
        )
        try:
            offered = await self._door.take(handed)
            refused = [o.communication for o in offered if not answers.accepted(o.decision)]
            if refused and len(refused) < len(offered):
                await self._door.tell_refused(refused)
        except BadInput as wrong:
            return answers.plain(f"554 5.6.0 {wrong}")
        except StorageUnavailable:
            return _NOT_NOW
        return answers.after_data(offered)


def _who(session: Session) -> Admitted:
    """Who logged in: aiosmtpd lets nobody else so far."""
    return cast("Admitted", session.auth_data)


def _host_of(peer: Any) -> str:
    """The internet address of a connection's other end."""
    return str(peer[0]) if peer else ""


def _mailbox(address: str) -> EmailAddress:
    """A mailbox of an SMTP command, its domain in ASCII (RFC 5890). Raises `BadAddress`."""
    local, _, domain = address.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode() if not domain.isascii() else domain
    except UnicodeError as wrong:
        raise BadAddress(f"'{domain[:64]}' is no domain") from wrong
    return email_address(f"{local}@{ascii_domain}")


def _taken_out(arg: str | None, names: Sequence[str]) -> tuple[str | None, dict[str, str] | None]:
    """A command's argument without some of its parameters, and those as they stand. None: one is written wrong."""
    if arg is None:
        return None, {}
    told: dict[str, str] = {}
    rest = []
    for word in arg.split(" "):
        name, equals, value = word.partition("=")
        if not equals or name.upper() not in names:
            rest.append(word)
        elif not value or not _XTEXT.fullmatch(value) or name.upper() in told:
            return arg, None
        else:
            told[name.upper()] = value
    return " ".join(rest), told


def _is_here(host: str) -> bool:
    """Whether it is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
