"""What comes from carriers: delivery reports, and messages that people send.

A report is an outcome: it can't be refused, its findings change standing. A person's message is first heard for an
opt-out, a call for help or a return, then offered to the gate, kept, and brought to the customer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from masstransit.carriage.batch import Batch
from masstransit.carriage.channel import DeliveryReport, File, Inbound
from masstransit.carriage.exchange import Exchange
from masstransit.carriage.mailing.outbox import PAGE
from masstransit.carriage.mailing.reading import leads
from masstransit.carriage.media.mms import Mms
from masstransit.carriage.notices import Links, Notices
from masstransit.carriage.optouts import Heard, OptOuts
from masstransit.carriage.standing import Standing
from masstransit.clock import Clock
from masstransit.errors import BadInput
from masstransit.facts.links import Leads
from masstransit.facts.revocation import NOTHING, IntentKind, intent
from masstransit.model.communication import Communication, Direction, Kind
from masstransit.model.decision import Decision, Verdict
from masstransit.model.media import Attachment
from masstransit.model.outcome import Outcome, OutcomeKind, became
from masstransit.model.sid import new_sid
from masstransit.storage import communications, decisions, mail_routes, media, ownership, queue
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

log = logging.getLogger("masstransit.arrivals")

_NAME_UNKNOWN_FOR = 2.0  # seconds: a carrier may report before its own answer to the submit is on record here
_SIDS = {Kind.EMAIL: "EM", Kind.MMS: "MM", Kind.SMS: "SM"}
_SOURCE = "mail.eml"  # as a mail is called that is kept whole
_FINAL = {"delivered": "delivered", "failed": "undelivered"}


class Conversations(Protocol):
    """Where a text may be said: `carriage.chat.texting.Texting`."""

    async def bound(self, inbound: Communication) -> Row[Any] | None: ...

    async def arrives(self, inbound: Communication, participant: Row[Any]) -> None: ...


class CarrierArrivals:
    """Implements `channel.Arrivals`."""

    def __init__(
        self,
        *,
        database: Database,
        exchange: Exchange,
        notices: Notices,
        optouts: OptOuts,
        standing: Standing,
        keys: Keys,
        clock: Clock,
        mms: Mms | None = None,
    ) -> None:
        self._database = database
        self._mms = mms  #: None: files that come are not taken in
        self._exchange = exchange
        self._notices = notices
        self._optouts = optouts
        self._standing = standing
        self._keys = keys
        self._clock = clock
        self._reports: Batch[DeliveryReport, bool] = Batch(self._report_all)
        self._conversations: Conversations | None = None

    def connect(self, conversations: Conversations) -> None:
        """Phones may take part in conversations."""
        self._conversations = conversations

    # --- delivery reports -----------------------------------------------------------------------------------------

    async def report(self, report: DeliveryReport) -> None:
        """A carrier's DLR. Returns when it is on record, or when nobody knows the message it speaks of."""
        waited = 0.0
        while not await self._reports.add(report):
            if waited >= _NAME_UNKNOWN_FOR:
                log.warning("trunk %s reports on a message that nobody knows", report.trunk)
                return
            await asyncio.sleep(0.1)
            waited += 0.1

    async def _report_all(self, batch: Sequence[DeliveryReport]) -> list[bool | Exception]:
        now = self._clock.now()
        names = list({(r.trunk, r.carrier_id) for r in batch})
        known, rows = await self._database.read(lambda c: _look_up(c, names))
        final = [r for r in batch if r.state in _FINAL and (r.trunk, r.carrier_id) in known]
        outcomes = [_outcome(r, rows[known[r.trunk, r.carrier_id]]) for r in final]
        decided = await self._exchange.gate.decide(outcomes) if outcomes else []
        await self._keep_reports(final, known, rows, decided, now)
        await self._standing.follow(outcomes, decided)
        return [(r.trunk, r.carrier_id) in known for r in batch]

    async def _keep_reports(
        self,
        final: Sequence[DeliveryReport],
        known: dict[tuple[str, str], tuple[str, str]],
        rows: dict[tuple[str, str], Row[Any]],
        decided: Sequence[Decision],
        now: datetime,
    ) -> None:
        reported = [(r.trunk, r.carrier_id) for r in final]
        by_message: dict[tuple[str, str], list[DeliveryReport]] = {}
        for report in final:
            by_message.setdefault(known[report.trunk, report.carrier_id], []).append(report)

        def keep(connection: Connection) -> bool:
            queue.unname(connection, reported)
            left = queue.parts_left(connection, [k for k in by_message if rows[k].segments > 1])
            changes, told = [], []
            for key, reports in by_message.items():
                failed = next((r for r in reports if r.state == "failed"), None)
                row = rows[key]
                if failed is None and (left.get(key) or row.status == "undelivered"):
                    continue  # other segments are still on their way, or one failed before
                status, error = ("delivered", None) if failed is None else ("undelivered", failed.error or 30008)
                why = f"the carrier reports {failed.carrier_code or 'failure'}" if failed else None
                change = communications.change(
                    *key,
                    status,
                    now,
                    error=error,
                    why=why,
                    sent_at=row.sent_at,
                    done_at=now,
                    trunk=row.trunk,
                    price=row.price,
                )
                changes.append(change)
                told += self._notices.of_status(communications.read(row), status, error, now)
            communications.mark(connection, changes)
            self._notices.add(connection, told)
            return bool(told)

        found = [decision for decision in decided if decision.findings]
        if await self._exchange.keep_decisions(found, keep):
            self._notices.nudge()

    # --- people's messages ----------------------------------------------------------------------------------------

    async def receive(self, inbound: Inbound) -> Decision | None:
        """A person's message. Returns when it is on record and its opt-out, if it is one, is in force: with what was
        decided of it; None: it is nobody's. Mail that waits for a name (DELAY) is not kept: it is brought again."""
        owner = await self._database.read(lambda c: _owner(c, inbound))
        if owner is None:
            log.warning("trunk %s brought a message to %s, which is nobody's", inbound.trunk, inbound.recipient.masked)
            return None
        communication = _communication(inbound, owner, with_files=self._mms is not None)
        participant = await self._conversations.bound(communication) if self._conversations is not None else None
        if communication.idempotency_key and (before := await self._seen(communication)):
            kept, decision = before
            await self._join(kept, participant)  # a process may have been killed before it did
            return decision
        inbound = await self._without_harm(inbound)
        if inbound.files:
            taken = await self._taken(communication, inbound.files)
            communication = msgspec.structs.replace(communication, attachments=taken)
        heard = await self._heard(communication, inbound)
        communication = msgspec.structs.replace(communication, exemption=heard.exemption)
        if heard.opt_out_type is not None:
            participant = None  # it is said to us
        try:
            decision = await self._keep_message(communication, inbound, heard, owner, elsewhere=participant is not None)
        except IntegrityError:
            if not (before := await self._seen(communication)):
                raise
            return before[1]  # the carrier brought it twice at the same time
        if not _waits(decision, communication):
            await self._follow(communication, heard)
            await self._join(communication, participant)
        return decision

    async def _join(self, communication: Communication, participant: Row[Any] | None) -> None:
        """What a phone writes that takes part in a conversation is said there."""
        if participant is not None and self._conversations is not None:
            await self._conversations.arrives(communication, participant)

    async def _without_harm(self, inbound: Inbound) -> Inbound:
        """A mail as it came; or, where its page harms or carries a program, with that as a file of it, which is judged
        as any other and handed to nobody."""
        if not inbound.html or self._mms is None:
            return inbound
        page = inbound.html.encode("utf-8", "replace")
        if not (await self._mms.media.look_through(page)).kept_back:
            return inbound
        file = File(name=PAGE, content_type="text/html", data=page)
        return msgspec.structs.replace(inbound, html="", files=(*inbound.files, file))

    async def _taken(self, communication: Communication, came: Sequence[File]) -> tuple[Attachment, ...]:
        """Files of a message, taken in. What is signed, as mail is, is kept as it came; and so is what can't be made
        anew, so that nothing is lost."""
        if self._mms is None:
            return ()
        taken = []
        for each in came:
            media = self._mms.media
            take = partial(media.take_in, communication.account, each.data, each.name, claimed=each.content_type)
            try:
                taken.append(await take(as_is=communication.kind is Kind.EMAIL))
            except BadInput as broken:
                log.info("a file of %s is kept as it came: %s", communication.id, broken)
                try:
                    taken.append(await take(as_is=True))
                except BadInput as worse:
                    log.warning("a file of %s is not kept: %s", communication.id, worse)
        return tuple(taken)

    async def _seen(self, communication: Communication) -> tuple[Communication, Decision] | None:
        """This very message as it is on record, with its files, and what was decided of it, where the carrier brought
        it before."""
        account, key = communication.account, (communication.account, communication.idempotency_key or "")

        def look(connection: Connection) -> tuple[Communication, Decision] | None:
            found = communications.by_keys(connection, [key]).get(key)
            if found is None:
                return None
            row = communications.find(connection, account, found[0])
            decision = decisions.by_ids(connection, [(account, found[1])]).get((account, found[1]))
            return (communications.read(row), decision) if row is not None and decision is not None else None

        return await self._database.read(look)

    async def _heard(self, communication: Communication, inbound: Inbound) -> Heard:
        """What the person asks for, and what was done. Mail that no person wrote, or that may be forged, asks for
        nothing; mail that nothing proves ends no opt-out."""
        if not _may_ask(inbound):
            return Heard(intent=NOTHING)
        words = communication.text if inbound.words is None else inbound.words
        heard = await self._optouts.hear(msgspec.structs.replace(communication, text=words))
        return msgspec.structs.replace(heard, replies=()) if inbound.answered else heard

    async def _keep_message(
        self, communication: Communication, inbound: Inbound, heard: Heard, owner: Row[Any], *, elsewhere: bool
    ) -> Decision:
        """Decide and keep a person's message; the customer is told of one that is said `elsewhere` when it is."""
        now = self._clock.now()
        if inbound.html:
            communication.notes[Leads] = "\n".join(await asyncio.to_thread(leads, inbound.html))
        (decision,) = await self._exchange.gate.decide([communication])
        if _waits(decision, communication):
            return decision
        refused = decision.verdict is Verdict.REFUSE
        row = communications.row(
            communication,
            person=self._keys.person(communication.sender.text),
            segments=1,
            status="failed" if refused else "received",
            decision=decision.id,
        )
        attached, told = media.rows([communication]), []
        if not refused and inbound.letter is not None:
            source = await self._source(communication, inbound)
            attached += [media.source_row(communication, source)] if source is not None else []
            links = Links(files=self._shared(communication), source=self._link(communication.account, source))
            told = self._notices.of_mail(communication, inbound, owner, decision, heard.opt_out_type, links, now)
        elif not refused:
            told = self._notices.of_message(
                communication,
                webhook=None if elsewhere else _webhook(owner),
                system_ids=await self._database.read(lambda c: ownership.binds_of(c, communication.account)),
                opt_out_type=heard.opt_out_type,
                media=self._shared(communication),
                at=now,
            )

        def keep(connection: Connection) -> None:
            communications.add(connection, [row])
            media.add(connection, attached)
            self._notices.add(connection, told)

        await self._exchange.keep_decisions([decision], keep)
        self._notices.nudge()
        return decision

    async def _source(self, communication: Communication, inbound: Inbound) -> Attachment | None:
        """A mail as it came, kept as a file; None: it is not. Raises `StorageUnavailable`."""
        if self._mms is None or not inbound.source:
            return None
        try:
            return await self._mms.media.take_in(communication.account, inbound.source, _SOURCE, as_is=True)
        except BadInput as larger:
            log.warning("the source of %s is not kept: %s", communication.id, larger)
            return None

    def _shared(self, communication: Communication) -> list[tuple[str, str]]:
        """(URL, content type) of each file of a message, for the customer's server to fetch."""
        links = ((self._link(communication.account, file), file.content_type) for file in communication.attachments)
        return [(url, content_type) for url, content_type in links if url]

    def _link(self, account: str, file: Attachment | None) -> str:
        """Where the customer's server fetches a file; "": nowhere."""
        return self._mms.shared.url(account, file.sid) if self._mms is not None and file is not None else ""

    async def _follow(self, communication: Communication, heard: Heard) -> None:
        """The confirmation goes out, and the gate hears of the opt-out; or that somebody else is meant, which tells of
        the customer's list, whether they opted out as well or only said so."""
        for reply in heard.replies:
            await self._exchange.offer(reply)
        if heard.opted_out or heard.intent.mistaken:
            await self.outcome(await self._turned_away(communication, heard))

    async def _turned_away(self, communication: Communication, heard: Heard) -> Outcome:
        """The outcome that it is. It counts for the campaign and the end user whose message they answer."""
        account, number = communication.account, communication.recipient.text
        person = self._keys.person(communication.sender.text)
        last = await self._database.read(lambda c: communications.answered(c, account, person, number))
        return Outcome(
            id=new_sid("OU"),
            account=account,
            kind=communication.kind,
            what=OutcomeKind.WRONG_NUMBER if heard.intent.mistaken else OutcomeKind.OPT_OUT,
            at=self._clock.now(),
            sender=communication.recipient,
            recipient=communication.sender,
            campaign=(last and last.campaign) or communication.campaign,
            end_user=last.end_user if last else None,
            communication=communication.id,
        )

    async def outcome(self, outcome: Outcome) -> Decision:
        """Anything else that became of a communication: a complaint, a spam report, an authority's request.

        One whose decision is on record is heard again, because a process was killed before it followed: that decision
        is followed now."""
        (decision,) = await self._exchange.gate.decide([outcome])
        if decision.findings:
            key = (decision.account, decision.id)
            before = await self._database.read(lambda c: decisions.by_ids(c, [key]))
            decision = before.get(key, decision)
            if not before:
                await self._exchange.keep_decisions([decision], _nothing)
        await self._standing.follow([outcome], [decision])
        return decision


def _look_up(
    connection: Connection, names: Sequence[tuple[str, str]]
) -> tuple[dict[tuple[str, str], tuple[str, str]], dict[tuple[str, str], Row[Any]]]:
    """Whose messages the names stand for, and the messages. One that its sender deleted is nobody's."""
    known = queue.named(connection, names)
    rows = communications.of_keys(connection, list(set(known.values()))) if known else {}
    return {name: key for name, key in known.items() if key in rows}, rows


def _outcome(report: DeliveryReport, row: Row[Any]) -> Outcome:
    what = OutcomeKind.DELIVERED if report.state == "delivered" else OutcomeKind.UNDELIVERED
    named = f"{row.sid}/{report.carrier_id}"
    return became(communications.read(row), what, report.at, named=named, error=report.error)


def _owner(connection: Connection, inbound: Inbound) -> Row[Any] | None:
    """Whose the address is that was written to."""
    if inbound.letter is not None:
        return mail_routes.owner_of(connection, inbound.recipient.text)
    return ownership.owner_of(connection, inbound.recipient.text)


def _communication(inbound: Inbound, owner: Row[Any], *, with_files: bool) -> Communication:
    mail = inbound.letter is not None
    kind = Kind.EMAIL if mail else Kind.MMS if inbound.files and with_files else Kind.SMS
    return Communication(
        id=new_sid(_SIDS[kind]),
        account=owner.account,
        kind=kind,
        direction=Direction.INBOUND,
        channel=inbound.trunk,
        sender=inbound.sender,
        recipient=inbound.recipient,
        text=inbound.text,
        binary=inbound.binary,
        at=inbound.at,
        campaign=owner.campaign,
        service=None if mail else owner.service,
        letter=inbound.letter,
        authentication=inbound.authentication,
        idempotency_key=f"{inbound.trunk}/{inbound.carrier_id}" if inbound.carrier_id else None,
    )


def _waits(decision: Decision, communication: Communication) -> bool:
    """Whether mail is to be brought again, because something could not be looked up."""
    return communication.kind is Kind.EMAIL and decision.verdict is Verdict.DELAY


def _may_ask(inbound: Inbound) -> bool:
    """Whether what a message says is its sender's word."""
    if inbound.automatic:
        return False
    told = inbound.authentication
    if told is None or told.dmarc == "pass":
        return True
    starts = intent(inbound.words or "").kind is IntentKind.START
    return told.dmarc == "none" and not starts


def _webhook(owner: Row[Any]) -> dict[str, Any] | None:
    """Where the number's owner wants to hear of messages: its service's URL, unless the number's own is to be used.

    A number's own are those of its application, where it has one: all of them, as the SDKs document it.
    """
    if owner.service and owner.service_url and not owner.number_webhooks:
        return {"url": owner.service_url, "method": owner.service_method, "fallback": owner.service_fallback}
    if owner.application:
        url, method, fallback = owner.application_url, owner.application_method, owner.application_fallback
        return {"url": url, "method": method, "fallback": fallback} if url else None
    if owner.sms_url:
        return {"url": owner.sms_url, "method": owner.sms_method, "fallback": owner.sms_fallback_url}
    return None


def _nothing(_: Connection) -> None:
    """Only the decision is kept."""
