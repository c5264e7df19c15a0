"""Calls at the desk: what goes on, each one's signalling, recordings that are heard with a reason, figures by unit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from masstransit.config import DeskSettings
from masstransit.config import Settings as Told
from masstransit.console import rollups
from masstransit.demo import NUMBERS, PHONES
from masstransit.facts.calls.call_day import day_of_calls
from masstransit.model.user import Role
from masstransit.storage import acts, calls, decisions, recordings
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.paging import Slice
from tests.console.busy_calls import CAMPAIGNS, GOES_ON, RECORDING, REFUSED, TALKED, TAPED, TURNED_AWAY, filled
from tests.console.customer.deeds import stranger
from tests.console.house import Pages, opened, text_of


@pytest.fixture
async def busy(database: Database, keys: Keys, tmp_path: Path) -> AsyncIterator[Pages]:
    """A house with a few calls."""
    async with opened(database, keys, told=Told(data=str(tmp_path), desk=DeskSettings(second_looks=0.0))) as pages:
        await filled(pages, many=False)
        yield pages


async def test_what_goes_on_is_shown_with_masked_numbers_and_by_who_leads_it(busy: Pages) -> None:
    auditor = await busy.signed_in(Role.AUDITOR)
    page = await auditor.get("/desk/calls")
    assert page.text.count(f"/desk/messages/{GOES_ON}") == 1
    assert f"/desk/messages/{TALKED}" not in page.text  # it is over
    assert "18.1.1" in text_of(page)  # what was turned away
    assert not any(number in page.text for number in (*NUMBERS, *PHONES))
    assert "talking" in text_of(page)
    assert GOES_ON in (await auditor.get("/desk/calls?lead=document")).text
    assert "None of the 1 that go on is like that." in text_of(await auditor.get("/desk/calls?lead=through"))
    assert "No call goes on." in text_of(await auditor.get("/desk/calls?account=AC0"))


async def test_a_calls_story_shows_its_ladder_its_identity_and_the_gates_word(busy: Pages) -> None:
    page = text_of(await (await busy.signed_in(Role.AUDITOR)).get(f"/desk/messages/{TALKED}"))
    for said in ("Its signalling", "Trunk carrier-a", "503 Service Unavailable", "The gate ALLOW", "200 OK (BYE)",
                 "A: the customer has this number from us", "talked 94 s"):  # fmt: skip
        assert said in page
    away = text_of(await (await busy.signed_in(Role.AUDITOR)).get(f"/desk/messages/{TURNED_AWAY}"))
    assert "The gate REFUSE by 18.1.1" in away
    assert "603 Decline" in away


async def test_a_customer_sees_its_own_ladder_without_trunks_and_no_others(busy: Pages) -> None:
    page = await (await busy.signed_in(Role.VIEWER)).get(f"/account/log/calls/{TALKED}")
    assert "Carrier" in text_of(page)
    assert "carrier-a" not in page.text
    mallory = await stranger(busy)
    assert (await mallory.get(f"/account/log/recordings/{RECORDING}")).status_code == 404
    assert (await mallory.get(f"/account/log/recordings/{RECORDING}/sound")).status_code == 404


async def test_a_call_that_is_not_here_can_not_be_ended_and_nothing_says_that_it_was(busy: Pages) -> None:
    officer, auditor = await busy.signed_in(Role.OFFICER), await busy.signed_in(Role.AUDITOR)
    path = f"/desk/calls/{busy.account}/{GOES_ON}/end"
    assert (await auditor.post(path, because="noise")).status_code == 403
    assert (await officer.post(path)).status_code == 400
    answer = await officer.post(path, because="noise")
    assert (answer.status_code, "in another process" in text_of(answer)) == (409, True)
    assert (await officer.post(f"/desk/calls/AC0/{GOES_ON}/end", because="noise")).status_code == 404
    noted = await busy.database.read(lambda c: acts.listed(c, Slice(), about=GOES_ON))
    assert noted.rows == []


# --- recordings -------------------------------------------------------------------------------------------------------


async def test_a_recording_is_drawn_with_every_mark_before_and_after_its_first_sample(busy: Pages) -> None:
    page = await (await busy.signed_in(Role.AUDITOR)).get(f"/desk/calls/recordings/{RECORDING}")
    assert page.text.count('class="sound"') == 2  # a lane a leg
    assert page.text.count('class="pause"') == 2
    text = text_of(page)
    assert "-4.2 s" in text
    assert "Leg 2 agreed (key 1)" in text
    assert "<audio" not in page.text
    refused = text_of(await (await busy.signed_in(Role.AUDITOR)).get(f"/desk/calls/recordings/{REFUSED}"))
    assert "It was never begun: no sound was kept." in refused
    assert TAPED in refused


async def test_one_that_goes_on_is_drawn_as_far_as_it_came(busy: Pages) -> None:
    went_on: dict[str, Any] = {"ended_at": None, "seconds": 0.0, "state": "capturing"}
    await busy.database.write(lambda c: recordings.change(c, busy.account, RECORDING, **went_on))
    page = await (await busy.signed_in(Role.OWNER)).get(f"/account/log/recordings/{RECORDING}")
    assert "its sound can be heard when it has ended" in text_of(page)
    assert page.text.count("<g class=") == 12
    assert "<audio" not in page.text


async def test_at_the_desk_a_reason_is_on_record_before_anything_is_heard(busy: Pages) -> None:
    path = f"/desk/calls/recordings/{RECORDING}"
    rita, auditor = await busy.signed_in(Role.REVIEWER), await busy.signed_in(Role.AUDITOR)
    assert "<audio" not in (await rita.get(path)).text
    assert (await rita.get(f"{path}/sound")).status_code == 403
    assert (await auditor.post(f"{path}/listen", because="curious")).status_code == 403
    assert (await rita.post(f"{path}/listen")).status_code == 400
    assert (await rita.post(f"{path}/listen", because="a complaint about it")).status_code == 303
    assert "<audio" in (await rita.get(path)).text
    heard = await rita.get(f"{path}/sound")
    assert (heard.status_code, heard.content[:4], len(heard.content)) == (200, b"RIFF", 44 + 40 * 8000 * 4)
    noted = await busy.database.read(lambda c: acts.listed(c, Slice(), about=RECORDING))
    assert [(row.what, row.told["because"]) for row in noted.rows] == [("heard", "a complaint about it")]


async def test_who_listens_goes_back_and_forth_in_the_sound(busy: Pages) -> None:
    dev, path = await busy.signed_in(Role.DEVELOPER), f"/account/log/recordings/{RECORDING}/sound"
    size = 44 + 40 * 8000 * 4
    part = await dev.client.get(path, headers={"Range": "bytes=40-47"})
    assert (part.status_code, part.headers["content-range"], len(part.content)) == (206, f"bytes 40-47/{size}", 8)
    assert (await dev.client.get(path, headers={"Range": f"bytes={size}-"})).status_code == 416
    assert "media-src 'self'" in part.headers["content-security-policy"]
    viewer = await busy.signed_in(Role.VIEWER)
    assert (await viewer.get(path)).status_code == 403
    assert "Owners and developers" in text_of(await viewer.get(path.removesuffix("/sound")))
    assert (await dev.get(f"/account/log/recordings/{REFUSED}/sound")).status_code == 404


# --- figures ----------------------------------------------------------------------------------------------------------


async def test_figures_are_those_that_clause_19_judged(sqlite_database: Database, keys: Keys, tmp_path: Path) -> None:
    async with opened(sqlite_database, keys, told=Told(data=str(tmp_path))) as pages:
        await filled(pages)
        now, house, account = pages.clock.now(), pages.house, pages.account
        rolled = await rollups.rolled(house, account, "campaign", "", now, masked=True)
        told = {unit.called: unit for unit in rolled.units}
        for campaign, attempts, answered, short, *_ in CAMPAIGNS:
            day = told[campaign].day
            assert (day.attempts, day.answered, day.within(6)) == (attempts, answered, short)
        assert told["QE-surveys"].stands == "warned"  # as the clause said of it when its calls ended
        assert told["QE-appointments"].stands == "fine"
        levels = {chart.name: {bar.called: bar.level for bar in chart.bars} for chart in rolled.charts}
        assert levels["Answered"]["QE-surveys"] == "warn"
        assert levels["Within 6 seconds"]["QE-dialler"] == "stop"
        assert levels["Within 6 seconds"]["QE-surveys"] == "few"
        by_digits = await rollups.rolled(house, account, "prefix", "", now, masked=True)
        assert {unit.called: unit.day.attempts for unit in by_digits.units} == {
            "+1415": 260,
            "+1212": 242,
            "+1305": 230,
        }
        assert {unit.stands for unit in by_digits.units} == {""}
        since = now.replace(hour=0)
        records = await pages.database.read(
            lambda c: calls.ended_between(c, account, since, since.replace(day=now.day + 1), at_most=5000)
        )
        mine = [record for record in records if record.campaign == "QE-dialler"]
        assert day_of_calls(mine) == told["QE-dialler"].day  # out of records as out of counters
        for who, path in (
            (Role.AUDITOR, f"/desk/entities/{account}/calls"),
            (Role.VIEWER, "/account/log/calls/figures"),
        ):
            browser = await pages.signed_in(who)
            for by in ("campaign", "number", "prefix"):
                page = await browser.get(f"{path}?by={by}")
                assert page.status_code == 200, text_of(page)
                assert (NUMBERS[1] in page.text) is (who is Role.VIEWER and by == "number")
            assert (await browser.get(f"{path}?by=phase")).status_code == 400
            assert (await browser.get(f"{path}?day=1999-01-01")).status_code == 400


async def test_the_demos_last_decisions_show_calls_as_well(busy: Pages) -> None:
    await busy.offer("Your table is ready.")
    recent = await busy.database.read(decisions.recent)
    assert [each["clause"] for each in recent].count("18.1.1") == 1
    assert len(recent) == 5
    assert [each["at"] for each in recent] == sorted((each["at"] for each in recent), reverse=True)
