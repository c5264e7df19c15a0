"""Debian's Kamailio with the configuration that ships, on loopback, as nobody where we are root."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from tests.stories.sipp import free_port

SHIPPED = Path(__file__).parents[2] / "deploy" / "kamailio" / "kamailio.cfg"
_PONG = b"1_ d6:result4:ponge"
_PING = (
    "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKping;rport\r\n"
    "From: <sip:a@127.0.0.1>;tag=a\r\nTo: <sip:127.0.0.1>\r\nCall-ID: ping\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 9\r\n"
    "Content-Length: 0\r\n\r\n"
)


class Front:
    """Kamailio in front of a house."""

    def __init__(
        self, program: str, folder: Path, defined: Mapping[str, str], *, file: Path = SHIPPED, memory: int = 64
    ) -> None:
        self.port = free_port()
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        run = folder / "run"
        run.mkdir(exist_ok=True)
        run.chmod(0o777)
        told = {"LISTEN": f"udp:127.0.0.1:{self.port}", **defined}
        arguments = [program, "-f", str(file), "-DD", "-E", "-m", str(memory), "-M", "16", "-Y", str(run)]
        arguments += ["-P", str(run / "pid"), "-w", str(run)]
        if os.getuid() == 0:
            arguments += ["-u", "nobody", "-g", "nogroup"]
        for name, value in told.items():
            arguments += ["-A", f"{name}={value}"]
        self._out = (folder / "kamailio.log").open("w")
        self.process = subprocess.Popen(
            arguments, stdout=self._out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True
        )

    def __enter__(self) -> Front:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asks:
            asks.bind(("127.0.0.1", 0))
            asks.settimeout(0.1)
            ping = _PING.format(port=asks.getsockname()[1]).encode()
            until = time.monotonic() + 10
            while time.monotonic() < until and self.process.poll() is None:
                asks.sendto(ping, ("127.0.0.1", self.port))
                try:
                    asks.recv(4096)
                except (TimeoutError, ConnectionError):
                    continue
                return self
        self.stop()
        raise AssertionError(f"Kamailio does not answer:\n{self.log()}")

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it and its workers."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        if not self._out.closed:
            self._out.close()

    def log(self) -> str:
        """The end of what it wrote."""
        return (self.folder / "kamailio.log").read_text(errors="replace")[-6000:]

    @property
    def pids(self) -> list[int]:
        """Its processes."""
        told = subprocess.run(
            ["ps", "-o", "pid=", "--sid", str(self.process.pid)], check=True, capture_output=True, text=True
        )
        return [int(pid) for pid in told.stdout.split()]


class Sound:
    """Debian's rtpengine, without its part in the kernel: relays the sound of calls on loopback."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = free_port()
        self._out = (folder / "rtpengine.log").open("w")
        self._process = subprocess.Popen(
            [
                program, "--config-file=none", "--foreground", "--log-stderr", "--table=-1", "--interface=127.0.0.1",
                f"--listen-ng=127.0.0.1:{self.port}", "--num-threads=2", "--delete-delay=0",
            ],
            stdout=self._out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def __enter__(self) -> Sound:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asks:
            asks.settimeout(0.1)
            until = time.monotonic() + 10
            while time.monotonic() < until and self._process.poll() is None:
                asks.sendto(b"1_ d7:command4:pinge", ("127.0.0.1", self.port))
                with contextlib.suppress(TimeoutError, ConnectionError):
                    if asks.recv(4096) == _PONG:
                        return self
        self.stop()
        raise AssertionError("rtpengine does not answer")

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(5)
        self._out.close()
