"""Posts: what the gate let go is put into its conversation, and who was let in joins it.

A message gets its index here, in the transaction that makes it part of the conversation: so the order is that of the
record, a message that was held has its place where it was let go, and one that is brought twice (a process was killed
before it could say that it had it) is posted once. What comes together is posted together: who takes part and who
blocked whom is looked up once for all. An edit stands in the place of what it edits, which stays on record.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.batch import Batch
from masstransit.carriage.chat import telling
from masstransit.carriage.chat.feeds import Feeds
from masstransit.carriage.notices import Notices
from masstransit.clock import Clock
from masstransit.errors import Conflict
from masstransit.ledger import Ledger
from masstransit.model.chat import Member, Said
from masstransit.model.communication import Communication
from masstransit.model.sid import new_sid
from masstransit.storage import conversations
from masstransit.storage.conversations import Key
from masstransit.storage.engine import Database

BLOCKED = 21610  #: the SDKs' code of a receipt of somebody who blocked the author
_WAIT = 10.0  # seconds that who said something waits for its place


class Posted(msgspec.Struct, frozen=True):
    """A message in its place, and the phones that take part and are to get it as a text."""

    said: Said
    phones: tuple[Member, ...] = ()


class _Head(msgspec.Struct, kw_only=True):
    """What a conversation is at while messages are put into it."""

    row: Row[Any]
    messages: int
    first_author: str
    answered: bool
    last_author: str
    streak: int

    def take(self, author: str) -> int:
        """The index of one more message."""
        index, self.messages = self.messages, self.messages + 1
        self.first_author = self.first_author or author
        self.answered = self.answered or author != self.first_author
        self.streak = self.streak + 1 if author == self.last_author else 1
        self.last_author = author
        return index


class _Room(msgspec.Struct, frozen=True):
    """What posting needs to know, looked up once for a batch."""

    heads: Mapping[Key, _Head]
    authors: Mapping[tuple[str, str, str], str]  #: the SIDs by which they take part
    phones: Mapping[Key, Sequence[Member]]
    members: Mapping[Key, Sequence[Member]]  #: where an author is blocked by anybody
    blockers: Mapping[Key, set[str]]
    known: Mapping[Key, int]


class Posts:
    """Puts messages into conversations."""

    def __init__(self, *, database: Database, ledger: Ledger, clock: Clock, feeds: Feeds, notices: Notices) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock
        self._feeds = feeds
        self._notices = notices
        self._batch: Batch[Communication, Posted] = Batch(self._post_all)
        self._expected: dict[str, asyncio.Future[int]] = {}

    # --- messages -------------------------------------------------------------------------------------------------

    def expect(self, sid: str) -> asyncio.Future[int]:
        """The index of a message that is about to be offered, once this process has posted it."""
        return self._expected.setdefault(sid, asyncio.get_running_loop().create_future())

    async def place(self, account: str, sid: str, expected: asyncio.Future[int]) -> int | None:
        """The index of a message that was let go; None: it has none yet, and gets it."""
        try:
            async with asyncio.timeout(_WAIT):
                return await asyncio.shield(expected)
        except TimeoutError:  # another process delivers it
            known = await self._database.read(lambda c: conversations.indexes(c, [(account, sid)]))
            return known.get((account, sid))
        finally:
            self.forget(sid)

    def forget(self, sid: str) -> None:
        """Nobody waits for its place."""
        self._expected.pop(sid, None)

    async def post(self, communication: Communication) -> Posted:
        """Put a message that the gate let go into its conversation. Raises `Conflict` where that takes none, and
        `StorageUnavailable`."""
        try:
            posted = await self._batch.add(communication)
        except Conflict as none:
            self._here(communication.id, none)
            raise
        self._here(communication.id, posted.said.index)
        return posted

    def _here(self, sid: str, came_to: int | Conflict) -> None:
        waits = self._expected.get(sid)
        if waits is None or waits.done():
            return
        if isinstance(came_to, Conflict):
            waits.set_exception(came_to)
        else:
            waits.set_result(came_to)

    async def _post_all(self, batch: Sequence[Communication]) -> list[Posted | Exception]:
        made, fresh = await self._database.write(lambda connection: self._keep(connection, batch))
        self._feeds.posted(fresh)
        if fresh:
            self._notices.nudge()
        return made

    def _keep(
        self, connection: Connection, batch: Sequence[Communication]
    ) -> tuple[list[Posted | Exception], list[Said]]:
        now = self._clock.now()
        room = _look(connection, batch)
        made: list[Posted | Exception] = []
        fresh: list[Said] = []
        for communication in batch:
            key = (communication.account, communication.conversation or "")
            head, index = room.heads.get(key), room.known.get((communication.account, communication.id))
            barred = _barred(communication, head.row if head is not None else None, room.authors)
            if head is None or barred is not None:
                made.append(barred or _no_conversation())
                continue
            if index is None:
                index = head.take(communication.sender.text)
                said = _said(communication, room, index, now)
                fresh.append(said)
            else:
                said = _said(communication, room, index, now)
            phones = _phones(said, room.phones.get(key, ()))
            made.append(Posted(said, phones))
        hooks = telling.hooks(connection, room.heads)
        told = [notice for said in fresh for notice in telling.of_message(hooks, said, now)]
        conversations.post(
            connection,
            [_row(said, now) for said in fresh],
            [_head(key, head, now) for key, head in room.heads.items()] if fresh else [],
            [receipt for said in fresh for receipt in _withheld(said, now)],
        )
        self._notices.add(connection, told)
        return made, fresh

    # --- edits ----------------------------------------------------------------------------------------------------

    async def revise(self, communication: Communication) -> None:
        """Put the words of an edit that the gate let go in the place of those that were said before, which stay on
        record. Raises `Conflict` where there is nothing to edit any more, and `StorageUnavailable`."""
        try:
            index = await self._database.write(lambda connection: self._edit(connection, communication))
        except Conflict as none:
            self._here(communication.id, none)
            raise
        self._here(communication.id, index)
        self._notices.nudge()
        self._feeds.look((communication.account, communication.conversation or ""))

    def _edit(self, connection: Connection, communication: Communication) -> int:
        account, conversation, now = communication.account, communication.conversation or "", self._clock.now()
        room = _look(connection, [communication])
        head = room.heads.get((account, conversation))
        barred = _barred(communication, head.row if head is not None else None, room.authors)
        if barred is not None:
            raise barred
        row = conversations.find_message(connection, account, conversation, communication.edits or "")
        if row is None or row.removed_at is not None:
            raise Conflict("the message was taken away", code=20404)
        if row.edit is not None and row.edit >= communication.id:
            return int(row.place)  # it was brought twice, or what was said after it stands already
        after = _otherwise(conversations.said(row), communication, room)
        told: dict[str, Any] = {"attributes": after.attributes, "withheld": list(after.withheld)}
        told |= {"edit": communication.id, "version": conversations.next_version(connection, account, conversation)}
        conversations.change_message(connection, account, row.sid, told, now)
        conversations.add_receipts(connection, _withheld(after, now))
        said = {"message": row.sid, "edit": communication.id, "instead_of": row.edit or row.sid}
        self._ledger.record(connection, account, "chat-edit", row.sid, said, now)
        hooks = telling.hooks(connection, [(account, conversation)])
        self._notices.add(connection, telling.of_change(hooks, "onMessageUpdated", after, now))
        return after.index

    # --- invitations ----------------------------------------------------------------------------------------------

    async def admit(self, communication: Communication) -> None:
        """Whom the gate let in takes part from now on. Raises `Conflict` where the invitation is not there any more."""
        account, conversation = communication.account, communication.conversation or ""
        participant, now = communication.id, self._clock.now()  # an invitation has its participant's SID

        def keep(connection: Connection) -> Row[Any]:
            row = conversations.find_participant(connection, account, conversation, participant)
            if row is None:
                raise Conflict("the invitation was taken back", code=50400)
            if row.state == "in":
                return row
            version = conversations.next_version(connection, account, conversation)
            told = {"state": "in", "version": version, "joined_at": now}
            conversations.change_participant(connection, account, participant, told, now)
            hooks = telling.hooks(connection, [(account, conversation)])
            self._notices.add(connection, telling.of_participant(hooks, "onParticipantAdded", row, now))
            return row

        row = await self._database.write(keep)
        self._here(communication.id, 0)
        self._notices.nudge()
        self._feeds.joins(account, row.identity or row.address or "", row.sid, conversation)


def _no_conversation() -> Conflict:
    return Conflict("the conversation is closed, or there is none any more", code=50438)


def _barred(
    communication: Communication, row: Row[Any] | None, authors: Mapping[tuple[str, str, str], str]
) -> Conflict | None:
    """Why something can't be said in a conversation by now; None: it can."""
    if row is None or row.state == "closed":
        return _no_conversation()
    here = (communication.account, communication.conversation or "", communication.sender.text) in authors
    if communication.end_user is not None and not here:
        return Conflict("its author takes no part in the conversation any more", code=50400)
    return None


def _look(connection: Connection, batch: Sequence[Communication]) -> _Room:
    keys = {(c.account, c.conversation or "") for c in batch}
    rows = conversations.locked(connection, keys)
    blockers = conversations.blockers(connection, {(c.account, c.sender.text) for c in batch})
    return _Room(
        heads={
            key: _Head(
                row=row,
                messages=row.messages,
                first_author=row.first_author,
                answered=row.answered,
                last_author=row.last_author,
                streak=row.streak,
            )
            for key, row in rows.items()
        },
        authors=conversations.speakers(connection, [(c.account, c.conversation or "", c.sender.text) for c in batch]),
        phones=conversations.members(connection, keys, phones_only=True),
        members=conversations.members(connection, keys) if blockers else {},
        blockers=blockers,
        known=conversations.indexes(connection, [(c.account, c.id) for c in batch]),
    )


def _said(communication: Communication, room: _Room, index: int, now: datetime) -> Said:
    key, author = (communication.account, communication.conversation or ""), communication.sender.text
    return Said(
        account=communication.account,
        conversation=key[1],
        index=index,
        sid=communication.id,
        author=author,
        participant=room.authors.get((*key, author)),
        body=communication.text,
        attributes=communication.attributes or "{}",
        attachments=communication.attachments,
        at=now,
        withheld=_from_whom(communication, room),
    )


def _otherwise(before: Said, communication: Communication, room: _Room) -> Said:
    """A message as it is once an edit stands in its place: withheld also from who blocked its author since."""
    return msgspec.structs.replace(
        before,
        body=communication.text,
        attributes=communication.attributes or before.attributes,
        edited=True,
        withheld=tuple(dict.fromkeys((*before.withheld, *_from_whom(communication, room)))),
    )


def _from_whom(communication: Communication, room: _Room) -> tuple[str, ...]:
    """Who takes part and blocked its author."""
    key = (communication.account, communication.conversation or "")
    against = room.blockers.get((communication.account, communication.sender.text), ())
    return tuple(m.sid for m in room.members.get(key, ()) if m.name in against) if against else ()


def _phones(said: Said, members: Sequence[Member]) -> tuple[Member, ...]:
    """The phones that get a message as a text: all but its author's, and those that don't want to hear of them."""
    return tuple(
        member
        for member in members
        if member.address is not None and member.sid != said.participant and member.sid not in said.withheld
    )


def _row(said: Said, now: datetime) -> dict[str, Any]:
    return {
        "account": said.account,
        "conversation": said.conversation,
        "place": said.index,
        "sid": said.sid,
        "author": said.author,
        "participant": said.participant,
        "attributes": said.attributes,
        "withheld": list(said.withheld),
        "created_at": now,
        "updated_at": now,
    }


def _head(key: Key, head: _Head, now: datetime) -> dict[str, Any]:
    return {
        "b_account": key[0],
        "b_sid": key[1],
        "b_messages": head.messages,
        "b_first_author": head.first_author,
        "b_answered": head.answered,
        "b_last_author": head.last_author,
        "b_streak": head.streak,
        "b_at": now,
    }


def _withheld(said: Said, now: datetime) -> list[dict[str, Any]]:
    """Who does not get it has a receipt that says so: its author hears that way."""
    return [receipt(said, participant, now, status="undelivered", error=BLOCKED) for participant in said.withheld]


def receipt(said: Said, participant: str, at: datetime, **told: Any) -> dict[str, Any]:
    """A receipt as its table has it."""
    made = {"account": said.account, "message": said.sid, "participant": participant, "sid": new_sid("DY")}
    return {**made, "text": None, "status": "", "error": None, "created_at": at, **told}
