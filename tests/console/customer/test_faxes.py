"""A customer's faxes at its pages: sent by upload, listed, their pages seen."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from masstransit import config
from masstransit.demo import NUMBERS
from masstransit.model.user import Role
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import acts
from tests.console.customer.deeds import stranger
from tests.console.house import Browser, Pages, opened, text_of
from tests.fax_documents import a_pdf

HERE, PERSON = "/account/faxes", "+12125550188"


@pytest.fixture
async def faxing(sqlite_database: Database, keys: Keys, tmp_path: Path) -> Any:
    """The pages of a house that has somebody to call by."""
    async with opened(sqlite_database, keys, told=config.Settings(data=str(tmp_path))) as pages:
        pages.parts.faxing.trunk.use(SimpleNamespace(), pages.parts.faxing.faxes)
        yield pages


async def sent(owner: Browser, document: bytes, **more: str) -> str:
    """What the page says once a document was sent."""
    fields = {"from": NUMBERS[0], "to": PERSON, "purpose": "transactional", "quality": "standard"} | more
    csrf = (await owner.get(HERE)).text.partition('name="csrf" value="')[2].partition('"')[0]
    answer = await owner.client.post(HERE, data={"csrf": csrf} | fields, files={"document": ("letter.pdf", document)})
    return text_of(await owner.get(HERE)) if answer.status_code == 303 else text_of(answer)


async def test_a_document_is_sent_and_its_pages_are_seen(faxing: Pages) -> None:
    owner = await faxing.signed_in(Role.OWNER)
    assert "There is no fax." in text_of(await owner.get(HERE))
    said = await sent(owner, a_pdf("Dear Anna, your order is ready.", "Page two."))
    assert "It is on its way: 2 pages." in said
    page = await owner.get(HERE)
    assert all(words in text_of(page) for words in (NUMBERS[0], PERSON, "queued"))
    where = page.text.partition(f"{HERE}/FX")[2].partition('.pdf"')[0]
    small = await owner.get(f"{HERE}/FX{where}/2.png")
    assert (small.headers["content-type"], small.content[:4]) == ("image/png", b"\x89PNG")
    assert (await owner.get(f"{HERE}/FX{where}.pdf")).content[:5] == b"%PDF-"
    assert (await owner.get(f"{HERE}/FX{where}/3.png")).status_code == 400
    done = await faxing.database.read(lambda c: c.execute(select(acts.c.what)).scalars().all())
    assert "fax-sent" in done
    other = await stranger(faxing)
    assert (await other.get(f"{HERE}/FX{where}.pdf")).status_code == 404


async def test_what_can_not_be_faxed_is_told_and_so_is_what_the_policy_stops(faxing: Pages) -> None:
    owner = await faxing.signed_in(Role.OWNER)
    assert "no PDF, TIFF or PNG" in await sent(owner, b"hello")
    assert "choose the document" in (await sent(owner, b"")).lower()
    said = await sent(owner, a_pdf("Grand opening sale! 50% off."), purpose="marketing")
    assert "It was not sent: this fax advertises" in said
    assert "There is no fax." in said


async def test_a_viewer_sends_nothing_and_sees_no_pages(faxing: Pages) -> None:
    owner, viewer = await faxing.signed_in(Role.OWNER), await faxing.signed_in(Role.VIEWER)
    await sent(owner, a_pdf("Dear Anna, your order is ready."))
    page = await viewer.get(HERE)
    assert (PERSON in page.text, "<img" in page.text, 'type="file"' in page.text) == (True, False, False)


async def test_where_no_fax_can_be_sent_the_page_says_why(faxing: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("masstransit.channels.fax.spandsp.amiss", lambda: "install libspandsp2")
    owner = await faxing.signed_in(Role.OWNER)
    page = await owner.get(HERE)
    assert ("install libspandsp2." in text_of(page), 'type="file"' in page.text) == (True, False)


async def test_a_form_that_can_not_be_read_or_is_no_page_of_ours_sends_nothing(faxing: Pages) -> None:
    owner = await faxing.signed_in(Role.OWNER)
    for kind, body in (
        ("multipart/form-data; boundary=x", b"junk"),
        ("multipart/form-data", b"--\r\n\r\n--"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="to"\r\n\r\n+1\r\n--x--'),
        ("application/x-www-form-urlencoded", b"to=%2B12125550188"),
    ):
        answer = await owner.client.post(HERE, content=body, headers={"Content-Type": kind})
        assert answer.status_code in {400, 403}, kind
    assert "There is no fax." in text_of(await owner.get(HERE))
