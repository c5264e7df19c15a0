"""Messages over time: what a killed process left, what is past its time, what is on hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete

from masstransit.carriage.voicemail.deposits import said
from masstransit.storage import recordings, retention
from masstransit.storage.tables import voicemails
from tests.carriage.voicemail.house import BoxHouse

DAY = timedelta(days=1)


def tone(seconds: float, loud: int) -> bytes:
    return bytes((loud * np.sin(np.arange(int(seconds * 8000)))).astype("<i2").tobytes())


def test_what_is_said_is_what_is_loud() -> None:
    assert said(b"") == 0.0
    assert said(tone(2.0, 100)) == 0.0
    assert said(tone(2.0, 5000) + bytes(80_000)) == pytest.approx(2.0, abs=0.02)


async def test_a_message_that_a_killed_process_left_is_settled_and_told_once(house: BoxHouse) -> None:
    await house.boxed(notify_url="https://example.com/left")
    sid = await house.left(2.0, state="arriving")
    await house.deposits.sweep()
    await house.deposits.sweep()
    assert (await house.row_of(sid)).state == "new"
    assert [told["VoicemailSid"] for told in await house.told()] == [sid]


async def test_a_message_that_is_being_left_is_let_be(house: BoxHouse) -> None:
    await house.boxed()
    sid = await house.left(2.0, state="arriving", ended=False)
    await house.deposits.sweep()
    assert (await house.row_of(sid)).state == "arriving"


@pytest.mark.parametrize(("seconds", "state"), [(0.9, "nothing"), (1.1, "new")])
async def test_of_less_than_a_second_nothing_is_kept(house: BoxHouse, seconds: float, state: str) -> None:
    await house.boxed()
    sid = await house.left(seconds, state="arriving")
    await house.deposits.sweep()
    assert (await house.row_of(sid)).state == state
    assert bool(house.kept()) == (state == "new")


async def test_a_message_whose_sound_is_with_another_process_waits_for_it(house: BoxHouse) -> None:
    await house.boxed()
    sid = await house.left(2.0, state="arriving")
    here = house.folder.rename(house.folder.with_name("elsewhere"))
    await house.deposits.sweep()
    assert (await house.row_of(sid)).state == "arriving"
    here.rename(house.folder)
    await house.deposits.sweep()
    assert (await house.row_of(sid)).state == "new"


async def test_a_message_goes_when_its_days_are_over_and_not_before(house: BoxHouse) -> None:
    await house.boxed(keep_days=30)
    sid = await house.left()
    await house.clock.move(30 * DAY)
    await house.deposits.sweep()
    assert (await house.row_of(sid)).state == "new"
    await house.clock.move(timedelta(seconds=1))
    await house.deposits.sweep()
    assert ((await house.row_of(sid)).state, house.kept()) == ("deleted", set())


async def test_what_is_deleted_stays_as_evidence_while_a_hold_is_on(house: BoxHouse, monkeypatch: Any) -> None:
    await house.boxed()
    sid = await house.left()
    monkeypatch.setattr(retention, "held", lambda *_: frozenset({house.account}))
    assert await house.deposits.delete(house.account, sid, "test")
    assert ((await house.row_of(sid)).state, len(house.kept())) == ("deleted", 1)
    assert not await house.deposits.delete(house.account, sid, "test")
    monkeypatch.setattr(retention, "held", lambda *_: frozenset())
    await house.archive.sweep()
    assert house.kept() == set()


async def test_sound_that_became_no_message_is_erased_after_a_while(house: BoxHouse) -> None:
    await house.boxed()
    sid = await house.left()
    message = await house.row_of(sid)
    await house.database.write(lambda c: c.execute(delete(voicemails).where(voicemails.c.sid == sid)))
    await house.deposits.sweep()
    assert house.kept() == {message.recording}  # its row may be about to come
    await house.clock.move(timedelta(minutes=11))
    await house.deposits.sweep()
    assert house.kept() == set()
    row = await house.database.read(lambda c: recordings.find(c, house.account, message.recording))
    assert row is not None
    assert row.erased_at is not None


async def test_marks_are_on_the_ledger_and_other_accounts_make_none(house: BoxHouse) -> None:
    await house.boxed()
    sid = await house.left()
    assert not await house.deposits.mark("AC" + "9" * 32, sid, "heard", "x")
    assert await house.deposits.mark(house.account, sid, "heard", "x")
    message = await house.row_of(sid)
    assert (message.state, message.heard_at) == ("heard", house.clock.now())
    assert await house.deposits.mark(house.account, sid, "new", "x")
    assert (await house.row_of(sid)).heard_at is None
