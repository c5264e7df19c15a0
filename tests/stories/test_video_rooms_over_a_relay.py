"""A video room whose people get out by a TURN server only: Debian's coturn, with a name that the house lent each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.browser import chromium
from tests.channels.video.coturn import SECRET, Coturn, a_coturn
from tests.stories.house import House
from tests.stories.test_python_sdk import client_of
from tests.stories.test_video_rooms import FLAGS, comes_in, sees

pytestmark = [pytest.mark.story, pytest.mark.usefixtures("in_turn"), pytest.mark.timeout(240)]

#: A browser that has nothing but its relays.
BEHIND_A_FIREWALL = (
    "window.pcs = []; const Real = RTCPeerConnection; window.RTCPeerConnection = class extends Real {"
    "constructor(told) { super({ ...told, iceTransportPolicy: 'relay' }); window.pcs.push(this); } };"
)


class Beside(NamedTuple):
    """A house, and the TURN server beside it."""

    house: House
    coturn: Coturn


@pytest.fixture
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    folder = tmp_path_factory.mktemp("video")
    with a_coturn(folder / "coturn") as coturn:
        config = f'[video]\nhosts = ["127.0.0.1"]\nrelays = ["{coturn.url}"]\nrelay_secret = "{SECRET}"\n'
        with House(folder / "house", config=config) as house:
            yield Beside(house, coturn)


async def test_people_behind_firewalls_meet_by_the_relay(beside: Beside) -> None:
    house, coturn = beside
    sdk: Any = client_of(house)
    sdk.video.base_url = f"{house.demo['http']}/video"
    key = sdk.new_keys.create(friendly_name="rooms")
    sdk.video.v1.rooms.create(unique_name="standup")
    async with chromium(*FLAGS) as browser:
        ada, ben = [
            await comes_in(browser, house, key, name, "standup", script=BEHIND_A_FIREWALL) for name in ("Ada", "Ben")
        ]
        await asyncio.gather(sees(ada, "Ben"), sees(ben, "Ada"))
        people = {each.sid for each in sdk.video.v1.rooms("standup").participants.list()}
    assert coturn.users() == people
