"""Mail that arrived for a customer, at its pages: listed, and saved as it came for as long as its content is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from masstransit import config
from masstransit.model.decision import Verdict
from masstransit.model.user import Role
from masstransit.storage import media, redaction
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.console.customer.deeds import stranger
from tests.console.house import Pages, opened, text_of
from tests.mail_that_arrives import DESK, LETTER, a_mail, takes_mail

HERE = "/account/email/arrived"


@pytest.fixture
async def taking(database: Database, keys: Keys, tmp_path: Path) -> AsyncIterator[Pages]:
    async with opened(database, keys, told=config.Settings(data=str(tmp_path))) as pages:
        await pages.database.write(lambda c: takes_mail(c, pages.account))
        yield pages


async def arrives(pages: Pages, to: str = DESK) -> str:
    """A mail arrives and is taken; its SID."""
    decision = await pages.parts.arrivals.receive(a_mail(to=to))
    assert decision is not None
    assert decision.verdict <= Verdict.FLAG, decision.findings
    return decision.subject


async def test_a_mail_is_listed_and_saved_as_it_came(taking: Pages) -> None:
    owner = await taking.signed_in(Role.OWNER)
    assert "No mail has arrived." in text_of(await owner.get(HERE))
    sid = await arrives(taking)
    said = text_of(await owner.get(HERE))
    assert "ada@friend.test desk@shop.example Wheels proven source" in said
    assert "any other @shop.example" in said
    saved = await owner.get(f"{HERE}/{sid}.eml")
    assert (saved.content, saved.headers["content-type"]) == (LETTER, "message/rfc822")
    assert saved.headers["content-disposition"] == f'attachment; filename="{sid}.eml"'
    assert f"{HERE}/{sid}.eml" in (await owner.get(f"/account/log/{sid}")).text


async def test_the_same_mail_to_two_addresses_lies_once_and_is_no_medium_of_either(taking: Pages) -> None:
    first, second = await arrives(taking), await arrives(taking, to="sales@shop.example")
    account = taking.account
    kept = await taking.database.read(lambda c: [media.source_of(c, account, sid) for sid in (first, second)])
    assert kept[0] is not None
    assert kept[0] == kept[1]
    assert await taking.database.read(lambda c: c.execute(media.files_of(account, first)).all()) == []


async def test_a_viewer_and_a_stranger_save_nothing(taking: Pages) -> None:
    sid = await arrives(taking)
    viewer, other = await taking.signed_in(Role.VIEWER), await stranger(taking)
    page = await viewer.get(HERE)
    assert ("Wheels" in page.text, ".eml" in page.text) == (True, False)
    assert (await viewer.get(f"{HERE}/{sid}.eml")).status_code == 403
    assert "Wheels" not in (await other.get(HERE)).text
    assert (await other.get(f"{HERE}/{sid}.eml")).status_code == 404


async def test_it_goes_with_its_mails_content_and_its_file_is_swept(taking: Pages, tmp_path: Path) -> None:
    owner, sid = await taking.signed_in(Role.OWNER), await arrives(taking)
    assert [file.read_bytes() for file in tmp_path.rglob("ME*") if file.is_file()] == [LETTER]
    account, ledger = taking.account, taking.house.ledger
    now = await taking.move(minutes=30)
    assert await taking.database.write(lambda c: redaction.redact_body(c, ledger, account, sid, now, "test"))
    page = await owner.get(HERE)
    assert "taken out" in text_of(page)
    assert "not kept" in text_of(page)
    assert (await owner.get(f"{HERE}/{sid}.eml")).status_code == 404
    assert await taking.parts.media.sweep() == 1
    assert [file for file in tmp_path.rglob("ME*") if file.is_file()] == []


async def test_of_mail_that_is_refused_no_source_is_kept(taking: Pages, tmp_path: Path) -> None:
    decision = await taking.parts.arrivals.receive(a_mail(dmarc="fail", policy="reject"))
    assert decision is not None
    assert decision.verdict is Verdict.REFUSE
    assert [file for file in tmp_path.rglob("ME*") if file.is_file()] == []
    owner = await taking.signed_in(Role.OWNER)
    assert "No mail has arrived." in text_of(await owner.get(HERE))


async def test_a_mail_that_is_too_large_to_be_kept_as_it_came_is_taken_all_the_same(
    taking: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("masstransit.carriage.media.intake.LARGEST", len(LETTER) - 1)
    owner, sid = await taking.signed_in(Role.OWNER), await arrives(taking)
    assert "Wheels proven not kept" in text_of(await owner.get(HERE))
    assert (await owner.get(f"{HERE}/{sid}.eml")).status_code == 404
