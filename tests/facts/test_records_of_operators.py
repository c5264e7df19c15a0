"""What operators put on record, as facts, on each engine: domains, licences, agreements, incidents, notices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, update

from masstransit.clock import HandClock
from masstransit.facts.complaints import Complainants, Complained
from masstransit.facts.consent import Roots
from masstransit.facts.domains import DomainRecords, Domains
from masstransit.facts.interference import IncidentBook
from masstransit.facts.papers import AssociateAgreement, AssociateAgreements, LicenceBook, Licences
from masstransit.facts.rights import NoticeBook, RightsNotices, material_of
from masstransit.storage import campaigns, incidents, known_domains, licences, reports, rights, tables
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import ACCOUNT, NOON, RECIPIENT, a_knock, an_sms

CHILD, OTHER = "AC" + "2" * 32, "AC" + "3" * 32
DAY = timedelta(days=1)


async def _accounts(database: Database, **more: Any) -> None:
    row: dict[str, Any] = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}} | more
    family = ((ACCOUNT, None), (CHILD, ACCOUNT), (OTHER, None))
    rows = [row | {"account": account, "parent": parent} for account, parent in family]
    await database.write(lambda c: c.execute(insert(tables.accounts), rows))


async def _put(database: Database, keep: Callable[[Connection, Mapping[str, Any]], None], *rows: Any) -> None:
    def put(connection: Connection) -> None:
        for row in rows:
            keep(connection, row)

    await database.write(put)


async def test_domains_and_hosts_are_known_by_what_was_listed(database: Database) -> None:
    rows = [
        {"domain": "bad.example.com", "source": "feed", "listed_at": NOON},
        {"domain": "worse.com", "listed_at": NOON},
        {"domain": "young.com", "blocked": False, "registered_at": NOON - 2 * DAY, "listed_at": NOON},
    ]
    await database.write(lambda c: known_domains.list_domains(c, rows))
    facts = DomainRecords(database, HandClock(NOON))
    texts = [
        "https://bad.example.com/x",
        "see a.worse.com",
        "see young.com and good.com",
        "good.example.com",
        "no link",
    ]
    blocked, below, young, good, none = await facts.learn([an_sms(text=text) for text in texts])
    assert blocked == Domains(blocked=("bad.example.com",), sources=("feed",))
    assert below.blocked == ("a.worse.com",)
    assert (young.blocked, young.youngest, young.age_days) == ((), "young.com", 2.0)
    assert (good, none) == (Domains(), Domains())


async def test_what_is_listed_again_is_written_over(database: Database) -> None:
    clock = HandClock(NOON)
    facts = DomainRecords(database, clock)
    row = {"domain": "worse.com", "listed_at": NOON}
    await database.write(lambda c: known_domains.list_domains(c, [row]))
    assert (await facts.learn([an_sms(text="worse.com")]))[0].blocked
    await database.write(lambda c: known_domains.list_domains(c, [row | {"blocked": False}]))
    await clock.move(timedelta(seconds=31))
    assert await facts.learn([an_sms(text="worse.com"), a_knock()]) == [Domains(), Domains()]
    await database.write(lambda c: known_domains.list_domains(c, []))


async def test_licences_count_while_they_are_valid_and_for_subaccounts(database: Database) -> None:
    await _accounts(database)
    told = {"account": ACCOUNT, "trade": "gambling", "number": "1", "authority": "DGE", "valid_from": NOON - DAY}
    places = (("US-NJ", None), ("GB", NOON), ("US-NY", NOON + DAY))
    await _put(database, licences.record_licence, *(told | {"place": p, "valid_until": until} for p, until in places))
    clock = HandClock(NOON)
    facts = LicenceBook(database, clock, Roots())
    own, child, other = await facts.learn([an_sms(), an_sms(account=CHILD), an_sms(account=OTHER)])
    assert set(own.held) == {("gambling", "US-NJ"), ("gambling", "US-NY")}
    assert (child, other) == (own, Licences())
    renewed = told | {"place": "GB", "valid_until": NOON + DAY}
    await database.write(lambda c: licences.record_licence(c, renewed))
    await clock.move(timedelta(seconds=6))
    assert (await facts.learn([an_sms()]))[0].cover("gambling", "GB")


async def test_an_agreement_has_a_scope_and_an_end_and_shows_who_is_in_health_care(database: Database) -> None:
    await _accounts(database)
    row: dict[str, Any] = {"account": ACCOUNT, "reference": "B1", "scope": ["sms"], "signed_at": NOON, "ended_at": None}
    await database.write(lambda c: licences.record_associate_agreement(c, row))
    clock = HandClock(NOON)
    facts = AssociateAgreements(database, clock, Roots())
    child, other = await facts.learn([an_sms(account=CHILD), an_sms(account=OTHER)])
    assert child == AssociateAgreement(signed=True, scope=("sms",), health=True)
    assert (other, child.covers("sms"), child.covers("fax")) == (AssociateAgreement(), True, False)
    await database.write(lambda c: licences.record_associate_agreement(c, row | {"ended_at": NOON + DAY}))
    frugal = update(tables.accounts).where(tables.accounts.c.account == CHILD).values(stores_content=False)
    await database.write(lambda c: c.execute(frugal))
    await clock.move(DAY)
    child, own = await facts.learn([an_sms(account=CHILD), an_sms()])
    assert (child.signed, child.health, child.stores_content) == (False, True, False)
    assert own.stores_content


async def test_a_brand_registered_as_health_care_is_that_by_its_own_word(database: Database) -> None:
    await _accounts(database)
    row = {"account": ACCOUNT, "brand": "BN1", "brand_name": "Clinic", "sid": "QE1", "use_case": "MIXED", "attrs": {}}
    row |= {"status": "VERIFIED", "numbers": []}
    await database.write(lambda c: campaigns.put(c, [row | {"vertical": "HEALTHCARE"}], NOON))
    await database.write(lambda c: campaigns.put(c, [row | {"account": OTHER, "vertical": "RETAIL"}], NOON))
    facts = AssociateAgreements(database, HandClock(NOON), Roots())
    child, other = await facts.learn([an_sms(account=CHILD), an_sms(account=OTHER)])
    assert (child.health, child.signed, other.health) == (True, False, False)
    await database.write(lambda c: campaigns.put(c, [row], NOON))  # a later import that says nothing of it
    assert (await AssociateAgreements(database, HandClock(NOON), Roots()).learn([an_sms()]))[0].health


async def test_incidents_count_for_a_month_after_they_ended(database: Database) -> None:
    row: dict[str, Any] = {"incident": "IN1", "target": "+14155550100", "what": "flood", "penalty": 900.0,
                           "since": NOON - DAY, "until": NOON}  # fmt: skip
    old = row | {"incident": "IN2", "until": NOON - 31 * DAY}
    going = row | {"incident": "IN3", "target": "platform", "until": None, "route": True}
    await _put(database, incidents.record_incident, row, old, going)
    book = IncidentBook(database, HandClock(NOON))
    (known, same) = await book.learn([an_sms(), an_sms(account=OTHER)])
    assert [i.incident for i in known.recent] == ["IN1", "IN3"]
    assert same == known
    assert await book.targets() == ("+14155550100",)


async def test_a_notice_is_about_the_very_text_or_domain(database: Database) -> None:
    await _accounts(database)
    row: dict[str, Any] = {"account": ACCOUNT, "holder": "Acme", "work": "a poem", "complete": True, "since": NOON}
    poem, shop = "Roses are red, violets are blue", "copies.example.com"
    told = (("RN1", "text", poem), ("RN2", "domain", f" {shop.upper()}. "))
    rows = [row | {"notice": name, "kind": kind, "target": material_of(kind, m)} for name, kind, m in told]
    await _put(database, rights.record_notice, *rows)
    clock = HandClock(NOON)
    facts = NoticeBook(database, clock, Roots())
    texts = [f"{poem.upper()}", f"buy at https://{shop}/7", "something else"]
    text, domain, other = await facts.learn([an_sms(account=CHILD, text=t) for t in texts])
    assert [n.notice for n in text.standing] == ["RN1"]
    assert [n.notice for n in domain.standing] == ["RN2"]
    assert other == RightsNotices()
    assert await facts.learn([an_sms(account=OTHER, text=poem)]) == [RightsNotices()]
    withdrawn = await database.write(lambda c: rights.answer_notice(c, ACCOUNT, "RN1", {"withdrawn_at": NOON}))
    countered = await database.write(lambda c: rights.answer_notice(c, ACCOUNT, "RN2", {"countered_at": NOON}))
    assert (withdrawn, countered) == (True, True)
    assert not await database.write(lambda c: rights.answer_notice(c, OTHER, "RN1", {"suit": True}))
    await clock.move(timedelta(seconds=2))
    text, domain, _ = await facts.learn([an_sms(account=CHILD, text=t) for t in texts])
    assert (text, domain.standing[0].countered_at) == (RightsNotices(), NOON)


async def test_who_complained_is_known_for_a_month(database: Database, keys: Keys) -> None:
    await _accounts(database)
    person = keys.person(RECIPIENT)
    row = {"account": ACCOUNT, "kind": "spam-report", "person": person}
    said = (("C1", NOON), ("C2", NOON - 31 * DAY))
    await _put(database, reports.record_complaint, *(row | {"complaint": name, "at": at} for name, at in said))
    facts = Complainants(database, keys, HandClock(NOON), Roots())
    them, child, another, knock = await facts.learn(
        [an_sms(), an_sms(account=CHILD), an_sms(recipient="+12125550199"), a_knock()]
    )
    assert (them.by_person_30d, child.by_person_30d) == (1, 1)
    assert (another, knock) == (Complained(), Complained())
    assert await facts.learn([an_sms(account=OTHER)]) == [Complained()]
