"""The sound of calls that are carried: phones that we did not write talk through the house, by our trunk and by one
another. What arrives is looked at as samples and as packets."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import numpy as np
import pytest

from tests.stories.baresip import Baresip
from tests.stories.conftest import needed
from tests.stories.house import House, eventually
from tests.stories.lossy import Lossy
from tests.stories.sip_by_hand import Hand, Heard
from tests.stories.sipp import SHORT_CALLS, Carrier
from tests.stories.talker import LOUD, RATE, Talker, linear, strength

OUTSIDE, ELSEWHERE = "+12125550123", "+12125550188"
FRONT, DESK, PERSON, OTHER = 440, 620, 880, 1320  # what each says, as a pitch
JITTER, DRIFT = 0.04, 0.1  # seconds


class Ear(Talker):
    """A phone that keeps when each packet came."""

    def __init__(self, pitch: float) -> None:
        super().__init__(pitch)
        self.packets: list[tuple[float, int, int]] = []  # when it came, its sequence number, its timestamp

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        super().datagram_received(data, addr)
        if data[1] & 127 == 0:
            numbers = int.from_bytes(data[2:4], "big"), int.from_bytes(data[4:8], "big")
            self.packets.append((asyncio.get_running_loop().time(), *numbers))

    def jitter(self) -> float:
        """By how much two packets came closer together or further apart than they were sent, in seconds: the mean of
        what RFC 3550 section 6.4.1 calls D."""
        late = np.array(self._late())
        return float(np.mean(np.abs(np.diff(late))))

    def drift(self) -> float:
        """By how much the packets' own clock and ours went apart, in seconds: the quickest of the first second against
        the quickest of the last, because a busy machine delays some."""
        late = self._late()
        return abs(min(late[-50:]) - min(late[:50]))

    def _late(self) -> list[float]:
        """How late each packet came by the packets' own clock, from some instant on."""
        return [came - timestamp / RATE for came, _, timestamp in self.packets]

    def gaps(self) -> int:
        """Packets that never came."""
        numbers = {sequence for _, sequence, _ in self.packets}
        return max(numbers) - min(numbers) + 1 - len(numbers)


class Line:
    """Two registered phones and a carrier."""

    def __init__(self, house: House, carrier: Carrier, front: Baresip, desk: Baresip) -> None:
        self.house, self.carrier, self.front, self.desk = house, carrier, front, desk
        self.seen: set[str] = set()

    def record(self) -> dict[str, Any]:
        """The last call's, once it is over."""

        def over() -> dict[str, Any]:
            with contextlib.closing(sqlite3.connect(f"file:{self.house.data}/masstransit.db?mode=ro", uri=True)) as db:
                db.row_factory = sqlite3.Row
                row = db.execute("SELECT * FROM calls ORDER BY offered_at DESC, sid DESC LIMIT 1").fetchone()
            found = dict(row) if row is not None else {}
            return found if found.get("ended_at") and found["sid"] not in self.seen else {}

        last: dict[str, Any] = eventually(over, within=10.0)
        self.seen.add(last["sid"])
        return last

    def sid(self) -> str:
        """Of the call that goes on."""
        with contextlib.closing(sqlite3.connect(f"file:{self.house.data}/masstransit.db?mode=ro", uri=True)) as db:
            return str(db.execute("SELECT sid FROM calls WHERE ended_at IS NULL").fetchone()[0])

    def ended(self, number: str) -> tuple[str, str]:
        """Who called a number last, and who ended that call, once it is over."""

        def over() -> dict[str, Any]:
            with contextlib.closing(sqlite3.connect(f"file:{self.house.data}/masstransit.db?mode=ro", uri=True)) as db:
                db.row_factory = sqlite3.Row
                query = "SELECT * FROM calls WHERE recipient = ? AND ended_at IS NOT NULL ORDER BY offered_at DESC"
                row = db.execute(query, (number,)).fetchone()
            return dict(row) if row is not None else {}

        last: dict[str, Any] = eventually(over, within=5.0)
        self.seen.add(last["sid"])
        return last["sender"], last["released_by"]

    def dials(self, number: str) -> None:
        for phone in (self.front, self.desk):
            phone.events.clear()
        self.front.do("dial", f"sip:{number}@{self.house.sip}")

    def talk(self) -> None:
        """The front desk calls the other one, who takes it, and they hear each other."""
        self.dials(self.house.demo["numbers"][1])
        self.desk.happened("CALL_INCOMING")
        self.desk.do("accept")
        self.front.happened("CALL_ESTABLISHED")
        for phone, pitch in ((self.front, DESK), (self.desk, FRONT)):
            eventually(lambda phone=phone, pitch=pitch: hears(phone, pitch), within=10.0)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    program, carrier = needed("baresip"), Carrier()
    folder = tmp_path_factory.mktemp("sound")
    config = SHORT_CALLS + carrier.trunk
    with (
        contextlib.closing(carrier),
        House(folder / "house", config=config, MASSTRANSIT_SIP="127.0.0.1:0") as house,
        contextlib.ExitStack() as started,
    ):
        demo = house.demo
        told = house.run("sip-login", demo["account_sid"], "front", "--number", demo["numbers"][0])
        password = re.search(r"password = (\S+)", told.stdout)
        assert password is not None, told
        logins = {"username": "front", "password": password[1]}, demo["sip_login"]  # which has all other numbers
        phones = [
            started.enter_context(Baresip(program, folder / f"phone-{at}", house.sip, login, pitch))
            for at, (login, pitch) in enumerate(zip(logins, (FRONT, DESK), strict=True))
        ]
        for phone in phones:
            phone.registered()
        yield Line(house, carrier, *phones)


@pytest.fixture
def far(line: Line) -> Iterator[Hand]:
    """The called person's side, behind the carrier."""
    hand = Hand()
    line.carrier.plays = hand.port
    yield hand
    hand.close()


def hears(phone: Baresip, pitch: float) -> bool:
    """Whether the last quarter of a second that it heard is a pitch."""
    return strength(phone.heard()[-2000:], pitch) > LOUD / 2


def silent(phone: Baresip, pitch: float) -> bool:
    last = phone.heard()[-1600:]
    return len(last) == 1600 and strength(last, pitch) < LOUD / 20


async def in_time(check: Callable[[], bool], within: float = 10.0) -> None:
    until = time.monotonic() + within
    while not check():
        assert time.monotonic() < until
        await asyncio.sleep(0.02)


def test_two_phones_talk_press_keys_hold_and_hang_up(line: Line) -> None:
    front, desk = line.front, line.desk
    line.talk()
    for phone, other, keys in ((front, desk, "5#"), (desk, front, "29")):
        for key in keys:
            phone.do("sndcode", key)
            eventually(lambda other=other, key=key: other.keys().endswith(key), within=10.0)
        assert other.keys() == keys  # each once
    front.do("hold")
    eventually(lambda: silent(desk, FRONT), within=10.0)  # the line is not dead, and nothing is said on it
    front.do("resume")
    eventually(lambda: hears(desk, FRONT) and hears(front, DESK), within=10.0)
    desk.do("hangup")
    front.happened("CALL_CLOSED")
    record = line.record()
    assert (record["status"], record["released_by"], record["internal"]) == ("completed", "callee", 1)


def test_who_called_hangs_up_and_the_other_phone_is_told(line: Line) -> None:
    line.talk()
    line.front.do("hangup")
    line.desk.happened("CALL_CLOSED")
    assert line.record()["released_by"] == "caller"


async def test_a_person_is_handed_on_from_phone_to_phone(line: Line, far: Hand) -> None:
    """The front desk puts them on hold and hands them on to the other one, which hands them on to somebody outside."""
    person, other = await Ear.open(PERSON), await Ear.open(OTHER)
    await aside(line.dials, OUTSIDE)
    asked, ack = await _takes(far, person)
    await in_time(lambda: hears(line.front, PERSON))
    line.front.do("hold")
    line.front.do("transfer", f"sip:{line.house.demo['numbers'][1]}@{line.house.sip}")
    await aside(line.desk.happened, "CALL_INCOMING")
    line.desk.do("accept")
    await in_time(lambda: hears(line.desk, PERSON) and person.hears(DESK))
    await aside(line.front.happened, "CALL_CLOSED")
    line.desk.do("transfer", f"sip:{ELSEWHERE}@{line.house.sip}")
    await _takes(far, other)
    await in_time(lambda: person.hears(OTHER) and other.hears(PERSON))
    await aside(line.desk.happened, "CALL_CLOSED")
    await aside(far.hang_up, asked, ack)
    far.respond(await aside(far.hear, "BYE"), 200, "OK")
    front, desk = line.house.demo["numbers"][:2]
    assert [await aside(line.ended, number) for number in (OUTSIDE, desk, ELSEWHERE)] == [
        (front, "callee"), (front, "caller"), (desk, "caller"),
    ]  # fmt: skip
    for phone in (person, other):
        phone.hang_up()


async def _takes(far: Hand, phone: Talker) -> tuple[Heard, Heard]:
    """Somebody outside is called, and answers."""
    asked: Heard = await aside(far.hear, "INVITE")
    phone.call(asked.body)
    far.respond(asked, 200, "OK", body=phone.description())
    return asked, await aside(far.hear, "ACK")


async def test_a_call_is_recorded_from_when_both_have_heard_so_and_agreed(line: Line) -> None:
    """Both numbers are Californian, so everybody has to agree."""
    front, desk, demo = line.front, line.desk, line.house.demo
    await aside(line.talk)
    calls = f"{line.house.http}/2010-04-01/Accounts/{demo['account_sid']}/Calls/{line.sid()}"
    async with httpx.AsyncClient(auth=(demo["account_sid"], demo["auth_token"]), timeout=30) as client:
        asking = asyncio.ensure_future(client.post(f"{calls}/Recordings.json", data={"RecordingChannels": "dual"}))
        await in_time(lambda: not hears(front, DESK) and not hears(desk, FRONT))  # they are told
        for phone in (front, desk):
            phone.do("sndcode", "1")
        begun = (await asking).json()
        assert begun["status"] == "in-progress", begun
        await in_time(lambda: hears(front, DESK) and hears(desk, FRONT))
        await asyncio.sleep(0.8)  # they talk
        front.do("hangup")
        await aside(desk.happened, "CALL_CLOSED")
        assert desk.keys() == front.keys() == ""  # an answer is for us alone
        assert (await aside(line.record))["status"] == "completed"
        sound = (await client.get(f"{calls}/Recordings/{begun['sid']}.wav")).content
    samples = np.frombuffer(sound[44:], "<i2").reshape(-1, 2)[RATE // 4 :]
    assert 0.3 < len(samples) / RATE < 5.0
    for channel, pitch in enumerate((FRONT, DESK)):
        said = samples[: RATE // 4, channel]
        assert strength(said, pitch) > LOUD / 2
        assert strength(said, FRONT + DESK - pitch) < LOUD / 20


async def test_a_person_outside_is_heard_before_and_after_the_answer_over_a_lossy_network(
    line: Line, far: Hand
) -> None:
    """One packet of twenty is lost each way. What is lost is missing on the other side, and nothing else."""
    person, lossy = await Ear.open(PERSON), await Lossy.open(0.05)
    await aside(line.dials, OUTSIDE)
    asked: Heard = await aside(far.hear, "INVITE")
    lossy.house.to, lossy.phone.to = ("127.0.0.1", _port(asked.body)), ("127.0.0.1", person.port)
    through = person.description().replace(str(person.port), str(lossy.house.port))
    far.respond(asked, 183, "Session Progress", body=through)
    person.call(person.description().replace(str(person.port), str(lossy.phone.port)))
    await in_time(lambda: hears(line.front, PERSON))  # an announcement, or music in place of the ringing
    far.respond(asked, 200, "OK", body=through)
    ack: Heard = await aside(far.hear, "ACK")
    await aside(line.front.happened, "CALL_ESTABLISHED")
    person.packets.clear()
    lost = lossy.lost
    await asyncio.sleep(3.0)  # they talk
    assert lossy.lost > lost
    assert strength(linear(bytes(person.heard[-RATE:])), FRONT) > LOUD / 2
    assert person.jitter() < JITTER
    assert person.drift() < DRIFT
    assert 1 <= person.gaps() <= 25  # of 150
    assert strength(line.front.heard()[-RATE:], PERSON) > LOUD / 2
    await aside(_change, far, asked, ack, f"{through}a=sendonly\r\n".replace("a=sendrecv\r\n", ""))
    heard = len(person.heard)
    await asyncio.sleep(0.3)
    assert len(person.heard) == heard  # the person holds: nothing comes any more
    assert hears(line.front, PERSON)  # and what is played meanwhile goes through
    await aside(_change, far, asked, ack, through)
    await in_time(lambda: len(person.heard) > heard + RATE // 2 and person.hears(FRONT, 0.02))
    line.front.do("hangup")
    far.respond(await aside(far.hear, "BYE"), 200, "OK")
    assert (await aside(line.record))["released_by"] == "caller"
    person.hang_up()
    lossy.close()


def aside(do: Callable[..., Any], *what: Any) -> Awaitable[Any]:
    """Do something that waits, while the phones here talk."""
    return asyncio.to_thread(do, *what)


def _port(description: str) -> int:
    found = re.search(r"m=audio (\d+)", description)
    assert found is not None
    return int(found[1])


def _change(far: Hand, asked: Heard, ack: Heard, body: str) -> None:
    """The called side changes the call (re-INVITE), and hears that it is agreed to."""
    far.cseq += 1
    there = asked.value("contact").partition("<")[2].partition(">")[0]
    same = [
        f"Via: SIP/2.0/UDP 127.0.0.1:{far.port};branch=z9hG4bKchange{far.cseq}",
        f"From: {ack.value('to')}",
        f"To: {ack.value('from')}",
        f"Call-ID: {asked.value('call-id')}",
        "Max-Forwards: 70",
    ]
    head = [f"INVITE {there} SIP/2.0", *same, f"CSeq: {far.cseq} INVITE", f"Contact: <sip:hand@127.0.0.1:{far.port}>"]
    head += ["Content-Type: application/sdp", f"Content-Length: {len(body)}", "", body]
    far.say("\r\n".join(head), asked.source)
    agreed = far.hear(200)
    assert "m=audio" in agreed.body
    far.say(
        "\r\n".join([f"ACK {there} SIP/2.0", *same, f"CSeq: {far.cseq} ACK", "Content-Length: 0", "", ""]), asked.source
    )
