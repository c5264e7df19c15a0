"""Files of phone numbers: a registry's list of hundreds of millions, mapped into memory and looked up in batches.

A file is written whole, once, and then only read. Its name says what is in it, `REGISTRY.DIGEST.numbers`, where the
digest is the first 16 hex digits of the SHA-256 of all that follows its header; which file of a registry is in force
is said by the database (`storage/do_not_call.py`). A number is its E.164 digits as an integer, 12125550123. Numbers are
kept ten thousand to a block, one bit each, so that a list costs 1,250 bytes for every exchange that it touches:

    header      64 bytes: magic, version, how many blocks, how many numbers (little-endian, as all of it is)
    bitmaps     1,250 bytes a block, in the order in which the blocks appeared; zeros up to a multiple of 8
    blocks      8 bytes each, sorted: number // 10,000
    slots       4 bytes each: where the block's bitmap is

Never write into such a file where it lies: those who read it have it in memory. Copy it under another name and rename
it, as `Draft` does.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from masstransit.errors import ConfigError, Conflict

Numbers: TypeAlias = NDArray[np.int64]

_HEADER = struct.Struct("<8sQQQ32x")
_MAGIC = b"MTNUMBER"
_VERSION = 1
_BLOCK = 10_000  # numbers: in North America, an exchange
_BITMAP = _BLOCK // 8  # bytes
_ENTRY = 8 + 4  # bytes of the index, a block
_GROWTH = 1 << 26  # bytes by which a draft grows
_PIECE = 1 << 24  # bytes that are counted and digested at once
_ENDING = ".numbers"


class Written(msgspec.Struct, frozen=True):
    """A file that is complete."""

    digest: str
    numbers: int  #: different ones


def name_of(registry: str, digest: str) -> str:
    """How the file is called."""
    return f"{registry}.{digest}{_ENDING}"


# --- reading --------------------------------------------------------------------------------------------------------


class NumberFile:
    """A file that is looked up in; its pages are the kernel's, shared by all processes that have it open."""

    def __init__(self, path: Path) -> None:
        """Raises `ConfigError` where the file is not there or not whole."""
        try:
            with path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as failed:
            raise ConfigError(f"{path.name} can't be read: {failed.strerror}") from failed
        except ValueError as empty:
            raise _damaged(path) from empty
        if len(mapped) < _HEADER.size:
            raise _damaged(path)
        magic, version, blocks, self.numbers = _HEADER.unpack_from(mapped)
        index = _index_at(blocks)
        if magic != _MAGIC or len(mapped) != index + blocks * _ENTRY:
            raise _damaged(path)
        if version != _VERSION:
            raise ConfigError(f"{path.name} is of version {version}; this program reads version {_VERSION}")
        mapped.madvise(mmap.MADV_WILLNEED)  # read ahead, so that the first look-ups don't wait for the disk one by one
        self._bitmaps = np.frombuffer(mapped, np.uint8, blocks * _BITMAP, _HEADER.size)
        self._blocks = np.frombuffer(mapped, "<i8", blocks, index)
        self._slots = np.frombuffer(mapped, "<u4", blocks, index + 8 * blocks)

    def among(self, numbers: Numbers) -> NDArray[np.bool_]:
        """Which of these numbers are in the file."""
        if not len(self._blocks):
            return np.zeros(len(numbers), np.bool_)
        blocks = numbers // _BLOCK
        places = numbers - blocks * _BLOCK
        found = np.minimum(self._blocks.searchsorted(blocks), len(self._blocks) - 1)
        octets = self._bitmaps[self._slots[found].astype(np.int64) * _BITMAP + (places >> 3)]
        on: NDArray[np.bool_] = (octets >> (places & 7) & 1 == 1) & (self._blocks[found] == blocks)
        return on


def _damaged(path: Path) -> ConfigError:
    return ConfigError(f"{path.name} is not a whole file of numbers: it is damaged or still being copied")


def _index_at(blocks: int) -> int:
    """Where the index begins: behind the bitmaps, where eight bytes are read at once."""
    return _HEADER.size + (blocks * _BITMAP + 7) // 8 * 8


# --- writing --------------------------------------------------------------------------------------------------------


class Draft:
    """A file that is being written, under a name that nobody reads."""

    def __init__(self, path: Path, registry: str) -> None:
        self._path = path
        self._registry = registry
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._room = 0  # bytes that the disk has given
        self._blocks: Numbers = np.empty(0, np.int64)  # sorted
        self._slots: Numbers = np.empty(0, np.int64)
        self._map, self._bitmaps = self._mapped(_HEADER.size)

    def add(self, numbers: Numbers) -> None:
        """Take numbers up, in any order; what is there already is there. Raises `ConfigError` where the disk is
        full."""
        if not len(numbers):
            return
        ordered = np.sort(numbers)  # so that blocks and bytes are met one after the other
        blocks = ordered // _BLOCK
        places = ordered - blocks * _BLOCK
        firsts = np.flatnonzero(np.diff(blocks, prepend=-1))
        slots = np.repeat(self._slots_of(blocks[firsts]), np.diff(firsts, append=len(blocks)))
        octets = slots * _BITMAP + (places >> 3)
        bits = np.left_shift(1, places & 7).astype(np.uint8)
        firsts = np.flatnonzero(np.diff(octets, prepend=-1))
        self._bitmaps[octets[firsts]] |= np.bitwise_or.reduceat(bits, firsts)

    def finish(self) -> Written:
        """Make it whole and durable, under its name. Raises `ConfigError` where the disk is full."""
        blocks, index = len(self._blocks), _index_at(len(self._blocks))
        self._grow(index + blocks * _ENTRY)
        tail = self._blocks.astype("<i8").tobytes() + self._slots.astype("<u4").tobytes()
        self._map[index : index + len(tail)] = tail
        numbers = sum(int(np.bitwise_count(piece).sum(dtype=np.int64)) for piece in self._pieces(blocks))
        self._map[: _HEADER.size] = _HEADER.pack(_MAGIC, _VERSION, blocks, numbers)
        digest = self._digest(index + len(tail))
        self._let_go()
        folder = self._path.parent
        with _writing(folder):
            os.ftruncate(self._file, index + len(tail))
            os.fsync(self._file)
            self._path.rename(folder / name_of(self._registry, digest))
            _sync(folder)
        return Written(digest, numbers)

    def close(self) -> None:
        """Leave nothing behind but what was finished."""
        self._let_go()
        os.close(self._file)
        self._path.unlink(missing_ok=True)

    def _slots_of(self, blocks: Numbers) -> Numbers:
        """Where the bitmaps of these blocks are, sorted and each one once; new blocks get the next ones."""
        new = np.setdiff1d(blocks, self._blocks, assume_unique=True)
        if len(new):
            known = len(self._blocks)
            self._grow(_HEADER.size + (known + len(new)) * _BITMAP)
            at = self._blocks.searchsorted(new)
            self._slots = np.insert(self._slots, at, np.arange(known, known + len(new)))
            self._blocks = np.insert(self._blocks, at, new)
        return self._slots[self._blocks.searchsorted(blocks)]

    def _grow(self, size: int) -> None:
        if size > self._room:
            self._let_go()
            self._map, self._bitmaps = self._mapped(size)

    def _mapped(self, size: int) -> tuple[mmap.mmap, NDArray[np.uint8]]:
        """The file in memory, with room for `size` bytes. They are asked of the disk: to write into a hole of a full
        disk would end the process."""
        room = -(-size // _GROWTH) * _GROWTH
        with _writing(self._path.parent):
            os.posix_fallocate(self._file, self._room, room - self._room)
        self._room = room
        mapped = mmap.mmap(self._file, room)
        return mapped, np.frombuffer(mapped, np.uint8, offset=_HEADER.size)

    def _let_go(self) -> None:
        self._bitmaps = np.empty(0, np.uint8)
        self._map.close()

    def _pieces(self, blocks: int) -> Iterator[NDArray[np.uint8]]:
        end = blocks * _BITMAP
        return (self._bitmaps[at : min(at + _PIECE, end)] for at in range(0, end, _PIECE))

    def _digest(self, end: int) -> str:
        digest = hashlib.sha256()
        for at in range(_HEADER.size, end, _PIECE):
            digest.update(self._map[at : min(at + _PIECE, end)])
        return digest.hexdigest()[:16]


@contextmanager
def draft(folder: Path, registry: str) -> Iterator[Draft]:
    """A new file of a registry, begun; what an earlier one left that broke off is gone. Nobody else writes files of the
    registry until the end of the block. Raises `Conflict` where somebody does, `ConfigError` where the folder can't be
    written."""
    with _writing(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder, registry):
        with _writing(folder):
            begun = Draft(folder / f".{registry}.draft", registry)
        try:
            yield begun
        finally:
            begun.close()


def write(folder: Path, registry: str, numbers: Iterable[int]) -> Written:
    """A short list at once. A long one goes into a `draft`, piece by piece."""
    with draft(folder, registry) as begun:
        begun.add(np.fromiter(numbers, np.int64))
        return begun.finish()


def clear_out(folder: Path, registry: str, keep: Collection[str]) -> None:
    """Remove the registry's files, but those with these digests. Who has one open goes on reading it."""
    kept = {name_of(registry, digest) for digest in keep}
    for file in folder.glob(name_of(registry, "*")):
        if file.name not in kept:
            file.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path, registry: str) -> Iterator[None]:
    with _writing(folder):
        lock = os.open(folder / f".{registry}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        os.close(lock)
        raise Conflict(f"another import of {registry} is under way: let it end, or end it, and try again") from taken
    try:
        yield
    finally:
        os.close(lock)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """What the disk says against it, as a sentence."""
    try:
        yield
    except OSError as failed:
        raise ConfigError(f"{folder} can't be written: {failed.strerror}; the list on record stays") from failed


def _sync(folder: Path) -> None:
    """Make a change of names durable."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
