"""Kamailio with secsipid: it verifies the Identity header of what it is sent, and signs calls of its own."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
import uuid
from pathlib import Path

ORIGIN = "8a4b1c52-6c7e-4c0e-9d55-3c3a8b4c2f10"  #: what it marks its calls with
_CONFIGURATION = """
debug=2
log_stderror=yes
fork=no
children=1
listen=udp:127.0.0.1:{port}
disable_tcp=yes
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "textopsx.so"
loadmodule "maxfwd.so"
loadmodule "secsipid.so"
modparam("secsipid", "expire", {fresh_for})
modparam("secsipid", "timeout", 1)
modparam("secsipid", "cache_dir", "{cache}/")
modparam("secsipid", "cache_expire", 3600)

request_route {{
    if ($hdr(X-Sign) == "yes") {{
        secsipid_add_identity("$fU", "$rU", "A", "{origin}", "{x5u}", "{key}");
        msg_apply_changes();
        append_to_reply("X-Identity: $hdr(Identity)\\r\\n");
        sl_send_reply("200", "Signed");
        exit;
    }}
    if (secsipid_check_identity("{certificate}")) {{
        sl_send_reply("200", "Verified");
    }} else {{
        sl_send_reply("438", "Invalid Identity Header");
    }}
}}
"""


class Kamailio:
    """One process on loopback, ended by its pid."""

    def __init__(self, folder: Path, program: str, *, key: Path, certificate: Path, x5u: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._program = program
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        (folder / "cache").mkdir()
        self._file = folder / "kamailio.cfg"
        self._file.write_text(
            _CONFIGURATION.format(
                port=self._port,
                fresh_for=60,
                cache=folder / "cache",
                key=key,
                certificate=certificate,
                x5u=x5u,
                origin=ORIGIN,
            )
        )
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Kamailio:
        with (self._folder / "kamailio.log").open("wb") as log:
            self._process = subprocess.Popen(
                [self._program, "-f", str(self._file), "-DD", "-E", "-Y", str(self._folder), "-m", "16", "-M", "8"],
                stdout=log,
                stderr=log,
                cwd=self._folder,
            )
        until = time.monotonic() + 10
        while time.monotonic() < until and self._process.poll() is None:
            with contextlib.suppress(OSError):
                if self._asked({}, within=0.2).startswith("SIP/2.0 "):
                    return self
        raise AssertionError(f"Kamailio did not start: {(self._folder / 'kamailio.log').read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def verifies(self, identity: str, *, orig: str, dest: str) -> str:
        """What it answers to a call with this Identity header: "200 Verified", "438 Invalid Identity Header"."""
        return self._asked({"Identity": identity}, orig, dest).partition("\r\n")[0].removeprefix("SIP/2.0 ")

    def signs(self, *, orig: str, dest: str) -> str:
        """The value of the Identity header that it gives a call."""
        answer = self._asked({"X-Sign": "yes"}, orig, dest)
        return next(line.partition(":")[2].strip() for line in answer.split("\r\n") if line.startswith("X-Identity:"))

    def _asked(self, headers: dict[str, str], orig: str = "1", dest: str = "2", *, within: float = 3.0) -> str:
        """What it answers to an INVITE."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.bind(("127.0.0.1", 0))
            line.connect(("127.0.0.1", self._port))
            line.settimeout(within)
            mine = f"127.0.0.1:{line.getsockname()[1]}"
            told = {
                "Via": f"SIP/2.0/UDP {mine};branch=z9hG4bK{uuid.uuid4().hex}",
                "Max-Forwards": "70",
                "From": f"<sip:{orig}@127.0.0.1>;tag={uuid.uuid4().hex}",
                "To": f"<sip:{dest}@127.0.0.1>",
                "Call-ID": uuid.uuid4().hex,
                "CSeq": "1 INVITE",
                "Contact": f"<sip:{mine}>",
                **headers,
                "Content-Length": "0",
            }
            lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
            line.send(f"INVITE sip:{dest}@127.0.0.1:{self._port} SIP/2.0\r\n{lines}\r\n".encode())
            return line.recv(65_535).decode()
