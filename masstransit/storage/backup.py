"""Backup and restore: one portable file for both engines, so that a house on SQLite can move onto PostgreSQL.

The file is made from one moment of the database while it serves. It is gzip over frames; a frame is its length (four
bytes, big-endian) and a MessagePack array:

    ["head", {"format": 1, "revision": "0001", "at": "2026-06-03T17:00:00+00:00"}]
    ["rows", "accounts", ["account", "parent", ...], [[...], ...]]        as many as it takes
    ["end", {"accounts": [3, "SHA-256 of its frames in hex"], ...}]

It holds everything, message bodies and, unless they are in a file of their own, the installation's keys: it is made
readable for its owner only, and kept like the database. What lies in folders beside the database is not in it: files,
sounds, pages on their way, and the numbers of do-not-call lists, which are no record of ours. It says which there were.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Connection, Table, Text, column, insert, inspect, select, table, type_coerce
from sqlalchemy.exc import DBAPIError

from masstransit.errors import ConfigError, StorageUnavailable
from masstransit.storage import migrations
from masstransit.storage.engine import open_engine, snapshot
from masstransit.storage.tables import Instant, Json, metadata

_FORMAT = 1
_ROWS = 500  # a frame
_LONGEST = 1 << 28  # bytes of a frame: more is no frame
_STORED: dict[type, type[Any]] = {Instant: BigInteger, Json: Text}

Progress = Callable[[str, int], None]  # a table, and how many of its rows are done


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    revision: str
    at: str


def backup(url: str, to: Path, at: datetime, progress: Progress | None = None) -> Path:
    """Write a backup, and return its file: `to`, or a new one in it where it is a folder.

    Raises `ConfigError` when the file is there already or can't be written, or the schema is not this program's;
    `StorageUnavailable` when the database can't be read.
    """
    file = to / f"masstransit-{at:%Y%m%dT%H%M%SZ}.backup" if to.is_dir() else to
    if file.exists():
        raise ConfigError(f"{file} is there already; name another file")
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    engine = open_engine(url)
    try:
        with snapshot(engine) as connection, os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as raw:
            with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=4, mtime=0) as out:
                _write(connection, out, at, progress or _unheard)
            raw.flush()
            os.fsync(raw.fileno())
        draft.rename(file)
    except OSError as failed:
        raise ConfigError(f"{file} can't be written: {failed.strerror}") from failed
    finally:
        draft.unlink(missing_ok=True)
        engine.dispose()
    return file


def restore(file: Path, url: str, progress: Progress | None = None) -> dict[str, int]:
    """Fill an empty database from a backup, whole or not at all; how many rows each table has.

    A backup of an older schema is brought up to date. Raises `ConfigError` when the database is not empty, or the file
    is damaged or of a newer program; `StorageUnavailable` when the database can't be written.
    """
    engine = open_engine(url)
    try:
        head, manifest = _proven(file)
        with engine.begin() as connection:
            if inspect(connection).get_table_names():
                raise ConfigError("the database is not empty; restore into a new one")
            migrations.upgrade(connection, head.revision)
            _fill(connection, file, progress or _unheard)
            migrations.upgrade(connection)
    except OSError as failed:
        raise ConfigError(f"{file} can't be read: {failed.strerror}") from failed
    except DBAPIError as failed:
        raise StorageUnavailable(f"the database can't be restored: {str(failed.orig).strip()}") from failed
    finally:
        engine.dispose()
    return {name: count for name, (count, _) in manifest.items()}


def _unheard(_: str, __: int) -> None:
    """Nobody asked for progress."""


def _damaged(file: Path) -> ConfigError:
    return ConfigError(f"{file} is not a whole backup: it is damaged or cut off; nothing was restored")


# --- writing ------------------------------------------------------------------------------------------------------


def _write(connection: Connection, out: gzip.GzipFile, at: datetime, progress: Progress) -> None:
    revision = migrations.revision_of(connection)
    if revision != migrations.head():
        raise ConfigError(f"the database's schema is {revision or 'not there yet'}; run: masstransit migrate")
    out.write(_frame("head", _Head(format=_FORMAT, revision=revision, at=at.isoformat())))
    manifest: dict[str, tuple[int, str]] = {}
    for each in metadata.sorted_tables:
        digest, count = hashlib.sha256(), 0
        names = [f"{c.name}" for c in each.columns]  # as plain text: SQLAlchemy's own kind can't be packed
        for rows in _rows(connection, each):
            frame = _frame("rows", f"{each.name}", names, rows)
            out.write(frame)
            digest.update(frame)
            count += len(rows)
            progress(each.name, count)
        manifest[f"{each.name}"] = (count, digest.hexdigest())
    out.write(_frame("end", manifest))


def _rows(connection: Connection, each: Table) -> Iterator[list[list[Any]]]:
    """A table's rows as they are stored, `_ROWS` at a time."""
    stored = [type_coerce(c, _STORED.get(type(c.type), c.type)).label(c.name) for c in each.columns]
    found = connection.execute(select(*stored), execution_options={"yield_per": _ROWS})
    for rows in found.partitions():
        yield [list(row) for row in rows]


def _frame(*parts: Any) -> bytes:
    packed = msgspec.msgpack.encode(parts)
    return len(packed).to_bytes(4, "big") + packed


# --- reading ------------------------------------------------------------------------------------------------------


def _proven(file: Path) -> tuple[_Head, dict[str, tuple[int, str]]]:
    """The head and the manifest of a file that is whole: it is read to its end before anything is done with it."""
    digests: dict[str, Any] = {}
    counts: dict[str, int] = {}
    try:
        frames = _frames(file)
        _, first = next(frames, (b"", []))
        head = msgspec.convert(first[1] if first[:1] == ["head"] else None, _Head)
        for frame, said in frames:
            if said[0] == "end":
                manifest = msgspec.convert(said[1], dict[str, tuple[int, str]])
                found = {name: (counts[name], digest.hexdigest()) for name, digest in digests.items()}
                if next(frames, None) is not None or found != {n: each for n, each in manifest.items() if each[0]}:
                    raise _damaged(file)
                break
            _, name, _, rows = said
            digests.setdefault(name, hashlib.sha256()).update(frame)
            counts[name] = counts.get(name, 0) + len(rows)
        else:
            raise _damaged(file)
    except (gzip.BadGzipFile, EOFError, zlib.error, msgspec.MsgspecError, LookupError, TypeError, ValueError) as broken:
        raise _damaged(file) from broken
    if head.format != _FORMAT:
        raise ConfigError(f"{file} is a backup of format {head.format}; this program reads format {_FORMAT}")
    return head, manifest


def _frames(file: Path) -> Iterator[tuple[bytes, list[Any]]]:
    """Each frame as it is, and what it says."""
    with gzip.open(file, "rb") as source:
        while length := source.read(4):
            size = int.from_bytes(length, "big")
            packed = source.read(size) if size <= _LONGEST else b""
            if len(packed) != size:
                raise _damaged(file)
            yield length + packed, msgspec.msgpack.decode(packed, type=list)


def _fill(connection: Connection, file: Path, progress: Progress) -> None:
    counts: dict[str, int] = {}
    for _, said in _frames(file):
        if said[0] != "rows":
            continue
        _, name, names, rows = said
        into = insert(table(name, *map(column, names)))
        connection.execute(into, [dict(zip(names, row, strict=True)) for row in rows])
        counts[name] = counts.get(name, 0) + len(rows)
        progress(name, counts[name])
