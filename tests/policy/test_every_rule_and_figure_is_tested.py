"""Each clause that judges has a test file of its own, which names every rule and every figure that it has."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from masstransit import policy
from masstransit.clause import Clause
from masstransit.model.communication import Kind

HERE = Path(__file__).parent
JUDGING = [room for room in policy.AUP if room.rules()]


def written_for(room: type[Clause]) -> str:
    """Its file, and those beside it for one channel."""
    return "".join(file.read_text() for file in sorted(HERE.glob(f"test_{Path(inspect.getfile(room)).stem}*.py")))


@pytest.mark.parametrize("room", JUDGING, ids=lambda room: room.number)
def test_every_rule_of_a_clause_is_tested_in_its_file(room: type[Clause]) -> None:
    written = written_for(room)
    assert [made.id for made in room.rules() if f'"{made.id}"' not in written] == []


@pytest.mark.parametrize("room", JUDGING, ids=lambda room: room.number)
def test_every_figure_of_a_clause_is_tested_in_its_file(room: type[Clause]) -> None:
    written = written_for(room)
    assert [one.name for one in room().figures() if not re.search(rf"\b{one.name}\b", written)] == []


@pytest.mark.parametrize("room", policy.AUP, ids=lambda room: room.number)
def test_every_kind_is_heard_or_it_is_said_why_not(room: type[Clause]) -> None:
    heard = [kind for kind in Kind.ANY if any(kind in made.kinds for made in room.rules())]
    said = [kind for kinds, why in room.unheard for kind in kinds if why]
    assert sorted((*heard, *said), key=lambda kind: kind.value) == list(Kind.ANY)
