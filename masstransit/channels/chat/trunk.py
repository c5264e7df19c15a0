"""The trunk of chat: what the gate let go is put into its conversation, here in the house, and told to who follows."""

from __future__ import annotations

from decimal import Decimal

from masstransit.carriage.channel import Arrivals, Carried, NotSent, Sent
from masstransit.carriage.chat.posts import Posts
from masstransit.carriage.chat.texting import Texting
from masstransit.errors import Conflict, StorageUnavailable, TrunkDown
from masstransit.model.communication import Kind
from masstransit.model.decision import Cleared

_WINDOW = 4096  # messages that are being posted at once


class ChatTrunk:
    """Implements `carriage.channel.Trunk`."""

    name = "chat"
    kinds = Kind.CHAT
    prefixes: tuple[str, ...] = ()
    price: Decimal | None = Decimal(0)
    up = True

    def __init__(self, posts: Posts, texting: Texting) -> None:
        self._posts = posts
        self._texting = texting
        self._open = 0

    def connect(self, arrivals: Arrivals) -> None:
        """Nothing arrives by this trunk: who answers in a conversation speaks in it."""

    @property
    def room(self) -> int:
        return _WINDOW - self._open

    async def deliver(self, cleared: Cleared) -> Carried:
        self._open += 1
        communication = cleared.communication
        try:
            if communication.invites:
                await self._posts.admit(communication)
            elif communication.edits is not None:
                await self._posts.revise(communication)
            else:
                await self._texting.out(await self._posts.post(communication))
        except Conflict as gone:
            return NotSent(reason=str(gone), permanent=True, code=gone.code)
        except StorageUnavailable as lost:
            raise TrunkDown(str(lost)) from lost
        return Sent(())

    def settled(self, cleared: Cleared) -> None:
        self._open -= 1
