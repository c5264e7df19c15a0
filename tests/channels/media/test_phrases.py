"""What a mailbox says is there in each language, and says something."""

from __future__ import annotations

import pytest

from masstransit.carriage.voice.line import RATE
from masstransit.carriage.voicemail.deposits import said
from masstransit.carriage.voicemail.phrases import LANGUAGES, Phrase, counted
from masstransit.channels.media.phrases import MailboxPhrases

NAMES = [*(phrase.value for phrase in Phrase), *map(str, range(10)), "many"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_phrase_is_there_with_its_text_and_is_heard(language: str) -> None:
    phrases = MailboxPhrases()
    assert sorted(phrases.texts[language]) == sorted(NAMES)
    for name in NAMES:
        sound = phrases.sound(name, language)
        assert sound.text == phrases.texts[language][name]
        assert 0.08 < said(sound.pcm) <= len(sound.pcm) / 2 / RATE < 10, (language, name)


def test_a_language_that_there_are_no_phrases_in_is_answered_in_the_houses() -> None:
    phrases = MailboxPhrases()
    assert phrases.sound("saved", "pt") == phrases.sound("saved", "en")


@pytest.mark.parametrize(("count", "number"), [(0, "none"), (9, "nine"), (10, "ten or more"), (400, "ten or more")])
def test_messages_are_counted_up_to_nine(count: int, number: str) -> None:
    assert [sound.text for sound in counted(MailboxPhrases(), Phrase.NEW, count, "en")] == ["New messages:", number]
