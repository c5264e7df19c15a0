"""Reads a registry's file: hundreds of millions of phone numbers, a line each, some MiB at a time.

Lines that are as registries write them are read together, at some tens of nanoseconds each. What is written otherwise
is tried again without the blanks, dashes, dots and brackets that people set, and what is left then goes one by one
through `rows.on_a_list`, so that a bad line is told as in any other import.

The first line names the columns: `number`, or `area_code` and `number`; others are passed over, for registries have
their own. A file without such a line is read as registries give it out: a number a line, or area code and number
(`202,5550123`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, BinaryIO, TypeAlias

import msgspec
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from masstransit.carriage import rows
from masstransit.carriage.rows import Whose
from masstransit.errors import BadInput
from masstransit.storage.number_file import Numbers

Places: TypeAlias = NDArray[np.intp]
Octets: TypeAlias = NDArray[np.uint8]

_AT_ONCE = 1 << 22  # bytes
_LONGEST = 1 << 20  # bytes of a line
_SET = b" ()-./"  # what people set between digits
_NUMBER = re.compile(r"[+(]*[0-9][0-9 ()./+-]*")
_AREA_CODE = re.compile(r"[2-9][0-9]{2}")
_NEWLINE, _COMMA, _PLUS, _ZERO = b"\n,+0"
_SHORTEST_NUMBER, _LONGEST_NUMBER = 7, 15  # digits: `model.address.digits_of`
_NATIONAL = 10  # digits of a North American number without its country
_BOM = b"\xef\xbb\xbf"


class Read(msgspec.Struct, frozen=True):
    """What some lines say."""

    numbers: Numbers  #: as integers, 12125550123
    bad: Sequence[tuple[int, str]]  #: (line, why)


class NumberList:
    """A registry's file, to be gone through once."""

    def __init__(self, source: BinaryIO, whose: Whose, mapped: Mapping[str, str] = MappingProxyType({})) -> None:
        """`mapped` says how the file calls columns. Raises `BadInput` for a file that is empty or whose columns are not
        a list's."""
        self._whose = whose
        self._code = whose.calling_code
        self._pieces = _pieces(source)
        first = next(self._pieces, b"").removeprefix(_BOM)
        head, _, rest = first.partition(b"\n")
        self._columns, headed = _columns(head, mapped)
        self._begin = rest if headed else first
        self._lines = 1 if headed else 0  # that were read
        self._cells = _cells(self._columns)

    def __iter__(self) -> Iterator[Read]:
        """Raises `BadInput` for what is no text of lines."""
        yield self._read(self._begin)
        for piece in self._pieces:
            yield self._read(piece)

    def _read(self, text: bytes) -> Read:
        """What a piece says, which ends where a line does."""
        numbers, odd = self._together(text)
        starts, ends = _lines(np.frombuffer(text, np.uint8))
        lines = [text[start:end] for start, end in zip(starts[odd].tolist(), ends[odd].tolist(), strict=True)]
        more, still = self._together(b"".join(line.translate(None, _SET) + b"\n" for line in lines))
        alone, bad = self._one_by_one([(int(odd[place]), lines[place]) for place in still.tolist()])
        self._lines += len(starts)
        return Read(np.concatenate((numbers, more, alone)), bad)

    # --- many lines at once ---------------------------------------------------------------------------------------

    def _together(self, text: bytes) -> tuple[Numbers, Places]:
        """The numbers of those lines that have digits and nothing else where a number belongs, with or without a plus;
        and which lines are otherwise."""
        octets = np.frombuffer(text, np.uint8)
        starts, ends = _lines(octets)
        if not self._cells or not len(starts):
            return np.empty(0, np.int64), np.arange(len(starts))
        stops = self._stops(octets, starts, ends)
        starts = starts + (octets[starts] == _PLUS)
        lengths, read = stops - starts, np.zeros(len(starts), np.bool_)
        found: list[Numbers] = [np.empty(0, np.int64)]
        split = self._cells - 1  # the comma between area code and number
        for length in range(_SHORTEST_NUMBER + split, _LONGEST_NUMBER + split + 1):
            at = np.flatnonzero(lengths == length)
            if len(at):
                numbers, fine = self._of_length(sliding_window_view(octets, length)[starts[at]])
                found.append(numbers[fine])
                read[at[fine]] = True
        return np.concatenate(found), np.flatnonzero(~read)

    def _stops(self, octets: Octets, starts: Places, ends: Places) -> Places:
        """Where the number of each line ends; where it begins, for a line that has not as many values as columns."""
        if len(self._columns) == self._cells:
            return ends
        commas = np.append(np.flatnonzero(octets == _COMMA), [0] * self._cells)
        before, after = (commas[: -self._cells].searchsorted(side) for side in (starts, ends))
        return np.where(after - before == len(self._columns) - 1, commas[before + self._cells - 1], starts)

    def _of_length(self, cells: Octets) -> tuple[Numbers, NDArray[np.bool_]]:
        """Numbers of one length, a row each, and which of them are a list's."""
        fine = np.ones(len(cells), np.bool_)
        if self._cells == 2:
            fine = cells[:, 3] == _COMMA
            cells = np.delete(cells, 3, axis=1)
        length = cells.shape[1]
        numbers = np.zeros(len(cells), np.int64)
        for place in range(length):
            digit = cells[:, place] - np.uint8(_ZERO)  # what is no digit is above 9 then
            fine &= digit <= 9
            numbers = numbers * 10 + digit
        if self._code == "1" and length == _NATIONAL:
            return numbers + 10**_NATIONAL, fine & (numbers >= 10 ** (_NATIONAL - 1))
        if self._code == "1" and length != _NATIONAL + 1:
            return numbers, np.zeros(len(cells), np.bool_)
        return numbers, fine & (numbers // 10 ** (length - len(self._code)) == int(self._code))

    # --- one line after the other ---------------------------------------------------------------------------------

    def _one_by_one(self, lines: Sequence[tuple[int, bytes]]) -> tuple[Numbers, list[tuple[int, str]]]:
        numbers: list[int] = []
        bad: list[tuple[int, str]] = []
        for place, line in lines:
            try:
                number = self._number(line)
            except BadInput as wrong:
                bad.append((self._lines + place + 1, str(wrong)))
                continue
            if number is not None:
                numbers.append(number)
        return np.array(numbers, np.int64), bad

    def _number(self, line: bytes) -> int | None:
        """None for a line without anything. Raises `BadInput`."""
        text = line.decode("utf-8", "replace").replace("\x00", "")
        try:
            row: Any = next(csv.DictReader([text], self._columns, strict=True), None)
        except csv.Error as wrong:
            row = {None: str(wrong)}
        return None if row is None else rows.on_a_list(rows.trimmed(row), self._whose)


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    """The file in pieces that end where a line does, whatever ends a line in it: CR LF, LF or CR."""
    rest = b""
    while piece := source.read(_AT_ONCE):
        text = rest + piece
        held = b"\r" if text.endswith(b"\r") else b""  # its LF may be yet to come
        text = text.removesuffix(b"\r")
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        end = text.rfind(b"\n") + 1
        if end:
            yield text[:end]
        rest = text[end:] + held
        if len(rest) > _LONGEST:
            raise BadInput(f"a line is longer than {_LONGEST} bytes: this is no list of numbers, one a line")
    if rest:
        yield rest.removesuffix(b"\r") + b"\n"


def _lines(octets: Octets) -> tuple[Places, Places]:
    """Where each line begins, and where it ends."""
    ends = np.flatnonzero(octets == _NEWLINE)
    return np.concatenate(([0], ends[:-1] + 1))[: len(ends)], ends


def _columns(head: bytes, mapped: Mapping[str, str]) -> tuple[list[str], bool]:
    """The columns, and whether the file's first line names them."""
    text = head.decode("utf-8", "replace").replace("\x00", "")
    named = [name.strip() for name in next(csv.reader([text]), [])]
    if not any(named):
        raise BadInput("the first line is empty; it names the columns: number, or area_code and number")
    if missing := [source for source in mapped.values() if source not in named]:
        raise BadInput(f"--map: the file has no column '{missing[0][:40]}'; it has {', '.join(named)[:200]}")
    if mapped:
        ours = {source: name for name, source in mapped.items()}
        named = [ours.get(name, "" if name in mapped else name) for name in named]
    if _NUMBER.fullmatch(named[0]):
        others = [f"column {place}" for place in range(2, len(named) + 1)]
        if others and _AREA_CODE.fullmatch(named[0]):
            return ["area_code", "number", *others[1:]], False
        return ["number", *others], False
    if "number" not in named:
        raise BadInput(
            "the column 'number' is missing; do-not-call needs number, or area_code and number", field="number"
        )
    return named, True


def _cells(columns: Sequence[str]) -> int:
    """In how many of a line's first values the number is: in one, in two with its area code, or 0 for elsewhere."""
    if columns[:2] == ["area_code", "number"]:
        return 2
    return int(columns[0] == "number" and "area_code" not in columns)
