"""Chooses and joins what faxes are made of: who keeps them, the trunk that sends them, what takes those of others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import msgspec

from masstransit import config
from masstransit.carriage.fax.faxes import Faxes, Files
from masstransit.carriage.fax.pages import MOST_BYTES
from masstransit.carriage.webcalls import WebCalls
from masstransit.channels.fax.reception import Reception
from masstransit.channels.fax.transmission import Settings
from masstransit.channels.fax.trunk import FaxTrunk, TrunkSettings
from masstransit.clock import Clock
from masstransit.drawing.studio import Studio
from masstransit.facts.consent import Roots
from masstransit.facts.papers import AssociateAgreements
from masstransit.ground import Ground

_THREADS = 4  # that terminals work in: a frame takes 30 microseconds, a page's end 30 milliseconds


class Faxing(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that carries faxes, joined."""

    faxes: Faxes
    trunk: FaxTrunk
    reception: Reception


class Terminals(msgspec.Struct, frozen=True, kw_only=True):
    """What faxes are carried with, before it is known by whom people are called."""

    trunk: FaxTrunk
    how: Settings
    pool: ThreadPoolExecutor
    folder: Path


def terminals(settings: config.Settings, clock: Clock) -> Terminals:
    """Those that the settings ask for. Nothing is loaded before the first fax."""
    told, sip = settings.fax, settings.sip_server
    how = Settings(
        packets=told.packets,
        host=config.endpoint(settings.sip, "sip")[0] if settings.sip else "127.0.0.1",
        shown=sip.shown,
        ports=range(sip.sound[0], sip.sound[1] + 1),
    )
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="fax")
    folder = settings.faxes
    wanted = TrunkSettings(
        window=told.window,
        tries=told.tries,
        busy_tries=told.busy_tries,
        pause=told.pause,
        price=Decimal(told.price) if told.price else None,
    )
    trunk = FaxTrunk(wanted, how, pool=pool, clock=clock, folder=folder)
    return Terminals(trunk=trunk, how=how, pool=pool, folder=folder)


def join(ground: Ground, made: Terminals, files: Files) -> Faxing:
    """Choose and join them; `files` keeps their pages."""
    settings = ground.settings
    faxes = Faxes(
        database=ground.database,
        exchange=ground.exchange,
        notices=ground.notices,
        keys=ground.keys,
        clock=ground.clock,
        files=files,
        web=WebCalls(allow_private=settings.webhooks.allow_private, largest=MOST_BYTES),
        drawing=Studio(),
        papers=AssociateAgreements(ground.database, ground.clock, Roots()),
        days=settings.fax.days,
    )
    reception = Reception(faxes, made.how, pool=made.pool, folder=made.folder)
    return Faxing(faxes=faxes, trunk=made.trunk, reception=reception)
