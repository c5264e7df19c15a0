"""Phones that take part in a conversation by texts: what is said goes out to them, and what they write joins it.

A text to a phone is a message like any other: offered to the gate, so that a STOP stands against it, and carried by a
trunk. Its state is the receipt of that phone. Files go along as MMS where the number and a carrier bring that, and else
as links that end. What a phone writes to the number that it takes part by is said in the conversation, with pictures
that come with it; a STOP, a HELP and a START are heard before and are not.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row

from masstransit.carriage.chat.posts import Posted, receipt
from masstransit.carriage.chat.speaking import LONGEST, Exchange, Speaker, Speaking
from masstransit.carriage.media.links import MOST, as_text
from masstransit.carriage.media.mms import Mms, fits
from masstransit.clock import Clock
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.model.address import e164, parse
from masstransit.model.chat import Member, Said
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.decision import Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import conversations, numbers
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
        self._mms: Mms | None = None  #: None: no files are taken in here, so that none goes with a message

    def connect(self, mms: Mms) -> None:
        """What brings files to phones."""
        self._mms = mms

    async def out(self, posted: Posted) -> None:
        """Send a message to the phones that take part; each once, however often this is asked. Raises
        `StorageUnavailable`."""
        if not posted.phones:
            return
        able = await self._able(posted) if posted.said.attachments else frozenset()
        offered = await asyncio.gather(
            *(self._exchange.offer(self._text(posted.said, phone, able)) for phone in posted.phones)
        )
        now = self._clock.now()
        rows: list[dict[str, Any]] = []
        for phone, one in zip(posted.phones, offered, strict=True):
            stopped = one.decision.deciding if one.decision.verdict is Verdict.REFUSE else None
            told = {} if stopped is None else {"status": "undelivered", "error": stopped.code or 30007}
            rows.append(receipt(posted.said, phone.sid, now, text=one.communication.id, **told))
        await self._database.write(lambda c: conversations.add_receipts(c, rows))

    async def _able(self, posted: Posted) -> frozenset[str]:
        """The numbers, of those by which phones take part, that can send MMS."""
        proxies = {phone.proxy for phone in posted.phones if phone.proxy}
        account = posted.said.account
        return frozenset(await self._database.read(lambda c: numbers.with_mms(c, account, proxies)))

    def _text(self, said: Said, phone: Member, able: Collection[str]) -> Communication:
        """What goes to a phone. The gate judges the words and the files; a link of ours is how a file goes out."""
        as_mms = phone.proxy in able and self._goes_as_mms(said, phone)
        links = () if as_mms else self._links(said)
        words = beside(said.body, links)
        return Communication(
            id=new_sid("MM" if as_mms else "SM"),
            account=said.account,
            kind=Kind.MMS if as_mms else Kind.SMS,
            channel="chat",
            sender=parse(phone.proxy or ""),
            recipient=e164(phone.address or ""),
            text=words,
            shortened=as_text(words, links) if links else None,
            attachments=said.attachments,
            at=self._clock.now(),
            purpose=Purpose.CONVERSATION,
            idempotency_key=f"chat/{said.sid}/{phone.sid}",
            principal=said.account,
        )

    def _goes_as_mms(self, said: Said, phone: Member) -> bool:
        """Whether a carrier here brings a message's files to a phone."""
        if self._mms is None or not said.attachments:
            return False
        return self._mms.reaches(e164(phone.address or "")) and fits(said.attachments)

    def _links(self, said: Said) -> tuple[str, ...]:
        """Links to a message's files, which end; as many as a text holds."""
        if self._mms is None:
            return ()
        return tuple(self._mms.shared.url(said.account, file.sid) for file in said.attachments[:MOST])

    async def bound(self, inbound: Communication) -> Row[Any] | None:
        """The participant who writes a text; None: it is no conversation's. Raises `StorageUnavailable`."""
        address, proxy = inbound.sender.text, inbound.recipient.text
        return await self._database.read(lambda c: conversations.bound(c, address, proxy))

    async def arrives(self, inbound: Communication, participant: Row[Any]) -> None:
        """What a phone wrote is said in its conversation. Raises `StorageUnavailable`."""
        speaker = Speaker(account=participant.account, author=inbound.sender.text, channel=inbound.channel)
        key = inbound.idempotency_key or inbound.id
        try:
            await self._speaking.say(
                speaker, participant.conversation, inbound.text[:LONGEST], attachments=inbound.attachments, key=key
            )
        except (BadInput, Conflict, NotFound) as unsaid:  # the text itself is on record
            log.info("a text does not join its conversation: %s", unsaid)


def beside(body: str, links: Sequence[str]) -> str:
    """What a text has of a body beside links, each on a line of its own: a link that is cut off leads nowhere."""
    return body[: max(0, _LONGEST_TEXT - sum(len(link) + 1 for link in links))]
