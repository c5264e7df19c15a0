"""Debian's coturn beside a test: a TURN server on loopback."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SECRET = "relaysecret"
REALM = "relay.example"


class Coturn:
    """A running one, which knows whom the house lends it to by the secret alone. From `host` it relays, to `peer`
    alone."""

    def __init__(self, folder: Path, host: str, peer: str) -> None:
        self.folder = folder
        self._host, self._peer = host, peer
        self.port = _free_port()
        self.url = f"turn:127.0.0.1:{self.port}?transport=udp"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self.folder.mkdir(parents=True, exist_ok=True)
        told = (
            "turnserver", "-n", "-L", "127.0.0.1", "-E", self._host, "-p", str(self.port), "-r", REALM,
            "--use-auth-secret", f"--static-auth-secret={SECRET}", "--allow-loopback-peers",
            f"--allowed-peer-ip={self._peer}", "--denied-peer-ip=0.0.0.0-255.255.255.255",
            "--denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "--no-cli", "--no-tls", "--no-dtls",
            "--fingerprint", "-v", "--simple-log", f"--log-file={self.folder / 'log.txt'}",
            f"--pidfile={self.folder / 'pid'}", f"--userdb={self.folder / 'db'}",
        )  # fmt: skip
        with (self.folder / "said.txt").open("ab") as said:
            self._process = subprocess.Popen(told, cwd=self.folder, stdout=said, stderr=said)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "said.txt").read_text()[-2000:])

    def users(self) -> set[str]:
        """The participants whom it was lent to and who used it."""
        return set(re.findall(r"user <\d+:(PA[0-9a-f]{32})>", (self.folder / "log.txt").read_text()))

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)


@contextmanager
def a_coturn(folder: Path, *, host: str = "127.0.0.1", peer: str = "127.0.0.1") -> Iterator[Coturn]:
    """Without the program the test is skipped by name; in CI it has to be there."""
    if shutil.which("turnserver") is None:
        assert os.environ.get("CI") != "true", "coturn is missing, and in CI nothing is skipped"
        pytest.skip("coturn is not installed here")
    coturn = Coturn(folder, host, peer)
    coturn.start()
    try:
        yield coturn
    finally:
        coturn.stop()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
