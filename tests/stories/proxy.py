"""A CONNECT proxy with its own certificate authority: clients that insist on the SDKs' hosts reach the house.

For tests only: it ends TLS for `*.twilio.com` with a certificate of its own and passes the bytes on to the house, with
the host arriving intact in the requests.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from pathlib import Path

import trustme


class ConnectProxy:
    """Runs in a thread; `url` is for HTTPS_PROXY, `authority` the CA file the client has to trust."""

    def __init__(self, folder: Path, house: tuple[str, int]) -> None:
        authority = trustme.CA()
        certificate = authority.issue_cert("*.twilio.com", "twilio.com")
        self.authority = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.authority))
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self._tls)
        self._house = house
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.hosts: list[str] = []

    def __enter__(self) -> ConnectProxy:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._client, "127.0.0.1", 0), self._loop
        ).result(10)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        others = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, host, _ = head.split("\r\n")[0].split(" ")
        if method != "CONNECT" or not host.endswith(".twilio.com:443"):
            writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            writer.close()
            return
        self.hosts.append(host)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()
        await writer.start_tls(self._tls)
        inner, outer = await asyncio.open_connection(*self._house)
        await asyncio.gather(_pass_on(reader, outer), _pass_on(inner, writer), return_exceptions=True)


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    finally:
        sink.close()
