"""Debian's Postfix from `deploy/postfix`, in a folder of its own on loopback, ended by its own process."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.stories.conftest import needed
from tests.stories.house import eventually

DEPLOYED = Path(__file__).parents[2] / "deploy/postfix"


class Postfix:
    """A running one: `door` is where the world brings mail, `out` where the house does."""

    def __init__(self, folder: Path, door: int, out: int) -> None:
        self.folder, self.door, self.out = folder, door, out

    @property
    def log(self) -> str:
        file = self.folder / "log/mail.log"
        return file.read_text() if file.exists() else ""

    @property
    def queued(self) -> int:
        """Mails that wait in it."""
        return sum(1 for name in ("incoming", "active", "deferred") for _ in (self.folder / "queue" / name).rglob("*?"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def postfix(mx: int, world: int, bounces: str) -> Iterator[Postfix]:
    """Start one: `mx` is the house's door for others' mail, `world` the port of the server that all mail goes to."""
    program = needed("postfix")
    if os.geteuid() != 0:
        pytest.skip("Postfix is started by root alone")
    folder = Path(tempfile.mkdtemp(prefix="postfix-", dir="/tmp"))
    folder.chmod(0o755)
    made = Postfix(folder, free_port(), free_port())
    before = os.umask(0o022)  # its users read what is written here; a test of the command line may have closed it
    try:
        _written(made, mx, world, bounces)
    finally:
        os.umask(before)
    checked = subprocess.run(
        [program, "-c", str(folder / "conf"), "check"], capture_output=True, text=True, timeout=60, check=False
    )
    if checked.returncode:
        raise AssertionError(f"{checked.stdout}{checked.stderr}{made.log}")
    process = subprocess.Popen(
        [program, "-c", str(folder / "conf"), "start-fg"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        eventually(lambda: _listens(made.door) and _listens(made.out))
        yield made
    finally:
        master = int((folder / "queue/pid/master.pid").read_text())
        os.kill(master, signal.SIGTERM)
        process.wait(15)
        eventually(lambda: not _listens(made.door))
        shutil.rmtree(folder, ignore_errors=True)


def _written(made: Postfix, mx: int, world: int, bounces: str) -> None:
    """The deployed configuration, with the ports and folders of this one."""
    for name in ("conf", "log", "data", "queue"):
        (made.folder / name).mkdir()
    shutil.chown(made.folder / "data", "postfix")
    main = (DEPLOYED / "main.cf").read_text().replace("127.0.0.1:2526", f"127.0.0.1:{mx}")
    own = {
        "myhostname": "mail.test", "masstransit_bounces": bounces, "inet_protocols": "ipv4",
        "inet_interfaces": "127.0.0.1", "queue_directory": made.folder / "queue",
        "data_directory": made.folder / "data", "maillog_file": made.folder / "log/mail.log",
        "maillog_file_prefixes": made.folder / "log", "relayhost": f"[127.0.0.1]:{world}",
        "smtp_dns_support_level": "disabled", "smtp_host_lookup": "native",
    }  # fmt: skip
    main = main.replace("[127.0.0.1]:2526", f"[127.0.0.1]:{mx}")
    master = (DEPLOYED / "master.cf").read_text()
    master = master.replace("smtp       inet", f"127.0.0.1:{made.door} inet").replace(
        ":10025 inet", f":{made.out} inet"
    )
    kept = [line for line in main.splitlines() if line.partition(" ")[0] not in own]
    told = [f"{name} = {value}" for name, value in own.items()]
    (made.folder / "conf/main.cf").write_text("\n".join([*kept, *told]) + "\n")
    (made.folder / "conf/master.cf").write_text(master)


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as heard:
            return heard.recv(4).startswith(b"220")
    except OSError:
        return False
