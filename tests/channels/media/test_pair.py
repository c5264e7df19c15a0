"""The sound of a call between two phones: each has a leg of ours, and none is sent sound where it did not call from."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from masstransit.channels.media import sdp
from masstransit.channels.media.g711 import Law
from masstransit.channels.media.headset import Headsets
from masstransit.channels.media.pair import Pair
from masstransit.channels.media.prompts import of_the_house
from masstransit.errors import BadInput
from tests.channels.media.test_legs_and_recorder import until
from tests.stories.talker import Talker

LOW, HIGH = 440, 880
HERE, ELSEWHERE = "127.0.0.1", "127.0.0.66"


@asynccontextmanager
async def calling(
    folder: Path, *, also: Callable[[str], bool] = lambda _: False
) -> AsyncIterator[tuple[Pair, Talker, Talker]]:
    """A pair whose phones know it, and of which nothing is known yet."""
    pair = await Headsets(of_the_house(), folder, HERE, also=also).pair()
    phones = await Talker.open(LOW), await Talker.open(HIGH)
    try:
        yield pair, *phones
    finally:
        for phone in phones:
            phone.hang_up()
        pair.close()


async def test_two_phones_hear_each_other_through_us(tmp_path: Path) -> None:
    async with calling(tmp_path) as (pair, near, far):
        pair.hear("near", near.description(), HERE)
        near.call(pair.description("near"))
        far.call(pair.offer("far"))
        pair.hear("far", far.description())
        await until(lambda: near.hears(HIGH) and far.hears(LOW))
        await near.press("5")
        await until(lambda: bool(far.events))
        assert [event for _, event in far.events] == [5]


async def test_what_the_far_side_is_offered_is_near_to_what_the_caller_speaks(tmp_path: Path) -> None:
    async with calling(tmp_path) as (pair, near, _):
        spoken = near.description().replace("RTP/AVP 0 96", "RTP/AVP 8 110").replace("96 tele", "110 tele")
        pair.hear("near", spoken, HERE)
        offered = sdp.read(pair.offer("far"))
        assert (offered.laws, offered.events, offered.way) == ((Law.PCMA, Law.PCMU), 110, "sendrecv")
        answered = sdp.read(pair.description("near"))
        assert (answered.laws, answered.events) == ((Law.PCMA,), 110)
        assert answered.port != offered.port


async def test_a_caller_who_sends_no_keys_has_none_offered_for_it(tmp_path: Path) -> None:
    async with calling(tmp_path) as (pair, near, _):
        pair.hear("near", near.description().replace(" 96\r\n", "\r\n"), HERE)
        assert "telephone-event" not in pair.offer("far")


async def test_who_was_offered_both_laws_may_change_between_them(tmp_path: Path) -> None:
    async with calling(tmp_path) as (pair, near, far):
        pair.hear("near", near.description(), HERE)
        near.call(pair.description("near"))
        pair.hear("far", far.description().replace("RTP/AVP 0 96", "RTP/AVP 8 0 96"))  # and it speaks mu-law
        far.call(pair.offer("far"))
        await until(lambda: near.hears(HIGH))


async def test_nothing_is_sent_where_a_description_names_somebody_elses_host(tmp_path: Path) -> None:
    """Else a call would flood whomever its caller names."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as victim:
        victim.bind((ELSEWHERE, 0))
        victim.settimeout(0)
        async with calling(tmp_path) as (pair, near, far):
            named = near.description().replace("c=IN IP4 127.0.0.1", f"c=IN IP4 {ELSEWHERE}")
            pair.hear("near", named.replace(str(near.port), str(victim.getsockname()[1])), HERE)
            pair.hear("far", far.description())
            pair.talk()
            far.call(pair.offer("far"))
            await asyncio.sleep(0.3)
            assert not await pair.legs[1].play(b"\xff" * 160)  # so nobody can be announced to either
            near.call(pair.description("near"))  # a packet from where it calls from says where it hears
            await until(lambda: near.hears(HIGH))
            with pytest.raises(BlockingIOError):
                victim.recv(2000)


async def test_a_phone_behind_a_router_that_keeps_ports_hears_before_it_has_said_anything(tmp_path: Path) -> None:
    async with calling(tmp_path) as (pair, near, far):
        pair.hear("near", near.description().replace("c=IN IP4 127.0.0.1", "c=IN IP4 192.168.1.7"), HERE)
        pair.hear("far", far.description())
        far.call(pair.offer("far"))
        await until(lambda: near.hears(HIGH))


async def test_an_address_that_the_operator_allows_is_spoken_to(tmp_path: Path) -> None:
    async with calling(tmp_path, also=lambda host: host == HERE) as (pair, near, far):
        pair.hear("near", near.description(), ELSEWHERE)
        pair.hear("far", far.description())
        far.call(pair.offer("far"))
        await until(lambda: near.hears(HIGH))


async def test_a_phone_on_which_it_still_rings_is_sent_no_silence_and_hears_the_others_tones(tmp_path: Path) -> None:
    async with calling(tmp_path) as (pair, near, far):
        pair.hear("near", near.description(), HERE)
        await asyncio.sleep(0.25)
        assert near.heard == b""
        far.call(pair.offer("far"))
        pair.hear("far", far.description())  # early
        await until(lambda: near.hears(HIGH))


async def test_who_holds_plays_to_the_other_and_hears_nothing(tmp_path: Path) -> None:
    async with calling(tmp_path) as (pair, near, far):
        pair.hear("near", near.description(), HERE)
        near.call(pair.description("near"))
        far.call(pair.offer("far"))
        pair.hear("far", far.description())
        pair.talk()
        await until(lambda: near.hears(HIGH) and far.hears(LOW))
        pair.hear("near", near.description().replace("sendrecv", "sendonly"), HERE)
        assert "a=recvonly" in pair.description("near")
        held = len(near.heard)
        await asyncio.sleep(0.2)
        assert len(near.heard) - held <= 320  # what was on its way
        assert far.hears(LOW)  # music, where the phone plays some
        pair.hear("near", near.description(), HERE)
        await until(lambda: len(near.heard) > held + 1600 and near.hears(HIGH))


async def test_a_hold_by_the_old_way_keeps_where_it_hears(tmp_path: Path) -> None:
    async with calling(tmp_path) as (pair, near, far):
        pair.hear("near", near.description(), HERE)
        near.call(pair.description("near"))
        far.call(pair.offer("far"))
        pair.hear("far", far.description())
        pair.hear("near", near.description().replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0"), HERE)
        await until(lambda: far.hears(LOW))
        pair.hear("near", near.description(), HERE)
        await until(lambda: near.hears(HIGH))


async def test_who_has_left_is_neither_heard_nor_agreed_with(tmp_path: Path) -> None:
    async with calling(tmp_path) as (pair, near, far):
        pair.hear("near", near.description(), HERE)
        pair.leave("near")
        for do in (lambda: pair.hear("near", near.description()), lambda: pair.offer("near")):
            with pytest.raises(BadInput, match="no part of this call"):
                do()
        pair.hear("far", far.description())
        assert pair.offer("far")
