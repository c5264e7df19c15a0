"""Announcements, ready to be sent: the house's own, or an operator's folder of the same shape.

`prompts.toml` says of each what it tells, in which language, and by which key somebody agrees or goes on without. Its
sound is a WAV file at 8 kHz beside it.
"""

from __future__ import annotations

import hashlib
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from masstransit.carriage.recording import Announcement
from masstransit.channels.media import g711, wav
from masstransit.channels.media.g711 import Law
from masstransit.errors import BadInput, ConfigError
from masstransit.model.change import Act

_WAYS_TO_LISTEN = {Act.WHISPER: Act.LISTEN, Act.BARGE: Act.LISTEN}  # who is told of one is told of all (clause 13)
_HOUSE = "en"  # the language for whom none is known, and for those whose language has no announcement


class Prompt(msgspec.Struct, frozen=True):
    """An announcement with its sound, as mu-law."""

    announcement: Announcement
    sound: bytes


class Prompts:
    """Those of a folder."""

    def __init__(self, prompts: tuple[Prompt, ...]) -> None:
        self._prompts = prompts

    def about(self, acts: frozenset[Act], language: str) -> Prompt:
        """The announcement of these acts in a language, or in the house's. Raises `BadInput` where there is none."""
        told_of = {_WAYS_TO_LISTEN.get(act, act) for act in acts}
        fitting = [each for each in self._prompts if told_of <= set(each.announcement.acts)]
        for wanted in (language, _HOUSE):
            for each in fitting:
                if each.announcement.language == wanted:
                    return each
        told = ", ".join(sorted(act.value for act in acts))
        raise BadInput(f"no announcement tells of this: {told}; add one to prompts.toml")

    def by_digest(self, digest: str) -> Prompt:
        """The one whose sound has this digest. Raises `KeyError`."""
        return next(each for each in self._prompts if each.announcement.digest == digest)


def read_folder(folder: Path) -> Prompts:
    """The announcements of a folder. Raises `ConfigError`, naming what is wrong."""
    try:
        told = tomllib.loads((folder / "prompts.toml").read_text("utf-8"))
        return Prompts(tuple(_read(folder, each) for each in told.get("prompt", ())))
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError, BadInput) as wrong:
        raise ConfigError(f"announcements in {folder}: {wrong}") from wrong


def _read(folder: Path, told: dict[str, Any]) -> Prompt:
    said = msgspec.convert(told, _Told)
    sound = g711.encode(Law.PCMU, wav.read(folder / said.file))
    return Prompt(
        Announcement(
            language=said.language,
            acts=said.acts,
            text=said.text,
            agree=said.agree,
            decline=said.decline,
            digest=hashlib.sha256(sound).hexdigest(),
        ),
        sound,
    )


class _Told(msgspec.Struct, forbid_unknown_fields=True):
    language: str
    file: str
    acts: tuple[Act, ...]
    text: str
    agree: str = ""
    decline: str = ""


def of_the_house() -> Prompts:
    """Those that the house ships."""
    with resources.as_file(resources.files(__package__)) as folder:
        return read_folder(folder)
