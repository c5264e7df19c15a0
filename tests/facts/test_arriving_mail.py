from __future__ import annotations

from typing import Any

import pytest

from masstransit.facts.arriving_mail import Authenticated, Authentications, Guise, Guises, apart
from masstransit.model.mail import Authentication
from tests.makers import an_arriving_mail, an_sms


async def guise(**more: Any) -> Guise:
    (found,) = await Guises().learn([an_arriving_mail(**more)])
    return found


async def test_an_ordinary_mail_passes_for_nobody() -> None:
    assert not (await guise(name="Ada Lovelace", reply_to="ada@example.com")).speaks
    assert not (await guise(name="ada@example.com")).speaks
    assert not (await guise(name="Ada", sender="ada@gmail.com")).speaks


async def test_only_mail_that_arrives_has_a_guise() -> None:
    (text,) = await Guises().learn([an_sms()])
    assert not text.speaks


async def test_an_arriving_mailbox_in_the_place_of_a_name_is_seen() -> None:
    found = await guise(name="Boss <ceo@shop.example>", sender="x@evil.test")
    assert (found.named_mailbox, found.at_recipient) == ("shop.example", True)
    found = await guise(name="ceo@elsewhere.test", sender="x@evil.test")
    assert (found.named_mailbox, found.at_recipient) == ("elsewhere.test", False)


@pytest.mark.parametrize(
    "domain",
    ["gmail.com", "googlemail.com", "hotmail.com", "outlook.com", "icloud.com", "yahoo.co.uk", "ymail.com", "gmx.de",
     "comcast.net", "verizon.net", "aol.com", "proton.me", "mail.com", "t-online.de"],
)  # fmt: skip
async def test_where_people_have_their_mailboxes_imitates_no_brand(domain: str) -> None:
    assert not (await guise(sender=f"ada@{domain}")).speaks


async def test_a_brands_name_is_seen_unless_the_brand_writes() -> None:
    assert (await guise(name="PayPal", sender="help@secure-pay.test")).named_brand
    assert not (await guise(name="PayPal", sender="service@paypal.com")).speaks
    assert not (await guise(name="PayPal", sender="service@mail.paypal.com")).named_brand
    assert (await guise(sender="help@paypa1-secure.com")).imitates


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ("shop.example", "shop.example", 99),
        ("shop.example", "shop.test", 99),
        ("sh0p.example", "shop.example", 0),
        ("rnail.example", "mail.example", 0),
        ("my-shop.example", "myshop.example", 0),
        ("shoop.example", "shop.example", 1),
        ("sohp.example", "shop.example", 1),
        ("sshopp.example", "shop.example", 2),
        ("flowers.example", "shop.example", 99),
        ("", "shop.example", 99),
    ],
)
def test_how_far_two_domains_are_apart(one: str, other: str, edits: int) -> None:
    assert apart(one, other) == edits


async def test_a_domain_in_other_letters_looks_the_same() -> None:
    cyrillic = "acme".replace("a", "\u0430").encode("idna").decode()
    assert apart(f"{cyrillic}.example", "acme.example") == 0


async def test_an_answer_that_goes_to_a_lookalike_is_seen() -> None:
    found = await guise(sender="ada@northwind.example", reply_to="ada@nortwhind.example")
    assert (found.reply_edits, found.letters) == (1, 9)
    assert (await guise(sender="ada@northwind.example", reply_to="desk@help.example")).reply_edits == 99


async def test_what_is_proven_says_nothing() -> None:
    (proven,) = await Authentications().learn([an_arriving_mail(authentication=Authentication(dmarc="pass"))])
    (not_told,) = await Authentications().learn([an_sms()])
    (failed,) = await Authentications().learn([an_arriving_mail(authentication=Authentication(dmarc="fail"))])
    assert [proven.speaks, not_told.speaks, failed.speaks] == [False, False, True]
    assert not_told == Authenticated()
