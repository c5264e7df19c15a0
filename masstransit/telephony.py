"""Chooses and joins what calls are made of: who calls, their sound, the door for SIP, what leads them, mailboxes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec

from masstransit import config
from masstransit.carriage.archive import Archive
from masstransit.carriage.calls import Calls
from masstransit.carriage.fax.receiving import Terminal
from masstransit.carriage.identity import service
from masstransit.carriage.identity.service import Identity
from masstransit.carriage.recording import Recordings
from masstransit.carriage.signers import Signers
from masstransit.carriage.voice import asking, joining
from masstransit.carriage.voice.arriving import Arriving
from masstransit.carriage.voice.choosing import Chosen, Local
from masstransit.carriage.voice.conferences import Conferences
from masstransit.carriage.voice.legs import Legs
from masstransit.carriage.voice.line import Dialler
from masstransit.carriage.voice.live import LiveCalls
from masstransit.carriage.voice.rooms import Rooms
from masstransit.carriage.voice.scheduling import Scheduling
from masstransit.carriage.voice.speech import Speech
from masstransit.carriage.voicemail.answering import Answering
from masstransit.carriage.voicemail.deposits import Deposits
from masstransit.carriage.voicemail.keeping import Mailboxes
from masstransit.carriage.voicemail.mailbox import Lock
from masstransit.carriage.webcalls import WebCalls
from masstransit.channels.media.headset import Headsets
from masstransit.channels.media.phrases import MailboxPhrases
from masstransit.channels.media.prompts import of_the_house
from masstransit.channels.media.shelf import Shelf
from masstransit.channels.sip import service as sip
from masstransit.clock import Clock
from masstransit.ground import Ground
from masstransit.ledger import Ledger
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys


class Telephony(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that carries calls, joined."""

    calls: Calls
    voice: LiveCalls | None  #: calls that the house leads; None: nothing here dials
    scheduling: Scheduling | None  #: those that are to be made later
    recordings: Recordings
    archive: Archive
    mailboxes: Mailboxes
    deposits: Deposits
    sip: sip.Service
    identity: Identity
    dialler: Dialler | None  #: who calls people; None: nobody


def join(ground: Ground, local: Local | None, terminal: Terminal | None = None) -> Telephony:
    """Choose and join them. `local` is who calls people whom no trunk need carry a call to (the demo's phones),
    `terminal` takes the faxes that calls bring."""
    settings, database, keys, clock = ground.settings, ground.database, ground.keys, ground.clock
    exchange, ledger, process = ground.exchange, ground.ledger, ground.process
    calls = Calls(
        exchange=exchange,
        registrations=ground.registrations,
        standing=ground.standing,
        database=database,
        keys=keys,
    )
    recordings = Recordings(exchange=exchange, database=database, ledger=ledger, keys=keys, clock=clock)
    archive, lock = archive_of(settings, database, ledger, clock), Lock(database, keys, clock)
    identity, sound = caller_identity(settings, clock), headsets(settings)
    served = sip.served(
        _sip_settings(settings, keys, process),
        exchange=exchange,
        calls=calls,
        database=database,
        keys=keys,
        clock=clock,
        identity=identity,
        speak=Speech().pcm,
        recordings=recordings,
        sounds=sound.open,
        between=sound.pair,
    )
    deposits = Deposits(
        database=database,
        exchange=exchange,
        archive=archive,
        notices=ground.notices,
        ledger=ledger,
        keys=keys,
        clock=clock,
    )
    served.handing.connect(_legs(ground, calls, served.handing))
    voice, scheduling, dialler = None, None, dialler_of(settings, local, served.lines)
    if dialler is not None:
        legs = _legs(ground, calls, dialler)
        voice = led_calls(ground, legs, recordings, deposits, lock, terminal)
        scheduling = Scheduling(offers=calls, voice=voice, legs=legs, database=database, clock=clock, process=process)
        served.lines.connect(Arriving(voice, database, clock, terminal))
    mailboxes = Mailboxes(
        database=database,
        exchange=exchange,
        ledger=ledger,
        lock=lock,
        clock=clock,
        allow_private=settings.webhooks.allow_private,
    )
    return Telephony(
        calls=calls,
        voice=voice,
        scheduling=scheduling,
        recordings=recordings,
        archive=archive,
        mailboxes=mailboxes,
        deposits=deposits,
        sip=served,
        identity=identity,
        dialler=dialler,
    )


def led_calls(  # noqa: PLR0917 - what a call can meet
    ground: Ground, legs: Legs, recordings: Recordings, deposits: Deposits, lock: Lock, terminal: Terminal | None
) -> LiveCalls:
    """Calls that customers' documents and mailboxes lead."""
    settings, database, clock = ground.settings, ground.database, ground.clock
    hooks = settings.webhooks
    conferences = Conferences(
        recordings=recordings,
        notices=ground.notices,
        database=database,
        clock=clock,
        process=ground.process,
    )
    asked = asking.Asking(
        database=database,
        signers=Signers(database, ground.keys, clock),
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
        terminal=terminal,
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


def _legs(ground: Ground, calls: Calls, dialler: Dialler) -> Legs:
    return Legs(
        offers=calls,
        dialler=dialler,
        notices=ground.notices,
        database=ground.database,
        clock=ground.clock,
        process=ground.process,
    )


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
