"""Stories: the whole program over sockets, with real counterparts."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.house import House


def needed(program: str) -> str:
    """The path of a counterpart program. A story without it is skipped by name; in CI nothing may be missing."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        if os.environ.get("CI") == "true":
            raise AssertionError(f"{program} is missing, and in CI nothing is skipped")
        pytest.skip(f"{program} is not installed here")
    return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A demo of its own."""
    with House(tmp_path / "house") as running:
        yield running


@pytest.fixture
def in_turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Sound and pictures take as long as they take: of the stories about them one is told at a time, whoever of the
    processes that run tests tells it. Two at once would be late on two cores, and a modem that is late is not heard."""
    with (tmp_path_factory.getbasetemp().parent / "in-turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
