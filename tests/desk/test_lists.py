"""`masstransit lists`: how old a do-not-call list is, and what is to be done before it is too old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from masstransit.ledger import Ledger
from masstransit.storage import do_not_call
from masstransit.storage.number_file import Written
from tests.desk.test_commands import NOW, Desk, a_folder_of_its_own  # noqa: F401 - a fixture for each test here

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def loaded(desk: Desk, registry: str, region: str, at: datetime) -> None:
    written = Written("0" * 16, 250_000_000)
    desk.does(lambda c: do_not_call.put_in_force(c, Ledger("t"), registry, written, region=region, loaded_at=at))


@pytest.mark.parametrize(
    ("age", "status", "said"),
    [
        (DAY, 0, f"fresh until {NOW + 30 * DAY:%Y-%m-%d}"),
        (30 * DAY, 0, f"load it anew before {NOW + DAY:%Y-%m-%d}"),
        (31 * DAY - MINUTE, 0, "load it anew before"),
        (31 * DAY + MINUTE, 1, "TOO OLD, advertising is held"),
        (32 * DAY, 1, "TOO OLD"),
    ],
)
def test_a_list_says_how_long_it_may_be_relied_on(desk: Desk, age: timedelta, status: int, said: str) -> None:
    loaded(desk, "us-national", "US", datetime.now(UTC) - age)
    told = desk.run("lists", status=status)
    assert said in told
    assert "250,000,000 numbers" in told


def test_a_state_has_its_own_time(desk: Desk) -> None:
    loaded(desk, "us-tx", "US-TX", NOW - 32 * DAY)
    assert "fresh until" in desk.run("lists")


def test_a_house_without_lists_is_told_how_to_load_one(desk: Desk) -> None:
    assert "import do-not-call" in desk.run("lists")
