"""A customer's locked files at its page: listed while messages wait, opened by their password, and not without."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from masstransit import config
from masstransit.model.communication import Kind
from masstransit.model.decision import Verdict
from masstransit.model.user import Role
from masstransit.storage import communications, tables
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.console.customer.deeds import stranger
from tests.console.house import Pages, opened, text_of
from tests.malware.files import EICAR, EXE, a_pdf, locked_pdf, zipped

HERE = "/account/locked"
SECRET = "born 1970-01-01 "  # its last space belongs to it
NOTHING = "No message of yours waits for a password."


@pytest.fixture
async def locking(database: Database, keys: Keys, tmp_path: Path) -> AsyncIterator[Pages]:
    """The pages of a house that looks files through."""
    async with opened(database, keys, told=config.Settings(data=str(tmp_path))) as pages:
        yield pages
        await pages.parts.scanner.stop()


async def sent(pages: Pages, data: bytes, n: int = 1, name: str = "statement.pdf") -> str:
    """A message with a file that waits; the file's SID."""
    file = await pages.parts.media.take_in(pages.account, data, name)
    offered = await pages.offer("Your statement", n, kind=Kind.MMS, attachments=(file,))
    assert offered.decision.verdict is Verdict.HOLD, offered.decision.findings
    return file.sid


async def status(pages: Pages, n: int = 1) -> str:
    row = await pages.database.read(lambda c: communications.find(c, pages.account, f"SM{n:032x}"))
    assert row is not None
    return str(row.status)


async def test_a_locked_file_is_listed_and_its_password_lets_its_message_go(locking: Pages) -> None:
    owner = await locking.signed_in(Role.OWNER)
    assert NOTHING in text_of(await owner.get(HERE))
    sid = await sent(locking, locked_pdf(b"Balance: 12", SECRET))
    page = await owner.get(HERE)
    assert all(words in text_of(page) for words in ("statement.pdf", "application/pdf, 1 KB", "MMS of "))
    assert f"/account/log/SM{1:032x}" in page.text
    said = await owner.post(f"{HERE}/{sid}", password=SECRET)
    assert said.status_code == 303
    page = await owner.get(HERE)
    assert "It opened and was looked through: what waited for it alone goes on." in text_of(page)
    assert NOTHING in text_of(page)
    assert await status(locking) == "queued"
    noted = await locking.database.read(lambda c: c.execute(select(tables.acts.c.what, tables.acts.c.told)).all())
    assert ("file-unlocked", {"scan": "clean"}) in [tuple(row) for row in noted]


async def test_a_password_that_opens_nothing_is_said_beside_its_file_and_shown_nowhere(locking: Pages) -> None:
    owner = await locking.signed_in(Role.OWNER)
    sid = await sent(locking, locked_pdf(b"Balance: 12", SECRET))
    for wrong, why in ((SECRET.strip(), "does not open"), ("x" * 257, "1 to 256 characters"), ("", "1 to 256")):
        answer = await owner.post(f"{HERE}/{sid}", password=wrong)
        assert (answer.status_code, why in text_of(answer)) == (400, True)
        assert 'aria-invalid="true"' in answer.text
        assert not wrong or wrong not in answer.text
    assert await status(locking) == "accepted"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (locked_pdf(zipped(("a.com", EICAR)), SECRET), "harms who opens it"),
        (locked_pdf(zipped(("setup.exe", EXE)), SECRET), "holds a program"),
        (locked_pdf(zipped(("app.js", b"var a;")), SECRET), "brings script"),
        (locked_pdf(b"Rar!\x1a\x07\x01\0" + bytes(60), SECRET), "could not be looked through whole"),
    ],
)
async def test_what_is_found_once_it_is_open_is_said(locking: Pages, data: bytes, says: str) -> None:
    owner = await locking.signed_in(Role.OWNER)
    await owner.post(f"{HERE}/{await sent(locking, data)}", password=SECRET)
    assert says in text_of(await owner.get(HERE))


async def test_one_file_that_many_messages_wait_for_is_listed_once(locking: Pages) -> None:
    data = locked_pdf(b"Balance: 12", SECRET)
    sid, *_ = [await sent(locking, data, n) for n in (1, 2, 3)]
    owner = await locking.signed_in(Role.OWNER)
    page = await owner.get(HERE)
    assert (page.text.count('type="password"'), "and 2 more" in text_of(page)) == (1, True)
    await owner.post(f"{HERE}/{sid}", password=SECRET)
    assert [await status(locking, n) for n in (1, 2, 3)] == ["queued"] * 3


async def test_a_viewer_gives_no_password_and_a_stranger_sees_nothing(locking: Pages) -> None:
    sid = await sent(locking, locked_pdf(b"Balance: 12", SECRET))
    viewer, other = await locking.signed_in(Role.VIEWER), await stranger(locking)
    page = await viewer.get(HERE)
    assert ("statement.pdf" in page.text, 'type="password"' in page.text) == (True, False)
    assert (await viewer.post(f"{HERE}/{sid}", password=SECRET)).status_code == 403
    assert NOTHING in text_of(await other.get(HERE))
    assert (await other.post(f"{HERE}/{sid}", password=SECRET)).status_code == 404
    assert await status(locking) == "accepted"


async def test_the_first_page_and_the_messages_own_lead_to_it(locking: Pages) -> None:
    owner = await locking.signed_in(Role.OWNER)
    assert "Give the password" not in text_of(await owner.get("/account"))
    await sent(locking, locked_pdf(b"Balance: 12", SECRET))
    assert "Give the password of a file" in text_of(await owner.get("/account"))
    assert "A file of it takes a password" in text_of(await owner.get(f"/account/log/SM{1:032x}"))
    await sent(locking, locked_pdf(b"Balance: 13", SECRET), 2, "other.pdf")
    assert "Give the password of 2 files" in text_of(await owner.get("/account"))


async def test_a_file_that_takes_no_password_is_told_so(locking: Pages) -> None:
    owner = await locking.signed_in(Role.OWNER)
    file: Any = await locking.parts.media.take_in(locking.account, a_pdf(), "a.pdf")
    answer = await owner.post(f"{HERE}/{file.sid}", password=SECRET)
    assert (answer.status_code, "takes no password" in text_of(answer)) == (409, True)
