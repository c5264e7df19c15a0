"""Legs over real sockets: relayed, mixed, held, lossy; and what a recorder leaves when its process is killed."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from masstransit.channels.media import wav
from masstransit.channels.media.bridge import Bridge
from masstransit.channels.media.leg import Leg, open_leg
from masstransit.channels.media.prompts import of_the_house, read_folder
from masstransit.channels.media.pulse import Pulse
from masstransit.channels.media.recorder import Recorder, recover
from masstransit.channels.media.studio import Studio
from masstransit.errors import BadInput, ConfigError
from masstransit.model.change import Act
from tests.stories.talker import LOUD, Talker, mu_law, strength

LOW, HIGH = 440, 880


async def until(check: Callable[[], bool]) -> None:
    for _ in range(300):
        if check():
            return
        await asyncio.sleep(0.01)
    assert check()


@asynccontextmanager
async def calling(*pitches: float) -> AsyncIterator[tuple[Bridge, list[Talker], list[Leg]]]:
    """Phones that talk, each to a leg of ours; nobody hears anybody yet."""
    pulse = Pulse()
    bridge = Bridge(pulse)
    talkers = [await Talker.open(pitch) for pitch in pitches]
    legs = [await open_leg(pulse) for _ in pitches]
    for talker, leg in zip(talkers, legs, strict=True):
        leg.hear(talker.description())
        talker.call(leg.description())
    try:
        yield bridge, talkers, legs
    finally:
        bridge.close()
        for talker, leg in zip(talkers, legs, strict=True):
            talker.hang_up()
            leg.close()


async def test_two_hear_each_other_and_a_key_is_passed_across() -> None:
    async with calling(LOW, HIGH) as (bridge, (one, other), legs):
        for leg in legs:
            bridge.add(leg)
        await until(lambda: one.hears(HIGH) and other.hears(LOW))
        await one.press("9")
        await until(lambda: bool(other.events))
        assert [event for _, event in other.events] == [9]
        assert one.events == []


async def test_laws_and_numbers_for_keys_are_each_sides_own() -> None:
    async with calling(LOW, HIGH) as (bridge, (one, other), legs):
        changed = other.description().replace("RTP/AVP 0 96", "RTP/AVP 8 110").replace("96 tele", "110 tele")
        legs[1].hear(changed)
        for leg in legs:
            bridge.add(leg)
        await one.press("3")
        await until(lambda: {8, 110} <= other.kinds)
        assert 96 not in other.kinds
        assert "RTP/AVP 8 110" in legs[1].description()


async def test_three_are_mixed_and_each_hears_the_others() -> None:
    async with calling(LOW, HIGH, 1500) as (bridge, (one, two, three), legs):
        for leg in legs:
            bridge.add(leg)
        await until(lambda: one.hears(HIGH) and one.hears(1500) and three.hears(LOW) and three.hears(HIGH))
        assert not one.hears(LOW)
        assert not two.hears(HIGH)


async def test_who_listens_in_is_heard_by_nobody_and_who_whispers_by_one() -> None:
    async with calling(LOW, HIGH, 1500) as (bridge, (one, two, three), legs):
        bridge.add(legs[0])
        bridge.add(legs[1])
        bridge.add(legs[2], heard_by=())
        await until(lambda: three.hears(LOW) and three.hears(HIGH) and one.hears(HIGH))
        assert not one.hears(1500)
        bridge.remove(legs[2])
        bridge.add(legs[2], heard_by=(legs[0],))
        await until(lambda: one.hears(1500))
        assert not two.hears(1500)


async def test_who_is_on_hold_is_sent_nothing_and_can_not_be_announced_to() -> None:
    async with calling(LOW, HIGH) as (bridge, (one, _), legs):
        for leg in legs:
            bridge.add(leg)
        await until(lambda: one.hears(HIGH))
        playing = asyncio.ensure_future(legs[0].play(b"\x00" * 80_000))
        await until(lambda: legs[0].is_playing)
        legs[0].hear(one.description().replace("a=sendrecv", "a=sendonly"))
        assert not await playing
        assert "a=recvonly" in legs[0].description()
        sent = legs[0].sent
        await asyncio.sleep(0.1)
        assert legs[0].sent == sent
        legs[0].hear(one.description())
        await until(lambda: legs[0].sent > sent + 5)


async def test_an_announcement_goes_before_what_others_say_and_ends_when_it_was_heard() -> None:
    async with calling(LOW, HIGH) as (bridge, (one, _), legs):
        for leg in legs:
            bridge.add(leg)
        await until(lambda: one.hears(HIGH))
        one.heard.clear()
        tone = mu_law(LOUD * np.sin(2 * np.pi * 1500 * np.arange(2400) / 8000))
        assert await legs[0].play(tone)
        assert bytes(one.heard).find(tone[:2240]) >= 0
        await until(lambda: one.hears(HIGH))


async def test_a_line_without_sound_is_sent_silence() -> None:
    async with calling(LOW) as (_, (one,), _):
        await until(lambda: len(one.heard) > 1600)
        assert set(one.heard) == {255}


async def test_packets_from_elsewhere_are_not_heard() -> None:
    async with calling(LOW, HIGH) as (bridge, (one, other), legs):
        for leg in legs:
            bridge.add(leg)
        await until(lambda: one.hears(HIGH))
        stranger = await Talker.open(1500)
        stranger.call(legs[1].description())
        await asyncio.sleep(0.2)
        stranger.hang_up()
        assert not one.hears(1500)
        assert other.hears(LOW)


async def test_a_key_counts_for_the_question_that_it_was_pressed_at() -> None:
    async with calling(LOW) as (_, (one,), (leg,)):
        leg.ask()
        await one.press("1")
        await one.press("1")
        assert await leg.key(1) == "1"
        leg.ask()
        assert await leg.key(0.2) is None
        await one.press("2", lost_ends=3)
        assert await leg.key(1) == "2"


async def test_lost_packets_are_silence_in_their_place(tmp_path: Path) -> None:
    async with calling(LOW) as (_, (one,), (leg,)):
        one.lose = 0.2
        recorder = Recorder(tmp_path / "RE1")
        recorder.add(1, leg)
        recorder.go_on()
        await asyncio.sleep(1.5)
        tape = await recorder.finish()
    samples = wav.read(tmp_path / "RE1" / "leg-1.wav")
    assert abs(len(samples) / 8000 - tape.seconds) < 0.01
    halves = samples[3200 : 3200 + 160 * 50].reshape(-1, 80)  # wherever a lost frame lies, one of these is within it
    silent = sum(not row.any() for row in halves)
    assert 1 <= silent <= 50
    steady = samples[3200:].astype(float)
    assert strength(steady, LOW) > LOUD * 0.5  # the tone keeps its phase over the gaps


async def test_of_a_hushed_leg_nothing_is_kept_until_it_is_heard_again(tmp_path: Path) -> None:
    async with calling(LOW, HIGH) as (_, (one, other), legs):
        studio = Studio(Pulse(), of_the_house(), tmp_path)
        for number, leg in enumerate(legs, 1):
            studio.add(number, leg)
        studio.hush(1, hushed=True)
        studio.capture("RE1")
        await asyncio.sleep(0.6)
        studio.hush(1, hushed=False)
        studio.dismiss(2)
        one.pitch, other.pitch = HIGH, LOW
        await asyncio.sleep(0.6)
        studio.pause("RE1")
        studio.capture("RE1")  # one that goes on does not take up who is gone
        await asyncio.sleep(0.4)
        tape = await studio.finish("RE1")
    assert tape is not None
    first, second = (wav.read(tmp_path / "RE1" / f"leg-{leg}.wav").astype(float) for leg in (1, 2))
    assert not first[: 8000 * 6 // 10].any()
    assert strength(first[8000 * 9 // 10 : 8000 * 11 // 10], HIGH) > LOUD * 0.5
    assert strength(second[8000 * 3 // 10 : 8000 // 2], HIGH) > LOUD * 0.5
    assert not second[8000 * 7 // 10 :].any()


def test_a_killed_process_leaves_a_recording_that_can_be_mended(tmp_path: Path) -> None:
    script = f"""
import asyncio
from pathlib import Path
from masstransit.channels.media.leg import open_leg
from masstransit.channels.media.pulse import Pulse
from masstransit.channels.media.recorder import Recorder
from tests.stories.talker import Talker

async def main():
    talker, leg = await Talker.open(440), await open_leg(Pulse())
    leg.hear(talker.description())
    talker.call(leg.description())
    recorder = Recorder(Path({str(tmp_path)!r}) / "RE1")
    recorder.add(1, leg)
    recorder.go_on()
    await asyncio.sleep(1.5)
    print("recorded", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "recorded\n"
        process.send_signal(signal.SIGKILL)
    file = tmp_path / "RE1" / "leg-1.wav"
    assert len(wav.read(file)) == 0  # its header says that it is empty
    tapes = recover(tmp_path)
    samples = wav.read(file)
    assert tapes["RE1"].seconds == len(samples) / 8000 > 1.0
    assert strength(samples[3200:8000], LOW) > LOUD * 0.9
    assert recover(tmp_path) == {}


async def test_what_is_discarded_leaves_nothing(tmp_path: Path) -> None:
    async with calling(LOW) as (_, _, (leg,)):
        recorder = Recorder(tmp_path / "RE1")
        recorder.add(1, leg)
        recorder.go_on()
        await asyncio.sleep(0.3)
        recorder.discard()
    assert list(tmp_path.iterdir()) == []


def test_the_house_announces_in_four_languages() -> None:
    prompts = of_the_house()
    for language in ("en", "es", "fr", "de"):
        said = prompts.about(frozenset({Act.RECORD, Act.LISTEN}), language)
        assert said.announcement.language == language
        assert {said.announcement.agree, said.announcement.decline} == {"1", "2"}
        assert "1" in said.announcement.text
        assert 5 < len(said.sound) / 8000 < 12
    assert prompts.about(frozenset({Act.RECORD}), "pt").announcement.language == "en"
    with pytest.raises(BadInput, match="transcribe"):
        prompts.about(frozenset({Act.TRANSCRIBE}), "en")


def test_a_folder_of_announcements_that_can_not_be_used_is_named(tmp_path: Path) -> None:
    for told in ("[[prompt]]\nlanguage = 3", '[[prompt]]\nlanguage="en"\nfile="a.wav"\nacts=["record"]\ntext="x"', "["):
        (tmp_path / "prompts.toml").write_text(told)
        with pytest.raises(ConfigError, match="announcements in"):
            read_folder(tmp_path)


def test_a_file_that_is_no_sound_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    stereo = wav.header(1)[:22] + b"\2" + wav.header(1)[23:] + b"\0\0"
    for content, said in ((b"x", "no WAV"), (b"RIFF\0\0\0\0WAVE", "no sound"), (stereo, "mono")):
        file.write_bytes(content)
        with pytest.raises(BadInput, match=said):
            wav.read(file)
    file.write_bytes(b"x" * 60)
    with pytest.raises(BadInput, match="no recording"):
        wav.repair(file)
