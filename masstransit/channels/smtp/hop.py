"""One connection to the next server, by which mails are handed over one after another (RFC 5321 section 3)."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from typing import Literal

import aiosmtplib
import msgspec

from masstransit.errors import ConfigError

_LONGEST = 400  # characters of an answer that are kept
_KEPT_FOR = 30.0  # seconds that a connection waits for the next mail
_KEPT = 4  # connections to one server that wait
_MAILS = 100  # over one connection
_COMMANDS = 6  # that may each take as long as `timeout`
Tls = Literal["opportunistic", "required", "off"]


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
    at: Literal["connect", "mail", "recipient", "data"]

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
        self._idle: dict[str, list[tuple[float, int, aiosmtplib.SMTP]]] = {}

    async def hand_over(self, host: str, return_path: str, recipient: str, source: bytes) -> str:
        """Hand a mail over to a host; its answer. Raises `Refused` and `Lost`."""
        async with self._connected(host) as client:
            options = self._options(client, return_path, recipient, source)
            await _said("mail", client.mail(return_path, options=options, encoding="utf-8"))
            await _said("recipient", client.rcpt(recipient, encoding="utf-8"))
            try:
                answer = await _said("data", client.data(source))
            except Lost as lost:
                raise Lost(str(lost), unsure=True) from lost
            return _words(answer.message)

    def _options(self, client: aiosmtplib.SMTP, return_path: str, recipient: str, source: bytes) -> Sequence[str]:
        """What its extensions are told of the mail. Raises `Refused` where it takes no such addresses."""
        options = []
        if client.supports_extension("size"):
            options.append(f"SIZE={len(source)}")
        if not source.isascii() and client.supports_extension("8bitmime"):
            options.append("BODY=8BITMIME")
        head = source.partition(b"\r\n\r\n")[0]
        if not (return_path.isascii() and recipient.isascii() and head.isascii()):
            if not client.supports_extension("smtputf8"):
                raise Refused(Said(code=550, text="5.6.7 the next server takes no addresses or subjects beyond ASCII",
                                   at="mail"))  # fmt: skip
            options.append("SMTPUTF8")
        return options

    @contextlib.asynccontextmanager
    async def _connected(self, host: str) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection that is ours for one mail. It is kept where all went well, or where it said no and goes on."""
        carried, client = self._kept(host)
        try:
            async with asyncio.timeout(_COMMANDS * self._told.timeout):
                if client is None:
                    carried, client = 0, await self._opened(host)
                yield client
        except TimeoutError as silent:
            _close(client)
            raise Lost(f"{host} gave no answer within {self._told.timeout:g} s") from silent
        except Refused:
            await self._keep(host, carried + 1, client)
            raise
        except BaseException:
            _close(client)
            raise
        else:
            await self._keep(host, carried + 1, client)

    def _kept(self, host: str) -> tuple[int, aiosmtplib.SMTP | None]:
        now = asyncio.get_running_loop().time()
        waiting = self._idle.get(host, [])
        while waiting:
            until, carried, client = waiting.pop()
            if until > now and client.is_connected:
                return carried, client
            _close(client)
        return 0, None

    async def _keep(self, host: str, carried: int, client: aiosmtplib.SMTP | None) -> None:
        waiting = self._idle.setdefault(host, [])
        if client is None or not client.is_connected or carried >= _MAILS or len(waiting) >= _KEPT:
            _close(client)
            return
        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError):
            _close(client)
            return
        waiting.append((asyncio.get_running_loop().time() + _KEPT_FOR, carried, client))

    async def _opened(self, host: str) -> aiosmtplib.SMTP:
        """A new connection, greeted, in TLS where that can be, logged in where we are to. Raises `Refused`, `Lost`."""
        told = self._told
        client = aiosmtplib.SMTP(
            hostname=host, port=told.port, timeout=told.timeout, start_tls=False, local_hostname=told.name
        )
        try:
            await _said("connect", client.connect())
            await _said("connect", client.ehlo())
            if self._tls is not None and (told.starttls == "required" or client.supports_extension("starttls")):
                await _said("connect", client.starttls(tls_context=self._tls))
            if told.user:
                await _said("connect", client.login(told.user, told.password))
        except BaseException:
            _close(client)
            raise
        return client

    async def close(self) -> None:
        """Say goodbye to those that wait."""
        for waiting in self._idle.values():
            for _, _, client in waiting:
                with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                    await asyncio.wait_for(client.quit(), 1.0)
                _close(client)
        self._idle.clear()


async def _said(at: Literal["connect", "mail", "recipient", "data"], command: object) -> aiosmtplib.SMTPResponse:
    """An answer; or what was wrong with it. Raises `Refused`, `Lost`."""
    try:
        return await command  # type: ignore[misc, no-any-return]
    except aiosmtplib.SMTPRecipientRefused as refused:
        raise Refused(Said(code=refused.code, text=_words(refused.message), at=at)) from refused
    except aiosmtplib.SMTPResponseException as refused:
        if refused.code < 400:  # it talks nonsense
            raise Lost(f"an answer that nobody expects: {refused.code}") from refused
        raise Refused(Said(code=refused.code, text=_words(refused.message), at=at)) from refused
    except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as lost:
        raise Lost(_words(str(lost)) or type(lost).__name__) from lost


def _words(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]


def _close(client: aiosmtplib.SMTP | None) -> None:
    if client is not None:
        client.close()


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
