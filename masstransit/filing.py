"""Joins what takes in, looks at and keeps files: one of the app's parts."""

from __future__ import annotations

from masstransit import config
from masstransit.carriage.media.intake import Media
from masstransit.carriage.media.reading import Tesseract
from masstransit.carriage.media.scanning import Scanner
from masstransit.carriage.media.shelf import Shelf
from masstransit.clock import Clock
from masstransit.storage.engine import Database


def join(settings: config.Settings, database: Database, clock: Clock, scanner: Scanner | None = None) -> Media:
    """By the settings. Raises `ConfigError` where the program that reads pictures is not there."""
    told = settings.media
    return Media(
        database=database,
        clock=clock,
        shelf=Shelf(settings.files),
        scanner=scanner,
        reader=Tesseract(told.reader, told.languages) if told.reader else None,
    )
