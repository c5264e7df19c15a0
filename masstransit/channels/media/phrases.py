"""What a mailbox says, as sound: a file a phrase in `prompts/mailbox`, rendered from the texts beside them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from pathlib import Path

from masstransit.carriage.voice.line import Sound
from masstransit.channels.media import wav

_HOUSE = "en"  # for a language that there are no phrases in


class MailboxPhrases:
    """Implements `carriage.voicemail.phrases.Phrases`."""

    def __init__(self) -> None:
        with resources.as_file(resources.files(__package__) / "prompts" / "mailbox") as folder:
            self._folder: Path = folder
        self.texts: dict[str, dict[str, str]] = tomllib.loads((self._folder / "phrases.toml").read_text("utf-8"))
        self._read = cache(self._of_file)  # a megabyte and a half, read as it is needed

    def sound(self, name: str, language: str) -> Sound:
        """A phrase by its name."""
        return self._read(name, language if language in self.texts else _HOUSE)

    def _of_file(self, name: str, language: str) -> Sound:
        pcm = wav.read(self._folder / language / f"{name}.wav").astype("<i2").tobytes()
        return Sound(url="", pcm=pcm, text=self.texts[language][name])
