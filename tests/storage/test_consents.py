"""What is on record of people's wishes, on both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import insert

from masstransit.ledger import Ledger
from masstransit.storage import consents
from masstransit.storage.engine import Database
from masstransit.storage.tables import accounts, ledger, opt_outs
from tests.makers import ACCOUNT, NOON

LATER = NOON + timedelta(hours=1)
LEDGER = Ledger("test")


def a_consent(**more: Any) -> dict[str, Any]:
    return {"account": ACCOUNT, "person": "p1", "purpose": "marketing", "kind": "written", "given_at": NOON} | more


def a_stop(**more: Any) -> dict[str, Any]:
    return {"account": ACCOUNT, "person": "p1", "since": NOON, "said": "stop", "via": "+14155550100"} | more


async def put_account(database: Database, sid: str, parent: str | None = None, **more: Any) -> None:
    row: dict[str, Any] = {
        "account": sid,
        "parent": parent,
        "token_sealed": b"",
        "created_at": NOON,
        "updated_at": NOON,
        "attrs": {},
    }
    await database.write(lambda c: c.execute(insert(accounts), [row | more]))


async def opted_out(database: Database, person: str = "p1") -> list[Any]:
    return await database.read(lambda c: consents.opt_outs_of(c, [ACCOUNT], [person]))


async def consented(database: Database) -> Any:
    (row,) = await database.read(lambda c: consents.consents_of(c, [ACCOUNT], ["p1"]))
    return row


async def test_the_root_of_a_subaccount_is_its_first_owner(database: Database) -> None:
    await put_account(database, "ACroot")
    await put_account(database, "ACsub", "ACroot")
    await put_account(database, "ACsubsub", "ACsub")
    found = await database.read(lambda c: consents.roots(c, ["ACsubsub", "ACroot", "ACnobody"]))
    assert found == {"ACsubsub": "ACroot", "ACroot": "ACroot", "ACnobody": "ACnobody"}


async def test_a_consent_is_kept_and_entered_in_the_ledger(database: Database) -> None:
    await database.write(lambda c: consents.give(c, LEDGER, [a_consent(proof="form 7")], NOON))
    row = await consented(database)
    assert (row.kind, row.given_at, row.proof, row.withdrawn_at) == ("written", NOON, "form 7", None)
    entries = await database.read(lambda c: list(c.execute(ledger.select())))
    assert [(e.account, e.kind, e.ref) for e in entries] == [(ACCOUNT, "consent", "p1")]


async def test_the_later_consent_stays(database: Database) -> None:
    await database.write(lambda c: consents.give(c, LEDGER, [a_consent(given_at=LATER)], NOON))
    await database.write(lambda c: consents.give(c, LEDGER, [a_consent(kind="express")], NOON))
    assert (await consented(database)).kind == "written"


async def test_an_old_list_revives_nobody(database: Database) -> None:
    await database.write(lambda c: consents.give(c, LEDGER, [a_consent()], NOON))
    await database.write(lambda c: consents.withdraw(c, LEDGER, ACCOUNT, "p1", LATER))
    await database.write(lambda c: consents.give(c, LEDGER, [a_consent(given_at=NOON + timedelta(minutes=5))], LATER))
    assert (await consented(database)).withdrawn_at == LATER


async def test_a_new_consent_ends_a_withdrawal(database: Database) -> None:
    await database.write(lambda c: consents.give(c, LEDGER, [a_consent()], NOON))
    assert await database.write(lambda c: consents.withdraw(c, LEDGER, ACCOUNT, "p1", LATER, purpose="marketing")) == 1
    again = a_consent(given_at=LATER + timedelta(days=1))
    await database.write(lambda c: consents.give(c, LEDGER, [again], LATER))
    assert (await consented(database)).withdrawn_at is None


async def test_who_writes_again_may_be_answered_again(database: Database) -> None:
    await database.write(lambda c: consents.wrote(c, ACCOUNT, "p1", "+1212***23", NOON))
    await database.write(lambda c: consents.wrote(c, ACCOUNT, "p1", "+1212***23", LATER))
    row = await consented(database)
    assert (row.purpose, row.given_at) == ("conversation", LATER)


async def test_an_opt_out_keeps_its_first_moment(database: Database) -> None:
    await database.write(lambda c: consents.opt_out(c, LEDGER, [a_stop()], NOON))
    await database.write(lambda c: consents.opt_out(c, LEDGER, [a_stop(since=LATER, said="quit")], LATER))
    (row,) = await opted_out(database)
    assert (row.since, row.said, row.scope) == (NOON, "stop", "all")


async def test_an_opt_out_grows_and_never_shrinks(database: Database) -> None:
    await database.write(lambda c: consents.opt_out(c, LEDGER, [a_stop(scope="marketing")], NOON))
    await database.write(lambda c: consents.opt_out(c, LEDGER, [a_stop(scope="all")], NOON))
    await database.write(lambda c: consents.opt_out(c, LEDGER, [a_stop(scope="marketing")], NOON))
    (row,) = await opted_out(database)
    assert row.scope == "all"


async def test_a_restored_person_can_stop_again(database: Database) -> None:
    await database.write(lambda c: consents.opt_out(c, LEDGER, [a_stop()], NOON))
    assert await database.write(lambda c: consents.confirm(c, ACCOUNT, "p1", NOON))
    assert await database.write(lambda c: consents.restore(c, LEDGER, ACCOUNT, "p1", LATER, said="start"))
    assert await opted_out(database) == []
    again = LATER + timedelta(hours=1)
    await database.write(lambda c: consents.opt_out(c, LEDGER, [a_stop(since=again)], again))
    (row,) = await opted_out(database)
    assert (row.since, row.confirmed_at) == (again, None)


async def test_an_old_stop_imported_after_a_start_changes_nothing(database: Database) -> None:
    await database.write(lambda c: consents.opt_out(c, LEDGER, [a_stop()], NOON))
    await database.write(lambda c: consents.restore(c, LEDGER, ACCOUNT, "p1", LATER, said="start"))
    await database.write(lambda c: consents.opt_out(c, LEDGER, [a_stop()], LATER))
    assert await opted_out(database) == []


async def test_only_one_may_confirm(database: Database) -> None:
    await database.write(lambda c: consents.opt_out(c, LEDGER, [a_stop()], NOON))
    assert await database.write(lambda c: consents.confirm(c, ACCOUNT, "p1", NOON))
    assert not await database.write(lambda c: consents.confirm(c, ACCOUNT, "p1", LATER))


async def test_a_stranger_has_nothing_to_restore(database: Database) -> None:
    assert not await database.write(lambda c: consents.restore(c, LEDGER, ACCOUNT, "p1", NOON, said="start"))


async def test_a_block_holds_until_the_person_ends_it(database: Database) -> None:
    left = {"account": ACCOUNT, "person": "p1", "since": NOON, "reason": "wants to be left alone"}
    await database.write(lambda c: consents.block(c, LEDGER, [left, left], NOON))
    assert len(await database.read(lambda c: consents.blocks_of(c, [ACCOUNT], ["p1"]))) == 1
    assert await database.write(lambda c: consents.unblock(c, LEDGER, ACCOUNT, "p1", LATER))
    assert await database.read(lambda c: consents.blocks_of(c, [ACCOUNT], ["p1"])) == []


async def test_a_contact_is_replaced(database: Database) -> None:
    rows = [
        {"account": ACCOUNT, "person": "p1", "zone": zone, "updated_at": NOON}
        for zone in ("America/Chicago", "Pacific/Honolulu")
    ]
    await database.write(lambda c: consents.contacts_put(c, rows[:1]))
    await database.write(lambda c: consents.contacts_put(c, rows[1:]))
    (row,) = await database.read(lambda c: consents.contacts_of(c, [ACCOUNT], ["p1"]))
    assert row.zone == "Pacific/Honolulu"


async def test_the_answer_to_the_later_question_about_a_number_counts(database: Database) -> None:
    def answered(answer: str, asked_at: datetime) -> dict[str, Any]:
        return {"account": ACCOUNT, "person": "p1", "answer": answer, "consent_date": NOON, "asked_at": asked_at}

    for row in (answered("no", NOON), answered("yes", LATER), answered("no-data", NOON)):
        await database.write(partial(consents.reassigned_put, ledger=LEDGER, rows=[row], at=NOON))
    (kept,) = await database.read(lambda c: consents.reassigned_of(c, [ACCOUNT], ["p1"]))
    assert (kept.answer, kept.asked_at) == ("yes", LATER)


async def test_who_says_stop_by_letter_has_opted_out_and_taken_back_what_was_agreed_to_by_then(
    database: Database,
) -> None:
    later = a_consent(purpose="transactional", given_at=LATER + timedelta(days=1))
    await database.write(lambda c: consents.give(c, LEDGER, [a_consent(), later], NOON))
    wish = a_stop(since=LATER, said="letter", via="")
    await database.write(lambda c: consents.revoke(c, LEDGER, wish, LATER + timedelta(days=2)))
    (row,) = await opted_out(database)
    assert (row.since, row.said, row.scope) == (LATER, "letter", "all")
    kept = await database.read(lambda c: consents.consents_of(c, [ACCOUNT], ["p1"]))
    assert {r.purpose: r.withdrawn_at for r in kept} == {"marketing": LATER, "transactional": None}


async def test_who_wants_no_more_advertising_takes_back_that_consent_only(database: Database) -> None:
    both = [a_consent(), a_consent(purpose="transactional")]
    await database.write(lambda c: consents.give(c, LEDGER, both, NOON))
    await database.write(lambda c: consents.revoke(c, LEDGER, a_stop(since=LATER, scope="marketing"), LATER))
    (row,) = await opted_out(database)
    assert row.scope == "marketing"
    kept = await database.read(lambda c: consents.consents_of(c, [ACCOUNT], ["p1"]))
    assert {r.purpose: r.withdrawn_at for r in kept} == {"marketing": LATER, "transactional": None}


async def test_empty_lists_change_nothing(database: Database) -> None:
    def nothing(connection: Any) -> None:
        consents.give(connection, LEDGER, [], NOON)
        consents.opt_out(connection, LEDGER, [], NOON)
        consents.block(connection, LEDGER, [], NOON)
        consents.contacts_put(connection, [])
        consents.reassigned_put(connection, LEDGER, [], NOON)

    await database.write(nothing)
    assert await database.read(lambda c: list(c.execute(opt_outs.select()))) == []


async def test_moments_survive_to_the_microsecond(database: Database) -> None:
    exact = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    await database.write(lambda c: consents.opt_out(c, LEDGER, [a_stop(since=exact)], exact))
    (row,) = await opted_out(database)
    assert row.since == exact
