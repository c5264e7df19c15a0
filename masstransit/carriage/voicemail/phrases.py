"""What a mailbox says. Each phrase is rendered before (`channels/media/prompts/mailbox`): no voice is needed."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Protocol

from masstransit.carriage.voice.line import Sound

#: The languages that all phrases are there in, ISO 639-1.
LANGUAGES = ("en", "es", "fr", "de")
_NUMBERS = 10  # from here on it is "ten or more"


class Phrase(enum.Enum):
    """Which one; its value is the name of its sound."""

    GREETING = "greeting"  #: of a mailbox whose owner recorded none
    SAVED = "saved"
    UNABLE = "unable"  #: no message can be taken
    PIN = "pin"
    WRONG_PIN = "wrong-pin"
    LOCKED = "locked"
    NEW = "new"  #: how many messages are new; a number follows
    OLD = "old"
    MENU = "menu"
    KEPT = "kept"
    DELETED = "deleted"
    SILENT = "silent"  #: a message's sound is not here
    END = "end"
    RECORD = "record"  #: record your greeting
    GREETED = "greeted"
    NOTHING = "nothing"  #: nothing was recorded


class Phrases(Protocol):
    """Where they are had."""

    def sound(self, name: str, language: str) -> Sound:
        """A phrase by its name, or a number: "0" to "9", "many"."""
        ...


def counted(phrases: Phrases, what: Phrase, count: int, language: str) -> Sequence[Sound]:
    """ "New messages: three"."""
    number = str(count) if count < _NUMBERS else "many"
    return [phrases.sound(what.value, language), phrases.sound(number, language)]
