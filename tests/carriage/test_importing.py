"""CSV files are taken over; what can't be read is passed over and told."""

from __future__ import annotations

import io
from typing import Any

import pytest

from masstransit.carriage.importing import Imported, Kind, import_csv
from masstransit.clock import HandClock
from masstransit.errors import BadInput
from masstransit.ledger import Ledger
from masstransit.storage import consents, numbers, registrations
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import ACCOUNT, NOON, RECIPIENT, SENDER


async def taken(database: Database, keys: Keys, kind: Kind, text: str, account: str = ACCOUNT) -> Imported:
    more: dict[str, Any] = {"database": database, "keys": keys, "clock": HandClock(NOON), "ledger": Ledger("test")}
    return await import_csv(kind, io.StringIO(text), account, **more)


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
    await taken(database, keys, "numbers", text, account="AC" + "2" * 32)
    assert await database.read(lambda c: numbers.owners(c, [SENDER])) == {SENDER: ACCOUNT}


async def test_consents_and_registrations_are_taken_over(database: Database, keys: Keys) -> None:
    text = f"number,purpose,kind,given_at,proof\n{RECIPIENT},marketing,written,2026-01-01,form 7\n"
    assert (await taken(database, keys, "consents", text)).bad == []
    text = f"brand,brand_name,campaign,use_case,numbers\nBN1,Shop,QE1,MARKETING,{SENDER}\n"
    assert (await taken(database, keys, "registrations", text)).bad == []


async def test_what_a_campaign_declares_is_taken_over(sqlite_database: Database, keys: Keys) -> None:
    header = "brand,brand_name,campaign,use_case,exempt_as,debt_collection,segments_a_day,unstated_purpose"
    good, bad = "BN1,Shop,QE1,MIXED,financial,true,2000,transactional", "BN1,Shop,QE2,MIXED,alchemy,,,"
    found = await taken(sqlite_database, keys, "registrations", f"{header}\n{good}\n{bad}\nBN1,Shop,QE3,MIXED,,,-1,\n")
    assert [line for line, _ in found.bad] == [3, 4]
    (row,) = await sqlite_database.read(lambda c: registrations.campaigns_by_sid(c, ["QE1"]))
    assert row.attrs == {
        "exempt_as": "financial",
        "debt_collection": True,
        "segments_a_day": 2000,
        "unstated_purpose": "transactional",
    }


async def test_a_wrong_header_is_refused_by_the_column_s_name(database: Database, keys: Keys) -> None:
    with pytest.raises(BadInput, match="'number' is missing"):
        await taken(database, keys, "numbers", "phone\n1\n")
    with pytest.raises(BadInput, match="'color' is not known"):
        await taken(database, keys, "numbers", "number,color\n1,red\n")
