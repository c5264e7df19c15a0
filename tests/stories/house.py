"""The whole program in a process of its own, as an operator starts it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

_READY = re.compile(r"^ready http=(\S+) smpp=(\S+) sip=(\S+) smtp=(\S+)(?: mx=(\S+))?", re.MULTILINE)


class House:
    """A running `masstransit demo` or `masstransit serve`."""

    def __init__(self, data: Path, *, command: str = "demo", config: str = "", **environment: str) -> None:
        self.data = data
        self.command = command
        self._config = config
        self._environment = environment
        self.process: subprocess.Popen[str] | None = None
        self.http = ""
        self.smpp = ("127.0.0.1", 0)
        self.sip = "-"  # HOST:PORT, where MASSTRANSIT_SIP is told
        self.smtp = "-"  # likewise
        self.mx = "-"  # HOST:PORT, where [mail_in] is told

    def __enter__(self) -> House:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, *, http: str = "127.0.0.1:0", smpp: str = "127.0.0.1:0") -> None:
        """Start it and wait for its ready line."""
        self.data.mkdir(parents=True, exist_ok=True)
        arguments = [sys.executable, "-m", "masstransit", self.command]
        if self._config:
            file = self.data / "masstransit.toml"
            file.write_text(self._config)
            arguments += ["--config", str(file)]
        self._log = (self.data / "log.txt").open("a")
        self.process = subprocess.Popen(
            arguments,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=os.environ
            | {
                "MASSTRANSIT_DATA": str(self.data),
                "MASSTRANSIT_HTTP": http,
                "MASSTRANSIT_SMPP": smpp,
                "MASSTRANSIT_SIP": "-",
                "MASSTRANSIT_SMTP": "-",
                "PYTHONUNBUFFERED": "1",
            }
            | self._environment,
        )
        self._wait_for_ready()

    def _wait_for_ready(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        until = time.monotonic() + 30
        while time.monotonic() < until:
            line = self.process.stdout.readline()
            if not line and self.process.poll() is not None:
                break
            found = _READY.search(line)
            if found:
                self.http = f"http://{found[1]}"
                host, _, port = found[2].rpartition(":")
                self.smpp = (host, int(port))
                self.sip, self.smtp, self.mx = found[3], found[4], found[5] or "-"
                return
        raise AssertionError(f"it did not get ready:\n{self.log()}")

    def stop(self) -> None:
        """Stop it as an operator does, and close the log."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"it did not stop when told to:\n{self.log()}") from None
        self._close()

    def kill(self) -> None:
        """`kill -9`."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self._close()

    def _close(self) -> None:
        if self.process is not None and self.process.stdout is not None:
            self.process.stdout.close()
        if not self._log.closed:
            self._log.close()

    def log(self) -> str:
        """The end of what it wrote to its log."""
        return (self.data / "log.txt").read_text()[-8000:]

    @property
    def demo(self) -> dict[str, Any]:
        """What `demo` tells outsiders."""
        read: dict[str, Any] = json.loads((self.data / "demo.json").read_text())
        return read

    def run(self, *arguments: str, input: str | None = None) -> subprocess.CompletedProcess[str]:  # noqa: A002
        """Run another command on the same data."""
        return subprocess.run(
            [sys.executable, "-m", "masstransit", *arguments],
            check=False,
            capture_output=True,
            text=True,
            input=input,
            timeout=120,
            env=os.environ | {"MASSTRANSIT_DATA": str(self.data)} | self._environment,
        )

    # --- phones -----------------------------------------------------------------------------------------------------

    def phone(self, index: int = 0) -> dict[str, str]:
        """One of the virtual phones: its number and URL."""
        found: dict[str, str] = self.demo["phones"][index]
        return found

    def received(self, phone: dict[str, str]) -> list[dict[str, Any]]:
        """What a phone has received."""
        answer = httpx.get(f"{phone['url']}/messages")
        answer.raise_for_status()
        read: list[dict[str, Any]] = answer.json()
        return read

    def answer(self, phone: dict[str, str], to: str, text: str) -> None:
        """A person writes from a phone."""
        httpx.post(f"{phone['url']}/messages", json={"to": to, "text": text}).raise_for_status()


def eventually(check: Any, *, within: float = 10.0, pause: float = 0.05) -> Any:
    """The first truthy answer of `check`; fails after `within` seconds with the last one."""
    until = time.monotonic() + within
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"it did not happen within {within} s; last: {answer!r}")
        time.sleep(pause)


def only_receives(house: House, folder: Path) -> str:
    """A number of the demo's customer that is put on the do-not-originate list while the house serves."""
    number = str(house.demo["numbers"][2])
    file = folder / "silent.csv"
    file.write_text(f"number,source\n{number},its owner\n")
    done = house.run("import", "do-not-originate", str(file))
    assert done.returncode == 0, done.stderr
    return number
