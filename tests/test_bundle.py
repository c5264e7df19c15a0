"""Evidence proves itself by its file alone, tells nothing of others, and fails when a byte of it is changed."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, delete, update

from masstransit.bundle import About, Bundle, check, gather, seal
from masstransit.errors import BadInput, Conflict
from masstransit.ledger import REDACTION, Ledger, checkpoint
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys, Material
from masstransit.storage.ledger import digest_of
from masstransit.storage.tables import decisions, records
from tests.makers import ACCOUNT, NOON
from tests.test_ledger import decide, fill

OTHER = "AC" + "e" * 32
ABOUT = About(what="p1", accounts={ACCOUNT}, refs={"p1"})


def filled(connection: Connection, keys: Keys) -> None:
    """Two chains, with what others did in between, and nothing that is not signed."""
    fill(connection, keys)
    Ledger("a").record(connection, OTHER, "consent", "somebody-else", {"purpose": "marketing"}, NOON)
    checkpoint(connection, keys, NOON + timedelta(minutes=2))


async def made(database: Database, keys: Keys, about: About = ABOUT) -> bytes:
    await database.write(lambda c: filled(c, keys))
    return seal(await database.read(lambda c: gather(c, about, NOON)), keys)


async def test_it_proves_itself_by_the_file_alone(database: Database, keys: Keys) -> None:
    sealed = await made(database, keys)
    found = check(sealed, keys.public)
    assert found.whole, found.breaks
    assert [(piece.chain, piece.kind, piece.record) for piece in found.bundle.pieces] == [
        ("a", "opt-out", '{"said":"STOP"}'),
        ("b", "opt-out", '{"said":"START"}'),
    ]
    assert len(found.bundle.checkpoints) == 2  # the first is signed a minute later, the second two
    assert "the evidence is whole" in str(found)
    assert "signed with the key you gave" in str(found)
    assert "compare this key" in str(check(sealed))


async def test_of_others_it_tells_nothing(database: Database, keys: Keys) -> None:
    sealed = await made(database, keys)
    assert OTHER.encode() not in sealed
    assert b"somebody-else" not in sealed
    assert b"p2" not in sealed
    assert b"DE000" not in sealed


async def test_a_byte_that_is_changed_anywhere_is_found(database: Database, keys: Keys) -> None:
    sealed, chance = await made(database, keys), random.Random(6)
    for place in [0, len(sealed) - 1, *(chance.randrange(len(sealed)) for _ in range(300))]:
        changed = bytearray(sealed)
        changed[place] ^= 1 << chance.randrange(8)
        try:
            assert not check(bytes(changed)).whole, place
        except BadInput:
            continue
    for longer in (sealed + b"\n", sealed + b" ", sealed[:-1]):
        assert not check(longer).whole


def resealed(bundle: Bundle, keys: Keys, **changes: Any) -> bytes:
    return seal(msgspec.structs.replace(bundle, **changes), keys)


async def test_who_signs_it_anew_still_cannot_change_what_the_ledger_said(database: Database, keys: Keys) -> None:
    bundle = check(await made(database, keys)).bundle
    first, second = bundle.pieces
    record = first.record or ""
    lies = [
        msgspec.structs.replace(first, record=record.replace("STOP", "GO")),
        msgspec.structs.replace(first, at=first.at + 1),
        msgspec.structs.replace(first, account=OTHER),
        msgspec.structs.replace(first, ref="p3"),
        msgspec.structs.replace(first, seq=first.seq + 1),
        msgspec.structs.replace(
            first, record="{}", digest=digest_of(bytes.fromhex(first.salt), b"{}").hex()
        ),
    ]  # fmt: skip
    for lie in lies:
        found = check(resealed(bundle, keys, pieces=(lie, second)))
        assert not found.whole, lie
        assert "chain a, entry" in found.breaks[0]
    assert check(resealed(bundle, keys)).whole


async def test_another_key_signed_no_heads_of_this_ledger(database: Database, keys: Keys) -> None:
    bundle = check(await made(database, keys)).bundle
    forger = Keys(Material(number=b"1" * 32, sealing=b"2" * 32, signing=b"3" * 32))
    found = check(seal(bundle, forger))
    assert [each for each in found.breaks if each.startswith("checkpoint")]
    assert not check(seal(bundle, forger), keys.public).whole
    cut = bundle.stretches[0]
    shorter = msgspec.structs.replace(cut, leaves=cut.leaves[:-1])
    assert not check(resealed(bundle, keys, stretches=(shorter, *bundle.stretches[1:]))).whole


async def test_what_was_erased_is_said_to_be(database: Database, keys: Keys) -> None:
    await database.write(lambda c: filled(c, keys))
    await database.write(lambda c: c.execute(delete(records).where(records.c.kind == "opt-out")))
    found = check(seal(await database.read(lambda c: gather(c, ABOUT, NOON)), keys))
    assert found.whole
    assert (len(found.bundle.pieces), found.erased) == (2, 2)


async def test_a_decision_may_have_lost_its_content_where_a_redaction_says_so(database: Database, keys: Keys) -> None:
    await database.write(lambda c: filled(c, keys))
    decision, subject, plain = f"DE{7:032}", f"SM{7:032}", '{"without":"content"}'
    about = About(what=subject, accounts={ACCOUNT}, refs={decision, subject})

    def redact(connection: Connection) -> None:
        row = connection.execute(decisions.select().where(decisions.c.id == decision)).one()
        connection.execute(update(decisions).where(decisions.c.id == decision).values(record=plain))
        said = {"decisions": {decision: digest_of(row.salt, plain.encode()).hex()}}
        Ledger("b").record(connection, ACCOUNT, REDACTION, subject, said, NOON)
        checkpoint(connection, keys, NOON + timedelta(minutes=3))

    await database.write(redact)
    bundle = await database.read(lambda c: gather(c, about, NOON))
    found = check(seal(bundle, keys))
    assert found.whole, found.breaks
    assert (len(bundle.pieces), found.redacted) == (2, 1)
    alone = tuple(piece for piece in bundle.pieces if piece.kind != REDACTION)
    assert not check(resealed(bundle, keys, pieces=alone)).whole


async def test_what_no_checkpoint_has_signed_is_no_evidence_yet(database: Database, keys: Keys) -> None:
    await database.write(lambda c: fill(c, keys))
    with pytest.raises(Conflict, match="in no checkpoint"):
        await database.read(lambda c: gather(c, ABOUT, NOON))


async def test_the_checkpoint_that_first_signed_a_row_is_taken(database: Database, keys: Keys) -> None:
    await database.write(lambda c: filled(c, keys))

    def more(connection: Connection) -> None:
        for minute in range(3, 9):
            decide(connection, Ledger("a"), range(minute * 100, minute * 100 + 3))
            checkpoint(connection, keys, NOON + timedelta(minutes=minute))

    await database.write(more)
    bundle = await database.read(lambda c: gather(c, ABOUT, NOON))
    assert [each.number for each in bundle.checkpoints] == [1, 3]
    assert check(seal(bundle, keys)).whole


@pytest.mark.parametrize("text", [b"", b"\n", b"{}\n{}\n", b'{"about":1}\n', b"\xff\xfe\n\x00", b"[" * 2000])
def test_what_is_no_evidence_is_said_to_be_none(text: bytes) -> None:
    with pytest.raises(BadInput, match="no evidence"):
        check(text)
