"""CSV files are taken over; what can't be read is passed over and told."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from masstransit.carriage.importing import KINDS, Asked, Imported, Into, Reading, check, import_csv, whose_rows
from masstransit.errors import BadInput
from masstransit.ledger import Ledger
from masstransit.storage import (
    campaigns,
    consents,
    do_not_call,
    known_domains,
    media_hashes,
    number_file,
    numbering,
    numbers,
    reachability,
    registrations,
    senders,
    services,
)
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import metadata
from tests.makers import ACCOUNT, NOON, RECIPIENT, SENDER

US: dict[str, Any] = {"account": "", "registry": "us-national", "region": "US"}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


LISTS = Path("lists")


async def taken(
    database: Database, keys: Keys, kind: str, text: str | io.BytesIO, at: datetime = NOON, **more: Any
) -> Imported:
    asked = Asked(**{"kind": kind, "account": ACCOUNT if KINDS[kind].of_account else ""} | more)
    check(asked)
    whose = whose_rows(asked, keys, at)
    file = io.TextIOWrapper(io.BytesIO(text.encode()) if isinstance(text, str) else text, "utf-8", newline="")
    return await import_csv(asked, file, whose, Into(database=database, ledger=Ledger("test"), lists=LISTS))


async def test_bad_rows_are_told_by_line_and_the_good_ones_kept(database: Database, keys: Keys) -> None:
    text = f"number,since\n{RECIPIENT},2026-01-01\nnobody,2026-01-01\n+12125550124,2099-01-01\n"
    answer = await taken(database, keys, "opt-outs", text)
    assert answer.good == 1
    assert [line for line, _ in answer.bad] == [3, 4]
    person = keys.person(RECIPIENT)
    assert len(await database.read(lambda c: consents.opt_outs_of(c, [ACCOUNT], [person]))) == 1


async def test_a_file_may_be_imported_again(database: Database, keys: Keys) -> None:
    text = f"\ufeffnumber,mms\n{SENDER},true\n"
    await taken(database, keys, "numbers", text)
    assert (await taken(database, keys, "numbers", text)).good == 1
    assert await database.read(lambda c: numbers.owners(c, [SENDER])) == {SENDER: ACCOUNT}


async def test_a_number_that_is_another_account_s_is_told(database: Database, keys: Keys) -> None:
    await taken(database, keys, "numbers", f"number\n{SENDER}\n")
    found = await taken(database, keys, "numbers", f"number\n+14155550101\n{SENDER}\n", account="AC" + "2" * 32)
    assert (found.good, found.bad) == (1, [(3, f"{SENDER} is another account's")])
    assert await database.read(lambda c: numbers.owners(c, [SENDER])) == {SENDER: ACCOUNT}


async def test_a_number_that_was_given_up_and_rests_is_told(database: Database, keys: Keys) -> None:
    await taken(database, keys, "numbers", f"number\n{SENDER}\n")
    (row,) = await database.read(lambda c: c.execute(metadata.tables["numbers"].select()).all())
    await database.write(lambda c: numbers.release(c, ACCOUNT, row.sid, NOON))
    found = await taken(database, keys, "numbers", f"number\n{SENDER}\n")
    assert "was given up and is released" in found.bad[0][1]


async def test_consents_and_registrations_are_taken_over(database: Database, keys: Keys) -> None:
    text = f"number,purpose,kind,given_at,proof\n{RECIPIENT},marketing,written,2026-01-01,form 7\n"
    assert (await taken(database, keys, "consents", text)).bad == []
    text = f"brand,brand_name,campaign,use_case,numbers\nBN1,Shop,QE1,MARKETING,{SENDER}\n"
    found = await taken(database, keys, "registrations", text)
    assert found.bad == [(2, f"import its numbers first: {SENDER} are not this account's")]
    assert await database.read(lambda c: registrations.campaigns_by_sid(c, ["QE1"])) == []
    await taken(database, keys, "numbers", f"number\n{SENDER}\n")
    assert (await taken(database, keys, "registrations", text)).bad == []
    (covered,) = await database.read(lambda c: senders.numbers_of(c, [SENDER]))
    assert covered.campaign == "QE1"


async def test_what_a_campaign_declares_is_taken_over(sqlite_database: Database, keys: Keys) -> None:
    header = "brand,brand_name,campaign,use_case,exempt_as,debt_collection,segments_a_day,unstated_purpose,number_pool"
    good, bad = "BN1,Shop,QE1,MIXED,financial,true,2000,transactional,true", "BN1,Shop,QE2,MIXED,alchemy,,,,"
    text = f"{header}\n{good}\n{bad}\nBN1,Shop,QE3,MIXED,,,-1,,\n"
    found = await taken(sqlite_database, keys, "registrations", text)
    assert [line for line, _ in found.bad] == [3, 4]
    (row,) = await sqlite_database.read(lambda c: registrations.campaigns_by_sid(c, ["QE1"]))
    assert row.attrs == {
        "exempt_as": "financial",
        "debt_collection": True,
        "segments_a_day": 2000,
        "unstated_purpose": "transactional",
        "number_pool": True,
    }


async def test_a_registry_s_file_takes_the_place_of_its_last_one(database: Database, keys: Keys) -> None:
    first = await taken(database, keys, "do-not-call", f"number\n{RECIPIENT}\n+12125550124\n", **US)
    assert (first.good, first.bad) == (2, [])
    later = NOON + timedelta(days=30)
    second = await taken(database, keys, "do-not-call", "number\n2125550124\n(212) 555-0125\n", at=later, **US)
    assert (second.good, second.bad) == (2, [])
    assert await on_the_list(database, RECIPIENT, "+12125550124", "+12125550125") == [False, True, True]
    (row,) = await database.read(do_not_call.registries_all)
    assert (row.region, row.numbers, row.loaded_at) == ("US", 2, later)
    third = await taken(database, keys, "do-not-call", "2125550126\n", at=later + timedelta(days=30), **US)
    assert third.good == 1
    (last,) = await database.read(do_not_call.registries_all)
    names = {number_file.name_of("us-national", digest) for digest in (row.digest, last.digest)}
    assert {file.name for file in LISTS.glob("*.numbers")} == names  # the last but one is gone


async def on_the_list(database: Database, *texts: str) -> list[bool]:
    (row,) = await database.read(do_not_call.registries_all)
    file = number_file.NumberFile(LISTS / number_file.name_of(row.registry, row.digest))
    return list(file.among(np.array([int(text) for text in texts])))


async def test_who_stands_in_a_list_twice_is_counted_once(database: Database, keys: Keys) -> None:
    text = f"number\n{RECIPIENT}\n2125550124\n{RECIPIENT}\n(212) 555-0124\n"
    assert (await taken(database, keys, "do-not-call", text, **US)).good == 4
    (row,) = await database.read(do_not_call.registries_all)
    assert row.numbers == 2


class Cut(io.BytesIO):
    """A file whose disk is pulled out behind its first piece."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError("the disk is gone")
        return super().read(size)


async def test_until_the_last_row_is_in_the_old_list_holds(database: Database, keys: Keys) -> None:
    await taken(database, keys, "do-not-call", f"number\n{RECIPIENT}\n", **US)
    rows = "".join(f"+1{2130000000 + n}\n" for n in range(10_001))
    with pytest.raises(OSError, match="disk"):
        await taken(database, keys, "do-not-call", Cut(f"number\n{rows}".encode()), at=NOON + timedelta(days=1), **US)
    assert await on_the_list(database, RECIPIENT, "+12130000000") == [True, False]
    await taken(database, keys, "do-not-call", "number\n+12125550124\n", at=NOON + timedelta(days=2), **US)
    assert await on_the_list(database, RECIPIENT, "+12125550124") == [False, True]
    assert not list(LISTS.glob("*.draft"))


async def test_a_list_that_was_begun_before_the_one_in_force_takes_no_place(database: Database, keys: Keys) -> None:
    await taken(database, keys, "do-not-call", f"number\n{RECIPIENT}\n", **US)
    with pytest.raises(BadInput, match="a later import of us-national"):
        await taken(database, keys, "do-not-call", "number\n2125550124\n", at=NOON - timedelta(days=1), **US)
    assert await on_the_list(database, RECIPIENT, "+12125550124") == [True, False]


async def test_an_import_says_how_far_it_is(sqlite_database: Database, keys: Keys) -> None:
    heard: list[int] = []
    text = "number\n" + "".join(f"{2_120_000_000 + n}\n" for n in range(500_000)) + "nobody\n"
    asked = Asked(kind="do-not-call", **US)
    file = io.TextIOWrapper(io.BytesIO(text.encode()))
    whose = whose_rows(asked, keys, NOON)
    into = Into(database=sqlite_database, ledger=Ledger("test"), lists=LISTS)
    await import_csv(asked, file, whose, into, progress=heard.append)
    assert len(heard) == 2
    assert heard[-1] == 500_001


@pytest.mark.parametrize("text", ["number\n", "number\n+442079460000\nnobody\n"])
async def test_a_file_of_which_nothing_can_be_read_leaves_the_list_as_it_is(
    database: Database, keys: Keys, text: str
) -> None:
    await taken(database, keys, "do-not-call", f"number\n{RECIPIENT}\n", **US)
    with pytest.raises(BadInput, match="stays as it is"):
        await taken(database, keys, "do-not-call", text, at=NOON + timedelta(days=1), **US)
    assert await on_the_list(database, RECIPIENT) == [True]


async def test_bad_numbers_of_a_list_are_told_and_the_others_taken(database: Database, keys: Keys) -> None:
    found = await taken(database, keys, "do-not-call", f"number\n+442079460000\n\n555\n{RECIPIENT}\n", **US)
    assert (found.good, found.passed_over) == (1, 2)
    assert found.bad[0] == (2, "'+442079460000' is not a number of US")
    assert found.bad[1][0] == 4


async def test_a_list_of_another_country_has_its_numbers(database: Database, keys: Keys) -> None:
    about: dict[str, Any] = {"account": "", "registry": "gb-tps", "region": "GB"}
    found = await taken(database, keys, "do-not-call", "number\n+442079460000\n2125550123\n", **about)
    assert (found.good, [line for line, _ in found.bad]) == (1, [3])


async def test_answers_about_reassigned_numbers_are_taken_over_for_the_brand(database: Database, keys: Keys) -> None:
    header = "number,answer,consent_date,asked_at"
    good = f"{RECIPIENT},no data,2025-01-01,2026-01-01"
    bad = f"{RECIPIENT},perhaps,2025-01-01,2026-01-01\n{RECIPIENT},yes,2026-01-02,2026-01-01"
    found = await taken(database, keys, "reassigned", f"{header}\n{good}\n{bad}\n")
    assert (found.good, [line for line, _ in found.bad]) == (1, [3, 4])
    (row,) = await database.read(lambda c: consents.reassigned_of(c, [ACCOUNT], [keys.person(RECIPIENT)]))
    assert row.answer == "no-data"


async def test_a_number_is_what_its_plan_says_unless_the_file_says_otherwise(database: Database, keys: Keys) -> None:
    text = "number,type,region\n+18005550115,,\n+447400123456,,\n+14155550100,,\n12345,,US\n+14155550101,mobile,\n"
    assert (await taken(database, keys, "numbers", text)).bad == []
    rows = await database.read(lambda c: c.execute(metadata.tables["numbers"].select()).all())
    assert {row.number: row.type for row in rows} == {
        "+18005550115": "toll-free",
        "+447400123456": "mobile",
        "+14155550100": "local",
        "12345": "short-code",
        "+14155550101": "mobile",
    }


async def test_a_toll_free_numbers_verification_is_told_and_kept(database: Database, keys: Keys) -> None:
    for text in ("number,verification\n+18005550115,verified\n", "number\n+18005550115\n"):
        await taken(database, keys, "numbers", text)
        (row,) = await database.read(lambda c: senders.numbers_of(c, ["+18005550115"]))
        assert row.verification == "verified"
    found = await taken(database, keys, "numbers", "number,verification\n+18005550115,maybe\n")
    assert "'verification' is one of" in found.bad[0][1]


async def test_numbers_for_sale_are_anybodys_who_buys_them(database: Database, keys: Keys) -> None:
    await taken(database, keys, "numbers", f"number\n{SENDER}\n")
    found = await taken(database, keys, "inventory", f"number\n{SENDER}\n+14155550101\n")
    assert (found.good, found.bad) == (2, [])
    owners = await database.read(lambda c: numbers.owners(c, [SENDER, "+14155550101"]))
    assert owners == {SENDER: ACCOUNT, "+14155550101": None}
    bought = await database.write(lambda c: numbers.buy(c, ACCOUNT, "+14155550101", "PN1", NOON, {}))
    assert bought.state == "in-use"


async def test_a_sender_name_that_was_asked_for_is_decided_on(database: Database, keys: Keys) -> None:
    more: tuple[Any, ...] = (ACCOUNT, "MG1", "Northwind", "AI1", "pending", NOON)
    await database.write(lambda c: services.add_alpha(c, *more))
    text = "sender,status\nNorthwind,registered\nSouthwind,registered\n+14155550100,registered\nNorthwind,maybe\n"
    found = await taken(database, keys, "sender-names", text)
    assert (found.good, [line for line, _ in found.bad]) == (1, [3, 4, 5])
    (row,) = await database.read(lambda c: senders.alpha_senders_of(c, [ACCOUNT], ["Northwind"]))
    assert row.status == "registered"


async def test_numbers_that_only_receive_are_taken_over(database: Database, keys: Keys) -> None:
    found = await taken(database, keys, "do-not-originate", f"number,source\n{SENDER},industry list\n{SENDER},\n")
    assert (found.good, [line for line, _ in found.bad]) == (1, [3])
    assert await database.read(lambda c: senders.never_originating(c, [SENDER])) == {SENDER: "industry list"}


async def test_a_number_leaves_the_list_of_who_had_listed_it_and_no_others(database: Database, keys: Keys) -> None:
    header = "number,source,listed"
    await taken(database, keys, "do-not-originate", f"{header}\n{SENDER},the bank,true\n+18005550115,the bank,\n")
    found = await taken(database, keys, "do-not-originate", f"{header}\n{SENDER},another list,false\n")
    assert (found.good, found.bad) == (1, [])
    both = {SENDER: "the bank", "+18005550115": "the bank"}
    assert await database.read(lambda c: senders.never_originating(c, list(both))) == both
    text = f"{header}\n{SENDER},the bank,false\n+18005550115,the bank,false\n+18005550115,the bank,true\n"
    await taken(database, keys, "do-not-originate", text)
    left = await database.read(lambda c: senders.never_originating(c, list(both)))
    assert left == {"+18005550115": "the bank"}, "lines count one after the other"


async def test_a_registry_s_file_may_call_its_column_otherwise(database: Database, keys: Keys) -> None:
    mapped = Reading(mapped={"number": "Telephone"})
    text = f"Name,Telephone\nAnn,2125550124\nBob,{RECIPIENT}\n"
    assert (await taken(database, keys, "do-not-call", text, how=mapped, **US)).good == 2
    assert await on_the_list(database, RECIPIENT, "+12125550124") == [True, True]
    with pytest.raises(BadInput, match="no column 'Telephone'; it has number"):
        await taken(database, keys, "do-not-call", f"number\n{RECIPIENT}\n", how=mapped, **US)


async def test_blocks_of_the_numbering_plans_are_taken_over(database: Database, keys: Keys) -> None:
    text = "prefix,status,as_of\n+1212555,allocated,2026-06-01\n1213,unallocated,2026-06-01\nx,allocated,2026-06-01\n"
    found = await taken(database, keys, "allocations", f"{text}+1,sold,2026-06-01\n+1,allocated,2099-01-01\n")
    assert (found.good, [line for line, _ in found.bad]) == (2, [4, 5, 6])
    rows = await database.read(lambda c: numbering.blocks(c, ["+1212555", "+1213"]))
    assert {row.prefix: row.status for row in rows} == {"+1212555": "allocated", "+1213": "unallocated"}


async def test_numbers_that_were_shut_down_are_taken_over(database: Database, keys: Keys) -> None:
    text = f"number,at\n{RECIPIENT},2026-06-01\nx,2026-06-01\n{RECIPIENT},2099-01-01\n{RECIPIENT},2026-05-01\n"
    found = await taken(database, keys, "deactivations", text)
    assert (found.good, [line for line, _ in found.bad]) == (2, [3, 4])
    person = keys.person(RECIPIENT)
    kept = await database.read(lambda c: reachability.shut_down(c, [person]))
    assert kept == {person: datetime(2026, 6, 1, tzinfo=UTC)}


async def test_what_is_known_of_domains_is_taken_over(database: Database, keys: Keys) -> None:
    text = (
        "domain,blocked,source,registered_at\nBad.Example.,true,a feed,\nyoung.example,false,,2026-05-30\n"
        "https://x.example/,true,a feed,\nnobody-says.example,true,,\nnothing.example,false,,\n"
        "later.example,false,,2099-01-01\nmaybe.example,perhaps,a feed,\n"
    )
    found = await taken(database, keys, "domains", text)
    assert (found.good, [line for line, _ in found.bad]) == (2, [4, 5, 6, 7, 8])
    rows = {
        r.domain: r for r in await database.read(lambda c: known_domains.known(c, ["bad.example", "young.example"]))
    }
    assert (rows["bad.example"].blocked, rows["bad.example"].source) == (True, "a feed")
    young = rows["young.example"]
    assert (young.blocked, young.registered_at) == (False, datetime(2026, 5, 30, tzinfo=UTC))


async def test_hashes_of_known_files_are_taken_over(database: Database, keys: Keys) -> None:
    text = (
        "hash,kind,tier,source,work,holder,listed\n"
        f"{'AB' * 32},,abuse,a hotline,,,\n"
        f"{'cd' * 32},sha256,work,a studio,A Film,Studio Ltd,\n"
        f"{'cd' * 32},sha256,malware,a feed,,,false\n"
        f"{'ef' * 32},pdq,malware,a feed,,,\n"
        f"{'ef' * 31},pdq,abuse,a hotline,,,\n"
        f"{'ef' * 32},md5,abuse,a hotline,,,\n"
        f"{'ef' * 32},pdq,worst,a hotline,,,\n"
        f"{'ef' * 32},pdq,abuse,,,,\n"
    )
    found = await taken(database, keys, "media-hashes", text)
    assert (found.good, [line for line, _ in found.bad]) == (3, [5, 6, 7, 8, 9])
    rows = await database.read(media_hashes.in_force)
    assert [(r.kind, r.hash[:2], r.tier, r.work, r.holder) for r in rows] == [
        ("pdq", "ab", "abuse", "", ""),
        ("sha256", "cd", "work", "A Film", "Studio Ltd"),
    ]


ROWS = {
    "domains": "domain,source\nbad.example,a feed\n",
    "media-hashes": f"hash,tier,source\n{'0' * 64},abuse,a hotline\n",
    "deactivations": f"number,at\n{RECIPIENT},2026-06-01\n",
    "sender-names": "sender,status\nNorthwind,registered\n",
    "inventory": f"number\n{SENDER}\n",
    "numbers": f"number\n{SENDER}\n",
    "registrations": "brand,brand_name,campaign,use_case\nBN1,Shop,QE1,MIXED\n",
    "opt-outs": f"number\n{RECIPIENT}\n",
    "consents": f"number,purpose,kind,given_at\n{RECIPIENT},marketing,written,2026-01-01\n",
    "reassigned": f"number,answer,consent_date,asked_at\n{RECIPIENT},no,2025-01-01,2026-01-01\n",
    "do-not-call": f"number\n{RECIPIENT}\n",
    "do-not-originate": f"number,source\n{SENDER},list\n",
    "allocations": "prefix,status,as_of\n+1212555,allocated,2026-06-01\n",
}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_dry_run_reads_and_keeps_nothing(kind: str, database: Database, keys: Keys) -> None:
    more = US if kind == "do-not-call" else {}
    found = await taken(database, keys, kind, f"{ROWS[kind]}nonsense,,,,,,\n", dry_run=True, **more)
    assert (found.good, found.passed_over) == (1, 1)
    counts = await database.read(lambda c: {t: len(c.execute(t.select()).all()) for t in metadata.sorted_tables})
    assert not any(counts.values())
    assert not LISTS.exists()
    if kind == "sender-names":
        asked_for: tuple[Any, ...] = (ACCOUNT, "MG1", "Northwind", "AI1", "pending", NOON)
        await database.write(lambda c: services.add_alpha(c, *asked_for))
    assert (await taken(database, keys, kind, ROWS[kind], **more)).good == 1
    counts = await database.read(lambda c: {t: len(c.execute(t.select()).all()) for t in metadata.sorted_tables})
    assert any(counts.values())


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (Asked(kind="consents"), "say --account"),
        (Asked(kind="do-not-originate", account=ACCOUNT), "leave --account out"),
        (Asked(kind="do-not-call", registry="us-national"), "--region is where"),
        (Asked(kind="do-not-call", registry="us-national", region="Texas"), "--region is where"),
        (Asked(kind="do-not-call", registry="us-national", region="ZZ"), "--region is where"),
        (Asked(kind="do-not-call", registry="US list", region="US"), "--registry is the list's name"),
        (Asked(kind="allocations", region="US"), "of no registry"),
        (Asked(kind="do-not-call", registry="us", region="US", how=Reading(country="US")), "leave --set, --dates and"),
    ],
)
def test_an_import_that_says_too_little_or_too_much_is_told_so(asked: Asked, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        check(asked)


async def test_a_campaign_that_was_filed_is_decided_on_and_keeps_what_its_customer_said(
    sqlite_database: Database, keys: Keys
) -> None:
    filed = {"brand": "BN1", "use_case": "MARKETING", "status": "IN_PROGRESS", "attrs": {"help_message": "Call us."}}
    await sqlite_database.write(lambda c: campaigns.create(c, ACCOUNT, "QE1", NOON, filed))
    text = "brand,brand_name,campaign,use_case,brand_status,segments_a_day\nBN1,Shop,QE1,MARKETING,SUSPENDED,2000\n"
    assert (await taken(sqlite_database, keys, "registrations", text)).bad == []
    (row,) = await sqlite_database.read(lambda c: registrations.campaigns_by_sid(c, ["QE1"]))
    assert row.attrs == {"help_message": "Call us.", "segments_a_day": 2000}
    assert (row.status, row.brand_status) == ("VERIFIED", "SUSPENDED")


async def test_a_wrong_header_is_refused_by_the_column_s_name(database: Database, keys: Keys) -> None:
    with pytest.raises(BadInput, match="'number' is missing"):
        await taken(database, keys, "numbers", "phone\n1\n")
    with pytest.raises(BadInput, match="'color' is not known"):
        await taken(database, keys, "numbers", "number,color\n1,red\n")
