"""A letter as it goes out: what its customer handed in, with what the house adds and takes away.

It says for whom it was taken (Received), has the fields that every mail has, and no Bcc and no fields of ours. If it
advertises, it can be unsubscribed from by one click (RFC 8058) and by a mail. If the operator has a domain for return
paths, bounces come back to us. The signatures of its sender's domain are made last, over all of it but Received.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec

from masstransit.carriage.mailing import signature, tokens
from masstransit.carriage.mailing.domains import Signer, SigningKeys
from masstransit.clock import Clock
from masstransit.errors import NotFound
from masstransit.model.communication import Communication, Purpose
from masstransit.model.letter import domain_of
from masstransit.storage import mail_letters
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

#: Fields that are not for those who get the mail: whom else it went to, and what it told us. `Return-Path` is written
#: by the last server (RFC 5321 section 4.4).
_OURS = frozenset({b"bcc", b"resent-bcc", b"return-path", b"x-purpose", b"x-campaign", b"x-end-user"})
_UNSUBSCRIBE = frozenset({b"list-unsubscribe", b"list-unsubscribe-post"})
_FIELD = re.compile(rb"(?P<name>[!-9;-~]+)[ \t]*:(?P<rest>[^\r]*(?:\r\n[ \t][^\r]*)*)\r\n")
PATH = "/u/"  # of a link to unsubscribe
_NEVER = datetime.min.replace(tzinfo=UTC)
_ALIKE = timedelta(minutes=1)  # for which a signature is used again, with the time that it tells
_REMEMBERED = 500  # signatures


class Routes(msgspec.Struct, frozen=True, kw_only=True):
    """How the house is reached by those who get its customers' mail."""

    name: str  #: as which it signs for what it took
    bounces: str = ""  #: domain of its return paths; "": bounces go to the customers' own


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as it is handed over."""

    return_path: str  #: "": none
    source: bytes


class Dispatch:
    """Makes letters what goes out."""

    def __init__(self, *, database: Database, keys: Keys, clock: Clock, signing: SigningKeys, routes: Routes) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._signing = signing
        self._routes = routes
        self._signed: dict[tuple[bytes | str, ...], tuple[bytes, datetime]] = {}
        self.base_url = ""  #: as people reach us, without a slash at its end; set once the door is open

    async def outgoing(self, communication: Communication) -> Outgoing:
        """A communication as it is handed over. Raises `NotFound` where its letter is gone, `StorageUnavailable`."""
        account, sid = communication.account, communication.id
        row = await self._database.read(lambda c: mail_letters.find(c, account, sid))
        if row is None or communication.letter is None:
            raise NotFound(f"the letter of {sid} is gone")
        domain = domain_of(communication.sender.text)
        source = self._dressed(communication, row.source)
        signer = await self._signing.of_domain(account, domain)
        return Outgoing(
            return_path=self._return_path(communication),
            source=b"".join((self._received(communication), self._signatures(source, signer), source)),
        )

    def _signatures(self, source: bytes, signer: Signer) -> bytes:
        """The signatures of the sender's domain, made once for a mail that goes to several people alike."""
        now = self._clock.now()
        named: tuple[bytes | str, ...] = (
            hashlib.sha256(source).digest(),
            signer.domain,
            *(key.selector for key in signer.keys),
        )
        made, at = self._signed.get(named, (b"", _NEVER))
        if now - at < _ALIKE:
            return made
        if len(self._signed) >= _REMEMBERED:
            self._signed.clear()
        made = signature.signatures(source, signer.domain, signer.keys, now)
        self._signed[named] = (made, now)
        return made

    def _return_path(self, communication: Communication) -> str:
        letter = communication.letter
        if letter is None or not letter.return_path:
            return ""
        if not self._routes.bounces:
            return letter.return_path
        return tokens.address_of(self._keys, "bounce", communication.id, self._routes.bounces)

    def _dressed(self, communication: Communication, source: bytes) -> bytes:
        head, _, body = source.partition(b"\r\n\r\n")
        advertises = communication.purpose is Purpose.MARKETING
        ways = self._ways_out(communication) if advertises else []
        without = _OURS | _UNSUBSCRIBE if ways else _OURS
        fields = [(name, whole) for name, whole in _fields(head + b"\r\n") if name not in without]
        present = {name for name, _ in fields}
        added = _missing(communication, present, self._routes.name)
        if ways:
            own = communication.letter.unsubscribe if communication.letter is not None else ()
            mail = [uri for uri in own if uri.lower().startswith("mailto:")]
            added.append("List-Unsubscribe: " + ",\r\n ".join(f"<{uri}>" for uri in [*ways, *mail]))
            added.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
        first = "".join(f"{field}\r\n" for field in added).encode("utf-8", "surrogateescape")
        return first + b"".join(whole for _, whole in fields) + b"\r\n" + body

    def _ways_out(self, communication: Communication) -> list[str]:
        """Where its reader is unsubscribed: by one click, and by a mail where one reaches us."""
        ways = []
        if self.base_url:
            ways.append(unsubscribe_url(self._keys, communication.id, self.base_url))
        if self._routes.bounces:
            ways.append(
                "mailto:" + tokens.address_of(self._keys, "unsubscribe", communication.id, self._routes.bounces)
            )
        return ways

    def _received(self, communication: Communication) -> bytes:
        """For whom it was taken, and when; not from where: that is the customer's own affair (RFC 6409 section 8)."""
        said = {"smtp": "with ESMTPA ", "rest": "with HTTP "}.get(communication.channel, "")
        at = format_datetime(communication.at)
        return f"Received: by {self._routes.name} {said}id {communication.id};\r\n {at}\r\n".encode()


def unsubscribe_url(keys: Keys, sid: str, base_url: str) -> str:
    """The page on which the reader of a communication is unsubscribed."""
    return f"{base_url}{PATH}{tokens.token_of(keys, 'unsubscribe', sid)}"


def _fields(head: bytes) -> Sequence[tuple[bytes, bytes]]:
    """The fields of a head: name in lower case, and the field as it stands. What is no field is left out."""
    return [(found["name"].lower(), found[0]) for found in _FIELD.finditer(head)]


def _missing(communication: Communication, present: set[bytes], host: str) -> list[str]:
    """The fields that every mail has and that this one lacks (RFC 6409 section 8)."""
    made = []
    if b"date" not in present:
        made.append(f"Date: {format_datetime(communication.at)}")
    if b"message-id" not in present:
        made.append(f"Message-ID: {message_id(communication.id, host)}")
    return made


def message_id(sid: str, host: str) -> str:
    """The Message-ID of a mail that came without one."""
    return f"<{sid}@{host}>"
