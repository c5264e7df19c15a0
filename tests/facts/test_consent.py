"""What is learned of people's wishes: for a whole batch, brand-wide, afresh each time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, event, insert

from masstransit.clock import HandClock
from masstransit.facts.consent import (
    BlockList,
    ConsentBook,
    DoNotCall,
    DoNotCallLists,
    OptOuts,
    Reassigned,
    Reassignments,
    Roots,
)
from masstransit.ledger import Ledger
from masstransit.model.communication import Subject
from masstransit.storage import consents, do_not_call
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import accounts
from tests.makers import ACCOUNT, NOON, RECIPIENT, a_knock, an_sms

LEDGER = Ledger("test")
SUB = "AC" + "2" * 32
OTHER = "+13105550123"


def row(keys: Keys, **more: Any) -> dict[str, Any]:
    return {"account": ACCOUNT, "person": keys.person(RECIPIENT)} | more


async def stop(database: Database, keys: Keys) -> None:
    wish = row(keys, since=NOON, said="stop", via="+14155550100")
    await database.write(lambda c: consents.opt_out(c, LEDGER, [wish], NOON))


async def test_a_batch_is_learned_in_order(database: Database, keys: Keys) -> None:
    await stop(database, keys)
    batch: list[Subject] = [an_sms(recipient=OTHER), an_sms(), an_sms(account="AC" + "9" * 32), a_knock()]
    found = await OptOuts(database, keys, Roots()).learn(batch)
    assert [fact.on_file for fact in found] == [False, True, False, False]


async def test_a_stop_taken_by_another_process_counts_at_the_next_message(
    sqlite_database: Database, keys: Keys
) -> None:
    learner = OptOuts(sqlite_database, keys, Roots())
    (before,) = await learner.learn([an_sms()])
    await stop(sqlite_database, keys)
    (after,) = await learner.learn([an_sms()])
    assert (before.on_file, after.on_file) == (False, True)


async def test_a_subaccount_keeps_its_owners_wishes(sqlite_database: Database, keys: Keys) -> None:
    made = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}}
    rows = [made | {"account": ACCOUNT, "parent": None}, made | {"account": SUB, "parent": ACCOUNT}]
    await sqlite_database.write(lambda c: c.execute(insert(accounts), rows))
    await stop(sqlite_database, keys)
    (found,) = await OptOuts(sqlite_database, keys, Roots()).learn([an_sms(account=SUB)])
    assert found.on_file


async def test_a_large_batch_costs_one_query(sqlite_database: Database, keys: Keys) -> None:
    roots = Roots()
    learner = OptOuts(sqlite_database, keys, roots)
    await learner.learn([an_sms()])  # the account's root is known from here on
    asked: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(sqlite_database.engine, "before_cursor_execute", count)
    await learner.learn([an_sms(recipient=f"+1212555{n:04}") for n in range(200)])
    assert len([s for s in asked if "opt_outs" in s]) == len([s for s in asked if s.startswith("SELECT")]) == 1


async def test_consents_are_told_by_purpose(sqlite_database: Database, keys: Keys) -> None:
    given = [
        row(keys, purpose="marketing", kind="written", given_at=NOON, proof="form"),
        row(keys, purpose="transactional", kind="purchase", given_at=NOON),
    ]

    def put(connection: Connection) -> None:
        consents.give(connection, LEDGER, given, NOON)
        consents.withdraw(connection, LEDGER, ACCOUNT, keys.person(RECIPIENT), NOON, purpose="transactional")

    await sqlite_database.write(put)
    (book,) = await ConsentBook(sqlite_database, keys, Roots()).learn([an_sms()])
    assert [(purpose, one.kind, one.proof) for purpose, one in book.in_force] == [("marketing", "written", True)]
    assert book.by_purpose["transactional"].withdrawn_at == NOON


async def test_a_block_of_one_end_user_binds_them_and_whoever_names_nobody(
    sqlite_database: Database, keys: Keys
) -> None:
    left = row(keys, since=NOON, end_user="tenant-7", reason="asked")
    await sqlite_database.write(lambda c: consents.block(c, LEDGER, [left], NOON))
    learner = BlockList(sqlite_database, keys, Roots())
    found = await learner.learn([an_sms(end_user="tenant-7"), an_sms(end_user="tenant-8"), an_sms()])
    assert [fact.on_file for fact in found] == [True, False, True]


async def test_a_block_holds_for_every_number_subaccount_and_end_user_of_a_customer(
    sqlite_database: Database, keys: Keys
) -> None:
    made = {"account": SUB, "parent": ACCOUNT, "token_sealed": b"", "created_at": NOON, "updated_at": NOON}
    await sqlite_database.write(lambda c: c.execute(insert(accounts), made))
    await sqlite_database.write(lambda c: consents.block(c, LEDGER, [row(keys, since=NOON, reason="asked")], NOON))
    learner = BlockList(sqlite_database, keys, Roots())
    batch = [an_sms(account=SUB), an_sms(sender="+14155550199"), an_sms(end_user="any"), an_sms(recipient=OTHER)]
    assert [fact.on_file for fact in await learner.learn(batch)] == [True, True, True, False]


async def test_a_consent_tells_in_which_language_and_from_where_it_was_given(
    sqlite_database: Database, keys: Keys
) -> None:
    whole = row(
        keys, purpose="marketing", kind="written", given_at=NOON, medium="web-form", language="es", source="192.0.2.1"
    )
    await sqlite_database.write(lambda c: consents.give(c, LEDGER, [whole], NOON))
    (found,) = await ConsentBook(sqlite_database, keys, Roots()).learn([an_sms()])
    given = found.by_purpose["marketing"]
    assert (given.language, given.source, given.proof) == ("es", True, False)


def load(connection: Connection, registry: str, region: str, persons: list[str], at: datetime) -> None:
    """A do-not-call list as an import leaves it."""
    do_not_call.add(connection, registry, at, persons)
    do_not_call.put_in_force(connection, LEDGER, registry, region, at)


async def test_which_lists_are_loaded_is_looked_up_once_a_second(sqlite_database: Database, keys: Keys) -> None:
    clock = HandClock(NOON)
    learner = DoNotCallLists(sqlite_database, keys, clock)
    assert await learner.learn([an_sms()]) == [DoNotCall()]
    person = keys.person(RECIPIENT)
    await sqlite_database.write(lambda c: load(c, "us-national", "US", [person], NOON))
    assert await learner.learn([an_sms()]) == [DoNotCall()]
    await clock.move(timedelta(seconds=1))
    assert await learner.learn([an_sms()]) == [DoNotCall(listed=("us-national",), age_days={"us-national": 0.0})]


async def test_lists_tell_who_is_on_them_and_their_age(sqlite_database: Database, keys: Keys) -> None:
    def put(connection: Connection) -> None:
        person = keys.person(RECIPIENT)
        load(connection, "us-national", "US", [person], NOON - timedelta(days=32))
        load(connection, "gb-tps", "GB", [], NOON)

    await sqlite_database.write(put)
    found = await DoNotCallLists(sqlite_database, keys, HandClock(NOON)).learn([an_sms(), an_sms(recipient=OTHER)])
    ages = {"us-national": 32.0}
    assert found == [DoNotCall(listed=("us-national",), age_days=ages), DoNotCall(age_days=ages)]


async def test_a_house_without_lists_knows_of_none(sqlite_database: Database, keys: Keys) -> None:
    assert await DoNotCallLists(sqlite_database, keys, HandClock(NOON)).learn([an_sms()]) == [DoNotCall()]


async def test_the_answer_about_a_reassigned_number_is_told(sqlite_database: Database, keys: Keys) -> None:
    answer = row(keys, answer="yes", consent_date=NOON, asked_at=NOON)
    await sqlite_database.write(lambda c: consents.reassigned_put(c, [answer]))
    found = await Reassignments(sqlite_database, keys, Roots()).learn([an_sms(), an_sms(recipient=OTHER)])
    assert found == [Reassigned(answer="yes", consent_date=NOON, asked_at=NOON), Reassigned()]
