"""Complaints: a person's report of a message as spam, and a carrier's word about a message or a number (its own
complaint, a report to 7726, a fine), on record with what they are about, and heard by the gate."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection

from masstransit.carriage.arrivals import CarrierArrivals
from masstransit.clock import Clock
from masstransit.errors import BadInput, NotFound
from masstransit.ledger import Ledger
from masstransit.model.address import parse
from masstransit.model.communication import Kind, Outcome, OutcomeKind
from masstransit.model.sid import new_sid
from masstransit.storage import communications, numbers, reports
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

#: What a carrier says, and what it is to the gate: whoever forwards a text to 7726 is a recipient who reports it.
KINDS: Mapping[str, OutcomeKind] = {
    "complaint": OutcomeKind.CARRIER_COMPLAINT,
    "fine": OutcomeKind.CARRIER_COMPLAINT,
    "7726": OutcomeKind.SPAM_REPORT,
}


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
        row = await self._database.read(lambda connection: communications.locate(connection, message))
        if row is None or row.recipient != number:
            raise NotFound(f"{number} received no message {message}")
        about = {name: getattr(row, name) for name in _OF_A_MESSAGE} | {"communication": row.sid}
        told = {"complaint": new_sid("CO"), "kind": OutcomeKind.SPAM_REPORT.value, "source": "recipient"}
        await self._take(
            about | told | {"person": self._keys.person(number), "at": self._clock.now()},
            lambda c, kept: reports.complained(c, row.account, row.sid, kept["person"]),
        )

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
            kept, lambda c, row: reports.find_complaint(c, row["account"], row["complaint"]) is not None
        )

    async def hear_again(self, *, waiting: timedelta = timedelta()) -> int:
        """Let the gate hear what was put on record `waiting` ago or longer, by a process that was killed before it did;
        how many those were.

        One that was killed between the gate's word and its mark is heard twice. A step that stands is not put twice.
        """
        before = self._clock.now() - waiting
        left = await self._database.read(lambda connection: reports.unheard_complaints(connection, before))
        for row in left:
            await self._hear(row._asdict())
        return len(left)

    async def _take(self, row: dict[str, Any], known: Callable[[Connection, Mapping[str, Any]], bool]) -> bool:
        """Put a complaint on record and let the gate hear it; False where it was known."""
        now = self._clock.now()

        def keep(connection: Connection) -> bool:
            if known(connection, row):
                return False
            reports.record_complaint(connection, row | {"unheard_since": now})
            self._ledger.record(connection, row["account"], "complaint", row["complaint"], row, now)
            return True

        if not await self._database.write(keep):
            return False
        await self._hear(row)
        return True

    async def _hear(self, row: Mapping[str, Any]) -> None:
        sid = row["communication"]
        sent = await self._database.read(lambda c: communications.locate(c, sid)) if sid else None
        outcome = Outcome(
            id=row["complaint"],
            account=row["account"],
            kind=Kind[sent.kind] if sent is not None else Kind.SMS,
            what=OutcomeKind(row["kind"]),
            at=row["at"],
            sender=parse(row["sender"]),
            recipient=parse(sent.recipient) if sent is not None else None,
            communication=sid,
            campaign=row["campaign"],
            end_user=row["end_user"],
        )
        await self._arrivals.outcome(outcome)
        await self._database.write(lambda c: reports.hear_complaint(c, row["account"], row["complaint"]))


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
