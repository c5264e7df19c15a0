"""A customer's mailboxes and messages at its pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from masstransit import config
from masstransit.carriage.voicemail.keeping import Setting
from masstransit.channels.media import wav
from masstransit.demo import NUMBERS, PHONES
from masstransit.model.user import Role
from masstransit.storage import recordings, voicemails
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import acts
from tests.console.customer.deeds import stranger
from tests.console.house import Pages, opened, text_of
from tests.makers import NOON

HERE, MESSAGE, SOUND = "/account/voicemail", "VM" + "1" * 32, "RE" + "1" * 32


@pytest.fixture
async def answering(database: Database, keys: Keys, tmp_path: Path) -> Any:
    """The pages of a house in which somebody left a message of a second."""
    async with opened(database, keys, told=config.Settings(data=str(tmp_path))) as pages:
        box = await pages.parts.mailboxes.make(pages.account, NUMBERS[0], Setting(name="Front desk", keep_days=7))
        (tmp_path / "recordings" / SOUND).mkdir(parents=True)
        (tmp_path / "recordings" / SOUND / "leg-1.wav").write_bytes(wav.header(8000) + bytes(16_000))
        sound = {"account": pages.account, "sid": SOUND, "call": "CA1", "act": "record", "source": "voicemail",
                 "state": "ended", "asked_at": NOON, "began_at": NOON, "ended_at": NOON, "seconds": 1.0,
                 "digests": {}}  # fmt: skip
        row = {"account": pages.account, "sid": MESSAGE, "mailbox": box.sid, "call": "CA1", "recording": SOUND,
               "channel": "sip", "sender": PHONES[0], "recipient": NUMBERS[0], "state": "new", "seconds": 1.0,
               "left_at": NOON}  # fmt: skip

        def keep(connection: Connection) -> None:
            recordings.add(connection, sound)
            voicemails.add(connection, row)

        await pages.database.write(keep)
        yield pages


async def test_mailboxes_and_messages_are_shown_and_heard(answering: Pages) -> None:
    owner = await answering.signed_in(Role.OWNER)
    page = await owner.get(HERE)
    said = text_of(page)
    assert all(words in said for words in (NUMBERS[0], "Front desk", PHONES[0], "7 days", "new"))
    assert f"/account/log/recordings/{SOUND}/sound" in page.text
    assert len((await owner.get(f"/account/log/recordings/{SOUND}/sound")).content) == 44 + 16_000


async def test_a_message_is_kept_then_deleted_and_who_did_it_is_on_record(answering: Pages) -> None:
    owner = await answering.signed_in(Role.OWNER)
    assert (await owner.post(f"{HERE}/{MESSAGE}", state="kept")).status_code == 303
    row = await answering.database.read(lambda c: voicemails.find(c, answering.account, MESSAGE))
    assert row is not None
    assert row.state == "kept"
    assert (await owner.post(f"{HERE}/{MESSAGE}", state="deleted")).status_code == 303
    assert "There is no message." in text_of(await owner.get(HERE))
    assert (await owner.post(f"{HERE}/{MESSAGE}", state="kept")).status_code == 404
    done = await answering.database.read(lambda c: c.execute(select(acts.c.what)).scalars().all())
    assert {"voicemail-kept", "voicemail-deleted"} <= set(done)


async def test_a_viewer_hears_and_changes_nothing_and_a_stranger_sees_nothing(answering: Pages) -> None:
    viewer = await answering.signed_in(Role.VIEWER)
    page = await viewer.get(HERE)
    assert (PHONES[0] in page.text, "<audio" in page.text, "Delete" in page.text) == (True, False, False)
    assert (await viewer.post(f"{HERE}/{MESSAGE}", state="deleted")).status_code == 403
    other = await stranger(answering)
    assert PHONES[0] not in (await other.get(HERE)).text
    assert (await other.post(f"{HERE}/{MESSAGE}", state="deleted")).status_code == 404
