"""What goes between the house and a worker: each frame is a length of four bytes and a value in MessagePack."""

from __future__ import annotations

from typing import BinaryIO, TypeVar

import msgspec

T = TypeVar("T")


def frame(value: object) -> bytes:
    """A value as it goes over the pipe."""
    said = msgspec.msgpack.encode(value)
    return len(said).to_bytes(4, "big") + said


def read(source: BinaryIO, kind: type[T]) -> T | None:
    """The next value; None: there is no more."""
    length = source.read(4)
    if len(length) < 4:
        return None
    return msgspec.msgpack.decode(source.read(int.from_bytes(length, "big")), type=kind)
