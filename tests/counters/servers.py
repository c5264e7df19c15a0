"""Redis servers for tests: Debian's redis-server on free loopback ports, in folders of their own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError


class Server:
    """One redis-server process."""

    def __init__(self, folder: Path, *settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.settings = settings
        self.port = _free_port(cluster="--cluster-enabled" in settings)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                needed("redis-server"),
                *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
                *("--save", "", "--appendonly", "no", "--logfile", "log", *self.settings),
            ]
        )
        _until(lambda: self.client().ping())

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It is there and does not answer."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def client(self) -> Redis:
        return Redis(port=self.port, socket_timeout=2)

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def one(folder: Path) -> Iterator[Server]:
    """A single server."""
    server = Server(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def three(folder: Path) -> Iterator[list[Server]]:
    """A cluster of three primaries."""
    servers = [
        Server(folder / str(i), "--cluster-enabled", "yes", "--cluster-require-full-coverage", "no") for i in range(3)
    ]
    try:
        for server in servers:
            server.start()
        _join(servers)
        yield servers
    finally:
        for server in servers:
            server.stop()


def _join(servers: list[Server]) -> None:
    bounds = [0, 5461, 10923, 16384]
    for i, server in enumerate(servers):
        client: Any = server.client()
        client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", i + 1)
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", bounds[i], bounds[i + 1] - 1)
        client.execute_command("CLUSTER", "MEET", "127.0.0.1", servers[0].port)
    for server in servers:
        _until(lambda server=server: _whole(server.client()))


def move_empty_slot(servers: list[Server], key: str) -> None:
    """Give a key's slot to the next node, with what it holds thrown away."""
    clients: list[Any] = [server.client() for server in servers]
    slot = clients[0].execute_command("CLUSTER", "KEYSLOT", key)
    ids = [bytes(client.execute_command("CLUSTER", "MYID")).decode() for client in clients]
    owner = min(2, slot // 5462)
    heir = (owner + 1) % 3
    clients[owner].flushall()
    for client in (clients[heir], clients[owner], clients[3 - owner - heir]):
        client.execute_command("CLUSTER", "SETSLOT", slot, "NODE", ids[heir])


def _whole(client: Any) -> bool:
    info = client.execute_command("CLUSTER INFO")
    return bool(info["cluster_state"] == "ok" and info["cluster_slots_ok"] == "16384")


def needed(program: str) -> str:
    """A program of the machine; a test that needs it is skipped by name where it is missing, and fails in CI."""
    found = shutil.which(program)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{program} is missing")
        pytest.skip(f"{program} is not installed")
    return found


def _free_port(*, cluster: bool) -> int:
    """A port that is free, and for a cluster the one of its bus, 10000 above, too."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if not cluster:
            return port
        if port > 55_000:
            port -= 20_000
        with socket.socket() as plain, socket.socket() as bus:
            try:
                plain.bind(("127.0.0.1", port))
                bus.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
            return port


def _until(done: Any, *, patience: float = 20.0) -> None:
    end = time.monotonic() + patience
    while True:
        try:
            if done():
                return
        except RedisError:
            if time.monotonic() > end:
                raise
        if time.monotonic() > end:
            pytest.fail("redis-server did not come up")
        time.sleep(0.02)
