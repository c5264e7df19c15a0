"""What a customer was told, and its statement of reasons."""

from __future__ import annotations

from masstransit.model.user import Role
from masstransit.storage import statements
from masstransit.storage.paging import Slice
from tests.console.customer.deeds import stranger, warned
from tests.console.house import Pages, text_of


async def told(pages: Pages) -> str:
    """The last notice's name."""
    found = await pages.database.read(lambda c: statements.listed(c, pages.account, Slice(size=1)))
    return str(found.rows[0].sid)


async def test_a_step_is_told_with_its_reasons_and_a_way_to_appeal(pages: Pages) -> None:
    step = await warned(pages)
    owner = await pages.signed_in(Role.OWNER)
    listed = await owner.get("/account/notices")
    assert "warn" in text_of(listed)
    page = await owner.get(f"/account/notices/{await told(pages)}")
    said = text_of(page)
    assert "people complained about it" in said
    assert "Statement of reasons" in said
    assert "a person found it; a person decided that it acts" in said
    assert f"/account/appeals/new?about={step}" in page.text
    assert "/account/appeals/new" not in (await (await pages.signed_in(Role.VIEWER)).get(str(page.url))).text


async def test_a_kind_is_asked_for(pages: Pages) -> None:
    await warned(pages)
    owner = await pages.signed_in(Role.OWNER)
    assert await told(pages) in (await owner.get("/account/notices?kind=warn")).text
    assert "You were told nothing of this kind" in text_of(await owner.get("/account/notices?kind=suspend"))
    assert (await owner.get("/account/notices?kind=letter")).status_code == 400


async def test_what_nobody_may_be_told_of_and_what_others_were_told_is_not_there(pages: Pages) -> None:
    await warned(pages)
    name = await told(pages)
    mallory = await stranger(pages)
    assert (await mallory.get(f"/account/notices/{name}")).status_code == 404
    assert "You were told of nothing yet" in text_of(await mallory.get("/account/notices"))


async def test_a_silent_one_is_told_to_nobody(pages: Pages) -> None:
    await warned(pages, silent="gag")
    assert "You were told of nothing yet" in text_of(await (await pages.signed_in(Role.OWNER)).get("/account/notices"))
