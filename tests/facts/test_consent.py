"""What is learned of people's wishes: for a whole batch, brand-wide, afresh each time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from masstransit.clock import HandClock
from masstransit.errors import Unknown
from masstransit.facts.consent import (
    BlockList,
    ConsentBook,
    Consents,
    DoNotCall,
    DoNotCallLists,
    OptOuts,
    Reassigned,
    Reassignments,
    Roots,
    SharedConsent,
    SharedConsents,
)
from masstransit.ledger import Ledger
from masstransit.model.communication import Purpose
from masstransit.model.decision import Verdict
from masstransit.model.subject import Subject
from masstransit.policy.clause_07_unsolicited_marketing import UnsolicitedMarketing
from masstransit.storage import consents, do_not_call, number_file
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import accounts
from tests.makers import ACCOUNT, NOON, RECIPIENT, a_knock, an_sms, rulings
from tests.queries import asked_of, plan_of

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
    asked = await asked_of(sqlite_database)
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


# --- do-not-call lists ------------------------------------------------------------------------------------------------


class Lists:
    """A folder of lists, loaded as an import does, and a learner that goes by them."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.clock = HandClock(NOON)
        self.learner = DoNotCallLists(database, self.clock, folder)

    async def load(self, registry: str, region: str, *numbers: str, at: datetime = NOON - timedelta(minutes=5)) -> Path:
        written = number_file.write(self.folder, registry, map(int, numbers))
        await self.database.write(
            lambda c: do_not_call.put_in_force(c, LEDGER, registry, written, region=region, loaded_at=at)
        )
        return self.folder / number_file.name_of(registry, written.digest)

    async def a_second_later(self) -> None:
        await self.clock.move(timedelta(seconds=1))

    async def of(self, *recipients: str) -> list[DoNotCall | Unknown]:
        return await self.learner.learn([an_sms(recipient=recipient) for recipient in recipients])


@pytest.fixture
def lists(sqlite_database: Database, tmp_path: Path) -> Lists:
    return Lists(sqlite_database, tmp_path / "lists")


LONDON = "+442079460000"
LISTED = DoNotCall(listed=("us-national",), age_days={"us-national": 0.01})
NOT_LISTED = DoNotCall(age_days={"us-national": 0.01})


async def test_which_lists_are_in_force_is_looked_up_once_a_second(lists: Lists) -> None:
    assert await lists.of(RECIPIENT) == [DoNotCall()]
    await lists.load("us-national", "US", RECIPIENT)
    assert await lists.of(RECIPIENT) == [DoNotCall()]
    await lists.a_second_later()
    assert await lists.of(RECIPIENT) == [LISTED]


async def test_lists_tell_who_is_on_them_and_their_age(lists: Lists) -> None:
    await lists.load("us-national", "US", RECIPIENT, at=NOON - timedelta(days=31))
    await lists.load("us-tx", "US-TX", RECIPIENT, OTHER, at=NOON - timedelta(days=31, hours=1))
    await lists.load("gb-tps", "GB", LONDON)
    ages = {"us-national": 31.0, "us-tx": 31.05}
    assert await lists.of(RECIPIENT, OTHER, LONDON, "+442079460001") == [
        DoNotCall(listed=("us-national", "us-tx"), age_days=ages),
        DoNotCall(listed=("us-tx",), age_days=ages),
        DoNotCall(listed=("gb-tps",), age_days={"gb-tps": 0.01}),
        DoNotCall(age_days={"gb-tps": 0.01}),
    ]


@pytest.mark.parametrize(
    "loaded",
    [
        datetime(2028, 2, 5, 17, tzinfo=UTC),  # a Saturday; over a leap day
        datetime(2027, 2, 5, 17, tzinfo=UTC),  # the same days of a year without one
        datetime(2028, 2, 29, 17, tzinfo=UTC),  # over the change to summer time
        datetime(2026, 10, 10, 17, tzinfo=UTC),  # over a holiday and the change to winter time
        datetime(2026, 12, 19, 17, tzinfo=UTC),  # over Christmas and New Year
    ],
    ids=lambda loaded: f"{loaded:%Y-%m-%d}",
)
async def test_a_list_serves_for_31_days_by_the_clock_over_a_leap_day_or_none(lists: Lists, loaded: datetime) -> None:
    await lists.load("us-national", "US", OTHER, at=loaded)
    clause = UnsolicitedMarketing()
    for age, held in (
        (timedelta(days=30), False),
        (timedelta(days=31), False),
        (timedelta(days=31, seconds=1), True),
        (timedelta(days=32), True),
    ):
        lists.clock.set(loaded + age)
        (fact,) = await lists.of(RECIPIENT)
        assert isinstance(fact, DoNotCall)
        message = an_sms(purpose=Purpose.MARKETING, at=lists.clock.now())
        found = rulings(clause, "7.9", message, fact, Consents())
        assert [ruling.verdict for ruling in found] == [Verdict.HOLD] * held, age


async def test_who_is_no_number_and_what_is_no_message_is_on_no_list(lists: Lists) -> None:
    await lists.load("us-national", "US", RECIPIENT)
    assert await lists.learner.learn([an_sms(recipient="12345"), a_knock()]) == [DoNotCall(), DoNotCall()]


async def test_a_house_without_lists_knows_of_none(lists: Lists) -> None:
    assert await lists.of(RECIPIENT) == [DoNotCall()]


async def test_a_list_that_takes_another_ones_place_is_gone_by_within_a_second(lists: Lists) -> None:
    first = await lists.load("us-national", "US", RECIPIENT, at=NOON - timedelta(days=30))
    assert [fact.listed for fact in await lists.of(RECIPIENT, OTHER) if isinstance(fact, DoNotCall)] == [
        LISTED.listed,
        (),
    ]
    await lists.load("us-national", "US", OTHER)
    first.unlink()
    await lists.a_second_later()
    assert [fact.listed for fact in await lists.of(RECIPIENT, OTHER) if isinstance(fact, DoNotCall)] == [
        (),
        LISTED.listed,
    ]


async def test_the_same_list_loaded_again_is_younger(lists: Lists) -> None:
    await lists.load("us-national", "US", RECIPIENT, at=NOON - timedelta(days=40))
    await lists.of(RECIPIENT)
    await lists.load("us-national", "US", RECIPIENT)
    await lists.a_second_later()
    assert await lists.of(RECIPIENT) == [LISTED]


async def test_a_list_whose_file_is_not_here_is_unknown_for_its_country_until_it_is(
    lists: Lists, caplog: pytest.LogCaptureFixture
) -> None:
    file = await lists.load("us-national", "US", RECIPIENT)
    await lists.load("gb-tps", "GB", LONDON)
    raw = file.read_bytes()
    file.unlink()
    for _ in range(2):
        american, british = await lists.of(RECIPIENT, LONDON)
        assert british == DoNotCall(listed=("gb-tps",), age_days={"gb-tps": 0.01})
        assert isinstance(american, Unknown)
        assert f"{file.name} can't be read" in str(american)
        assert "copy it from the machine that imported it" in str(american)
        await lists.a_second_later()
    (told,) = caplog.messages  # once
    assert told.startswith(f"in {lists.folder}: the list us-national can't be used here")
    file.write_bytes(raw[:-1])
    assert "still being copied" in str((await lists.of(RECIPIENT))[0])
    file.write_bytes(raw)
    await lists.a_second_later()
    assert await lists.of(RECIPIENT, OTHER) == [LISTED, NOT_LISTED]


async def test_a_batch_of_people_costs_the_database_nothing(lists: Lists) -> None:
    await lists.load("us-national", "US", RECIPIENT)
    await lists.of(RECIPIENT)
    asked = await asked_of(lists.database)
    found = await lists.of(*(f"+1212555{n:04}" for n in range(200)))
    assert [place for place, fact in enumerate(found) if fact == LISTED] == [123]
    assert asked == []


async def test_the_answer_about_a_reassigned_number_is_told(sqlite_database: Database, keys: Keys) -> None:
    answer = row(keys, answer="yes", consent_date=NOON, asked_at=NOON)
    await sqlite_database.write(lambda c: consents.reassigned_put(c, LEDGER, [answer], NOON))
    found = await Reassignments(sqlite_database, keys, Roots()).learn([an_sms(), an_sms(recipient=OTHER)])
    assert found == [Reassigned(answer="yes", consent_date=NOON, asked_at=NOON), Reassigned()]


# --- consent that brands share ----------------------------------------------------------------------------------------

PARTNERS = ["AC" + letter * 32 for letter in "789"]
INSTANT, HOME = NOON.replace(minute=3, second=41), "198.51.100.7"


async def agree(database: Database, keys: Keys, account: str, *, at: datetime = INSTANT, **more: Any) -> None:
    given = {"purpose": "marketing", "kind": "written", "given_at": at, "source": HOME}
    kept = [row(keys, **{**given, "account": account, **more})]
    await database.write(lambda c: consents.give(c, LEDGER, kept, NOON))


async def shared_by(database: Database, keys: Keys, **more: Any) -> int:
    sms = an_sms(**{"purpose": Purpose.MARKETING, **more})
    (found,) = await SharedConsents(database, keys, Roots()).learn([sms])
    return found.brands


async def test_one_consent_that_several_brands_show_is_counted(database: Database, keys: Keys) -> None:
    for account in (ACCOUNT, *PARTNERS):
        await agree(database, keys, account)
    assert await shared_by(database, keys) == 3
    assert await shared_by(database, keys, account=PARTNERS[0]) == 3
    assert await shared_by(database, keys, purpose=None) == 3
    assert await shared_by(database, keys, purpose=Purpose.TRANSACTIONAL) == 0
    assert await shared_by(database, keys, recipient=OTHER) == 0


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({}, {"at": INSTANT + timedelta(seconds=1)}),  # another occasion at the same home
        ({}, {"source": "203.0.113.9"}),
        ({"source": ""}, {"source": ""}),  # where from is not known
        ({"source": "web form"}, {"source": "web form"}),
        ({"at": NOON.replace(hour=0)}, {"at": NOON.replace(hour=0)}),  # a date, and no time of day
        ({"purpose": "transactional"}, {}),
    ],
)
async def test_what_may_be_the_same_by_chance_is_not_shared(
    database: Database, keys: Keys, mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    await agree(database, keys, ACCOUNT, **mine)
    await agree(database, keys, PARTNERS[0], **theirs)
    assert await shared_by(database, keys) == 0


async def test_another_person_at_the_same_instant_and_home_is_another_person(database: Database, keys: Keys) -> None:
    await agree(database, keys, ACCOUNT)
    await agree(database, keys, PARTNERS[0], person=keys.person(OTHER))
    assert await shared_by(database, keys) == 0


async def test_two_brands_of_one_customer_share_nothing(sqlite_database: Database, keys: Keys) -> None:
    made = {"token_sealed": b"", "created_at": NOON, "updated_at": NOON, "attrs": {}}
    rows = [made | {"account": ACCOUNT, "parent": None}, made | {"account": SUB, "parent": ACCOUNT}]
    await sqlite_database.write(lambda c: c.execute(insert(accounts), rows))
    await agree(sqlite_database, keys, ACCOUNT)  # consents are kept under the root account
    assert await shared_by(sqlite_database, keys, account=SUB) == 0


async def test_a_consent_that_was_withdrawn_is_not_asked_about(database: Database, keys: Keys) -> None:
    for account in (ACCOUNT, PARTNERS[0]):
        await agree(database, keys, account)
    person = keys.person(RECIPIENT)
    await database.write(lambda c: consents.withdraw(c, LEDGER, PARTNERS[0], person, INSTANT))
    assert await shared_by(database, keys) == 1  # that it was shared is true all the same
    await database.write(lambda c: consents.withdraw(c, LEDGER, ACCOUNT, person, INSTANT))
    assert await shared_by(database, keys) == 0


async def test_shared_consent_is_one_query_a_batch_and_none_without_advertising(
    sqlite_database: Database, keys: Keys
) -> None:
    learner = SharedConsents(sqlite_database, keys, Roots())
    await learner.learn([an_sms(purpose=Purpose.MARKETING)])
    asked = await asked_of(sqlite_database)
    batch = [an_sms(recipient=f"+1212555{n:04}", purpose=Purpose.MARKETING) for n in range(200)]
    assert await learner.learn(batch) == [SharedConsent()] * 200
    await learner.learn([an_sms(purpose=Purpose.OTP), a_knock()])
    (statement,) = [each for each in asked if each.startswith("SELECT")]
    assert "ix_consents_shared" in await plan_of(sqlite_database, statement)
