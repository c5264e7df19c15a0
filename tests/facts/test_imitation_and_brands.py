"""Whose brand is whose, and which domains imitate one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from masstransit.clock import HandClock
from masstransit.facts.brands import BrandBook, Brands
from masstransit.facts.consent import Roots
from masstransit.facts.imitation import same_brand, well_known
from masstransit.facts.links import links_in
from masstransit.storage import tables
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON, an_sms

CHILD, OTHER = "AC" + "2" * 32, "AC" + "3" * 32


@pytest.mark.parametrize(
    ("host", "brand"),
    [
        ("usps-redelivery.info", "usps"),
        ("usps.com.track-pkg.cn", "usps"),
        ("irs-refund.us", "irs"),
        ("paypa1.com", "paypal"),
        ("arnazon.com", "amazon"),
        ("netfl1x.com", "netflix"),
        ("xn--pypal-4ve.com", "paypal"),
        ("secure-wellsfargo.net", "wells fargo"),
        ("chase-verify.top", "chase"),
        ("verifychase.com", "chase"),
        ("appleid.apple.com-unlock.info", "apple"),
        ("www.unitedparcelservice.co", "ups"),
        ("coinbaselogin.com", "coinbase"),
        ("walmrat.com", "walmart"),
    ],
)
def test_a_host_that_is_made_to_look_like_a_brands_is_seen(host: str, brand: str) -> None:
    assert [link.imitates for link in links_in(f"see https://{host}/x")] == [brand]


@pytest.mark.parametrize(
    "host",
    [
        "paypal.com", "www.chase.com", "informeddelivery.usps.com", "amazon.co.uk", "amzn.to", "gov.uk",
        "apple-orchard.com", "chase-farm.co.uk", "delta-dental.com", "amazon-rainforest.org", "steam-cleaning.com",
        "push-ups.com", "groups.com", "targets.com", "purchaseverify.com", "metabolism.com", "shop.example.com",
    ],
)  # fmt: skip
def test_a_brands_own_domain_and_one_that_shares_a_word_imitate_nobody(host: str) -> None:
    assert [link.imitates for link in links_in(f"see https://{host}/x") if link.imitates] == []


def test_every_well_known_brand_has_a_domain_of_its_own_that_imitates_nobody() -> None:
    for brand in well_known():
        assert brand.domains
        for domain in brand.domains:
            assert [link.imitates for link in links_in(f"https://www.{domain}/") if link.imitates] == []


@pytest.mark.parametrize(
    ("claimed", "name", "same"),
    [
        ("usps", "United States Postal Service", True),
        ("chase", "JPMorgan Chase Bank", True),
        ("bank of america", "Bank of America, N.A.", True),
        ("Northwind", "northwind bank", True),
        ("usps", "USPS", True),
        ("apple", "Northwind", False),
        ("usps", "nhs", False),
        ("", "Northwind", False),
        ("!", "?", False),
    ],
)
def test_names_of_one_brand(claimed: str, name: str, same: bool) -> None:
    assert same_brand(claimed, name) is same


def test_home_is_a_domain_on_record_or_one_that_bears_the_very_name() -> None:
    brands = Brands(names=("North Wind",), domains=("nw.example.com",))
    assert brands.home(links_in("https://a.nw.example.com/x and https://north-wind.com"))
    assert brands.home(())
    assert not brands.home(links_in("https://north-wind-verify.com"))
    assert not Brands().home(links_in("https://north-wind.com"))


async def _seed(database: Database) -> None:
    account: dict[str, Any] = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}}
    brand: dict[str, Any] = {"created_at": NOON, "updated_at": NOON}
    rows = [
        insert(tables.accounts).values(account=ACCOUNT, brand="Northwind", **account),
        insert(tables.accounts).values(account=CHILD, parent=ACCOUNT, **account),
        insert(tables.accounts).values(account=OTHER, **account),
        insert(tables.brands).values(
            account=ACCOUNT, sid="BN1", name="PayPal", attrs={"website": "https://www.pp.example.com/x"}, **brand
        ),
        insert(tables.brands).values(account=ACCOUNT, sid="BN2", name="Denied", status="FAILED", attrs={}, **brand),
    ]
    await database.write(lambda c: [c.execute(row) for row in rows])


async def test_brands_on_record_are_the_owners_too_and_failed_ones_are_none(database: Database) -> None:
    await _seed(database)
    clock = HandClock(NOON)
    book = BrandBook(database, clock, Roots())
    own, child, other, nobody = await book.learn(
        [an_sms(), an_sms(account=CHILD), an_sms(account=OTHER), an_sms(account="AC9")]
    )
    assert own == child
    assert set(own.names) == {"PayPal", "Northwind"}
    assert {"example.com", "paypal.com"} <= set(own.domains)
    assert (other, nobody) == (Brands(), Brands())
    await clock.move(timedelta(seconds=1))
    assert await book.learn([an_sms()]) == [own]
