"""Faxes on their way: offered with their pages kept, tried, and ended; and those that come in.

A document is drawn at the door: what goes on from there is black and white dots, and nothing that was hidden in a file.
Its words, where a program can read them, are what the gate reads. Pages are kept until their time is over; those of a
fax that is not to be stored go when it has ended, which is what makes us its mere carrier.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, Row

from masstransit.carriage.callbacks import FAX_VERSION, stamp
from masstransit.carriage.exchange import Exchange, Offered
from masstransit.carriage.fax.pages import FILE_TYPES, Document
from masstransit.carriage.notices import Notices, of_call
from masstransit.carriage.webcalls import Unreachable, WebCalls
from masstransit.clock import Clock
from masstransit.errors import BadInput, NotFound, StorageUnavailable
from masstransit.facts.papers import AssociateAgreement
from masstransit.model.communication import Communication, Direction, Kind
from masstransit.model.decision import Decision, Verdict
from masstransit.model.media import Attachment
from masstransit.model.sid import new_sid
from masstransit.storage import accounts, communications, faxes, media
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

log = logging.getLogger("masstransit.fax")

_NAME = "fax.tif"
_OK, _ELSEWHERE = 200, frozenset({301, 302, 303, 307, 308})
_SWEEPS_EVERY = 60.0  # seconds
_FETCHED_WITHIN = timedelta(days=3)  # what came in and is only carried waits so long for its customer, a default


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How a try went."""

    done: int = 0  #: pages that went through
    seconds: float = 0.0  #: on the line
    rate: int = 0  #: bit/s
    ecm: bool = False
    packets: bool = False  #: by T.38
    far: str = ""  #: the other terminal's own number, as it says
    words: str = ""  #: how it ended


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A fax that came in by a call."""

    call: Communication
    tiff: bytes  #: its pages, as many as came
    pages: int
    whole: bool  #: the other side sent all that it had
    progress: Progress


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """Where a customer hears of faxes that come in."""

    url: str
    method: str = "POST"


class Files(Protocol):
    """Who keeps files for customers: `carriage.media.intake.Media`."""

    async def take_in(self, account: str, data: bytes, name: str = "", *, as_is: bool = False) -> Attachment:
        """Keep a file; with `as_is` its bytes stay as they are. Raises `StorageUnavailable`."""
        ...

    async def read(self, account: str, sid: str) -> bytes:
        """A file. Raises `NotFound`."""
        ...


class Papers(Protocol):
    """Who knows which agreements customers signed: `facts.papers.AssociateAgreements`."""

    async def learn(self, batch: Sequence[Communication]) -> Sequence[Any]: ...


class Drawing(Protocol):
    """Who draws documents of strangers, in a process that may die of one: `masstransit.drawing.studio`."""

    async def draw(self, data: bytes, quality: str) -> Document:
        """A document's pages. Raises `BadInput` for what can't be drawn, with what can be; `StorageUnavailable`."""
        ...


class Faxes:
    """See above. `days` is how long pages are kept at the most; 0: until their customer deletes them."""

    def __init__(
        self,
        *,
        database: Database,
        exchange: Exchange,
        notices: Notices,
        keys: Keys,
        clock: Clock,
        files: Files,
        papers: Papers,
        web: WebCalls,
        drawing: Drawing,
        days: int = 0,
    ) -> None:
        self._database = database
        self._exchange = exchange
        self._notices = notices
        self._keys = keys
        self._clock = clock
        self._files = files
        self._papers = papers
        self._web = web
        self._drawing = drawing
        self._kept_for = timedelta(days=days) if days else None

    async def fetch(self, url: str, field: str) -> bytes:
        """A document from where its sender has it. Raises `BadInput` naming the field."""
        try:
            heard = await self._web.call("GET", url, {"Accept": ", ".join(FILE_TYPES)})
        except Unreachable as lost:
            raise BadInput(f"The document could not be fetched: {lost}.", field=field, code=21620) from lost
        if heard.status in _ELSEWHERE:
            raise BadInput("The document is elsewhere (a redirect): give its own URL.", field=field, code=21620)
        if heard.status != _OK:
            raise BadInput(f"The document's server answered {heard.status}.", field=field, code=21620)
        return heard.body

    async def draw(self, data: bytes, quality: str) -> Document:
        """The pages of a document that is to be faxed. Raises `BadInput`, `StorageUnavailable`."""
        return await self._drawing.draw(data, quality)

    # --- what goes out ------------------------------------------------------------------------------------------------

    async def offer(self, fax: Communication, document: Document, quality: str) -> Offered:
        """Offer a fax with its document. Who is in health care and has no agreement with us that covers faxes has its
        pages carried and not kept. Raises `StorageUnavailable`: then nothing was accepted."""
        pages = await self._files.take_in(fax.account, document.tiff, _NAME, as_is=True)
        whole = replace(
            fax,
            text=document.text,
            pages=document.pages,
            pictures=document.pictures,
            attachments=(pages,),
            discard=fax.discard or await self._only_carried(fax),
        )
        row = self._row(whole, pages.sid, quality)
        await self._database.write(lambda c: faxes.add(c, row))
        offered = await self._exchange.offer(whole)
        if offered.communication.id != fax.id:  # the same was offered before: that one has its pages
            await self._database.write(lambda c: faxes.remove(c, fax.account, fax.id))
        return offered

    async def _only_carried(self, fax: Communication) -> bool:
        """Whether it is of somebody in health care, by their own word, and no agreement covers that faxes are kept (45
        CFR 164.502(e)): then they are carried and not kept, as a telephone company does (78 FR 5566, 5571). Where
        nobody can say, they are not kept either."""
        (papers,) = await self._papers.learn([fax])
        return not isinstance(papers, AssociateAgreement) or (papers.health and not papers.covers("fax"))

    def _row(self, fax: Communication, file: str, quality: str, **more: Any) -> dict[str, Any]:
        row: dict[str, Any] = {
            "account": fax.account,
            "sid": fax.id,
            "media": file,
            "quality": quality,
            "pages": fax.pages,
            "done": 0,
            "tries": 0,
            "state": "waiting",
            "seconds": 0.0,
            "rate": 0,
            "ecm": False,
            "packets": False,
            "far": "",
            "words": "",
            "call": "",
            "created_at": fax.at,
            "updated_at": fax.at,
        }
        return row | more

    async def began(self, account: str, sid: str) -> tuple[Row[Any], bytes]:
        """It is tried now: what it is, with its pages. Raises `NotFound` where these are gone."""
        row = await self._database.write(lambda c: faxes.began(c, account, sid, self._clock.now()))
        if row is None or not row.media:
            raise NotFound(f"The pages of the fax {sid[:34]} are gone")
        return row, await self._files.read(account, row.media)

    async def tried(self, row: Row[Any], progress: Progress, *, over: bool) -> None:
        """How a try went, and whether it was the last."""
        now = self._clock.now()
        values = _told(progress) | {"seconds": row.seconds + progress.seconds, "updated_at": now}
        state = "over" if over else "waiting"
        await self._database.write(lambda c: faxes.change(c, row.account, row.sid, state=state, **values))

    async def name_of(self, account: str, end_user: str | None) -> str:
        """Who sends, as it stands at the top of each page."""
        return end_user or str(await self._database.read(lambda c: accounts.shown_name(c, account)))

    # --- what comes in ------------------------------------------------------------------------------------------------

    async def receive(self, arrived: Arrived, webhook: Webhook | None) -> str:
        """Keep a fax that came in, judged like everything that comes in, and tell its customer; its SID. Raises
        `StorageUnavailable`."""
        call, now = arrived.call, self._clock.now()
        pages = await self._files.take_in(call.account, arrived.tiff, _NAME, as_is=True)
        fax = Communication(
            id=new_sid("FX"),
            account=call.account,
            kind=Kind.FAX,
            direction=Direction.INBOUND,
            channel=call.channel,
            sender=call.sender,
            recipient=call.recipient,
            at=now,
            campaign=call.campaign,
            pages=arrived.pages,
            pictures=arrived.pages,
            attachments=(pages,),
        )
        fax = replace(fax, discard=await self._only_carried(fax))
        (decision,) = await self._exchange.gate.decide([fax])
        await self._keep(fax, arrived, decision, webhook)
        self._notices.nudge()
        return fax.id

    async def _keep(self, fax: Communication, arrived: Arrived, decision: Decision, webhook: Webhook | None) -> None:
        refused = decision.verdict is Verdict.REFUSE
        person = self._keys.person(fax.sender.text)
        status = "received" if arrived.whole and not refused else "failed"
        row = communications.row(fax, person=person, segments=fax.pages, status=status, decision=decision.id)
        if not arrived.whole:
            row |= {"error_code": 34004, "error_message": arrived.progress.words}
        mine = self._row(
            fax, fax.attachments[0].sid, "fine", call=arrived.call.id, **_told(arrived.progress), state="over"
        )
        mine["seconds"] = arrived.progress.seconds
        told = [] if webhook is None or refused else [_notice(fax, status, arrived, webhook)]

        def keep(connection: Connection) -> None:
            communications.add(connection, [row])
            media.add(connection, media.rows([fax]))
            faxes.add(connection, mine)
            self._notices.add(connection, told)

        await self._exchange.keep_decisions([decision], keep)

    # --- pages --------------------------------------------------------------------------------------------------------

    async def pages(self, account: str, sid: str) -> bytes:
        """A fax's pages, as TIFF. Raises `NotFound`."""
        row = await self._database.read(lambda c: faxes.whole(c, account, sid))
        if row is None or not row.media:
            raise NotFound(f"The requested fax {sid[:34]} has no pages here")
        return await self._files.read(account, row.media)

    async def forget_pages(self, account: str, sid: str) -> bool:
        """Its customer wants them gone. False: there are none."""
        row = await self._database.read(lambda c: faxes.find(c, account, sid))
        if row is None or not row.media:
            return False
        await self._erase(account, sid, row.media)
        return True

    async def forget(self, account: str, sid: str) -> None:
        """Its customer wants it gone whole; what was decided of it stays."""
        await self.forget_pages(account, sid)
        await self._database.write(lambda c: faxes.remove(c, account, sid))

    async def _erase(self, account: str, sid: str, file: str) -> None:
        """The fax goes with its pages no more: who keeps them erases them, unless something else does."""

        def part(connection: Connection) -> None:
            media.remove(connection, account, sid, file)
            faxes.change(connection, account, sid, media="")

        await self._database.write(part)

    async def sweep(self) -> int:
        """Erase pages that are not to be kept any more; of how many faxes."""
        now = self._clock.now()
        before = now - self._kept_for if self._kept_for is not None else None
        due = await self._database.read(lambda c: faxes.unkept(c, before, unfetched=now - _FETCHED_WITHIN))
        for account, sid, file in due:
            await self._erase(account, sid, file)
        return len(due)

    async def run(self) -> None:
        """Sweep once a minute until cancelled."""
        await self._database.write(lambda c: faxes.broken_off(c, self._clock.now()))
        while True:
            try:
                await self.sweep()
            except StorageUnavailable as lost:
                log.warning("pages of faxes wait to be erased: %s", lost)
            await self._clock.sleep(_SWEEPS_EVERY)


def _told(progress: Progress) -> dict[str, Any]:
    told = msgspec.structs.asdict(progress)
    del told["seconds"]
    return told | {"far": progress.far[:32], "words": progress.words[:256]}


def params(fax: Communication, status: str, more: Mapping[str, Any]) -> dict[str, str]:
    """What a webhook is told of a fax that came in."""
    told = {
        "FaxSid": fax.id,
        "AccountSid": fax.account,
        "From": fax.sender.text,
        "To": fax.recipient.text,
        "FaxStatus": status,
        "NumPages": fax.pages,
        "ApiVersion": FAX_VERSION,
        "Direction": "inbound",
        "Timestamp": stamp(fax.at),
        **more,
    }
    return {name: str(value) for name, value in told.items() if value not in {None, ""}}


def _notice(fax: Communication, status: str, arrived: Arrived, webhook: Webhook) -> dict[str, Any]:
    more = {
        "MediaSid": fax.attachments[0].sid,
        "RemoteStationId": arrived.progress.far,
        "CallSid": arrived.call.id,
        "ErrorMessage": "" if arrived.whole else arrived.progress.words,
    }
    told = params(fax, status, more)
    return of_call(fax.at, account=fax.account, url=webhook.url, method=webhook.method, params=told, about=fax.id)
