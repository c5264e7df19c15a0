"""Joins what takes in, looks at and keeps files, and what sends them: some of the app's parts."""

from __future__ import annotations

from masstransit import config
from masstransit.carriage.media.intake import Media
from masstransit.carriage.media.mms import LARGEST, Mms
from masstransit.carriage.media.reading import Tesseract
from masstransit.carriage.media.scanning import Scanner
from masstransit.carriage.media.sharing import Shared
from masstransit.carriage.media.shelf import Shelf
from masstransit.carriage.routing import Routing
from masstransit.carriage.webcalls import WebCalls
from masstransit.clock import Clock
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys


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


def media_of(settings: config.Settings, database: Database, clock: Clock, scanner: Scanner | None = None) -> Media:
    """What takes files in. Raises `ConfigError` where the program that reads pictures is not there."""
    told = settings.media
    return Media(
        database=database,
        clock=clock,
        shelf=Shelf(settings.files),
        scanner=scanner,
        reader=Tesseract(told.reader, told.languages) if told.reader else None,
    )
