"""A customer's first page: what was decided, what stands, what to do next."""

from __future__ import annotations

from sqlalchemy import delete

from masstransit.model.user import Role
from masstransit.storage.tables import acceptances
from tests.console.customer.deeds import wanted_back, warned
from tests.console.house import FRAUD, Pages, text_of


async def overview(pages: Pages, role: Role = Role.OWNER) -> str:
    return text_of(await (await pages.signed_in(role)).get("/account"))


async def test_a_quiet_account_is_told_that_nothing_stands_against_it(pages: Pages) -> None:
    said = await overview(pages)
    assert "Nothing stands against any of your senders" in said
    assert "What to do next" not in said
    assert "Dana Demo accepted the edition of" in said


async def test_what_was_offered_is_counted_by_verdict(pages: Pages) -> None:
    await pages.offer("Your table is ready.", 1)
    await pages.offer(FRAUD, 2)
    await pages.parts.exchange.tally.write(pages.database)
    said = await overview(pages)
    assert "2 messages and calls offered" in said
    assert "1 carried at once" in said
    assert "1 held for a person to look at" in said
    assert "10.1" in said


async def test_a_step_is_shown_with_its_remedy_and_a_way_to_appeal(pages: Pages) -> None:
    step = await warned(pages)
    owner = await pages.signed_in(Role.OWNER)
    page = await owner.get("/account")
    assert "people complained about it" in page.text
    assert f"/account/appeals/new?about={step}" in page.text
    assert "mend what it is for" in page.text
    assert f"/account/appeals/new?about={step}" not in (await (await pages.signed_in(Role.VIEWER)).get("/account")).text


async def test_a_step_of_which_nobody_may_be_told_is_not_there(pages: Pages) -> None:
    await warned(pages, silent="gag")
    said = await overview(pages)
    assert "people complained about it" not in said
    assert "Nothing stands against any of your senders" in said


async def test_what_to_do_next_begins_with_the_agreement(pages: Pages) -> None:
    await wanted_back(pages)
    await pages.database.write(lambda c: c.execute(delete(acceptances)))
    said = await overview(pages)
    assert said.index("Accept the agreement") < said.index("its provider wants it back")
    assert "in 29 d" in said
