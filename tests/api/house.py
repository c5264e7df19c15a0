"""The API over a real socket, with a small exchange that keeps what it is offered."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec
import uvicorn
from starlette.routing import BaseRoute
from twilio.rest import Client

from masstransit.api import Connection, House, Settings, build
from masstransit.carriage.archive import Archive
from masstransit.carriage.caller_ids import CallerIds
from masstransit.carriage.codes import operator_of
from masstransit.carriage.exchange import Exchange
from masstransit.carriage.feedback import Feedback
from masstransit.carriage.foresight import lasting
from masstransit.carriage.notices import Notices
from masstransit.carriage.recording import OnAir, Recordings
from masstransit.carriage.registration import Registrations
from masstransit.carriage.signers import Signers
from masstransit.carriage.voice.asking import Asking, Source
from masstransit.carriage.voice.conferences import Conferences
from masstransit.carriage.voice.joining import Parts
from masstransit.carriage.voice.legs import Legs
from masstransit.carriage.voice.live import LiveCalls, Wish
from masstransit.carriage.voice.rooms import Rooms
from masstransit.carriage.voice.scheduling import Scheduling
from masstransit.carriage.voicemail.deposits import Deposits
from masstransit.carriage.voicemail.keeping import Mailboxes
from masstransit.carriage.voicemail.mailbox import Lock
from masstransit.carriage.webcalls import WebCalls
from masstransit.channels.loopback import Phones
from masstransit.channels.loopback.calls import Handsets
from masstransit.channels.media.prompts import of_the_house
from masstransit.channels.media.pulse import Pulse
from masstransit.channels.media.shelf import Shelf
from masstransit.channels.media.studio import Studio
from masstransit.clock import Clock, SystemClock
from masstransit.facts.calls.recording_law import Places, Whereabouts
from masstransit.facts.consent import Roots
from masstransit.gate import Gate
from masstransit.ledger import Ledger
from masstransit.model.call import CallRecord
from masstransit.model.change import Participant
from masstransit.model.communication import Communication, Knock, Moment
from masstransit.model.decision import Decision, Finding, Verdict, decision_id
from masstransit.model.edition import Edition
from masstransit.model.outcome import Outcome
from masstransit.policy.clause_13_recording_without_consent import RecordingWithoutConsent
from masstransit.serving import LARGEST_FRAME
from masstransit.storage import accounts, calls, communications, decisions, media, short_links
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import RECIPIENT, a_call

Rule = Callable[[Any], Sequence[Finding]]


class Offered(msgspec.Struct, frozen=True):
    communication: Communication
    decision: Decision
    repeated: bool = False


class NoPolicy(msgspec.Struct, frozen=True):
    """A policy without clauses."""

    policy: tuple[Any, ...] = ()
    revision: str = "test"


class SmallExchange:
    """Judges by `rule` (nothing found, unless a test says so) and keeps rows as the real one does."""

    def __init__(self, database: Database, ledger: Ledger, clock: Clock) -> None:
        self.database = database
        self.ledger = ledger
        self.clock = clock
        self.rule: Rule = lambda _: ()
        self.offers: list[Communication] = []
        self.knocks: list[Knock] = []

    def _decide(self, subject: Any) -> Decision:
        findings = tuple(self.rule(subject))
        return Decision(
            id=decision_id(subject),
            subject=subject.id,
            account=subject.account,
            moment=subject.moment,
            attempt=subject.attempt,
            at=self.clock.now(),
            verdict=max((f.verdict for f in findings), default=Verdict.ALLOW),
            findings=findings,
            facts={},
            revision="test",
        )

    async def offer(self, communication: Communication) -> Offered:
        decision, now = self._decide(communication), self.clock.now()
        self.offers.append(communication)
        key = (communication.account, communication.idempotency_key or "")

        def keep(connection: Any) -> Offered:
            if communication.idempotency_key and (known := communications.by_keys(connection, [key])):
                row = communications.find(connection, communication.account, known[key][0])
                return Offered(communications.read(row), decision, repeated=True)  # type: ignore[arg-type]
            record = decisions.record(decision)
            (salt,) = self.ledger.append(connection, [(decision.account, "decision", decision.id, record)], now)
            decisions.add(connection, [(decision, record, salt)])
            if decision.verdict is not Verdict.REFUSE:
                status = "scheduled" if communication.send_at else "queued"
                made = communications.row(communication, person="", segments=1, status=status, decision=decision.id)
                communications.add(connection, [made])
                media.add(connection, media.rows([communication]))
                short_links.add(connection, short_links.rows([communication]))
            return Offered(communication, decision)

        return await self.database.write(keep)

    async def rehearse(self, communication: Communication) -> Decision:
        return self._decide(communication)

    async def cancel(self, account: str, sid: str) -> bool:
        now = self.clock.now()

        def take_back(connection: Any) -> bool:
            row = communications.find(connection, account, sid)
            if row is None or row.status not in {"queued", "scheduled"}:
                return False
            communications.mark(connection, [communications.change(account, sid, "canceled", now)])
            return True

        return await self.database.write(take_back)

    async def admit(self, knock: Knock) -> Decision:
        self.knocks.append(knock)
        return self._decide(knock)

    async def finish(self, account: str, sid: str, status: str = "delivered") -> None:
        """A carrier reported."""
        now = self.clock.now()
        change = communications.change(account, sid, status, now, sent_at=now, done_at=now)
        await self.database.write(lambda c: communications.mark(c, [change]))


class SmallCalls:
    """Decides calls as the exchange does, and keeps their records."""

    def __init__(self, exchange: SmallExchange) -> None:
        self._exchange = exchange

    async def offer(self, call: Communication, led: calls.Led = calls.NOT_LED) -> Decision:
        decision = self._exchange._decide(call)
        status = "queued" if decision.verdict <= Verdict.FLAG else "refused"
        row = calls.offered(call, person="", status=status, decision=decision.id, brief="", led=led)
        await self._exchange.database.write(lambda c: calls.add(c, [row]))
        return decision

    async def foresee(self, call: Communication) -> Decision:
        return lasting(self._exchange._decide(call), call)

    async def ended(self, record: CallRecord) -> None:
        status = "completed" if record.answered else "canceled" if record.status == 487 else "failed"
        await self._exchange.database.write(lambda c: calls.end(c, [(record, status)]))


class Calling(LiveCalls):
    """The house's own, which remembers how calls were to be made."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.legs = parts.legs
        self.made: list[tuple[Communication, Wish]] = []
        self.redirected: list[Source] = []

    async def call(self, call: Communication, wish: Wish) -> Decision:
        self.made.append((call, wish))
        return await super().call(call, wish)

    def redirect(self, account: str, sid: str, source: Source) -> None:
        super().redirect(account, sid, source)
        self.redirected.append(source)


def calling(
    database: Database, keys: Keys, clock: Clock, offers: Any, handsets: Handsets, recordings: Recordings
) -> Calling:
    """Calls on virtual phones."""
    notices = Notices(database, clock, "test")
    legs = Legs(
        offers=offers, dialler=handsets, notices=notices, database=database, clock=clock, process="test",
    )  # fmt: skip
    conferences = Conferences(
        recordings=recordings, notices=notices, database=database, clock=clock, process="test",
    )  # fmt: skip
    asking = Asking(
        database=database,
        signers=Signers(database, keys, clock),
        clock=clock,
        calls=WebCalls(allow_private=True),
        sounds=WebCalls(allow_private=True),
        allow_private=True,
    )
    return Calling(
        Parts(
            legs=legs,
            asking=asking,
            rooms=Rooms(),
            conferences=conferences,
            clock=clock,
            recordings=recordings,
            allow_private=True,
        )
    )


def judging(database: Database, keys: Keys, clock: Clock, ledger: Ledger) -> Exchange:
    """What judges by clause 13."""
    return Exchange(
        gate=Gate((RecordingWithoutConsent(),), {Whereabouts: Places(database, keys, Roots())}, clock),
        database=database,
        ledger=ledger,
        keys=keys,
        clock=clock,
        registrations=Registrations(database, clock, Roots()),
        notices=Notices(database, clock, "test"),
    )


class Door:
    """A running API: `url`, an account's `sid` and `token`, and the exchange behind."""

    connection: type[Connection] = Connection

    def __init__(self, database: Database, keys: Keys, clock: Clock | None = None, **settings: Any) -> None:
        self.database, self.keys, self.clock = database, keys, clock or SystemClock()
        ledger = Ledger("test")
        self.exchange = SmallExchange(database, ledger, self.clock)
        self.outcomes: list[Outcome] = []
        self.handsets = Handsets(Phones([RECIPIENT]), self.clock)
        judged = judging(database, keys, self.clock, ledger)
        self.recordings = Recordings(exchange=judged, database=database, ledger=ledger, keys=keys, clock=self.clock)
        self.voice = calling(database, keys, self.clock, SmallCalls(self.exchange), self.handsets, self.recordings)
        self.scheduling = Scheduling(
            offers=SmallCalls(self.exchange),
            voice=self.voice,
            legs=self.voice.legs,
            database=database,
            clock=self.clock,
            process="test",
        )
        self._sounds = tempfile.TemporaryDirectory()
        self.folder = Path(self._sounds.name)
        self.shelf = Shelf(self.folder)
        archive = Archive(database=database, ledger=ledger, clock=self.clock, shelf=self.shelf)
        edition = Edition(text="Be kind.", digest="d" * 64, dated="2026-01-01")
        self.house = House(
            database=database,
            keys=keys,
            clock=self.clock,
            exchange=self.exchange,
            recordings=self.recordings,
            archive=archive,
            mailboxes=Mailboxes(
                database=database,
                exchange=judged,
                ledger=ledger,
                lock=Lock(database, keys, self.clock),
                clock=self.clock,
            ),
            deposits=Deposits(
                database=database,
                exchange=judged,
                archive=archive,
                notices=Notices(database, self.clock, "test"),
                ledger=ledger,
                keys=keys,
                clock=self.clock,
            ),
            voice=self.voice,
            scheduling=self.scheduling,
            feedback=Feedback(database, self._hear),
            caller_ids=CallerIds(
                exchange=self.exchange,
                database=database,
                keys=keys,
                clock=self.clock,
                ledger=ledger,
                operator=operator_of("AC" + "0" * 32, "+14155550100"),
            ),
            ledger=ledger,
            in_force=NoPolicy(),
            edition=edition,
            settings=Settings(**settings),
        )
        self.also: Sequence[BaseRoute] = ()
        self.url = self.sid = self.token = ""

    async def _hear(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    async def __aenter__(self) -> Door:
        self.sid, self.token = await self.account()
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            build(self.house, also=self.also),
            log_level="error",
            lifespan="off",
            access_log=False,
            http=self.connection,
            ws="websockets-sansio",
            ws_max_size=LARGEST_FRAME,
        )
        self._server = uvicorn.Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:
            await asyncio.sleep(0.005)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        await self._task
        await self.voice.close()
        self._sounds.cleanup()

    async def on_air(self, sid: str, *who: Participant) -> OnAir:
        """A call with sound goes on: on record, and where it can be recorded."""
        call = a_call(id=sid, account=self.sid, channel="rest")
        row = calls.offered(call, person="", status="in-progress", decision="", brief="")
        await self.database.write(lambda c: calls.add(c, [row | {"answered_at": call.at}]))
        sound = Studio(Pulse(), of_the_house(), self.folder)
        on_air = OnAir(account=self.sid, sid=sid, participants={each.leg: each for each in who}, sound=sound)
        self.recordings.began(on_air)
        return on_air

    @property
    def open_connections(self) -> int:
        """How many clients are connected."""
        return len(self._server.server_state.connections)

    async def account(self, **more: Any) -> tuple[str, str]:
        """Open an account; its SID and token."""
        row = await self.database.write(
            lambda c: accounts.create(c, self.keys, friendly_name="Test", now=self.clock.now(), **more)
        )
        return row.account, self.keys.unseal(row.token_sealed).decode()

    def sdk(self, sid: str = "", token: str = "", account: str | None = None) -> Any:
        """The SDK's client, unmodified, by its base URL."""
        client = Client(sid or self.sid, token or self.token, account)
        client.api.base_url = self.url
        return client

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One raw request, authenticated unless told otherwise."""
        more.setdefault("auth", (self.sid, self.token))
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.request(method, f"{self.url}{path}", **more)

    @property
    def calls(self) -> str:
        return f"/2010-04-01/Accounts/{self.sid}/Calls"

    @property
    def messages(self) -> str:
        return f"/2010-04-01/Accounts/{self.sid}/Messages"


def snake(field: str) -> str:
    """A field's name as answers and the SDK have it: `SmsUrl` is `sms_url`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in field).lstrip("_")


def finding(verdict: Verdict, *, moment: Moment = Moment.OFFER, **more: Any) -> Rule:
    """A rule that finds this of every subject of a moment."""
    made = Finding(clause="7", rule="7.4", verdict=verdict, reason="nobody consented", remedy="ask first", **more)
    return lambda subject: (made,) if subject.moment is moment else ()
