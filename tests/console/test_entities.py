"""Senders at the desk: finding one, who it is, how it stands, its lists a page at a time, and other accounts' units."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select

from masstransit import demo
from masstransit.carriage import statements
from masstransit.model.user import Role
from masstransit.storage import end_users, reports
from masstransit.storage.tables import accounts, numbers
from tests.console.house import FRAUD, Pages, text_of


async def other(pages: Pages, account: str = "AC" + "7" * 32, name: str = "Southwind", **more: Any) -> str:
    """Another account."""
    now = pages.clock.now()
    row = {
        "account": account,
        "friendly_name": name,
        "token_sealed": b"",
        "created_at": now,
        "updated_at": now,
        "attrs": {},
    }
    await pages.database.write(lambda c: c.execute(insert(accounts), row | more))
    return account


async def end_user(pages: Pages, name: str) -> None:
    """An end user of the customer's."""
    now = pages.clock.now()
    await pages.database.write(lambda c: end_users.put(c, pages.account, name, now, terms_accepted=True))


async def sid_of(pages: Pages, number: str) -> str:
    """A number's SID."""
    return str(
        await pages.database.read(lambda c: c.execute(select(numbers.c.sid).where(numbers.c.number == number)).scalar())
    )


async def test_one_is_found_by_its_name_its_number_its_campaign_and_its_end_user(pages: Pages) -> None:
    watcher, here = await pages.signed_in(Role.AUDITOR), f"/desk/entities/{pages.account}"
    await end_user(pages, "acme~1")
    number = await sid_of(pages, demo.NUMBERS[0])

    async def found(words: str) -> str:
        answer = await watcher.client.get("/desk/entities", params={"find": words})
        return str(answer.headers["location"])

    assert await found(pages.account) == here
    assert await found(demo.NUMBERS[0]) == f"{here}?number={number}"
    assert await found("acme~1") == f"{here}?end_user=acme~1"
    assert (await watcher.get("/desk/entities?find=%2B19995550100")).status_code == 404
    assert "Nobody is called so" in text_of(await watcher.get("/desk/entities?find=nobody%25"))


async def test_a_part_of_a_name_finds_all_that_bear_it(pages: Pages) -> None:
    await other(pages, name="Wind and Sons")
    await other(pages, "AC" + "8" * 32, "Westwind")
    watcher = await pages.signed_in(Role.AUDITOR)
    page = text_of(await watcher.get("/desk/entities?find=WIND"))
    assert "Wind and Sons" in page
    assert "Westwind" in page


async def test_whom_steps_stand_against_comes_first_and_every_account_is_listed_a_page_at_a_time(pages: Pages) -> None:
    await pages.step("suspend", reason="it carried fraud")
    for n in range(51):
        await pages.move(seconds=1)
        await other(pages, f"AC{n:032x}", f"Shop {n}")
    watcher = await pages.signed_in(Role.AUDITOR)
    page = await watcher.get("/desk/entities")
    assert page.text.index("it carried fraud") < page.text.index("Shop 50")
    older = page.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = text_of(await watcher.get(f"/desk/entities{older}"))
    assert "Shop 0 " in second
    assert "Shop 50" not in second


async def test_an_account_shows_its_agreement_its_brand_its_steps_and_what_of_its_offers_was_stopped(
    pages: Pages,
) -> None:
    await pages.offer(FRAUD)
    await pages.parts.exchange.tally.write(pages.database)
    await pages.step("throttle", reason="two complaints")
    page = text_of(await (await pages.signed_in(Role.AUDITOR)).get(f"/desk/entities/{pages.account}"))
    for told in ("Agreement", "two complaints", "throttle", "10.1", "Sender", "active"):
        assert told in page
    assert "Place a step" not in page  # who only watches does nothing


async def test_a_unit_shows_its_own_steps_and_those_above_that_reach_it(pages: Pages) -> None:
    watcher, number = await pages.signed_in(Role.AUDITOR), await sid_of(pages, demo.NUMBERS[0])
    await pages.step("throttle", reason="of the account")
    await pages.step("block", scope="number", target=demo.NUMBERS[0], reason="of this number")
    await pages.step("block", scope="number", target=demo.NUMBERS[1], reason="of another number")
    answer = await watcher.get(f"/desk/entities/{pages.account}?number={number}")
    page = text_of(answer)
    assert "of this number" in page
    assert "of the account" in page
    assert "of another number" not in page
    assert demo.NUMBERS[0] not in answer.text


async def test_messages_are_shown_by_unit_and_say_nothing_of_what_was_written(pages: Pages) -> None:
    await pages.offer("Your table is ready.", 1)
    await pages.offer(FRAUD, 2)
    await pages.offer("Your table is ready.", 3, sender=demo.NUMBERS[1])
    watcher, here = await pages.signed_in(Role.AUDITOR), f"/desk/entities/{pages.account}/messages"
    page = await watcher.get(here)
    assert page.text.count(">Story<") == 3
    assert "verify now" not in page.text
    assert demo.PHONES[0] not in page.text
    second = await watcher.get(f"{here}?number={await sid_of(pages, demo.NUMBERS[1])}")
    assert second.text.count(">Story<") == 1
    assert f"SM{3:032x}" in second.text


async def test_messages_are_paged_within_a_unit(pages: Pages) -> None:
    for n in range(52):
        await pages.offer(f"Your table {n} is ready.", n + 1, end_user="acme", recipient=demo.PHONES[n % 6])
        await pages.move(seconds=30)
    watcher = await pages.signed_in(Role.AUDITOR)
    page = await watcher.get(f"/desk/entities/{pages.account}/messages?end_user=acme")
    assert page.text.count(">Story<") == 50
    older = page.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert (await watcher.get(f"/desk/entities/{pages.account}/messages{older}")).text.count(">Story<") == 2


async def test_complaints_and_notices_are_the_desks_to_read_silent_ones_too(pages: Pages) -> None:
    now = pages.clock.now()
    complaint = {
        "account": pages.account, "complaint": "CO1", "kind": "carrier-complaint", "sender": demo.NUMBERS[0],
        "source": "a carrier", "at": now,
    }  # fmt: skip
    await pages.database.write(lambda c: reports.record_complaint(c, complaint))
    await pages.step("suspend", reason="an order", silent="gag", clause="14")
    watcher, here = await pages.signed_in(Role.AUDITOR), f"/desk/entities/{pages.account}"
    page = await watcher.get(f"{here}/complaints")
    assert "carrier complaint" in page.text
    assert demo.NUMBERS[0] not in page.text
    other_number = await sid_of(pages, demo.NUMBERS[1])
    assert "Nobody complained" in (await watcher.get(f"{here}/complaints?number={other_number}")).text
    assert statements.SILENT["gag"] in (await watcher.get(f"{here}/notices")).text


async def test_what_it_has_is_listed_and_leads_to_its_pages(pages: Pages) -> None:
    for n in range(51):
        name = f"user~{n:02}"
        await end_user(pages, name)
    child = await other(pages, parent=pages.account)
    watcher, here = await pages.signed_in(Role.AUDITOR), f"/desk/entities/{pages.account}"
    first = await watcher.get(f"{here}/end-users")
    further = first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert "user~50" in (await watcher.get(f"{here}/end-users{further}")).text
    assert f"?number={await sid_of(pages, demo.NUMBERS[0])}" in (await watcher.get(f"{here}/numbers")).text
    assert child in (await watcher.get(f"{here}/subaccounts")).text
    assert (await watcher.get(f"{here}/campaigns")).status_code == 200
    assert "Owner" in text_of(await watcher.get(f"/desk/entities/{child}"))


async def test_a_unit_of_one_account_is_not_there_under_another(pages: Pages) -> None:
    stranger, watcher = await other(pages), await pages.signed_in(Role.AUDITOR)
    number = await sid_of(pages, demo.NUMBERS[0])
    for query in (f"number={number}", "number=PN1", "campaign=QE1", "end_user=nobody"):
        assert (await watcher.get(f"/desk/entities/{stranger}?{query}")).status_code == 404
    assert (await watcher.get("/desk/entities/AC1")).status_code == 404


async def test_customers_see_none_of_it(pages: Pages) -> None:
    owner = await pages.signed_in(Role.OWNER)
    for path in ("", f"/{pages.account}", f"/{pages.account}/messages", f"/{pages.account}/relatives"):
        assert (await owner.get(f"/desk/entities{path}")).status_code == 403


async def test_relatives_are_drawn_and_told_in_a_table(pages: Pages) -> None:
    for n, name in enumerate(("acme", "apex")):
        await pages.offer("Your order is on its way: https://orders.example/42", n + 1, end_user=name)
    watcher = await pages.signed_in(Role.AUDITOR)
    page = await watcher.get(f"/desk/entities/{pages.account}/relatives")
    assert page.text.count("<circle") == 3
    assert "links to the same domain" in page.text
    assert "orders.example" in page.text
    assert f"/desk/entities/{pages.account}?end_user=apex" in page.text
    assert demo.NUMBERS[0] not in page.text
