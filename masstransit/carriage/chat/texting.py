"""Phones that take part in a conversation by texts: what is said goes out to them, and what they write joins it.

A text to a phone is a message like any other: offered to the gate, so that a STOP stands against it, and carried by a
trunk. Its state is the receipt of that phone. What a phone writes to the number that it takes part by is said in the
conversation; a STOP, a HELP and a START are heard before and are not.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from sqlalchemy import Row

from masstransit.carriage.chat.posts import Posted, receipt
from masstransit.carriage.chat.speaking import LONGEST, Exchange, Speaker, Speaking
from masstransit.clock import Clock
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.model.address import e164, parse
from masstransit.model.chat import Member, Said
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.decision import Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import conversations
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.chat")

_LONGEST_TEXT = 1600  # characters, as the SDKs' users know it


class Texting:
    """Brings conversations to phones, and phones into conversations."""

    def __init__(self, *, exchange: Exchange, database: Database, speaking: Speaking, clock: Clock) -> None:
        self._exchange = exchange
        self._database = database
        self._speaking = speaking
        self._clock = clock

    async def out(self, posted: Posted) -> None:
        """Send a message to the phones that take part; each once, however often this is asked. Raises
        `StorageUnavailable`."""
        if not posted.phones:
            return
        offered = await asyncio.gather(
            *(self._exchange.offer(self._text(posted.said, phone)) for phone in posted.phones)
        )
        now = self._clock.now()
        rows: list[dict[str, Any]] = []
        for phone, one in zip(posted.phones, offered, strict=True):
            stopped = one.decision.deciding if one.decision.verdict is Verdict.REFUSE else None
            told = {} if stopped is None else {"status": "undelivered", "error": stopped.code or 30007}
            rows.append(receipt(posted.said, phone.sid, now, text=one.communication.id, **told))
        await self._database.write(lambda c: conversations.add_receipts(c, rows))

    def _text(self, said: Said, phone: Member) -> Communication:
        links = " ".join(each.name or each.content_type for each in said.attachments)
        return Communication(
            id=new_sid("SM"),
            account=said.account,
            kind=Kind.SMS,
            channel="chat",
            sender=parse(phone.proxy or ""),
            recipient=e164(phone.address or ""),
            text=(said.body or links)[:_LONGEST_TEXT],
            at=self._clock.now(),
            purpose=Purpose.CONVERSATION,
            idempotency_key=f"chat/{said.sid}/{phone.sid}",
            principal=said.account,
        )

    async def bound(self, inbound: Communication) -> Row[Any] | None:
        """The participant who writes a text; None: it is no conversation's. Raises `StorageUnavailable`."""
        address, proxy = inbound.sender.text, inbound.recipient.text
        return await self._database.read(lambda c: conversations.bound(c, address, proxy))

    async def arrives(self, inbound: Communication, participant: Row[Any]) -> None:
        """What a phone wrote is said in its conversation. Raises `StorageUnavailable`."""
        speaker = Speaker(account=participant.account, author=inbound.sender.text, channel=inbound.channel)
        key = inbound.idempotency_key or inbound.id
        try:
            await self._speaking.say(speaker, participant.conversation, inbound.text[:LONGEST], key=key)
        except (BadInput, Conflict, NotFound) as unsaid:  # the text itself is on record
            log.info("a text does not join its conversation: %s", unsaid)
