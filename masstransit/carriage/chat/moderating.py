"""Who is asked in, who goes, who is blocked, what is reported and what is taken away.

An invitation is offered to the gate like a message: nobody is put into a conversation by whom they asked to be left
alone. A report is a complaint, which counts against its author as an end user of the customer; so what follows from it
in chat follows everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.chat import telling
from masstransit.carriage.chat.feeds import Feeds
from masstransit.carriage.chat.posts import Posts
from masstransit.carriage.chat.roles import SERVICE_USER
from masstransit.carriage.chat.speaking import Exchange, Speaker, check_attributes, end_user_of
from masstransit.carriage.notices import Notices
from masstransit.clock import Clock
from masstransit.errors import BadInput, Conflict, Denied, NotFound
from masstransit.ledger import Ledger
from masstransit.model.address import chat_handle
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.decision import Decision, Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import conversations
from masstransit.storage.engine import Database

MOST = 1000  #: who take part in one conversation
SYSTEM = "system"  #: the name of the customer's server, where it gives itself none
_LONGEST_REPORT = 256


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Whom somebody wants to have in a conversation."""

    identity: str | None = None
    address: str | None = None  #: a phone in E.164 form ...
    proxy: str | None = None  #: ... and the customer's number by which it takes part
    role: str | None = None
    attributes: str = "{}"
    purpose: Purpose = Purpose.CONVERSATION  #: what it is for: a STOP to advertising ends invitations that advertise

    @property
    def name(self) -> str:
        return self.identity or self.address or ""


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an invitation. `row` is the participant's; None: the gate refused it."""

    row: Row[Any] | None
    decision: Decision


class Reports(Protocol):
    """Who takes complaints: `carriage.complaints.Complaints`."""

    async def from_member(self, account: str, name: str, message: str, *, said: str = "") -> bool: ...


class Moderating:
    """Everything about people in conversations."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        database: Database,
        posts: Posts,
        feeds: Feeds,
        notices: Notices,
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        self._exchange = exchange
        self._database = database
        self._posts = posts
        self._feeds = feeds
        self._notices = notices
        self._ledger = ledger
        self._clock = clock
        self._reports: Reports | None = None

    def connect(self, reports: Reports) -> None:
        """Who takes complaints."""
        self._reports = reports

    # --- coming and going -------------------------------------------------------------------------------------------

    async def invite(self, by: Speaker, conversation: str, asked: Asked) -> Invited:
        """Ask somebody in. They take part when this returns, unless a person has to look first (`held`). Raises
        `BadInput`, `Conflict`, `NotFound`, `StorageUnavailable`."""
        check_attributes(asked.attributes)
        participant, now = new_sid("MB"), self._clock.now()
        offer = Communication(
            id=participant,
            account=by.account,
            kind=Kind.CHAT,
            channel=by.channel,
            sender=chat_handle(by.author),
            recipient=chat_handle(asked.name),
            at=now,
            purpose=asked.purpose,
            end_user=end_user_of(by.author) if by.person else None,
            principal=by.principal,
            conversation=conversation,
        )
        held: dict[str, Any] = {
            "account": by.account,
            "conversation": conversation,
            "sid": participant,
            "name": asked.name,
            "identity": asked.identity,
            "address": asked.address,
            "proxy": asked.proxy,
            "role": asked.role,
            "attributes": asked.attributes,
            "state": "held",
            "invited_by": by.author if by.person else "",
            "created_at": now,
            "updated_at": now,
        }
        await self._database.write(lambda c: self._ask(c, asked, held))
        expected = self._posts.expect(participant)
        try:
            offered = await self._exchange.offer(offer)
        except BaseException:
            self._posts.forget(participant)
            await self._database.write(lambda c: conversations.forget_participant(c, by.account, participant))
            raise
        if offered.decision.verdict <= Verdict.FLAG:
            await self._posts.place(by.account, participant, expected)
        else:
            self._posts.forget(participant)
        if offered.decision.verdict is Verdict.REFUSE or offered.decision.verdict is Verdict.DELAY:
            await self._database.write(lambda c: conversations.forget_participant(c, by.account, participant))
            return Invited(row=None, decision=offered.decision)
        row = await self._database.read(
            lambda c: conversations.find_participant(c, by.account, conversation, participant)
        )
        return Invited(row=row, decision=offered.decision)

    def _ask(self, connection: Connection, asked: Asked, held: dict[str, Any]) -> None:
        """Put an invitation on record. Raises `Conflict` for who takes part already."""
        account, conversation = held["account"], held["conversation"]
        conversations.forget_turned_down(connection, account, conversation)
        if asked.identity is not None:
            if conversations.find_participant(connection, account, conversation, asked.identity) is not None:
                raise Conflict("Participant already exists", code=50433)
            told = {
                "account": account,
                "identity": asked.identity,
                "sid": new_sid("US"),
                "created_at": held["created_at"],
            }
            told |= {"role": SERVICE_USER.sid(account), "updated_at": held["created_at"]}
            conversations.add_user(connection, told)
        elif conversations.bound(connection, asked.address or "", asked.proxy or "") is not None:
            raise Conflict(
                "A binding for this participant and proxy address already exists in another conversation", code=50416
            )
        if conversations.how_many(connection, account, conversation) >= MOST:
            raise Conflict(f"a conversation has {MOST} participants at most", code=50436)
        conversations.join(connection, held)

    async def go(self, account: str, conversation: str, participant: str, *, gone: str) -> None:
        """Somebody does not take part any more: they "left", or were "removed". Raises `NotFound`."""
        now = self._clock.now()

        def keep(connection: Connection) -> None:
            row = conversations.find_participant(connection, account, conversation, participant)
            if row is None:
                raise NotFound("The requested participant was not found")
            version = conversations.next_version(connection, account, conversation)
            told = {"state": "out", "gone": gone, "version": version}
            conversations.change_participant(connection, account, row.sid, told, now)
            hooks = telling.hooks(connection, [(account, conversation)])
            self._notices.add(connection, telling.of_participant(hooks, "onParticipantRemoved", row, now))

        await self._changed(account, conversation, keep)

    async def forget(self, account: str, identity: str) -> None:
        """A person is the customer's no more: they go out of every conversation, and what is told of them goes. What
        they said stays on record for its time, and so does who wants to hear nothing of them, or they of whom."""
        for conversation, participant in await self._database.read(
            lambda c: conversations.places_of(c, account, identity)
        ):
            try:
                await self.go(account, conversation, participant, gone="removed")
            except NotFound:
                continue  # they went meanwhile
        await self._database.write(lambda c: conversations.remove_user(c, account, identity))

    async def change(self, account: str, conversation: str, participant: str, values: dict[str, Any]) -> None:
        """Change what is told of a participant, or how far they read. Raises `NotFound`."""
        now = self._clock.now()

        def keep(connection: Connection) -> None:
            row = conversations.find_participant(connection, account, conversation, participant)
            if row is None:
                raise NotFound("The requested participant was not found")
            version = conversations.next_version(connection, account, conversation)
            conversations.change_participant(connection, account, row.sid, {**values, "version": version}, now)
            after = conversations.find_participant(connection, account, conversation, row.sid)
            hooks = telling.hooks(connection, [(account, conversation)])
            if after is not None:
                self._notices.add(connection, telling.of_participant(hooks, "onParticipantUpdated", after, now))

        await self._changed(account, conversation, keep)

    async def read(self, account: str, conversation: str, participant: str, index: int) -> None:
        """Somebody read everything up to an index; never less than before. Raises `NotFound`, `BadInput`."""
        now = self._clock.now()

        def keep(connection: Connection) -> None:
            row = conversations.find_participant(connection, account, conversation, participant)
            head = conversations.heads(connection, [(account, conversation)]).get((account, conversation))
            if row is None or head is None:
                raise NotFound("The requested participant was not found")
            if not -1 <= index < head[0]:
                raise BadInput(f"there is no message {index} in this conversation", field="LastReadMessageIndex")
            if row.read_index is not None and row.read_index >= index:
                return
            version = conversations.next_version(connection, account, conversation)
            told = {"read_index": index, "read_at": now, "version": version}
            conversations.change_participant(connection, account, row.sid, told, now)

        await self._changed(account, conversation, keep)

    # --- what was said ----------------------------------------------------------------------------------------------

    async def remove(self, account: str, conversation: str, message: str, *, by: str) -> None:
        """Take a message away: nobody sees it any more, and the record keeps it. Raises `NotFound`."""
        now = self._clock.now()

        def keep(connection: Connection) -> None:
            row = conversations.find_message(connection, account, conversation, message)
            if row is None or row.removed_at is not None:
                raise NotFound("The requested message was not found")
            version = conversations.next_version(connection, account, conversation)
            told = {"removed_at": now, "removed_by": by, "version": version}
            conversations.change_message(connection, account, message, told, now)
            self._ledger.record(connection, account, "chat-removal", message, {"message": message, "by": by}, now)
            hooks = telling.hooks(connection, [(account, conversation)])
            gone = conversations.said(row)
            self._notices.add(connection, telling.of_change(hooks, "onMessageRemoved", gone, now))

        await self._changed(account, conversation, keep)

    async def rewrite(self, account: str, conversation: str, message: str, attributes: str) -> None:
        """Keep other attributes with a message. Raises `NotFound`, `BadInput`."""
        check_attributes(attributes)
        now = self._clock.now()

        def keep(connection: Connection) -> None:
            row = conversations.find_message(connection, account, conversation, message)
            if row is None or row.removed_at is not None:
                raise NotFound("The requested message was not found")
            version = conversations.next_version(connection, account, conversation)
            told = {"attributes": attributes, "version": version}
            conversations.change_message(connection, account, message, told, now)
            after = conversations.find_message(connection, account, conversation, message)
            hooks = telling.hooks(connection, [(account, conversation)])
            if after is not None:
                told_of = telling.of_change(hooks, "onMessageUpdated", conversations.said(after), now)
                self._notices.add(connection, told_of)

        await self._changed(account, conversation, keep)

    async def report(self, account: str, name: str, conversation: str, message: str, said: str) -> bool:
        """Somebody who takes part complains of a message. False: they did before. Raises `NotFound`, `BadInput`."""
        if len(said) > _LONGEST_REPORT:
            raise BadInput(f"a report has {_LONGEST_REPORT} characters at most")

        def look(connection: Connection) -> str:
            row = conversations.find_message(connection, account, conversation, message)
            here = conversations.find_participant(connection, account, conversation, name)
            if row is None or here is None or here.sid in row.withheld:
                raise NotFound("The requested message was not found")
            if row.author == name:
                raise Denied("this message is your own: remove it, if it should not have been said")
            return str(row.edit or row.sid)  # what they read is what they complain of

        if self._reports is None:
            raise Conflict("nobody takes reports here")
        read = await self._database.read(look)
        return await self._reports.from_member(account, name, read, said=said)

    # --- blocks -----------------------------------------------------------------------------------------------------

    async def block(self, account: str, person: str, blocked: str) -> None:
        """From now on a person gets nothing that another says, and is asked nowhere by them. Raises `BadInput`."""
        chat_handle(blocked)
        if person == blocked:
            raise BadInput("nobody can block themselves", field="Blocked")
        now = self._clock.now()

        def keep(connection: Connection) -> None:
            conversations.block(connection, account, person, blocked, now)
            self._ledger.record(
                connection, account, "chat-block", person, {"person": person, "blocked": blocked, "in_force": True}, now
            )

        await self._database.write(keep)

    async def unblock(self, account: str, person: str, blocked: str) -> bool:
        """A person hears another again. False: there was no block."""
        now = self._clock.now()

        def keep(connection: Connection) -> bool:
            if not conversations.unblock(connection, account, person, blocked):
                return False
            told = {"person": person, "blocked": blocked, "in_force": False}
            self._ledger.record(connection, account, "chat-block", person, told, now)
            return True

        return await self._database.write(keep)

    async def _changed(self, account: str, conversation: str, keep: Callable[[Connection], None]) -> None:
        await self._database.write(keep)
        self._notices.nudge()
        self._feeds.look((account, conversation))
