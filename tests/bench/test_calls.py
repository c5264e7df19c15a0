"""The bench of calls' records measures what it says."""

from __future__ import annotations

from pathlib import Path

from bench import calls


async def test_a_small_day_is_kept_whole_and_its_cells_fit_the_table(tmp_path: Path) -> None:
    judged = await calls.judged(600, tmp_path)
    assert judged.records == 600
    assert judged.cpu_s > 0
    assert len(judged.cells()) == len(calls.COLUMNS)
