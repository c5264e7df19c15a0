"""Feedback: what customers say became of their messages. That a one-time code was used is heard by the gate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from masstransit.model.address import parse
from masstransit.model.communication import Kind, Purpose
from masstransit.model.outcome import Outcome, OutcomeKind
from masstransit.model.sid import new_sid
from masstransit.storage import messages
from masstransit.storage.engine import Database

_CONFIRMED = "confirmed"


class Feedback:
    """Takes feedback. `hear` brings an outcome before the gate."""

    def __init__(self, database: Database, hear: Callable[[Outcome], Awaitable[Any]]) -> None:
        self._database = database
        self._hear = hear

    async def take(self, message: Row[Any], said: str, at: datetime) -> None:
        """Keep what the customer says of a message it sent: "confirmed" or "unconfirmed". A code is used once, however
        often it is confirmed."""
        attrs = message.attrs | {"feedback": said}
        await self._database.write(lambda c: messages.note(c, message.account, message.sid, attrs, at))
        first = message.attrs.get("feedback") != _CONFIRMED
        if first and said == _CONFIRMED and message.purpose == Purpose.OTP.value:
            await self._hear(_used(message, at))


def _used(message: Row[Any], at: datetime) -> Outcome:
    return Outcome(
        id=new_sid("OU"),
        account=message.account,
        kind=Kind[message.kind],
        what=OutcomeKind.CODE_USED,
        at=at,
        sender=parse(message.sender),
        recipient=parse(message.recipient),
        communication=message.sid,
        campaign=message.campaign,
        end_user=message.end_user,
    )
