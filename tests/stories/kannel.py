"""Kannel: bearerbox bound to the house as an ESME, and a smsbox that takes HTTP."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


class _Listener(ThreadingHTTPServer):
    request_queue_size = 1024  # smsbox calls for every report at once
    daemon_threads = True


class Kannel:
    """Both boxes, stopped by pid; and a small HTTP server that hears reports (`/dlr`) and messages (`/mo`)."""

    def __init__(
        self,
        folder: Path,
        programs: tuple[str, str],
        smsc: tuple[str, int],
        system_id: str,
        password: str,
        *,
        log_level: int = 1,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.reports: list[dict[str, str]] = []
        self.messages: list[dict[str, str]] = []
        self._programs = programs
        self._log_level = log_level
        self._admin, self._box, self.send_port = free_port(), free_port(), free_port()
        self._listener = _Listener(("127.0.0.1", 0), self._handler())
        self._configuration = folder / "kannel.conf"
        self._configuration.write_text(self._text(smsc, system_id, password))
        self._processes: list[subprocess.Popen[bytes]] = []

    def _text(self, smsc: tuple[str, int], system_id: str, password: str) -> str:
        heard = f"http://127.0.0.1:{self._listener.server_address[1]}"
        return f"""
group = core
admin-port = {self._admin}
admin-password = admin
admin-interface = 127.0.0.1
smsbox-port = {self._box}
smsbox-interface = 127.0.0.1
log-file = {self.folder}/bearerbox.log
log-level = {self._log_level}
box-allow-ip = 127.0.0.1
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = house
host = {smsc[0]}
port = {smsc[1]}
smsc-username = {system_id}
smsc-password = {password}
system-type = ""
transceiver-mode = true
max-pending-submits = 100
reconnect-delay = 1
source-addr-ton = 1
source-addr-npi = 1
dest-addr-ton = 1
dest-addr-npi = 1
msg-id-type = 0

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {self._box}
sendsms-port = {self.send_port}
sendsms-interface = 127.0.0.1
log-file = {self.folder}/smsbox.log
log-level = {self._log_level}
http-request-retry = 3

group = sendsms-user
username = story
password = story
user-allow-ip = 127.0.0.1
max-messages = 10
concatenation = true

group = sms-service
keyword = default
catch-all = true
get-url = "{heard}/mo?from=%p&to=%P&text=%a"
max-messages = 0
omit-empty = true
"""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        reports, messages = self.reports, self.messages

        class Heard(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                fields = {key: values[0] for key, values in parse_qs(url.query).items()}
                (reports if url.path == "/dlr" else messages).append(fields)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Heard

    def __enter__(self) -> Kannel:
        threading.Thread(target=self._listener.serve_forever, daemon=True).start()
        bearerbox, smsbox = self._programs
        self._processes.append(self._start(bearerbox, "bearerbox.out"))
        self._wait(self._box)
        self._processes.append(self._start(smsbox, "smsbox.out"))
        self._wait(self.send_port)
        return self

    def _start(self, program: str, log: str) -> subprocess.Popen[bytes]:
        with (self.folder / log).open("wb") as out:
            return subprocess.Popen([program, str(self._configuration)], stdout=out, stderr=out, cwd=self.folder)

    def _wait(self, port: int) -> None:
        until = time.monotonic() + 15
        while time.monotonic() < until:
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"Kannel did not start: {(self.folder / 'bearerbox.log').read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._listener.shutdown()
        self._listener.server_close()

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._processes]

    @property
    def report_url(self) -> str:
        return f"http://127.0.0.1:{self._listener.server_address[1]}/dlr?type=%d&id=%F&answer=%A"

    def send(self, client: httpx.Client, sender: str, recipient: str, text: str, *, report: bool = True) -> None:
        """Hand one message to smsbox."""
        fields = {"username": "story", "password": "story", "from": sender, "to": recipient, "text": text}
        if report:
            fields |= {"dlr-mask": "3", "dlr-url": self.report_url}
        answer = client.get(f"http://127.0.0.1:{self.send_port}/cgi-bin/sendsms", params=fields)
        assert answer.status_code == 202, answer.text
