"""A customer's numbers, and its word against a provider that wants one back."""

from __future__ import annotations

from sqlalchemy import select

from masstransit.carriage import reclamation
from masstransit.carriage.overturning import Word
from masstransit.demo import NUMBERS
from masstransit.model.user import Role
from masstransit.storage import numbers
from masstransit.storage.paging import Slice
from masstransit.storage.tables import reclamations
from tests.console.customer.deeds import stranger, wanted_back
from tests.console.house import Pages, text_of


async def test_numbers_are_shown_with_their_campaign(pages: Pages) -> None:
    said = text_of(await (await pages.signed_in(Role.VIEWER)).get("/account/numbers"))
    for number in NUMBERS:
        assert number in said
    assert "MIXED VERIFIED" in said
    assert "You have no number yet" in text_of(await (await stranger(pages)).get("/account/numbers"))


async def test_numbers_are_turned_sheet_by_sheet(pages: Pages) -> None:
    found = await pages.database.read(lambda c: numbers.listed(c, pages.account, Slice(size=2)))
    rest = await pages.database.read(
        lambda c: numbers.listed(c, pages.account, Slice(size=2, after=(found.rows[-1].number,)))
    )
    assert [row.number for row in (*found.rows, *rest.rows)] == sorted(NUMBERS)
    page = await (await pages.signed_in(Role.VIEWER)).get(f"/account/numbers?after=%2B{found.rows[-1].number[1:]}")
    assert found.rows[0].number not in page.text
    assert rest.rows[0].number in page.text


async def test_a_case_is_contested_once_and_rests_until_it_is_answered(pages: Pages) -> None:
    sid, owner = await wanted_back(pages), await pages.signed_in(Role.OWNER)
    assert "their letter of May 30" in text_of(await owner.get("/account/numbers"))
    path = f"/account/numbers/{sid}"
    assert "Taken back in 29 d" in text_of(await owner.get(path))
    assert (await owner.post(path, contest="our fire alarm calls it")).status_code == 303
    kept = await pages.database.read(lambda c: c.execute(select(reclamations)).one())
    assert kept.contest == "our fire alarm calls it"
    said = text_of(await owner.get(path))
    assert "it rests until the provider has answered" in said
    assert (await owner.post(path, contest="again")).status_code == 409
    assert sid in (await owner.get("/account/numbers/cases")).text


async def test_what_we_wrote_to_the_provider_is_ours(pages: Pages) -> None:
    sid = await wanted_back(pages)
    word = Word(by="Ada", because="called their Mr. Brown", at=pages.clock.now())
    await pages.database.write(lambda c: reclamation.effort(c, pages.house.ledger, sid, word))
    assert "Mr. Brown" not in (await (await pages.signed_in(Role.OWNER)).get(f"/account/numbers/{sid}")).text


async def test_a_viewer_looks_and_others_find_nothing(pages: Pages) -> None:
    path = f"/account/numbers/{await wanted_back(pages)}"
    viewer, mallory = await pages.signed_in(Role.VIEWER), await stranger(pages)
    page = await viewer.get(path)
    assert page.status_code == 200
    assert "Contest it" not in page.text
    assert (await viewer.post(path, contest="no")).status_code == 403
    assert (await mallory.get(path)).status_code == 404
    assert (await mallory.post(path, contest="mine")).status_code == 404
    assert (await (await pages.signed_in(Role.OWNER)).post(path, contest="x" * 8001)).status_code == 400
