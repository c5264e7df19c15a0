"""Phones that we did not write: Debian's baresip, without a sound card. What one says is a file, what it hears another.

It is told what to do over a socket of its own (JSON in netstrings), and says there what happens to it.
"""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.stories.talker import LOUD, RATE

_CONFIG = """
poll_method epoll
sip_listen 127.0.0.1:0
audio_player aubridge,nobody
audio_source aufile,{said}
audio_alert aubridge,nobody
snd_path {heard}
rtp_ports 40000-49999
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{port}
"""


class Baresip:
    """One phone, registered with its login, which says a tone."""

    def __init__(self, program: str, folder: Path, server: str, login: Mapping[str, str], pitch: float) -> None:
        self._folder = folder
        self.events: list[dict[str, Any]] = []
        self._connection: socket.socket | None = None
        said, heard, port = folder / "said.wav", folder / "heard", _free_port()
        heard.mkdir(parents=True)
        _write_tone(said, pitch)
        modules = next(path for path in _MODULES if Path(path).is_dir())
        (folder / "config").write_text(_CONFIG.format(said=said, heard=heard, modules=modules, port=port))
        user, password = login["username"], login["password"]
        (folder / "accounts").write_text(
            f"<sip:{user}@{server};transport=udp>;auth_user={user};auth_pass={password};regint=600;answermode=manual\n"
        )
        (folder / "contacts").write_text("")
        self._out = (folder / "out").open("w")
        self.process = subprocess.Popen(
            [program, "-f", str(folder)],
            stdout=self._out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        try:
            self._connect(port)
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Baresip:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- what it does -----------------------------------------------------------------------------------------------

    def do(self, command: str, params: str = "") -> None:
        """Have it do something: dial, accept, hangup, sndcode."""
        assert self._connection is not None
        told = json.dumps({"command": command, "params": params}).encode()
        self._connection.sendall(b"%d:%s," % (len(told), told))

    def happened(self, kind: str, *, within: float = 10.0, times: int = 1) -> dict[str, Any]:
        """The last event of a kind, as soon as so many came."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            found = [event for event in self.events if event.get("type") == kind]
            if len(found) >= times:
                return found[-1]
            time.sleep(0.01)
        raise AssertionError(f"{kind} did not happen; what did: {self.events}\n{self.seen()}")

    def registered(self, *, within: float = 15.0) -> None:
        """It is registered; that may have been before it could tell, so what it printed counts too."""
        until = time.monotonic() + within
        while "200 OK () [1 binding]" not in self.seen():
            assert time.monotonic() < until, self.seen()
            time.sleep(0.01)

    def keys(self) -> str:
        """Those that it heard."""
        return "".join(event["param"] for event in self.events if event.get("type") == "CALL_DTMF_START")

    def heard(self) -> NDArray[np.int16]:
        """What it heard in its last call, so far."""
        files = sorted((self._folder / "heard").glob("*-dec.wav"), key=lambda file: file.stat().st_mtime)
        content = files[-1].read_bytes() if files else b""
        return np.frombuffer(content[44 : len(content) // 2 * 2], "<i2")

    def seen(self) -> str:
        """What it printed."""
        return (self._folder / "out").read_text(errors="replace")[-4000:]

    def stop(self) -> None:
        """End it."""
        if self._connection is not None:
            self._connection.close()
        self.process.terminate()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._out.close()

    # --- what it says -----------------------------------------------------------------------------------------------

    def _connect(self, port: int) -> None:
        until = time.monotonic() + 15
        while self._connection is None:
            try:
                self._connection = socket.create_connection(("127.0.0.1", port))
            except ConnectionError:
                assert time.monotonic() < until, self.seen()
                assert self.process.poll() is None, self.seen()
                time.sleep(0.02)
        threading.Thread(target=self._listen, args=(self._connection,), daemon=True).start()

    def _listen(self, connection: socket.socket) -> None:
        kept = b""
        while True:
            try:
                came = connection.recv(65_536)
            except OSError:
                return
            if not came:
                return
            kept += came
            while (length := kept.partition(b":")[0]).isdigit() and len(kept) >= len(length) + int(length) + 2:
                start = len(length) + 1
                told = json.loads(kept[start : start + int(length)])
                kept = kept[start + int(length) + 1 :]
                if told.get("event"):
                    self.events.append(told)


_MODULES = ("/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _write_tone(file: Path, pitch: float) -> None:
    """Two minutes of it: longer than any story's call."""
    with wave.open(str(file), "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(RATE)
        made.writeframes((LOUD * np.sin(2 * np.pi * pitch * np.arange(120 * RATE) / RATE)).astype("<i2").tobytes())
