"""The exchange: the one door through which every communication passes.

`offer` takes what customers send, `receive` what people send, `report` what carriers say became of it, `admit` who
knocks. Each asks the gate, and writes communication, decision, ledger entry and queue row in one durable transaction
before anyone is answered. What arrives together is decided and committed together.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from masstransit.carriage import overturning
from masstransit.carriage.batch import Batch
from masstransit.carriage.notices import Notices
from masstransit.carriage.registration import Registrations
from masstransit.carriage.tally import Tally
from masstransit.clock import Clock
from masstransit.gate import Gate
from masstransit.ledger import Ledger
from masstransit.model.alphabet import segment
from masstransit.model.communication import Communication, Kind, Knock, Purpose
from masstransit.model.decision import Decision, Finding, Verdict, decision_id
from masstransit.storage import communications, decisions, mail_letters, media, queue, short_links
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.mail_letters import Envelope

log = logging.getLogger("masstransit.exchange")
T = TypeVar("T")

#: How long a held communication waits for a person before it is refused (rulebook: a default). A one-time code is not
#: held at all: who waits for one is not helped tomorrow.
HOLD_FOR = {
    Purpose.OTP: timedelta(0),
    Purpose.EMERGENCY: timedelta(minutes=15),
    Purpose.TRANSACTIONAL: timedelta(hours=1),
    Purpose.CONVERSATION: timedelta(hours=4),
    Purpose.MARKETING: timedelta(hours=24),
}
_HOLD_UNSTATED = timedelta(hours=4)

#: What the record calls a communication that a customer was refused on the spot; the SDKs' lists don't show it.
REFUSED = "refused"


class Offered(msgspec.Struct, frozen=True):
    """A communication with what was decided about it."""

    communication: Communication
    decision: Decision
    repeated: bool = False  #: an earlier offer had the same idempotency key; this is that one's decision


class _Offer(msgspec.Struct, frozen=True):
    """What is offered."""

    communication: Communication
    envelope: Envelope | None  #: of a mail: the letter that it is


class Courier(Protocol):
    """Who takes on what may go at once, so that it need not be looked for in the queue."""

    def claims(self, count: int) -> str | None:
        """The process that takes on `count` more; None: they are queued for whoever comes."""
        ...

    def take(self, offered: Sequence[Offered]) -> None:
        """These are durably on record, claimed by that process."""
        ...

    def nudge(self) -> None:
        """There is something in the queue."""
        ...


class _Nobody:
    """Before anyone is connected: everything is queued."""

    def claims(self, count: int) -> str | None:
        return None

    def take(self, offered: Sequence[Offered]) -> None:
        raise AssertionError("nobody claims anything")

    def nudge(self) -> None:
        return


class Exchange:
    """Decides and keeps."""

    def __init__(
        self,
        *,
        gate: Gate,
        database: Database,
        ledger: Ledger,
        keys: Keys,
        clock: Clock,
        registrations: Registrations,
        notices: Notices,
    ) -> None:
        self.gate = gate
        self.tally = Tally()
        self._database = database
        self._ledger = ledger
        self._keys = keys
        self._clock = clock
        self._registrations = registrations
        self._notices = notices
        self._courier: Courier = _Nobody()
        self._offers: Batch[_Offer, Offered] = Batch(self._offer_all)
        self._foretold: Batch[Communication, Decision] = Batch(self._foretell_all)
        self._knocks: Batch[Knock, Decision] = Batch(self._admit_all)

    def connect(self, courier: Courier) -> None:
        """Who takes on what may go at once."""
        self._courier = courier

    async def offer(self, communication: Communication, envelope: Envelope | None = None) -> Offered:
        """Decide a communication and keep it, a mail with its letter. Raises `StorageUnavailable`: then nothing was
        accepted."""
        return await self._offers.add(_Offer(communication, envelope))

    async def rehearse(self, communication: Communication) -> Decision:
        """The same gate, nothing kept, nothing counted, nothing sent."""
        (dressed,) = await self._registrations.dress([communication])
        (decision,) = await self.gate.rehearse([dressed])
        return decision

    async def foretell(self, communication: Communication) -> Decision:
        """What is decided by who it is from and whom it goes to alone, before there is more of it: nothing is kept or
        counted. It is asked again when it is offered."""
        return await self._foretold.add(communication)

    async def admit(self, knock: Knock) -> Decision:
        """Whether somebody may come in. Only refusals are kept."""
        return await self._knocks.add(knock)

    async def cancel(self, account: str, sid: str) -> bool:
        """Take back a communication that is not on its way yet. False: too late, or none such."""
        now = self._clock.now()

        def take_back(connection: Connection) -> bool:
            if not queue.take_out(connection, account, sid) and not queue.end_hold(
                connection, account, sid, "canceled", "customer"
            ):
                return False
            communications.mark(connection, [communications.change(account, sid, "canceled", now, done_at=now)])
            self._ledger.record(connection, account, "cancellation", sid, {"sid": sid}, now)
            row = communications.find(connection, account, sid)
            if row is not None:
                told = self._notices.of_status(communications.read(row), "canceled", None, now)
                self._notices.add(connection, told)
            return True

        canceled = await self._database.write(take_back)
        if canceled:
            self._notices.nudge()
        return canceled

    async def release(self, account: str, sid: str, by: str, because: str = "") -> Communication:
        """A person let a held communication go; the gate is asked again when it is carried. Raises `NotFound`."""
        now = self._clock.now()
        told = overturning.Word(by=by, because=because, at=now)
        row = await self._database.write(lambda c: overturning.release(c, self._ledger, account, sid, told))
        self._courier.nudge()
        return communications.read(row)

    async def drained(self) -> None:
        """Return when nothing is being decided."""
        await self._offers.drained()
        await self._foretold.drained()
        await self._knocks.drained()

    # --- offers ---------------------------------------------------------------------------------------------------

    async def _foretell_all(self, batch: Sequence[Communication]) -> list[Decision]:
        return await self.gate.foretell(await self._registrations.dress(batch))

    async def _offer_all(self, batch: Sequence[_Offer]) -> list[Offered | Exception]:
        dressed = await self._registrations.dress([offer.communication for offer in batch])
        letters = {offer.communication.id: offer.envelope for offer in batch if offer.envelope is not None}
        try:
            return await self._offer_new(dressed, letters)
        except IntegrityError:  # somebody else used a key of these just now: then it is an earlier one
            log.info("an idempotency key was used twice at the same time")
            return await self._offer_new(dressed, letters)

    async def _offer_new(
        self, dressed: Sequence[Communication], letters: Mapping[str, Envelope]
    ) -> list[Offered | Exception]:
        earlier = await self._earlier(dressed)
        fresh: dict[tuple[str, str], Communication] = {}
        for communication in dressed:  # a key used twice in one batch is one offer
            key = _key(communication)
            if key not in earlier:
                fresh.setdefault(key, communication)
        decided = await self.gate.decide(list(fresh.values()))
        offered = {
            key: Offered(communication, _own(communication, decision))
            for (key, communication), decision in zip(fresh.items(), decided, strict=True)
        }
        try:
            await self._keep(list(offered.values()), letters)
        except Exception:
            await self.gate.release(list(fresh.values()))  # what was counted was not accepted
            raise
        first = {item.communication.id for item in offered.values()}
        answers: list[Offered | Exception] = []
        for communication in dressed:
            key = _key(communication)
            item = earlier.get(key) or offered[key]
            answers.append(item if communication.id in first else msgspec.structs.replace(item, repeated=True))
        return answers

    async def _earlier(self, batch: Sequence[Communication]) -> dict[tuple[str, str], Offered]:
        """What earlier offers with the same idempotency keys came to."""
        keys = [(c.account, c.idempotency_key) for c in batch if c.idempotency_key]
        if not keys:
            return {}

        def look(connection: Connection) -> dict[tuple[str, str], Offered]:
            known = communications.by_keys(connection, keys)
            if not known:
                return {}
            rows = communications.of_keys(connection, [(a, sid) for (a, _), (sid, _) in known.items()])
            made = decisions.by_ids(connection, [(a, decision) for (a, _), (_, decision) in known.items()])
            return {
                (account, key): Offered(communications.read(rows[account, sid]), made[account, decision], repeated=True)
                for (account, key), (sid, decision) in known.items()
                if (account, decision) in made
            }

        return await self._database.read(look)

    async def _keep(self, offered: Sequence[Offered], letters: Mapping[str, Envelope]) -> None:
        """Communication, decision, ledger entry, letter and queue row in one transaction."""
        now = self._clock.now()
        records = [decisions.record(item.decision) for item in offered]
        places = [(item, placed(item.communication, item.decision, now)) for item in offered]
        accepted = [(item, place) for item, place in places if place is not None]
        at_once = [item for item, place in accepted if _goes_at_once(item, place, now)]
        process = self._courier.claims(len(at_once)) if at_once else None
        rows = [self._row(item, place, now) for item, place in accepted]
        attached = media.rows(item.communication for item, _ in accepted)
        mails = [
            (i.communication, place, letters[i.communication.id])
            for i, place in accepted
            if i.communication.id in letters
        ]
        addressed = [(communication, own) for communication, _, own in mails]
        waiting = [(communication, own) for communication, place, own in mails if place.waits]
        links = short_links.rows(item.communication for item, place in accepted if place.error is None)
        queued = [_queue_row(item, place, now, process) for item, place in accepted if place.ready_at is not None]
        held = [hold_row(item, now) for item, place in accepted if place.held]
        told = [
            notice
            for item, place in accepted
            if place.tell
            for notice in self._notices.of_status(item.communication, place.status, place.error, now, answered=True)
        ]

        def keep(connection: Connection) -> None:
            self._ledger_decisions(connection, [item.decision for item in offered], records, now)
            communications.add(connection, rows)
            media.add(connection, attached)
            mail_letters.keep(connection, waiting)
            mail_letters.address(connection, addressed)
            short_links.add(connection, links)
            queue.add(connection, queued)
            queue.hold(connection, held)
            self._notices.add(connection, told)

        await self._database.write(keep)
        self.tally.note(item.decision for item in offered)
        if process is not None:
            self._courier.take(at_once)
        elif queued:
            self._courier.nudge()
        if told:
            self._notices.nudge()
        for item in offered:
            _log(item.decision)

    def _row(self, item: Offered, place: Place, now: datetime) -> dict[str, Any]:
        row = communications.row(
            item.communication,
            person=self._keys.person(item.communication.recipient.text),
            segments=segments_of(item.communication),
            status=place.status,
            decision=item.decision.id,
        )
        if place.error is not None:
            row |= {"error_code": place.error, "error_message": place.why, "done_at": now}
        return row

    def _ledger_decisions(
        self, connection: Connection, made: Sequence[Decision], records: Sequence[bytes], now: datetime
    ) -> None:
        salts = self._ledger.append(
            connection, [(d.account, "decision", d.id, kept) for d, kept in zip(made, records, strict=True)], now
        )
        decisions.add(connection, list(zip(made, records, salts, strict=True)))

    async def keep_decisions(self, made: Sequence[Decision], also: Callable[[Connection], T]) -> T:
        """Keep decisions that were not offers (a second look, an outcome) with what follows from them."""
        now = self._clock.now()
        records = [decisions.record(decision) for decision in made]

        def keep(connection: Connection) -> T:
            if made:
                self._ledger_decisions(connection, made, records, now)
            return also(connection)

        answer = await self._database.write(keep)
        self.tally.note(made)
        for decision in made:
            _log(decision)
        return answer

    # --- knocks ---------------------------------------------------------------------------------------------------

    async def _admit_all(self, batch: Sequence[Knock]) -> list[Decision | Exception]:
        decided = await self.gate.decide(batch)
        refused = [decision for decision in decided if decision.verdict is Verdict.REFUSE]
        if refused:
            await self.keep_decisions(refused, _nothing)
        return list(decided)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision makes of an offer: its state in the SDKs' words, and where it waits."""

    status: str
    ready_at: datetime | None = None
    held: bool = False
    error: int | None = None
    why: str | None = None
    tell: bool = False  #: the customer hears by callback, because the answer to the offer was favourable

    @property
    def waits(self) -> bool:
        """Whether it goes out, now or later, or waits for a person."""
        return self.ready_at is not None or self.held


def placed(communication: Communication, decision: Decision, now: datetime) -> Place | None:
    """Where an offer goes. None: it was not accepted at all (real overload), only its decision is kept."""
    finding, lacking = decision.deciding, communication.lacking
    if lacking is not None and decision.verdict < Verdict.REFUSE:
        return Place(status="failed", error=lacking.code, why=lacking.why, tell=True)
    if decision.verdict <= Verdict.FLAG:
        ready = max(now, communication.send_at or now)
        return Place(status="scheduled" if ready > now else "queued", ready_at=ready)
    if decision.verdict is Verdict.DELAY:
        if any(f.overload for f in binding(decision)):
            return None
        return Place(status="scheduled", ready_at=max(delayed_until(decision, now), communication.send_at or now))
    if decision.verdict is Verdict.HOLD:
        if patience(communication):
            return Place(status="accepted", held=True)
        return Place(
            status="failed", error=30007, why="a one-time code is not held for review: it is refused", tell=True
        )
    by_content = finding is not None and finding.by_content
    return Place(
        status="failed" if by_content else REFUSED,
        error=(finding.code if finding and finding.code else 30007),
        why=finding.reason if finding else "refused",
        tell=by_content,
    )


def delayed_until(decision: Decision, now: datetime) -> datetime:
    """When a delay ends: never at once, also where the rule could not say, or its end is over before it is asked."""
    return max(decision.until or now, now + timedelta(seconds=1))


def binding(decision: Decision) -> list[Finding]:
    """The findings that bind and are as strict as the verdict."""
    return [f for f in decision.findings if f.mode.value == "enforced" and f.verdict == decision.verdict]


def _key(communication: Communication) -> tuple[str, str]:
    return (communication.account, communication.idempotency_key or communication.id)


def _own(communication: Communication, decision: Decision) -> Decision:
    """What was not accepted has no part in its idempotency key: the next try with that key is decided for itself."""
    if placed(communication, decision, decision.at) is not None:
        return decision
    without = msgspec.structs.replace(communication, idempotency_key=None)
    return msgspec.structs.replace(decision, id=decision_id(without))


def segments_of(communication: Communication) -> int:
    """Segments that it takes on the air: a fax has pages, and an MMS or a mail is one, however long."""
    if communication.kind is Kind.FAX:
        return max(1, communication.pages)
    if communication.kind in (Kind.MMS, Kind.EMAIL):
        return 1
    return 1 if communication.binary is not None else max(1, len(segment(communication.on_air).parts))


def _goes_at_once(item: Offered, place: Place, now: datetime) -> bool:
    """Whether whoever carries it takes it on now. A fax, which may wait for others that take minutes, is left in the
    queue, where it can be taken back."""
    return place.ready_at == now and item.communication.kind is not Kind.FAX


def _queue_row(item: Offered, place: Place, now: datetime, process: str | None) -> dict[str, Any]:
    taken_on = process is not None and _goes_at_once(item, place, now)
    return {
        "account": item.communication.account,
        "sid": item.communication.id,
        "ready_at": place.ready_at,
        "decided_at": now if item.decision.verdict <= Verdict.FLAG else queue.NEVER,
        "attempts": 0,
        "claimed_by": process if taken_on else None,
        "claimed_at": now if taken_on else None,
    }


def hold_row(item: Offered, now: datetime) -> dict[str, Any]:
    """A hold until its purpose's patience ends, with the finding that caused it."""
    finding = item.decision.deciding
    return {
        "account": item.communication.account,
        "sid": item.communication.id,
        "since": now,
        "until": now + patience(item.communication),
        "clause": finding.clause if finding else "",
        "rule": finding.rule if finding else "",
        "reason": finding.reason if finding else "",
    }


def patience(communication: Communication) -> timedelta:
    """How long a communication may be held."""
    return HOLD_FOR[communication.purpose] if communication.purpose else _HOLD_UNSTATED


def _log(decision: Decision) -> None:
    """One line a decision that was not plainly favourable: no content, no numbers."""
    if decision.verdict > Verdict.ALLOW:
        log.info(
            "%s %s %s %s [%s]",
            decision.id,
            decision.account,
            decision.moment.name,
            decision.verdict.name,
            " ".join(f"{f.rule}:{f.verdict.name}" for f in decision.findings),
        )


def _nothing(_: Connection) -> None:
    """Only the decisions are kept."""
