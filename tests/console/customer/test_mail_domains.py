"""A customer's sending domains at its pages: claimed, their records shown, looked up at a name server, removed."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from masstransit import config
from masstransit.model.user import Role
from masstransit.storage import mail_domains
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import acts
from tests.channels.smtp.zone import Zone, zone
from tests.console.customer.deeds import stranger
from tests.console.house import Browser, Pages, opened, text_of

HERE, DOMAIN = "/account/email", "mail.shop.example"


@pytest.fixture
def names() -> Iterator[Zone]:
    with zone({("elsewhere.example", "TXT"): ["x"]}) as served:
        yield served


@pytest.fixture
async def posting(sqlite_database: Database, keys: Keys, tmp_path: Path, names: Zone) -> AsyncIterator[Pages]:
    told = config.Settings(
        data=str(tmp_path),
        dns=config.DnsSettings(servers=(f"127.0.0.1:{names.port}",)),
        smtp_server=config.SmtpSettings(bounces="back.example", spf="include:_spf.house.example"),
        mail_in=config.MailInSettings(listen="127.0.0.1:0"),
    )
    async with opened(sqlite_database, keys, told=told) as pages:
        yield pages


async def claimed(pages: Pages, owner: Browser) -> str:
    """The page of a domain that the customer just added."""
    sent = await owner.post(HERE, domain=DOMAIN.upper(), postal="1 Harbor Way, Seattle")
    assert sent.status_code == 303, text_of(sent)
    row = await pages.database.read(lambda c: mail_domains.of_name(c, pages.account, DOMAIN))
    assert row is not None
    assert sent.headers["location"] == f"{HERE}/domains/{row.sid}"
    return f"{HERE}/domains/{row.sid}"


def records(page: str) -> list[tuple[str, str]]:
    """(name, text) of the records that a page has to be copied."""
    told = [html.unescape(part.split(">", 1)[1].split("<", 1)[0]) for part in page.split("<code id=")[1:]]
    return list(zip(told[::3], told[2::3], strict=True))


async def test_a_domain_is_added_and_its_records_are_looked_up_one_by_one(posting: Pages, names: Zone) -> None:
    owner = await posting.signed_in(Role.OWNER)
    there = await claimed(posting, owner)
    page = await owner.get(there)
    assert text_of(page).count("not looked up") == 6  # two keys, and in the heading
    assert page.text.count('class="copy live-only"') == 15
    assert "_masstransit.mail</code>" in page.text  # as a form of the zone shop.example wants it
    told = records(page.text)
    assert [name.removesuffix(DOMAIN) for name, _ in told][:1] == ["_masstransit."]
    assert told[3:] == [
        (DOMAIN, "v=spf1 include:_spf.house.example ~all"),
        (f"_dmarc.{DOMAIN}", "v=DMARC1; p=none; rua=mailto:dmarc@back.example"),
    ]
    assert (await owner.post(f"{there}/look")).status_code == 303
    assert "is not proven yet. 5 of 5 records are not there" in text_of(await owner.get(there))
    names.records |= {(name, "TXT"): [text] for name, text in told[:3]}
    names.records[DOMAIN, "TXT"] = ["v=spf1 mx -all"]
    await owner.post(f"{there}/look")
    said = text_of(await owner.get(there))
    assert "The domain is proven to be yours. 2 of 5 records are not there as told." in said
    assert "add include:_spf.house.example before its last term" in said
    names.records |= {(name, "TXT"): [text] for name, text in told[3:]}
    await owner.post(f"{there}/look")
    assert f"All records of {DOMAIN} are published." in text_of(await owner.get(there))
    assert f"{DOMAIN} proven published published published" in text_of(await owner.get(HERE))
    done = await posting.database.read(lambda c: c.execute(select(acts.c.what)).scalars().all())
    assert {"mail-domain-claimed", "mail-domain-looked-up"} <= set(done)


async def test_what_is_no_domain_is_told_so_and_one_that_is_removed_is_gone(posting: Pages) -> None:
    owner = await posting.signed_in(Role.OWNER)
    for wrong, why in (("nothing", "no domain that somebody can own"), ("", "say it, please"), ("co.uk", "no domain")):
        refused = await owner.post(HERE, domain=wrong)
        assert (refused.status_code, why in text_of(refused)) == (400, True), wrong
    assert (await owner.post(HERE, domain=DOMAIN, campaign="QE1")).status_code == 404
    there = await claimed(posting, owner)
    assert (await owner.post(f"{there}/remove")).status_code == 303
    assert (await owner.get(there)).status_code == 404
    assert (await owner.post(f"{there}/remove")).status_code == 404
    assert DOMAIN not in (await owner.get(HERE)).text.replace(f"by {DOMAIN} any more", "")


async def test_a_viewer_changes_nothing_and_a_stranger_sees_nothing(posting: Pages) -> None:
    there = await claimed(posting, await posting.signed_in(Role.OWNER))
    viewer, other = await posting.signed_in(Role.VIEWER), await stranger(posting)
    page = await viewer.get(there)
    assert (f"_dmarc.{DOMAIN}" in page.text, "<form" in page.text.partition("<main")[2]) == (True, False)
    assert (await viewer.post(f"{there}/look")).status_code == 403
    assert (await viewer.post(HERE, domain="other.example")).status_code == 403
    assert DOMAIN not in (await other.get(HERE)).text
    for answer in (await other.get(there), await other.post(f"{there}/look"), await other.post(f"{there}/remove")):
        assert answer.status_code == 404


async def test_where_no_servers_are_named_no_spf_record_is_told(sqlite_database: Database, keys: Keys) -> None:
    async with opened(sqlite_database, keys) as pages:
        owner = await pages.signed_in(Role.OWNER)
        page = await owner.get(await claimed(pages, owner))
    assert "the operator names no servers for it" in text_of(page)
    assert [name for name, _ in records(page.text)][3:] == [f"_dmarc.{DOMAIN}"]
