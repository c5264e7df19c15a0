"""The client's side of one connection that speaks SMTP (RFC 5321): commands out, replies in.

    line = await Line.opened("mx.reader.test", 25, 60.0)
    await line.greet("out.example")
    mail, recipient, data = await line.ask(b"MAIL FROM:<a@x.test>", b"RCPT TO:<b@y.test>", b"DATA")
    taken = await line.letter(source)

Where the server takes commands that come together (PIPELINING, RFC 2920) a mail is two waits, else four. What the
server sends is bounded, and nothing that it said before TLS counts in it (RFC 3207 section 6).
"""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
from collections.abc import Sequence
from typing import cast

import msgspec

_LONGEST = 65_536  # bytes of a reply, all its lines together
_KNOWS_NO_EHLO = frozenset({500, 502, 504})  # RFC 5321 section 3.2
_LINE = re.compile(rb"(\d{3})(?:([ -])(.*))?\r?")
_DOT = re.compile(rb"^\.", re.MULTILINE)


class Reply(msgspec.Struct, frozen=True):
    """What a server answered."""

    code: int
    text: str  #: its lines, one after another

    @property
    def lines(self) -> Sequence[str]:
        return self.text.split("\n")


class Broken(Exception):
    """The other side can't be reached, hung up, fell silent, or does not speak SMTP."""


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._said = bytearray()
        self._heard: asyncio.Future[None] | None = None
        self._lost: Exception | None = None
        self._transport: asyncio.Transport | None = None
        self.able: dict[str, str] = {}  #: the server's extensions, in capitals, with what it says of each

    @classmethod
    async def opened(cls, host: str, port: int, patience: float) -> Line:
        """Connected; for each answer it waits `patience` seconds. Raises `Broken`."""
        line = cls(patience)
        try:
            async with asyncio.timeout(patience):
                await asyncio.get_running_loop().create_connection(lambda: line, host, port)
        except (OSError, TimeoutError) as away:
            raise Broken(str(away) or f"{host} gave no answer") from away
        return line

    # --- what a client says -----------------------------------------------------------------------------------------

    async def greet(self, name: str) -> Reply:
        """Hear the greeting, and say who we are; the last reply, which is a refusal where it is none of 2yz. Raises
        `Broken`."""
        greeting = await self._reply()
        return greeting if greeting.code >= 300 else await self._hello(name)

    async def secure(self, context: ssl.SSLContext, host: str, name: str) -> Reply:
        """Go on in TLS. Raises `Broken`, also where the certificate is not one that the context wants."""
        reply = await self.say(b"STARTTLS")
        if reply.code != 220:
            return reply
        if self._said or self._transport is None:
            raise Broken("it went on talking before TLS")
        try:
            secured = await asyncio.get_running_loop().start_tls(
                self._transport, self, context, server_hostname=host, ssl_handshake_timeout=self._patience
            )
        except (OSError, ssl.SSLError, TimeoutError) as wrong:
            raise Broken(str(wrong) or "no TLS could be made") from wrong
        if secured is None:
            raise Broken("the connection was lost")
        self._transport = secured
        return await self._hello(name)

    async def log_in(self, user: str, password: str) -> Reply:
        """By PLAIN (RFC 4616), or LOGIN where a server has nothing else. Raises `Broken`."""
        able = self.able.get("AUTH", "").upper().split()
        if "PLAIN" in able or "LOGIN" not in able:
            return await self.say(b"AUTH PLAIN " + _in_base64(f"\0{user}\0{password}"))
        reply = await self.say(b"AUTH LOGIN")
        for told in (user, password):
            if reply.code == 334:
                reply = await self.say(_in_base64(told))
        return reply

    async def say(self, command: bytes) -> Reply:
        """One command. Raises `Broken`."""
        self._write(command + b"\r\n")
        return await self._reply()

    async def ask(self, *commands: bytes) -> list[Reply]:
        """Some commands in one go, where the server can take them so; a reply to each. Else one by one, up to the first
        that it refuses. Raises `Broken`."""
        if "PIPELINING" in self.able:
            self._write(b"".join(command + b"\r\n" for command in commands))
            return await self._replies(len(commands))
        replies: list[Reply] = []
        for command in commands:
            replies.append(await self.say(command))
            if replies[-1].code >= 400:
                break
        return replies

    async def _replies(self, count: int) -> list[Reply]:
        """So many; fewer where the server refused something and hung up."""
        replies: list[Reply] = []
        for _ in range(count):
            try:
                replies.append(await self._reply())
            except Broken:
                if all(reply.code < 400 for reply in replies):
                    raise
                break
        return replies

    async def letter(self, source: bytes) -> Reply:
        """A letter, its lines ended by CRLF, after DATA was granted. Raises `Broken`: then nobody knows whether it was
        taken."""
        end = b"" if source.endswith(b"\r\n") or not source else b"\r\n"
        self._write(b"".join((_DOT.sub(b"..", source), end, b".\r\n")))
        return await self._reply()

    # --- the connection -------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether the other side has not hung up, and said nothing that nobody asked for."""
        return self._transport is not None and not self._transport.is_closing() and not self._said

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._said += data
        if len(self._said) > _LONGEST:
            self._said.clear()
            self.close()
            self._lost = Broken("a reply without an end")
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = self._lost or Broken(str(error) if error else "the connection was lost")
        self._transport = None
        self._wake()

    def _wake(self) -> None:
        if self._heard is not None and not self._heard.done():
            self._heard.set_result(None)

    def _write(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            raise self._lost or Broken("the connection was lost")
        self._transport.write(data)

    async def _hello(self, name: str) -> Reply:
        named = name.encode("ascii" if name.isascii() else "idna")
        reply = await self.say(b"EHLO " + named)
        if reply.code in _KNOWS_NO_EHLO:
            return await self.say(b"HELO " + named)
        words = [line.partition(" ") for line in reply.lines[1:]]
        self.able = {keyword.upper(): rest for keyword, _, rest in words} if reply.code == 250 else {}
        return reply

    async def _reply(self) -> Reply:
        """The next reply, when it is there whole."""
        reply = self._taken()  # as when several came together
        if reply is not None:
            return reply
        try:
            async with asyncio.timeout(self._patience):
                while (reply := self._taken()) is None:
                    if self._lost is not None:
                        raise self._lost
                    self._heard = asyncio.get_running_loop().create_future()
                    await self._heard
        except TimeoutError as silent:
            raise Broken(f"no answer within {self._patience:g} s") from silent
        return reply

    def _taken(self) -> Reply | None:
        """The first reply of what was said; None: its last line is not there yet. Raises `Broken` for what is none."""
        texts: list[str] = []
        begin = 0
        while (end := self._said.find(b"\n", begin)) >= 0:
            line = _LINE.fullmatch(self._said, begin, end)
            if line is None:
                raise Broken("it does not speak SMTP")
            texts.append((line[3] or b"").decode("utf-8", "replace").strip())
            begin = end + 1
            if line[2] != b"-":
                code = int(line[1])
                del line  # it holds on to what is cut now
                del self._said[:begin]
                return Reply(code, "\n".join(texts))
        return None


def _in_base64(text: str) -> bytes:
    return base64.b64encode(text.encode())
