"""Replies that a customer's webhook gives in TwiML: offers like any other, once each however often it is asked."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Row

from masstransit.carriage.media import links
from masstransit.carriage.media.mms import Mms
from masstransit.carriage.outside import check_url
from masstransit.carriage.twiml import Reply
from masstransit.clock import Clock
from masstransit.errors import BadInput
from masstransit.model.address import Address, e164, parse
from masstransit.model.communication import Communication, Kind
from masstransit.model.decision import Decision, Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import alerts
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.webhooks")


class _Offered(Protocol):
    @property
    def decision(self) -> Decision: ...


class Door(Protocol):
    """The exchange, as replies need it."""

    async def offer(self, communication: Communication) -> _Offered: ...


class Replies:
    """What `Webhooks` calls with the replies to a person's message."""

    def __init__(
        self, exchange: Door, database: Database, clock: Clock, *, allow_private: bool = False, mms: Mms | None = None
    ) -> None:
        self._exchange = exchange
        self._database = database
        self._clock = clock
        self._allow_private = allow_private
        self._mms = mms

    async def __call__(self, notice: Row[Any], replies: Sequence[Reply]) -> None:
        for index, reply in enumerate(replies):
            try:
                offered = await self._exchange.offer(await self._communication(notice, reply, index))
            except BadInput as wrong:
                await self._alert(notice, wrong.code, str(wrong))
                continue
            finding = offered.decision.deciding
            if offered.decision.verdict is Verdict.REFUSE and finding is not None:
                await self._alert(notice, finding.code or 30007, finding.reason)

    async def _communication(self, notice: Row[Any], reply: Reply, index: int) -> Communication:
        """A reply goes back to who wrote, from the number that was written to. Raises `BadInput`."""
        body, now = notice.body, self._clock.now()
        urls = links.check(reply.media, field="Media", allow_private=self._allow_private)
        recipient = e164(reply.to or body["from"], code=21211)
        as_mms = await self._as_mms(notice.account, urls, recipient)
        text = reply.text if as_mms else links.as_text(reply.text, urls)
        if not text and not urls:
            raise BadInput("a <Message> without a body", field="Body", code=21602)
        if len(text) > 1600:
            raise BadInput("a <Message> of more than 1600 characters", field="Body", code=21617)
        if reply.status_callback:
            check_url(reply.status_callback, field="statusCallback", allow_private=self._allow_private)
        return Communication(
            id=new_sid("MM" if as_mms else "SM"),
            account=notice.account,
            channel="twiml",
            sender=parse(reply.sender or body["to"], code=21212),
            recipient=recipient,
            text=text,
            **(as_mms or {"kind": Kind.SMS, "media": urls}),
            at=now,
            service=body.get("service"),
            idempotency_key=f"{notice.id}/{index}",
            status_callback=reply.status_callback,
            principal=notice.account,
        )

    async def _as_mms(self, account: str, urls: Sequence[str], to: Address) -> dict[str, Any]:
        """What a reply is as MMS; nothing where it goes as a text with links."""
        if not urls or self._mms is None or not self._mms.reaches(to):
            return {}
        attachments, lacking = await self._mms.fetched(account, urls)
        return {"kind": Kind.MMS, "attachments": attachments, "lacking": lacking}

    async def _alert(self, notice: Row[Any], code: int, sentence: str) -> None:
        row = alerts.alert(
            notice.account,
            code,
            f"A reply in TwiML was not sent: {sentence}",
            self._clock.now(),
            about=notice.about,
            level="error",
            attrs={"request_url": notice.target},
        )
        await self._database.write(lambda connection: alerts.add(connection, [row]))
