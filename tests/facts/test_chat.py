"""What is known of a conversation when something is said in it, or somebody is asked to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.clock import HandClock
from masstransit.facts.chat import Reported, Reporters, Room, Rooms
from masstransit.model.communication import Kind
from masstransit.model.outcome import OutcomeKind
from masstransit.storage import conversations, reports
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON, ROOM, a_chat, an_outcome, an_sms


def person(name: str, **more: Any) -> dict[str, Any]:
    made = {"account": ACCOUNT, "conversation": ROOM, "sid": f"MB-{name}", "name": name, "identity": name}
    return {**made, "state": "in", "created_at": NOON, "updated_at": NOON, **more}


@pytest.fixture
async def rooms(sqlite_database: Database) -> Rooms:
    def fill(c: Any) -> None:
        at = {"created_at": NOON, "updated_at": NOON}
        told = {"messages": 4, "first_author": "ada", "last_author": "ada", "streak": 4}
        conversations.create(c, {"account": ACCOUNT, "sid": ROOM, **told, **at})
        conversations.join(c, person("ada"))
        conversations.join(c, person("ben"))
        conversations.join(c, person("cleo", state="out", gone="left", invited_by="ada"))
        conversations.join(c, person("dora", state="held", invited_by="ada", sid="MB-now"))
        conversations.block(c, ACCOUNT, "ben", "ada", NOON)

    await sqlite_database.write(fill)
    return Rooms(sqlite_database, HandClock(NOON + timedelta(hours=1)))


async def test_what_is_said_is_known_with_whom_it_would_reach_and_who_answered(rooms: Rooms) -> None:
    said, answer, elsewhere, text = await rooms.learn(
        [a_chat(), a_chat(sender="ben"), a_chat(recipient="CH9", conversation="CH9"), an_sms()]
    )
    assert said == Room(on_record=True, others=1, blocked_by=1, answered=False, streak=4)
    assert answer == Room(on_record=True, others=1, answered=True)
    assert elsewhere == text == Room()


async def test_an_invitation_is_known_with_what_is_between_the_two(rooms: Rooms) -> None:
    barred, left, first = await rooms.learn(
        [
            a_chat(recipient=name, text="", id=f"MB-{sid}")
            for name, sid in (("ben", "x"), ("cleo", "y"), ("dora", "now"))
        ]
    )
    assert barred.barred
    assert (left.went, left.barred) == (True, False)
    assert first == Room(on_record=True, asked_24h=1, left_24h=1)


async def test_where_nothing_is_said_in_a_conversation_nothing_is_asked(rooms: Rooms) -> None:
    assert await rooms.learn([an_sms(), an_outcome()]) == [Room(), Room()]


async def test_reports_are_counted_by_who_made_them_within_a_week(sqlite_database: Database) -> None:
    for number, (who, days) in enumerate((("p1", 1), ("p1", 2), ("p2", 3), ("p3", 8))):
        row = {
            "account": ACCOUNT, "complaint": f"CO{number}", "kind": "spam-report", "sender": "mallory", "person": who,
            "end_user": "mallory", "source": "recipient", "at": NOON - timedelta(days=days),
        }  # fmt: skip
        await sqlite_database.write(lambda c, row=row: reports.record_complaint(c, row))  # type: ignore[misc]
    learner = Reporters(sqlite_database, HandClock(NOON))
    report = an_outcome(OutcomeKind.SPAM_REPORT, kind=Kind.CHAT, end_user="mallory")
    of_a_text = an_outcome(OutcomeKind.SPAM_REPORT, end_user="mallory")
    assert await learner.learn([report, of_a_text]) == [Reported(people_7d=2), Reported()]
    assert await learner.learn([of_a_text]) == [Reported()]
