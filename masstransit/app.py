"""The only place where parts are chosen and joined."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import secrets
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import msgspec
import uvicorn
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from masstransit import api, config, console, demo, learning, terms
from masstransit.carriage import appeals, housekeeping, revising
from masstransit.carriage.archive import Archive
from masstransit.carriage.arrivals import CarrierArrivals
from masstransit.carriage.budget import Budget, Budgets, Reckon, reckon
from masstransit.carriage.business_days import BusinessDays
from masstransit.carriage.caller_ids import CallerIds
from masstransit.carriage.calls import Calls
from masstransit.carriage.cases.watch import Watch
from masstransit.carriage.codes import Limits, Operator, operator_of
from masstransit.carriage.complaints import Complaints
from masstransit.carriage.daily import Daily
from masstransit.carriage.delivery import Delivery
from masstransit.carriage.exchange import Exchange
from masstransit.carriage.feedback import Feedback
from masstransit.carriage.identity import service
from masstransit.carriage.identity.service import Identity
from masstransit.carriage.mail import Mail
from masstransit.carriage.notices import Notices
from masstransit.carriage.optouts import OptOuts
from masstransit.carriage.possession import Possession
from masstransit.carriage.recipients import Recipients
from masstransit.carriage.recording import Recordings
from masstransit.carriage.registration import Registrations
from masstransit.carriage.relay import Relay, RelaySettings
from masstransit.carriage.replies import Replies
from masstransit.carriage.reviewing import Reviewer
from masstransit.carriage.routing import Routing
from masstransit.carriage.second_look import look_again
from masstransit.carriage.signers import Signers
from masstransit.carriage.standing import Standing
from masstransit.carriage.voice import asking, joining
from masstransit.carriage.voice.arriving import Arriving
from masstransit.carriage.voice.legs import Legs
from masstransit.carriage.voice.line import Dialler
from masstransit.carriage.voice.live import LiveCalls
from masstransit.carriage.voice.rooms import Rooms
from masstransit.carriage.webcalls import WebCalls
from masstransit.carriage.webhooks import Webhooks
from masstransit.channels.loopback import LoopbackTrunk, Phones
from masstransit.channels.loopback.calls import Handsets
from masstransit.channels.media.recorder import recover
from masstransit.channels.media.shelf import Shelf
from masstransit.channels.rest import door as upstream
from masstransit.channels.rest import trunk as rest
from masstransit.channels.rest.trunk import RestTrunk
from masstransit.channels.sip import service as sip
from masstransit.channels.smpp.door import Door
from masstransit.channels.smpp.server import ServerSettings, SmppServer
from masstransit.channels.smpp.session import Timers
from masstransit.channels.smpp.trunk import SmppTrunk, TrunkSettings
from masstransit.clause import Clause
from masstransit.clock import Clock, SystemClock
from masstransit.console import phones as phones_page
from masstransit.console import recipient as recipient_page
from masstransit.console.door import Door as PagesDoor
from masstransit.console.errands import Errands
from masstransit.console.pages import PAGES
from masstransit.counters import Counters, MemoryCounters, open_counters
from masstransit.edition import clauses_of, edition_of
from masstransit.errors import BadAddress, ConfigError, StorageUnavailable
from masstransit.facts.consent import Roots
from masstransit.garbage import collect_seldom
from masstransit.gate import Gate
from masstransit.ledger import Ledger, checkpoint
from masstransit.model.edition import Edition
from masstransit.policy.clause_05_malicious_programs import MaliciousPrograms
from masstransit.policy.clause_15_intellectual_property import IntellectualProperty
from masstransit.policy.number_reclamation import NumberReclamation
from masstransit.replay.editions import Change, editions
from masstransit.storage import (
    agreements,
    decisions,
    migrations,
    redaction,
    retention,
)
from masstransit.storage import keys as stored_keys
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

log = logging.getLogger("masstransit.app")
T = TypeVar("T")
Link: TypeAlias = SmppTrunk | RestTrunk

_CHECKPOINT_EVERY = 60.0
_BODIES_EVERY = 30.0
_DAILY_EVERY = 3600.0
_BUDGET_EVERY = 24 * 3600.0
_LINKS_EVERY = 600.0
_CASES_EVERY = 300.0
_COMPLAINTS_EVERY = 60.0
_UNHEARD_FOR = timedelta(seconds=30)  # what is younger another process may be about to hear
_APPEALS_EVERY = 600.0
_RETENTION_EVERY = 6 * 3600.0
_HEALTH_WITHIN = 5.0  # seconds
_LONGEST_SYSTEM_ID = 15
_GRACE = 10.0  # seconds that requests under way get at the end


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that serves, joined."""

    settings: config.Settings
    database: Database
    counters: Counters
    keys: Keys
    clock: Clock
    gate: Gate
    ledger: Ledger
    edition: Edition
    exchange: Exchange
    calls: Calls
    voice: LiveCalls | None  #: calls led by customers' documents; None: nothing here dials
    arrivals: CarrierArrivals
    delivery: Delivery
    notices: Notices
    webhooks: Webhooks
    mail: Mail
    complaints: Complaints
    recordings: Recordings
    archive: Archive
    possession: Possession
    caller_ids: CallerIds
    recipients: Recipients
    budgets: Budgets
    smpp: SmppServer
    sip: sip.Service
    identity: Identity
    trunks: tuple[Link, ...]


# --- joining ------------------------------------------------------------------------------------------------------


def budget_of(settings: config.Settings, clauses: Sequence[Clause]) -> Budget:
    """How much of what a rule stops people may find wrong. Raises `ConfigError` for a rule that there is not."""
    told = settings.budget
    if unknown := sorted(set(told.of) - {made.id for clause in clauses for made in clause.rules()}):
        raise ConfigError(f"[budget.of] '{unknown[0]}': there is no such rule; docs/policy.md lists them")
    return Budget(share=told.share, days=told.days, least=told.least, confidence=told.confidence, of=told.of)


def business_days(settings: config.Settings) -> BusinessDays:
    """The calendar by which appeals are decided. Raises `ConfigError` where there is none for its place."""
    told = settings.appeals
    calendar = BusinessDays(days=told.days, country=told.country, state=told.state, zone=told.zone)
    calendar.check()
    return calendar


def stepping_down(clauses: Sequence[Clause]) -> Mapping[str, str]:
    """Every rule, with why it never steps down into shadow by its budget; "" where it may."""
    decided = "it carries out what somebody decided"
    return {
        made.id: made.law or (decided if made.id in terms.DECIDED else "")
        for clause in clauses
        for made in clause.rules()
    }


def codes_from(settings: config.Settings) -> Operator | None:
    """By whom codes are sent; None: the operator named nobody. Raises `ConfigError`."""
    told = settings.recipients
    try:
        return operator_of(told.account, told.sender)
    except BadAddress as wrong:
        raise ConfigError(f"[recipients] sender: {wrong}") from wrong


def relay_of(settings: config.Settings) -> Relay | None:
    """The mail server that notices go out by; None: the operator named none. Raises `ConfigError`."""
    told = settings.mail
    if not told.relay:
        return None
    host, port = config.endpoint(told.relay, "[mail] relay")
    same = ("sender", "starttls", "authority", "user", "password", "timeout")
    return Relay(RelaySettings(host=host, port=port, **{name: getattr(told, name) for name in same}))


def reckoning(settings: config.Settings, clauses: Sequence[Clause]) -> Reckon:
    """Reckons with the rules' budgets, in the transaction in which a person's word is kept. Raises `ConfigError`."""
    rules, figures = stepping_down(clauses), budget_of(settings, clauses)
    return lambda connection, ledger, now: reckon(connection, ledger, rules, figures, now)


async def prepared(settings: config.Settings, *, serving: bool = True) -> Database:
    """The database, with the schema of this version; an empty one is set up."""
    if migrations.current(settings.database_url) is None:
        migrations.migrate(settings.database_url)
    database = Database(settings.database_url, exclusive=serving)
    await migrations.check(database)
    return database


async def loaded_keys(settings: config.Settings, database: Database) -> Keys:
    """The keys: out of the database, or of the file that the settings name."""
    return await stored_keys.load(database, Path(settings.keys) if settings.keys else None)


def join(
    settings: config.Settings,
    database: Database,
    keys: Keys,
    trunks: Sequence[Any],
    *,
    clock: Clock | None = None,
    dialler: Dialler | None = None,
) -> Parts:
    """Choose and join the parts. `trunks` are those that the settings don't name (the demo's loopback), `dialler` is
    who calls people. Without a `clock` of their own the parts go by the machine's."""
    clock = clock or SystemClock()
    process = _process(settings)
    ledger = Ledger(process)
    counters = open_counters(settings.counters)
    edition = edition_of(settings)
    in_force, own = clauses_of(settings)
    roots = Roots()
    gate = Gate(
        in_force,
        learning.learners(
            in_force,
            database=database,
            keys=keys,
            clock=clock,
            counters=counters,
            roots=roots,
            lists=settings.lists,
            named=("masstransit", settings.domain),
        ),
        clock,
        text_date=edition.dated,
        overrides=own,
        local=database.dialect == "sqlite" and isinstance(counters, MemoryCounters),
    )
    links = tuple(_link(each, clock) for each in settings.trunk if not isinstance(each, config.SipTrunkSettings))
    notices = Notices(database, clock, process)
    registrations = Registrations(database, clock, roots)
    exchange = Exchange(
        gate=gate,
        database=database,
        ledger=ledger,
        keys=keys,
        clock=clock,
        registrations=registrations,
        notices=notices,
    )
    delivery = Delivery(
        database=database,
        exchange=exchange,
        routing=Routing((*trunks, *links)),
        notices=notices,
        clock=clock,
        process=process,
        fresh_for=timedelta(seconds=settings.fresh_for),
    )
    exchange.connect(delivery)
    standing = Standing(database, ledger, clock)
    optouts = OptOuts(database=database, keys=keys, roots=roots, ledger=ledger, clock=clock)
    arrivals = CarrierArrivals(
        database=database,
        exchange=exchange,
        notices=notices,
        optouts=optouts,
        standing=standing,
        keys=keys,
        clock=clock,
    )
    for trunk in (*trunks, *links):
        trunk.connect(arrivals)
    complaints = Complaints(database=database, arrivals=arrivals, ledger=ledger, keys=keys, clock=clock)
    calls = Calls(exchange=exchange, registrations=registrations, standing=standing, database=database, keys=keys)
    recordings = Recordings(exchange=exchange, database=database, ledger=ledger, keys=keys, clock=clock)
    voice = None
    if dialler is not None:
        legs = Legs(offers=calls, dialler=dialler, notices=notices, database=database, clock=clock, process=process)
        voice = led_calls(settings, legs, recordings, database=database, keys=keys, clock=clock)
    hooks = settings.webhooks
    webhooks = Webhooks(
        database=database,
        keys=keys,
        clock=clock,
        process=process,
        calls=WebCalls(allow_private=hooks.allow_private, timeout=hooks.timeout),
        on_reply=Replies(exchange, database, clock, allow_private=hooks.allow_private),
        give_up_after=hooks.give_up_after,
    )
    notices.listen(webhooks.nudge)
    mail = Mail(
        database=database,
        ledger=ledger,
        clock=clock,
        process=process,
        relay=relay_of(settings),
        base_url=settings.base_url or f"http://{settings.http}",
        give_up_after=settings.mail.give_up_after,
    )
    notices.listen(mail.nudge)
    calls = Calls(exchange=exchange, registrations=registrations, standing=standing, database=database, keys=keys)
    vouching = caller_identity(settings, clock)
    operator, limits = codes_from(settings), Limits(sent_hour=settings.recipients.codes_an_hour)
    smpp, door = settings.smpp_server, Door(exchange=exchange, database=database, keys=keys)
    return Parts(
        settings=settings,
        database=database,
        counters=counters,
        keys=keys,
        clock=clock,
        gate=gate,
        ledger=ledger,
        edition=edition,
        exchange=exchange,
        calls=calls,
        voice=voice,
        arrivals=arrivals,
        delivery=delivery,
        notices=notices,
        webhooks=webhooks,
        mail=mail,
        complaints=complaints,
        recordings=recordings,
        archive=Archive(
            database=database,
            ledger=ledger,
            clock=clock,
            shelf=Shelf(settings.recordings),
            keep=timedelta(days=settings.recordings_days) if settings.recordings_days else None,
        ),
        possession=Possession(
            exchange=exchange,
            database=database,
            keys=keys,
            clock=clock,
            operator=operator,
            limits=limits,
        ),
        caller_ids=CallerIds(
            exchange=exchange,
            database=database,
            keys=keys,
            clock=clock,
            ledger=ledger,
            operator=operator,
            limits=limits,
        ),
        recipients=Recipients(
            database=database,
            keys=keys,
            clock=clock,
            ledger=ledger,
            roots=roots,
            optouts=optouts,
            complaints=complaints,
            arrivals=arrivals,
        ),
        budgets=Budgets(
            database, gate, ledger, clock, budget=budget_of(settings, in_force), rules=stepping_down(in_force)
        ),
        smpp=SmppServer(
            ServerSettings(
                window=smpp.window,
                sessions=smpp.sessions,
                connections=smpp.connections,
                bind_within=smpp.bind_within,
                timers=Timers(idle=smpp.idle),
            ),
            authenticator=door,
            exchange=door,
            clock=clock,
        ),
        sip=sip.served(
            _sip_settings(settings, keys, process),
            exchange=exchange,
            calls=calls,
            database=database,
            keys=keys,
            clock=clock,
            identity=vouching,
        ),
        identity=vouching,
        trunks=links,
    )


def _sip_settings(settings: config.Settings, keys: Keys, process: str) -> sip.Settings:
    """What the door for calls goes by."""
    told, folder = settings.sip_server, Path(settings.data).absolute()
    return sip.Settings(
        listen=config.endpoint(settings.sip, "sip") if settings.sip else None,
        shown=told.shown,
        realm=told.realm or settings.domain,
        domain=settings.domain,
        digests=told.digests,
        limits=sip.Limits(at_once=told.calls, a_second=told.rate),
        ring_for=told.ring_for,
        socket=folder / f"sip-{process}.sock",
        journal=folder / f"sip-{process}.journal",
        mark=keys.mark("sip-loop"),
        trunks=tuple(
            sip.Trunk(
                name=each.name,
                host=each.host,
                port=each.port,
                username=each.username,
                password=each.password,
                sources=config.sources_of(each),
                prefixes=each.prefixes,
                emergency=each.emergency,
            )
            for each in settings.trunk
            if isinstance(each, config.SipTrunkSettings)
        ),
    )


def caller_identity(settings: config.Settings, clock: Clock) -> Identity:
    """What signs and verifies who calls. Raises `ConfigError` for a file that can't be used."""
    return service.of_files(clock, **msgspec.structs.asdict(settings.identity))


def led_calls(
    settings: config.Settings, legs: Legs, recordings: Recordings, *, database: Database, keys: Keys, clock: Clock
) -> LiveCalls:
    """Calls that customers' documents lead."""
    hooks = settings.webhooks
    asked = asking.Asking(
        database=database,
        signers=Signers(database, keys, clock),
        clock=clock,
        calls=WebCalls(allow_private=hooks.allow_private, timeout=hooks.timeout),
        sounds=WebCalls(allow_private=hooks.allow_private, timeout=hooks.timeout, largest=asking.LARGEST_SOUND),
        allow_private=hooks.allow_private,
    )
    return LiveCalls(
        joining.Parts(
            legs=legs,
            asking=asked,
            rooms=Rooms(),
            clock=clock,
            recordings=recordings,
            base_url=settings.base_url.rstrip("/"),
            allow_private=hooks.allow_private,
        )
    )


def _process(settings: config.Settings) -> str:
    """The name of this process: the same after a restart, so that it finds its claims and goes on with its chain."""
    if settings.database_url.startswith("sqlite"):
        return "sole"  # a SQLite file is served by one process
    port = settings.http.rpartition(":")[2]
    return f"{socket.gethostname()[-24:]}-{port if port != '0' else secrets.token_hex(4)}"


def _link(each: config.TrunkSettings | config.RestTrunkSettings, clock: Clock) -> Link:
    """A carrier link of the settings, by its kind."""
    told = msgspec.structs.asdict(each) | {"price": Decimal(each.price) if each.price else None}
    if isinstance(each, config.RestTrunkSettings):
        return RestTrunk(rest.TrunkSettings(**told), clock, WebCalls(allow_private=True))  # where the operator says
    return SmppTrunk(TrunkSettings(**told), clock)


# --- serving ------------------------------------------------------------------------------------------------------


class _Http(uvicorn.Server):
    """Uvicorn, whose signals are ours, and which says when it listens."""

    def __init__(self, settings: uvicorn.Config) -> None:
        super().__init__(settings)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: config.Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    database = await prepared(settings)
    keys = await loaded_keys(settings, database)
    parts = join(settings, database, keys, ())
    await _register_edition(parts)
    await _run(parts, (), lambda http, smpp, sip: None)


async def run_demo(settings: config.Settings) -> None:
    """Serve the demo until SIGTERM or SIGINT."""
    settings = msgspec.structs.replace(
        settings,
        webhooks=msgspec.structs.replace(settings.webhooks, allow_private=True),  # its customer's are on this machine
        desk=msgspec.structs.replace(settings.desk, second_factor=False),
    )
    database = await prepared(settings)
    keys = await loaded_keys(settings, database)
    phones = Phones(demo.PHONES)
    loopback = LoopbackTrunk(phones, SystemClock(), beside_others=bool(settings.trunk))
    accepted, now = edition_of(settings), SystemClock().now()
    edition = demo.Edition(accepted.digest, accepted.dated)
    operator = await database.write(lambda connection: demo.seed_operator(connection, keys, edition, now))
    if not settings.recipients.account:
        by = config.RecipientSettings(account=operator, sender=demo.OPERATOR_NUMBER)
        settings = msgspec.structs.replace(settings, recipients=by)
    handsets = Handsets(phones, SystemClock())
    parts = join(settings, database, keys, (loopback,), dialler=handsets)
    if parts.voice is not None:
        handsets.connect(Arriving(parts.voice, database, parts.clock))
    await _register_edition(parts)
    folder = _folder(settings)
    earlier, realm = demo.earlier(folder), settings.sip_server.realm or settings.domain
    customer = await database.write(lambda connection: demo.seed(connection, keys, edition, now, earlier, realm))
    account = customer.account_sid
    people = await database.write(lambda connection: demo.seed_people(connection, keys, account, now, earlier))
    kit: list[phones_page.Kit] = []

    def publish(http: str, smpp: tuple[str, int], sip: str) -> None:
        demo.publish(folder, customer, people, http=http, smpp=smpp, sip=sip, realm=realm)
        kit.append(
            phones_page.Kit(
                base_url=http,
                account_sid=customer.account_sid,
                auth_token=customer.auth_token,
                numbers=demo.NUMBERS,
            )
        )

    stopping: list[bool] = []
    pages = phones_page.routes(
        phones,
        loopback,
        handsets=handsets,
        kit=lambda: kit[0] if kit else None,
        complain=parts.complaints.from_phone,
        recent=lambda: _recent(parts),
        stopping=lambda: bool(stopping),
    )
    await _run(parts, pages, publish, on_stop=lambda: stopping.append(True))


@contextlib.asynccontextmanager
async def at_work(settings: config.Settings, trunks: Sequence[Any], clock: Clock) -> AsyncIterator[Parts]:
    """The whole house at work with its doors shut, on a clock of its own: for drills."""
    database = await prepared(settings)
    try:
        parts = join(settings, database, await loaded_keys(settings, database), trunks, clock=clock)
        await _register_edition(parts)
        async with _background(parts):
            yield parts
            await parts.exchange.drained()
            await parts.calls.drained()
        await parts.counters.close()
    finally:
        await database.close()


def reclaiming(clauses: Sequence[Clause]) -> NumberReclamation:
    """The clause by which numbers are reclaimed."""
    return next(clause for clause in clauses if isinstance(clause, NumberReclamation))


async def daily_job(parts: Parts) -> None:
    """What is done once a day, looked for every hour: what was done stays done, whoever did it."""
    job = Daily(parts.database, parts.ledger, reclaiming(parts.gate.policy), parts.clock)
    while True:
        await parts.clock.sleep(_DAILY_EVERY)
        try:
            done = await job.run()
        except StorageUnavailable as lost:
            log.warning("the daily job waits: %s", lost)
            continue
        for line in done.lines():
            log.info("daily: %s", line)


async def hear_complaints(parts: Parts) -> None:
    """What was put on record by a process that was killed before the gate heard it, at the start and once a minute."""
    while True:
        try:
            heard = await parts.complaints.hear_again(waiting=_UNHEARD_FOR)
        except StorageUnavailable as lost:
            log.warning("complaints that were not heard wait: %s", lost)
        else:
            if heard:
                log.info("complaints that were not heard before: %d", heard)
        await parts.clock.sleep(_COMPLAINTS_EVERY)


def _health(parts: Parts) -> Callable[[Request], Awaitable[Response]]:
    """GET /healthz: 200 while messages can be accepted, 503 while the database can't be used. What is amiss with calls
    is said beside: the switch is started again by itself, and messages go on."""

    async def health(_: Request) -> Response:
        try:
            async with asyncio.timeout(_HEALTH_WITHIN):
                await parts.database.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar())
        except (StorageUnavailable, TimeoutError):
            return PlainTextResponse("the database can't be used\n", status_code=503)
        return PlainTextResponse("".join(f"{line}\n" for line in ("ok", *parts.sip.amiss())))

    return health


def _folder(settings: config.Settings) -> Path:
    folder = Path(settings.data)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


async def _register_edition(parts: Parts) -> None:
    edition, now = parts.edition, parts.clock.now()
    await parts.database.write(
        lambda connection: agreements.publish_edition(
            connection, digest=edition.digest, dated=edition.dated, source=edition.source, current_from=now
        )
    )
    await parts.database.write(lambda connection: revising.note(connection, parts.ledger, parts.gate, now))


async def _mend_recordings(parts: Parts) -> None:
    """What a killed process was recording ends where it came to."""
    tapes = await asyncio.to_thread(recover, parts.settings.recordings)
    if tapes:
        mended = await parts.recordings.mend(tapes)
        log.warning("%d recordings were cut off and are mended, %d of them on record", len(tapes), len(mended))


async def _run(
    parts: Parts,
    pages: Sequence[BaseRoute],
    ready: Callable[[str, tuple[str, int], str], None],
    *,
    on_stop: Callable[[], None] = lambda: None,
) -> None:
    """Open the doors, say so, serve, and close in order: doors first, then what is under way, then the database."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    listener = _listen(parts.settings.http)
    http = f"http://{config.endpoint(parts.settings.http, 'http')[0]}:{listener.getsockname()[1]}"
    upstreams = [trunk for trunk in parts.trunks if isinstance(trunk, RestTrunk)]
    for trunk in upstreams:
        trunk.base_url = parts.settings.base_url or http
    parts.mail.base_url = parts.settings.base_url or http
    house = console_house(parts, stop.is_set)
    desk = PagesDoor(house).routes(PAGES)
    also = (
        *pages,
        *desk,
        *_recipient_pages(parts),
        *upstream.routes(upstreams),
        Route("/healthz", _health(parts)),
    )
    app = api.build(_api_house(parts), also=also)
    server = _Http(
        uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=int(_GRACE),
            timeout_keep_alive=75, backlog=2048, http=api.Connection,
        )
    )  # fmt: skip
    await _mend_recordings(parts)
    async with _background(parts):
        smpp = await _open_smpp(parts)
        called = await parts.sip.open()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await server.listening.wait()
        gc.collect()
        collect_seldom()
        ready(parts.settings.base_url or http, smpp, called)
        print(  # noqa: T201
            f"ready http={http.removeprefix('http://')} smpp={smpp[0]}:{smpp[1]} sip={called or '-'} smtp=-", flush=True
        )
        await asyncio.wait([serving, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
        on_stop()
        server.should_exit = True
        await parts.sip.close()
        await parts.smpp.close()
        await asyncio.wait([serving], timeout=_GRACE)
        await house.errands.close()
        house.proving.stop()
        await house.proving.finished()
        await parts.possession.drained()
        if parts.voice is not None:
            await parts.voice.close()
        await parts.exchange.drained()
        await parts.calls.drained()
    await parts.counters.close()
    await parts.database.close()


@contextlib.asynccontextmanager
async def _background(parts: Parts) -> AsyncIterator[None]:
    """What works beside the doors; cancelled at the end, and its failure ends everything."""
    database, clock, keys, ledger = parts.database, parts.clock, parts.keys, parts.ledger
    programs = next(clause for clause in parts.gate.policy if isinstance(clause, MaliciousPrograms))

    def sign(connection: Any) -> None:
        checkpoint(connection, keys, clock.now())

    def drop_bodies(connection: Any) -> int:
        return redaction.drop_ended_bodies(connection, ledger, clock.now())

    def look(connection: Connection) -> int:
        return look_again(connection, clock.now(), timedelta(hours=programs.look_again_hours))

    def remind(connection: Connection) -> int:
        return appeals.remind(connection, clock.now())

    async def sweep() -> None:
        while True:
            await clock.sleep(_RETENTION_EVERY)
            try:
                sounds = await parts.archive.sweep()
                swept = await retention.sweep_all(database, ledger, clock.now())
            except StorageUnavailable as lost:
                log.warning("retention waits: %s", lost)
                continue
            log.info("retention: %s; sounds of recordings: %d", dict(swept), sounds)

    rights = next(clause for clause in parts.gate.policy if isinstance(clause, IntellectualProperty))
    watch = Watch(ledger, clock, calendar=business_days(parts.settings), strikes=rights.strikes)
    await parts.budgets.refresh()  # before anything is decided
    work = [
        parts.budgets.follow(),
        parts.delivery.run(),
        parts.notices.run(parts.smpp),
        parts.webhooks.run(),
        parts.mail.run(),
        housekeeping.every(_CHECKPOINT_EVERY, database, "checkpoint", sign, clock),
        parts.exchange.tally.run(database, clock),
        housekeeping.every(_BODIES_EVERY, database, "bodies dropped", drop_bodies, clock),
        housekeeping.every(_LINKS_EVERY, database, "messages that lead to what is blocked by now", look, clock),
        housekeeping.every(_CASES_EVERY, database, "cases that ended by time", watch.look, clock),
        housekeeping.every(_APPEALS_EVERY, database, "appeals that are overdue by now", remind, clock),
        daily_job(parts),
        hear_complaints(parts),
        housekeeping.every(_BUDGET_EVERY, database, "budgets overdrawn", parts.budgets.reckon, clock),
        sweep(),
        *([parts.voice.run()] if parts.voice is not None else []),
    ]
    tasks = [asyncio.create_task(each) for each in work]
    links = [asyncio.create_task(trunk.run()) for trunk in parts.trunks]
    main = asyncio.current_task()

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None and main is not None:
            log.error("a part of the house broke", exc_info=task.exception())
            main.cancel()

    for task in (*tasks, *links):
        task.add_done_callback(ended)
    try:
        yield
    finally:
        await _cancelled(tasks)
        try:
            await parts.delivery.stop()  # while the links still stand: what the carriers have is answered
        except StorageUnavailable as lost:
            log.warning("what was claimed is left to be taken over: %s", lost)
        finally:
            await _cancelled(links)


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _open_smpp(parts: Parts) -> tuple[str, int]:
    host, port = config.endpoint(parts.settings.smpp, "smpp")
    bound = await _opened_door(parts, "smpp", host, port, None)
    context = smpp_tls(parts.settings)
    if context is not None:
        outside = config.endpoint(parts.settings.smpp_server.tls_listen, "smpp_server.tls_listen")
        await _opened_door(parts, "smpp_server.tls_listen", *outside, context)
    return host, bound


async def _opened_door(parts: Parts, name: str, host: str, port: int, tls: ssl.SSLContext | None) -> int:
    try:
        return await parts.smpp.listen(host, port, tls=tls)
    except OSError as taken:
        raise ConfigError(f"{name} = '{host}:{port}' can't be opened: {taken.strerror or taken}") from taken


def smpp_tls(settings: config.Settings) -> ssl.SSLContext | None:
    """The certificate that the TLS listener shows; None where there is no such listener. Raises `ConfigError`."""
    door = settings.smpp_server
    if not door.tls_listen:
        return None
    config.endpoint(door.tls_listen, "smpp_server.tls_listen")
    if not door.tls_certificate:
        raise ConfigError("[smpp_server] tls_listen is set without tls_certificate: name the PEM file")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(door.tls_certificate, door.tls_key or None)
    except (OSError, ssl.SSLError) as unusable:
        files = f"tls_certificate = '{door.tls_certificate}'" + (
            f", tls_key = '{door.tls_key}'" if door.tls_key else ""
        )
        raise ConfigError(f"[smpp_server] {files} can't be used: {unusable.strerror or unusable}") from unusable
    return context


def _listen(where: str) -> socket.socket:
    host, port = config.endpoint(where, "http")
    try:
        listener = socket.create_server((host, port), backlog=2048)
    except OSError as taken:
        raise ConfigError(f"http = '{where}' can't be opened: {taken.strerror or taken}") from taken
    listener.settimeout(0)
    return listener


def _api_house(parts: Parts) -> api.House:
    settings = parts.settings
    return api.House(
        database=parts.database,
        keys=parts.keys,
        clock=parts.clock,
        exchange=parts.exchange,
        recordings=parts.recordings,
        archive=parts.archive,
        voice=parts.voice,
        feedback=Feedback(parts.database, parts.arrivals.outcome),
        caller_ids=parts.caller_ids,
        ledger=parts.ledger,
        edition=parts.edition,
        business_days=business_days(settings),
        in_force=parts.gate,
        settings=api.Settings(
            domain=settings.domain,
            base_url=settings.base_url,
            allow_private=settings.webhooks.allow_private,
            mail=bool(settings.mail.relay),
        ),
    )


def console_house(parts: Parts, stopping: Callable[[], bool]) -> console.House:
    """What the pages need."""
    settings, desk = parts.settings, parts.settings.desk
    return console.House(
        database=parts.database,
        keys=parts.keys,
        clock=parts.clock,
        ledger=parts.ledger,
        exchange=parts.exchange,
        in_force=parts.gate,
        caller_ids=parts.caller_ids,
        reviewer=Reviewer(notices=parts.notices, second_share=desk.second_looks),
        edition=parts.edition,
        business_days=business_days(settings),
        budget=budget_of(settings, parts.gate.policy),
        stays=stepping_down(parts.gate.policy),
        reckon=reckoning(settings, parts.gate.policy),
        errands=Errands(parts.database, parts.clock, _handed_on(settings, parts.database), _without_settings()),
        consider=lambda changes: _considered(settings, changes),
        settings=console.Settings(
            base_url=settings.base_url,
            second_factor=desk.second_factor,
            capacity=desk.capacity,
            exposures=desk.exposures,
            mail=bool(settings.mail.relay),
        ),
        released=parts.delivery.nudge,
        stopping=stopping,
    )


def _handed_on(settings: config.Settings, database: Database) -> str:
    """The settings for a command of ours beside this process, as TOML: the policy and the record, and no secrets of
    carriers or of the mail relay."""
    url = database.url.set(drivername=database.dialect).render_as_string(hide_password=False)
    bare = msgspec.structs.replace(settings, database=url, trunk=(), mail=config.MailSettings(), http="127.0.0.1:0")
    return config.written(bare)


def _without_settings() -> dict[str, str]:
    """The environment without what sets anything: a command is told its settings."""
    return {name: value for name, value in os.environ.items() if name not in config.ENVIRONMENT}


def _considered(settings: config.Settings, changes: Sequence[Change]) -> None:
    """Raise `ConfigError` for figures that can't be tried."""
    editions(settings, changes)


def _recipient_pages(parts: Parts) -> Sequence[BaseRoute]:
    """The page on which people see who writes to them."""
    return recipient_page.routes(parts.possession, parts.recipients, keys=parts.keys, base_url=parts.settings.base_url)


async def _recent(parts: Parts) -> list[dict[str, Any]]:
    """The last decisions, for the demo's page."""
    return await parts.database.read(decisions.recent)
