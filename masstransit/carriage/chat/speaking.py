"""Speaking: whoever says something in a conversation, by whatever door, says it here.

What is said is offered to the gate once, with the conversation as its recipient: who takes part is a fact about it
(`facts/chat.py`). Who speaks as somebody is an end user of the customer, and answers for it by that name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from masstransit.carriage.chat.posts import Posts
from masstransit.carriage.exchange import Offered
from masstransit.clock import Clock
from masstransit.errors import BadInput, NotFound
from masstransit.model.address import ChatHandle, chat_handle
from masstransit.model.chat import Said
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.decision import Decision, Verdict
from masstransit.model.media import Attachment
from masstransit.model.sid import new_sid
from masstransit.storage import conversations
from masstransit.storage.engine import Database

LONGEST = 4096  #: characters of a message
LONGEST_ATTRIBUTES = 16_384  #: characters of what programs keep with something
_LONGEST_END_USER = 64


class Exchange(Protocol):
    """The one door for communications, as chat needs it."""

    async def offer(self, communication: Communication) -> Offered: ...


class Speaker(msgspec.Struct, frozen=True, kw_only=True):
    """Who says something, and by which door."""

    account: str
    author: str  #: an identity, a number, or a name that the customer's server gives itself
    person: bool = True  #: whether somebody speaks, who answers for it as an end user; else the customer's server does
    channel: str = "chat"  #: "chat", "rest", or the trunk that brought a text
    principal: str = ""  #: the credential it came by


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of what somebody said."""

    sid: str  #: IM...
    decision: Decision
    index: int | None = None  #: its place; None: it has none, or none yet
    repeated: bool = False  #: it was said before, under the same key

    @property
    def held(self) -> bool:
        return self.decision.verdict is Verdict.HOLD


class Speaking:
    """Offers what is said, and waits until it has its place."""

    def __init__(self, *, exchange: Exchange, database: Database, posts: Posts, clock: Clock) -> None:
        self._exchange = exchange
        self._database = database
        self._posts = posts
        self._clock = clock

    async def say(
        self,
        speaker: Speaker,
        conversation: str,
        body: str,
        attributes: str = "",
        attachments: Sequence[Attachment] = (),
        *,
        key: str | None = None,
    ) -> Spoken:
        """Say something in a conversation, by its SID, that the speaker was found to take part in; what was said before
        under the same `key` is not said again. Raises `Conflict` where they don't any more or it is closed, `BadInput`,
        `StorageUnavailable`."""
        check(body, attributes, attachments)
        return await self._offer(
            communication_of(speaker, conversation, body, attributes, attachments, at=self._clock.now(), key=key)
        )

    async def edit(
        self, speaker: Speaker, said: Said, body: str, attributes: str = "", *, key: str | None = None
    ) -> Spoken:
        """Say something that was said otherwise: it passes the gate like what is new, and what was said before stays on
        record. Without `attributes` they stay. Raises as `say` does; `NotFound` where it was taken away."""
        if said.removed:
            raise NotFound("this message was taken away")
        check(body, attributes, said.attachments)
        offer = communication_of(speaker, said.conversation, body, attributes, said.attachments, at=self._clock.now())
        mark = f"edit/{said.sid}/{key}"[:255] if key else None
        spoken = await self._offer(msgspec.structs.replace(offer, edits=said.sid, idempotency_key=mark))
        stands = spoken.repeated and spoken.decision.verdict <= Verdict.FLAG
        return msgspec.structs.replace(spoken, index=said.index) if stands else spoken

    async def _offer(self, offer: Communication) -> Spoken:
        """Offer it, and wait until it has its place."""
        expected = self._posts.expect(offer.id)
        try:
            offered = await self._exchange.offer(offer)
        except BaseException:
            self._posts.forget(offer.id)
            raise
        sid, decision = offered.communication.id, offered.decision
        if offered.repeated:
            self._posts.forget(offer.id)
            known = await self._database.read(lambda c: conversations.indexes(c, [(offer.account, sid)]))
            return Spoken(sid=sid, decision=decision, index=known.get((offer.account, sid)), repeated=True)
        if decision.verdict > Verdict.FLAG:
            self._posts.forget(offer.id)
            return Spoken(sid=sid, decision=decision)
        return Spoken(sid=sid, decision=decision, index=await self._posts.place(offer.account, sid, expected))


def check(body: str, attributes: str, attachments: Sequence[Attachment]) -> None:
    """Raise `BadInput` for what can't be said."""
    if not body.strip() and not attachments:
        raise BadInput("A message needs a body or media.", field="Body", code=50426)
    if len(body) > LONGEST:
        raise BadInput(f"'Body' has {len(body)} characters; {LONGEST} are the most.", field="Body", code=50427)
    check_attributes(attributes)


def check_attributes(attributes: str) -> None:
    """Raise `BadInput` for what is no JSON document of bounded size."""
    if len(attributes) > LONGEST_ATTRIBUTES:
        raise BadInput(f"'Attributes' are longer than {LONGEST_ATTRIBUTES} characters.", field="Attributes", code=50058)
    try:
        msgspec.json.decode(attributes or "{}")
    except (msgspec.MsgspecError, RecursionError) as wrong:
        raise BadInput("'Attributes' is not a JSON document.", field="Attributes", code=50058) from wrong


def communication_of(
    speaker: Speaker,
    conversation: str,
    body: str,
    attributes: str = "",
    attachments: Sequence[Attachment] = (),
    *,
    at: datetime,
    key: str | None = None,
) -> Communication:
    """What somebody says, as the gate is asked about it. Raises `BadAddress` for an author that is none."""
    return Communication(
        id=new_sid("IM"),
        account=speaker.account,
        kind=Kind.CHAT,
        channel=speaker.channel,
        sender=chat_handle(speaker.author),
        recipient=ChatHandle(conversation),
        text=body,
        at=at,
        purpose=Purpose.CONVERSATION,
        end_user=end_user_of(speaker.author) if speaker.person and not speaker.author.startswith("+") else None,
        idempotency_key=f"chat/{conversation}/{speaker.author}/{key}"[:255] if key else None,
        attachments=tuple(attachments),
        principal=speaker.principal,
        conversation=conversation,
        attributes=attributes,
    )


def end_user_of(identity: str) -> str:
    """By which name somebody stands on record as an end user: the identity, or a mark of a long one."""
    if len(identity) <= _LONGEST_END_USER:
        return identity
    return f"id:{hashlib.blake2b(identity.encode(), digest_size=16).hexdigest()}"
