"""One switch for a file of tests, with a trunk played by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from masstransit.channels.sip.settings import Link
from tests.channels.sip.switchboard import Scene, Switch
from tests.stories.sip_by_hand import Hand


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Switch, Hand]]:
    far, nobody = Hand(is_trunk=True), Hand()
    link = Link(name="carrier", host="127.0.0.1", port=far.port, emergency=True)
    dead = Link(name="dead", host="127.0.0.1", port=nobody.port)
    switch = Switch(tmp_path_factory.mktemp("switch"), link, dead, house_within=0.4, alive_every=0.3, link_within=1.0)
    far.forget()
    yield switch, far
    for each in (switch, far, nobody):
        each.close()


@pytest.fixture
def scene(running: tuple[Switch, Hand]) -> Iterator[Scene]:
    made = Scene(*running)
    yield made
    made.close()
