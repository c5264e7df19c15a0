"""Complaints: a person's report of a message as spam, and a carrier's word about a message or a number (its own
complaint, a report to 7726, a fine), on record with what they are about, and heard by the gate.

A person's report weighs by receipt, so that no crowd can bring down a sender that never wrote to it. Whoever surely has
the message counts in full: the carrier delivered it, or they answered it. Where the carrier says nothing, two people
count as one. Who was sent nothing can't complain at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.arrivals import CarrierArrivals
from masstransit.clock import Clock
from masstransit.errors import BadInput, NotFound
from masstransit.ledger import Ledger
from masstransit.model.address import parse
from masstransit.model.communication import Kind, Outcome, OutcomeKind
from masstransit.model.sid import new_sid
from masstransit.storage import communications, numbers, recipients, reports
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

#: What a carrier says, and what it is to the gate: whoever forwards a text to 7726 is a recipient who reports it.
KINDS: Mapping[str, OutcomeKind] = {
    "complaint": OutcomeKind.CARRIER_COMPLAINT,
    "fine": OutcomeKind.CARRIER_COMPLAINT,
    "7726": OutcomeKind.SPAM_REPORT,
}

UNCONFIRMED = "unconfirmed"  #: of a receipt: the carrier took the message, and says no more
UNCONFIRMED_ARE_ONE = 2  #: people whose receipt is unconfirmed that count as one (default)
_DAY = timedelta(days=1)  # in which complaints are counted (rulebook 6.7)
_NOT_ARRIVED = ("undelivered", "failed", "canceled")


class FromCarrier(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier's word about a message, or about a number."""

    carrier: str
    reference: str  #: of the carrier's; said twice it counts once
    kind: str = "complaint"  #: one of `KINDS`
    message: str = ""  #: SM...: what it is about, or else
    number: str = ""  #: the number that sent it, in E.164 form
    said: str = ""  #: the carrier's words
    fine: float = 0.0  #: in USD, which is passed on with this as its proof
    at: datetime
    by: str = ""  #: who put it on record


class Complaints:
    """Takes complaints."""

    def __init__(
        self, *, database: Database, arrivals: CarrierArrivals, ledger: Ledger, keys: Keys, clock: Clock
    ) -> None:
        self._database = database
        self._arrivals = arrivals
        self._ledger = ledger
        self._keys = keys
        self._clock = clock

    async def from_phone(self, number: str, message: str) -> None:
        """The person at `number` reports a message that they received; twice counts once. Raises `NotFound`."""
        await self.from_person(self._keys.person(number), message)

    async def from_person(self, person: str, message: str, *, said: str = "") -> bool:
        """A person reports a message that went to them, with what they have against it. False: they did so before.
        Raises `NotFound` for what never went out to them, or did not arrive."""
        row = await self._database.read(lambda connection: communications.locate(connection, message))
        if row is None or row.person != person or row.direction != "outbound" or not _went_out(row):
            raise NotFound(f"this person received no message {message[:34]}")
        now = self._clock.now()
        kept: dict[str, Any] = {
            "account": row.account,
            "complaint": new_sid("CO"),
            "kind": "spam-report",
            "sender": row.sender,
            "person": person,
            "communication": row.sid,
            "campaign": row.campaign,
            "end_user": row.end_user,
            "source": "recipient",
            "at": now,
        }

        def keep(connection: Connection) -> tuple[bool, bool]:
            """Whether it is new, and whether the gate hears of it."""
            if reports.complained(connection, row.account, row.sid, person):
                return False, False
            receipt = _receipt(connection, row)
            kept["attrs"] = {"receipt": receipt, "said": said[:64]}
            reports.record_complaint(connection, kept)
            self._ledger.record(connection, row.account, "complaint", kept["complaint"], kept, now)
            if receipt != UNCONFIRMED:
                return True, True
            return True, recipients.unconfirmed(connection, row.account, now - _DAY) % UNCONFIRMED_ARE_ONE == 0

        new, weighs = await self._database.write(keep)
        if weighs:
            await self._arrivals.outcome(_spam_report(row, kept["complaint"], now))
        return new

    async def from_carrier(self, told: FromCarrier) -> bool:
        """Put a carrier's word on record, and let the gate hear it. False: it is on record already. Raises `NotFound`
        for what nobody here sent, and `BadInput`."""
        if told.kind not in KINDS:
            raise BadInput(f"kind '{told.kind}': one of {', '.join(KINDS)}")
        if not told.carrier or not told.reference:
            raise BadInput("a carrier's word has the carrier's name and its reference")
        about = await self._database.read(lambda connection: _about(connection, told))
        kept = about | {
            "complaint": _name(told),
            "kind": KINDS[told.kind].value,
            "source": told.carrier[:64],
            "at": told.at,
            "attrs": {
                "reference": told.reference[:128], "said": told.said[:1024], "fine_usd": told.fine, "by": told.by[:128],
            },
        }  # fmt: skip

        def keep(connection: Connection) -> bool:
            if reports.find_complaint(connection, kept["account"], kept["complaint"]) is not None:
                return False
            reports.record_complaint(connection, kept)
            self._ledger.record(connection, kept["account"], "complaint", kept["complaint"], kept, self._clock.now())
            return True

        if not await self._database.write(keep):
            return False
        await self._arrivals.outcome(
            Outcome(
                id=kept["complaint"],
                account=kept["account"],
                kind=Kind.SMS,
                what=KINDS[told.kind],
                at=told.at,
                sender=parse(kept["sender"]),
                communication=kept["communication"],
                campaign=kept["campaign"],
                end_user=kept["end_user"],
            )
        )
        return True


def _went_out(row: Row[Any]) -> bool:
    """Whether a message was taken by a carrier, and nobody says that it did not arrive."""
    return row.sent_at is not None and row.status not in _NOT_ARRIVED


def _receipt(connection: Connection, row: Row[Any]) -> str:
    """What shows that a person has a message."""
    if row.status == "delivered":
        return "delivered"
    if recipients.answered(connection, row.account, row.person, row.sender, row.sent_at):
        return "answered"
    return UNCONFIRMED


def _spam_report(row: Row[Any], complaint: str, at: datetime) -> Outcome:
    return Outcome(
        id=complaint,
        account=row.account,
        kind=Kind[row.kind],
        what=OutcomeKind.SPAM_REPORT,
        at=at,
        sender=parse(row.sender),
        recipient=parse(row.recipient),
        communication=row.sid,
        campaign=row.campaign,
        end_user=row.end_user,
    )


def _about(connection: Connection, told: FromCarrier) -> dict[str, Any]:
    """Whose message or number it is. Raises `NotFound`."""
    if told.message:
        row = communications.locate(connection, told.message)
        if row is None or row.direction != "outbound":
            raise NotFound(f"there is no message {told.message[:40]} that was sent from here")
        of = {name: getattr(row, name) for name in ("account", "sender", "campaign", "end_user", "person")}
        return of | {"communication": row.sid}
    number = parse(told.number).text if told.number else ""
    owned = numbers.look_up(connection, number) if number else None
    if owned is None or owned.account is None:
        raise NotFound(f"nobody here has the number {told.number[:20]}: name the message, or the number that sent it")
    nobody = {"end_user": None, "person": None, "communication": None}
    return {"account": owned.account, "sender": number, "campaign": owned.campaign, **nobody}


def _name(told: FromCarrier) -> str:
    """The same word of a carrier has the same name."""
    seed = f"{told.carrier.casefold()}\0{told.reference}".encode()
    return f"CO{hashlib.blake2b(seed, digest_size=16).hexdigest()}"
