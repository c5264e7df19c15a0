"""A day of calls: some hundred that are over, one that goes on, one with its signalling, one that was recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from masstransit.channels.media import wav
from masstransit.demo import NUMBERS, PHONES
from masstransit.model.call import Party
from masstransit.model.communication import Purpose
from masstransit.model.signalling import Step
from masstransit.storage import calls, recordings
from tests.console.house import Pages
from tests.makers import a_call, a_record

TALKED, TURNED_AWAY, GOES_ON, TAPED = (f"CA{n:032x}" for n in (901, 902, 903, 904))
RECORDING, REFUSED = f"RE{1:032x}", f"RE{2:032x}"
#: (campaign, count, answered, of which within 5 seconds, trunk, the first digits of whom it calls)
CAMPAIGNS: Sequence[tuple[str, int, int, int, str, str]] = (
    ("QE-appointments", 260, 190, 4, "carrier-a", "+1415555"),
    ("QE-surveys", 240, 84, 20, "carrier-b", "+1212555"),
    ("QE-dialler", 230, 120, 42, "carrier-a", "+1305555"),
)
#: What went over the wire in a call whose first trunk has no room, that was held, and that its caller ended.
WENT = (
    (-2, "caller", "in", "INVITE"), (-1, "caller", "out", "100 INVITE"), (9, "carrier-a", "out", "INVITE"),
    (31, "carrier-a", "in", "100 INVITE"), (60, "carrier-a", "in", "503 INVITE"), (61, "carrier-a", "out", "ACK"),
    (63, "carrier-b", "out", "INVITE"), (1020, "carrier-b", "in", "180 INVITE"), (1021, "caller", "out", "180 INVITE"),
    (5004, "carrier-b", "in", "200 INVITE"), (5004, "carrier-b", "out", "ACK"), (5005, "caller", "out", "200 INVITE"),
    (5031, "caller", "in", "ACK"), (60_200, "caller", "in", "INVITE"), (60_202, "carrier-b", "out", "INVITE"),
    (60_290, "carrier-b", "in", "200 INVITE"), (60_291, "caller", "out", "200 INVITE"),
    (99_000, "caller", "in", "BYE"), (99_000, "caller", "out", "200 BYE"), (99_001, "carrier-b", "out", "BYE"),
)  # fmt: skip


async def filled(pages: Pages, *, many: bool = True) -> None:
    """Put them on record; without `many` only those that have a name."""
    if many:
        for told in CAMPAIGNS:
            await _campaign(pages, pages.clock.now() - timedelta(hours=3), *told)
    began = pages.clock.now()
    offer: dict[str, Any] = {"account": pages.account, "sender": NUMBERS[0], "recipient": PHONES[0]}
    offer |= {"purpose": Purpose.TRANSACTIONAL, "at": began, "source": "192.0.2.7"}
    await pages.parts.calls.offer(a_call(id=TALKED, **offer))
    await pages.parts.calls.offer(a_call(id=TAPED, **offer))
    turned = {**offer, "sender": "+12025550177"}
    await pages.parts.calls.offer(a_call(id=TURNED_AWAY, **turned))
    away = _steps(began, (-2, "caller", "in", "INVITE"), (12, "caller", "out", "603 INVITE"))
    over = {"sender": "+12025550177", "talked": None, "status": 603, "released_by": Party.HOUSE, "steps": away}
    await _end(pages, TURNED_AWAY, began, ringing_at=None, **over)
    await pages.move(minutes=4)
    await _end(pages, TALKED, began, trunk="carrier-b", talked=94.0, rang=4.0, steps=_steps(began, *WENT))
    await _tape(pages, began + timedelta(minutes=1))
    await _end(pages, TAPED, began + timedelta(seconds=20), talked=110.0)
    now = pages.clock.now()
    await pages.parts.calls.offer(a_call(id=GOES_ON, **{**offer, "at": now, "channel": "rest"}))
    going = {"process": "another", "answered_at": now + timedelta(seconds=9), "trunk": "carrier-b"}
    await pages.database.write(lambda c: calls.mark(c, pages.account, GOES_ON, "in-progress", **going))


async def _campaign(
    pages: Pages, at: datetime, campaign: str, count: int, answered: int, short: int, trunk: str, prefix: str
) -> None:
    place = CAMPAIGNS.index((campaign, count, answered, short, trunk, prefix))
    ends = []
    for n in range(count):
        talked = None if n >= answered else 4.5 if n < short else 30.0 + n % 90
        told = {"trunk": trunk, "talked": talked, "recipient": f"{prefix}{n % 10_000:04d}", "sender": NUMBERS[n % 2]}
        ends.append(_end(pages, f"CA{place:016x}{n:016x}", at + timedelta(seconds=n), campaign=campaign, **told))
    await asyncio.gather(*ends)


async def _end(pages: Pages, sid: str, at: datetime, **more: Any) -> None:
    told: dict[str, Any] = {"account": pages.account, "sender": NUMBERS[0], "recipient": PHONES[0], "offered_at": at}
    unanswered = {"status": 480, "released_by": Party.CALLEE} if more.get("talked", 1) is None else {}
    await pages.parts.calls.ended(a_record(id=sid, **{**told, **unanswered, **more}))


def _steps(began: datetime, *went: tuple[int, str, str, str]) -> tuple[Step, ...]:
    zero = int(began.timestamp() * 1000)
    return tuple(Step(zero + at, leg, way, what) for at, leg, way, what in went)  # type: ignore[arg-type]


async def _tape(pages: Pages, began: datetime) -> None:
    """A recording of 40 seconds that was announced, agreed to, paused for a card, and stopped for who came in."""
    row = {"account": pages.account, "call": TAPED, "act": "record", "source": "api", "state": "ended"}
    times = {"asked_at": began - timedelta(seconds=9), "began_at": began, "ended_at": began + timedelta(seconds=40)}
    seconds = 40.0
    marks: Sequence[tuple[float, str, int | None, dict[str, str]]] = (
        (-4.2, "told", 1, {"language": "en"}), (-4.0, "told", 2, {"language": "en"}),
        (-2.1, "agreed", 2, {"how": "key", "proof": "key 1"}), (-1.8, "agreed", 1, {"how": "key", "proof": "key 1"}),
        (0.0, "began", None, {}), (14.0, "paused", None, {"because": "a card"}), (21.0, "resumed", None, {}),
        (30.0, "joined", 3, {}), (33.5, "told", 3, {"language": "en"}),
        (35.0, "agreed", 3, {"how": "key", "proof": "key 1"}), (35.1, "resumed", None, {}), (40.0, "ended", None, {}),
    )  # fmt: skip
    base = {"account": pages.account, "sid": RECORDING}
    events = [
        {**base, "at": began + timedelta(seconds=at), "what": what, "leg": leg, "told": told}
        for at, what, leg, told in marks
    ]
    kept = {"seconds": seconds, "digests": {"leg-1.wav": "d", "leg-2.wav": "d"}, "channels": 2}
    no = {"state": "refused", "began_at": None, "erased_at": times["ended_at"], "sid": REFUSED}
    declined = {"account": pages.account, "sid": REFUSED, "at": began, "what": "declined", "leg": 2, "told": {}}

    def keep(connection: Any) -> None:
        recordings.add(connection, {**row, **times, **kept, "sid": RECORDING})
        recordings.add(connection, {**row, **times, **no})
        recordings.note(connection, [*events, declined])

    await pages.database.write(keep)
    place = Path(pages.parts.settings.recordings) / RECORDING
    place.mkdir(parents=True)
    for leg in (1, 2):
        (place / f"leg-{leg}.wav").write_bytes(wav.header(int(seconds * 8000)) + _speech(leg, seconds))


def _speech(leg: int, seconds: float) -> bytes:
    """Bursts of noise as people talk in turn, silence where it was paused."""
    chance = np.random.default_rng(leg)
    at = np.arange(int(seconds * 8000)) / 8000
    turn = (np.sin(at * 1.1 + leg * np.pi) > 0) * (0.4 + 0.3 * np.sin(at * 7) ** 2)
    turn *= ~(((at > 14) & (at < 21)) | ((at > 30) & (at < 35.1)))
    return (chance.uniform(-1, 1, len(at)) * turn * 20_000).astype("<i2").tobytes()
