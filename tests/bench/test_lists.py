"""The list of real size: its numbers are many, all different, and the same that are imported and looked up."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import lists, registry


def test_no_number_comes_twice_and_each_is_a_line_as_registries_write_it() -> None:
    lines = b"".join(registry.pieces(34_005)).splitlines()
    assert len(lines) == len(set(lines)) == 34_005
    assert {len(line) for line in lines} == {11}
    assert all(line[3:4] == b"," and line[:3].isdigit() and line[4:].isdigit() for line in lines)
    assert {int(line[:3]) for line in lines} == set(registry.AREAS)
    assert {line[4:5] for line in lines} == {b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9"}


def test_there_are_no_more_numbers_than_the_plan_has() -> None:
    with pytest.raises(ValueError, match="at most"):
        next(registry.pieces(len(registry.AREAS) * registry.MOST + 1))


async def test_what_was_made_is_imported_whole_and_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "_BATCHES", 3)
    made = lists.imported(20_000, tmp_path)
    assert made.numbers == 20_000
    assert min(made.seconds, made.cpu_s, made.disk, made.memory_mib) > 0
    assert len(made.cells()) == len(lists.COLUMNS)
    found = await lists.looked_up(tmp_path)
    assert [one.where for one in found] == ["in the file", "facts of messages"]
    assert all(one.us > 0 and len(one.cells()) == len(lists.LOOKED_UP) for one in found)
