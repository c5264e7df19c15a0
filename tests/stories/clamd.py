"""A real clamd, for as long as a story takes: on a Unix socket of its own, with one signature of ours."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import time
from pathlib import Path

from tests.stories.conftest import needed

_CONF = """\
Foreground yes
LocalSocket {socket}
DatabaseDirectory {folder}/db
LogFile {folder}/log.txt
PidFile {folder}/pid
User root
StreamMaxLength 1M
AlertExceedsMax yes
AlertEncrypted yes
"""
WORD = b"only clamd knows this sentence and no rule of the house"


class RunningClamd:
    """`with RunningClamd(tmp_path) as clamd: clamd.socket`. It knows a file that has nothing but `WORD` in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "clamd"
        self.socket = str(self._folder / "s")

    def __enter__(self) -> RunningClamd:
        program = needed("clamd")
        (self._folder / "db").mkdir(parents=True)
        told = f"{hashlib.md5(WORD).hexdigest()}:{len(WORD)}:House.Test\n"
        (self._folder / "db" / "house.hdb").write_text(told)
        conf = self._folder / "clamd.conf"
        conf.write_text(_CONF.format(socket=self.socket, folder=self._folder))
        self._process = subprocess.Popen(
            [program, "--config-file", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 20
        while not self._answers():
            assert time.monotonic() < until, "clamd did not get ready"
            assert self._process.poll() is None, (self._folder / "log.txt").read_text()
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(15)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as asked:
            try:
                asked.connect(self.socket)
                asked.sendall(b"zPING\0")
                return asked.recv(16) == b"PONG\0"
            except OSError:
                return False
