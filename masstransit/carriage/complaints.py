"""Complaints: a person's report of a message as spam, and a carrier's word about a message or a number (its own
complaint, a report to 7726, a fine), on record with what they are about, and heard by the gate.

A person's report weighs by receipt, so that no crowd can bring down a sender that never wrote to it. Whoever surely has
the message counts in full: the carrier delivered it, or they answered it. Where the carrier says nothing, two people
count as one. Who was sent nothing can't complain at all.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.arrivals import CarrierArrivals
from masstransit.clock import Clock
from masstransit.errors import BadInput, NotFound, StorageUnavailable
from masstransit.ledger import Ledger
from masstransit.model.address import parse
from masstransit.model.communication import Kind, address_of
from masstransit.model.outcome import Outcome, OutcomeKind
from masstransit.model.sid import new_sid
from masstransit.storage import communications, numbers, recipients, reports
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

log = logging.getLogger("masstransit.complaints")

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
_CLOCKS_DIFFER = timedelta(minutes=5)  # a carrier's from ours
_OF_A_MESSAGE = ("account", "sender", "campaign", "end_user")


class FromCarrier(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier's word about a message, or about a number."""

    carrier: str
    reference: str  #: of the carrier's; said twice it counts once
    kind: str = "complaint"  #: one of `KINDS`
    message: str = ""  #: SM...: what it is about, or else
    number: str = ""  #: the number that sent it, in E.164 form
    recipient: str = ""  #: who got it, where that is known: it tells which message of the number is meant
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
        row, receipt = await self._database.read(lambda connection: _received(connection, person, message))

        def weighs(connection: Connection) -> bool:
            if receipt != UNCONFIRMED:
                return True
            counted = recipients.unconfirmed(connection, row.account, self._clock.now() - _DAY)
            return counted % UNCONFIRMED_ARE_ONE == 0

        return await self._report(row, person, {"receipt": receipt, "said": said[:64]}, weighs)

    async def from_member(self, account: str, name: str, message: str, *, said: str = "") -> bool:
        """Somebody who takes part in a conversation reports a message in it. They have it, as whoever asks for this saw
        to. False: they did so before. Raises `NotFound`."""
        row = await self._database.read(lambda connection: communications.find(connection, account, message))
        if row is None:
            raise NotFound(f"there is no message {message[:34]}")
        person = self._keys.person(f"{account}/{name}")  # a name is one person's within the account alone
        return await self._report(row, person, {"receipt": "delivered", "said": said[:256]}, lambda _: True)

    async def _report(
        self, row: Row[Any], person: str, attrs: dict[str, Any], weighs: Callable[[Connection], bool]
    ) -> bool:
        about = {name: getattr(row, name) for name in _OF_A_MESSAGE} | {"communication": row.sid, "person": person}
        told = {
            "complaint": new_sid("CO"),
            "kind": OutcomeKind.SPAM_REPORT.value,
            "source": "recipient",
            "at": self._clock.now(),
            "attrs": attrs,
        }
        return await self._take(about | told, lambda c: reports.complained(c, row.account, row.sid, person), weighs)

    async def from_carrier(self, told: FromCarrier) -> bool:
        """Put a carrier's word on record, and let the gate hear it. False: it is on record already. Raises `NotFound`
        for what nobody here sent, and `BadInput`."""
        if told.kind not in KINDS:
            raise BadInput(f"kind '{told.kind}': one of {', '.join(KINDS)}")
        if not told.carrier or not told.reference:
            raise BadInput("a carrier's word has the carrier's name and its reference")
        about = await self._database.read(lambda connection: _about(connection, self._keys, told))
        kept = about | {
            "complaint": _name(told),
            "kind": KINDS[told.kind].value,
            "source": told.carrier[:64],
            "at": told.at,
            "attrs": {
                "reference": told.reference[:128], "said": told.said[:1024], "fine_usd": told.fine, "by": told.by[:128],
            },
        }  # fmt: skip
        return await self._take(
            kept, lambda c: reports.find_complaint(c, kept["account"], kept["complaint"]) is not None, lambda _: True
        )

    async def hear_again(self, *, waiting: timedelta = timedelta()) -> int:
        """Let the gate hear what was put on record `waiting` ago or longer, by a process that was killed before it did;
        how many those were. One that can't be heard waits, and holds up no other. Raises `StorageUnavailable`.

        One that was killed between the gate's word and its mark is heard twice. A step that stands is not put twice.
        """
        before = self._clock.now() - waiting
        left = await self._database.read(lambda connection: reports.unheard_complaints(connection, before))
        heard = 0
        for row in left:
            try:
                await self._hear(row._asdict())
            except StorageUnavailable:
                raise
            except Exception:
                log.exception("complaint %s was not heard", row.complaint)
            else:
                heard += 1
        return heard

    async def _take(
        self, row: dict[str, Any], known: Callable[[Connection], bool], weighs: Callable[[Connection], bool]
    ) -> bool:
        """Put a complaint on record, and let the gate hear it if it weighs, those before it counted; False where it was
        known."""
        now = self._clock.now()

        def keep(connection: Connection) -> tuple[bool, bool]:
            if known(connection):
                return False, False
            reports.record_complaint(connection, row | {"unheard_since": now})
            self._ledger.record(connection, row["account"], "complaint", row["complaint"], row, now)
            heard = weighs(connection)
            if not heard:
                reports.hear_complaint(connection, row["account"], row["complaint"])
            return True, heard

        new, heard = await self._database.write(keep)
        if heard:
            await self._hear(row)
        return new

    async def _hear(self, row: Mapping[str, Any]) -> None:
        sid = row["communication"]
        sent = await self._database.read(lambda c: communications.locate(c, sid)) if sid else None
        kind = Kind[sent.kind] if sent is not None else Kind.SMS
        outcome = Outcome(
            id=row["complaint"],
            account=row["account"],
            kind=kind,
            what=OutcomeKind(row["kind"]),
            at=row["at"],
            sender=address_of(kind, row["sender"]),
            recipient=address_of(kind, sent.recipient) if sent is not None else None,
            communication=sid,
            campaign=row["campaign"],
            end_user=row["end_user"],
        )
        await self._arrivals.outcome(outcome)
        await self._database.write(lambda c: reports.hear_complaint(c, row["account"], row["complaint"]))


def _received(connection: Connection, person: str, message: str) -> tuple[Row[Any], str]:
    """A message that went to a person, and what shows that they have it. Raises `NotFound`."""
    row = communications.locate(connection, message)
    if row is None or row.person != person or row.direction != "outbound" or not _went_out(row):
        raise NotFound(f"this person received no message {message[:34]}")
    return row, _receipt(connection, row)


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


def _about(connection: Connection, keys: Keys, told: FromCarrier) -> dict[str, Any]:
    """Whose message or number it is. Raises `NotFound`, and `BadInput` where the two contradict each other."""
    number = parse(told.number).text if told.number else ""
    if told.message:
        row = communications.locate(connection, told.message)
        if row is None or row.direction != "outbound":
            raise NotFound(f"there is no message {told.message[:40]} that was sent from here")
        if number and row.sender != number:
            raise BadInput(f"{told.message[:40]} was not sent by {number}: name one of the two")
        return {name: getattr(row, name) for name in (*_OF_A_MESSAGE, "person")} | {"communication": row.sid}
    owned = numbers.look_up(connection, number) if number else None
    if owned is None or owned.account is None:
        raise NotFound(f"nobody here has the number {told.number[:20]}: name the message, or the number that sent it")
    about = {"account": owned.account, "sender": number, "campaign": owned.campaign, "end_user": None}
    if not told.recipient:
        return about | {"person": None, "communication": None}
    person = keys.person(parse(told.recipient).text)
    meant = communications.answered(connection, owned.account, person, number, before=told.at + _CLOCKS_DIFFER)
    if meant is None:
        raise NotFound(f"no message went from {number} to the number that complains, before the time that is told")
    return about | {
        "campaign": meant.campaign, "end_user": meant.end_user, "person": person, "communication": meant.sid,
    }  # fmt: skip


def _name(told: FromCarrier) -> str:
    """The same word of a carrier has the same name."""
    seed = f"{told.carrier.casefold()}\0{told.reference}".encode()
    return f"CO{hashlib.blake2b(seed, digest_size=16).hexdigest()}"
