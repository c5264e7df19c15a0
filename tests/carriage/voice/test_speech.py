"""The local voice, where it is installed; and sounds as lines play them."""

from __future__ import annotations

import io
import math
import shutil
import wave

import numpy as np
import pytest

from masstransit.carriage.voice.asking import LARGEST_SOUND, pcm_of
from masstransit.carriage.voice.line import RATE, Spoken, Unspoken
from masstransit.carriage.voice.speech import PROGRAM, Speech

spoken = pytest.mark.skipif(shutil.which(PROGRAM) is None, reason="no espeak-ng here")


def a_tone(hertz: float, rate: int, channels: int = 1, width: int = 2) -> bytes:
    """A second of it, as a WAV file."""
    samples = (10_000 * np.sin(2 * math.pi * hertz * np.arange(rate) / rate)).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(channels)
        made.setsampwidth(width)
        made.setframerate(rate)
        made.writeframes(np.repeat(samples, channels).tobytes() if width == 2 else bytes(rate))
    return file.getvalue()


@spoken
async def test_words_become_sound_once() -> None:
    speech = Speech()
    pcm = await speech.pcm(Spoken(text="Your parcel is here."))
    samples = np.frombuffer(pcm, "<i2")
    assert 0.5 * RATE < len(samples) < 5 * RATE
    assert np.abs(samples.astype(int)).max() > 2000
    assert await speech.pcm(Spoken(text="Your parcel is here.")) is pcm
    assert await speech.pcm(Spoken(text="Your parcel is here.", voice="man")) != pcm


@spoken
async def test_a_language_that_the_voice_does_not_speak_is_said_so() -> None:
    with pytest.raises(Unspoken, match="xx-qq"):
        await Speech().pcm(Spoken(text="Hello", language="xx-QQ"))


async def test_what_is_no_language_never_reaches_the_program() -> None:
    with pytest.raises(Unspoken, match="no language"):
        await Speech().pcm(Spoken(text="Hello", language="--help"))


async def test_without_a_voice_the_prompt_is_not_heard_and_says_why() -> None:
    with pytest.raises(Unspoken, match="install no-such-voice"):
        await Speech("no-such-voice").pcm(Spoken(text="Hello"))


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (16_000, 1), (44_100, 2)])
def test_a_sound_of_any_rate_is_played_at_ours_and_keeps_its_tone(rate: int, channels: int) -> None:
    samples = np.frombuffer(pcm_of(a_tone(440, rate, channels)), "<i2")
    assert abs(len(samples) - RATE) <= 1
    loudest = np.abs(np.fft.rfft(samples)).argmax() * RATE / len(samples)
    assert abs(loudest - 440) < 2


def test_what_would_fold_down_into_the_voice_is_quieter_than_a_tone() -> None:
    high, low = (np.frombuffer(pcm_of(a_tone(hertz, 48_000)), "<i2").std() for hertz in (7000, 440))
    assert high < low / 3


@pytest.mark.parametrize("body", [b"", b"ID3 no wave file", a_tone(440, 8000, width=1), b"\0" * (LARGEST_SOUND + 1)])
def test_what_is_no_sound_of_16_bits_is_told_apart(body: bytes) -> None:
    with pytest.raises((wave.Error, EOFError, ValueError)):
        pcm_of(body)
