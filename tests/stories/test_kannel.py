"""Kannel binds as an ESME: a thousand messages out, a thousand reports back, and a person's message."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.stories.conftest import needed
from tests.stories.house import House, eventually
from tests.stories.kannel import Kannel

pytestmark = pytest.mark.story
COUNT = 1000


@pytest.mark.timeout(240)
def test_kannel_sends_a_thousand_messages_gets_a_thousand_reports_and_hears_a_person(
    house: House, tmp_path: Path
) -> None:
    programs = (needed("bearerbox"), needed("smsbox"))
    bind = house.demo["smpp"]
    phones = house.demo["phones"]
    sender = house.demo["numbers"][0]
    with (
        Kannel(
            tmp_path / "kannel", programs, (bind["host"], bind["port"]), bind["system_id"], bind["password"]
        ) as kannel,
        httpx.Client() as client,
    ):
        for n in range(COUNT):
            kannel.send(client, sender, phones[n % len(phones)]["number"], f"Ticket {n} is called at desk {n % 7}.")
        delivered = eventually(
            lambda: len([r for r in kannel.reports if r["type"] == "1"]) >= COUNT and list(kannel.reports), within=90
        )
        assert len([r for r in delivered if r["type"] == "1"]) == COUNT
        assert not [r for r in delivered if r["type"] == "2"]
        house.answer(house.phone(), sender, "Am I too late?")
        (heard,) = eventually(lambda: list(kannel.messages))
        assert heard["text"] == "Am I too late?"
        assert heard["from"].endswith(house.phone()["number"][1:])
