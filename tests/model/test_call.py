"""The record of a call."""

from __future__ import annotations

from masstransit.model.call import CallRecord
from tests.makers import a_record


def test_a_record_tells_how_long_it_rang_and_talked() -> None:
    made: CallRecord = a_record(rang=8, talked=45)
    assert (made.rang, made.talked, made.answered) == (8, 45, True)
