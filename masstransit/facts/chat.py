"""Facts about chat: the conversation in which something is said or to which somebody is asked, and whom it reaches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.facts.fact import Fact
from masstransit.model.communication import Communication, Kind
from masstransit.model.outcome import Outcome, OutcomeKind
from masstransit.model.subject import Subject
from masstransit.storage import conversations, reports
from masstransit.storage.conversations import Key
from masstransit.storage.engine import Database

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


class Room(Fact, frozen=True, kw_only=True):
    """Of what is said in a conversation: whom it would reach. Of an invitation: what is between the two."""

    on_record: bool = False
    others: int = 0  #: who take part beside the author, phones included
    blocked_by: int = 0  #: of these, who want to hear nothing of the author
    answered: bool = False  #: somebody else than the author wrote in it
    streak: int = 0  #: messages of the author since anybody else wrote, without this one
    barred: bool = False  #: an invitation: the person blocked who asks them in
    went: bool = False  #: an invitation: the person was in this conversation and left it
    asked_24h: int = 0  #: an invitation: how many people its sender asked to conversations, without this one
    left_24h: int = 0  #: ... and how many of these left


class Reported(Fact, frozen=True, kw_only=True):
    """Of a report of a message in a conversation: how many people reported its author within a week."""

    people_7d: int = 0  #: this one included


_NOWHERE, _UNREPORTED = Room(), Reported()


class Rooms:
    """Learns `Room`. Blocks bite at once, so that nothing is kept from one batch to the next."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        asked = [s if isinstance(s, Communication) and s.conversation is not None else None for s in batch]
        if not any(asked):
            return [_NOWHERE] * len(batch)
        return await self._database.read(lambda connection: self._look(connection, asked))

    def _look(self, connection: Connection, asked: Sequence[Communication | None]) -> list[Room]:
        chat = [each for each in asked if each is not None]
        keys = {(c.account, c.conversation or "") for c in chat}
        rows = conversations.of_keys(connection, keys)
        people = conversations.people(connection, keys)
        here = conversations.speakers(connection, [(c.account, c.conversation or "", c.sender.text) for c in chat])
        blockers = conversations.blockers(connection, {(c.account, c.sender.text) for c in chat})
        members = conversations.members(connection, keys) if blockers else {}
        inviting = [c for c in chat if c.invites]
        since = self._clock.now() - _DAY
        counted = conversations.invited(connection, {(c.account, c.sender.text) for c in inviting}, since)
        facts: list[Room] = []
        for c in asked:
            if c is None:
                facts.append(_NOWHERE)
                continue
            against = blockers.get((c.account, c.sender.text), set())
            row = rows.get((c.account, c.conversation or ""))
            if c.invites:
                facts.append(self._invitation(connection, c, against, counted))
                continue
            key = (c.account, c.conversation or "")
            others = people.get(key, 0) - ((*key, c.sender.text) in here)
            by = sum(member.name in against for member in members.get(key, ())) if against else 0
            facts.append(_said(row, c.sender.text, others, by))
        return facts

    @staticmethod
    def _invitation(
        connection: Connection, c: Communication, against: set[str], counted: dict[Key, tuple[int, int]]
    ) -> Room:
        before = conversations.latest(connection, c.account, c.conversation or "", c.recipient.text, but=c.id)
        asked, left = counted.get((c.account, c.sender.text), (1, 0))
        return Room(
            on_record=True,
            barred=c.recipient.text in against,
            went=before is not None and before.gone == "left",
            asked_24h=max(asked - 1, 0),  # this one is on record already
            left_24h=left,
        )


def _said(row: Any, author: str, others: int, blocked_by: int) -> Room:
    if row is None:
        return Room(others=others)
    return Room(
        on_record=True,
        others=others,
        blocked_by=blocked_by,
        answered=row.answered or row.first_author not in ("", author),
        streak=row.streak if row.last_author == author else 0,
    )


class Reporters:
    """Learns `Reported`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Any]:
        asked = [_reported(subject) for subject in batch]
        if not any(asked):
            return [_UNREPORTED] * len(batch)
        since = self._clock.now() - _WEEK
        people = {one for one in asked if one is not None}
        found = await self._database.read(lambda connection: reports.reporters(connection, people, since))
        return [_UNREPORTED if one is None else Reported(people_7d=found.get(one, 0)) for one in asked]


def _reported(subject: Subject) -> tuple[str, str] | None:
    """Whom a report of a message in a conversation is about: account and end user."""
    if not isinstance(subject, Outcome) or subject.kind is not Kind.CHAT:
        return None
    if subject.what is not OutcomeKind.SPAM_REPORT or subject.end_user is None:
        return None
    return subject.account, subject.end_user
