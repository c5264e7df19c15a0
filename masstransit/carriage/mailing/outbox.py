"""Mail that customers hand in, by whatever door: offered to the gate for each of those it goes to.

The letter is kept in the transaction of what is decided, once however many it goes to, before its sender is answered:
after "250" no crash loses it. A letter of which nothing was accepted is never kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from masstransit.carriage.exchange import Exchange, Offered
from masstransit.carriage.mailing.reading import File, Reading, read, with_lines
from masstransit.clock import Clock
from masstransit.errors import BadInput
from masstransit.model.address import EmailAddress
from masstransit.model.communication import Communication, Kind, Purpose
from masstransit.model.media import Attachment, Scan
from masstransit.model.sid import new_sid
from masstransit.storage.mail_letters import Envelope

_VALID = timedelta(days=5)  # RFC 5321 section 4.5.4.1: four to five days
_AT_ONCE = 65_536  # bytes of a letter that is read without leaving the loop
_MOST_FILES = 50
PAGE = "message.html"  #: the name under which a mail's own HTML is kept as a file


class Intake(Protocol):
    """Who keeps files: `carriage.media`."""

    async def take_in(self, account: str, data: bytes, name: str = "", *, as_is: bool = False) -> Attachment:
        """Look at a file of an account and keep it; with `as_is` whatever it is. Raises `BadInput`."""
        ...

    async def look_through(self, data: bytes) -> Scan:
        """What came of a look through what is kept elsewhere."""
        ...


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """One of those whom a letter goes to, and what its sender wants to hear of that (RFC 3461)."""

    address: EmailAddress
    notify: str = ""
    original: str = ""


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that a customer hands in."""

    account: str
    principal: str
    channel: str
    source: bytes
    return_path: str  #: "": no bounces are wanted
    recipients: tuple[Recipient, ...]
    envelope: str = ""  #: ENVID
    purpose: str = ""  #: where the door tells it; "": its X-Purpose does
    campaign: str = ""
    end_user: str = ""
    status_callback: str | None = None
    idempotency_key: str | None = None
    send_at: datetime | None = None


class Outbox:
    """Takes letters in."""

    def __init__(self, *, exchange: Exchange, clock: Clock, intake: Intake | None = None) -> None:
        self._exchange = exchange
        self._clock = clock
        self._intake = intake

    async def take(self, handed: Handed) -> list[Offered]:
        """Have a letter offered and kept; what was decided for each recipient, in their order. Raises `BadInput` for
        what is no mail, `StorageUnavailable`: then nothing was accepted."""
        source = with_lines(handed.source)
        told = await _read(source, handed.return_path)
        first = await self._communication(handed, told)
        each = [
            msgspec.structs.replace(
                first,
                id=new_sid("EM"),
                recipient=recipient.address,
                idempotency_key=_key(handed, recipient),
                letter=msgspec.structs.replace(told.letter, notify=recipient.notify),
            )
            for recipient in handed.recipients
        ]
        letter = new_sid("LT")
        envelopes = [
            Envelope(letter=letter, source=source, original=recipient.original, envelope=handed.envelope)
            for recipient in handed.recipients
        ]
        return list(await asyncio.gather(*map(self._exchange.offer, each, envelopes)))

    async def foretell(self, account: str, principal: str, sender: EmailAddress, recipient: EmailAddress) -> Offered:
        """What would be decided of the mildest mail from an account to somebody, before any letter is there: the gate
        is asked by what is on record of both. Raises `StorageUnavailable`."""
        communication = Communication(
            id=new_sid("EM"),
            account=account,
            kind=Kind.EMAIL,
            channel="smtp",
            sender=sender,
            recipient=recipient,
            at=self._clock.now(),
            purpose=Purpose.OTP,
            principal=principal,
        )
        return Offered(communication, await self._exchange.foretell(communication))

    async def _communication(self, handed: Handed, told: Reading) -> Communication:
        """What all of its communications have in common. Raises `BadInput`."""
        now = self._clock.now()
        purpose = handed.purpose or told.purpose
        if purpose and purpose not in _PURPOSES:
            raise BadInput(f"X-Purpose is one of {', '.join(_PURPOSES)}", field="Purpose")
        return Communication(
            id="",
            account=handed.account,
            kind=Kind.EMAIL,
            channel=handed.channel,
            sender=told.sender,
            recipient=told.sender,
            text=told.text,
            letter=told.letter,
            at=now,
            purpose=Purpose(purpose) if purpose else None,
            campaign=handed.campaign or told.campaign or None,
            end_user=handed.end_user or told.end_user or None,
            attachments=await self._attachments(handed.account, told),
            send_at=handed.send_at,
            expires_at=(handed.send_at or now) + _VALID,
            status_callback=handed.status_callback,
            principal=handed.principal,
        )

    async def _attachments(self, account: str, told: Reading) -> tuple[Attachment, ...]:
        """Its files, taken in as those of any other message; and its HTML, where there is more in it than a page.
        Raises `BadInput`."""
        if len(told.files) > _MOST_FILES:
            raise BadInput(f"a mail has {_MOST_FILES} files at most")
        if self._intake is None:
            return ()
        files = [*told.files, *await self._more_than_pages(self._intake, told.pages)]
        kept = [await self._intake.take_in(account, f.data, f.name, as_is=True) for f in files if f.data]
        return tuple({attachment.sid: attachment for attachment in kept}.values())

    async def _more_than_pages(self, intake: Intake, pages: Sequence[bytes]) -> list[File]:
        """Those of which something is to be said. Such a page is a file of the mail: it is kept for who decides, and
        judged as any other. What is only a page is kept once, with the letter."""
        looked = [(page, await intake.look_through(page)) for page in pages]
        return [File(name=PAGE, data=page) for page, scan in looked if scan.state != "clean" or scan.names]


_PURPOSES = tuple(purpose.value for purpose in Purpose)


async def _read(source: bytes, return_path: str) -> Reading:
    """Long letters are read off the loop: their parts take a while."""
    if len(source) <= _AT_ONCE:
        return read(source, return_path)
    return await asyncio.to_thread(read, source, return_path)


def _key(handed: Handed, recipient: Recipient) -> str | None:
    return None if handed.idempotency_key is None else f"{handed.idempotency_key}/{recipient.address.text}"
