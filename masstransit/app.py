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

from masstransit import chatting, config, faxing, filing, learning, mail_in, mailing, rooms, telephony, terms
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
from masstransit.carriage.identity.service import Identity
from masstransit.carriage.mail import Mail
from masstransit.carriage.mailing.unsubscribing import Unsubscribes
from masstransit.carriage.media.intake import Media
from masstransit.carriage.media.mms import Mms
from masstransit.carriage.notices import Notices
from masstransit.carriage.optouts import OptOuts
from masstransit.carriage.possession import Possession
from masstransit.carriage.recipients import Recipients
from masstransit.carriage.recording import Recordings
from masstransit.carriage.registration import Registrations
from masstransit.carriage.relay import Relay, RelaySettings
from masstransit.carriage.replies import Replies
from masstransit.carriage.routing import Routing
from masstransit.carriage.standing import Standing
from masstransit.carriage.voice.choosing import Local
from masstransit.carriage.voice.live import LiveCalls
from masstransit.carriage.voice.scheduling import Scheduling
from masstransit.carriage.voicemail.deposits import Deposits
from masstransit.carriage.voicemail.keeping import Mailboxes
from masstransit.carriage.webcalls import WebCalls
from masstransit.carriage.webhooks import Webhooks
from masstransit.channels.loopback import LoopbackTrunk
from masstransit.channels.mm7.trunk import Mm7Trunk
from masstransit.channels.rest import trunk as rest
from masstransit.channels.rest.trunk import RestTrunk
from masstransit.channels.sip import service as sip
from masstransit.channels.smpp.door import Door
from masstransit.channels.smpp.server import ServerSettings, SmppServer
from masstransit.channels.smpp.session import Timers
from masstransit.channels.smpp.trunk import SmppTrunk, TrunkSettings
from masstransit.channels.smtp.drop import MailDrop
from masstransit.channels.smtp.exchanger import Exchanger
from masstransit.channels.smtp.trunk import SmtpTrunk
from masstransit.clause import Clause
from masstransit.clock import Clock, SystemClock
from masstransit.counters import Counters, open_counters
from masstransit.edition import clauses_of, edition_of
from masstransit.errors import BadAddress, ConfigError
from masstransit.facts.consent import Roots
from masstransit.faxing import Faxing
from masstransit.gate import Gate
from masstransit.ground import Ground
from masstransit.ledger import Ledger
from masstransit.malware.scanner import FileScanner
from masstransit.model.edition import Edition
from masstransit.storage import keys as stored_keys
from masstransit.storage import migrations
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

Link: TypeAlias = SmppTrunk | RestTrunk | SmtpTrunk | MailDrop | Mm7Trunk


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
    chat: chatting.Chatting
    calls: Calls
    voice: LiveCalls | None  #: calls led by customers' documents; None: nothing here dials
    scheduling: Scheduling | None  #: those that are to be made later
    arrivals: CarrierArrivals
    delivery: Delivery
    media: Media
    mms: Mms
    scanner: FileScanner
    notices: Notices
    webhooks: Webhooks
    mail: Mail
    complaints: Complaints
    video: rooms.Video | None  #: None: no video is served
    recordings: Recordings
    archive: Archive
    mail_out: mailing.WayOut
    unsubscribes: Unsubscribes
    exchanger: Exchanger | None  #: the door for other servers' mail; None: none is taken
    mailboxes: Mailboxes
    deposits: Deposits
    possession: Possession
    caller_ids: CallerIds
    faxing: Faxing
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
    maildrop: str = "",
) -> Parts:
    """Choose and join the parts. `trunks` are those that the settings don't name (the demo's loopback), `dialler` is
    who calls people whom no trunk need carry a call to (its phones), `maildrop` the folder into which mail goes that no
    server takes ("": none). Without a `clock` of their own the parts go by the machine's."""
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
        local=database.dialect == "sqlite" and counters.at_once,
    )
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
    standing = Standing(database, ledger, clock)
    ground = Ground(
        settings=settings,
        process=process,
        database=database,
        ledger=ledger,
        keys=keys,
        clock=clock,
        roots=roots,
        exchange=exchange,
        notices=notices,
        registrations=registrations,
        standing=standing,
    )
    scanner = filing.scanner_of(settings)
    media = filing.media_of(settings, database, clock, scanner, in_force)
    fax, chat, mail_out = (
        faxing.terminals(settings, clock),
        chatting.join(ground),
        mailing.join(ground, media, maildrop),
    )
    links = (*_links(settings, clock), *filing.centres(settings, media, clock), *mail_out.trunks)
    routing = Routing((*trunks, *links, fax.trunk, chat.trunk))
    mms = filing.mms_of(settings, media, routing, keys, clock)
    delivery = Delivery(
        database=database,
        exchange=exchange,
        routing=routing,
        notices=notices,
        clock=clock,
        process=process,
        fresh_for=timedelta(seconds=settings.fresh_for),
    )
    exchange.connect(delivery)
    optouts = OptOuts(database=database, keys=keys, roots=roots, ledger=ledger, clock=clock)
    arrivals = CarrierArrivals(
        database=database,
        exchange=exchange,
        notices=notices,
        optouts=optouts,
        standing=standing,
        keys=keys,
        clock=clock,
        mms=mms,
    )
    for trunk in (*trunks, *links, fax.trunk):
        trunk.connect(arrivals)
        if isinstance(trunk, LoopbackTrunk | RestTrunk):
            trunk.shared = mms.shared
    chat.texting.connect(mms)
    arrivals.connect(chat.texting)
    mail_out.returned.connect(arrivals)
    complaints = Complaints(database=database, arrivals=arrivals, ledger=ledger, keys=keys, clock=clock)
    chat.moderating.connect(complaints)
    unsubscribes = mailing.unsubscribes(ground, optouts, arrivals)
    faxed = faxing.join(ground, fax, media)
    spoken = telephony.join(ground, dialler, faxed.reception)
    if spoken.dialler is not None:
        fax.trunk.use(spoken.dialler, faxed.faxes)
    hooks = settings.webhooks
    webhooks = Webhooks(
        database=database,
        keys=keys,
        clock=clock,
        process=process,
        calls=WebCalls(allow_private=hooks.allow_private, timeout=hooks.timeout),
        on_reply=Replies(exchange, database, clock, allow_private=hooks.allow_private, mms=mms),
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
        chat=chat,
        calls=spoken.calls,
        voice=spoken.voice,
        scheduling=spoken.scheduling,
        arrivals=arrivals,
        delivery=delivery,
        media=media,
        mms=mms,
        mail_out=mail_out,
        unsubscribes=unsubscribes,
        exchanger=mail_in.join(
            ground,
            mail_in.Hearers(
                arrivals=arrivals, complaints=complaints, returned=mail_out.returned, unsubscribes=unsubscribes
            ),
        ),
        scanner=scanner,
        notices=notices,
        webhooks=webhooks,
        mail=mail,
        complaints=complaints,
        video=rooms.join(ground, spoken.recordings),
        recordings=spoken.recordings,
        archive=spoken.archive,
        mailboxes=spoken.mailboxes,
        deposits=spoken.deposits,
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
            calls=CodeCalls(spoken.voice) if spoken.voice is not None else None,
        ),
        faxing=faxed,
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
        sip=spoken.sip,
        identity=spoken.identity,
        trunks=links,
    )


def _process(settings: config.Settings) -> str:
    """The name of this process: the same after a restart, so that it finds its claims and goes on with its chain."""
    if settings.database_url.startswith("sqlite"):
        return "sole"  # a SQLite file is served by one process
    port = settings.http.rpartition(":")[2]
    return f"{socket.gethostname()[-24:]}-{port if port != '0' else secrets.token_hex(4)}"


def _links(settings: config.Settings, clock: Clock) -> list[Link]:
    """The carrier links of the settings by which texts go."""
    kinds = (config.TrunkSettings, config.RestTrunkSettings)
    return [_link(each, clock) for each in settings.trunk if isinstance(each, kinds)]


def _link(each: config.TrunkSettings | config.RestTrunkSettings, clock: Clock) -> Link:
    """A carrier link, by its kind."""
    told = msgspec.structs.asdict(each) | {"price": Decimal(each.price) if each.price else None}
    if isinstance(each, config.RestTrunkSettings):
        return RestTrunk(
            rest.TrunkSettings(**told),
            clock,
            WebCalls(allow_private=True, largest=rest.LARGEST_FILE),  # where the operator says
            WebCalls(largest=rest.LARGEST_FILE),
        )
    return SmppTrunk(TrunkSettings(**told), clock)
