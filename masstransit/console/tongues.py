"""In which language a page speaks: tables of sentences (`languages/*.toml`), chosen by the reader or their browser."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "languages"
DEFAULT = "en"


@cache
def tongues() -> Mapping[str, Mapping[str, Any]]:
    """Every language by its code (ISO 639-1), with its sentences."""
    return {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(_FOLDER.glob("*.toml"))}


def chosen(asked: str, accepted: str) -> str:
    """The language that a reader asked for, else the one their browser likes best of those that there are
    (`Accept-Language`, RFC 9110 section 12.5.4)."""
    known = tongues()
    if asked in known:
        return asked
    liked: list[tuple[float, str]] = []
    for part in accepted[:512].split(","):
        name, _, quality = part.strip().partition(";q=")
        code = name.partition("-")[0].lower()
        if code in known:
            liked.append((_quality(quality), code))
    best = max(liked, key=lambda each: each[0], default=(0.0, DEFAULT))  # of equals the first
    return best[1] if best[0] > 0 else DEFAULT


def _quality(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text))) if text else 1.0
    except ValueError:
        return 0.0


def day(at: datetime, sentences: Mapping[str, Any]) -> str:
    """A date (UTC) as a language writes it."""
    read = at.astimezone(UTC)
    written: str = sentences["date"].format(day=read.day, month=sentences["months"][read.month - 1], year=read.year)
    return written
