"""What customers say became of their messages."""

from __future__ import annotations

from typing import Any

from masstransit.carriage.feedback import Feedback
from masstransit.model.communication import Communication, Purpose
from masstransit.model.outcome import Outcome, OutcomeKind
from masstransit.storage import communications, messages
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON, an_sms


class Gate:
    """Hears outcomes."""

    def __init__(self) -> None:
        self.heard: list[Outcome] = []

    async def __call__(self, outcome: Outcome) -> None:
        self.heard.append(outcome)


async def stored(database: Database, sms: Communication) -> None:
    row = communications.row(sms, person="p1", segments=1, status="delivered", decision="DE1")
    await database.write(lambda c: communications.add(c, [row]))


async def say(database: Database, gate: Gate, *said: str) -> Any:
    """Feedback on the message, one after the other; how it is on record then."""
    feedback = Feedback(database, gate)
    for each in said:
        row = await database.read(lambda c: messages.fetch(c, ACCOUNT, an_sms().id))
        assert row is not None
        await feedback.take(row, each, NOON)
    return await database.read(lambda c: messages.fetch(c, ACCOUNT, an_sms().id))


async def test_a_code_that_was_used_is_heard_by_the_gate_once(database: Database) -> None:
    code, gate = an_sms(purpose=Purpose.OTP, campaign="QE1"), Gate()
    await stored(database, code)
    row = await say(database, gate, "confirmed", "confirmed")
    assert row.attrs["feedback"] == "confirmed"
    (heard,) = gate.heard
    assert (heard.what, heard.recipient, heard.communication) == (OutcomeKind.CODE_USED, code.recipient, code.id)
    assert (heard.account, heard.campaign, heard.at) == (ACCOUNT, "QE1", NOON)


async def test_a_code_that_was_not_seen_at_first_may_be_used_later(database: Database) -> None:
    gate = Gate()
    await stored(database, an_sms(purpose=Purpose.OTP))
    await say(database, gate, "unconfirmed")
    assert gate.heard == []
    await say(database, gate, "confirmed")
    assert len(gate.heard) == 1


async def test_feedback_on_other_messages_is_kept_and_no_outcome(database: Database) -> None:
    gate = Gate()
    await stored(database, an_sms(purpose=Purpose.TRANSACTIONAL))
    row = await say(database, gate, "confirmed")
    assert row.attrs["feedback"] == "confirmed"
    assert gate.heard == []
