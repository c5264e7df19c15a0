"""The ledger holds; and whatever is done to it behind its back is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, text, update

from masstransit.errors import LedgerBroken
from masstransit.ledger import ERASURE, Ledger, Report, checkpoint, merkle_root, verify
from masstransit.model.communication import Moment
from masstransit.model.decision import Decision, Finding, Verdict
from masstransit.storage import decisions as decided
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys, Material
from masstransit.storage.tables import checkpoints, decisions, ledger, records
from tests.makers import ACCOUNT, NOON


def a_decision(number: int, account: str = ACCOUNT) -> Decision:
    finding = Finding(clause="8", rule="8.1", verdict=Verdict.REFUSE, reason="asked not to", evidence={"n": number})
    return Decision(
        id=f"DE{number:032}",
        subject=f"SM{number:032}",
        account=account,
        moment=Moment.OFFER,
        attempt=0,
        at=NOON,
        verdict=Verdict.REFUSE,
        findings=(finding,),
        facts={},
        revision="2026-01-01 abc",
    )


def decide(connection: Connection, chain: Ledger, numbers: range) -> None:
    """As the exchange does it."""
    made = [a_decision(n) for n in numbers]
    kept = [decided.record(d) for d in made]
    salts = chain.append(connection, [(d.account, "decision", d.id, k) for d, k in zip(made, kept, strict=True)], NOON)
    decided.add(connection, list(zip(made, kept, salts, strict=True)))


def fill(connection: Connection, keys: Keys) -> None:
    """Two chains, decisions and events, two checkpoints; the last entry of chain b is after both."""
    first, second = Ledger("a"), Ledger("b")
    decide(connection, first, range(6))
    first.record(connection, ACCOUNT, "opt-out", "p1", {"said": "STOP"}, NOON)
    decide(connection, second, range(6, 9))
    checkpoint(connection, keys, NOON)
    second.record(connection, ACCOUNT, "consent", "p2", {"purpose": "marketing"}, NOON)
    decide(connection, first, range(9, 12))
    checkpoint(connection, keys, NOON + timedelta(minutes=1))
    second.record(connection, ACCOUNT, "opt-out", "p1", {"said": "START"}, NOON)


async def proof(database: Database, keys: Keys, **more: Any) -> Report:
    return await database.read(lambda c: verify(c, keys.public, **more))


async def test_a_whole_ledger_is_whole(database: Database, keys: Keys) -> None:
    await database.write(lambda c: fill(c, keys))
    heard: list[int] = []
    report = await database.read(lambda c: verify(c, keys.public, heard.append))
    assert report.whole, report.breaks
    assert (report.chains, report.entries, report.records, report.checkpoints, report.unsigned) == (2, 15, 15, 2, 1)
    assert heard[-1] == 15
    report.insist()


async def test_an_empty_ledger_is_whole(database: Database, keys: Keys) -> None:
    assert (await proof(database, keys)).whole
    await database.write(lambda c: checkpoint(c, keys, NOON))
    assert (await proof(database, keys)).whole


async def test_a_transaction_that_is_rolled_back_leaves_no_gap(database: Database, keys: Keys) -> None:
    chain = Ledger("a")

    def failing(connection: Connection) -> None:
        decide(connection, chain, range(5, 8))
        raise ValueError("on purpose")

    await database.write(lambda c: decide(c, chain, range(3)))
    with pytest.raises(ValueError, match="on purpose"):
        await database.write(failing)
    await database.write(lambda c: decide(c, chain, range(10, 12)))
    report = await proof(database, keys)
    assert report.whole
    assert report.entries == 5


async def test_a_process_goes_on_where_it_stopped(database: Database, keys: Keys) -> None:
    await database.write(lambda c: decide(c, Ledger("a"), range(2)))
    await database.write(lambda c: decide(c, Ledger("a"), range(2, 4)))
    assert (await proof(database, keys)).whole


async def test_a_long_ledger_is_read_in_steps(database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    await database.write(lambda c: fill(c, keys))
    monkeypatch.setattr("masstransit.storage.ledger.STEP", 2)
    report = await proof(database, keys)
    assert report.whole
    assert report.entries == 15


# --- what is found ------------------------------------------------------------------------------------------------

Tampering = Callable[[Connection], Any]


def flipped(table: Any, column: str, where: Any) -> Tampering:
    """One bit of one column of one row."""

    def tamper(connection: Connection) -> None:
        value = connection.execute(select(table.c[column]).where(where)).scalar_one()
        connection.execute(update(table).where(where).values({column: _flip(value)}))

    return tamper


def _flip(value: Any) -> Any:
    match value:
        case bytes():
            return value[:-1] + bytes([value[-1] ^ 1])
        case str():
            return value[:-1] + chr(ord(value[-1]) ^ 64)
        case int():
            return value ^ 64
        case dict():
            return {chain: [seq, _flip(hash_)] for chain, (seq, hash_) in value.items()}
        case _:
            return value + timedelta(microseconds=1)


AN_ENTRY = (ledger.c.chain == "a") & (ledger.c.seq == 4)
A_DECISION = decisions.c.id == a_decision(3).id
A_RECORD = records.c.id == "a/7"
A_CHECKPOINT = checkpoints.c.number == 1


def swapped(connection: Connection) -> None:
    """Two entries change places."""
    for before, after in ((3, 1000), (4, 3), (1000, 4)):
        connection.execute(update(ledger).where(ledger.c.chain == "a", ledger.c.seq == before).values(seq=after))


def slipped_in(connection: Connection) -> None:
    """A decision that no chain knows."""
    decided.add(connection, [(a_decision(99), decided.record(a_decision(99)), b"salt")])


TAMPERINGS: dict[str, tuple[Tampering, tuple[str, int]]] = {
    **{f"ledger.{c}": (flipped(ledger, c, AN_ENTRY), ("a", 4)) for c in ("at", "account", "kind", "ref", "hash")},
    "ledger.digest": (flipped(ledger, "digest", AN_ENTRY), ("a", 4)),
    "ledger.seq": (flipped(ledger, "seq", AN_ENTRY), ("a", 5)),
    "ledger.chain": (flipped(ledger, "chain", AN_ENTRY), ("a", 5)),
    "decisions.record": (flipped(decisions, "record", A_DECISION), ("a", 4)),
    "decisions.salt": (flipped(decisions, "salt", A_DECISION), ("a", 4)),
    "decisions.verdict": (lambda c: c.execute(update(decisions).where(A_DECISION).values(verdict="ALLOW")), ("a", 4)),
    "decisions.subject": (flipped(decisions, "subject", A_DECISION), ("a", 4)),
    "decisions.id": (flipped(decisions, "id", A_DECISION), ("a", 4)),
    "records.record": (flipped(records, "record", A_RECORD), ("a", 7)),
    "records.salt": (flipped(records, "salt", A_RECORD), ("a", 7)),
    "records.kind": (flipped(records, "kind", A_RECORD), ("a", 7)),
    "records.at": (flipped(records, "at", A_RECORD), ("a", 7)),
    "checkpoints.heads": (flipped(checkpoints, "heads", A_CHECKPOINT), ("", 0)),
    "checkpoints.root": (flipped(checkpoints, "root", A_CHECKPOINT), ("", 0)),
    "checkpoints.signature": (flipped(checkpoints, "signature", A_CHECKPOINT), ("", 0)),
    "checkpoints.at": (flipped(checkpoints, "at", A_CHECKPOINT), ("", 0)),
    "a deleted checkpoint": (lambda c: c.execute(delete(checkpoints).where(A_CHECKPOINT)), ("", 0)),
    "a deleted entry": (lambda c: c.execute(delete(ledger).where(AN_ENTRY)), ("a", 5)),
    "a deleted first entry": (
        lambda c: c.execute(delete(ledger).where(ledger.c.chain == "a", ledger.c.seq == 1)),
        ("a", 2),
    ),
    "a deleted decision": (lambda c: c.execute(delete(decisions).where(A_DECISION)), ("a", 4)),
    "a deleted record": (lambda c: c.execute(delete(records).where(A_RECORD)), ("a", 7)),
    "a truncated tail": (
        lambda c: c.execute(delete(ledger).where(ledger.c.chain == "a", ledger.c.seq > 9)),
        ("a", 10),
    ),
    "a chain that is gone": (lambda c: c.execute(delete(ledger).where(ledger.c.chain == "a")), ("a", 7)),
    "a swapped pair": (swapped, ("a", 3)),
    "a decision slipped in": (slipped_in, ("", 0)),
    "an instant out of range": (
        lambda c: c.execute(text("UPDATE ledger SET at = 9000000000000000000 WHERE chain = 'a' AND seq = 4")),
        ("a", 4),
    ),
    "heads that are no JSON": (
        lambda c: c.execute(text("UPDATE checkpoints SET heads = 'x' WHERE number = 1")),
        ("", 0),
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_every_change_is_found_and_placed(database: Database, keys: Keys, name: str) -> None:
    tamper, (chain, seq) = TAMPERINGS[name]
    await database.write(lambda c: fill(c, keys))
    await database.write(tamper)
    report = await proof(database, keys)
    assert not report.whole
    assert (chain, seq) in {(b.chain, b.seq) for b in report.breaks}, report.breaks
    with pytest.raises(LedgerBroken):
        report.insist()


async def test_a_chain_written_anew_is_found_by_its_checkpoint(database: Database, keys: Keys) -> None:
    await database.write(lambda c: fill(c, keys))

    def rewrite(connection: Connection) -> None:
        connection.execute(delete(ledger).where(ledger.c.chain == "a"))
        connection.execute(delete(decisions).where(decisions.c.id < a_decision(6).id))
        connection.execute(delete(decisions).where(decisions.c.id >= a_decision(9).id))
        connection.execute(delete(records).where(A_RECORD))
        decide(connection, Ledger("a"), range(20, 40))

    await database.write(rewrite)
    report = await proof(database, keys)
    assert {(b.chain, b.seq) for b in report.breaks} == {("a", 7), ("a", 10)}


async def test_another_installation_s_signature_is_none(database: Database, keys: Keys) -> None:
    other = Keys(Material(number=b"x" * 32, sealing=b"x" * 32, signing=b"x" * 32))
    await database.write(lambda c: fill(c, other))
    assert not (await proof(database, keys)).whole
    assert (await proof(database, other)).whole


async def test_a_checkpoint_known_from_elsewhere_shows_that_the_last_ones_were_cut_off(
    database: Database, keys: Keys
) -> None:
    await database.write(lambda c: fill(c, keys))
    assert (await proof(database, keys, seen=2)).whole
    await database.write(lambda c: c.execute(delete(checkpoints).where(checkpoints.c.number == 2)))
    assert (await proof(database, keys)).whole  # the limit that the module names
    assert not (await proof(database, keys, seen=2)).whole


# --- what may be missing --------------------------------------------------------------------------------------------


async def test_a_missing_record_is_answered_for_by_an_erasure(database: Database, keys: Keys) -> None:
    await database.write(lambda c: fill(c, keys))

    def erase(connection: Connection) -> None:
        connection.execute(delete(decisions).where(A_DECISION))
        said = {"kinds": ["decision"], "before": NOON + timedelta(days=1)}
        Ledger("a").record(connection, "", ERASURE, "decision", said, NOON + timedelta(days=400))

    await database.write(erase)
    report = await proof(database, keys)
    assert report.whole, report.breaks
    assert report.erased == 1


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ("", {"kinds": ["decision"], "before": NOON}),
        ("", {"kinds": ["opt-out"], "before": NOON + timedelta(days=1)}),
        ("", {"kinds": ["decision"], "before": NOON + timedelta(days=1), "spared": [ACCOUNT]}),
        ("AC" + "2" * 32, {"kinds": ["decision"], "before": NOON + timedelta(days=1)}),
        ("", {"nonsense": 1}),
    ],
)
async def test_an_erasure_answers_for_nothing_else(
    database: Database, keys: Keys, account: str, said: dict[str, Any]
) -> None:
    await database.write(lambda c: fill(c, keys))

    def erase(connection: Connection) -> None:
        connection.execute(delete(decisions).where(A_DECISION))
        Ledger("a").record(connection, account, ERASURE, "decision", said, NOON + timedelta(days=400))

    await database.write(erase)
    report = await proof(database, keys)
    assert [(b.chain, b.seq) for b in report.breaks] == [("a", 4)]


def test_the_merkle_root_depends_on_every_head() -> None:
    heads = {f"c{i}": (i, "00") for i in range(5)}
    roots = {merkle_root({**heads, f"c{i}": (i, "01")}) for i in range(5)} | {merkle_root(heads)}
    assert len(roots) == 6
    assert merkle_root(dict(reversed(heads.items()))) == merkle_root(heads)
