"""Links lead to one file, until their time is over, and nobody makes one but us."""

from __future__ import annotations

from datetime import timedelta

import pytest

from masstransit.carriage.media.sharing import LASTS, Shared
from masstransit.clock import HandClock
from masstransit.storage.keys import Keys
from tests.makers import ACCOUNT, NOON

SID, OTHER = "ME" + "1" * 32, "ME" + "2" * 32
BASE = "https://mt.example"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def shared(keys: Keys, clock: HandClock) -> Shared:
    return Shared(keys, clock, f"{BASE}/")


async def test_a_link_ends(shared: Shared, clock: HandClock) -> None:
    url = shared.url(ACCOUNT, SID)
    assert url.startswith(f"{BASE}/media/{ACCOUNT}/{SID}/")
    assert shared.own(url) == (ACCOUNT, SID)
    await clock.move(LASTS - timedelta(seconds=1))
    assert shared.own(url) == (ACCOUNT, SID)
    await clock.move(timedelta(seconds=1))
    assert shared.own(url) is None


def test_nobody_makes_one_but_us(shared: Shared) -> None:
    path = shared.path(ACCOUNT, SID)
    until, _, mark = path.rpartition("/")[2].partition("-")
    for forged in (
        path.replace(SID, OTHER),
        path.replace(ACCOUNT, "AC" + "9" * 32),
        path.replace(until, str(int(until) + 1)),
        path.replace(mark, "0" * 32),
        path[:-1],
        f"{path}/x",
        f"/media/{ACCOUNT}/{SID}/-{mark}",
        f"/media/{ACCOUNT}/{SID}/{'9' * 30}-{mark}",
        f"/media/{ACCOUNT}/{SID}/{until}-é",
        "/media/",
        "/elsewhere",
    ):
        assert shared.opened(forged) is None, forged


def test_only_urls_of_ours_are_opened(shared: Shared) -> None:
    assert shared.own(f"https://other.example{shared.path(ACCOUNT, SID)}") is None
