"""What was sent that harms is asked of the record where harm was met, and of nothing else."""

from __future__ import annotations

from masstransit.clock import HandClock
from masstransit.facts.harm_sent import HarmRecords, HarmSent, still_found
from masstransit.model.outcome import OutcomeKind
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON, an_outcome, an_sms
from tests.queries import asked_of


async def test_nothing_is_asked_of_other_subjects(sqlite_database: Database) -> None:
    records = HarmRecords(sqlite_database, HandClock(NOON))
    asked = await asked_of(sqlite_database)
    assert await records.learn([an_sms(), an_outcome()]) == [HarmSent(), HarmSent()]
    assert asked == []


async def test_of_who_was_never_refused_a_file_there_is_nothing(sqlite_database: Database) -> None:
    records = HarmRecords(sqlite_database, HandClock(NOON))
    assert await records.learn([an_outcome(OutcomeKind.HARM_SENT), an_sms()]) == [HarmSent(), HarmSent()]
    assert await sqlite_database.read(lambda c: still_found(c, ACCOUNT, ("a", "b"), NOON)) == 2
