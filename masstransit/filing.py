"""Joins what takes in, looks through and keeps files: one of the app's parts."""

from __future__ import annotations

from pathlib import Path

from masstransit import config
from masstransit.carriage.media.intake import Media
from masstransit.carriage.media.reading import Tesseract
from masstransit.carriage.media.scanning import Scanner
from masstransit.carriage.media.shelf import Shelf
from masstransit.clock import Clock
from masstransit.malware.bounds import Bounds
from masstransit.malware.clamd import Clamd
from masstransit.malware.crew import Crew
from masstransit.malware.scanner import FileScanner
from masstransit.malware.signatures import Signatures
from masstransit.storage.engine import Database


def scanner_of(settings: config.Settings) -> FileScanner:
    """What looks files through, by the settings. Raises `ConfigError` for rules that can't be read."""
    told = settings.malware
    folder = Path(told.rules) if told.rules else None
    if folder is not None:
        Signatures(folder)  # said now and not with the first file
    crew = Crew(folder, Bounds(seconds=told.seconds), workers=told.workers)
    return FileScanner(crew, Clamd(told.clamd) if told.clamd else None)


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
