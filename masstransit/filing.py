"""Joins what takes in, looks at and keeps files, and what sends them: some of the app's parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec

from masstransit import config
from masstransit.carriage.media.intake import Media
from masstransit.carriage.media.mms import LARGEST, Mms, Packer
from masstransit.carriage.media.reading import Tesseract
from masstransit.carriage.media.scanning import Scanner
from masstransit.carriage.media.sharing import Shared
from masstransit.carriage.media.shelf import Shelf
from masstransit.carriage.routing import Routing
from masstransit.carriage.webcalls import WebCalls
from masstransit.channels.mm7 import trunk as mm7
from masstransit.channels.mm7.trunk import Mm7Trunk
from masstransit.clause import Clause
from masstransit.clock import Clock
from masstransit.malware.bounds import Bounds
from masstransit.malware.clamd import Clamd
from masstransit.malware.crew import Crew
from masstransit.malware.scanner import FileScanner
from masstransit.malware.signatures import Signatures
from masstransit.policy.clause_05_malicious_programs import MaliciousPrograms
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

_PATIENCE = 60.0  # seconds for a centre's answer, which has a megabyte to read first


def scanner_of(settings: config.Settings) -> FileScanner:
    """What looks files through, by the settings. Raises `ConfigError` for rules that can't be read."""
    told = settings.malware
    folder = Path(told.rules) if told.rules else None
    if folder is not None:
        Signatures(folder)  # said now and not with the first file
    crew = Crew(folder, Bounds(seconds=told.seconds), workers=told.workers)
    return FileScanner(crew, Clamd(told.clamd) if told.clamd else None)


def mms_of(settings: config.Settings, media: Media, routing: Routing, keys: Keys, clock: Clock) -> Mms:
    """What fetches media and knows who can have them."""
    hooks = settings.webhooks
    return Mms(
        media=media,
        shared=Shared(keys, clock, settings.base_url or f"http://{settings.http}"),
        reach=routing,
        calls=WebCalls(allow_private=hooks.allow_private, timeout=hooks.timeout, largest=LARGEST),
        allow_private=hooks.allow_private,
    )


def media_of(
    settings: config.Settings, database: Database, clock: Clock, scanner: Scanner, clauses: Sequence[Clause]
) -> Media:
    """What takes files in; clause 5 says how long samples of what harms are kept. Raises `ConfigError` where the
    program that reads pictures is not there."""
    told = settings.media
    programs = next(clause for clause in clauses if isinstance(clause, MaliciousPrograms))
    return Media(
        database=database,
        clock=clock,
        shelf=Shelf(settings.files),
        scanner=scanner,
        samples=timedelta(days=programs.keep_sample_days),
        reader=Tesseract(told.reader, told.languages) if told.reader else None,
    )


def centres(settings: config.Settings, media: Media, clock: Clock) -> list[Mm7Trunk]:
    """The carriers' MMS centres of the settings."""
    made = []
    for each in settings.trunk:
        if isinstance(each, config.Mm7TrunkSettings):
            told = msgspec.structs.asdict(each) | {"price": Decimal(each.price) if each.price else None}
            calls = WebCalls(allow_private=True, timeout=_PATIENCE)  # where the operator says
            made.append(Mm7Trunk(mm7.TrunkSettings(**told), clock, calls, Packer(media)))
    return made
