"""Files of numbers: what was written is found and nothing else, and nobody meets a half of one."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from masstransit.errors import ConfigError, Conflict
from masstransit.storage import number_file
from masstransit.storage.number_file import NumberFile, clear_out, draft, name_of, write

US = "us-national"
ONE, TWO, THREE = 12125550123, 12125550124, 442079460000
NUMBERS = st.integers(10**6, 10**15 - 1) | st.integers(12125550000, 12125569999)


def written(folder: Path, *numbers: int) -> Path:
    return folder / name_of(US, write(folder, US, numbers).digest)


def among(file: NumberFile, numbers: Collection[int]) -> set[int]:
    asked = np.array(list(numbers), np.int64)
    return set(asked[file.among(asked)].tolist())


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # other work on the machine is no fault
@given(st.lists(st.sets(NUMBERS, max_size=50), max_size=6), st.sets(NUMBERS, max_size=50))
def test_what_was_written_in_pieces_is_found_and_nothing_else(pieces: list[set[int]], others: set[int]) -> None:
    listed = set().union(*pieces)
    neighbours = {number + step for number in listed for step in (-10_000, -1, 1, 10_000)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with draft(folder, US) as begun:
            for piece in pieces:
                begun.add(np.array([*piece, *piece], np.int64))
            made = begun.finish()
        file = NumberFile(folder / name_of(US, made.digest))
        assert made.numbers == file.numbers == len(listed)
        assert among(file, listed | neighbours | others) == listed


def test_an_empty_list_lists_nobody(tmp_path: Path) -> None:
    file = NumberFile(written(tmp_path))
    assert (file.numbers, among(file, {ONE})) == (0, set())


def test_a_file_grows_beyond_its_first_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_file, "_GROWTH", 4096)
    numbers = np.arange(12_120_000_000, 12_122_000_000, 4999)
    with draft(tmp_path, US) as begun:
        for piece in np.array_split(np.random.default_rng(1).permutation(numbers), 7):
            begun.add(piece)
        made = begun.finish()
    file = NumberFile(tmp_path / name_of(US, made.digest))
    assert made.numbers == len(numbers)
    assert file.among(numbers).all()
    assert not file.among(numbers + 1).any()


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "lists"
    file = written(folder, ONE)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_same_numbers_have_the_same_name_and_others_another(tmp_path: Path) -> None:
    first = written(tmp_path, ONE, TWO)
    assert written(tmp_path, TWO, ONE, TWO) == first
    assert written(tmp_path, ONE) != first
    assert write(tmp_path, "us-tx", [ONE, TWO]).digest in first.name


def test_who_has_a_file_open_reads_on_when_it_is_removed(tmp_path: Path) -> None:
    first = written(tmp_path, ONE)
    other = written(tmp_path / "other", ONE)
    file = NumberFile(first)
    second = written(tmp_path, TWO)
    texas = tmp_path / name_of("us", write(tmp_path, "us", [THREE]).digest)
    clear_out(tmp_path, US, {second.name.split(".")[1]})
    assert [path.exists() for path in (first, second, texas, other)] == [False, True, True, True]
    assert among(file, {ONE, TWO}) == {ONE}


def test_a_file_that_is_missing_cut_or_of_something_else_is_told(tmp_path: Path) -> None:
    whole = written(tmp_path, ONE, THREE)
    raw = whole.read_bytes()
    with pytest.raises(ConfigError, match="No such file"):
        NumberFile(tmp_path / "none")
    for damaged in (b"", raw[:40], raw[:-1], raw + b"\0", b"X" + raw[1:], os.urandom(200)):
        whole.write_bytes(damaged)
        with pytest.raises(ConfigError, match="not a whole file"):
            NumberFile(whole)
    whole.write_bytes(raw[:8] + b"\x02" + raw[9:])
    with pytest.raises(ConfigError, match="version 2"):
        NumberFile(whole)


def test_what_breaks_off_leaves_no_file_that_anybody_reads(tmp_path: Path) -> None:
    kept = written(tmp_path, ONE)

    def break_off() -> None:
        with draft(tmp_path, US) as begun:
            begun.add(np.array([TWO]))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert {file.name for file in tmp_path.iterdir()} == {kept.name, f".{US}.lock"}


KILLED = """
import sys, numpy
from pathlib import Path
from masstransit.storage.number_file import draft
with draft(Path(sys.argv[1]), "us-national") as begun:
    begun.add(numpy.arange(12_120_000_000, 12_120_100_000))
    print("under way", flush=True)
    sys.stdin.read()
"""


def test_two_write_one_after_the_other_and_who_was_killed_leaves_no_trouble(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"under way\n"
        with pytest.raises(Conflict, match="another import of us-national is under way"):
            write(tmp_path, US, [ONE])
        write(tmp_path, "us-tx", [ONE])
        other.send_signal(signal.SIGKILL)
    assert (tmp_path / f".{US}.draft").exists()
    file = NumberFile(written(tmp_path, ONE))
    assert (file.numbers, among(file, {ONE, 12_120_000_001})) == (1, {ONE})
    assert not (tmp_path / f".{US}.draft").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "lists").write_text("a file")
    with pytest.raises(ConfigError, match="lists can't be written"):
        write(tmp_path / "lists", US, [ONE])


def test_a_full_disk_is_told_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_file, "_GROWTH", 1 << 62)  # more than any disk has
    with pytest.raises(ConfigError, match="the list on record stays"):
        write(tmp_path, US, [ONE])
    assert not list(tmp_path.glob("*.numbers"))
