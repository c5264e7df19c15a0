"""A customer's conferences at its pages, with what was recorded of each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from masstransit.model.user import Role
from masstransit.storage import conferences, recordings
from tests.console.customer.deeds import stranger
from tests.console.house import Pages, text_of
from tests.makers import NOON

HERE = "/account/log/conferences"
OVER, ON = "CF" + "a" * 32, "CF" + "b" * 32
TAPED, REFUSED = "RE" + "a" * 32, "RE" + "b" * 32
ENDER = "CA" + "e" * 32


@pytest.fixture
async def met(pages: Pages) -> Pages:
    """One conference is over and was recorded, one goes on and nobody agreed to that."""

    def keep(connection: Connection) -> None:
        row: dict[str, Any] = {"account": pages.account, "process": "p", "updated_at": NOON}
        over = {"ended_at": NOON + timedelta(hours=1), "reason": "last-participant-left", "ended_by": ENDER}
        conferences.add(connection, row | over | {
            "sid": OVER, "name": "Daily", "status": "completed", "created_at": NOON, "begun_at": NOON,
        })  # fmt: skip
        later = NOON + timedelta(hours=2)
        conferences.add(connection, row | {"sid": ON, "name": "Board", "status": "in-progress", "created_at": later})
        kept = {"account": pages.account, "act": "record", "source": "conference", "channels": 1, "asked_at": NOON}
        ended = {"ended_at": NOON, "seconds": 61.0, "digests": {"leg-1.wav": "d"}}
        recordings.add(connection, kept | ended | {"sid": TAPED, "call": OVER, "state": "ended"})
        recordings.add(connection, kept | {"sid": REFUSED, "call": ON, "state": "refused", "ended_at": NOON})

    await pages.database.write(keep)
    return pages


async def test_they_are_listed_with_what_was_recorded_of_each(met: Pages) -> None:
    viewer = await met.signed_in(Role.VIEWER)
    page = await viewer.get(HERE)
    said = text_of(page)
    assert said.index("Board") < said.index("Daily")
    assert "last participant left" in said
    assert "goes on" in said
    assert f'href="/account/log/recordings/{TAPED}"' in page.text
    assert "ended, 61 s" in said
    assert "refused" in said
    assert f'href="/account/log/calls/{ENDER}"' in page.text
    one = text_of(await viewer.get(f"{HERE}?name=Daily"))
    assert ("Board" in one, "Daily" in one) == (False, True)
    assert "None of this name" in text_of(await viewer.get(f"{HERE}?name=Weekly"))


async def test_its_recording_says_of_what_it_is(met: Pages) -> None:
    owner = await met.signed_in(Role.OWNER)
    page = await owner.get(f"/account/log/recordings/{TAPED}")
    assert f"conference {OVER}" in text_of(page)
    assert f'href="{HERE}"' in page.text
    desk = await (await met.signed_in(Role.OFFICER)).get(f"/desk/calls/recordings/{TAPED}")
    assert f"conference {OVER}" in text_of(desk)
    assert f"/desk/messages/{OVER}" not in desk.text


async def test_nobody_elses_are_shown(met: Pages) -> None:
    other = await stranger(met)
    assert "Daily" not in (await other.get(HERE)).text
    assert (await other.get(f"/account/log/recordings/{TAPED}")).status_code == 404
