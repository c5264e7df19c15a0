"""Where a drill is played: the real house on a clock moved by hand, its carrier a loopback with virtual phones.

Nothing is told the parts that they would not hear otherwise. Offers go to the exchange, calls to where calls are
offered and their records when they are over, what is done in a call (`room`) to where that is asked for, knocks to the
door, people's answers through the carrier, complaints and outcomes where carriers and operators bring them. After each
act the house comes to rest: what can be carried at this instant is carried before anything else happens.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image, ImageDraw
from sqlalchemy import Connection, insert

from masstransit import app, config, serving
from masstransit.carriage.channel import Arrivals, Carried, Inbound, Sent
from masstransit.carriage.fax import pages
from masstransit.carriage.feedback import Feedback
from masstransit.carriage.mailing.composing import Draft, compose
from masstransit.carriage.mailing.outbox import Handed, Recipient
from masstransit.channels.loopback import Behaviour, LoopbackTrunk, Phones
from masstransit.clock import HandClock
from masstransit.drills.acts import (
    Act,
    Answer,
    Calling,
    Capture,
    Card,
    Complaint,
    Course,
    Dial,
    Fax,
    Handset,
    InCall,
    Incoming,
    Join,
    Knocking,
    Line,
    Mailed,
    Offer,
    Posted,
    Registry,
    Resume,
    Row,
    Said,
    Seen,
    Talk,
    Used,
    Wait,
)
from masstransit.drills.room import Room
from masstransit.drills.scene import Scene
from masstransit.errors import Fault
from masstransit.facts.rights import material_of
from masstransit.model.address import chat_handle, e164, email_address, masked, parse
from masstransit.model.call import CallRecord, Party
from masstransit.model.communication import Communication, Direction, Kind, Knock, Purpose
from masstransit.model.decision import Cleared, Decision, Verdict
from masstransit.model.letter import Letter
from masstransit.model.outcome import Outcome
from masstransit.storage import communications, decisions, do_not_call, number_file, queue, tables

_FAX_WAITS = timedelta(hours=1)
_REPORTED_WITHIN = timedelta(milliseconds=25)  # simulated: the loopback's handsets report a moment after they received
_GLANCE = 0.002  # seconds of real time between looks whether it has come to rest
_PATIENCE = 60.0  # seconds of real time that the house may take to come to rest
_EDITION_SINCE = datetime(2019, 1, 23, tzinfo=UTC)  # long before any drill: what was accepted is the current edition
_REACHED = ("sent", "delivered")
_SET_UP = 0.5  # simulated seconds until a far phone rings
_LAST_LOOK = 2.0  # simulated seconds at the end, so that every report is in


class Stuck(Fault):
    """The house did not come to rest."""


class Played(msgspec.Struct, frozen=True):
    """An offer, a knock or a person's message that was played."""

    id: str  #: of the subject that the gate decided about
    at: datetime
    bystander: bool  #: lawful traffic beside an attack, or a person's own message
    seen: Seen
    carried: bool = False  #: it reached a phone, what knocked was let in, or a call is recorded
    decision: str = ""  #: the one that counts, of several that the house asked for on its way; "": all of them


class Record(msgspec.Struct, frozen=True):
    """What is on record when a drill has ended."""

    played: tuple[Played, ...]
    decisions: tuple[Decision, ...]  #: in order of time


class Template(msgspec.Struct, frozen=True):
    """A database that was set up once, of which every drill gets a copy, and the policy that is drilled."""

    file: Path
    settings: config.Settings

    @asynccontextmanager
    async def copy(self) -> AsyncIterator[config.Settings]:
        """Settings of a house with a database of its own, gone afterwards."""
        with tempfile.TemporaryDirectory(dir=self.file.parent) as folder:
            file = Path(folder) / "drill.db"
            await asyncio.to_thread(shutil.copy, self.file, file)
            yield _drilled(self.settings, file)


@contextmanager
def template(settings: config.Settings) -> Iterator[Template]:
    """A template under the operator's policy, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="masstransit-drill-") as folder:
        file = Path(folder) / "template.db"
        asyncio.run(_set_up(_drilled(settings, file)))
        yield Template(file, settings)


async def _set_up(settings: config.Settings) -> None:
    """Schema, keys and edition: what a house makes of an empty database."""
    clock = HandClock(_EDITION_SINCE)
    async with serving.at_work(settings, (LoopbackTrunk(Phones(()), clock, rest=clock.sleep),), clock):
        pass


def _drilled(settings: config.Settings, file: Path) -> config.Settings:
    """The operator's policy, and nothing else of theirs: no database, counters, carriers or doors."""
    return config.Settings(
        data=str(file.parent), database=f"sqlite:///{file}", policy=settings.policy, account=settings.account,
        fresh_for=settings.fresh_for,
    )  # fmt: skip


async def play(prepared: Template, scene: Scene, course: Course) -> Record:
    """Play a drill from its first act to its last, and say what is on record then. Raises `Stuck`."""
    clock = HandClock(scene.start)
    phones = Phones(())
    loopback = LoopbackTrunk(phones, clock, rest=clock.sleep)
    async with prepared.copy() as settings, serving.at_work(settings, (loopback, Letterbox()), clock) as parts:
        stage = Stage(parts, scene, phones, loopback, clock)
        await stage.perform(course)
        return await stage.record()


class Letterbox:
    """The way out for a drill's mail: whatever comes arrives."""

    name = "letterbox"
    kinds = Kind.EMAIL
    prefixes: tuple[str, ...] = ()
    price: Decimal | None = None
    up = True
    room = 1000

    def connect(self, arrivals: Arrivals) -> None:
        """Nothing comes back."""

    async def deliver(self, cleared: Cleared) -> Carried:
        return Sent(())  # there is nothing that a report would be waited for

    def settled(self, cleared: Cleared) -> None:
        """It has room for all."""


class Stage:
    """The house of one drill."""

    def __init__(
        self, parts: app.Parts, scene: Scene, phones: Phones, loopback: LoopbackTrunk, clock: HandClock
    ) -> None:
        self._parts = parts
        self._scene = scene
        self._phones = phones
        self._loopback = loopback
        self._clock = clock
        self._played: list[Played] = []
        self._admissions: list[Decision] = []  # about knocks: of these the record keeps refusals alone
        self._feedback = Feedback(parts.database, parts.arrivals.outcome)
        self._room = Room(parts.recordings, clock)
        self._calls: list[CallRecord] = []  # that are under way, as they will have gone
        self._last: dict[str, str] = {}  # person -> SID of the last message offered to them

    async def perform(self, course: Course) -> None:
        """Act after act; each is answered by what its sender saw."""
        seen: Any = None
        while True:
            try:
                given = course.send(seen)
            except StopIteration:
                break
            await self._put_on_record()
            acts = list(given) if isinstance(given, Sequence) else [given]
            answers = await self._together(acts)
            await self._rest()
            seen = answers if isinstance(given, Sequence) else answers[0]
        await self._together([Wait(_LAST_LOOK)])
        await self._rest()

    async def _together(self, acts: Sequence[Act]) -> list[Seen | None]:
        """Acts of one instant, in order."""
        return list(await asyncio.gather(*(self._act(act) for act in acts)))

    async def _act(self, act: Act) -> Seen | None:
        match act:
            case Offer() | Line() | Mailed() | Posted():
                return await self._write(act)
            case Dial() | Fax() | Incoming() | Talk() | Capture() | Join() | Card() | Resume():
                return await self._call(act)
            case Knocking():
                return await self._knock(act)
            case Answer():
                self._phones.add(act.person)
                await self._loopback.answer(act.person, act.to, act.text)
            case Complaint():
                await self._parts.complaints.from_phone(act.person, self._last[act.person])
            case Used():
                await self._used(act)
            case Said():
                await self._said(act)
            case Handset():
                self._phones.add(act.person)
                self._phones.phone(act.person).behaviour = Behaviour(act.behaviour)
            case Row():
                await self._store([act])
            case Registry():
                await self._load(act)
            case Wait():
                await self._wait(act)
        return None

    async def _write(self, act: Offer | Line | Mailed | Posted) -> Seen | None:
        match act:
            case Line():
                return await self._line(act)
            case Offer():
                return await self._offer(act)
            case Mailed():
                return await self._mail(act)
            case Posted():
                return await self._post(act)

    async def _offer(self, act: Offer) -> Seen:
        if act.recipient.startswith("+"):
            self._phones.add(act.recipient)
        self._last[act.recipient] = act.id
        files = [await self._parts.media.take_in(act.account, data, name) for name, data in act.files]
        now = self._clock.now()
        offered = await self._parts.exchange.offer(
            Communication(
                id=act.id, account=act.account, kind=Kind.MMS if files else Kind.SMS, channel="rest",
                sender=parse(act.sender),
                recipient=parse(act.recipient), text=act.text, at=now, purpose=act.purpose, campaign=act.campaign,
                end_user=act.end_user, idempotency_key=act.key, principal=act.account, attachments=tuple(files),
            )
        )  # fmt: skip
        return self._note(act.id, offered.decision, bystander=act.bystander, counted=act.counted)

    async def _post(self, act: Posted) -> Seen | None:
        decision = await self._parts.arrivals.receive(
            Inbound(
                trunk="mx", sender=email_address(act.sender), recipient=email_address(act.to), text=act.text,
                at=self._clock.now(), authentication=act.proof, answered=True,
                letter=Letter(return_path=act.sender, name=act.name, reply_to=act.reply_to, subject=act.subject),
            )
        )  # fmt: skip
        if decision is None:
            return None
        taken = decision.verdict < Verdict.DELAY
        return self._note(decision.subject, decision, bystander=act.bystander, carried=taken)

    async def _mail(self, act: Mailed) -> Seen:
        recipient = email_address(act.recipient)
        source = compose(
            Draft(
                sender=act.sender, recipient=recipient, subject=act.subject, text=act.text, reply_to=act.reply_to,
                fields=act.fields, at=self._clock.now(),
            )
        )  # fmt: skip
        (offered,) = await self._parts.mail_out.outbox.take(
            Handed(
                account=act.account, principal=act.account, channel="smtp", source=source,
                return_path=email_address(act.sender).text, recipients=(Recipient(address=recipient, notify="NEVER"),),
                purpose=act.purpose.value if act.purpose else "",
            )
        )  # fmt: skip
        return self._note(offered.communication.id, offered.decision, bystander=act.bystander)

    async def _fax(self, act: Fax) -> Seen:
        fax = Communication(
            id=act.id, account=act.account, kind=Kind.FAX, channel="rest", sender=parse(act.sender),
            recipient=parse(act.recipient), at=self._clock.now(), purpose=act.purpose, end_user=act.end_user,
            principal=act.account, expires_at=self._clock.now() + _FAX_WAITS,
        )  # fmt: skip
        count = len(act.words)
        drawn = Image.new("1", (pages.WIDTH, 200 * count), 1)
        for place, words in enumerate(act.words):
            ImageDraw.Draw(drawn).text((80, 80 + 200 * place), words, fill=0)
        text = "" if act.picture else pages.PAGE_BREAK.join(act.words)
        tiff = pages.tiff_of([drawn.crop((0, 200 * at, pages.WIDTH, 200 * at + 200)) for at in range(count)], 196)
        document = pages.Document(tiff=tiff, pages=count, text=text, pictures=count if act.picture else 0)
        decision = (await self._parts.faxing.faxes.offer(fax, document, "fine")).decision
        return self._note(act.id, decision, bystander=act.bystander, carried=decision.verdict < Verdict.DELAY)

    async def _line(self, act: Line) -> Seen:
        offered = await self._parts.exchange.offer(
            Communication(
                id=act.id, account=act.account, kind=Kind.CHAT, channel="chat", sender=chat_handle(act.author),
                recipient=chat_handle(act.invites or act.conversation), text=act.text, at=self._clock.now(),
                purpose=Purpose.CONVERSATION, end_user=act.author, principal=act.account,
                conversation=act.conversation,
            )
        )  # fmt: skip
        return self._note(act.id, offered.decision, bystander=act.bystander, counted=act.counted)

    async def _call(self, act: Calling) -> Seen | None:
        match act:
            case Dial():
                return await self._dial(act)
            case Incoming():
                return await self._arrive(act)
            case Fax():
                return await self._fax(act)
            case _:
                return await self._in_call(act)

    async def _dial(self, act: Dial) -> Seen:
        now = self._clock.now()
        decision = await self._parts.calls.offer(
            Communication(
                id=act.id, account=act.account, kind=Kind.CALL, channel="sip", sender=parse(act.sender),
                recipient=parse(act.recipient), at=now, purpose=act.purpose, campaign=act.campaign,
                end_user=act.end_user, principal=act.account, voice=act.voice, source=act.source, caller_name=act.name,
                diverted_by=parse(act.diverted_by) if act.diverted_by else None, anonymous=act.hidden,
            )
        )  # fmt: skip
        let_out = decision.verdict < Verdict.DELAY
        if let_out:
            self._calls.append(_record(act, now))
        return self._note(act.id, decision, bystander=act.bystander, carried=let_out)

    async def _arrive(self, act: Incoming) -> Seen:
        decision = await self._parts.calls.offer(
            Communication(
                id=act.id, account=act.account, kind=Kind.CALL, direction=Direction.INBOUND, channel="sip",
                sender=parse(act.caller), recipient=parse(act.to), at=self._clock.now(), principal="west",
                verification=act.verification,
            )
        )  # fmt: skip
        return self._note(act.id, decision, bystander=act.bystander, carried=decision.verdict < Verdict.DELAY)

    async def _in_call(self, act: InCall) -> Seen | None:
        """What comes of it, where the house is asked; of several recordings the first."""
        seen = None
        for heard in await self._room.perform(act):
            told = heard.decision
            bystander = getattr(act, "bystander", False)
            noted = self._note(heard.subject, told, bystander=bystander, carried=heard.captured, only=told.id)
            seen = seen or noted
        return seen

    async def _hang_up(self, until: datetime) -> None:
        """The records of calls that are over by then come in, in order."""
        over = sorted((each for each in self._calls if each.ended_at <= until), key=lambda each: each.ended_at)
        self._calls = [each for each in self._calls if each.ended_at > until]
        await asyncio.gather(*(self._parts.calls.ended(each) for each in over))

    async def _knock(self, act: Knocking) -> Seen:
        decision = await self._parts.exchange.admit(
            Knock(
                id=act.id, account=act.account, at=self._clock.now(), door=act.door, principal=act.principal,
                source=act.source, wants=act.wants, proven=act.proven, about=act.about,
            )
        )  # fmt: skip
        self._admissions.append(decision)
        return self._note(act.id, decision, bystander=act.bystander, carried=decision.verdict < Verdict.DELAY)

    def _note(
        self,
        subject: str,
        decision: Decision,
        *,
        bystander: bool,
        carried: bool = False,
        counted: bool = True,
        only: str = "",
    ) -> Seen:
        finding = decision.deciding
        seen = Seen(decision.verdict.name, finding.code if finding else None)
        if counted:
            self._played.append(Played(subject, self._clock.now(), bystander, seen, carried, only))
        return seen

    async def _used(self, act: Used) -> None:
        sid = self._last[act.person]
        row = await self._parts.database.read(lambda connection: communications.locate(connection, sid))
        if row is not None and row.status in _REACHED:
            await self._feedback.take(row, "confirmed", self._clock.now())

    async def _said(self, act: Said) -> None:
        await self._parts.arrivals.outcome(
            Outcome(
                id=self._scene.sid("OU"), account=act.account, kind=Kind.SMS, what=act.what, at=self._clock.now(),
                campaign=act.campaign, end_user=act.end_user,
            )
        )  # fmt: skip

    # --- time -----------------------------------------------------------------------------------------------------

    async def _wait(self, act: Wait) -> None:
        await self._clock.move(timedelta(seconds=max(0.0, act.seconds)))
        self._scene.now = self._clock.now()
        await self._hang_up(self._clock.now())
        self._parts.delivery.nudge()

    async def _rest(self) -> None:
        """Return when nothing more can happen at this instant. Raises `Stuck`."""
        begun = time.monotonic()
        while await self._parts.database.read(self._under_way):
            if time.monotonic() - begun > _PATIENCE:
                raise Stuck("the house does not come to rest: something is queued and not carried")
            await asyncio.sleep(_GLANCE)

    def _under_way(self, connection: Connection) -> bool:
        return queue.under_way(connection, self._clock.now(), _REPORTED_WITHIN)

    # --- records --------------------------------------------------------------------------------------------------

    async def _put_on_record(self) -> None:
        rows = [act for act in self._scene.pending if isinstance(act, Row)]
        self._scene.pending.clear()
        if rows:
            await self._store(rows)

    async def _store(self, rows: Sequence[Row]) -> None:
        by_table: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            by_table.setdefault(row.table, []).append(self._values(row))

        def keep(connection: Connection) -> None:
            for name, values in by_table.items():
                for value in values:
                    connection.execute(insert(tables.metadata.tables[name]), value)

        await self._parts.database.write(keep)

    async def _load(self, act: Registry) -> None:
        """As an import does, at a time of the past."""
        written = number_file.write(
            self._parts.settings.lists, act.name, (int(e164(person).digits) for person in act.people)
        )
        await self._parts.database.write(
            lambda connection: do_not_call.put_in_force(
                connection, self._parts.ledger, act.name, written, region=act.region, loaded_at=act.loaded_at
            )
        )

    def _values(self, row: Row) -> dict[str, Any]:
        """The row as it is kept: people as HMAC, secrets sealed, the edition that is accepted here."""
        values = dict(row.values)
        if "person" in values and row.table != "acceptances":
            number = values["person"]
            values["person"] = self._parts.keys.person(number)
            if "masked" in tables.metadata.tables[row.table].c:
                values["masked"] = masked(number)
        if row.table == "rights_notices":
            values["target"] = material_of(values["kind"], values["target"])
        if row.table == "accounts":
            values["token_sealed"] = self._parts.keys.seal(b"nobody logs in with it")
        if row.table == "acceptances":
            edition = self._parts.edition
            values = {"digest": edition.digest, "dated": edition.dated} | values
        return values

    def _admitted(self, kept: Sequence[Decision]) -> list[Decision]:
        """Decisions about knocks that are not among those on record."""
        known = {decision.subject for decision in kept}
        return [decision for decision in self._admissions if decision.subject not in known]

    async def record(self) -> Record:
        """What is on record now."""
        kept = await self._parts.database.read(decisions.every)
        made = sorted([*kept, *self._admitted(kept)], key=lambda decision: decision.at)
        rows = {row.sid: row for row in await self._parts.database.read(communications.every)}
        verdicts = {decision.subject: decision.verdict.name for decision in made}
        offered = [
            msgspec.structs.replace(one, carried=rows[one.id].status in _REACHED) if one.id in rows else one
            for one in self._played
        ]
        played = {one.id for one in self._played}
        answers = [
            Played(row.sid, row.created_at, bystander=True, seen=Seen(verdicts[row.sid]), carried=True)
            for row in rows.values()
            if row.direction == "inbound" and row.sid not in played
        ]
        return Record((*offered, *answers), tuple(made))


def _record(act: Dial, offered: datetime) -> CallRecord:
    """How a call goes that is let out."""
    ringing = offered + timedelta(seconds=_SET_UP)
    answered = ringing + timedelta(seconds=act.rings)
    silent = act.status or (487 if act.ended_by is Party.CALLER else 480)
    return CallRecord(
        id=act.id, account=act.account, direction=Direction.OUTBOUND, sender=parse(act.sender),
        recipient=parse(act.recipient), purpose=act.purpose, trunk=act.trunk, offered_at=offered, ringing_at=ringing,
        answered_at=None if act.talks is None else answered, ended_at=answered + timedelta(seconds=act.talks or 0.0),
        status=silent if act.talks is None else 200, released_by=act.ended_by, answered_by=act.answered_by,
    )  # fmt: skip
