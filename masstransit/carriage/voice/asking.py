"""Customers' servers asked for what a call is to do next, and for the sounds that it plays: signed, to checked
addresses, bounded. What goes wrong is on record as an alert, in the SDKs' codes."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import Mapping
from typing import TypeAlias
from urllib.parse import urljoin

import msgspec
import numpy as np

from masstransit.carriage import callbacks
from masstransit.carriage.outside import check_url
from masstransit.carriage.signers import Signers
from masstransit.carriage.twiml import Complaint
from masstransit.carriage.voice.legs import Leg
from masstransit.carriage.voice.line import RATE, Sound
from masstransit.carriage.voice.reading import read
from masstransit.carriage.voice.verbs import Document
from masstransit.carriage.webcalls import Heard, Unreachable, WebCalls
from masstransit.clock import Clock
from masstransit.errors import BadInput
from masstransit.storage import alerts
from masstransit.storage.engine import Database

LARGEST_SOUND = 8 * 1024 * 1024  # bytes: some minutes of a WAV file
_ERRORS = frozenset({11100, 11200, 11205, 11750, 12100, 12300, 13224, 13225})


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """A document at a URL, and what its server is told beside the call."""

    url: str
    method: str = "POST"
    more: Mapping[str, str] = {}
    fallback: str = ""  #: asked instead where this one gives no document
    fallback_method: str = "POST"


class Given(msgspec.Struct, frozen=True):
    """A document that is here already, as text."""

    twiml: str


class Boxed(msgspec.Struct, frozen=True):
    """No document but a mailbox, which the house leads itself (`carriage.voicemail`)."""

    mailbox: str
    own: bool = False  #: its owner calls, from the number's own phone


Source: TypeAlias = Where | Given


class Asking:
    """Asks. `calls` is for documents, `sounds` for what is larger."""

    def __init__(
        self,
        *,
        database: Database,
        signers: Signers,
        clock: Clock,
        calls: WebCalls,
        sounds: WebCalls,
        allow_private: bool,
    ) -> None:
        self._database = database
        self._signers = signers
        self._clock = clock
        self._calls = calls
        self._sounds = sounds
        self._allow_private = allow_private

    async def document(self, leg: Leg, source: Source) -> tuple[Document, str] | None:
        """A document and its URL ("": it has none); None: neither its URL nor the fallback has one."""
        if isinstance(source, Given):
            document = read(source.twiml.encode(), "text/xml")
            await self.complain(leg, document.complaints, "")
            return (document, "") if _usable(document) else None
        found = await self._document(leg, source)
        if isinstance(found, Document):
            return found, source.url
        if not source.fallback:
            return None
        more = {**source.more, "ErrorCode": str(found.code), "ErrorUrl": callbacks.as_seen(source.url)}
        second = await self._document(leg, Where(url=source.fallback, method=source.fallback_method, more=more))
        return (second, source.fallback) if isinstance(second, Document) else None

    async def _document(self, leg: Leg, where: Where) -> Document | Complaint:
        heard = await self._ask(leg, where, self._calls)
        if isinstance(heard, Complaint):
            await self.complain(leg, [heard], where.url)
            return heard
        document = read(heard.body, heard.content_type)
        await self.complain(leg, document.complaints, where.url)
        return document if _usable(document) else document.complaints[0]

    async def sound(self, leg: Leg, url: str) -> Sound | None:
        """A WAV file as sound; None: there is none, and an alert says why."""
        heard = await self._ask(leg, Where(url=url, method="GET"), self._sounds, signed=False)
        if isinstance(heard, Complaint):
            await self.complain(leg, [heard], url)
            return None
        try:
            pcm = await asyncio.to_thread(pcm_of, heard.body)
        except (wave.Error, EOFError, ValueError) as wrong:
            await self.complain(leg, [Complaint(12300, f"A sound has to be a WAV file of 16-bit PCM: {wrong}")], url)
            return None
        return Sound(url=url, pcm=pcm)

    async def _ask(self, leg: Leg, where: Where, calls: WebCalls, *, signed: bool = True) -> Heard | Complaint:
        params = {**leg.params(), **where.more} if signed else {}
        try:
            check_url(where.url, field="URL", allow_private=self._allow_private)
        except BadInput as wrong:
            return Complaint(11100, str(wrong))
        made = callbacks.request(where.url, where.method, params, {})
        headers = dict(made.headers)
        if signed:
            signer = await self._signers.of(leg.call.account)
            headers |= made.signature(signer.token, leg.call.account, signer.algorithm)
        try:
            heard = await calls.call(made.method, made.url, headers, made.body)
        except Unreachable as lost:
            return Complaint(11205 if "within" in str(lost) else 11200, str(lost))
        if not 200 <= heard.status < 300:
            return Complaint(11200, f"HTTP status {heard.status}")
        return heard

    async def complain(self, leg: Leg, complaints: list[Complaint] | tuple[Complaint, ...], url: str) -> None:
        """Leave alerts about a call."""
        now, call = self._clock.now(), leg.call
        rows = [
            alerts.alert(
                call.account,
                complaint.code,
                complaint.sentence,
                now,
                about=call.id,
                level="error" if complaint.code in _ERRORS else "warning",
                attrs={"request_url": callbacks.as_seen(url)} if url else {},
            )
            for complaint in complaints
        ]
        if rows:
            await self._database.write(lambda connection: alerts.add(connection, rows))

    async def close(self) -> None:
        """Let go of every connection."""
        await self._calls.close()
        await self._sounds.close()


def _usable(document: Document) -> bool:
    """Whether it could be read at all: one that says nothing can, and a warning spoils none."""
    return not any(complaint.code in _ERRORS for complaint in document.complaints)


def absolute(base: str, url: str) -> str:
    """A URL of a document, seen from the document's own."""
    return urljoin(base, url) if url else base


def pcm_of(body: bytes) -> bytes:
    """The samples of a WAV file as lines play them: one channel, 8000 a second. Raises `wave.Error`, `EOFError`,
    `ValueError`."""
    if len(body) > LARGEST_SOUND:
        raise ValueError(f"it has more than {LARGEST_SOUND >> 20} MiB")
    with wave.open(io.BytesIO(body)) as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"its samples have {8 * file.getsampwidth()} bits")
        channels, rate = file.getnchannels(), file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, channels).mean(axis=1)
    if rate != RATE and len(samples):
        if not 1000 <= rate <= 192_000:
            raise ValueError(f"it has {rate} samples a second")
        wanted = np.arange(0, len(samples), rate / RATE)
        width = max(round(rate / RATE), 1)  # what is above half the new rate would fold down: smooth it away first
        smooth = np.convolve(samples, np.full(width, 1 / width), mode="same")
        samples = np.interp(wanted, np.arange(len(samples)), smooth)
    return bytes(samples.astype("<i2").tobytes())
