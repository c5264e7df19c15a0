"""The only place where parts are chosen and joined."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from masstransit import config, learning, terms
from masstransit.carriage.archive import Archive
from masstransit.carriage.arrivals import CarrierArrivals
from masstransit.carriage.budget import Budget, Budgets, Reckon, reckon
from masstransit.carriage.business_days import BusinessDays
from masstransit.carriage.caller_ids import CallerIds
from masstransit.carriage.calls import Calls
from masstransit.carriage.code_calls import CodeCalls
from masstransit.carriage.codes import Limits, Operator, operator_of
from masstransit.carriage.complaints import Complaints
from masstransit.carriage.delivery import Delivery
from masstransit.carriage.exchange import Exchange
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
from masstransit.carriage.routing import Routing
from masstransit.carriage.signers import Signers
from masstransit.carriage.standing import Standing
from masstransit.carriage.voice import asking, joining
from masstransit.carriage.voice.arriving import Arriving
from masstransit.carriage.voice.choosing import Chosen, Local
from masstransit.carriage.voice.conferences import Conferences
from masstransit.carriage.voice.legs import Legs
from masstransit.carriage.voice.line import Dialler
from masstransit.carriage.voice.live import LiveCalls
from masstransit.carriage.voice.rooms import Rooms
from masstransit.carriage.voice.speech import Speech
from masstransit.carriage.voicemail.answering import Answering
from masstransit.carriage.voicemail.deposits import Deposits
from masstransit.carriage.voicemail.keeping import Mailboxes
from masstransit.carriage.voicemail.mailbox import Lock
from masstransit.carriage.webcalls import WebCalls
from masstransit.carriage.webhooks import Webhooks
from masstransit.channels.media.headset import Headsets
from masstransit.channels.media.phrases import MailboxPhrases
from masstransit.channels.media.prompts import of_the_house
from masstransit.channels.media.shelf import Shelf
from masstransit.channels.rest import trunk as rest
from masstransit.channels.rest.trunk import RestTrunk
from masstransit.channels.sip import service as sip
from masstransit.channels.smpp.door import Door
from masstransit.channels.smpp.server import ServerSettings, SmppServer
from masstransit.channels.smpp.session import Timers
from masstransit.channels.smpp.trunk import SmppTrunk, TrunkSettings
from masstransit.clause import Clause
from masstransit.clock import Clock, SystemClock
from masstransit.counters import Counters, MemoryCounters, open_counters
from masstransit.edition import clauses_of, edition_of
from masstransit.errors import BadAddress, ConfigError
from masstransit.facts.consent import Roots
from masstransit.gate import Gate
from masstransit.ledger import Ledger
from masstransit.model.edition import Edition
from masstransit.storage import keys as stored_keys
from masstransit.storage import migrations
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

Link: TypeAlias = SmppTrunk | RestTrunk


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
    mailboxes: Mailboxes
    deposits: Deposits
    possession: Possession
    caller_ids: CallerIds
    recipients: Recipients
    budgets: Budgets
    smpp: SmppServer
    sip: sip.Service
    identity: Identity
    trunks: tuple[Link, ...]


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
    dialler: Local | None = None,
) -> Parts:
    """Choose and join the parts. `trunks` are those that the settings don't name (the demo's loopback), `dialler` is
    who calls people whom no trunk need carry a call to (its phones). Without a `clock` of their own the parts go by the
    machine's."""
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
    vouching = caller_identity(settings, clock)
    sound = headsets(settings)
    served = sip.served(
        _sip_settings(settings, keys, process),
        exchange=exchange,
        calls=calls,
        database=database,
        keys=keys,
        clock=clock,
        identity=vouching,
        speak=Speech().pcm,
        recordings=recordings,
        sounds=sound.open,
        between=sound.pair,
    )
    archive = archive_of(settings, database, ledger, clock)
    lock = Lock(database, keys, clock)
    deposits = Deposits(
        database=database,
        exchange=exchange,
        archive=archive,
        notices=notices,
        ledger=ledger,
        keys=keys,
        clock=clock,
    )
    voice, dials = None, dialler_of(settings, dialler, served.lines)

    def legs_by(dialler: Dialler) -> Legs:
        return Legs(offers=calls, dialler=dialler, notices=notices, database=database, clock=clock, process=process)

    served.handing.connect(legs_by(served.lines))
    if dials is not None:
        voice = led_calls(
            settings,
            legs_by(dials),
            Conferences(recordings=recordings, notices=notices, database=database, clock=clock, process=process),
            recordings,
            deposits=deposits,
            lock=lock,
            database=database,
            keys=keys,
            clock=clock,
        )
        served.lines.connect(Arriving(voice, database, clock))
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
        archive=archive,
        mailboxes=Mailboxes(
            database=database,
            exchange=exchange,
            ledger=ledger,
            lock=lock,
            clock=clock,
            allow_private=hooks.allow_private,
        ),
        deposits=deposits,
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
            calls=CodeCalls(voice) if voice is not None else None,
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
        sip=served,
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
        relay=told.relay,
        socket=folder / f"sip-{process}.sock",
        journal=folder / f"sip-{process}.journal",
        mark=keys.mark("sip-loop"),
        redirect=config.endpoint(told.redirect, "[sip_server] redirect") if told.redirect else None,
        kamailio=told.kamailio,
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


def headsets(settings: config.Settings) -> Headsets:
    """The sound of calls, at the address of the door for calls."""
    told = settings.sip_server
    host = config.endpoint(settings.sip, "sip")[0] if settings.sip else "127.0.0.1"
    ports = range(told.sound[0], told.sound[1] + 1)
    also = config.networks(told.media)
    return Headsets(of_the_house(), Path(settings.recordings), host, shown=told.shown, ports=ports, also=also)


def dialler_of(settings: config.Settings, local: Local | None, lines: Dialler) -> Dialler | None:
    """Who calls people: `local` those whom it knows, the trunks for calls everybody else. None: nobody."""
    if not settings.sip or not any(isinstance(each, config.SipTrunkSettings) for each in settings.trunk):
        return local
    return Chosen(local, lines) if local is not None else lines


def archive_of(settings: config.Settings, database: Database, ledger: Ledger, clock: Clock) -> Archive:
    """The sound of recordings, and how long it is kept."""
    days = settings.recordings_days
    keep = timedelta(days=days) if days else None
    return Archive(database=database, ledger=ledger, clock=clock, shelf=Shelf(settings.recordings), keep=keep)


def led_calls(
    settings: config.Settings,
    legs: Legs,
    conferences: Conferences,
    recordings: Recordings,
    *,
    deposits: Deposits,
    lock: Lock,
    database: Database,
    keys: Keys,
    clock: Clock,
) -> LiveCalls:
    """Calls that customers' documents and mailboxes lead."""
    hooks = settings.webhooks
    asked = asking.Asking(
        database=database,
        signers=Signers(database, keys, clock),
        clock=clock,
        calls=WebCalls(allow_private=hooks.allow_private, timeout=hooks.timeout),
        sounds=WebCalls(allow_private=hooks.allow_private, timeout=hooks.timeout, largest=asking.LARGEST_SOUND),
        allow_private=hooks.allow_private,
    )
    parts = joining.Parts(
        legs=legs,
        asking=asked,
        rooms=Rooms(),
        conferences=conferences,
        clock=clock,
        recordings=recordings,
        base_url=settings.base_url.rstrip("/"),
        allow_private=hooks.allow_private,
    )
    boxes = Answering(
        database=database,
        legs=legs,
        asking=asked,
        deposits=deposits,
        lock=lock,
        phrases=MailboxPhrases(),
        clock=clock,
    )
    return LiveCalls(parts, boxes)


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
