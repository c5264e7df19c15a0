"""Our side of a connection to another server, byte for byte."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence

import pytest

from masstransit.channels.smtp.line import Broken, Line

ABLE = b"250-mx.test\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250 8bitmime\r\n"
HELLO = len("EHLO us.x\r\n")
MAIL = (b"MAIL FROM:<a@x.test>", b"RCPT TO:<b@y.test>", b"DATA")


class Script:
    """A server that says its lines: each once the client has said so many bytes more as are told."""

    def __init__(self, *turns: tuple[int, bytes]) -> None:
        self.turns = turns
        self.heard: list[bytes] = []
        self.over = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            for size, said in self.turns:
                if size:
                    self.heard.append(await reader.readexactly(size))
                writer.write(said)
                await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        self.over.set()


@contextlib.asynccontextmanager
async def a_line(script: Script, patience: float = 5.0) -> AsyncIterator[Line]:
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    line = await Line.opened("127.0.0.1", server.sockets[0].getsockname()[1], patience)
    try:
        yield line
    finally:
        line.close()
        await asyncio.wait_for(script.over.wait(), 10)
        server.close()
        await server.wait_closed()


def size_of(commands: Sequence[bytes]) -> int:
    return sum(len(command) + 2 for command in commands)


async def test_a_mail_goes_in_one_go_where_the_server_takes_commands_together() -> None:
    replies = b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n"
    script = Script(
        (0, b"220 mx.test\r\n"), (HELLO, ABLE), (size_of(MAIL), replies), (17, b"250-2.0.0\r\n250 taken\r\n")
    )
    async with a_line(script) as line:
        assert (await line.greet("us.x")).code == 250
        assert line.able == {"PIPELINING": "", "SIZE": "1000", "8BITMIME": ""}
        assert [reply.code for reply in await line.ask(*MAIL)] == [250, 250, 354]
        assert (await line.letter(b"hello\r\n.dot")).text == "2.0.0\ntaken"
        assert line.is_open
    assert script.heard[2] == b"hello\r\n..dot\r\n.\r\n"


async def test_else_one_command_waits_for_another_and_a_refusal_is_the_end() -> None:
    script = Script(
        (0, b"220 mx\r\n"), (HELLO, b"250 mx\r\n"), (size_of(MAIL[:1]), b"250 ok\r\n"), (20, b"550 5.1.1 no\r\n")
    )
    async with a_line(script) as line:
        await line.greet("us.x")
        assert [reply.code for reply in await line.ask(*MAIL)] == [250, 550]


async def test_a_server_that_knows_no_ehlo_is_greeted_as_of_old() -> None:
    script = Script((0, b"220 mx\r\n"), (HELLO, b"502 5.5.1 what?\r\n"), (HELLO, b"250 mx\r\n"))
    async with a_line(script) as line:
        assert (await line.greet("us.x")).code == 250
        assert line.able == {}
    assert script.heard == [b"EHLO us.x\r\n", b"HELO us.x\r\n"]


async def test_who_refuses_and_hangs_up_has_refused() -> None:
    script = Script((0, b"220 mx\r\n"), (HELLO, ABLE), (size_of(MAIL), b"250 ok\r\n554 5.7.1 we do not like you\r\n"))
    async with a_line(script) as line:
        await line.greet("us.x")
        assert [reply.code for reply in await line.ask(*MAIL)] == [250, 554]
        with pytest.raises(Broken):
            await line.say(b"RSET")
        assert not line.is_open


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n", b"25 ok\r\n", b"220" + b"-x" * 40_000, b""])
async def test_what_is_no_smtp_breaks_the_line(said: bytes) -> None:
    async with a_line(Script((0, said))) as line:
        with pytest.raises(Broken):
            await line.greet("us.x")


async def test_who_falls_silent_is_not_waited_for() -> None:
    async with a_line(Script((0, b"220-mx.test\r\n"), (1000, b"")), 0.05) as line:
        with pytest.raises(Broken, match=r"no answer within 0\.05 s"):
            await line.greet("us.x")


async def test_what_is_said_before_tls_is_not_taken_for_what_is_said_in_it() -> None:
    script = Script((0, b"220 mx\r\n"), (HELLO, b"250-mx\r\n250 STARTTLS\r\n"), (10, b"220 go\r\n250 forged\r\n"))
    async with a_line(script) as line:
        await line.greet("us.x")
        with pytest.raises(Broken, match="before TLS"):
            await line.secure(ssl.create_default_context(), "mx.test", "us.x")


async def test_log_in_goes_by_login_where_there_is_nothing_else() -> None:
    script = Script(
        (0, b"220 mx\r\n"),
        (HELLO, b"250-mx\r\n250 AUTH LOGIN\r\n"),
        (12, b"334 VXNlcm5hbWU6\r\n"),
        (6, b"334 UGFzc3dvcmQ6\r\n"),
        (6, b"235 2.7.0 in\r\n"),
    )
    async with a_line(script) as line:
        await line.greet("us.x")
        assert (await line.log_in("ada", "key")).code == 235
    assert script.heard[2:] == [b"YWRh\r\n", b"a2V5\r\n"]
