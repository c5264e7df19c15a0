"""rspamd: the mail filter of Debian's package, on loopback, with the rules that need no network.

It gets a configuration of its own: the package's rules, scores and composites, and of its modules those that look at a
message alone. No block lists, no fuzzy storage, no Redis (so neither Bayes nor a neural network), no maps from
elsewhere. DNS is a local socket that never answers; `questions` says whether anybody asked it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.stories.kannel import free_port

_USER = "_rspamd"  # of the package: it does not run as root
_START = 120.0  # seconds: on its first start it compiles its patterns
_SETTLED = 3.0  # seconds without a new compiled pattern


class Rspamd:
    """One scanning process, stopped by pid."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._folder = Path(tempfile.mkdtemp(prefix="rspamd-bench-"))
        self.port = free_port()
        self._silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._silent.bind(("127.0.0.1", 0))
        self._silent.settimeout(0.0)
        self._configuration = self._folder / "rspamd.conf"
        self._configuration.write_text(configuration(self.port, self._silent.getsockname()[1]))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Rspamd:
        who: list[str] = []
        if os.getuid() == 0:
            shutil.chown(self._folder, _USER, _USER)
            who = ["-u", _USER, "-g", _USER]
        places = [f"--var={name}={self._folder}" for name in ("LOCAL_CONFDIR", "DBDIR", "RUNDIR", "LOGDIR")]
        command = [self._program, "-f", *who, "-c", str(self._configuration), *places]
        with (self._folder / "out.txt").open("wb") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out, cwd=self._folder)
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait(self) -> None:
        """Until it answers, and its patterns are compiled."""
        until = time.monotonic() + _START
        while not self._answers():
            if time.monotonic() > until or self._gone():
                said = (self._folder / "out.txt").read_text(errors="replace")
                raise SystemExit(f"rspamd did not start: {said[-2000:]}")
            time.sleep(0.1)
        seen, since = -1, time.monotonic()
        while time.monotonic() - since < _SETTLED:
            if (compiled := len(list(self._folder.glob("*.hs*")))) != seen:
                seen, since = compiled, time.monotonic()
            time.sleep(0.2)

    def _gone(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _answers(self) -> bool:
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._silent.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pids(self) -> dict[str, int]:
        """Its main process, and those that it started."""
        main = self._process.pid if self._process else 0
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return {"main": main} | {f"child {pid}": int(pid) for pid in children}

    def questions(self) -> int:
        """How many questions for names came that nobody answered."""
        count = 0
        try:
            while True:
                self._silent.recv(4096)
                count += 1
        except BlockingIOError:
            return count


def configuration(port: int, dns: int) -> str:
    """Its settings, in UCL."""
    return f"""
lua = "$RULESDIR/rspamd.lua"
.include "$CONFDIR/actions.conf"
.include "$CONFDIR/groups.conf"
.include "$CONFDIR/composites.conf"
options {{
  pidfile = "$RUNDIR/rspamd.pid";
  filters = "chartable,regexp";
  cache_file = "$DBDIR/symbols.cache";
  hs_cache_dir = "$DBDIR";
  tempdir = "$DBDIR";
  url_tld = "${{SHAREDIR}}/effective_tld_names.dat";
  control_socket = "$DBDIR/rspamd.sock mode=0600";
  dns {{ nameserver = ["127.0.0.1:{dns}"]; timeout = 0.1s; retransmits = 1; sockets = 1; }}
}}
logging {{ type = "file"; filename = "$LOGDIR/rspamd.log"; level = "error"; }}
worker "normal" {{ bind_socket = "127.0.0.1:{port}"; count = 1; mime = true; }}
modules {{ path = "${{PLUGINSDIR}}"; }}
regexp {{ max_size = 1M; }}
chartable {{ threshold = 0.3; symbol = "R_MIXED_CHARSET"; }}
mime_types {{ file = "${{CONFDIR}}/maps.d/mime_types.inc"; }}
hfilter {{
  url_enabled = true; mid_enabled = false;
  helo_enabled = false; hostname_enabled = false; from_enabled = false; rcpt_enabled = false;
}}
phishing {{ symbol = "PHISHING"; openphish_enabled = false; phishtank_enabled = false; }}
forged_recipients {{ symbol_sender = "FORGED_SENDER"; symbol_rcpt = "FORGED_RECIPIENTS"; }}
maillist {{ symbol = "MAILLIST"; }}
"""
