"""Each clause that judges has a test file of its own, which names every rule and every figure that it has."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from masstransit import policy
from masstransit.clause import Clause

HERE = Path(__file__).parent
JUDGING = [room for room in policy.AUP if room.rules()]


def written_for(room: type[Clause]) -> str:
    return (HERE / f"test_{Path(inspect.getfile(room)).stem}.py").read_text()


@pytest.mark.parametrize("room", JUDGING, ids=lambda room: room.number)
def test_every_rule_of_a_clause_is_tested_in_its_file(room: type[Clause]) -> None:
    written = written_for(room)
    assert [made.id for made in room.rules() if f'"{made.id}"' not in written] == []


@pytest.mark.parametrize("room", JUDGING, ids=lambda room: room.number)
def test_every_figure_of_a_clause_is_tested_in_its_file(room: type[Clause]) -> None:
    written = written_for(room)
    assert [one.name for one in room().figures() if not re.search(rf"\b{one.name}\b", written)] == []
