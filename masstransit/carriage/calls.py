"""Calls: each is offered before it rings, and its record comes when it is over.

`offer` is asked before the wire is answered, and what was decided is durably on record by then. A call does not wait
in the queue: what is to be held is turned away and shown to the desk among what was stopped, what is to be delayed is
told when to come again. `ended` keeps the record of a call (CDR) once, whoever brings it again, and the gate hears of
it as an outcome: short and unanswered calls come to count there, and standing follows.

Offers that arrive together are decided and committed together, the next while the last are committed; and so are
records, which wait a little for others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from masstransit.carriage.batch import Batch
from masstransit.carriage.exchange import REFUSED, Exchange
from masstransit.carriage.foresight import lasting
from masstransit.carriage.registration import Registrations
from masstransit.carriage.standing import Standing
from masstransit.model.call import BUSY, HELP, CallRecord, Party
from masstransit.model.communication import Communication, Direction, Exemption
from masstransit.model.decision import Decision, Verdict
from masstransit.model.outcome import outcome_of
from masstransit.storage import calls, decisions
from masstransit.storage.calls import NOT_LED, Led
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

_Key: TypeAlias = tuple[str, str]  #: account, SID
_NO_ANSWER = (408, 480)
_CANCELED = 487
_LINGER = 0.02  # seconds that a record waits for others: whoever brings it can wait, and a batch has a price of its own


class Calls:
    """Decides calls, and keeps their records."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        registrations: Registrations,
        standing: Standing,
        database: Database,
        keys: Keys,
    ) -> None:
        self._exchange = exchange
        self._registrations = registrations
        self._standing = standing
        self._database = database
        self._keys = keys
        self._offers: Batch[tuple[Communication, Led], Decision] = Batch(self._offer_all, overlap=2)
        self._records: Batch[CallRecord, None] = Batch(self._end_all, linger=_LINGER)

    async def offer(self, call: Communication, led: Led = NOT_LED) -> Decision:
        """Decide a call (`kind` CALL, `id` CA...) and keep what was decided, with what `led` says of it. The same call
        offered again has its earlier decision. Raises `StorageUnavailable`: then it may not be let out."""
        return await self._offers.add((call, led))

    async def foresee(self, call: Communication) -> Decision:
        """What the gate says now that will hold when a call is due (`send_at`); nothing is counted. One that it stops
        is on record as any that is not let out. Raises `StorageUnavailable`."""
        (dressed,) = map(_exempted, await self._registrations.dress([call]))
        (decision,) = await self._exchange.gate.rehearse([dressed])
        decision = lasting(decision, dressed)
        if decision.verdict > Verdict.FLAG:
            row = self._row(dressed, decision, {}, NOT_LED)
            await self._exchange.keep_decisions([decision], lambda c: calls.add(c, [row]))
        return decision

    async def ended(self, record: CallRecord) -> None:
        """A call is over. Returns when its record is durable and has come to count; one that is there already changes
        nothing. Raises `StorageUnavailable`: then bring it again."""
        await self._records.add(record)

    async def drained(self) -> None:
        """Return when nothing is being decided or kept."""
        await self._offers.drained()
        await self._records.drained()

    # --- offers ---------------------------------------------------------------------------------------------------

    async def _offer_all(self, batch: Sequence[tuple[Communication, Led]]) -> list[Decision | Exception]:
        dressed = [_exempted(call) for call in await self._registrations.dress([call for call, _ in batch])]
        led = {_key(call): led for call, led in batch}
        try:
            return await self._offer_new(dressed, led)
        except IntegrityError:  # another process was offered the same call just now: then it is an earlier one
            return await self._offer_new(dressed, led)

    async def _offer_new(self, dressed: Sequence[Communication], led: Mapping[_Key, Led]) -> list[Decision | Exception]:
        earlier = await self._database.read(lambda c: _earlier(c, [_key(call) for call in dressed]))
        fresh = {_key(call): call for call in dressed if _key(call) not in earlier}
        decided = dict(zip(fresh, await self._exchange.gate.decide(list(fresh.values())), strict=True))
        brief = await self._registrations.brief((call.account, call.sender.text) for call in fresh.values())
        rows = [self._row(call, decided[key], brief, led[key]) for key, call in fresh.items()]
        try:
            await self._exchange.keep_decisions(list(decided.values()), lambda c: calls.add(c, rows))
        except Exception:
            await self._exchange.gate.release(list(fresh.values()))  # what was counted was not let out
            raise
        return [earlier.get(_key(call)) or decided[_key(call)] for call in dressed]

    def _row(self, call: Communication, decision: Decision, brief: Mapping[_Key, str], led: Led) -> dict[str, Any]:
        finding = decision.deciding
        let_out = decision.verdict <= Verdict.FLAG
        row = calls.offered(
            call,
            person=self._person(call),
            status="queued" if let_out else REFUSED,
            decision=decision.id,
            brief=brief.get((call.account, call.sender.text), ""),
            led=led,
        )
        if not let_out and finding is not None:
            row |= {"error_code": finding.code, "error_message": finding.reason[:256]}
        return row

    # --- records --------------------------------------------------------------------------------------------------

    async def _end_all(self, batch: Sequence[CallRecord]) -> list[Exception | None]:
        keys = [_key(record) for record in batch]
        rows = await self._database.read(lambda c: calls.of_keys(c, keys))
        over = {_key(record): record for record in batch if not _is_over(rows.get(_key(record)))}
        told = await self._completed(over, rows)
        outcomes = [outcome_of(record) for record in told if is_theirs(record)]
        heard = await self._exchange.gate.decide(outcomes) if outcomes else []
        found = [decision for decision in heard if decision.findings]
        try:
            await self._exchange.keep_decisions(found, lambda c: self._keep(c, told, rows))
        except Exception:
            await self._exchange.gate.release(outcomes)  # it will be brought again
            raise
        await self._standing.follow(outcomes, heard)
        return [None] * len(batch)

    async def _completed(self, over: Mapping[_Key, CallRecord], rows: Mapping[_Key, Row[Any]]) -> list[CallRecord]:
        """The records with what only the house knows: who answers for the call, and what was declared of it."""
        alone = [record for key, record in over.items() if key not in rows]
        senders = [(record.account, record.sender.text) for record in alone]
        known = await self._registrations.of(senders)
        brief = await self._registrations.brief(senders)
        return [
            _as_offered(record, rows[key])
            if key in rows
            else _as_declared(record, known.get(_sender(record)), brief.get(_sender(record), ""))
            for key, record in over.items()
        ]

    def _keep(self, connection: Connection, told: Sequence[CallRecord], rows: Mapping[_Key, Row[Any]]) -> None:
        offered = [record for record in told if _key(record) in rows]
        calls.end(connection, [(record, _status(record, rows[_key(record)].status)) for record in offered])
        new = [record for record in told if _key(record) not in rows]
        calls.add(connection, [calls.over(r, person=self._person(r), status=_status(r)) for r in new])

    def _person(self, call: Communication | CallRecord) -> str:
        """The person at the other end, keyed as everywhere."""
        other = call.sender if call.direction is Direction.INBOUND else call.recipient
        return self._keys.person(other.text)


def _key(call: Communication | CallRecord) -> _Key:
    return (call.account, call.id)


def _sender(record: CallRecord) -> _Key:
    return (record.account, record.sender.text)


def _exempted(call: Communication) -> Communication:
    """A call for help is stopped by nothing."""
    if call.recipient.text not in HELP:
        return call
    return msgspec.structs.replace(call, exemption=Exemption.EMERGENCY)


def _earlier(connection: Connection, keys: Sequence[_Key]) -> dict[_Key, Decision]:
    """What was decided of calls that were offered before."""
    rows = calls.of_keys(connection, keys)
    if not rows:
        return {}
    made = decisions.by_ids(connection, [(row.account, row.decision) for row in rows.values() if row.decision])
    return {key: made[row.account, row.decision] for key, row in rows.items() if (row.account, row.decision) in made}


def _is_over(row: Row[Any] | None) -> bool:
    return row is not None and row.ended_at is not None


def is_theirs(record: CallRecord) -> bool:
    """Whether its end says anything of who called: what the house itself turned away never rang anywhere."""
    return record.answered or record.released_by is not Party.HOUSE


def _as_offered(record: CallRecord, row: Row[Any]) -> CallRecord:
    """The record of a call that was offered: who answers for it was settled then."""
    settled = {"campaign": row.campaign, "end_user": row.end_user, "brief": row.brief}
    return msgspec.structs.replace(record, **settled)


def _as_declared(record: CallRecord, campaign: Row[Any] | None, brief: str) -> CallRecord:
    """The record of a call that was never offered here: its number says what it is registered for."""
    named = record.campaign or (campaign.sid if campaign is not None else None)
    return msgspec.structs.replace(record, campaign=named, brief=brief)


def _status(record: CallRecord, before: str = "") -> str:
    """What became of a call in the SDKs' words."""
    if before == REFUSED:
        return REFUSED
    if record.answered:
        return "completed"
    if record.status in BUSY:
        return "busy"
    if record.status == _CANCELED:
        return "canceled"
    return "no-answer" if record.status in _NO_ANSWER else "failed"
