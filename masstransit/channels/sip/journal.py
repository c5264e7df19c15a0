"""Records of calls, until the house has them: a file to which lines are added.

A call is written when it is let out, when it is answered and when it is over, and a line says when the house has its
record. What was written is there after a `kill -9` of either process, and reaches the disk within some 20 ms: a
thread of its own syncs the file, so that the switch never waits for a disk. The file's time is set every second, so
that a call that was going on when the switch was killed is known to have lasted until then.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from masstransit.channels.sip.talk import Ended, Kept, encode

_REST = 0.02  # seconds between syncs: without a rest they would never end, and the house's commits wait for them
_LARGE = 1 << 20  # bytes, from which the file is written anew without what is done


class Going(msgspec.Struct, frozen=True, tag="going"):
    """A call as it stands."""

    call: Ended


_LINE = msgspec.json.Decoder(Ended | Kept | Going)


class Journal:
    """The file, and what in it is not done."""

    def __init__(self, file: Path, *, failed: Callable[[OSError], None]) -> None:
        """Reads what was left. What was going on ended when the file was last touched. Raises `OSError`."""
        self._file = file
        self._going: dict[str, Ended] = {}
        self._unkept: dict[str, Ended] = {}
        self._failed = failed
        self._lock = os.open(file.with_name(f"{file.name}.lock"), os.O_WRONLY | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)  # the switch of a killed house may still be hanging up: wait for its end
        if file.exists():
            self._read()
        self._descriptor = self._opened()
        self._asked = threading.Event()
        threading.Thread(target=self._sync, name="journal", daemon=True).start()

    def unkept(self) -> tuple[Ended, ...]:
        """Records that the house has not acknowledged, the oldest first."""
        return tuple(self._unkept.values())

    def going(self, call: Ended) -> None:
        """A call goes on, as it stands now."""
        self._going[call.id] = call
        self._write(encode(Going(call)))

    def ended(self, record: Ended) -> None:
        """A call is over."""
        self._going.pop(record.id, None)
        self._unkept[record.id] = record
        self._write(encode(record))

    def kept(self, call: str) -> None:
        """The house has the record."""
        if self._unkept.pop(call, None) is None:
            return
        self._write(encode(Kept(call)))
        if os.fstat(self._descriptor).st_size > _LARGE:
            os.close(self._descriptor)
            self._descriptor = self._opened()

    def touch(self) -> None:
        """The switch lives."""
        os.utime(self._descriptor)

    def _write(self, line: bytes) -> None:
        try:
            os.write(self._descriptor, line + b"\n")
        except OSError as full:
            self._failed(full)
        self._asked.set()

    def _sync(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            try:
                os.fsync(self._descriptor)
            except OSError as lost:
                self._failed(lost)
            time.sleep(_REST)

    def _read(self) -> None:
        last = datetime.fromtimestamp(self._file.stat().st_mtime, UTC)
        for line in _whole(self._file.read_bytes()):
            match line:
                case Going(call):
                    self._going[call.id] = call
                case Ended():
                    self._going.pop(line.id, None)
                    self._unkept[line.id] = line
                case Kept(call):
                    self._unkept.pop(call, None)
        for call in self._going.values():
            self._unkept[call.id] = _cut_off(call, last)
        self._going.clear()

    def _opened(self) -> int:
        """The file, written anew with what is not done, open for adding to it."""
        draft = self._file.with_name(f".{self._file.name}.new")
        lines = [encode(Going(call)) for call in self._going.values()] + [
            encode(each) for each in self._unkept.values()
        ]
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        with os.fdopen(os.open(draft, flags, 0o600), "wb") as out:
            out.writelines(line + b"\n" for line in lines)
            out.flush()
            os.fsync(out.fileno())
        draft.rename(self._file)
        return os.open(self._file, os.O_WRONLY | os.O_APPEND)


def _whole(raw: bytes) -> Iterator[Ended | Kept | Going]:
    """The lines of a journal; one that was cut off in the middle is none."""
    for line in raw.split(b"\n"):
        try:
            yield _LINE.decode(line)
        except msgspec.MsgspecError:
            continue


def _cut_off(call: Ended, last: datetime) -> Ended:
    """The record of a call whose switch was killed."""
    known = max(last, call.answered_at or call.ringing_at or call.offered_at)
    status = 200 if call.answered_at is not None else 500
    return msgspec.structs.replace(call, ended_at=known, status=status, released_by="house")
