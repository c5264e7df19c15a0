"""Debian's Janus beside a test: on loopback, where only what is said to it counts; or, since it sends no packets over
loopback, in a network namespace of its own, at the other end of a pair of virtual cables."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

SECRET, KEY = "opensesame", "makesrooms"
_PLUGIN, _TRANSPORT = "libjanus_videoroom.so", "libjanus_websockets.so"


class Cables:
    """A namespace, and the addresses at both ends: of RFC 2544's range, which leads nowhere else."""

    def __init__(self) -> None:
        number = os.getpid() % 0x4000
        octets = f"198.18.{number >> 6}.{(number & 0x3F) << 2}"
        head, _, last = octets.rpartition(".")
        self.name = f"mt{os.getpid()}"
        self.here, self.there = f"{head}.{int(last) + 1}", f"{head}.{int(last) + 2}"
        self.near, self.device = f"{self.name}a", f"{self.name}b"

    def lay(self) -> None:
        """Raises `subprocess.CalledProcessError`, `FileNotFoundError`."""
        inside = ("netns", "exec", self.name, "ip")
        for command in (
            ("netns", "add", self.name),
            ("link", "add", self.near, "type", "veth", "peer", "name", self.device, "netns", self.name),
            ("address", "add", f"{self.here}/30", "dev", self.near),
            ("link", "set", self.near, "up"),
            (*inside, "address", "add", f"{self.there}/30", "dev", self.device),
            (*inside, "link", "set", self.device, "up"),
            (*inside, "link", "set", "lo", "up"),
        ):
            subprocess.run(["ip", *command], check=True, capture_output=True, text=True, timeout=10)

    def cut(self) -> None:
        for command in (("link", "del", self.near), ("netns", "del", self.name)):
            with suppress(FileNotFoundError):
                subprocess.run(["ip", *command], check=False, capture_output=True, timeout=10)


class Janus:
    """A running one. `cables` None: on loopback."""

    def __init__(self, folder: Path, cables: Cables | None = None, *, string_ids: bool = False) -> None:
        self.folder = folder
        self.cables = cables
        self.host = cables.there if cables is not None else "127.0.0.1"
        self.port = 8188 if cables is not None else _free_port()
        self.url = f"ws://{self.host}:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self._write(string_ids)

    def _write(self, string_ids: bool) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        modules = next(Path("/usr/lib").glob("*/janus"))
        others = ",".join(file.name for file in (modules / "plugins").glob("*.so") if file.name != _PLUGIN)
        doors = ",".join(file.name for file in (modules / "transports").glob("*.so") if file.name != _TRANSPORT)
        nat = f'ice_enforce_list = "{self.cables.device}"' if self.cables is not None else ""
        folders = " ".join(f'{kind}s_folder = "{modules}/{kind}s"' for kind in ("plugin", "transport"))
        nowhere = f'{self.folder}/none"'
        (self.folder / "janus.jcfg").write_text(
            f'general: {{ configs_folder = "{self.folder}" {folders} events_folder = "{nowhere} '
            f'loggers_folder = "{nowhere} api_secret = "{SECRET}" log_to_stdout = true }}\n'
            f'nat: {{ {nat} }}\nplugins: {{ disable = "{others}" }}\ntransports: {{ disable = "{doors}" }}\n'
        )
        (self.folder / "janus.transport.websockets.jcfg").write_text(
            f'general: {{ ws = true ws_ip = "{self.host}" ws_port = {self.port} wss = false }}\n'
        )
        (self.folder / "janus.plugin.videoroom.jcfg").write_text(
            f'general: {{ admin_key = "{KEY}" string_ids = {str(string_ids).lower()} }}\n'
        )

    def start(self) -> None:
        """Start it, and wait until it listens."""
        inside = ("ip", "netns", "exec", self.cables.name) if self.cables is not None else ()
        command: Sequence[str] = (*inside, "janus", "-F", str(self.folder))
        with (self.folder / "log.txt").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection((self.host, self.port), 1):
                return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log.txt").read_text()[-2000:])

    def kill(self) -> None:
        """It dies."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)


def needed() -> None:
    """Janus itself: Debian's package `janus`."""
    if shutil.which("janus") is None:
        assert os.environ.get("CI") != "true", "janus is missing, and in CI nothing is skipped"
        pytest.skip("janus is not installed here", allow_module_level=True)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def a_janus(folder: Path) -> Iterator[Janus]:
    """On loopback: it answers, and no packet passes."""
    needed()
    janus = Janus(folder)
    janus.start()
    try:
        yield janus
    finally:
        janus.kill()


def never_forwards() -> str:
    """Why no packet can pass here; "": it can. A namespace takes root, and a kernel that lets it."""
    needed()
    cables = Cables()
    try:
        cables.lay()
    except (subprocess.CalledProcessError, FileNotFoundError) as never:
        said = never.stderr.strip() if isinstance(never, subprocess.CalledProcessError) else "there is no `ip`"
        return f"Janus sends nothing over loopback, and no network namespace can be made here: {said}"
    finally:
        cables.cut()
    return ""


@contextmanager
def a_janus_that_forwards(folder: Path) -> Iterator[Janus]:
    """In a namespace."""
    cables = Cables()
    try:
        cables.lay()
        janus = Janus(folder, cables)
        try:
            janus.start()
            yield janus
        finally:
            janus.kill()
    finally:
        cables.cut()
