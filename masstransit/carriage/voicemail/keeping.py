"""Mailboxes made, changed and taken away, each with its entry in the ledger.

That messages are written down is a change in what is done with them, and the gate's to allow (clause 11): for a
customer whose business associate agreement covers voice mail, or by the consent of those who leave messages, which the
greeting asks for. Nothing is written down here: the notice tells the customer's server on what ground it may do so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from masstransit.carriage.exchange import Exchange
from masstransit.carriage.outside import check_url
from masstransit.carriage.voicemail.mailbox import (
    KEEP_DAYS,
    LEAST_LONGEST,
    LEAST_RINGS,
    LONGEST,
    MOST_KEEP_DAYS,
    MOST_LONGEST,
    MOST_RINGS,
    RINGS,
    Lock,
    check_language,
    check_pin,
)
from masstransit.clock import Clock
from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.ledger import Ledger
from masstransit.model.change import Act, Change
from masstransit.model.communication import Direction, Kind
from masstransit.model.decision import Decision, Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import mailboxes, ownership, voicemails
from masstransit.storage.engine import Database

#: On what ground messages may be written down.
GROUNDS = ("baa", "consent")


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What a mailbox is told; None: as it is, or the default."""

    name: str | None = None
    language: str | None = None
    rings: int | None = None
    longest: int | None = None
    keep_days: int | None = None
    greeting_url: str | None = None  #: "": the one that is recorded by phone, or the house's own
    pin: str | None = None  #: "": none
    notify_url: str | None = None
    notify_method: str | None = None
    transcription: str | None = None  #: one of `GROUNDS`; "": messages are not written down


class Unallowed(Conflict):
    """The gate does not allow it."""

    def __init__(self, decision: Decision) -> None:
        super().__init__("The policy does not allow this")
        self.decision = decision


class Mailboxes:
    """An account's."""

    def __init__(
        self,
        *,
        database: Database,
        exchange: Exchange,
        ledger: Ledger,
        lock: Lock,
        clock: Clock,
        allow_private: bool = False,
    ) -> None:
        self._database = database
        self._exchange = exchange
        self._ledger = ledger
        self._lock = lock
        self._clock = clock
        self._allow_private = allow_private

    async def make(self, account: str, number: str, said: Setting) -> Row[Any]:
        """Give a number of the account a mailbox, where the gate allows it one (11.4). Raises `BadInput`, `NotFound`;
        `Conflict` where it has one; `Unallowed`."""
        sid, now = new_sid("MB"), self._clock.now()
        owner = await self._database.read(lambda c: ownership.led_by(c, number))
        if owner is None or owner.account != account:
            raise NotFound(f"The account has no number {number[:20]}")
        row = {
            "account": account, "sid": sid, "number": number, "name": "", "language": "en", "rings": RINGS,
            "longest": LONGEST, "keep_days": KEEP_DAYS, "created_at": now, "updated_at": now,
        } | await self._values(account, sid, number, said)  # fmt: skip
        await self._allow(account, sid, Act.RECORD)

        def keep(connection: Connection) -> Row[Any]:
            mailboxes.add(connection, row)
            return self._kept(connection, account, sid, what="made", values=row)

        try:
            return await self._database.write(keep)
        except IntegrityError as taken:
            raise Conflict(f"The number {number[:20]} has a mailbox", code=20409) from taken

    async def change(self, account: str, sid: str, said: Setting) -> Row[Any]:
        """Tell a mailbox something else. Raises `BadInput`, `NotFound`, `Unallowed`."""
        box = await self.find(account, sid)
        now = self._clock.now()
        values = await self._values(account, sid, box.number, said)

        def keep(connection: Connection) -> Row[Any]:
            mailboxes.change(connection, account, sid, updated_at=now, **values)
            if said.greeting_url is not None:
                mailboxes.forget_greeting(connection, account, sid)
            return self._kept(connection, account, sid, what="changed", values=values)

        return await self._database.write(keep)

    async def remove(self, account: str, sid: str) -> None:
        """Take a mailbox away, and what is in it. Raises `NotFound`."""
        now = self._clock.now()

        def gone(connection: Connection) -> None:
            if not mailboxes.remove(connection, account, sid):
                raise NotFound(f"The requested mailbox {sid[:34]} was not found")
            voicemails.empty(connection, account, sid, now)
            self._ledger.record(connection, account, "mailbox", sid, {"what": "removed"}, now)

        await self._database.write(gone)

    async def find(self, account: str, sid: str) -> Row[Any]:
        """Raises `NotFound`."""
        box = await self._database.read(lambda c: mailboxes.find(c, account, sid))
        if box is None:
            raise NotFound(f"The requested mailbox {sid[:34]} was not found")
        return box

    def _kept(
        self, connection: Connection, account: str, sid: str, *, what: str, values: Mapping[str, Any]
    ) -> Row[Any]:
        event = {"what": what, "fields": sorted(values)}
        self._ledger.record(connection, account, "mailbox", sid, event, self._clock.now())
        found = mailboxes.find(connection, account, sid)
        if found is None:
            raise NotFound(f"The requested mailbox {sid[:34]} was not found")
        return found

    async def _values(self, account: str, sid: str, number: str, said: Setting) -> dict[str, Any]:
        """What is told, as its row has it. Raises `BadInput`, `Unallowed`."""
        plain = ("name", "language", "rings", "longest", "keep_days", "greeting_url", "notify_url", "notify_method")
        values = {name: value for name in (*plain, "transcription") if (value := getattr(said, name)) is not None}
        _check(values, allow_private=self._allow_private)
        if said.pin:
            check_pin(said.pin, number)
            values["pin_hash"] = await self._lock.hashed(said.pin)
        elif said.pin is not None:
            values["pin_hash"] = None
        if said.pin is not None:
            values |= {"wrong_pins": 0, "locked_until": None}
        if said.transcription:
            await self._allow(account, sid, Act.TRANSCRIBE, "consent" if said.transcription == "consent" else "")
        return values

    async def _allow(self, account: str, sid: str, what: Act, basis: str = "") -> None:
        """Ask the gate whether this may be done with messages, on that ground. Raises `Unallowed`."""
        change = Change(
            id=new_sid("CG"),
            account=account,
            kind=Kind.VOICEMAIL,
            direction=Direction.INBOUND,
            what=what,
            at=self._clock.now(),
            communication=sid,
            participants=(),
            basis=basis,
            self_recorded=True,
        )
        (decision,) = await self._exchange.gate.decide([change])
        await self._exchange.keep_decisions([decision], lambda _: None)
        if decision.verdict > Verdict.FLAG:
            raise Unallowed(decision)


def _check(values: Mapping[str, Any], *, allow_private: bool) -> None:
    """Raises `BadInput`."""
    if "language" in values:
        check_language(values["language"])
    for name, field in (("greeting_url", "GreetingUrl"), ("notify_url", "NotifyUrl")):
        if values.get(name):
            check_url(values[name], field=field, allow_private=allow_private)
    bounds = {"rings": (LEAST_RINGS, MOST_RINGS), "longest": (LEAST_LONGEST, MOST_LONGEST),
              "keep_days": (1, MOST_KEEP_DAYS)}  # fmt: skip
    for name, (least, most) in bounds.items():
        if name in values and not least <= values[name] <= most:
            raise BadInput(f"'{name}' is from {least} to {most}.", field=name)
    if values.get("transcription", "") not in ("", *GROUNDS):
        raise BadInput(f"Messages are written down by {' or '.join(GROUNDS)}.", field="Transcription")
