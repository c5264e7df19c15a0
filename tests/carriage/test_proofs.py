"""A person's proof: what was said of them toward one customer, provable by the file alone, and of nobody else."""

from __future__ import annotations

import random
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import Connection

from masstransit.bundle import Bundle, TakenOut, check, seal
from masstransit.carriage.proofs import prove, whose
from masstransit.errors import BadInput, NotFound
from masstransit.ledger import Ledger
from masstransit.model.address import e164
from masstransit.storage import consents
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import records
from tests.makers import ACCOUNT, NOON, RECIPIENT

LEDGER = Ledger("test")
DAY = timedelta(days=1)
OTHER, RIVAL = "+13105550199", "AC" + "e" * 32


def said(connection: Connection, keys: Keys) -> None:
    """Two people and two customers; one of the numbers changes hands."""
    person, other = keys.person(RECIPIENT), keys.person(OTHER)
    given = {
        "purpose": "marketing",
        "kind": "written",
        "given_at": NOON,
        "shown": "Yes, send me offers.",
        "proof": "f7",
    }
    about = [(ACCOUNT, person), (ACCOUNT, other), (RIVAL, person)]
    rows = [{"account": account, "person": who, **given, "medium": account[-3:]} for account, who in about]
    consents.give(connection, LEDGER, rows, NOON)
    stop = {"account": ACCOUNT, "person": person, "since": NOON + DAY, "said": "STOP"}
    consents.opt_out(connection, LEDGER, [stop], NOON + DAY)
    consents.restore(connection, LEDGER, ACCOUNT, person, NOON + 2 * DAY, said="START")
    answer = {"account": ACCOUNT, "person": person, "answer": "yes", "consent_date": NOON, "asked_at": NOON + 30 * DAY}
    consents.reassigned_put(connection, LEDGER, [answer], NOON + 30 * DAY)


async def proven(database: Database, keys: Keys, number: str = RECIPIENT) -> tuple[Bundle, bytes]:
    person, taken = whose(keys, ACCOUNT, e164(number)), TakenOut(by="the person", at=NOON + 31 * DAY)
    return await database.write(lambda c: prove(c, LEDGER, keys, person, taken))


async def test_it_has_all_that_was_said_with_the_text_that_was_shown(database: Database, keys: Keys) -> None:
    await database.write(lambda c: said(c, keys))
    bundle, sealed = await proven(database, keys)
    assert [piece.kind for piece in bundle.pieces] == ["consent", "opt-out", "opt-out", "reassigned"]
    assert b"Yes, send me offers." in sealed
    assert bundle.beside["opt_outs"] == []
    found = check(sealed, keys.public)
    assert found.whole, found.breaks
    (note,) = found.bundle.notes
    assert "was given before the number changed hands" in note
    assert note in str(found)


async def test_of_others_it_tells_nothing(database: Database, keys: Keys) -> None:
    await database.write(lambda c: said(c, keys))
    _, sealed = await proven(database, keys)
    assert keys.person(OTHER).encode() not in sealed
    assert OTHER.encode() not in sealed
    assert RIVAL.encode() not in sealed


async def test_that_it_was_taken_out_is_on_record_and_not_in_the_next_one(database: Database, keys: Keys) -> None:
    await database.write(lambda c: said(c, keys))
    first, _ = await proven(database, keys)
    again, _ = await proven(database, keys)
    assert again.pieces == first.pieces
    kept = await database.read(lambda c: c.execute(records.select().where(records.c.kind == "disclosure")).all())
    assert len(kept) == 2
    assert '"by":"the person"' in kept[0].record


async def test_a_bit_that_is_changed_anywhere_is_found(sqlite_database: Database, keys: Keys) -> None:
    await sqlite_database.write(lambda c: said(c, keys))
    _, sealed = await proven(sqlite_database, keys)
    chance = random.Random(7)
    for place in chance.sample(range(len(sealed)), 300):
        changed = bytearray(sealed)
        changed[place] ^= 1 << chance.randrange(8)
        try:
            assert not check(bytes(changed), keys.public).whole, place
        except BadInput:
            continue


async def test_whoever_has_the_key_still_cannot_keep_the_handover_quiet(sqlite_database: Database, keys: Keys) -> None:
    await sqlite_database.write(lambda c: said(c, keys))
    bundle, _ = await proven(sqlite_database, keys)
    quiet = check(seal(msgspec.structs.replace(bundle, notes=()), keys), keys.public)
    assert quiet.breaks == ("what is noted does not follow from the entries",)


async def test_of_whom_nothing_is_on_record_there_is_no_proof(database: Database, keys: Keys) -> None:
    await database.write(lambda c: said(c, keys))
    with pytest.raises(NotFound, match=r"about \+1310\*\*\*98 toward") as told:
        await proven(database, keys, "+13105550198")
    assert "+13105550198" not in str(told.value)
