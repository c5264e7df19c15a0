"""Who hangs together with whom: by name, wording, links and numbers within a customer; by people and papers beyond."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, insert

from masstransit.carriage.relatives import MOST, Relatives, relatives_of
from masstransit.storage import agreements, communications, end_users, tables
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON, an_sms

CHILD, OTHER = "AC" + "3" * 32, "AC" + "2" * 32
LINK = "Collect your prize at http://prize-{}.example/go before noon"


class Customer:
    """A customer's record."""

    def __init__(self, database: Database) -> None:
        self.database, self.sent = database, 0

    async def account(self, account: str = ACCOUNT, name: str = "Northwind", **more: Any) -> None:
        row = {"account": account, "friendly_name": name, "token_sealed": b"", "attrs": {}, **more}
        row |= {"created_at": NOON - timedelta(days=300), "updated_at": NOON}
        await self.puts(tables.accounts, row)

    async def puts(self, table: Table, row: Mapping[str, Any]) -> None:
        await self.database.write(lambda c: c.execute(insert(table), row))

    async def accepts(self, person: str, account: str) -> None:
        told: dict[str, Any] = {
            "digest": "d",
            "dated": "2026",
            "role": "CEO",
            "method": "click",
            "source": "",
            "at": NOON,
        }
        await self.database.write(lambda c: agreements.accept(c, account, person=person, authorised=True, **told))

    async def sends(self, text: str, **more: Any) -> None:
        self.sent += 1
        sms = an_sms(id=f"SM{self.sent:032x}", text=text, at=NOON - timedelta(days=2), **more)
        row = communications.row(sms, person="p", segments=1, status="delivered", decision="DE1")
        await self.database.write(lambda c: communications.add(c, [row]))

    async def relatives(self, account: str = ACCOUNT) -> Relatives:
        return await self.database.survey(lambda c: relatives_of(c, account, NOON))


@pytest.fixture
async def customer(database: Database) -> Customer:
    made = Customer(database)
    await made.account()
    return made


def ties(found: Relatives) -> set[tuple[str, str, str, str]]:
    """What ties whom, ownership left out."""
    return {(tie.one.called, tie.other.called, tie.by, tie.what) for tie in found.ties if tie.by != "owner"}


async def test_end_users_that_lead_to_the_same_domain_hang_together_and_an_account_with_its_own_does_not(
    customer: Customer,
) -> None:
    await customer.sends(LINK.format("one"), end_user="acme", sender="+14155550101")
    await customer.sends("Hurry, " + LINK.format("one"), end_user="apex", sender="+14155550102")
    await customer.sends("Your table is ready.", end_user="bistro", sender="+14155550103")
    await customer.sends("Your table is ready.", sender="+14155550103")
    assert ties(await customer.relatives()) == {("acme", "apex", "link", "prize-one.example")}


async def test_the_same_wording_and_the_same_number_tie_two_and_numbers_are_masked(customer: Customer) -> None:
    await customer.sends("You have been chosen, call us now", end_user="acme", sender="+14155550101")
    await customer.sends("You have been chosen, call us now", end_user="apex", sender="+14155550101")
    found = {(by, what) for _, _, by, what in ties(await customer.relatives())}
    assert {by for by, _ in found} == {"wording", "number"}
    assert all("4155550101" not in what for _, what in found)


async def test_a_subaccount_that_is_called_nearly_the_same_is_tied_by_name(customer: Customer) -> None:
    await customer.account(CHILD, "N0rthwind Ltd", parent=ACCOUNT)
    found = await customer.relatives()
    assert ("Northwind", "N0rthwind Ltd", "name", "") in ties(found) | {(b, a, by, w) for a, b, by, w in ties(found)}
    assert {(tie.one.called, tie.other.called) for tie in found.ties if tie.by == "owner"} == {
        ("Northwind", "N0rthwind Ltd")
    }
    assert (await customer.relatives(CHILD)).root == ACCOUNT


async def test_what_everybody_has_ties_nobody(customer: Customer) -> None:
    for n in range(5):
        await customer.sends(LINK.format("all"), end_user=f"shop-{n}", sender=f"+1415555010{n}")
    assert ties(await customer.relatives()) == set()


async def test_who_accepted_for_two_customers_is_worth_a_look_and_nothing_follows_by_it(customer: Customer) -> None:
    await customer.account(OTHER, "Southwind")
    for account in (ACCOUNT, OTHER):
        await customer.accepts("Ada L", account)
    found = await customer.relatives()
    (tie,) = found.ties
    assert found.left_out == 0
    assert (tie.other.called, tie.other.other, tie.by, tie.what, tie.followed) == (
        "Southwind", True, "person", "Ada L", False,
    )  # fmt: skip


async def test_a_brand_of_the_same_name_ties_by_papers_in_any_case(customer: Customer) -> None:
    await customer.account(OTHER, "Southwind")
    for account, name in ((ACCOUNT, "Northwind Foods"), (OTHER, "NORTHWIND FOODS")):
        row = {"account": account, "sid": "BN1", "name": name, "created_at": NOON, "updated_at": NOON, "attrs": {}}
        await customer.puts(tables.brands, row)
    assert {by for _, _, by, _ in ties(await customer.relatives())} == {"papers"}


async def test_who_was_stopped_is_shown_first_where_there_are_too_many(customer: Customer) -> None:
    for n in range(MOST + 3):
        await customer.sends(f"Table {n} is ready for you", end_user=f"shop-{n:02}", sender=f"+141555502{n:02}")
    await customer.database.write(lambda c: end_users.put(c, ACCOUNT, "shop-26", NOON, terms_accepted=True))
    await customer.database.write(lambda c: end_users.stop(c, ACCOUNT, "shop-26", "fraud", NOON))
    found = await customer.relatives()
    assert len(found.relatives) == MOST
    assert found.left_out == 4  # of 28, the customer itself among them
    assert [(each.called, each.step) for each in found.relatives[:2]] == [("Northwind", ""), ("shop-26", "stopped")]


async def test_texts_of_more_than_half_a_year_ago_are_not_compared(customer: Customer) -> None:
    await customer.sends("You have been chosen, call us now", end_user="acme")
    found = await customer.database.survey(lambda c: relatives_of(c, ACCOUNT, NOON + timedelta(days=181)))
    assert found.texts == 0
    assert {each.called for each in found.relatives} == {"Northwind"}


async def test_the_customer_itself_is_looked_at_however_many_subaccounts_it_has(customer: Customer) -> None:
    for n in range(45):
        await customer.account(f"AC{n:032x}", f"Shop {n} of {n * 7}", parent=ACCOUNT)
    await customer.sends("You have been chosen, call us now")
    await customer.sends("You have been chosen, call us now", account=f"AC{44:032x}", sender="+14155550109")
    assert ("Shop 44 of 308", "Northwind") in {
        (a, b) for a, b, by, _ in ties(await customer.relatives()) if by == "wording"
    }
