"""What people decide of held messages: one lets it go or refuses it; of a sample another decides too, unknowing.

A message is opened by one reviewer at a time. Who opens it has it for some minutes, so that no two do the same work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage import overturning
from masstransit.carriage.notices import Notices
from masstransit.carriage.overturning import Word
from masstransit.errors import Conflict, NotFound
from masstransit.ledger import Ledger
from masstransit.storage import communications, queue, reviews

RELEASED, REFUSED = "released", "refused"
TAKEN_FOR = timedelta(minutes=5)  #: how long an opened message is one reviewer's: a default
_FILTERED = 30007  # the SDKs' code


class Reviewer(msgspec.Struct, frozen=True, kw_only=True):
    """How the desk reviews."""

    notices: Notices
    second_share: float = 0.1  #: of what one person decides that another decides too: a default

    def decide(self, connection: Connection, ledger: Ledger, row: Row[Any], word: Word, outcome: str) -> None:
        """Let a held message (its row) go, or refuse it. Raises `NotFound` where it is not held."""
        rule = queue.held_for(connection, row.account, row.sid) or ""
        if outcome == RELEASED:
            overturning.release(connection, ledger, row.account, row.sid, word)
        else:
            self.refuse(connection, ledger, row, word)
        if self._is_sampled(row.sid):
            first = {"rule": rule, "first": outcome, "first_by": word.name, "first_at": word.at}
            reviews.ask_second(connection, {"account": row.account, "sid": row.sid, **first})

    def refuse(self, connection: Connection, ledger: Ledger, row: Row[Any], word: Word) -> None:
        """A held message stays out: it was held rightly. Raises `NotFound` where it is not held."""
        rule = queue.held_for(connection, row.account, row.sid)
        if rule is None or not queue.end_hold(connection, row.account, row.sid, REFUSED, word.name):
            raise NotFound(f"{row.sid} is not held")
        end_failed(connection, self.notices, row, f"a person looked at it and refused it (rule {rule})", word.at)
        told = {"sid": row.sid, "by": word.name, "because": word.because, "rule": rule}
        ledger.record(connection, row.account, "refusal", row.sid, told, word.at)

    def second(self, connection: Connection, ledger: Ledger, row: Row[Any], word: Word, outcome: str) -> bool:
        """A second person's word; whether it is the first one's. Raises `NotFound`, and `Conflict` where it was said
        before, or by the same person."""
        asked = reviews.asked(connection, row.account, row.sid)
        if asked is None:
            raise NotFound(f"nobody asks for a second look at {row.sid}")
        if word.is_among([asked.first_by]):
            raise Conflict("you have decided of this one yourself: somebody else has to look at it")
        said = {"second": outcome, "second_by": word.name, "second_at": word.at}
        if not reviews.answer(connection, row.account, row.sid, said):
            raise Conflict(f"somebody else has just had the second look at {row.sid}")
        told = {"sid": row.sid, "by": word.name, "because": word.because, "outcome": outcome}
        ledger.record(connection, row.account, "second-review", row.sid, told, word.at)
        return bool(asked.first == outcome)

    def _is_sampled(self, sid: str) -> bool:
        """By the SID, so that nobody can choose which."""
        drawn = int.from_bytes(hashlib.sha256(sid.encode()).digest()[:4], "big") / 2**32
        return drawn < self.second_share


def end_failed(connection: Connection, notices: Notices, row: Row[Any], why: str, now: datetime) -> None:
    """What was held ends as failed, and its sender is told."""
    changed = communications.change(row.account, row.sid, "failed", now, error=_FILTERED, why=why, done_at=now)
    communications.mark(connection, [changed])
    notices.add(connection, notices.of_status(communications.read(row), "failed", _FILTERED, now))


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How often two people decided alike."""

    asked: int
    answered: int
    alike: int
    expected: float  #: share that chance alone would give

    @property
    def share(self) -> float | None:
        return self.alike / self.answered if self.answered else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa: 1 is full agreement, 0 what chance gives. None where there is nothing to say."""
        if self.share is None or self.expected >= 1:
            return None
        return (self.share - self.expected) / (1 - self.expected)


def agreement(pairs: Sequence[tuple[str, str | None]]) -> Agreement:
    """Of (first, second) words; second None where nobody has said it yet."""
    both = [(first, second) for first, second in pairs if second is not None]
    shares = [
        (sum(first == word for first, _ in both) / len(both)) * (sum(second == word for _, second in both) / len(both))
        for word in (RELEASED, REFUSED)
        if both
    ]
    return Agreement(
        asked=len(pairs),
        answered=len(both),
        alike=sum(first == second for first, second in both),
        expected=sum(shares),
    )
