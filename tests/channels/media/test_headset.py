"""What a call's person hears of the house and the house of them, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from masstransit.carriage.voice.line import Cadence
from masstransit.channels.media import tones
from masstransit.channels.media.g711 import RATE, Samples
from masstransit.channels.media.greeting import Greeting
from masstransit.channels.media.headset import Headset, Headsets
from masstransit.channels.media.prompts import of_the_house
from masstransit.model.call import AnsweredBy
from tests.channels.media.test_legs_and_recorder import HIGH, LOW, until
from tests.stories.talker import LOUD, Talker, linear, strength

COACH = 1200.0  # Hz


def tone(pitch: float, seconds: float) -> Samples:
    return (LOUD * np.sin(2 * np.pi * pitch * np.arange(int(seconds * RATE)) / RATE)).astype(np.int16)


@asynccontextmanager
async def calling(*pitches: float) -> AsyncIterator[tuple[list[Talker], list[Headset]]]:
    headsets = Headsets(of_the_house(), Path("none-is-recorded"), "127.0.0.1")
    talkers = [await Talker.open(pitch) for pitch in pitches]
    ours = [await headsets.open() for _ in pitches]
    for talker, headset in zip(talkers, ours, strict=True):
        headset.hear(talker.description())
        talker.call(headset.description())
    try:
        yield talkers, ours
    finally:
        for talker, headset in zip(talkers, ours, strict=True):
            talker.hang_up()
            headset.close()


async def test_what_is_played_is_heard_to_its_end() -> None:
    async with calling(LOW) as ((person,), (headset,)):
        await headset.play(tone(HIGH, 0.4).tobytes())
        assert strength(linear(bytes(person.heard))[-2400:], HIGH) > LOUD / 2


async def test_keys_are_heard_even_before_anybody_listens_and_can_be_forgotten() -> None:
    async with calling(LOW) as ((person,), (headset,)):
        for key in "1#":
            await person.press(key)
        assert [await headset.key(), await headset.key()] == ["1", "#"]
        await person.press("7")
        await asyncio.sleep(0.05)
        headset.forget_keys()
        await person.press("8")
        assert await headset.key() == "8"


async def test_keys_are_pressed_as_events_or_where_nobody_takes_those_as_tones() -> None:
    async with calling(LOW) as ((person,), (headset,)):
        await headset.send("4w2")
        assert [event for _, event in person.events] == [4, 2]
        headset.hear(person.description().replace("RTP/AVP 0 96", "RTP/AVP 0"))
        person.heard.clear()
        await headset.send("5")
        heard = linear(bytes(person.heard))[:800]
        assert min(strength(heard, 770), strength(heard, 1336)) > 3000
        assert strength(heard, 697) < 1000


async def test_it_rings_until_two_are_joined_and_their_keys_are_kept_and_passed_on() -> None:
    async with calling(LOW, HIGH) as ((ann, ben), (one, other)):
        one.ring()
        await until(lambda: strength(linear(bytes(ann.heard[-800:])), 480) > 3000)
        joined = asyncio.ensure_future(one.bridge(other))
        await until(lambda: ann.hears(HIGH) and ben.hears(LOW))
        await ann.press("9")
        assert await one.key() == "9"
        assert [event for _, event in ben.events] == [9]
        joined.cancel()
        await asyncio.wait([joined])
        await until(lambda: not ben.hears(LOW))


async def test_who_is_muted_in_a_room_hears_and_is_not_heard() -> None:
    async with calling(LOW, HIGH) as ((ann, ben), (one, other)):
        rooms = [
            asyncio.ensure_future(one.confer("r", muted=False)),
            asyncio.ensure_future(other.confer("r", muted=True)),
        ]
        await until(lambda: ben.hears(LOW))
        assert not ann.hears(HIGH)
        for each in rooms:
            each.cancel()
        await asyncio.wait(rooms)


async def test_who_whispers_in_a_room_is_heard_by_one_alone() -> None:
    async with calling(LOW, HIGH, COACH) as ((ann, ben, cat), (one, other, coach)):
        rooms = [
            asyncio.ensure_future(one.confer("r", muted=False)),
            asyncio.ensure_future(other.confer("r", muted=False)),
            asyncio.ensure_future(coach.confer("r", muted=False, to=one)),
        ]
        await until(lambda: ann.hears(COACH) and ben.hears(LOW) and cat.hears(HIGH))
        assert not ben.hears(COACH)
        for each in rooms:
            each.cancel()
        await asyncio.wait(rooms)


async def test_somebody_who_goes_on_talking_is_taken_for_a_machine() -> None:
    async with calling(LOW) as (_, (headset,)):
        assert (await headset.who_answered(Cadence())).by is AnsweredBy.MACHINE


def words(seconds: float) -> Samples:
    """What sounds like speech to who looks for tones: many pitches at once."""
    noise = np.random.default_rng(7).normal(0, LOUD / 3, int(seconds * RATE))
    return noise.astype(np.int16)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.int16)


def guessed(*parts: Samples, **cadence: Any) -> tuple[Any, ...]:
    """The SDKs' word for who answered, and after how many seconds; "": nothing yet."""
    greeting, passed, sound = Greeting(Cadence(**cadence)), 0.0, np.concatenate(parts)
    for at in range(0, len(sound), 160):
        passed += 0.02
        if (guess := greeting.hear(sound[at : at + 160])) is not None:
            return guess.word, passed
    return "", passed


@pytest.mark.parametrize(
    ("heard", "to_the_end", "word", "after"),
    [
        ([0.6, -1.0], False, "human", 1.4),
        ([0.4, -0.2, 0.4, -1.0], False, "human", 1.8),
        ([-0.5, 2.3, -1.0], False, "human", 3.6),
        ([3.0], False, "machine_start", 2.4),
        ([1.5, -0.2, 1.5], False, "machine_start", 2.4),
        ([3.0, -1.0, 0.5, -2.0], True, "machine_end_silence", 5.7),
        ([35.0], True, "machine_end_other", 30.0),
        ([-6.0], True, "unknown", 5.0),
        ([-4.9], True, "", 4.9),
    ],
)
def test_who_answered_is_guessed_by_words_and_silences(
    heard: list[float], to_the_end: bool, word: str, after: float
) -> None:
    """Seconds of words, and of silence where they are negative."""
    parts = [words(each) if each > 0 else silence(-each) for each in heard]
    found, passed = guessed(*parts, to_the_end=to_the_end)
    assert (found, passed) == (word, pytest.approx(after, abs=0.05))


@pytest.mark.parametrize("pitch", [440, 1000, 1400])
def test_a_machines_beep_ends_its_greeting_at_once(pitch: float) -> None:
    found, passed = guessed(words(3.0), silence(0.3), tone(pitch, 0.4), silence(0.5), to_the_end=True)
    assert (found, passed) == ("machine_end_beep", pytest.approx(3.7, abs=0.05))


def test_a_blip_and_a_long_tone_are_no_beep() -> None:
    for lasts in (0.08, 2.0):
        found, _ = guessed(words(3.0), tone(1000, lasts), silence(1.5), to_the_end=True)
        assert found == "machine_end_silence", lasts


def test_a_person_whose_word_is_short_is_none_for_a_beep_behind_it() -> None:
    assert guessed(words(0.5), tone(1000, 0.3), silence(1.0))[0] == "human"


def test_a_fax_is_known_by_its_tone_and_another_tone_is_none() -> None:
    assert guessed(silence(0.5), tone(2100, 3.0)) == ("fax", pytest.approx(1.5, abs=0.05))
    assert guessed(silence(0.5), tone(1900, 3.0))[0] == "machine_start"


def test_each_call_can_have_its_own_figures() -> None:
    assert guessed(words(1.2), words=1.0)[0] == "machine_start"
    assert guessed(words(0.5), silence(1.0), waits=2.0)[0] == ""
    assert guessed(silence(2.2), nothing=2.0)[0] == "unknown"
    assert guessed(words(3.0), silence(0.6), to_the_end=True, over=0.5)[0] == "machine_end_silence"
    assert guessed(silence(0.1), words(2.0), silence(1.0), words(2.0), waits=5.0, words=9.0, within=3.0)[0] == "unknown"


def test_every_key_has_its_own_two_pitches() -> None:
    pitches = {1209, 1336, 1477, 697, 770, 852, 941}
    found = {
        key: frozenset(pitch for pitch in pitches if strength(tones.key(key)[:800], pitch) > 3000)
        for key in "0123456789*#"
    }
    assert found["1"] == {697, 1209}
    assert found["#"] == {941, 1477}
    assert len(set(found.values())) == 12
