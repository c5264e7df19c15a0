"""Tells by its address what a mail is for, and has done what follows.

    b-TOKEN@ours          a return path of ours: what came back, to the mail that it is about
    u-TOKEN@ours          where who got a mail writes to get no more
    feedback@ours         reports of feedback loops (ARF): a complaint about the mail that is named in it by a token
    dmarc@ours            what receivers report of a domain's mail (DMARC)
    anybody@theirs        to the customer who proved the domain and has a route for it

Anybody may write to these. What counts is a token, which only we can make; what a report says besides is kept as its
writer's word.
"""

from __future__ import annotations

import logging
import re
from typing import Any, Literal, Protocol, TypeAlias

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.channel import Arrivals, Inbound
from masstransit.carriage.complaints import Complaints, FromCarrier
from masstransit.carriage.mailing import tokens
from masstransit.carriage.mailroom.values import Bounce, Complaint, Report
from masstransit.clock import Clock
from masstransit.errors import BadAddress
from masstransit.model.address import EmailAddress, email_address
from masstransit.model.communication import Communication
from masstransit.model.decision import Decision
from masstransit.model.sid import new_sid
from masstransit.storage import communications, dmarc_reports, mail_routes
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

log = logging.getLogger("masstransit.mailroom")

Use: TypeAlias = Literal["customer", "bounce", "unsubscribe", "feedback", "report"]
_TOKEN = re.compile(rb"(?<![0-9a-z])b-([0-9a-f]{48})@", re.IGNORECASE)
_SEARCHED = 1 << 18  # bytes of a report in which a token is looked for
_LAST = 50  # mails to one person among which one is looked for by its Message-ID
_DEAD = re.compile(r"5\.1\.[0-36]|5\.2\.1|5\.1\.10")  # RFC 3463, RFC 7505: no such mailbox, domain or account


class Returned(Protocol):
    """Who follows what comes back: `carriage.mailing.returned`."""

    async def bounced(self, sid: str, *, permanent: bool, dead: bool, said: str) -> bool: ...

    async def suppress(self, communication: Communication, why: Literal["complaint"], said: str) -> None: ...


class Unsubscribes(Protocol):
    """Who takes people's word that they want no more: `carriage.mailing.unsubscribing`."""

    async def by_mail(self, address: str, *, said: str = "") -> bool: ...


class Mailroom:
    """Sorts. `domain` is ours, to which return paths lead; "": none is."""

    def __init__(
        self,
        *,
        database: Database,
        keys: Keys,
        clock: Clock,
        arrivals: Arrivals,
        complaints: Complaints,
        returned: Returned,
        unsubscribes: Unsubscribes,
        domain: str,
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._arrivals = arrivals
        self._complaints = complaints
        self._returned = returned
        self._unsubscribes = unsubscribes
        self._domain = domain.lower()

    async def use_of(self, address: EmailAddress) -> Use | None:
        """What mail to an address is for; None: nobody's. Raises `StorageUnavailable`."""
        local, _, domain = address.text.rpartition("@")
        if self._domain and domain == self._domain:
            if local.lower() == "feedback":
                return "feedback"
            if local.lower() == "dmarc":
                return "report"
            read = tokens.read_address(self._keys, address.text)
            if read is not None:
                return read[0]
        owner = await self._database.read(lambda c: mail_routes.owner_of(c, address.text))
        return "customer" if owner is not None else None

    async def receive(self, inbound: Inbound) -> Decision | None:
        """A mail to a customer; what was decided of it. Raises `StorageUnavailable`."""
        return await self._arrivals.receive(inbound)

    async def bounced(self, address: EmailAddress, told: Bounce) -> bool:
        """A mail of a customer's came back to its return path, or is late. False: it is no mail of ours. Raises
        `StorageUnavailable`."""
        read = tokens.read_address(self._keys, address.text)
        return read is not None and await self._follow(read[1], told)

    async def bounced_to_customer(self, address: EmailAddress, told: Bounce) -> bool:
        """A mail came back to an address of its customer's own: told by its Message-ID, among the last that went to
        whom the bounce is about. False: none of them is it. Raises `StorageUnavailable`."""
        try:
            person = self._keys.person(email_address(told.recipient).text)
        except BadAddress:
            return False

        def look(connection: Connection) -> str | None:
            owner = mail_routes.owner_of(connection, address.text)
            sent = communications.mailed(connection, owner.account, person, _LAST) if owner is not None else ()
            meant = (row.sid for row in sent if _message_id(row) == told.message_id)
            return next(meant, None) if told.message_id else None

        sid = await self._database.read(look)
        return sid is not None and await self._follow(sid, told)

    async def _follow(self, sid: str, told: Bounce) -> bool:
        dead = told.permanent and bool(_DEAD.fullmatch(told.status))
        said = f"{told.status} {told.said}".strip()
        log.info("%s came back: %s", sid, told.status or told.action)
        return await self._returned.bounced(sid, permanent=told.permanent, dead=dead, said=said)

    async def unsubscribed(self, address: EmailAddress) -> bool:
        """Who got a mail writes to its address for that. In force when this returns. False: it is no mail of ours any
        more. Raises `StorageUnavailable`."""
        return await self._unsubscribes.by_mail(address.text, said="mail to the address of List-Unsubscribe")

    async def complained(self, told: Complaint, mail: bytes) -> bool:
        """A feedback loop reports a mail: it counts as its recipient's word, and no more of the brand's mail goes to
        them. False: it names no mail of ours. Raises `StorageUnavailable`."""
        for found in _TOKEN.finditer(mail[:_SEARCHED]):
            row = await self._meant(tokens.sid_of(self._keys, "bounce", found[1].decode()))
            if row is None:
                continue
            said = f"{told.type} (feedback loop of {told.reporter})"
            await self._returned.suppress(communications.read(row), "complaint", said)
            await self._complaints.from_carrier(
                FromCarrier(
                    carrier=told.reporter,
                    reference=told.reference,
                    kind="7726",
                    message=row.sid,
                    said=said,
                    at=min(told.at or self._clock.now(), self._clock.now()),
                    by="feedback loop",
                )
            )
            return True
        log.info("a report of %s names no mail of ours", told.reporter)
        return False

    async def _meant(self, sid: str | None) -> Row[Any] | None:
        return await self._database.read(lambda c: communications.locate(c, sid)) if sid else None

    async def reported(self, told: Report) -> int:
        """Keep what a receiver reports of a domain's mail, for each account that proved it; how many had it not yet.
        Raises `StorageUnavailable`."""
        now = self._clock.now()
        row = {
            "domain": told.domain,
            "organisation": told.organisation,
            "reference": told.reference,
            "policy": told.policy[:16],
            "begins_at": told.begins,
            "ends_at": told.ends,
            "mails": told.mails,
            "failed": told.failed,
            "truncated": told.truncated,
            "tallies": msgspec.to_builtins(told.tallies),
            "arrived_at": now,
        }

        def keep(connection: Connection) -> int:
            mine = dmarc_reports.concerned(connection, told.domain)
            return sum(dmarc_reports.add(connection, row | {"account": a, "sid": new_sid("DR")}) for a in mine)

        return await self._database.write(keep)


def _message_id(row: Row[Any]) -> str | None:
    letter = communications.read(row).letter
    return letter.message_id if letter is not None else None
