"""Connections to the next servers, by which mails are handed over one after another (RFC 5321 section 3)."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from typing import Literal

import msgspec

from masstransit.channels.smtp.line import Broken, Line, Reply
from masstransit.errors import ConfigError

_LONGEST = 400  # characters of an answer that are kept
_KEPT_FOR = 30.0  # seconds that a connection waits for the next mail
_KEPT = 20  # connections to one server that wait: as many as a trunk uses at once, unless it is told to use more
_MAILS = 100  # over one connection
_COMMANDS = 6  # that may each take as long as `timeout`
Tls = Literal["opportunistic", "required", "off"]
At = Literal["connect", "mail", "recipient", "data"]
_STEPS: tuple[At, ...] = ("mail", "recipient", "data")


class HopSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the next server is spoken to."""

    name: str  #: as which we greet it
    port: int = 25
    starttls: Tls = "opportunistic"
    authority: str = ""  #: PEM file; "": those that the system trusts
    user: str = ""
    password: str = ""
    timeout: float = 60.0


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a server answered."""

    code: int
    text: str
    at: At

    @property
    def whole(self) -> str:
        return f"{self.code} {self.text}"


class Refused(Exception):
    """A server did not take a mail."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.whole)
        self.said = said


class Lost(Exception):
    """A server can't be reached, or fell silent. `unsure`: it may have taken the mail."""

    def __init__(self, message: str, *, unsure: bool = False) -> None:
        super().__init__(message)
        self.unsure = unsure


class Hops:
    """Connections to servers, kept open for a moment."""

    def __init__(self, told: HopSettings) -> None:
        """Raises `ConfigError` for an authority that can't be used."""
        self._told = told
        self._tls = _context(told)
        self._idle: dict[str, list[tuple[float, int, Line]]] = {}

    async def hand_over(self, host: str, return_path: str, recipient: str, source: bytes) -> str:
        """Hand a mail over to a host; its answer. Raises `Refused` and `Lost`."""
        async with self._connected(host) as line:
            options = _options(line, return_path, recipient, source)
            mail = " ".join([f"MAIL FROM:<{return_path}>", *options])
            replies = await line.ask(mail.encode(), f"RCPT TO:<{recipient}>".encode(), b"DATA")
            refused = next((place for place, reply in enumerate(replies) if reply.code >= 400), None)
            if refused is not None and replies[-1].code == 354:
                await line.letter(b"")  # it goes to nobody (RFC 2920 section 3.1)
            for at, reply in zip(_STEPS, replies, strict=False):
                _heeded(at, reply)
            try:
                return _words(_heeded("data", await line.letter(source)).text)
            except Broken as lost:
                raise Lost(_words(str(lost)), unsure=True) from lost

    @contextlib.asynccontextmanager
    async def _connected(self, host: str) -> AsyncIterator[Line]:
        """A connection that is ours for one mail. It is kept where all went well, or where it said no and goes on."""
        carried, line = self._kept(host)
        try:
            async with asyncio.timeout(_COMMANDS * self._told.timeout):
                if line is None:
                    carried, line = 0, await self._opened(host)
                yield line
        except TimeoutError as silent:
            _close(line)
            raise Lost(f"{host} gave no answer within {self._told.timeout:g} s") from silent
        except Broken as lost:
            _close(line)
            raise Lost(_words(str(lost))) from lost
        except Refused:
            if line is not None and await _forgets(line):
                self._keep(host, carried + 1, line)
            raise
        except BaseException:
            _close(line)
            raise
        else:
            self._keep(host, carried + 1, line)

    def _kept(self, host: str) -> tuple[int, Line | None]:
        now = asyncio.get_running_loop().time()
        waiting = self._idle.get(host, [])
        while waiting:
            until, carried, line = waiting.pop()
            if until > now and line.is_open:
                return carried, line
            line.close()
        return 0, None

    def _keep(self, host: str, carried: int, line: Line) -> None:
        waiting = self._idle.setdefault(host, [])
        if not line.is_open or carried >= _MAILS or len(waiting) >= _KEPT:
            line.close()
        else:
            waiting.append((asyncio.get_running_loop().time() + _KEPT_FOR, carried, line))

    async def _opened(self, host: str) -> Line:
        """A new one, greeted, in TLS where that can be, logged in where we are to. Raises `Refused`, `Broken`."""
        told = self._told
        line = await Line.opened(host, told.port, told.timeout)
        try:
            _heeded("connect", await line.greet(told.name))
            if self._tls is not None and (told.starttls == "required" or "STARTTLS" in line.able):
                _heeded("connect", await line.secure(self._tls, host, told.name))
            if told.user:
                _heeded("connect", await line.log_in(told.user, told.password))
        except BaseException:
            line.close()
            raise
        return line

    async def close(self) -> None:
        """Say goodbye to those that wait."""
        for waiting in self._idle.values():
            for _, _, line in waiting:
                with contextlib.suppress(Broken, TimeoutError):
                    async with asyncio.timeout(1.0):
                        await line.say(b"QUIT")
                line.close()
        self._idle.clear()


def _options(line: Line, return_path: str, recipient: str, source: bytes) -> Sequence[str]:
    """What a server's extensions are told of a mail. Raises `Refused` where it takes no such addresses."""
    options = []
    if "SIZE" in line.able:
        options.append(f"SIZE={len(source)}")
    if not source.isascii() and "8BITMIME" in line.able:
        options.append("BODY=8BITMIME")
    head = source.partition(b"\r\n\r\n")[0]
    if not (return_path.isascii() and recipient.isascii() and head.isascii()):
        if "SMTPUTF8" not in line.able:
            raise Refused(Said(code=550, text="5.6.7 the next server takes no addresses or subjects beyond ASCII",
                               at="mail"))  # fmt: skip
        options.append("SMTPUTF8")
    return options


def _heeded(at: At, reply: Reply) -> Reply:
    """A reply that says go on. Raises `Refused` for one that says no, `Broken` for one that nobody expects."""
    if reply.code >= 400:
        raise Refused(Said(code=reply.code, text=_words(reply.text), at=at))
    if reply.code not in _GO_ON:
        raise Broken(f"an answer that nobody expects: {reply.code}")
    return reply


_GO_ON = frozenset({220, 235, 250, 251, 354})


async def _forgets(line: Line) -> bool:
    """Have a mail that was refused forgotten; one that was taken is over by itself (RFC 5321 section 4.1.1.4). False:
    the server hung up."""
    try:
        return line.is_open and (await line.say(b"RSET")).code == 250
    except Broken:
        return False


def _words(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]


def _close(line: Line | None) -> None:
    if line is not None:
        line.close()


def _context(told: HopSettings) -> ssl.SSLContext | None:
    """How its certificate is looked at: not at all where TLS is only better than nothing (RFC 7435)."""
    if told.starttls == "off":
        return None
    try:
        context = ssl.create_default_context(cafile=told.authority or None)
    except (OSError, ssl.SSLError) as unusable:
        raise ConfigError(f"authority = '{told.authority}' can't be used: {unusable}") from unusable
    if told.starttls == "opportunistic":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
