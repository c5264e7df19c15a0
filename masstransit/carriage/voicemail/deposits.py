"""Messages that people leave: on record from the first sample on, judged when they are at their end, told, deleted.

    arriving -> new -> heard, kept -> deleted
        |-> nothing (nobody said anything)
        `-> refused (by the gate)

The sound is a recording, and is written as it comes in; the row is there before its end. What a killed process left
behind is settled at the next start, and once a minute: `settle` changes only what still is `arriving`, in the
transaction that also has the notice in it, so that a message is told of once.

What a message becomes is the gate's word, as of any communication that comes in: one of kind VOICEMAIL, whose parent is
its call. Nothing reads or writes down what is said.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from masstransit.carriage.archive import Archive
from masstransit.carriage.callbacks import API_VERSION, stamp
from masstransit.carriage.exchange import Exchange
from masstransit.carriage.notices import Notices, of_call
from masstransit.carriage.voice.line import RATE
from masstransit.clock import Clock
from masstransit.errors import NotFound, StorageUnavailable
from masstransit.ledger import Ledger
from masstransit.model.address import callable_address
from masstransit.model.communication import Communication, Direction, Kind
from masstransit.model.decision import Decision, Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import mailboxes, recordings, voicemails
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.voicemails import HELD

log = logging.getLogger("masstransit.voicemail")

SOURCE = "voicemail"  #: what asks for the recording of a message
LEAST_SAID = 1.0  #: seconds of sound; of less nothing is kept, default
_LOOKS_EVERY = 60.0  # seconds
_HEADER = 44  # bytes of a WAV file before its sound
_FRAME = RATE // 50  # samples
_LOUD = 500  # of 32,767: how far somebody's samples are from their mean who speaks; a quiet room is below, default


class Deposits:
    """Keeps them."""

    def __init__(
        self,
        *,
        database: Database,
        exchange: Exchange,
        archive: Archive,
        notices: Notices,
        ledger: Ledger,
        keys: Keys,
        clock: Clock,
    ) -> None:
        self.base_url = ""  #: the house's as its customers see it; "": no message's URL is told
        self._database = database
        self._exchange = exchange
        self._archive = archive
        self._notices = notices
        self._ledger = ledger
        self._keys = keys
        self._clock = clock
        self._settling: set[asyncio.Task[str]] = set()

    async def began(self, call: Communication, mailbox: str, recording: str) -> str:
        """Somebody speaks to a mailbox; the message's SID. Raises `StorageUnavailable`."""
        row = {
            "account": call.account,
            "sid": new_sid("VM"),
            "mailbox": mailbox,
            "call": call.id,
            "recording": recording,
            "channel": call.channel,
            "sender": call.sender.text,
            "recipient": call.recipient.text,
            "person": self._keys.person(call.sender.text),
            "state": "arriving",
            "left_at": self._clock.now(),
        }
        await self._database.write(lambda c: voicemails.add(c, row))
        return str(row["sid"])

    def ended(self, account: str, sid: str) -> asyncio.Task[str]:
        """They have ended, and so has the recording. Whoever stops waiting for what becomes of it does not stop it."""
        task = asyncio.get_running_loop().create_task(self._settled(account, sid))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)
        return task

    async def drained(self) -> None:
        """Return when nothing is being settled."""
        while self._settling:
            await asyncio.wait(self._settling)

    async def run(self) -> None:
        """Until cancelled, settle what was left unsettled, delete what is past its time, and erase what is gone."""
        while True:
            try:
                await self.sweep()
            except StorageUnavailable as lost:
                log.warning("voice mail waits: %s", lost)
            await self._clock.sleep(_LOOKS_EVERY)

    async def sweep(self) -> None:
        """See `run`; once. Raises `StorageUnavailable`."""
        for row in await self._database.read(voicemails.unsettled):
            await self._settled(row.account, row.sid)
        now = self._clock.now()
        if over := await self._database.write(lambda c: voicemails.expire(c, now)):
            log.info("voice mail past its time: %d", over)
        for account, recording in await self._database.read(lambda c: voicemails.unerased(c, now)):
            await self._erase(account, recording)

    # --- what becomes of a message ----------------------------------------------------------------------------------

    async def _settled(self, account: str, sid: str) -> str:
        try:
            return await self._settle(account, sid)
        except StorageUnavailable as lost:
            log.warning("voice mail %s waits: %s", sid, lost)
        except Exception:  # its sound is there, and it is tried again
            log.exception("voice mail %s can't be settled", sid)
        return "arriving"

    async def _settle(self, account: str, sid: str) -> str:
        """Have a message judged, and tell of it; what it is then."""
        row = await self._database.read(lambda c: voicemails.find(c, account, sid))
        if row is None or row.state != "arriving":
            return row.state if row is not None else "deleted"
        box = await self._database.read(lambda c: mailboxes.find(c, account, row.mailbox))
        tape = await self._database.read(lambda c: recordings.find(c, account, row.recording))
        pcm = await self._pcm(row.recording)
        if tape is not None and tape.erased_at is None and pcm is None:
            return "arriving"  # its sound is with another process, which will settle it
        if tape is None or box is None or said(pcm or b"") < LEAST_SAID:
            now = self._clock.now()
            await self._database.write(
                lambda c: voicemails.settle(c, account, sid, ("arriving",), "nothing", gone_at=now)
            )
            await self._erase(account, row.recording)
            return "nothing"
        return await self._judged(row, box, tape.seconds)

    async def _judged(self, row: Row[Any], box: Row[Any], seconds: float) -> str:
        message, now = _communication(row), self._clock.now()
        (decision,) = await self._exchange.gate.decide([message])
        refused = decision.verdict is Verdict.REFUSE
        state = "refused" if refused else "new"
        values = {"seconds": seconds, "decision": decision.id, "gone_at": now if refused else None}
        told = [] if refused else self._told(row, box, seconds)

        def keep(connection: Connection) -> None:
            if voicemails.settle(connection, row.account, row.sid, ("arriving",), state, **values):
                self._notices.add(connection, told)

        try:
            await self._exchange.keep_decisions([decision], keep)
        except IntegrityError:  # another process has settled it just now
            await self._exchange.gate.release([message])
            return state
        except Exception:
            await self._exchange.gate.release([message])
            raise
        self._notices.nudge()
        if refused:
            log.info("voice mail %s was refused: %s", row.sid, _why(decision))
            await self._erase(row.account, row.recording)
        return state

    def _told(self, row: Row[Any], box: Row[Any], seconds: float) -> list[dict[str, Any]]:
        """The notice for its owner's server. Where messages may be written down it says on what ground: that is the
        server's to do, from the sound."""
        if not box.notify_url:
            return []
        now = self._clock.now()
        params = {
            "VoicemailSid": row.sid,
            "VoicemailStatus": "new",
            "MailboxSid": box.sid,
            "AccountSid": row.account,
            "CallSid": row.call,
            "From": row.sender,
            "To": row.recipient,
            "RecordingSid": row.recording,
            "RecordingDuration": str(round(seconds)),
            "Timestamp": stamp(row.left_at),
            "ApiVersion": API_VERSION,
        }
        if self.base_url:
            params["RecordingUrl"] = f"{self.base_url}/policy/v1/Voicemails/{row.sid}/Audio"
        if box.transcription:
            params["TranscriptionBasis"] = box.transcription
        return [
            of_call(
                now, account=row.account, url=box.notify_url, method=box.notify_method, params=params, about=row.sid
            )
        ]

    # --- what its owner does with it ----------------------------------------------------------------------------------

    async def pcm(self, row: Row[Any]) -> bytes | None:
        """A message's sound; None: it is not with this process."""
        return await self._pcm(row.recording)

    async def mark(self, account: str, sid: str, state: str, by: str) -> bool:
        """Its owner heard it, keeps it, or has not heard it; whether it is there. `by` is who says so."""
        heard = self._clock.now() if state != "new" else None

        def say(connection: Connection) -> bool:
            there = voicemails.settle(connection, account, sid, HELD, state, heard_at=heard)
            if there:
                self._note(connection, account, sid, state, by)
            return there

        return await self._database.write(say)

    async def delete(self, account: str, sid: str, by: str) -> bool:
        """Its owner wants it gone; whether it was there. It is no more theirs to hear in the same instant."""
        now = self._clock.now()

        def gone(connection: Connection) -> Row[Any] | None:
            row = voicemails.held(connection, account, sid)
            if row is None or not voicemails.settle(connection, account, sid, HELD, "deleted", gone_at=now):
                return None
            self._note(connection, account, sid, "deleted", by)
            return row

        row = await self._database.write(gone)
        if row is not None:
            await self._erase(account, row.recording)
        return row is not None

    def _note(self, connection: Connection, account: str, sid: str, what: str, by: str) -> None:
        self._ledger.record(connection, account, "voicemail", sid, {"what": what, "by": by}, self._clock.now())

    # --- sound ----------------------------------------------------------------------------------------------------

    async def _erase(self, account: str, recording: str) -> None:
        """Its sound goes, or stays as long as the account's evidence is on hold."""
        with contextlib.suppress(NotFound):  # it is gone already
            await self._archive.delete(account, recording)

    async def _pcm(self, recording: str) -> bytes | None:
        size = await self._archive.size(recording, 1)
        if size is None:
            return None
        with contextlib.suppress(FileNotFoundError):  # it was erased meanwhile
            return b"".join([piece async for piece in self._archive.read(recording, 1, _HEADER, size)])
        return None

    async def greet(self, account: str, mailbox: str, recording: str) -> bool:
        """What its owner recorded is the mailbox's greeting from now on, and no recording any more; False: there is
        nothing to be heard in it."""
        pcm, now = await self._pcm(recording) or b"", self._clock.now()
        greets = said(pcm) >= LEAST_SAID
        if greets:
            await self._database.write(lambda c: mailboxes.greet(c, account, mailbox, pcm, now))
        await self._erase(account, recording)
        return greets


def said(pcm: bytes) -> float:
    """Seconds in which something is heard."""
    samples = np.frombuffer(pcm, "<i2")
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    return float(np.count_nonzero(frames.std(axis=1) >= _LOUD)) * _FRAME / RATE if len(frames) else 0.0


def _communication(row: Row[Any]) -> Communication:
    return Communication(
        id=row.sid,
        account=row.account,
        kind=Kind.VOICEMAIL,
        direction=Direction.INBOUND,
        channel=row.channel,
        sender=callable_address(row.sender),
        recipient=callable_address(row.recipient),
        at=row.left_at,
        parent=row.call,
    )


def _why(decision: Decision) -> str:
    return ", ".join(finding.rule for finding in decision.findings) or "no rule"
